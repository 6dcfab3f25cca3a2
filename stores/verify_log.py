"""Whether the reading log is whole: every unsealed row, and that no reading is gone from the rows and the blocks.

What is not sealed yet is under no hash. So this finds what was torn, lost or edited in one place; whoever also edits
the totals is found only by a copy.
"""

from collections.abc import Mapping, Set
from typing import Any, Final

from coldchain.blocks import Block
from coldchain.errors import ColdchainError
from stores.columns import unpack_readings, unpack_samples, unpack_tags
from stores.reading_log import SAMPLES, TAGS
from stores.sql import Sql

_ROWS: Final = (
    "SELECT admission, stream, device, first_taken_ms, last_taken_ms, n, body FROM hot_readings"
    " WHERE admission > ? ORDER BY admission LIMIT ?"
)
_HELD: Final = "SELECT stream, SUM(n) AS n FROM hot_readings GROUP BY stream ORDER BY stream"
_TOTALS: Final = "SELECT name, value FROM totals ORDER BY name"
_CURRENT: Final = "SELECT probe, day, generation, seq FROM blocks ORDER BY probe, day"

Heads = Mapping[tuple[str, int], tuple[Block, int]]


def rows_fault(sql: Sql, after: int, limit: int) -> tuple[int, str]:
    """Decode up to limit rows; return (last admission looked at, 0 at the end) and what is wrong ("": nothing)."""
    last = 0
    for row in sql.rows(_ROWS, (after, limit)):
        last = row.admission
        said = row_fault(row)
        if said:
            return last, said
    return last, ""


def row_fault(row: Any) -> str:  # noqa: ANN401 - a row of _ROWS, of which nothing is believed
    """Return what is wrong with an unsealed row: what it is found by must be what its body says."""
    told = f"row {row.admission} of {row.device}"
    try:
        if row.stream == SAMPLES:
            unpack_samples(row.body)
            times = unpack_readings(row.body)[0]
        else:
            times = [tag.taken_ms for tag in unpack_tags(row.body, row.device)]
    except (IndexError, ValueError, OverflowError, TypeError, ColdchainError) as error:
        return f"{told} is damaged ({error})"
    if len(times) != row.n:
        return f"{told} holds {len(times)} readings and not {row.n}"
    if not times or (row.first_taken_ms, row.last_taken_ms) != (min(times), max(times)):
        return f"{told} is filed under other times than those of its readings"
    return ""


def log_fault(sql: Sql, heads: Heads, gone_before: int = 0, removed: Set[int] = frozenset()) -> str:
    """Return what is wrong with the log as a whole ("": nothing). `heads`: the newest blocks, by the ledger.

    Readings that were removed by policy were admitted: those of a newest block count by its entry, `gone_before` are
    those of removed blocks that a later one follows. `removed`: the entries of all removed blocks.
    """
    found = {(row.probe, row.day): (row.generation, row.seq) for row in sql.rows(_CURRENT)}
    named = {key: (block.generation, seq) for key, (block, seq) in heads.items() if seq not in removed}
    wrong = sorted(key for key in found.keys() | named.keys() if found.get(key) != named.get(key))
    if wrong:
        probe, day = wrong[0]
        return f"block of probe {probe}, day {day}: what is read is not the newest generation of the ledger"
    totals = {row.name: row.value for row in sql.rows(_TOTALS)}
    held = {row.stream: int(row.n) for row in sql.rows(_HELD)}
    held[SAMPLES] = held.get(SAMPLES, 0) + sum(block.n for block, _ in heads.values()) + gone_before
    for stream in (SAMPLES, TAGS):
        there, expected = held.get(stream, 0), totals.get(stream, 0)
        if there != expected:
            return f"{stream}: {there} readings are there, {expected} were admitted"
    return ""
