"""Sums over sealed days in SQL: one stretch a day, and one for each 8, 64, 512 and 4,096 days.

They are a cache: made in the transaction that seals a day, made anew where a late reading makes a new generation, and
never evidence. So ten years are at most 7 rows from either end of each level, and two days that are opened.
A row of level MARKER says that all blocks of a probe are in for a hold time, and how often they were all made anew.
"""

from collections.abc import Iterable, Iterator, Sequence, Set
from functools import partial
from typing import Final

from coldchain.blocks import DAY_MS
from coldchain.history import EMPTY, History
from coldchain.sums import Stretch, joined, stretch_of
from stores import schema
from stores.blocks import Kept, SqlBlocks
from stores.sql import Sql
from stores.sums_codec import pack_stretch, unpack_stretch

RADIX: Final = 8
LEVELS: Final = 5
MARKER: Final = LEVELS
BUILD_BYTES: Final = 8

STRETCHES_KEPT: Final = 8_192  # about 1 KB each
_STRETCHES: Final = Kept[tuple[bytes, int], Stretch | None](STRETCHES_KEPT)

_PUT = schema.upsert_sql(schema.block_sums)
_GET: Final = (
    "SELECT sums FROM block_sums WHERE probe = ? AND hold_ms = ? AND level = ? AND number >= ? AND number < ?"
    " ORDER BY number"
)


class SqlBlockSums:
    """Stretches of sealed days over one transaction."""

    def __init__(self, sql: Sql, blocks: SqlBlocks) -> None:
        self._sql = sql
        self._blocks = blocks

    def sealed(self, probe: str, day: int, holds_ms: Sequence[int]) -> None:
        """Bring the sums up to date after a day was sealed: those that are at hand, and the named hold times."""
        statement = "SELECT hold_ms FROM block_sums WHERE probe = ? AND level = ? ORDER BY hold_ms"
        known = [row.hold_ms for row in self._sql.rows(statement, (probe, MARKER))]
        for hold_ms in known:
            self._renew(probe, day, hold_ms)
        for hold_ms in sorted(set(holds_ms) - set(known)):
            self.build(probe, hold_ms)

    def removed(self, days: Set[tuple[str, int]]) -> None:
        """Let the sums of days go whose blocks were removed: nothing may speak of them any more."""
        for probe in sorted({probe for probe, _ in days}):
            numbers = sorted(day for name, day in days if name == probe)
            statement = "SELECT hold_ms FROM block_sums WHERE probe = ? AND level = ? ORDER BY hold_ms"
            for row in self._sql.rows(statement, (probe, MARKER)):
                self._drop(probe, row.hold_ms, 0, numbers)
                for level in range(1, LEVELS):
                    above = sorted({day // RADIX**level for day in numbers})
                    self._drop(probe, row.hold_ms, level, above)
                    for number in above:
                        self._put_level(probe, row.hold_ms, level, number)

    def _drop(self, probe: str, hold_ms: int, level: int, numbers: Iterable[int]) -> None:
        statement = "DELETE FROM block_sums WHERE probe = ? AND hold_ms = ? AND level = ? AND number = ?"
        self._sql.change_many(statement, [(probe, hold_ms, level, number) for number in numbers])

    def build(self, probe: str, hold_ms: int) -> int:
        """Make the sums of all blocks of a probe anew; return how many blocks that were."""
        build = 1 + build_of(self._sql, probe, hold_ms)
        self._sql.change("DELETE FROM block_sums WHERE probe = ? AND hold_ms = ?", (probe, hold_ms))
        days = [row.day for row in self._sql.rows("SELECT day FROM blocks WHERE probe = ? ORDER BY day", (probe,))]
        for day in days:
            self._put_day(probe, day, hold_ms)
        for level in range(1, LEVELS):
            for number in sorted({day // RADIX**level for day in days}):
                self._put_level(probe, hold_ms, level, number)
        self._sql.change(_PUT, (probe, hold_ms, MARKER, 0, build.to_bytes(BUILD_BYTES)))
        return len(days)

    def at_hand(self, probe: str, hold_ms: int) -> bool:
        """Tell whether the sums of all blocks of a probe are there for a hold time."""
        return bool(self._rows(probe, hold_ms, MARKER, 0, 1))

    def between(self, probe: str, from_day: int, to_day: int, hold_ms: int) -> list[Stretch]:
        """Return the stretches of the sealed days [from_day, to_day), few and in order."""
        if not self.at_hand(probe, hold_ms):
            days = self._blocks.histories(probe, from_day, to_day - 1)
            return [made for made in (stretch_of(history, hold_ms) for history in days) if made is not None]
        return [
            unpack_stretch(body)
            for level, low, high in cover(from_day, to_day)
            for body in self._rows(probe, hold_ms, level, low, high)
        ]

    def short(self, probe: str, from_ms: int, to_ms: int, hold_ms: int) -> tuple[History, list[Stretch]]:
        """Return the sealed readings before from_ms that still hold, and the stretches of [from_ms, to_ms), day by day.

        Whole days are added up once and then remembered: most stays of a unit are few days of few probes.
        """
        before, parts = EMPTY, []
        for day, digest, history in self._blocks.days(probe, (from_ms - hold_ms) // DAY_MS, (to_ms - 1) // DAY_MS):
            start_ms = day * DAY_MS
            if start_ms < from_ms:
                earlier = history.between(from_ms - hold_ms, from_ms)
                before = earlier if len(earlier) else before
            if from_ms <= start_ms and start_ms + DAY_MS <= to_ms:
                parts.append(_STRETCHES.get((digest, hold_ms), partial(stretch_of, history, hold_ms)))
            else:
                parts.append(stretch_of(history.between(from_ms, to_ms), hold_ms))
        return before, [part for part in parts if part is not None]

    def _rows(self, probe: str, hold_ms: int, level: int, low: int, high: int) -> list[bytes]:
        return [row.sums for row in self._sql.rows(_GET, (probe, hold_ms, level, low, high))]

    def _renew(self, probe: str, day: int, hold_ms: int) -> None:
        self._put_day(probe, day, hold_ms)
        for level in range(1, LEVELS):
            self._put_level(probe, hold_ms, level, day // RADIX**level)

    def _put_day(self, probe: str, day: int, hold_ms: int) -> None:
        histories = self._blocks.histories(probe, day, day)
        self._put(probe, hold_ms, 0, day, stretch_of(histories[0], hold_ms) if histories else None)

    def _put_level(self, probe: str, hold_ms: int, level: int, number: int) -> None:
        below = self._rows(probe, hold_ms, level - 1, number * RADIX, (number + 1) * RADIX)
        self._put(probe, hold_ms, level, number, joined([unpack_stretch(body) for body in below], hold_ms))

    def _put(self, probe: str, hold_ms: int, level: int, number: int, stretch: Stretch | None) -> None:
        if stretch is not None:
            self._sql.change(_PUT, (probe, hold_ms, level, number, pack_stretch(stretch)))


def cover(from_day: int, to_day: int) -> Iterator[tuple[int, int, int]]:
    """Yield (level, first number, last number + 1) that cover [from_day, to_day) exactly, in order."""
    right: list[tuple[int, int, int]] = []
    low, high = from_day, to_day
    for level in range(LEVELS):
        inner_low, inner_high = -(-low // RADIX), high // RADIX
        if level == LEVELS - 1 or inner_low >= inner_high:
            break
        yield from [(level, low, inner_low * RADIX)] if low < inner_low * RADIX else []
        if inner_high * RADIX < high:
            right.append((level, inner_high * RADIX, high))
        low, high = inner_low, inner_high
    if low < high:
        yield level, low, high
    yield from reversed(right)


def build_of(sql: Sql, probe: str, hold_ms: int) -> int:
    """Return how often the sums of a probe were made anew; -1: they are not at hand."""
    found = sql.first(_GET, (probe, hold_ms, MARKER, 0, 1))
    return -1 if found is None else int.from_bytes(found.sums)


def days_inside(from_ms: int, to_ms: int) -> tuple[int, int]:
    """Return the whole days [first, last) in an interval; first >= last if there is none."""
    return -(-from_ms // DAY_MS), to_ms // DAY_MS
