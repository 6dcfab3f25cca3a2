"""The way in: admit, store, judge and prepare the acks, all in one transaction of the hot store.

An ack leaves only after the commit. A batch that fails to commit is not acked and comes again from the gateway.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from coldchain.ports import Recorded, RefusedPayload, Session, Store
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
from ingest.admission import Admission, Devices, admit
from ingest.counters import Counters
from ingest.judge import Dirty, judge
from ingest.people import person_draft
from ingest.quarantine import quarantined_of, sift
from ingest.setup import Setup, setup_draft, standing_setup
from ingest.work import Work, devices_of, finish, store_facts

REFUSED_KEEP_MAX: Final = 1_000
READMIT_MAX: Final = 500  # in one transaction
QUARANTINE_MAX: Final = 100_000  # items of all gateways; beyond it a gateway keeps what is doubted
NO_EPOCH: Final = ""  # a payload that was too broken to name its epoch


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One `up` message as it was received."""

    site: str
    gateway: str
    payload: bytes
    received_ms: int


class Pipeline:
    """The only writer of the store. Not thread-safe: one thread calls it."""

    def __init__(self, store: Store, counters: Counters) -> None:
        self._store = store
        self._counters = counters
        self._devices_changed = True  # since quarantine was last looked through

    def process(self, messages: Sequence[Message], now_ms: int) -> list[Ack]:
        """Take messages in one transaction and return the acks to send. Raises StoreError; nothing was kept then."""
        tally = Counters()
        with self._store.writing() as session:
            work = Work(session, devices_of(session), now_ms)
            for message in messages:
                self._take(work, message, tally)
            finish(work)
            acks = [_ack(session, gateway, epoch, now_ms) for gateway, epoch in work.to_ack]
        _count(self._counters, tally)
        return acks

    def ack_for(self, gateway: str, epoch: str, now_ms: int) -> Ack:
        """Return the ack that a gateway asks for by coming online."""
        with self._store.reading() as session:
            return _ack(session, gateway, epoch, now_ms)

    def readmit(self, now_ms: int) -> int:
        """Let items out of quarantine that are believed by now; return how many."""
        with self._store.reading() as session:
            if not session.books.quarantine_due(now_ms) and not (
                self._devices_changed and session.books.quarantine_size()
            ):
                return 0
        tally = Counters()
        with self._store.writing() as session:
            work = Work(session, devices_of(session), now_ms)
            released = sift(work, tally, READMIT_MAX)
            finish(work)
        self._devices_changed = len(released) == READMIT_MAX
        _count(self._counters, tally)
        return len(released)

    def set_up(self, things: Iterable[Setup], now_ms: int) -> int:
        """Record places, devices and profiles that are new or have changed; return how many."""
        with self._store.writing() as session:
            drafts = [setup_draft(thing) for thing in things if thing != standing_setup(session, thing)]
            session.ledger.append(drafts, now_ms)
            self._devices_changed = True
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

    def _take(self, work: Work, message: Message, tally: Counters) -> None:
        decoded = decode_up(message.payload)
        checked = _checked(work.devices, message, decoded) if isinstance(decoded, Up) else decoded
        refused = _admit(work, checked, message, tally) if isinstance(checked, Up) else checked
        if refused is None:
            return
        tally.add("refused_total", reason=refused.reason)
        if refused.reason is Reason.NOT_REGISTERED:
            return  # no ack: the gateway keeps everything until somebody registers it
        _refuse(work, message, refused)

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
            work = Work(session, devices_of(session), now_ms)
            _refuse(work, message, refused)
            acks = [_ack(session, gateway, epoch, now_ms) for gateway, epoch in work.to_ack]
        self._counters.add("refused_total", reason=refused.reason)
        return acks


def _refuse(work: Work, message: Message, refused: Refused) -> None:
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


def _admit(work: Work, up: Up, message: Message, tally: Counters) -> Refused | None:
    """Admit a batch; it is refused only where quarantine has no room for what is doubted of it."""
    books = work.session.books
    admission = admit(up, books.received(up.gateway, up.epoch), work.devices, message.received_ms)
    if admission.doubted and books.quarantine_size() + len(admission.doubted) > QUARANTINE_MAX:
        detail = f"quarantine holds {QUARANTINE_MAX} items: register the devices that wait there, or set the clocks"
        return Refused(reason=Reason.QUARANTINE_FULL, detail=detail, sha256=payload_sha256(message.payload))
    store_facts(work, up.gateway, up.epoch, up.clock, message.received_ms, admission.facts)
    for doubted in admission.doubted:
        books.quarantine(quarantined_of(doubted, up, message.received_ms))
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
    return None


def _tally(tally: Counters, up: Up, admission: Admission) -> None:
    for fact in admission.facts:
        tally.add("readings_total", gateway=up.gateway, kind=type(fact).__name__)
    for doubted in admission.doubted:
        tally.add("quarantined_total", gateway=up.gateway, reason=doubted.doubt)
    tally.add("duplicates_total", admission.duplicates, gateway=up.gateway)
    tally.add("late_total", admission.late, gateway=up.gateway)


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


def _count(counters: Counters, tally: Counters) -> None:
    """Move the counters only after the commit: what was rolled back did not happen."""
    for (name, labels), value in tally.snapshot().items():
        counters.add(name, value, **dict(labels))
