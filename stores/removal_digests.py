"""Hashes over rows of which a removal takes some: looked at before it, and made anew over what it leaves unsealed."""

from collections.abc import Iterable, Sequence
from typing import Final

import msgspec

from coldchain.retention import KeptBlock, Removal
from coldchain.stamps import ReadingDigest
from stores.blocks import SqlBlocks
from stores.reading_digests import digest_unsealed
from stores.sql import Sql
from stores.verify_digests import SKIPPED, digest_fault, digest_seqs, left_by, removed_spans

_OVER: Final = (
    "SELECT body FROM reading_digests WHERE upto >= ?"
    " AND upto <= COALESCE((SELECT MIN(upto) FROM reading_digests WHERE upto >= ?), ?) ORDER BY upto"
)
_DONE: Final = (
    "SELECT MAX(r.seq) AS seq, r.disposal AS disposal FROM removed_blocks r GROUP BY r.disposal ORDER BY MAX(r.seq)"
)


class SqlRemovalDigests:
    """The part of RetentionLog that knows of hashes over rows, over one transaction."""

    _sql: Sql

    def digests_over(self, blocks: Sequence[KeptBlock]) -> frozenset[int]:
        """Return, each by its last row, the hashes over rows between the first and the last of a block."""
        return frozenset(one.upto for one in self._over(blocks))

    def digests_fault(self, blocks: Sequence[KeptBlock]) -> str:
        """Return what is wrong with the rows of these hashes as they are ("": nothing)."""
        done = self._done()
        removed, left, seqs = removed_spans(done), left_by(done), digest_seqs(self._sql)
        for digest in self._over(blocks):
            said = digest_fault(self._sql, digest, digest.after, seqs[digest.upto], removed, left)
            if said not in ("", SKIPPED):
                return said
        return ""

    def digests_left(self, blocks: Sequence[KeptBlock]) -> tuple[ReadingDigest, ...]:
        """Return these hashes made anew, each over its rows that lie in no block."""
        kept = SqlBlocks(self._sql)
        return tuple(digest_unsealed(self._sql, kept, one.after, one.upto, None) for one in self._over(blocks))

    def _over(self, blocks: Iterable[KeptBlock]) -> list[ReadingDigest]:
        found: dict[int, ReadingDigest] = {}
        for first, last in _merged((one.first_admission, one.last_admission) for one in blocks):
            for row in self._sql.rows(_OVER, (first, last, last)):
                digest = msgspec.json.decode(row.body, type=ReadingDigest)
                if digest.after < last:
                    found[digest.upto] = digest
        return [found[upto] for upto in sorted(found)]

    def _done(self) -> list[tuple[int, Removal]]:
        asked = "SELECT body FROM removals WHERE disposal = ?"
        return [
            (int(row.seq), msgspec.json.decode(self._sql.first(asked, (row.disposal,)).body, type=Removal))
            for row in self._sql.rows(_DONE)
        ]


def _merged(spans: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return spans of admissions, both ends included, those that touch each other as one."""
    found: list[tuple[int, int]] = []
    for first, last in sorted(spans):
        if found and first <= found[-1][1] + 1:
            found[-1] = found[-1][0], max(last, found[-1][1])
        else:
            found.append((first, last))
    return found
