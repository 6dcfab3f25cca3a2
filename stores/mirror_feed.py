"""What the mirror sends next: lines out of the reading log and the ledger, behind a sequence number.

Every line states what the record says now of its point, not what an entry said then. So the same points come out in
whatever order and however often entries are read, and a mirror that is built anew is the same mirror.
"""

from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Final, TypeAlias

import msgspec
import numpy as np
import structlog

from coldchain.entries import Entry, EntryKind, RecordedEvent
from coldchain.history import History
from coldchain.places import Text
from coldchain.ports import Ledger, ReadingLog, Records, SampleRow, Session, Store
from coldchain.units import Finding, FindingStatus, Hold
from stores.points import NONE, Setup, event_line, finding_line, hold_line, setup_of, temperature_lines

BATCH_BYTES_MAX: Final = 1_000_000
LINE_BYTES: Final = 110  # of a temperature, about: how many fit is decided before they are encoded
ROWS_MAX: Final = 500
ENTRIES_MAX: Final = 500
SPAN_MS_MAX: Final = 6 * 3_600_000  # rows of one probe are read together as far as they lie so close
FINDINGS_KEPT: Final = 4_096  # whose earlier versions are remembered; of others the ledger is asked
EARLIER_CHUNK: Final = 1_000
EARLIER_MAX: Final = 1_000_000  # entries read backwards for the earlier versions of one finding

Titles: TypeAlias = Callable[[Finding], Text]
Row: TypeAlias = tuple[int, SampleRow]
Key: TypeAlias = tuple[str, str, str, str, int]

log = structlog.get_logger("mirror")


@dataclass(frozen=True, slots=True)
class Batch:
    """Lines, and the sequence number that is done once they are delivered. `faults`: (reason, what) of our own."""

    lines: list[bytes]
    upto: int
    faults: list[tuple[str, bytes]] = field(default_factory=list)


def readings_after(store: Store, admission: int) -> Batch:
    """Return the readings behind an admission sequence, as many as fit into a batch.

    Of two readings of one probe and instant the one that counts is written, whichever of them is read.
    """
    with store.reading() as session:
        last = session.readings.last_admission()
        rows = session.readings.samples_after(admission, ROWS_MAX)
        taken = _fitting(rows)
        # The rest up to `last` are tag summaries, which the mirror does not show.
        upto = max(last, admission) if len(taken) == len(rows) < ROWS_MAX else taken[-1][0]
        setup = setup_of(session.records) if taken else None
        lines = [line for rows_ in _by_probe(taken) for line in _readings(session.readings, setup, rows_)]
    return Batch(lines=lines, upto=upto)


def _fitting(rows: Sequence[Row]) -> Sequence[Row]:
    """Return the first rows whose lines fit into a batch, at least one."""
    size = 0
    for index, (_, row) in enumerate(rows):
        size += len(row.seq) * LINE_BYTES
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


def _readings(readings: ReadingLog, setup: Setup | None, rows: Sequence[SampleRow]) -> Iterator[bytes]:
    if setup is None:
        return iter(())
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
    """Follows the ledger: findings, holds, contacts, positions and batteries."""

    def __init__(self, titles: Titles) -> None:
        self._titles = titles
        self._versions: OrderedDict[str, tuple[Finding, ...]] = OrderedDict()

    def after(self, store: Store, seq: int) -> Batch:
        """Return what the entries behind a ledger sequence change, at most ENTRIES_MAX of them."""
        lines: list[bytes] = []
        faults: list[tuple[str, bytes]] = []
        with store.reading() as session:
            entries = session.ledger.entries(seq, ENTRIES_MAX)
            setup = setup_of(session.records) if entries else None
            for entry in entries:
                try:
                    lines += [] if setup is None else self._lines(session, setup, entry)
                except Exception as error:  # one entry that we cannot tell must not keep the others back
                    log.exception("entry_not_mirrored", seq=entry.seq, kind=entry.kind.value)
                    faults.append((f"entry {entry.seq} of the ledger: {type(error).__name__}: {error}", entry.payload))
        return Batch(lines=lines, upto=entries[-1].seq if entries else seq, faults=faults)

    def _lines(self, session: Session, setup: Setup, entry: Entry) -> list[bytes]:
        match entry.kind:
            case EntryKind.DEVICE_EVENT:
                line = event_line(setup, msgspec.json.decode(entry.payload, type=RecordedEvent))
                return [] if line is None else [line]
            case EntryKind.FINDING:
                finding = msgspec.json.decode(entry.payload, type=Finding)
                return self._finding(session, setup, entry.seq, finding)
            case EntryKind.HOLD:
                hold = msgspec.json.decode(entry.payload, type=Hold)
                return [_hold(session.records, setup, hold, entry.record_ms)]
            case _:
                return []

    def _finding(self, session: Session, setup: Setup, seq: int, finding: Finding) -> list[bytes]:
        """Return every point at which this finding stands or once stood."""
        versions = (*self._earlier(session.ledger, seq, finding), finding)
        self._keep(versions)
        site = setup.site_of_place(finding.place)
        latest_at = {_key(version): version for version in versions}
        return [self._point(session.records, site, key, versions, latest_at[key]) for key in latest_at]

    def _point(self, records: Records, site: str, key: Key, versions: Sequence[Finding], stood: Finding) -> bytes:
        """Return what is true of a point: the finding that stands there now, or that none does any more.

        Findings can move to another start, and merge, when late readings come: then one may stand where another stood.
        """
        around = records.findings(probe=stood.probe, overlapping=_instant(key))
        there = [other for other in around if _key(other) == key]
        living = [other for other in there if other.status is not FindingStatus.WITHDRAWN]
        gone = msgspec.structs.replace(stood, status=FindingStatus.WITHDRAWN, version=versions[-1].version)
        now = living[-1] if living else gone
        ended = [one for one in (*there, *versions) if _key(one) == key and one.end_ms is not None]
        return finding_line(site, now, self._titles(now), ended[-1] if ended else None)

    def _earlier(self, ledger: Ledger, seq: int, finding: Finding) -> tuple[Finding, ...]:
        """Return the versions of a finding before this one, from memory or from the ledger."""
        known = self._versions.get(finding.id, ())
        complete = bool(known) and known[0].version == 1 and known[-1].version >= finding.version - 1
        if finding.version == 1 or complete:
            return tuple(version for version in known if version.version < finding.version)
        return _versions_before(ledger, seq, finding)

    def _keep(self, versions: tuple[Finding, ...]) -> None:
        """Remember one version for each point, and always the first and the last: those say that it is complete."""
        by_key = {(_key(one), one.end_ms is None): one for one in versions}
        kept = {one.version: one for one in (versions[0], *by_key.values(), versions[-1])}
        self._versions[versions[-1].id] = tuple(kept[number] for number in sorted(kept))
        self._versions.move_to_end(versions[-1].id)
        while len(self._versions) > FINDINGS_KEPT:
            self._versions.popitem(last=False)


def _versions_before(ledger: Ledger, seq: int, finding: Finding) -> tuple[Finding, ...]:
    """Read the ledger backwards from an entry to the first version of a finding; return those on the way."""
    found: list[Finding] = []
    name = finding.id.encode()
    high, lowest = seq - 1, max(0, seq - EARLIER_MAX)
    while high > lowest:
        low = max(lowest, high - EARLIER_CHUNK)
        for entry in reversed(ledger.entries(low, high - low)):
            if entry.kind is EntryKind.FINDING and name in entry.payload:
                version = msgspec.json.decode(entry.payload, type=Finding)
                found += [version] if version.id == finding.id else []
        if found and found[-1].version == 1:
            break
        high = low
    return tuple(reversed(found))


def _hold(records: Records, setup: Setup, hold: Hold, record_ms: int) -> bytes:
    """Return how many units were on hold because of a finding at a record time; nobody ends holds yet."""
    finding = records.finding(hold.finding)
    place = finding.place if finding else NONE
    units = {
        other.unit
        for exposure in records.exposures_of_finding(hold.finding)
        for other in records.holds_of_unit(exposure.unit)
        if other.finding == hold.finding and other.placed_ms <= record_ms
    }
    return hold_line(setup.site_of_place(place), place, hold.finding, len(units | {hold.unit}), record_ms)


def _key(finding: Finding) -> Key:
    """Return what tells one point of a finding from another: its tags and its time."""
    direction = finding.direction.value if finding.direction else NONE
    return (finding.place, finding.probe, finding.kind.value, direction, finding.start_ms)


def _instant(key: Key) -> tuple[int, int]:
    """Return a range that every finding overlaps which starts at the point's time, those without length too."""
    return (key[-1] - 1, key[-1] + 1)
