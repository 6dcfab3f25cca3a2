"""The reading log in SQL: one row per device and message, in columns, under one admission sequence.

A row spans at most ROW_SPAN_MS_MAX, so that a reading of [from, to) looks only at rows that begin at or after
from - ROW_SPAN_MS_MAX, however long the log is.
"""

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any, Final, TypeVar

import msgspec
import numpy as np

from coldchain.errors import InvalidValueError, StoreError
from coldchain.facts import ClockState, TagSummary
from coldchain.history import EMPTY, NO_VALUE, History, effective
from coldchain.ports import LogCounts, SampleRow, TagRow
from stores import schema
from stores.columns import pack_samples, pack_tags, unpack_readings, unpack_samples, unpack_tags
from stores.sql import Sql

ROW_SPAN_MS_MAX: Final = 6 * 3_600_000
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
_NEWEST_START = (
    "SELECT first_taken_ms FROM hot_readings WHERE stream = ? AND device = ? AND first_taken_ms < ?"
    " ORDER BY first_taken_ms DESC LIMIT 1"
)

_T = TypeVar("_T")
Packed = tuple[int, int, int, bytes]  # first and last taken_ms, number of readings, columns


class SqlReadingLog:
    """ReadingLog over one transaction. `flush` writes the totals that appending moved."""

    def __init__(self, sql: Sql) -> None:
        self._sql = sql
        self._totals: dict[str, int] | None = None
        self._moved = False

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
        return effective(
            np.array(taken, np.int64),
            np.array([NO_VALUE if value is None else value for value in micro], np.int64),
            np.array(quality, np.uint8),
            np.array(rank, np.int64),
        ).between(from_ms, to_ms)

    def last_before(self, probe: str, at_ms: int) -> History:
        """Return the one effective reading with the highest taken_ms < at_ms, or an empty history."""
        start = self._sql.first(_NEWEST_START, (SAMPLES, probe, at_ms))
        if start is None:
            return EMPTY
        # That row has a reading at its start, so the last one before at_ms is there or in a row that reaches over it.
        found = self.history(probe, start.first_taken_ms, at_ms)
        return found.part(len(found) - 1, len(found))

    def samples_after(self, admission: int, limit: int) -> tuple[tuple[int, SampleRow], ...]:
        """Return up to limit (admission, row) of samples with a higher admission sequence, in its order."""
        rows = self._sql.rows(_AFTER, (admission, SAMPLES, limit))
        return tuple((row.admission, _sample_row(row)) for row in rows)

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
    """Return the indexes in order of time, cut where a run would span more than ROW_SPAN_MS_MAX.

    A range of all of them where nothing has to be moved or cut, which is nearly always.
    """
    if times[-1] - times[0] <= ROW_SPAN_MS_MAX and all(a <= b for a, b in pairwise(times)):
        return [range(len(times))]
    runs: list[list[int]] = []
    start_ms = None
    for i in sorted(range(len(times)), key=times.__getitem__):
        if start_ms is None or times[i] - start_ms > ROW_SPAN_MS_MAX:
            start_ms = times[i]
            runs.append([])
        runs[-1].append(i)
    return runs


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
