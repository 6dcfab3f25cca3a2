"""The way in: admit, store, judge and prepare the acks, all in one transaction of the hot store.

An ack leaves only after the commit. A batch that fails to commit is not acked and comes again from the gateway.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final, cast

import msgspec

from coldchain.entries import Draft, EntryKind, RecordedEvent, RecordedGap
from coldchain.facts import PRESENCE_KINDS, ClockState, DeviceEvent, Fact, Gap, Sample, TagSummary
from coldchain.ports import Quarantined, Recorded, RefusedPayload, SampleRow, Session, Store, TagRow
from coldchain.ranges import above, contiguous
from coldchain.units import PersonFact
from coldchain.wire import (
    RANGES_MAX,
    REFUSED_MAX,
    VERSION,
    Ack,
    Header,
    Reason,
    Refused,
    Up,
    decode_up,
    payload_sha256,
)
from ingest.admission import Admission, Devices, Doubted, admit, doubt
from ingest.counters import Counters
from ingest.judge import Dirty, judge
from ingest.people import person_draft
from ingest.setup import Setup, setup_draft, standing_setup

REFUSED_KEEP_MAX: Final = 1_000
READMIT_MAX: Final = 500  # in one transaction
NO_EPOCH: Final = ""  # a payload that was too broken to name its epoch


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One `up` message as it was received."""

    site: str
    gateway: str
    payload: bytes
    received_ms: int


@dataclass(slots=True)
class _Work:
    """What one transaction has gathered so far."""

    session: Session
    devices: Devices
    now_ms: int
    dirty: Dirty = field(default_factory=Dirty)
    drafts: list[Draft] = field(default_factory=list)
    epcs: set[str] = field(default_factory=set)
    to_ack: dict[tuple[str, str], None] = field(default_factory=dict)


class Pipeline:
    """The only writer of the store. Not thread-safe: one thread calls it."""

    def __init__(self, store: Store, counters: Counters) -> None:
        self._store = store
        self._counters = counters

    def process(self, messages: Sequence[Message], now_ms: int) -> list[Ack]:
        """Take messages in one transaction and return the acks to send. Raises StoreError; nothing was kept then."""
        tally = Counters()
        with self._store.writing() as session:
            work = _Work(session, devices_of(session), now_ms)
            for message in messages:
                self._take(work, message, tally)
            _finish(work)
            acks = [_ack(session, gateway, epoch, now_ms) for gateway, epoch in work.to_ack]
        _count(self._counters, tally)
        return acks

    def ack_for(self, gateway: str, epoch: str, now_ms: int) -> Ack:
        """Return the ack that a gateway asks for by coming online."""
        with self._store.reading() as session:
            return _ack(session, gateway, epoch, now_ms)

    def readmit(self, now_ms: int) -> int:
        """Let items out of quarantine that are believed by now; return how many."""
        tally = Counters()
        with self._store.writing() as session:
            work = _Work(session, devices_of(session), now_ms)
            released = [item for item in session.books.quarantined() if _believed(item, work)][:READMIT_MAX]
            for item in released:
                _store_facts(work, item.gateway, item.epoch, item.clock, item.received_ms, [_fact(item)])
                tally.add("readmitted_total", reason=item.reason)
            session.books.release([item.id for item in released])
            _finish(work)
        _count(self._counters, tally)
        return len(released)

    def set_up(self, things: Iterable[Setup], now_ms: int) -> int:
        """Record places, devices and profiles that are new or have changed; return how many."""
        with self._store.writing() as session:
            drafts = [setup_draft(thing) for thing in things if thing != standing_setup(session, thing)]
            session.ledger.append(drafts, now_ms)
            if drafts:
                dirty = Dirty()
                for probe in session.records.probes():
                    dirty.horizon(probe.id)
                judge(session, dirty, now_ms)
            return len(drafts)

    def record(self, fact: PersonFact, now_ms: int) -> Recorded:
        """Take a fact that a person entered. Repeating it changes nothing.

        Raises ConflictError, UnknownThingError or StoreError.
        """
        with self._store.writing() as session:
            draft, units = person_draft(session, fact)
            if draft is not None:
                session.ledger.append([draft], now_ms)
                judge(session, Dirty(units=units), now_ms)
            seq = session.ledger.next_seq() - 1
        self._counters.add("person_facts_total", kind=type(fact).__name__)
        return Recorded(seq=seq)

    def _take(self, work: _Work, message: Message, tally: Counters) -> None:
        decoded = decode_up(message.payload)
        if isinstance(decoded, Up):
            decoded = _checked(work.devices, message, decoded)
        if isinstance(decoded, Up):
            _admit(work, decoded, message, tally)
            return
        tally.add("refused_total", reason=decoded.reason)
        if decoded.reason is Reason.NOT_REGISTERED:
            return  # no ack: the gateway keeps everything until somebody registers it
        _refuse(work, message, decoded)

    def refuse(self, message: Message, now_ms: int) -> list[Ack]:
        """Refuse a message that our own fault keeps from being processed; its gateway keeps it aside."""
        header = decode_up(message.payload)
        refused = Refused(
            reason=Reason.FAILED_HERE,
            detail="the centre failed to process it; its log says why",
            sha256=payload_sha256(message.payload),
            header=Header(**{name: getattr(header, name) for name in Header.__struct_fields__})
            if isinstance(header, Up)
            else header.header,
        )
        with self._store.writing() as session:
            work = _Work(session, devices_of(session), now_ms)
            _refuse(work, message, refused)
            acks = [_ack(session, gateway, epoch, now_ms) for gateway, epoch in work.to_ack]
        self._counters.add("refused_total", reason=refused.reason)
        return acks


def _refuse(work: _Work, message: Message, refused: Refused) -> None:
    epoch = refused.header.epoch if refused.header else NO_EPOCH
    work.session.books.refuse(
        RefusedPayload(
            sha256=refused.sha256,
            gateway=message.gateway,
            epoch=epoch,
            reason=refused.reason,
            detail=refused.detail,
            received_ms=message.received_ms,
        ),
        REFUSED_KEEP_MAX,
    )
    epochs = [epoch] if epoch else [e for gateway, e in work.session.books.epochs() if gateway == message.gateway]
    for each in epochs:
        work.to_ack[message.gateway, each] = None


def devices_of(session: Session) -> Devices:
    """Return what is registered."""
    records = session.records
    return Devices(
        gateways={gateway.id: gateway for gateway in records.gateways()},
        probes={probe.id: probe for probe in records.probes()},
        readers={reader.id: reader for reader in records.readers()},
        contacts={contact.id: contact for contact in records.contacts()},
    )


def _checked(devices: Devices, message: Message, up: Up) -> Up | Refused:
    """Check that a batch came by the topic of its own, registered gateway."""
    sha256 = payload_sha256(message.payload)
    registered = devices.gateways.get(message.gateway)
    if registered is None or registered.site != message.site:
        detail = f"gateway {message.gateway} of site {message.site} is not registered"
        return Refused(reason=Reason.NOT_REGISTERED, detail=detail, sha256=sha256)
    if up.gateway != message.gateway:
        detail = f"a batch of {up.gateway} came on the topic of {message.gateway}"
        return Refused(reason=Reason.WRONG_TOPIC, detail=detail, sha256=sha256)
    return up


def _admit(work: _Work, up: Up, message: Message, tally: Counters) -> None:
    books = work.session.books
    admission = admit(up, books.received(up.gateway, up.epoch), work.devices, message.received_ms)
    _store_facts(work, up.gateway, up.epoch, up.clock, message.received_ms, admission.facts)
    for doubted in admission.doubted:
        books.quarantine(_quarantined(doubted, up, message.received_ms))
    books.set_received(up.gateway, up.epoch, admission.ranges)
    work.to_ack[up.gateway, up.epoch] = None
    # A horizon beyond the centre's own time would turn awaited time into "never measured": it is cut there.
    before = books.horizon(up.gateway)
    books.raise_horizon(up.gateway, min(up.horizon_ms, message.received_ms), message.received_ms)
    if books.horizon(up.gateway) > before:
        for probe in work.devices.probes.values():
            if probe.gateway == up.gateway:
                work.dirty.horizon(probe.id)
    _tally(tally, up, admission)


def _tally(tally: Counters, up: Up, admission: Admission) -> None:
    for fact in admission.facts:
        tally.add("readings_total", gateway=up.gateway, kind=type(fact).__name__)
    for doubted in admission.doubted:
        tally.add("quarantined_total", gateway=up.gateway, reason=doubted.doubt)
    tally.add("duplicates_total", admission.duplicates, gateway=up.gateway)
    tally.add("late_total", admission.late, gateway=up.gateway)


def _store_facts(
    work: _Work, gateway: str, epoch: str, clock: ClockState, received_ms: int, facts: Sequence[Fact]
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


def _event(work: _Work, gateway: str, epoch: str, event: DeviceEvent) -> None:
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


def _gap(work: _Work, gateway: str, epoch: str, gap: Gap) -> None:
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


def _finish(work: _Work) -> None:
    """Append what was gathered and judge what it has touched."""
    work.session.ledger.append(work.drafts, work.now_ms)
    for epc in sorted(work.epcs):
        work.dirty.units |= {binding.unit for binding in work.session.records.bindings_of_epc(epc)}
    judge(work.session, work.dirty, work.now_ms)


def _ack(session: Session, gateway: str, epoch: str, now_ms: int) -> Ack:
    ranges = session.books.received(gateway, epoch)
    refused = [*session.books.refused(gateway, epoch), *session.books.refused(gateway, NO_EPOCH)]
    return Ack(
        v=VERSION,
        gateway=gateway,
        epoch=epoch,
        contiguous_seq=contiguous(ranges),
        ranges=list(above(ranges)[:RANGES_MAX]),
        refused=[payload.sha256 for payload in refused[:REFUSED_MAX]],
        centre_ms=now_ms,
    )


_FACT_KINDS: Final = {kind.__name__: kind for kind in (Sample, TagSummary, DeviceEvent, Gap)}


def _quarantined(doubted: Doubted, up: Up, received_ms: int) -> Quarantined:
    body = {"kind": type(doubted.fact).__name__, "fact": msgspec.to_builtins(doubted.fact)}
    return Quarantined(
        id=0,
        reason=doubted.doubt,
        gateway=up.gateway,
        epoch=up.epoch,
        seq=doubted.fact.seq,
        origin=doubted.fact.origin,
        received_ms=received_ms,
        due_ms=doubted.due_ms,
        clock=up.clock,
        boot=up.boot,
        body=msgspec.json.encode(body),
    )


def _fact(item: Quarantined) -> Fact:
    body = msgspec.json.decode(item.body)
    return cast("Fact", msgspec.convert(body["fact"], _FACT_KINDS[body["kind"]]))


def _believed(item: Quarantined, work: _Work) -> bool:
    if item.due_ms is not None and item.due_ms > work.now_ms:
        return False
    return doubt(_fact(item), item.gateway, item.clock, work.devices, work.now_ms) is None


def _count(counters: Counters, tally: Counters) -> None:
    """Move the counters only after the commit: what was rolled back did not happen."""
    for (name, labels), value in tally.snapshot().items():
        counters.add(name, value, **dict(labels))
