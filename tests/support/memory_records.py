"""The projections of the store in memory, searched by brute force."""

from collections.abc import Collection
from typing import Any

from support.memory_alarms import MemoryAlarms
from support.memory_capacity import MemoryCapacity
from support.memory_closed import MemoryClosed
from support.memory_decisions import MemoryDecisions
from support.memory_grafana import MemoryGrafana
from support.memory_lineage import MemoryLineage
from support.memory_lookback import MemoryLookback
from support.memory_notifications import MemoryNotifications
from support.memory_profiles import MemoryProfiles
from support.memory_proof import MemoryProofRecords
from support.memory_register import MemoryRegister
from support.memory_report import MemoryReportRecords
from support.memory_retention import MemoryRetention
from support.memory_state import KEYS, Key, Part, State, identity_of
from support.memory_tasks import MemoryTasks

from coldchain.calibration import Calibration
from coldchain.commission import Commissioning, Crossing, Position, WorkWord
from coldchain.entries import (
    Backdating,
    Binding,
    EntryKind,
    Issue,
    Manifest,
    Placement,
    Receipt,
    RecordedEvent,
    RecordedGap,
    Retirement,
    StayRecord,
    TagConflict,
)
from coldchain.facts import CLOCK_MARKS, CLOCK_WORDS
from coldchain.places import Contact, Gateway, Place, Probe, ProfileRecord, Reader
from coldchain.trust import ClaimRecord, CommandRecord, GatewayKey, SecurityEvent
from coldchain.units import Exposure, Finding, FindingStatus, Hold, Unit


class MemoryRecords(
    MemoryProofRecords,
    MemoryLineage,
    MemoryDecisions,
    MemoryReportRecords,
    MemoryRegister,
    MemoryNotifications,
    MemoryProfiles,
    MemoryLookback,
    MemoryRetention,
    MemoryCapacity,
    MemoryGrafana,
    MemoryClosed,
    MemoryAlarms,
    MemoryTasks,
    Part,
):
    """Records by filtering and sorting everything."""

    state: State

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
        return next((unit for unit in self._by_id(EntryKind.UNIT) if identity_of(unit) == identity), None)

    def units_by_number(self, donation_number: str, limit: int = 100) -> tuple[Unit, ...]:
        found = [unit for unit in self._by_id(EntryKind.UNIT) if unit.donation_number == donation_number]
        return tuple(found[:limit])

    def bindings_of_epc(self, epc: str) -> tuple[Binding, ...]:
        return self._sorted(EntryKind.BINDING, lambda b: (b.from_ms, b.unit), lambda b: b.epc == epc)

    def bindings_of_unit(self, unit: str) -> tuple[Binding, ...]:
        return self._sorted(EntryKind.BINDING, lambda b: (b.from_ms, b.epc), lambda b: b.unit == unit)

    def placements_of_unit(self, unit: str) -> tuple[Placement, ...]:
        return self._sorted(EntryKind.PLACEMENT, lambda p: (p.at_ms, p.place or ""), lambda p: p.unit == unit)

    def manifest(self, manifest: str) -> Manifest | None:
        return self.state.things[EntryKind.MANIFEST].get((manifest,))

    def manifests(self, box: str | None = None) -> tuple[Manifest, ...]:
        return self._sorted(EntryKind.MANIFEST, lambda m: (m.packed_ms, m.id), lambda m: box in (None, m.box))

    def manifests_at(self, box: str, packed_ms: int) -> tuple[Manifest, ...]:
        return tuple(one for one in self.manifests(box) if one.packed_ms == packed_ms)

    def issues_of_unit(self, unit: str) -> tuple[Issue, ...]:
        return self._sorted(EntryKind.ISSUE, lambda i: (i.at_ms, i.to), lambda i: i.unit == unit)

    def presence_of_epc(self, epc: str) -> tuple[RecordedEvent, ...]:
        return self._sorted(EntryKind.DEVICE_EVENT, _event_order, lambda event: event.epc == epc)

    def events_in_place(self, place: str, from_ms: int, to_ms: int) -> tuple[RecordedEvent, ...]:
        def inside(event: RecordedEvent) -> bool:
            return event.epc is None and event.place == place and from_ms <= event.taken_ms < to_ms

        return self._sorted(EntryKind.DEVICE_EVENT, _event_order, inside)

    def last_event(self, origin: str, before_ms: int, kinds: Collection[str] = ()) -> RecordedEvent | None:
        found = [event for event in self.events_of(origin, 0, before_ms) if _wanted(event.kind, kinds)]
        return found[-1] if found else None

    def events_of(self, origin: str, from_ms: int, to_ms: int) -> tuple[RecordedEvent, ...]:
        def spoken(event: RecordedEvent) -> bool:
            return event.epc is None and event.origin == origin and from_ms <= event.taken_ms < to_ms

        return self._sorted(EntryKind.DEVICE_EVENT, _event_order, spoken)

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

    def retirements_of_epc(self, epc: str) -> tuple[Retirement, ...]:
        return self._sorted(EntryKind.RETIREMENT, lambda one: (one.at_ms,), lambda one: one.epc == epc)

    def receipt(self, receipt: str) -> Receipt | None:
        return self.state.things[EntryKind.RECEIPT].get((receipt,))

    def receipts(self, limit: int, reader: str | None = None) -> tuple[Receipt, ...]:
        found = self._sorted(
            EntryKind.RECEIPT, lambda one: (one.to_ms, one.id), lambda one: reader in (None, one.reader)
        )
        return found[::-1][:limit]

    def ways_open(self, place: str) -> tuple[Receipt, ...]:
        return self._sorted(EntryKind.RECEIPT, lambda one: (one.id,), lambda one: one.way_open and one.place == place)

    def tag_conflicts_of(self, epc: str) -> tuple[TagConflict, ...]:
        return self._sorted(EntryKind.TAG_CONFLICT, KEYS[EntryKind.TAG_CONFLICT], lambda one: one.epc == epc)

    def tag_conflicts_in(self, place: str) -> tuple[TagConflict, ...]:
        def stands(one: TagConflict) -> bool:
            return one.stands and place in (one.place, one.other)

        return self._sorted(EntryKind.TAG_CONFLICT, KEYS[EntryKind.TAG_CONFLICT], stands)

    def tag_conflicts(self, limit: int) -> tuple[TagConflict, ...]:
        order = lambda one: (one.at_ms, one.epc, one.kind, one.place)  # noqa: E731
        return self._sorted(EntryKind.TAG_CONFLICT, order, lambda one: one.stands)[::-1][:limit]

    def positions_in(self, place: str) -> tuple[Position, ...]:
        return self._sorted(EntryKind.POSITION, KEYS[EntryKind.POSITION], lambda one: one.place == place)

    def positions_of_serial(self, serial: str) -> tuple[Position, ...]:
        return self._sorted(EntryKind.POSITION, lambda one: (one.from_ms, one.probe), lambda one: one.serial == serial)

    def calibrations_of_serial(self, serial: str) -> tuple[Calibration, ...]:
        return self._sorted(
            EntryKind.CALIBRATION, lambda one: (one.from_ms, one.version), lambda one: one.serial == serial
        )

    def commissionings_in(self, place: str) -> tuple[Commissioning, ...]:
        return self._sorted(EntryKind.COMMISSIONING, KEYS[EntryKind.COMMISSIONING], lambda one: one.place == place)

    def work_in(self, place: str) -> tuple[WorkWord, ...]:
        return self._sorted(EntryKind.WORK_STATE, KEYS[EntryKind.WORK_STATE], lambda word: word.place == place)

    def crossings_of(self, place: str) -> tuple[Crossing, ...]:
        def stands(one: Crossing) -> bool:
            return one.stands and place in (one.place, one.other)

        return self._sorted(EntryKind.CROSSING, KEYS[EntryKind.CROSSING], stands)

    def gateway_keys(self) -> tuple[GatewayKey, ...]:
        return self._sorted(EntryKind.GATEWAY_KEY, lambda key: (key.gateway, key.from_ms, key.key), lambda _: True)

    def security_events(self, limit: int = 100) -> tuple[SecurityEvent, ...]:
        found = self._sorted(EntryKind.SECURITY_EVENT, lambda event: (event.at_ms, event.id), lambda _: True)
        return found[::-1][:limit]

    def security_event(self, event: str) -> SecurityEvent | None:
        return self.state.things[EntryKind.SECURITY_EVENT].get((event,))

    def commands(
        self, gateway: str | None = None, issued_after_ms: int = -1, limit: int = 100
    ) -> tuple[CommandRecord, ...]:
        def wanted(one: CommandRecord) -> bool:
            return gateway in (None, one.gateway) and one.issued_ms > issued_after_ms

        found = self._sorted(EntryKind.COMMAND, lambda one: (one.issued_ms, one.id), wanted)
        return found[::-1][:limit]

    def command(self, command: str) -> CommandRecord | None:
        return self.state.things[EntryKind.COMMAND].get((command,))

    def claim_of_token(self, token_sha256: str) -> ClaimRecord | None:
        claims = self.state.things[EntryKind.CLAIM].values()
        return next((claim for claim in claims if claim.token_sha256 == token_sha256), None)

    def claims(self, limit: int = 100) -> tuple[ClaimRecord, ...]:
        found = self._sorted(EntryKind.CLAIM, lambda claim: (claim.expires_ms, claim.id), lambda _: True)
        return found[::-1][:limit]

    def clock_words(self, gateway: str) -> tuple[RecordedEvent, ...]:
        def said(event: RecordedEvent) -> bool:
            return event.gateway == event.origin == gateway and event.kind in CLOCK_WORDS

        return self._sorted(EntryKind.DEVICE_EVENT, lambda e: (e.epoch, e.seq), said)

    def clock_marks(
        self, gateway: str, from_ms: int, to_ms: int, limit: int | None = None, *, newest_first: bool = False
    ) -> tuple[RecordedEvent, ...]:
        found = [event for event in self.events_of(gateway, from_ms, to_ms) if event.kind in CLOCK_MARKS]
        return tuple((found[::-1] if newest_first else found)[:limit])

    def backdatings(self, gateway: str) -> tuple[Backdating, ...]:
        order = KEYS[EntryKind.BACKDATING]
        return self._sorted(EntryKind.BACKDATING, order, lambda dated: dated.gateway == gateway)


def _wanted(kind: str, kinds: Collection[str]) -> bool:
    return kind in kinds if kinds else kind not in {"device-silent", "device-back"}


def _event_order(event: RecordedEvent) -> Key:
    return (event.taken_ms, event.gateway, event.epoch, event.seq)


def _overlaps(start_ms: int, end_ms: int | None, from_ms: int, to_ms: int | None) -> bool:
    return (to_ms is None or start_ms < to_ms) and (end_ms is None or end_ms > from_ms)
