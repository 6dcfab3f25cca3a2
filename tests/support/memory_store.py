"""The hot store in memory: a fake that keeps the contract of coldchain.ports.Store, for tests without a disk.

A writing transaction works on a copy of the containers and swaps it in at the end, so a failing one leaves nothing
and a reading one keeps seeing the state that it began with. It shares no code with the SQL adapter.
"""

import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import msgspec
import numpy as np

from coldchain.entries import (
    Binding,
    Draft,
    Entry,
    EntryKind,
    Placement,
    RecordedEvent,
    RecordedGap,
    StayRecord,
    entry_hash,
    payload_bytes,
)
from coldchain.errors import InvalidValueError, StoreError
from coldchain.facts import TagSummary
from coldchain.history import NO_VALUE, History, effective
from coldchain.places import Contact, Gateway, Place, Probe, ProfileRecord, Reader
from coldchain.ports import (
    Books,
    FoldHead,
    Ledger,
    LogCounts,
    Quarantined,
    ReadingLog,
    Records,
    RefusedPayload,
    SampleRow,
    Session,
    TagRow,
)
from coldchain.ranges import Range
from coldchain.units import Exposure, Finding, FindingStatus, Hold, Unit

Key = tuple[Any, ...]

PAYLOADS: dict[EntryKind, type[msgspec.Struct]] = {
    EntryKind.PLACE: Place,
    EntryKind.PROBE: Probe,
    EntryKind.READER: Reader,
    EntryKind.CONTACT: Contact,
    EntryKind.GATEWAY: Gateway,
    EntryKind.PROFILE: ProfileRecord,
    EntryKind.UNIT: Unit,
    EntryKind.BINDING: Binding,
    EntryKind.PLACEMENT: Placement,
    EntryKind.DEVICE_EVENT: RecordedEvent,
    EntryKind.GAP: RecordedGap,
    EntryKind.FINDING: Finding,
    EntryKind.STAY: StayRecord,
    EntryKind.EXPOSURE: Exposure,
    EntryKind.HOLD: Hold,
}

KEYS: dict[EntryKind, Callable[[Any], Key]] = {
    **{kind: lambda thing: (thing.id,) for kind in PAYLOADS},
    EntryKind.PROFILE: lambda profile: (profile.id, profile.version),
    EntryKind.BINDING: lambda binding: (binding.epc, binding.from_ms, binding.unit),
    EntryKind.PLACEMENT: lambda placement: (placement.unit, placement.at_ms, placement.place or ""),
    EntryKind.DEVICE_EVENT: lambda event: (event.gateway, event.epoch, event.seq),
    EntryKind.GAP: lambda gap: (gap.gateway, gap.epoch, gap.seq),
    EntryKind.STAY: lambda stay: (stay.unit, stay.number),
    EntryKind.EXPOSURE: lambda exposure: (exposure.unit, exposure.finding),
}

Things = dict[EntryKind, dict[Key, Any]]


def _no_things() -> Things:
    return {kind: {} for kind in EntryKind}


@dataclass
class _State:
    admission: int = 0
    samples: dict[str, list[SampleRow]] = field(default_factory=dict)
    tags: dict[str, list[TagRow]] = field(default_factory=dict)
    entries: list[Entry] = field(default_factory=list)
    things: Things = field(default_factory=_no_things)
    received: dict[tuple[str, str], tuple[Range, ...]] = field(default_factory=dict)
    horizons: dict[str, tuple[int, int]] = field(default_factory=dict)
    checkpoints: dict[str, dict[int, bytes]] = field(default_factory=dict)
    heads: dict[str, FoldHead] = field(default_factory=dict)
    quarantined: dict[int, Quarantined] = field(default_factory=dict)
    quarantine_id: int = 0
    refused: dict[Key, RefusedPayload] = field(default_factory=dict)
    cursors: dict[str, int] = field(default_factory=dict)
    spoiled: bool = False

    def copy(self) -> "_State":
        return _State(
            admission=self.admission,
            samples={probe: list(rows) for probe, rows in self.samples.items()},
            tags={reader: list(rows) for reader, rows in self.tags.items()},
            entries=list(self.entries),
            things={kind: dict(rows) for kind, rows in self.things.items()},
            received=dict(self.received),
            horizons=dict(self.horizons),
            checkpoints={probe: dict(states) for probe, states in self.checkpoints.items()},
            heads=dict(self.heads),
            quarantined=dict(self.quarantined),
            quarantine_id=self.quarantine_id,
            refused=dict(self.refused),
            cursors=dict(self.cursors),
        )


def _apply(things: Things, kind: EntryKind, payload: Any) -> None:
    key, rows = KEYS[kind](payload), things[kind]
    if kind in {EntryKind.DEVICE_EVENT, EntryKind.GAP} and key in rows:
        raise StoreError(f"{kind} {key} is already in the ledger; nothing of the transaction was kept")
    if kind is EntryKind.FINDING and key in rows and payload.version <= rows[key].version:
        raise StoreError(f"finding {key} has version {rows[key].version}: a change needs a higher one")
    if kind is EntryKind.UNIT:
        same = [unit for unit in rows.values() if _identity(unit) == _identity(payload) and unit.id != payload.id]
        if same:
            raise StoreError(f"unit {same[0].id} already has the identity {_identity(payload)}")
    rows[key] = payload


def _identity(unit: Unit) -> Key:
    return (unit.issuer, unit.scheme, unit.donation_number, unit.product_code, unit.division)


@dataclass
class _Part:
    state: _State
    writable: bool

    def _writing(self) -> _State:
        if not self.writable:
            raise StoreError("this is a reading session: open a writing one to change the store")
        return self.state


class MemoryReadingLog(_Part):
    """ReadingLog by brute force."""

    def append_samples(self, row: SampleRow) -> int:
        state = self._writing()
        columns = (row.taken_ms, row.boottime_ms, row.device_ms, row.micro_celsius, row.quality)
        if not row.seq or any(len(column) != len(row.seq) for column in columns):
            raise InvalidValueError(f"samples of probe {row.probe}: columns differ in length or are empty")
        state.samples.setdefault(row.probe, []).append(row)
        state.admission += 1
        return state.admission

    def append_tags(self, row: TagRow) -> int:
        state = self._writing()
        if not row.summaries or any(summary.origin != row.reader for summary in row.summaries):
            raise InvalidValueError(f"tags of reader {row.reader}: no summaries, or one of another origin")
        state.tags.setdefault(row.reader, []).append(row)
        state.admission += 1
        return state.admission

    def history(self, probe: str, from_ms: int, to_ms: int) -> History:
        found = [
            (taken_ms, NO_VALUE if value is None else value, quality, row.source_rank)
            for row in self.state.samples.get(probe, [])
            for taken_ms, value, quality in zip(row.taken_ms, row.micro_celsius, row.quality, strict=True)
            if from_ms <= taken_ms < to_ms
        ]
        table = np.array(found, np.int64).reshape(-1, 4)
        return effective(table[:, 0], table[:, 1], table[:, 2].astype(np.uint8), table[:, 3])

    def last_before(self, probe: str, at_ms: int) -> History:
        rows = self.state.samples.get(probe, [])
        taken_ms = max((ms for row in rows for ms in row.taken_ms if ms < at_ms), default=at_ms)
        return self.history(probe, taken_ms, at_ms)

    def tag_summaries(self, reader: str, from_ms: int, to_ms: int) -> tuple[TagSummary, ...]:
        rows = self.state.tags.get(reader, [])
        found = [tag for row in rows for tag in row.summaries if from_ms <= tag.taken_ms < to_ms]
        return tuple(sorted(found, key=lambda tag: (tag.taken_ms, tag.epc, tag.antenna, tag.seq)))

    def counts(self) -> LogCounts:
        return LogCounts(
            samples=sum(len(row.seq) for rows in self.state.samples.values() for row in rows),
            tag_summaries=sum(len(row.summaries) for rows in self.state.tags.values() for row in rows),
        )


class MemoryLedger(_Part):
    """Ledger as a list."""

    def append(self, drafts: Sequence[Draft], record_ms: int) -> tuple[Entry, ...]:
        state = self._writing()
        made = []
        for draft in drafts:
            seq, body = len(state.entries) + 1, payload_bytes(draft.payload)
            digest = entry_hash(seq, record_ms, draft.actor, draft.site, draft.kind, body)
            entry = Entry(
                seq=seq,
                record_ms=record_ms,
                actor=draft.actor,
                site=draft.site,
                kind=draft.kind,
                payload=body,
                hash=digest,
            )
            state.spoiled = True
            _apply(state.things, draft.kind, msgspec.json.decode(body, type=PAYLOADS[draft.kind]))
            state.spoiled = False
            state.entries.append(entry)
            made.append(entry)
        return tuple(made)

    def entries(self, after_seq: int, limit: int) -> tuple[Entry, ...]:
        return tuple(self.state.entries[after_seq : after_seq + limit])

    def next_seq(self) -> int:
        return len(self.state.entries) + 1


class MemoryRecords(_Part):
    """Records by filtering and sorting everything."""

    def _sorted(self, kind: EntryKind, order: Callable[[Any], Key], keep: Callable[[Any], bool]) -> tuple[Any, ...]:
        return tuple(sorted(filter(keep, self.state.things[kind].values()), key=order))

    def _by_id(self, kind: EntryKind) -> tuple[Any, ...]:
        return self._sorted(kind, KEYS[kind], lambda _: True)

    def gateways(self) -> tuple[Gateway, ...]:
        return self._by_id(EntryKind.GATEWAY)

    def places(self) -> tuple[Place, ...]:
        return self._by_id(EntryKind.PLACE)

    def place(self, place: str) -> Place | None:
        return self.state.things[EntryKind.PLACE].get((place,))

    def probes(self) -> tuple[Probe, ...]:
        return self._by_id(EntryKind.PROBE)

    def readers(self) -> tuple[Reader, ...]:
        return self._by_id(EntryKind.READER)

    def contacts(self) -> tuple[Contact, ...]:
        return self._by_id(EntryKind.CONTACT)

    def profile(self, profile: str, version: int) -> ProfileRecord | None:
        return self.state.things[EntryKind.PROFILE].get((profile, version))

    def profiles(self) -> tuple[ProfileRecord, ...]:
        return self._by_id(EntryKind.PROFILE)

    def unit(self, unit: str) -> Unit | None:
        return self.state.things[EntryKind.UNIT].get((unit,))

    def units(self, after: str = "", limit: int = 100) -> tuple[Unit, ...]:
        return tuple(unit for unit in self._by_id(EntryKind.UNIT) if unit.id > after)[:limit]

    def unit_by_identity(
        self, issuer: str, scheme: str, donation_number: str, product_code: str, division: str
    ) -> Unit | None:
        identity = (issuer, scheme, donation_number, product_code, division)
        return next((unit for unit in self._by_id(EntryKind.UNIT) if _identity(unit) == identity), None)

    def bindings_of_epc(self, epc: str) -> tuple[Binding, ...]:
        return self._sorted(EntryKind.BINDING, lambda b: (b.from_ms, b.unit), lambda b: b.epc == epc)

    def bindings_of_unit(self, unit: str) -> tuple[Binding, ...]:
        return self._sorted(EntryKind.BINDING, lambda b: (b.from_ms, b.epc), lambda b: b.unit == unit)

    def placements_of_unit(self, unit: str) -> tuple[Placement, ...]:
        return self._sorted(EntryKind.PLACEMENT, lambda p: (p.at_ms, p.place or ""), lambda p: p.unit == unit)

    def presence_of_epc(self, epc: str) -> tuple[RecordedEvent, ...]:
        return self._sorted(EntryKind.DEVICE_EVENT, _event_order, lambda event: event.epc == epc)

    def events_in_place(self, place: str, from_ms: int, to_ms: int) -> tuple[RecordedEvent, ...]:
        def inside(event: RecordedEvent) -> bool:
            return event.epc is None and event.place == place and from_ms <= event.taken_ms < to_ms

        return self._sorted(EntryKind.DEVICE_EVENT, _event_order, inside)

    def gaps(self, gateway: str) -> tuple[RecordedGap, ...]:
        return self._sorted(EntryKind.GAP, lambda g: (g.from_ms, g.epoch, g.seq), lambda g: g.gateway == gateway)

    def finding(self, finding: str) -> Finding | None:
        return self.state.things[EntryKind.FINDING].get((finding,))

    def findings(
        self,
        *,
        place: str | None = None,
        probe: str | None = None,
        status: FindingStatus | None = None,
        overlapping: tuple[int, int] | None = None,
    ) -> tuple[Finding, ...]:
        def keep(finding: Finding) -> bool:
            return (
                (place is None or finding.place == place)
                and (probe is None or finding.probe == probe)
                and (status is None or finding.status is status)
                and (overlapping is None or _overlaps(finding.start_ms, finding.end_ms, *overlapping))
            )

        return self._sorted(EntryKind.FINDING, lambda f: (f.start_ms, f.probe, f.kind, f.id), keep)

    def stays_of_unit(self, unit: str) -> tuple[StayRecord, ...]:
        return self._sorted(EntryKind.STAY, KEYS[EntryKind.STAY], lambda stay: stay.unit == unit)

    def stays_in_place(self, place: str, from_ms: int, to_ms: int | None) -> tuple[StayRecord, ...]:
        def keep(stay: StayRecord) -> bool:
            inside = _overlaps(stay.possible_from_ms, stay.possible_to_ms, from_ms, to_ms)
            return stay.place == place and not stay.withdrawn and inside

        return self._sorted(EntryKind.STAY, KEYS[EntryKind.STAY], keep)

    def exposures_of_unit(self, unit: str) -> tuple[Exposure, ...]:
        return self._sorted(EntryKind.EXPOSURE, lambda e: (e.from_ms, e.finding), lambda e: e.unit == unit)

    def exposures_of_finding(self, finding: str) -> tuple[Exposure, ...]:
        return self._sorted(EntryKind.EXPOSURE, lambda e: (e.unit,), lambda e: e.finding == finding)

    def holds_of_unit(self, unit: str) -> tuple[Hold, ...]:
        return tuple(hold for hold in self.holds() if hold.unit == unit)

    def holds(self) -> tuple[Hold, ...]:
        return self._sorted(EntryKind.HOLD, lambda hold: (hold.placed_ms, hold.id), lambda _: True)

    def unbound_tags(self) -> tuple[str, ...]:
        seen = {event.epc for event in self.state.things[EntryKind.DEVICE_EVENT].values() if event.epc is not None}
        return tuple(sorted(seen - {binding.epc for binding in self.state.things[EntryKind.BINDING].values()}))


def _event_order(event: RecordedEvent) -> Key:
    return (event.taken_ms, event.gateway, event.epoch, event.seq)


def _overlaps(start_ms: int, end_ms: int | None, from_ms: int, to_ms: int | None) -> bool:
    return (to_ms is None or start_ms < to_ms) and (end_ms is None or end_ms > from_ms)


class MemoryBooks(_Part):
    """Books as dictionaries."""

    def received(self, gateway: str, epoch: str) -> tuple[Range, ...]:
        return self.state.received.get((gateway, epoch), ())

    def set_received(self, gateway: str, epoch: str, ranges: Sequence[Range]) -> None:
        self._writing().received[gateway, epoch] = tuple(ranges)

    def epochs(self) -> tuple[tuple[str, str], ...]:
        return tuple(sorted(self.state.received))

    def horizon(self, gateway: str) -> int:
        return self.state.horizons.get(gateway, (0, 0))[0]

    def raise_horizon(self, gateway: str, horizon_ms: int, received_ms: int) -> None:
        self._writing().horizons[gateway] = (max(horizon_ms, self.horizon(gateway)), received_ms)

    def last_up(self, gateway: str) -> int | None:
        return self.state.horizons[gateway][1] if gateway in self.state.horizons else None

    def checkpoint(self, probe: str, at_ms: int) -> tuple[int, bytes] | None:
        states = self.state.checkpoints.get(probe, {})
        newest = max((ms for ms in states if ms <= at_ms), default=None)
        return None if newest is None else (newest, states[newest])

    def checkpoints_after(self, probe: str, at_ms: int) -> dict[int, bytes]:
        return {ms: state for ms, state in sorted(self.state.checkpoints.get(probe, {}).items()) if ms > at_ms}

    def put_checkpoints(self, probe: str, states: dict[int, bytes]) -> None:
        self._writing().checkpoints.setdefault(probe, {}).update(states)

    def drop_checkpoints(self, probe: str, from_ms: int, to_ms: int) -> None:
        states = self._writing().checkpoints.get(probe, {})
        for at_ms in [ms for ms in states if from_ms < ms < to_ms]:
            del states[at_ms]

    def head(self, probe: str) -> FoldHead | None:
        return self.state.heads.get(probe)

    def put_head(self, probe: str, head: FoldHead) -> None:
        self._writing().heads[probe] = head

    def quarantine(self, item: Quarantined) -> None:
        state = self._writing()
        state.quarantine_id += 1
        state.quarantined[state.quarantine_id] = msgspec.structs.replace(item, id=state.quarantine_id)

    def quarantined(self) -> tuple[Quarantined, ...]:
        return tuple(item for _, item in sorted(self.state.quarantined.items()))

    def quarantine_size(self) -> int:
        return len(self.state.quarantined)

    def release(self, ids: Iterable[int]) -> None:
        waiting = self._writing().quarantined
        for number in ids:
            waiting.pop(number, None)

    def refuse(self, payload: RefusedPayload, keep_max: int) -> None:
        refused = self._writing().refused
        key = (payload.gateway, payload.epoch, payload.sha256)
        refused.pop(key, None)
        refused[key] = payload
        for oldest in list(refused)[: max(0, len(refused) - keep_max)]:
            del refused[oldest]

    def refused(self, gateway: str, epoch: str) -> tuple[RefusedPayload, ...]:
        newest_first = reversed(self.state.refused.values())
        return tuple(one for one in newest_first if (one.gateway, one.epoch) == (gateway, epoch))

    def cursor(self, name: str) -> int:
        return self.state.cursors.get(name, 0)

    def set_cursor(self, name: str, value: int) -> None:
        self._writing().cursors[name] = value


class MemorySession:
    """One transaction over one state."""

    def __init__(self, state: _State, *, writable: bool) -> None:
        self.readings: ReadingLog = MemoryReadingLog(state, writable)
        self.ledger: Ledger = MemoryLedger(state, writable)
        self.records: Records = MemoryRecords(state, writable)
        self.books: Books = MemoryBooks(state, writable)


class MemoryStore:
    """Store without a disk."""

    def __init__(self) -> None:
        self._committed = _State()
        self._lock = threading.Lock()
        self._writer: int | None = None

    @contextmanager
    def writing(self) -> Iterator[Session]:
        if self._writer == threading.get_ident():
            raise StoreError("this thread is already in a writing transaction: end that one first")
        with self._lock:
            self._writer = threading.get_ident()
            try:
                state = self._committed.copy()
                yield MemorySession(state, writable=True)
                if state.spoiled:
                    raise StoreError("an append to the ledger failed and was ignored; nothing was kept")
                self._committed = state
            finally:
                self._writer = None

    @contextmanager
    def reading(self) -> Iterator[Session]:
        yield MemorySession(self._committed, writable=False)

    def rebuild_projections(self) -> None:
        with self._lock:
            state = self._committed.copy()
            state.things = _no_things()
            for entry in state.entries:
                _apply(state.things, entry.kind, msgspec.json.decode(entry.payload, type=PAYLOADS[entry.kind]))
            self._committed = state

    def projection_dump(self) -> bytes:
        things = self._committed.things
        return b"\n".join(
            kind.encode() + b" " + payload_bytes(thing)
            for kind in EntryKind
            for _, thing in sorted(things[kind].items())
        )

    def close(self) -> None:
        """Nothing to release."""
