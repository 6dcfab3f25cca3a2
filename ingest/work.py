"""One transaction at work: facts go to the reading log and the ledger, and what they touch is judged at the end."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from coldchain.entries import Draft, EntryKind, RecordedEvent, RecordedGap
from coldchain.facts import (
    CLOCK_MARKS,
    PRESENCE_KINDS,
    ClockState,
    DeviceEvent,
    EventKind,
    Fact,
    Gap,
    Sample,
    TagSummary,
)
from coldchain.places import Probe
from coldchain.ports import SampleRow, Session, TagRow
from coldchain.trust import GatewayKey, SecurityEvent
from ingest.admission import Devices
from ingest.commissioning import counted_places, recounted
from ingest.contests import contested_by
from ingest.excuses import EXCUSING
from ingest.judge import Dirty
from rules.boxes import READINESS_KINDS
from rules.place_facts import registered


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where facts came from: what a whole batch has in common."""

    gateway: str
    epoch: str
    boot: str
    clock: ClockState
    received_ms: int


@dataclass(slots=True)
class Work:
    """What one transaction has gathered so far."""

    session: Session
    devices: Devices
    now_ms: int
    dirty: Dirty = field(default_factory=Dirty)
    drafts: list[Draft] = field(default_factory=list)
    epcs: dict[str, int] = field(default_factory=dict)  # of each tag the earliest word that is new
    heard: dict[str, int] = field(default_factory=dict)  # of each tag the earliest read that is new
    cycled_ms: int | None = None  # the earliest end of a reader's cycle that is new
    keys: dict[str, list[GatewayKey]] = field(default_factory=dict)
    alarms: list[SecurityEvent] = field(default_factory=list)
    to_ack: dict[tuple[str, str], None] = field(default_factory=dict)
    packed: dict[str, int] = field(default_factory=dict)  # of each box its earliest new word of how ready it is
    rewired: set[str] = field(default_factory=set)  # places of probes of whose wiring something new was said


def devices_of(session: Session) -> Devices:
    """Return what is registered."""
    here = session.records.equipment()
    return Devices(
        gateways=here.gateways,
        probes=here.probes,
        readers=here.readers,
        contacts=here.contacts,
        places=here.places,
        probes_at=here.probes_at,
    )


def store_facts(work: Work, source: Source, facts: Sequence[Fact]) -> None:
    """Append facts to the reading log or, events and gaps, to the drafts for the ledger; note what gets dirty."""
    samples: dict[str, list[Sample]] = {}
    summaries: dict[str, list[TagSummary]] = {}
    for fact in facts:
        match fact:
            case Sample():
                samples.setdefault(fact.origin, []).append(fact)
            case TagSummary():
                summaries.setdefault(fact.origin, []).append(fact)
                work.heard[fact.epc] = min(fact.taken_ms, work.heard.get(fact.epc, fact.taken_ms))
            case DeviceEvent():
                _event(work, source, fact)
            case Gap():
                _gap(work, source, fact)
    for probe, items in samples.items():
        items.sort(key=lambda sample: (sample.taken_ms, sample.seq))
        work.session.readings.append_samples(_sample_row(source, work.devices.probes[probe], items))
        work.dirty.readings(probe, items[0].taken_ms, items[-1].taken_ms)
    for reader, heard in summaries.items():
        work.session.readings.append_tags(
            TagRow(
                reader=reader,
                gateway=source.gateway,
                epoch=source.epoch,
                received_ms=source.received_ms,
                clock=source.clock,
                boot=source.boot,
                summaries=heard,
            )
        )


def _sample_row(source: Source, probe: Probe, items: Sequence[Sample]) -> SampleRow:
    return SampleRow(
        probe=probe.id,
        gateway=source.gateway,
        epoch=source.epoch,
        received_ms=source.received_ms,
        source_rank=probe.source_rank,
        clock=source.clock,
        boot=source.boot,
        seq=[s.seq for s in items],
        origin_seq=[s.origin_seq for s in items],
        taken_ms=[s.taken_ms for s in items],
        boottime_ms=[s.boottime_ms for s in items],
        device_ms=[s.device_ms for s in items],
        micro_celsius=[s.micro_celsius for s in items],
        quality=[int(s.quality) for s in items],
    )


def _event(work: Work, source: Source, event: DeviceEvent) -> None:
    recorded = RecordedEvent(
        gateway=source.gateway,
        epoch=source.epoch,
        seq=event.seq,
        place=work.devices.place_of(source.gateway, event.origin) or "",
        origin=event.origin,
        kind=event.kind,
        boot=source.boot,
        origin_seq=event.origin_seq,
        taken_ms=event.taken_ms,
        boottime_ms=event.boottime_ms,
        earliest_ms=event.earliest_ms,
        latest_ms=event.latest_ms,
        epc=event.epc,
        details=event.details,
    )
    site = work.devices.gateways[source.gateway].site
    work.drafts.append(Draft(kind=EntryKind.DEVICE_EVENT, actor=source.gateway, site=site, payload=recorded))
    if event.kind == EventKind.WIRING:
        work.rewired.add(recorded.place)
    if event.kind in EXCUSING:
        work.dirty.spoke(recorded)
    if event.kind in READINESS_KINDS:
        work.packed[source.gateway] = min(event.taken_ms, work.packed.get(source.gateway, event.taken_ms))
    if event.kind in CLOCK_MARKS:
        work.dirty.clock(source.gateway, event.taken_ms, event.taken_ms)
    if event.epc and event.kind in PRESENCE_KINDS:
        work.epcs[event.epc] = min(event.taken_ms, work.epcs.get(event.epc, event.taken_ms))
    if event.kind == EventKind.INVENTORY:
        work.cycled_ms = event.taken_ms if work.cycled_ms is None else min(event.taken_ms, work.cycled_ms)


def _gap(work: Work, source: Source, gap: Gap) -> None:
    recorded = RecordedGap(
        gateway=source.gateway,
        epoch=source.epoch,
        seq=gap.seq,
        origin=gap.origin,
        from_ms=gap.from_ms,
        to_ms=gap.to_ms,
        reason=gap.reason,
        lost=gap.lost,
    )
    site = work.devices.gateways[source.gateway].site
    work.drafts.append(Draft(kind=EntryKind.GAP, actor=source.gateway, site=site, payload=recorded))


def append_drafts(work: Work) -> None:
    """Append what was gathered and note the units whose tags it speaks of."""
    before = counted_places(work.session, work.rewired)
    work.session.ledger.append(work.drafts, work.now_ms)
    for probe, span in recounted(work.session, before).items():
        if span is not None:
            work.dirty.readings(probe, *span)
    contested = contested_by(work.session, work.heard, work.cycled_ms, work.now_ms)
    for epc in sorted(work.epcs.keys() | contested):
        for binding in work.session.records.bindings_of_epc(epc):
            work.dirty.said_of(binding.unit, work.epcs.get(epc))
    if work.packed:
        for unit in sorted(_inside_boxes(work.session, work.packed)):
            work.dirty.said_of(unit, None)


def _inside_boxes(session: Session, packed: Mapping[str, int]) -> set[str]:
    """Return the units inside boxes since they said whether they are ready, and until when (ingest.keeping, A20)."""
    known = registered(session)
    since = {
        place.id: min(packed[name] for name in known.box_gateways(place) if name in packed)
        for place in known.places
        if any(name in packed for name in known.box_gateways(place))
    }
    return {one.unit for name, at_ms in since.items() for one in session.records.stays_in_place(name, at_ms, None)}
