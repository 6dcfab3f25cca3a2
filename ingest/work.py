"""One transaction at work: facts go to the reading log and the ledger, and what they touch is judged at the end."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from coldchain.entries import Draft, EntryKind, RecordedEvent, RecordedGap
from coldchain.facts import PRESENCE_KINDS, ClockState, DeviceEvent, Fact, Gap, Sample, TagSummary
from coldchain.ports import SampleRow, Session, TagRow
from ingest.admission import Devices
from ingest.judge import Dirty, judge


@dataclass(slots=True)
class Work:
    """What one transaction has gathered so far."""

    session: Session
    devices: Devices
    now_ms: int
    dirty: Dirty = field(default_factory=Dirty)
    drafts: list[Draft] = field(default_factory=list)
    epcs: set[str] = field(default_factory=set)
    to_ack: dict[tuple[str, str], None] = field(default_factory=dict)


def devices_of(session: Session) -> Devices:
    """Return what is registered."""
    records = session.records
    return Devices(
        gateways={gateway.id: gateway for gateway in records.gateways()},
        probes={probe.id: probe for probe in records.probes()},
        readers={reader.id: reader for reader in records.readers()},
        contacts={contact.id: contact for contact in records.contacts()},
    )


def store_facts(
    work: Work, gateway: str, epoch: str, clock: ClockState, received_ms: int, facts: Sequence[Fact]
) -> None:
    """Append facts to the reading log or, events and gaps, to the drafts for the ledger; note what gets dirty."""
    samples: dict[str, list[Sample]] = {}
    summaries: dict[str, list[TagSummary]] = {}
    for fact in facts:
        match fact:
            case Sample():
                samples.setdefault(fact.origin, []).append(fact)
            case TagSummary():
                summaries.setdefault(fact.origin, []).append(fact)
            case DeviceEvent():
                _event(work, gateway, epoch, fact)
            case Gap():
                _gap(work, gateway, epoch, fact)
    for probe, items in samples.items():
        items.sort(key=lambda sample: (sample.taken_ms, sample.seq))
        rank = work.devices.probes[probe].source_rank
        work.session.readings.append_samples(
            SampleRow(
                probe=probe,
                gateway=gateway,
                epoch=epoch,
                received_ms=received_ms,
                source_rank=rank,
                clock=clock,
                seq=[s.seq for s in items],
                taken_ms=[s.taken_ms for s in items],
                boottime_ms=[s.boottime_ms for s in items],
                device_ms=[s.device_ms for s in items],
                micro_celsius=[s.micro_celsius for s in items],
                quality=[int(s.quality) for s in items],
            )
        )
        work.dirty.readings(probe, items[0].taken_ms, items[-1].taken_ms)
    for reader, heard in summaries.items():
        work.session.readings.append_tags(
            TagRow(reader=reader, gateway=gateway, epoch=epoch, received_ms=received_ms, clock=clock, summaries=heard)
        )


def _event(work: Work, gateway: str, epoch: str, event: DeviceEvent) -> None:
    place = work.devices.place_of(gateway, event.origin) or ""
    recorded = RecordedEvent(
        gateway=gateway,
        epoch=epoch,
        seq=event.seq,
        place=place,
        origin=event.origin,
        kind=event.kind,
        taken_ms=event.taken_ms,
        earliest_ms=event.earliest_ms,
        latest_ms=event.latest_ms,
        epc=event.epc,
        details=event.details,
    )
    site = work.devices.gateways[gateway].site
    work.drafts.append(Draft(kind=EntryKind.DEVICE_EVENT, actor=gateway, site=site, payload=recorded))
    if event.epc and event.kind in PRESENCE_KINDS:
        work.epcs.add(event.epc)


def _gap(work: Work, gateway: str, epoch: str, gap: Gap) -> None:
    recorded = RecordedGap(
        gateway=gateway,
        epoch=epoch,
        seq=gap.seq,
        origin=gap.origin,
        from_ms=gap.from_ms,
        to_ms=gap.to_ms,
        reason=gap.reason,
        lost=gap.lost,
    )
    site = work.devices.gateways[gateway].site
    work.drafts.append(Draft(kind=EntryKind.GAP, actor=gateway, site=site, payload=recorded))


def finish(work: Work) -> None:
    """Append what was gathered and judge what it has touched."""
    work.session.ledger.append(work.drafts, work.now_ms)
    for epc in sorted(work.epcs):
        work.dirty.units |= {binding.unit for binding in work.session.records.bindings_of_epc(epc)}
    judge(work.session, work.dirty, work.now_ms)
