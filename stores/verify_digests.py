"""Whether rows of the reading log, sealed or not, are what they were when the ledger took a hash of them."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from coldchain.retention import Removal
from coldchain.stamps import ReadingDigest
from stores.blocks import SqlBlocks
from stores.reading_digests import digest_between, digest_unsealed
from stores.sql import Sql

Spans = Sequence[tuple[int, int, int]]  # number of the removal's entry, first and last admission
Left = Mapping[tuple[int, int], tuple[ReadingDigest, int]]
SKIPPED: Final = "skipped"


def removed_spans(removals: Iterable[tuple[int, Removal]]) -> Spans:
    """Return the admissions that removed blocks span, by removal: rows of other blocks lie between."""
    return [(seq, block.first_admission, block.last_admission) for seq, one in removals for block in one.blocks]


def digest_seqs(sql: Sql) -> dict[int, int]:
    """Return the numbers of the entries of all hashes over rows, each by its last row."""
    return {int(row.upto): int(row.seq) for row in sql.rows("SELECT upto, seq FROM reading_digests ORDER BY upto")}


def left_by(removals: Iterable[tuple[int, Removal]]) -> Left:
    """Return by the rows (after, upto) of a hash what the last removal that took some of them left unsealed.

    `removals`: (number of its ledger entry, removal) in their order. With the hash over what was left, that number.
    """
    found: dict[tuple[int, int], tuple[ReadingDigest, int]] = {}
    for seq, one in removals:
        if not one.digests:  # of a version that did not say what it left: nothing is known of these rows any more
            spans = removed_spans([(seq, one)])
            found = {rows: left for rows, left in found.items() if not _overlaps(spans, *rows)}
        found |= {(digest.after, digest.upto): (digest, seq) for digest in one.digests}
    return found


def digest_fault(sql: Sql, digest: ReadingDigest, before: int, seq: int, removed: Spans, left: Left) -> str:
    """Return what is wrong with the rows of one hash ("": nothing, SKIPPED: nobody knows what a removal left).

    `before`: up to where the one before went. The first one may begin where everything before lies in sealed blocks.
    Where some rows were removed by policy, those are compared that were in no block then; the others are in theirs.
    `seq`: the number of its entry. What had been removed before is not in it, and takes nothing from it.
    """
    if digest.after != before and not (before == 0 and _is_sealed(sql, digest.after)):
        return f"rows {before + 1} to {digest.after} are under no hash of the ledger"
    expected, found = digest, None
    if _overlaps([span for span in removed if span[0] > seq], digest.after, digest.upto):
        if (digest.after, digest.upto) not in left:
            return SKIPPED
        expected, removal_seq = left[digest.after, digest.upto]
        found = digest_unsealed(sql, SqlBlocks(sql), digest.after, digest.upto, removal_seq)
    found = found or digest_between(sql, SqlBlocks(sql), digest.after, digest.upto)
    if found == expected:
        return ""
    told = f"rows {digest.after + 1} to {digest.upto}"
    if found.rows != expected.rows:
        return f"{told}: {found.rows} are there, {expected.rows} were admitted"
    return f"{told} are not what was admitted: their hash differs"


def _is_sealed(sql: Sql, upto: int) -> bool:
    """Tell whether no row up to an admission is outside of blocks, whose hashes and number are checked on their own."""
    return sql.first("SELECT MIN(admission) FROM hot_readings WHERE admission <= ?", (upto,))[0] is None


def _overlaps(spans: Spans, after: int, upto: int) -> bool:
    return any(first <= upto and last > after for _, first, last in spans)
