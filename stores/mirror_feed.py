"""What the mirror sends next: lines out of the reading log and the ledger, behind a sequence number.

Every line states what the record says now of its point, not what an entry said then. So the same points come out in
whatever order and however often entries are read, and a mirror that is built anew is the same mirror.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Final, TypeAlias

import msgspec
import numpy as np
import structlog

from coldchain.decisions import standing_holds
from coldchain.entries import Entry, EntryKind, RecordedEvent
from coldchain.errors import StoreError
from coldchain.history import History
from coldchain.ports import ReadingLog, Records, SampleRow, Session
from coldchain.units import Hold
from stores.mirror_alarms import AlarmPoints
from stores.mirror_backs import backs_of
from stores.mirror_findings import FindingPoints
from stores.mirror_sums import Back
from stores.mirror_told import Told
from stores.points import NONE, Setup, Titles, event_line, hold_line, setup_of, temperature_lines
from stores.points_devices import mark_line
from stores.readable import Readable

BATCH_BYTES_MAX: Final = 1_000_000
LINE_BYTES_MAX: Final = 200  # of a temperature, with ids of 32: how many fit is decided before they are encoded
ROWS_MAX: Final = 200
ENTRIES_MAX: Final = 500
SPAN_MS_MAX: Final = 6 * 3_600_000  # rows of one probe are read together as far as they lie so close

Row: TypeAlias = tuple[int, SampleRow]
Held: TypeAlias = dict[str, dict[str, int]]  # by finding: since when each of its units is on hold

log = structlog.get_logger("mirror")


@dataclass(frozen=True, slots=True)
class Batch:
    """Lines, and the sequence number that is done once they are delivered. `faults`: (reason, what) of our own.

    `backs`: the places whose sums have changed, and from when on. `level`: there was no more to be read.
    """

    lines: list[bytes]
    upto: int
    faults: list[tuple[str, bytes]] = field(default_factory=list)
    backs: list[Back] = field(default_factory=list)
    level: bool = False


def readings_after(store: Readable, admission: int) -> Batch:
    """Return the readings behind an admission sequence, as many as fit into a batch.

    Of two readings of one probe and instant the one that counts is written, whichever of them is read.
    """
    with store.reading() as session:
        last = session.readings.last_admission()
        rows = session.readings.samples_after(admission, ROWS_MAX)
        taken = _fitting(rows)
        # The rest up to `last` are tag summaries, which the mirror does not show.
        level = len(taken) == len(rows) < ROWS_MAX
        upto = max(last, admission) if level else taken[-1][0]
        if not taken:
            return Batch(lines=[], upto=upto, level=level)
        setup = setup_of(session.records)
        lines = [line for near in _by_probe(taken) for line in _readings(session.readings, setup, near)]
    return Batch(lines=lines, upto=upto, backs=_backs(setup, taken), level=level)


def _backs(setup: Setup, rows: Sequence[Row]) -> list[Back]:
    """Return the places that were measured, each from the first of these readings on."""
    first: dict[str, int] = {}
    for _, row in rows:
        known = setup.probes.get(row.probe)
        if known is not None:
            first[known.place] = min(first.get(known.place, row.taken_ms[0]), row.taken_ms[0])
    return list(first.items())


def _fitting(rows: Sequence[Row]) -> Sequence[Row]:
    """Return the first rows whose lines fit into a batch, at least one."""
    size = 0
    for index, (_, row) in enumerate(rows):
        size += len(row.seq) * LINE_BYTES_MAX
        if size > BATCH_BYTES_MAX and index:
            return rows[:index]
    return rows


def _by_probe(rows: Sequence[Row]) -> Iterator[list[SampleRow]]:
    """Yield rows of one probe that lie close together in time."""
    ordered = sorted((row for _, row in rows), key=lambda row: (row.probe, row.taken_ms[0]))
    for _, group in groupby(ordered, key=lambda row: row.probe):
        near: list[SampleRow] = []
        for row in group:
            if near and row.taken_ms[-1] - near[0].taken_ms[0] > SPAN_MS_MAX:
                yield near
                near = []
            near.append(row)
        yield near


def _readings(readings: ReadingLog, setup: Setup, rows: Sequence[SampleRow]) -> Iterator[bytes]:
    instants = np.array([taken_ms for row in rows for taken_ms in row.taken_ms], np.int64)
    history = readings.history(rows[0].probe, int(instants.min()), int(instants.max()) + 1)
    chosen = np.flatnonzero(np.isin(history.taken_ms, instants))
    asked = History(
        taken_ms=history.taken_ms[chosen],
        micro_celsius=history.micro_celsius[chosen],
        quality=history.quality[chosen],
    )
    return temperature_lines(setup, rows[0].probe, asked)


class LedgerFeed:
    """Follows the ledger: findings, holds, contacts, positions and batteries; with `told` alarms and marks too.

    `kinds`: only entries of these are told (None: of all).
    """

    def __init__(self, titles: Titles, told: Told | None = None, *, kinds: Collection[EntryKind] | None = None) -> None:
        self._findings = FindingPoints(titles)
        self._told = told
        self._kinds = frozenset(EntryKind) if kinds is None else kinds
        self._alarms = None if told is None else AlarmPoints(told)

    def after(self, store: Readable, seq: int) -> Batch:
        """Return what the entries behind a ledger sequence change, at most ENTRIES_MAX of them."""
        lines: list[bytes] = []
        faults: list[tuple[str, bytes]] = []
        held: Held = {}
        backs: list[Back] = []
        with store.reading() as session:
            entries = session.ledger.entries(seq, ENTRIES_MAX)
            if not entries:
                return Batch(lines=[], upto=seq, level=True)
            setup = setup_of(session.records)
            self._findings.begin(seq, entries[0])
            if self._alarms is not None:
                self._alarms.begin()
            for entry in entries:
                if entry.kind not in self._kinds:
                    continue
                try:
                    lines += self._lines(session, setup, held, entry)
                    backs += self._more(session, setup, entry, lines)
                except StoreError:
                    raise
                except Exception as error:  # one entry that we cannot tell must not keep the others back
                    if not faults:  # where one fails, many may: each is a dead letter, one of them with its traceback
                        log.exception("entry_not_mirrored", seq=entry.seq, kind=entry.kind.value)
                    faults.append((f"entry {entry.seq} of the ledger: {type(error).__name__}: {error}", entry.payload))
            if self._alarms is not None:
                alarms, failed = self._alarms.end(session)
                lines, faults = lines + alarms, faults + failed
        self._findings.end(entries[-1].seq)
        return Batch(lines, entries[-1].seq, faults, _firsts(backs), level=len(entries) < ENTRIES_MAX)

    def _more(self, session: Session, setup: Setup, entry: Entry, lines: list[bytes]) -> list[Back]:
        """Add what only those see who know rules and words; return the places whose sums an entry changes."""
        if self._told is None or self._alarms is None:
            return []
        self._alarms.take(entry)
        lines += [mark_line(mark) for mark in self._told.marks(session, entry)]
        backs = backs_of(session, setup, entry)
        if entry.kind is EntryKind.FINDING:
            backs = [(place, min(from_ms, self._findings.stood_from_ms)) for place, from_ms in backs]
        return backs

    def _lines(self, session: Session, setup: Setup, held: Held, entry: Entry) -> list[bytes]:
        match entry.kind:
            case EntryKind.DEVICE_EVENT:
                line = event_line(setup, msgspec.json.decode(entry.payload, type=RecordedEvent))
                return [] if line is None else [line]
            case EntryKind.FINDING:
                return self._findings.lines(session, entry.site, entry)
            case EntryKind.HOLD:
                hold = msgspec.json.decode(entry.payload, type=Hold)
                return [_hold(session.records, setup, held, hold, entry.record_ms)]
            case _:
                return []


def _firsts(backs: Sequence[Back]) -> list[Back]:
    """Return each place once, from the earliest time on."""
    first: dict[str, int] = {}
    for place, from_ms in backs:
        first[place] = min(from_ms, first.get(place, from_ms))
    return list(first.items())


def _hold(records: Records, setup: Setup, held: Held, hold: Hold, record_ms: int) -> bytes:
    """Return how many units were on hold because of a finding at a record time."""
    if hold.finding not in held:
        held[hold.finding] = _placed(records, hold.finding)
    units = held[hold.finding]
    if hold.lifted_by:
        units.pop(hold.unit, None)
    else:
        units.setdefault(hold.unit, hold.placed_ms)
    finding = records.finding(hold.finding)
    place = finding.place if finding else NONE
    so_far = sum(placed_ms <= record_ms for placed_ms in units.values())
    return hold_line(setup.site_of_place(place), place, hold.finding, so_far, record_ms)


def _placed(records: Records, finding: str) -> dict[str, int]:
    """Return since when each unit is on hold because of a finding. Asked once a batch: a full room has thousands."""
    placed: dict[str, int] = {}
    for exposure in records.exposures_of_finding(finding):
        for hold in standing_holds(records.holds_of_unit(exposure.unit)):
            if hold.finding == finding:
                placed.setdefault(hold.unit, hold.placed_ms)
    return placed
