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

from coldchain.block_columns import BlockColumns, block_hash, columns_of, rows_of
from coldchain.blocks import DAY_MS, Block, ClosedDay
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
_NEWEST_RECEIVED: Final = (
    "SELECT MAX(received_ms) AS received_ms FROM hot_readings"
    " WHERE stream = 'samples' AND device = ? AND first_taken_ms >= ? AND first_taken_ms < ? AND last_taken_ms < ?"
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
        self._prepared: tuple[Block, BlockColumns, int] | None = None

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
        days = (
            ClosedDay(probe=probe, day=day, generation=self._generation(probe, day) + 1)
            for probe, end in sorted(before_day.items())
            for day in self._hot_days(probe, end)
        )
        return list(islice((one for one in days if self._settled(one, received_before_ms)), limit))

    def _hot_days(self, probe: str, end: int) -> Iterator[int]:
        day = -1
        while True:
            row = self._sql.first(_OLDEST, (probe, (day + 1) * DAY_MS, end * DAY_MS))
            if row.taken_ms is None:
                return
            day = row.taken_ms // DAY_MS
            yield day

    def _settled(self, closed: ClosedDay, received_before_ms: int) -> bool:
        """Tell whether there are rows that lie within the day, and whether a block that is there can be followed."""
        end_ms = (closed.day + 1) * DAY_MS
        received_ms = self._sql.first(_NEWEST_RECEIVED, (closed.probe, end_ms - DAY_MS, end_ms, end_ms)).received_ms
        return received_ms is not None and (closed.generation == 1 or received_ms < received_before_ms)

    def prepare(self, probe: str, day: int, hot: Sequence[tuple[int, SampleRow]]) -> Block:
        """Return the block of a day: what is sealed of it and its hot rows."""
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
        self._prepared = (block, columns, len(hot))
        return block

    def _removed(self, probe: str, day: int) -> str:
        """Return the hash of the newest block of a day that was removed: what comes later follows it ("" : none)."""
        asked = "SELECT hash FROM removed_blocks WHERE probe = ? AND day = ? ORDER BY block_seq DESC LIMIT 1"
        row = self._sql.first(asked, (probe, day))
        return "" if row is None else str(row.hash)

    def keep(self, block: Block, seq: int) -> None:
        """Keep the bytes of what was prepared and let the hot rows go, once reading it back has shown the same hash."""
        if self._prepared is None or self._prepared[0] != block:
            msg = f"block of probe {block.probe}, day {block.day}: prepare it in this transaction before it is sealed"
            raise StoreError(msg)
        _, columns, hot_rows = self._prepared
        front, rest = pack_block(columns)
        admission = columns.rows["admission"]
        ends = (int(admission[0]), int(admission[-1]))
        with self._sql.spoiling("sealing a day"):  # an entry without its bytes is never committed
            self._sql.change(_BODY, (seq, *ends, bytes.fromhex(block.hash), front))
            self._sql.change(_REST, (seq, rest))
            wrong = self.check(block, seq)
            self._sql.change("INSERT INTO sealing (seq) VALUES (?)", (seq,))
            start_ms = block.day * DAY_MS
            end_ms = start_ms + DAY_MS
            gone = self._sql.change(_REMOVE, (block.probe, start_ms, end_ms, end_ms))
            self._sql.change("DELETE FROM sealing WHERE seq = ?", (seq,))
            if wrong or gone != hot_rows:
                reason = wrong or f"{gone} rows would go, {hot_rows} are in it"
                msg = f"block of probe {block.probe}, day {block.day}, was not sealed: {reason}"
                raise StoreError(msg)
        self._prepared = None

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
        """Return sealed (admission, row) with after < admission <= upto, in order."""
        found: list[tuple[int, SampleRow]] = []
        for row in self._sql.rows(_OVERLAPPING, (after, upto)):
            block = _BLOCK.decode(row.payload)
            if self._seq(block.probe, block.day) == row.seq:
                columns = self._columns(block.probe, block.day, row.seq, bytes.fromhex(block.hash))
                found += rows_of(_part(columns, after, upto))
        return sorted(found, key=lambda pair: pair[0])

    def rows_sealed_after(self, after: int, upto: int, seq: int) -> list[tuple[int, SampleRow]]:
        """Return the (admission, row) of these numbers that no block of up to this ledger entry holds, in order."""
        before: set[int] = set()
        found: dict[int, SampleRow] = {}
        for row in self._sql.rows(_OVERLAPPING, (after, upto)):
            block = _BLOCK.decode(row.payload)
            columns = self._columns(block.probe, block.day, row.seq, bytes.fromhex(block.hash))
            pairs = rows_of(_part(columns, after, upto))
            if row.seq <= seq:
                before.update(admission for admission, _ in pairs)
            else:
                found.update(pairs)
        return sorted((pair for pair in found.items() if pair[0] not in before), key=lambda pair: pair[0])

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
