"""The reading log in SQL: one row per device and message, in columns, under one admission sequence.

A row spans at most ROW_SPAN_MS_MAX, so that a reading of [from, to) looks only at rows that begin at or after
from - ROW_SPAN_MS_MAX, however long the log is; and it lies within one UTC day, so that it goes into one block whole.
Days that are closed are sealed in blocks (stores/blocks.py); what is asked here is answered from both.
"""

from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from typing import Any, Final, TypeVar

import msgspec
import numpy as np

from coldchain.block_ports import Rival
from coldchain.blocks import DAY_MS, Block, ClosedDay, day_of
from coldchain.entries import Entry
from coldchain.errors import InvalidValueError, StoreError
from coldchain.facts import ClockState, TagSummary
from coldchain.history import EMPTY, NO_VALUE, History, effective
from coldchain.ports import LogCounts, SampleRow, TagRow
from coldchain.retention import KeptBlock, Removal
from coldchain.rivals import rivals
from coldchain.stamps import ReadingDigest
from coldchain.sums import Stretch, Tally, stretch_of, tally_of
from stores import schema
from stores.block_codec import Front
from stores.block_sums import SqlBlockSums, days_inside
from stores.block_tally import SqlBlockTally
from stores.blocks import SqlBlocks, together
from stores.columns import INTEGER_MAX, pack_samples, pack_tags, unpack_readings, unpack_samples, unpack_tags
from stores.known_days import Known
from stores.reading_digests import digest_between
from stores.removal_digests import SqlRemovalDigests
from stores.retention_records import kept_blocks, kept_days, remove
from stores.sql import Sql

ROW_SPAN_MS_MAX: Final = 6 * 3_600_000
SHORT_MS_MAX: Final = 32 * DAY_MS  # so many days are added up one by one: fewer look-ups than by level
SAMPLES, TAGS = "samples", "tags"

_COLUMNS: Final = ("seq", "taken_ms", "boottime_ms", "device_ms", "micro_celsius", "quality", "origin_seq")
_INSERT = schema.insert_sql(schema.hot_readings)
_TOTAL = schema.upsert_sql(schema.totals)
_RANGE = (
    "SELECT admission, source_rank, body FROM hot_readings WHERE stream = ? AND device = ?"
    " AND first_taken_ms >= ? AND first_taken_ms < ? AND last_taken_ms >= ?"
)
# COALESCE keeps the index over streams out of it: the primary key finds the place and gives the order, nothing sorts.
_AFTER = (
    "SELECT admission, device, gateway, epoch, received_ms, source_rank, clock, boot, body FROM hot_readings"
    " WHERE admission > ? AND COALESCE(stream, '') = ? ORDER BY admission LIMIT ?"
)
_FIRST_HOT = "SELECT MIN(first_taken_ms) AS first_ms FROM hot_readings WHERE stream = ? AND device = ?"
_NEWEST_START = (
    "SELECT first_taken_ms FROM hot_readings WHERE stream = ? AND device = ? AND first_taken_ms < ?"
    " ORDER BY first_taken_ms DESC LIMIT 1"
)

WHOLE = (
    "SELECT admission, device, gateway, epoch, received_ms, source_rank, clock, boot, body FROM hot_readings"
    " WHERE stream = ? AND device = ? AND first_taken_ms >= ? AND first_taken_ms < ? AND last_taken_ms >= ?"
    " ORDER BY admission"
)
_OF_DAY = WHOLE.replace("last_taken_ms >= ?", "last_taken_ms < ?")
_LATE = (
    "SELECT DISTINCT first_taken_ms / 86400000 AS first_day, last_taken_ms / 86400000 AS last_day FROM hot_readings"
    " WHERE stream = ? AND device = ? AND first_taken_ms >= ? AND first_taken_ms < ?"
)
_WINDOW: Final = 4  # admission numbers looked at for a row that is asked for: tags and sealed rows lie between

_REMOVAL: Final = msgspec.json.Decoder(Removal)
_T = TypeVar("_T")
Packed = tuple[int, int, int, bytes]  # first and last taken_ms, number of readings, columns


class SqlReadingLog(SqlRemovalDigests):
    """ReadingLog over one transaction. `flush` writes the totals that appending moved."""

    def __init__(self, sql: Sql, known: Known | None = None) -> None:
        self._sql = sql
        self._totals: dict[str, int] | None = None
        self._moved = False
        self._blocks = SqlBlocks(sql)
        self._sums = SqlBlockSums(sql, self._blocks)
        self._sealed = SqlBlockTally(sql, known)
        self._reads = known is not None
        self._hot_from: dict[str, int | None] = {}

    def append_samples(self, row: SampleRow) -> int:
        """Append and return the admission sequence (the last one, where the row had to be split)."""
        self._sql.writing()
        n = len(row.seq)
        if not n or any(len(getattr(row, name)) != n for name in _COLUMNS):
            lengths = {name: len(getattr(row, name)) for name in _COLUMNS}
            msg = f"samples of probe {row.probe}: columns must have one length of at least 1, these have {lengths}"
            raise InvalidValueError(msg)
        parts = [_picked(row, indexes) for indexes in _runs(row.taken_ms)]
        packed = [(part.taken_ms[0], part.taken_ms[-1], len(part.seq), pack_samples(part)) for part in parts]
        return self._append(SAMPLES, row.probe, row, row.source_rank, packed)

    def append_tags(self, row: TagRow) -> int:
        """Append and return the admission sequence (the last one, where the row had to be split)."""
        self._sql.writing()
        if not row.summaries or any(tag.origin != row.reader for tag in row.summaries):
            msg = f"tags of reader {row.reader}: a row needs summaries, and all of this reader"
            raise InvalidValueError(msg)
        parts = [[row.summaries[i] for i in indexes] for indexes in _runs([tag.taken_ms for tag in row.summaries])]
        packed = [(part[0].taken_ms, part[-1].taken_ms, len(part), pack_tags(part)) for part in parts]
        return self._append(TAGS, row.reader, row, 0, packed)

    def history(self, probe: str, from_ms: int, to_ms: int) -> History:
        """Return the effective readings with from_ms <= taken_ms < to_ms."""
        if to_ms <= from_ms:
            return EMPTY
        days = (day_of(from_ms), day_of(to_ms - 1))
        hot = self._hot(probe, from_ms, to_ms)
        if hot is None:
            return together(self._blocks.histories(probe, *days)).between(from_ms, to_ms)
        parts = [*self._blocks.fronts(probe, *days), hot]
        columns = [np.concatenate(column) for column in zip(*parts, strict=True)] if len(parts) > 1 else hot
        return effective(*columns).between(from_ms, to_ms)

    def last_before(self, probe: str, at_ms: int) -> History:
        """Return the one effective reading with the highest taken_ms < at_ms, or an empty history."""
        start = self._sql.first(_NEWEST_START, (SAMPLES, probe, at_ms))
        sealed_ms = self._blocks.last_before(probe, at_ms)
        known = [ms for ms in (sealed_ms, None if start is None else int(start.first_taken_ms)) if ms is not None]
        if not known:
            return EMPTY
        # That row has a reading at its start, so the last one before at_ms is there or in a row that reaches over it.
        found = self.history(probe, max(known), at_ms)
        return found.part(len(found) - 1, len(found))

    def first_taken_ms(self, probe: str) -> int | None:
        """Return the taken_ms of the first reading of a probe that is there, sealed or not; None if there is none."""
        hot_ms = self._sql.first(_FIRST_HOT, (SAMPLES, probe)).first_ms
        known = [ms for ms in (hot_ms, self._blocks.first_taken_ms(probe)) if ms is not None]
        return min(known, default=None)

    def samples_after(self, admission: int, limit: int) -> tuple[tuple[int, SampleRow], ...]:
        """Return up to limit (admission, row) of samples with a higher admission sequence, in its order."""
        rows = self._sql.rows(_AFTER, (admission, SAMPLES, limit))
        hot = [(row.admission, _sample_row(row)) for row in rows]
        last = min(hot[-1][0] if len(hot) == limit else INTEGER_MAX, self._blocks.last_admission())
        sealed: list[tuple[int, SampleRow]] = []
        upto = admission
        while upto < last and len(sealed) < limit:
            after, upto = upto, min(last, upto + _WINDOW * max(limit, upto - admission))
            sealed += self._blocks.rows_between(after, upto)
        return tuple(sorted(hot + sealed, key=lambda pair: pair[0])[:limit])

    def closed_days(self, before_day: Mapping[str, int], received_before_ms: int, limit: int) -> tuple[ClosedDay, ...]:
        """Return up to limit days of these probes, before a day each, with unsealed readings."""
        return tuple(self._blocks.closed_days(before_day, received_before_ms, limit))

    def prepare(self, closed: ClosedDay) -> tuple[Block, ...]:
        """Return the blocks that the days would be. Raises InvalidValueError if no reading of them is not sealed."""
        start_ms, end_ms = closed.day * DAY_MS, (closed.day + closed.days) * DAY_MS
        rows = self._sql.rows(_OF_DAY, (SAMPLES, closed.probe, start_ms, end_ms, end_ms))
        if not rows:
            msg = f"probe {closed.probe}, day {closed.day}: it has no readings that are not sealed"
            raise InvalidValueError(msg)
        hot = [(row.admission, _sample_row(row)) for row in rows]
        return self._blocks.prepare(closed.probe, closed.day, closed.days, hot)

    def seal(self, blocks: Sequence[Block], entries: Sequence[Entry], holds_ms: Sequence[int]) -> int:
        """Keep the blocks of these entries, let their hot rows go and renew their sums; return their readings."""
        self._sql.writing()
        self._blocks.keep(blocks, [entry.seq for entry in entries])
        for block in blocks:
            self._sums.sealed(block.probe, block.day, holds_ms)
        return sum(block.n for block in blocks)

    def kept_days(self, probe: str, before_day: int, limit: int) -> tuple[int, ...]:
        """Return the first days of a probe before a day that have a sealed block with its bytes, in order."""
        return kept_days(self._sql, probe, before_day, limit)

    def kept_blocks(self, probe: str, day: int) -> tuple[KeptBlock, ...]:
        """Return the blocks of a day whose bytes are there, of all its generations, by seq."""
        return kept_blocks(self._sql, probe, day)

    def remove(self, blocks: Sequence[KeptBlock], entry: Entry) -> int:
        """Let the bytes of the blocks go that this ledger entry names, and their sums; return their readings."""
        self._sql.writing()
        gone = remove(self._sql, blocks, _REMOVAL.decode(entry.payload))
        self._sums.removed({(one.probe, one.day) for one in blocks})
        return gone

    def sealed_upto(self) -> int:
        """Return the admission up to which every row lies in a block: the one before the first that is not sealed."""
        first = self._sql.first("SELECT MIN(admission) AS admission FROM hot_readings").admission
        return self.last_admission() if first is None else int(first) - 1

    def digest(self, after: int, limit: int) -> ReadingDigest | None:
        """Return a hash over up to limit rows with a higher admission, sealed or not; None if there is none."""
        upto = min(after + limit, self.last_admission())  # numbers follow each other without a hole
        return digest_between(self._sql, self._blocks, after, upto) if upto > after else None

    def build_sums(self, probe: str, hold_ms: int) -> int:
        """Make the sums of all blocks of a probe anew for a hold time; return how many blocks that were."""
        return self._sums.build(probe, hold_ms)

    def tally(self, probe: str, from_ms: int, to_ms: int, hold_ms: int) -> Tally:
        """Return how long each value held in [from_ms, to_ms), equal to adding up its history."""
        if self._is_sealed(probe, from_ms, to_ms, hold_ms):
            found = self._sealed.tally(probe, from_ms, to_ms, hold_ms)
            if found is None and to_ms - from_ms <= SHORT_MS_MAX:
                found = tally_of(*self._sums.short(probe, from_ms, to_ms, hold_ms), from_ms, to_ms, hold_ms)
            if found is not None:
                return found
        first, end = days_inside(from_ms, to_ms)
        newest = self._blocks.newest_day(probe)
        end = min(end, first if newest is None else newest + 1)
        left_ms, right_ms = (first * DAY_MS, end * DAY_MS) if first < end else (to_ms, to_ms)
        left = self.history(probe, from_ms - hold_ms, left_ms)
        parts = [stretch_of(left.since(from_ms), hold_ms)]
        if first < end:
            parts += self._stretches(probe, first, end, hold_ms)
            parts.append(stretch_of(self.history(probe, right_ms, to_ms), hold_ms))
        before = left.between(from_ms - hold_ms, from_ms)
        return tally_of(before, [part for part in parts if part is not None], from_ms, to_ms, hold_ms)

    def conflicts(self, probe: str, from_ms: int, to_ms: int) -> tuple[Rival, ...]:
        """Return the readings of instants that have more than one, by (taken_ms, admission, seq)."""
        found = [self._hot(probe, from_ms, to_ms), *self._blocks.fronts(probe, day_of(from_ms), day_of(to_ms - 1))]
        times = np.sort(np.concatenate([front[0] for front in found if front is not None] or [EMPTY.taken_ms]))
        twice = times[1:][times[1:] == times[:-1]]
        days = sorted({int(day) for day in twice[(twice >= from_ms) & (twice < to_ms)] // DAY_MS})
        ends = [(max(from_ms, day * DAY_MS), min(to_ms, (day + 1) * DAY_MS)) for day in days]
        return tuple(one for begin, end in ends for one in rivals(self.sample_rows(probe, begin, end), begin, end))

    def sample_rows(self, probe: str, from_ms: int, to_ms: int) -> list[tuple[int, SampleRow]]:
        """Return (admission, row) of all rows that may have a reading in [from_ms, to_ms), sealed ones too."""
        rows = self._sql.rows(WHOLE, (SAMPLES, probe, from_ms - ROW_SPAN_MS_MAX, to_ms, from_ms))
        pairs = [(row.admission, _sample_row(row)) for row in rows]
        pairs += self._blocks.rows_of_days(probe, day_of(from_ms), day_of(to_ms - 1))
        return pairs

    def check_block(self, block: Block, seq: int) -> str:
        """Return what is wrong with the kept bytes of a block ("": nothing)."""
        return self._blocks.check(block, seq)

    def last_admission(self) -> int:
        """Return the highest admission sequence, of samples or tags (0 if there is none)."""
        return self._all_totals()["admission"]

    def tag_summaries(self, reader: str, from_ms: int, to_ms: int) -> tuple[TagSummary, ...]:
        """Return summaries with from_ms <= taken_ms < to_ms by (taken_ms, epc, antenna, seq)."""
        found = [
            tag
            for row in self._rows(TAGS, reader, from_ms, to_ms)
            for tag in _decoded(row, lambda body: unpack_tags(body, reader))
            if from_ms <= tag.taken_ms < to_ms
        ]
        return tuple(sorted(found, key=lambda tag: (tag.taken_ms, tag.epc, tag.antenna, tag.seq)))

    def counts(self) -> LogCounts:
        """Return how many samples and summaries are held."""
        totals = self._all_totals()
        return LogCounts(samples=totals[SAMPLES], tag_summaries=totals[TAGS])

    def flush(self) -> None:
        """Write the totals, once a transaction."""
        if self._moved:
            self._sql.change_many(_TOTAL, list(self._all_totals().items()))
            self._moved = False

    def _hot(self, probe: str, from_ms: int, to_ms: int) -> Front | None:
        """Return the unsealed readings of rows that reach into [from_ms, to_ms); None if there is none."""
        taken: list[int] = []
        micro: list[int | None] = []
        quality: list[int] = []
        rank: list[int] = []
        for row in self._rows(SAMPLES, probe, from_ms, to_ms):
            times, values, qualities = _decoded(row, unpack_readings)
            taken += times
            micro += values
            quality += qualities
            rank += [row.source_rank] * len(times)
        if not taken:
            return None
        return (
            np.array(taken, np.int64),
            np.array([NO_VALUE if value is None else value for value in micro], np.int64),
            np.array(quality, np.uint8),
            np.array(rank, np.int64),
        )

    def _stretches(self, probe: str, first: int, end: int, hold_ms: int) -> list[Stretch]:
        """Return the stretches of whole days; days with late readings are read, as nobody has added them up yet."""
        parts: list[Stretch] = []
        late = [day for day in self._late_days(probe, first, end) if first <= day < end]
        for day in late:
            parts += self._sums.between(probe, first, day, hold_ms)
            found = stretch_of(self.history(probe, day * DAY_MS, (day + 1) * DAY_MS), hold_ms)
            parts += [] if found is None else [found]
            first = day + 1
        return parts + self._sums.between(probe, first, end, hold_ms)

    def _is_sealed(self, probe: str, from_ms: int, to_ms: int, hold_ms: int) -> bool:
        """Tell whether no hot row reaches into [from_ms - hold_ms, to_ms); None of them begins before the first."""
        if to_ms <= from_ms or hold_ms <= 0:
            return False
        if not self._reads or probe not in self._hot_from:
            self._hot_from[probe] = self._sql.first(_FIRST_HOT, (SAMPLES, probe)).first_ms
        first_ms = self._hot_from[probe]
        return first_ms is None or first_ms >= to_ms or not self._rows(SAMPLES, probe, from_ms - hold_ms, to_ms)

    def _late_days(self, probe: str, first: int, end: int) -> list[int]:
        rows = self._sql.rows(_LATE, (SAMPLES, probe, first * DAY_MS - ROW_SPAN_MS_MAX, end * DAY_MS))
        return sorted({day for row in rows for day in (row.first_day, row.last_day)})

    def _rows(self, stream: str, device: str, from_ms: int, to_ms: int) -> Sequence[Any]:
        return self._sql.rows(_RANGE, (stream, device, from_ms - ROW_SPAN_MS_MAX, to_ms, from_ms))

    def _append(self, stream: str, device: str, row: SampleRow | TagRow, rank: int, packed: Sequence[Packed]) -> int:
        totals = self._all_totals()
        source = (row.gateway, row.epoch, row.received_ms, rank, row.clock.value, row.boot)
        rows = [
            (admission, stream, device, first_ms, last_ms, *source, n, body)
            for admission, (first_ms, last_ms, n, body) in enumerate(packed, totals["admission"] + 1)
        ]
        self._sql.change_many(_INSERT, rows)
        totals["admission"] += len(packed)
        totals[stream] += sum(n for _, _, n, _ in packed)
        self._moved = True
        return totals["admission"]

    def _all_totals(self) -> dict[str, int]:
        if self._totals is None:
            kept = {row.name: row.value for row in self._sql.rows("SELECT name, value FROM totals")}
            self._totals = {"admission": 0, SAMPLES: 0, TAGS: 0} | kept
        return self._totals


def _runs(times: Sequence[int]) -> Sequence[Sequence[int]]:
    """Return the indexes in order of time, cut at midnight and where a run would span more than ROW_SPAN_MS_MAX.

    A range of all of them where nothing has to be moved or cut, which is nearly always.
    """
    if _near(times[0], times[-1]) and all(a <= b for a, b in pairwise(times)):
        return [range(len(times))]
    runs: list[list[int]] = []
    start_ms = None
    for i in sorted(range(len(times)), key=times.__getitem__):
        if start_ms is None or not _near(start_ms, times[i]):
            start_ms = times[i]
            runs.append([])
        runs[-1].append(i)
    return runs


def _near(start_ms: int, end_ms: int) -> bool:
    return end_ms - start_ms <= ROW_SPAN_MS_MAX and day_of(start_ms) == day_of(end_ms)


def _picked(row: SampleRow, indexes: Sequence[int]) -> SampleRow:
    if isinstance(indexes, range):
        return row
    columns = {name: [getattr(row, name)[i] for i in indexes] for name in _COLUMNS}
    return msgspec.structs.replace(row, **columns)


def _sample_row(row: Any) -> SampleRow:  # noqa: ANN401 - a row of _AFTER
    columns: dict[str, Any] = _decoded(row, unpack_samples)
    return SampleRow(
        probe=row.device,
        gateway=row.gateway,
        epoch=row.epoch,
        received_ms=row.received_ms,
        source_rank=row.source_rank,
        clock=ClockState(row.clock),
        boot=row.boot,
        **columns,
    )


def _decoded(row: Any, unpack: Callable[[bytes], _T]) -> _T:  # noqa: ANN401 - a row of _RANGE or _AFTER
    try:
        return unpack(row.body)
    except (IndexError, ValueError, OverflowError) as error:
        msg = f"row {row.admission} of the reading log is damaged ({error}): stop the program and restore a backup"
        raise StoreError(msg) from error
