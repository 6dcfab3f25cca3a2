"""Sealed days in SQL: the bytes of blocks, the rows that go into them, and reading them again.

What is decoded is kept in memory under the hash of the block, so that it can never be that of another generation.
"""

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, Final, Generic, TypeVar

import msgspec
import numpy as np

from coldchain.block_columns import READING_COLUMNS, BlockColumns, block_hash, columns_of, rows_of
from coldchain.blocks import DAY_MS, DAYS_TOGETHER_MAX, Block, ClosedDay
from coldchain.errors import StoreError
from coldchain.history import EMPTY, History, effective
from coldchain.ports import SampleRow
from stores import schema
from stores.block_codec import Front, pack_block, unpack_block, unpack_front
from stores.schema_blocks import SPAN, SPANS
from stores.sql import Sql

FRONTS_KEPT: Final = 1_024  # about 60 KB each at one reading a minute
COLUMNS_KEPT: Final = 128  # about 130 KB each

_BODY = schema.insert_sql(schema.block_bodies)
_REST = schema.insert_sql(schema.block_rests)
_CURRENT: Final = (
    "SELECT b.day, b.seq, k.hash FROM blocks b JOIN block_bodies k ON k.seq = b.seq"
    " WHERE b.probe = ? AND b.day >= ? AND b.day <= ? ORDER BY b.day"
)
_NEWEST_DAYS: Final = (
    "SELECT b.day FROM blocks b JOIN block_bodies k ON k.seq = b.seq WHERE b.probe = ? AND b.day <= ?"
    " ORDER BY b.day DESC LIMIT 2"
)
_OLDEST_DAY: Final = (
    "SELECT b.day FROM blocks b JOIN block_bodies k ON k.seq = b.seq WHERE b.probe = ? ORDER BY b.day LIMIT 1"
)
_BEHIND: Final = "SELECT seq, last_admission FROM block_bodies WHERE last_admission > ?1 AND first_admission <= ?2 AND"
# ?1 after, ?2 upto: each class of blocks is bounded on both sides of its index.
_OVERLAPPING: Final = (
    "SELECT k.seq, l.payload FROM ("
    + " UNION ALL ".join(
        (
            *(f"{_BEHIND} {SPAN} = {number} AND last_admission < ?2 + {most}" for number, most in enumerate(SPANS)),
            f"{_BEHIND} {SPAN} = {len(SPANS)}",
        )
    )
    + ") k JOIN ledger l ON l.seq = k.seq ORDER BY k.last_admission, k.seq"
)
_OLDEST: Final = (
    "SELECT MIN(first_taken_ms) AS taken_ms FROM hot_readings"
    " WHERE stream = 'samples' AND device = ? AND first_taken_ms >= ? AND first_taken_ms < ?"
)
# Of rows that begin within a span: when the newest of those that lie in it whole was received, and how far they reach.
_SPAN_OF: Final = (
    "SELECT MAX(CASE WHEN last_taken_ms < ? THEN received_ms END) AS received_ms, MAX(last_taken_ms) AS last_ms"
    " FROM hot_readings WHERE stream = 'samples' AND device = ? AND first_taken_ms >= ? AND first_taken_ms < ?"
)
_REMOVE: Final = (
    "DELETE FROM hot_readings WHERE stream = 'samples' AND device = ? AND first_taken_ms >= ? AND first_taken_ms < ?"
    " AND last_taken_ms < ?"
)

MISSING: Final = "its bytes are missing"
_BLOCK: Final = msgspec.json.Decoder(Block)

_K = TypeVar("_K")
_T = TypeVar("_T")


class Kept(Generic[_K, _T]):
    """What was decoded last, by hash. Safe to use from several threads."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._lock = threading.Lock()
        self._things: OrderedDict[_K, _T] = OrderedDict()

    def get(self, key: _K, make: Callable[[], _T]) -> _T:
        """Return what is kept under a key, made now if it is not."""
        with self._lock:
            if key in self._things:
                self._things.move_to_end(key)
                return self._things[key]
        made = make()
        with self._lock:
            self._things[key] = made
            while len(self._things) > self._most:
                self._things.popitem(last=False)
        return made

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._things.clear()


_FRONTS: Final = Kept[bytes, tuple[Front, History]](FRONTS_KEPT)
_COLUMNS: Final = Kept[bytes, BlockColumns](COLUMNS_KEPT)


class SqlBlocks:
    """The sealed part of the reading log over one transaction."""

    def __init__(self, sql: Sql) -> None:
        self._sql = sql
        self._prepared: list[tuple[Block, BlockColumns]] = []
        self._hot_rows = 0

    def fronts(self, probe: str, from_day: int, to_day: int) -> list[Front]:
        """Return what a history needs of the sealed days from_day to to_day, both included, in order."""
        return [self._front(row)[0] for row in self._current(probe, from_day, to_day)]

    def histories(self, probe: str, from_day: int, to_day: int) -> list[History]:
        """Return the effective readings of each sealed day, both ends included, in order."""
        return [self._front(row)[1] for row in self._current(probe, from_day, to_day)]

    def days(self, probe: str, from_day: int, to_day: int) -> list[tuple[int, bytes, History]]:
        """Return (day, hash, effective readings) of each sealed day, both ends included, in order."""
        return [(row.day, row.hash, self._front(row)[1]) for row in self._current(probe, from_day, to_day)]

    def sealed_days(self, probe: str, from_day: int, to_day: int) -> list[int]:
        """Return which of these days are sealed, both ends included, in order."""
        return [row.day for row in self._current(probe, from_day, to_day)]

    def last_before(self, probe: str, at_ms: int) -> int | None:
        """Return the highest taken_ms < at_ms that is sealed."""
        for row in self._sql.rows(_NEWEST_DAYS, (probe, (at_ms - 1) // DAY_MS)):
            (history,) = self.histories(probe, row.day, row.day)
            index = int(np.searchsorted(history.taken_ms, at_ms, "left"))
            if index:
                return int(history.taken_ms[index - 1])
        return None

    def first_taken_ms(self, probe: str) -> int | None:
        """Return the lowest taken_ms that is sealed; the oldest block with its bytes has it."""
        row = self._sql.first(_OLDEST_DAY, (probe,))
        if row is None:
            return None
        (history,) = self.histories(probe, row.day, row.day)
        return int(history.taken_ms[0])

    def last_admission(self) -> int:
        """Return the highest admission sequence that is sealed (0 if there is none)."""
        return int(self._sql.first("SELECT COALESCE(MAX(last_admission), 0) AS n FROM block_bodies").n)

    def newest_day(self, probe: str) -> int | None:
        """Return the last sealed day of a probe."""
        row = self._sql.first("SELECT MAX(day) AS day FROM blocks WHERE probe = ?", (probe,))
        return None if row is None or row.day is None else int(row.day)

    def closed_days(self, before_day: Mapping[str, int], received_before_ms: int, limit: int) -> list[ClosedDay]:
        """Return days with hot readings of these probes, each before its day, by (probe, day)."""
        found = (
            closed
            for probe, end in sorted(before_day.items())
            for closed in self._hot_days(probe, end)
            if self._settled(closed, received_before_ms)
        )
        return list(islice(found, limit))

    def _hot_days(self, probe: str, end: int) -> Iterator[ClosedDay]:
        """Give the days with hot rows before the day `end`, those together whose midnights rows cross."""
        day = 0
        while (first := self._sql.first(_OLDEST, (probe, day * DAY_MS, end * DAY_MS)).taken_ms) is not None:
            day, days, goes_on = first // DAY_MS, 0, True
            while goes_on and day + days < end and days < DAYS_TOGETHER_MAX:
                days += 1
                goes_on = self._reaches_beyond(probe, day + days - 1)
            yield ClosedDay(probe=probe, day=day, generation=self._generation(probe, day) + 1, days=days)
            # A row that crosses the last midnight goes with the next ones, and a new generation of the last day.
            day += days - 1 if goes_on and day + days < end else days

    def _reaches_beyond(self, probe: str, day: int) -> bool:
        """Tell whether a row that begins on a day ends after it."""
        end_ms = (day + 1) * DAY_MS
        last_ms = self._sql.first(_SPAN_OF, (end_ms, probe, end_ms - DAY_MS, end_ms)).last_ms
        return last_ms is not None and last_ms >= end_ms

    def _settled(self, closed: ClosedDay, received_before_ms: int) -> bool:
        """Tell whether there are rows that lie within the days, and whether blocks that are there can be followed."""
        begin_ms, end_ms = closed.day * DAY_MS, (closed.day + closed.days) * DAY_MS
        received_ms = self._sql.first(_SPAN_OF, (end_ms, closed.probe, begin_ms, end_ms)).received_ms
        if received_ms is None:
            return False
        if closed.generation == 1 and closed.days == 1:
            return True
        new = not any(self._generation(closed.probe, closed.day + n) for n in range(closed.days))
        return new or received_ms < received_before_ms

    def prepare(self, probe: str, day: int, days: int, hot: Sequence[tuple[int, SampleRow]]) -> tuple[Block, ...]:
        """Return the blocks of some days: what is sealed of them and their hot rows, each reading on its day."""
        parts = [(admission, part) for admission, row in hot for part in by_day(row)]
        blocks: list[Block] = []
        self._prepared = []
        self._hot_rows = len(hot)
        for one in range(day, day + days):
            rows = [pair for pair in parts if pair[1].taken_ms[0] // DAY_MS == one]
            block, columns = self._block(probe, one, rows)
            self._prepared.append((block, columns))
            blocks.append(block)
        return tuple(blocks)

    def _block(self, probe: str, day: int, hot: Sequence[tuple[int, SampleRow]]) -> tuple[Block, BlockColumns]:
        rows, predecessor, generation = list(hot), self._removed(probe, day), self._generation(probe, day) + 1
        for row in self._current(probe, day, day):
            rows += rows_of(self._columns(probe, day, row.seq, row.hash))
            predecessor = row.hash.hex()
        columns = columns_of(probe, day, rows)
        block = Block(
            probe=probe,
            day=day,
            generation=generation,
            n=len(columns),
            hash=block_hash(columns),
            predecessor=predecessor,
        )
        return block, columns

    def _removed(self, probe: str, day: int) -> str:
        """Return the hash of the newest block of a day that was removed: what comes later follows it ("" : none)."""
        asked = "SELECT hash FROM removed_blocks WHERE probe = ? AND day = ? ORDER BY block_seq DESC LIMIT 1"
        row = self._sql.first(asked, (probe, day))
        return "" if row is None else str(row.hash)

    def keep(self, blocks: Sequence[Block], seqs: Sequence[int]) -> None:
        """Keep the bytes of what was prepared and let the hot rows go, once reading back has shown the same hashes."""
        if not blocks or [block for block, _ in self._prepared] != list(blocks):
            named = ", ".join(f"{block.probe}, day {block.day}" for block in blocks)
            msg = f"block of probe {named}: prepare it in this transaction before it is sealed"
            raise StoreError(msg)
        with self._sql.spoiling("sealing a day"):  # an entry without its bytes is never committed
            for (block, columns), seq in zip(self._prepared, seqs, strict=True):
                self._keep(block, columns, seq)
            self._sql.change_many("INSERT INTO sealing (seq) VALUES (?)", [(seq,) for seq in seqs])
            begin_ms, end_ms = blocks[0].day * DAY_MS, (blocks[-1].day + 1) * DAY_MS
            gone = self._sql.change(_REMOVE, (blocks[0].probe, begin_ms, end_ms, end_ms))
            self._sql.change_many("DELETE FROM sealing WHERE seq = ?", [(seq,) for seq in seqs])
            if gone != self._hot_rows:
                _refuse(blocks[0], f"{gone} rows would go, {self._hot_rows} are in it")
        self._prepared = []

    def _keep(self, block: Block, columns: BlockColumns, seq: int) -> None:
        front, rest = pack_block(columns)
        admission = columns.rows["admission"]
        ends = (int(admission[0]), int(admission[-1]))
        self._sql.change(_BODY, (seq, *ends, bytes.fromhex(block.hash), front))
        self._sql.change(_REST, (seq, rest))
        wrong = self.check(block, seq)
        if wrong:
            _refuse(block, wrong)

    def check(self, block: Block, seq: int) -> str:
        """Return what is wrong with the kept bytes of a block ("": nothing). Nothing is taken from memory."""
        named = "SELECT k.hash, k.front, k.first_admission, k.last_admission, r.rest FROM block_bodies k"
        row = self._sql.first(f"{named} JOIN block_rests r ON r.seq = k.seq WHERE k.seq = ?", (seq,))
        if row is None:
            return MISSING
        try:
            columns = unpack_block(block.probe, block.day, row.front, row.rest)
            found, admission = block_hash(columns), columns.rows["admission"]
        except (StoreError, ValueError, IndexError) as error:
            return str(error)
        if found != block.hash or row.hash.hex() != block.hash:
            return f"its raw columns have the hash {found}, the ledger says {block.hash}"
        if len(columns) != block.n or (row.first_admission, row.last_admission) != (admission[0], admission[-1]):
            return "its number of readings or its admission numbers are not those of its columns"
        return ""

    def rows_between(self, after: int, upto: int) -> list[tuple[int, SampleRow]]:
        """Return sealed (admission, row) with after < admission <= upto, in order, each as it was admitted."""
        found: Parts = {}
        for row in self._sql.rows(_OVERLAPPING, (after, upto)):
            block = _BLOCK.decode(row.payload)
            if self._seq(block.probe, block.day) == row.seq:
                columns = self._columns(block.probe, block.day, row.seq, bytes.fromhex(block.hash))
                found.update(_by_admission(block.day, _part(columns, after, upto)))
        return _whole(found)

    def rows_sealed_after(self, after: int, upto: int, seq: int) -> list[tuple[int, SampleRow]]:
        """Return the (admission, row) of these numbers that no block of up to this ledger entry holds, in order."""
        before: set[int] = set()
        found: Parts = {}
        for row in self._sql.rows(_OVERLAPPING, (after, upto)):
            block = _BLOCK.decode(row.payload)
            columns = self._columns(block.probe, block.day, row.seq, bytes.fromhex(block.hash))
            parts = _by_admission(block.day, _part(columns, after, upto))
            if row.seq <= seq:
                before.update(admission for admission, _ in parts)
            else:
                found.update(parts)
        return [pair for pair in _whole(found) if pair[0] not in before]

    def rows_of_days(self, probe: str, from_day: int, to_day: int) -> list[tuple[int, SampleRow]]:
        """Return the sealed (admission, row) of these days, both included."""
        current = self._current(probe, from_day, to_day)
        return [pair for row in current for pair in rows_of(self._columns(probe, row.day, row.seq, row.hash))]

    def _current(self, probe: str, from_day: int, to_day: int) -> Sequence[Any]:
        return self._sql.rows(_CURRENT, (probe, from_day, to_day))

    def _generation(self, probe: str, day: int) -> int:
        """Return the generation of the newest block of a day, also of one that was removed (0: there was none)."""
        asked = (
            "SELECT MAX(generation) AS generation FROM (SELECT generation FROM blocks WHERE probe = ? AND day = ?"
            " UNION ALL SELECT generation FROM removed_blocks WHERE probe = ? AND day = ?) AS every_one"
        )
        found = self._sql.first(asked, (probe, day, probe, day)).generation
        return 0 if found is None else int(found)

    def _seq(self, probe: str, day: int) -> int | None:
        row = self._sql.first("SELECT seq FROM blocks WHERE probe = ? AND day = ?", (probe, day))
        return None if row is None else int(row.seq)

    def _front(self, row: Any) -> tuple[Front, History]:  # noqa: ANN401 - a row of _CURRENT
        def make() -> tuple[Front, History]:
            packed = self._sql.first("SELECT front FROM block_bodies WHERE seq = ?", (row.seq,)).front
            front = unpack_front(packed)
            return front, effective(*front)

        return _FRONTS.get(row.hash, make)

    def _columns(self, probe: str, day: int, seq: int, digest: bytes) -> BlockColumns:
        def make() -> BlockColumns:
            joined = "FROM block_bodies k JOIN block_rests r ON r.seq = k.seq WHERE k.seq = ?"
            row = self._sql.first(f"SELECT k.front, r.rest {joined}", (seq,))
            return unpack_block(probe, day, row.front, row.rest)

        return _COLUMNS.get(digest, make)


def forget() -> None:
    """Forget what was decoded, so that the next reading opens every block anew."""
    _FRONTS.clear()
    _COLUMNS.clear()


def together(histories: Sequence[History]) -> History:
    """Return the histories of days one after the other."""
    if len(histories) < 2:
        return histories[0] if histories else EMPTY
    return History(
        taken_ms=np.concatenate([one.taken_ms for one in histories]),
        micro_celsius=np.concatenate([one.micro_celsius for one in histories]),
        quality=np.concatenate([one.quality for one in histories]),
    )


def _part(columns: BlockColumns, after: int, upto: int) -> BlockColumns:
    """Return the rows with after < admission <= upto."""
    low, high = np.searchsorted(columns.rows["admission"], [after, upto], "right")
    ends = np.concatenate(([0], np.cumsum(columns.rows["n"])))
    return BlockColumns(
        probe=columns.probe,
        day=columns.day,
        sources=columns.sources,
        rows={name: column[low:high] for name, column in columns.rows.items()},
        readings={name: column[ends[low] : ends[high]] for name, column in columns.readings.items()},
    )


Parts = dict[tuple[int, int], SampleRow]  # by admission and day: a row of version 0.3.0 may lie in the blocks of two


def by_day(row: SampleRow) -> list[SampleRow]:
    """Return the parts of a row that is in order of time, one a day."""
    if row.taken_ms[0] // DAY_MS == row.taken_ms[-1] // DAY_MS:
        return [row]
    cut = next(i for i, taken_ms in enumerate(row.taken_ms) if taken_ms // DAY_MS != row.taken_ms[0] // DAY_MS)
    first = {name: getattr(row, name)[:cut] for name in READING_COLUMNS}
    rest = {name: getattr(row, name)[cut:] for name in READING_COLUMNS}
    return [msgspec.structs.replace(row, **first), *by_day(msgspec.structs.replace(row, **rest))]


def _by_admission(day: int, columns: BlockColumns) -> Parts:
    return {(admission, day): row for admission, row in rows_of(columns)}


def _whole(parts: Parts) -> list[tuple[int, SampleRow]]:
    """Return rows by admission, what lies in the blocks of two days put together again."""
    found: dict[int, SampleRow] = {}
    for (admission, _), part in sorted(parts.items(), key=lambda one: one[0]):
        first = found.get(admission)
        if first is not None:
            columns = {name: [*getattr(first, name), *getattr(part, name)] for name in READING_COLUMNS}
            part = msgspec.structs.replace(part, **columns)
        found[admission] = part
    return list(found.items())


def _refuse(block: Block, reason: str) -> None:
    msg = f"block of probe {block.probe}, day {block.day}, was not sealed: {reason}"
    raise StoreError(msg)
