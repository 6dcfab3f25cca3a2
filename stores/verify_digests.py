"""Whether rows of the reading log, sealed or not, are what they were when the ledger took a hash of them."""

from collections.abc import Iterable, Sequence
from typing import Final

from coldchain.retention import Removal
from coldchain.stamps import ReadingDigest
from stores.blocks import SqlBlocks
from stores.reading_digests import digest_between
from stores.sql import Sql

Spans = Sequence[tuple[int, int]]
SKIPPED: Final = "skipped"


def removed_spans(removals: Iterable[Removal]) -> Spans:
    """Return the admissions that removed blocks span: rows of other blocks lie between."""
    return [(block.first_admission, block.last_admission) for one in removals for block in one.blocks]


def digest_fault(sql: Sql, digest: ReadingDigest, before: int, removed: Spans) -> str:
    """Return what is wrong with the rows of one hash ("": nothing, SKIPPED: some of them were removed by policy).

    `before`: up to where the one before went. The first one may begin where everything before lies in sealed blocks.
    """
    if digest.after != before and not (before == 0 and _is_sealed(sql, digest.after)):
        return f"rows {before + 1} to {digest.after} are under no hash of the ledger"
    if any(first <= digest.upto and last > digest.after for first, last in removed):
        return SKIPPED
    found = digest_between(sql, SqlBlocks(sql), digest.after, digest.upto)
    if found == digest:
        return ""
    told = f"rows {digest.after + 1} to {digest.upto}"
    if found.rows != digest.rows:
        return f"{told}: {found.rows} are there, {digest.rows} were admitted"
    return f"{told} are not what was admitted: their hash differs"


def _is_sealed(sql: Sql, upto: int) -> bool:
    """Tell whether no row up to an admission is outside of blocks, whose hashes and number are checked on their own."""
    return sql.first("SELECT MIN(admission) FROM hot_readings WHERE admission <= ?", (upto,))[0] is None
