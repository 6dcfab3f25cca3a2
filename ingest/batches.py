"""One batch of a gateway on its way in: is it who it says, what of it is believed, what is kept beside it."""

from collections import Counter
from dataclasses import dataclass
from typing import Final

from coldchain.facts import ClockState
from coldchain.wire import RANGES_MAX, Lane, Reason, Refused, Up, payload_sha256
from ingest.acks import header_of, note_refused
from ingest.admission import Admission, admit, clock_agrees
from ingest.counters import Counters
from ingest.known import believed
from ingest.later import judged_mark, put_off, put_off_mark
from ingest.quarantine import quarantined_of
from ingest.repeats import contradicting, note_digests
from ingest.security import number_reused, security_event
from ingest.signatures import signature_fault
from ingest.work import Source, Work, store_facts

QUARANTINE_MAX: Final = 20_000  # items of one gateway; beyond it the gateway keeps aside what is doubted


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One `up` message as it was received."""

    site: str
    gateway: str
    payload: bytes
    received_ms: int


def refuse_batch(work: Work, message: Message, refused: Refused) -> None:
    """Write down that a payload is refused, and let its gateway hear of it."""
    for epoch in note_refused(work.session, message.gateway, refused, message.received_ms):
        work.to_ack[message.gateway, epoch] = None


def checked_batch(work: Work, message: Message, up: Up) -> Up | Refused:
    """Check that a batch came by the topic of its own, registered gateway, and by nobody else's hand."""
    sha256 = payload_sha256(message.payload)
    registered = work.devices.gateways.get(message.gateway)
    if registered is None or registered.site != message.site:
        detail = f"gateway {message.gateway} of site {message.site} is not registered"
        return Refused(reason=Reason.NOT_REGISTERED, detail=detail, sha256=sha256)
    if up.gateway != message.gateway:
        detail = f"a batch of {up.gateway} came on the topic of {message.gateway}"
        return Refused(reason=Reason.WRONG_TOPIC, detail=detail, sha256=sha256)
    fault = signature_fault(message.payload, registered, work.keys, message.received_ms)
    if fault is not None:
        kind, detail = fault
        event = security_event(kind, up.gateway, message.received_ms, detail, epoch=up.epoch, evidence=[sha256])
        work.alarms.append(event)
        return Refused(reason=Reason.BAD_SIGNATURE, detail=detail, sha256=sha256, header=header_of(up))
    return up


def admit_batch(work: Work, up: Up, message: Message, tally: Counters) -> Admission | Refused:
    """Admit a batch; it is refused only where quarantine has no room for what is doubted of it."""
    books = work.session.books
    received_ms = message.received_ms
    admission = admit(up, books.received(up.gateway, up.epoch), work.devices, received_ms)
    full = admission.doubted and books.quarantine_size(up.gateway) + len(admission.doubted) > QUARANTINE_MAX
    off = up.clock is ClockState.TRUSTED and not clock_agrees(up, received_ms)
    ahead = off and up.sent_ms > received_ms
    if admission.doubted and ((ahead and full) or (off and up.sent_boottime_ms is None)):
        # The clock that sends is wrong, the items may be right: sent again once it is set, they are believed. No ack.
        # In quarantine nothing could ever confirm those of an earlier boot.
        tally.add("clock_waits_total", gateway=up.gateway)
        return Admission()
    work.to_ack[up.gateway, up.epoch] = None
    if len(admission.ranges) > RANGES_MAX:
        # Beyond this an ack could not name all of it. The gateway goes back to the first hole and fills it first.
        tally.add("scattered_total", gateway=up.gateway)
        return Admission()
    if full:
        detail = f"quarantine holds {QUARANTINE_MAX} items of this gateway: register its devices, or set its clock"
        sha256 = payload_sha256(message.payload)
        return Refused(reason=Reason.QUARANTINE_FULL, detail=detail, sha256=sha256, header=header_of(up))
    source = Source(gateway=up.gateway, epoch=up.epoch, boot=up.boot, clock=up.clock, received_ms=received_ms)
    store_facts(work, source, admission.facts)
    for doubted in admission.doubted:
        books.quarantine(quarantined_of(doubted, up, received_ms))
    _compare(work, up, admission, received_ms)
    books.set_received(up.gateway, up.epoch, admission.ranges)
    books.forget_refused(up.gateway, payload_sha256(message.payload))
    # A wrong clock says nothing about the horizon, and one ahead of the centre's would give up what is still awaited.
    trusted = clock_agrees(up, received_ms) and up.clock is ClockState.TRUSTED
    probes = [probe.id for probe in work.devices.probes_at.get(up.gateway, ())]
    if up.lane is Lane.BACKFILL:
        put_off(work.session, up.gateway, probes, work.dirty)
    mark_ms = judged_mark(work.session, up.gateway, min(up.horizon_ms, received_ms)) if trusted else 0
    books.raise_horizon(up.gateway, mark_ms, received_ms)
    if trusted:
        believed(work.session, up.gateway, received_ms)
    if up.lane is None:
        for probe in probes:
            work.dirty.horizon(probe)
    else:  # while a backlog comes in the mark moves with every batch: each probe has its turn
        put_off_mark(work.session, up.gateway, [probe for probe in probes if probe not in work.dirty.probes])
    _tally(tally, up, admission)
    return admission


def _compare(work: Work, up: Up, admission: Admission, received_ms: int) -> None:
    """Tell what came again with other content, and remember what came for the first time.

    Times of a clock that was never set may be worked out anew before an item is sent again, so they are not compared.
    """
    if up.clock is ClockState.UNSET:
        return
    books = work.session.books
    other = contradicting(books, up.gateway, up.epoch, admission.again)
    if other:
        work.alarms.append(number_reused(up.gateway, up.epoch, other, received_ms))
    note_digests(books, up.gateway, up.epoch, [*admission.facts, *(doubted.fact for doubted in admission.doubted)])


def _tally(tally: Counters, up: Up, admission: Admission) -> None:
    for kind, number in Counter(type(fact).__name__ for fact in admission.facts).items():
        tally.add("readings_total", number, gateway=up.gateway, kind=kind)
    for doubted in admission.doubted:
        tally.add("quarantined_total", gateway=up.gateway, reason=doubted.doubt)
    tally.add("duplicates_total", len(admission.again), gateway=up.gateway)
    tally.add("late_total", admission.late, gateway=up.gateway)
    tally.add("holes_closed_total", admission.holes, gateway=up.gateway)
