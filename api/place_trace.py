"""What the chart of a place shows: every probe's line, and below it doors, defrosts, power, agitation and findings."""

from collections.abc import Iterable, Sequence
from typing import Final

import msgspec

from api.probe_trace import TraceProbe, probe_trace
from api.standings import contacts_beside
from api.watching import watched_probes
from coldchain.entries import RecordedEvent
from coldchain.places import CONTACT_WORDS, Contact, ContactKind, Place
from coldchain.ports import Session
from coldchain.units import Finding, FindingStatus
from rules.contacts import CONTACT_KINDS, event_order
from rules.intervals import Interval

LANE_SPANS_MAX: Final = 500  # of one contact on one chart; the newest stay, `cut` says so, and one stands for the rest
FINDINGS_MAX: Final = 100  # on one chart; the newest stay


class LaneSpan(msgspec.Struct, frozen=True, kw_only=True):
    """A stretch of time in which a contact was in its unusual state: door open, mains lost, defrosting, standing still.

    `known` is false for time after the last word of its gateway: whatever it was like then has not arrived; and in a
    lane that is cut for the time before the stretches that it has.
    """

    from_ms: int
    to_ms: int
    known: bool


class Lane(msgspec.Struct, frozen=True, kw_only=True):
    """One contact over the window. `kind` None: it never said anything that tells what it is."""

    contact: str
    kind: ContactKind | None
    spans: list[LaneSpan]
    cut: bool


class PlaceTrace(msgspec.Struct, frozen=True, kw_only=True):
    """All that the chart of one place needs for [from_ms, to_ms)."""

    place: str
    from_ms: int
    to_ms: int
    now_ms: int
    probes: list[TraceProbe]
    lanes: list[Lane]
    findings: list[Finding]


def place_trace(session: Session, place: Place, window: Interval, buckets: int, now_ms: int) -> PlaceTrace:
    """Collect the trace of a place, up to now."""
    from_ms, to_ms = window
    shown = (from_ms, min(to_ms, now_ms))
    found = session.records.findings(place=place.id, overlapping=window)
    return PlaceTrace(
        place=place.id,
        from_ms=from_ms,
        to_ms=to_ms,
        now_ms=now_ms,
        probes=[
            probe_trace(session, one, [shown] if shown[0] < shown[1] else [], [shown], window, buckets, now_ms)
            for one in watched_probes(session, place, now_ms)
        ],
        lanes=[lane_of(session, contact, shown) for contact in contacts_beside(session, place)],
        findings=[one for one in found if one.status is not FindingStatus.WITHDRAWN][-FINDINGS_MAX:],
    )


def lane_of(session: Session, contact: Contact, window: Interval) -> Lane:
    """Return when a contact was in its unusual state, out of what it said in the window and the last word before."""
    from_ms, to_ms = window
    before = session.records.last_event(contact.id, from_ms, CONTACT_KINDS)
    said = [event for event in session.records.events_of(contact.id, *window) if event.kind in CONTACT_KINDS]
    said = sorted([*([before] if before else []), *said], key=event_order)
    kind = contact.kind or _kind_told(said)
    spans = _unusual(kind, said, window) if kind else []
    heard_ms = session.books.horizon(contact.gateway)
    if heard_ms < to_ms:
        spans = [msgspec.structs.replace(span, to_ms=min(span.to_ms, heard_ms)) for span in spans]
        spans.append(LaneSpan(from_ms=max(from_ms, heard_ms), to_ms=to_ms, known=False))
    spans = [span for span in spans if span.from_ms < span.to_ms]
    kept = spans[-LANE_SPANS_MAX:]
    if len(kept) < len(spans):  # what is left out must not look as if nothing had happened
        kept.insert(0, LaneSpan(from_ms=from_ms, to_ms=kept[0].from_ms, known=False))
    return Lane(contact=contact.id, kind=kind, spans=kept, cut=len(kept) > LANE_SPANS_MAX)


def _kind_told(said: Iterable[RecordedEvent]) -> ContactKind | None:
    """Return what a contact is that was registered before contacts had kinds: its words tell."""
    kinds = {event.kind for event in said}
    return next((kind for kind, words in CONTACT_WORDS.items() if kinds & {words.on, words.off}), None)


def _unusual(kind: ContactKind, said: Sequence[RecordedEvent], window: Interval) -> list[LaneSpan]:
    words = CONTACT_WORDS[kind]
    begins, ends = (words.off, words.on) if words.normal else (words.on, words.off)
    spans, since_ms = [], None
    for event in said:
        if event.kind == begins and since_ms is None:
            since_ms = event.taken_ms
        elif event.kind == ends and since_ms is not None:
            spans.append((since_ms, event.taken_ms))
            since_ms = None
    if since_ms is not None:
        spans.append((since_ms, window[1]))
    return [LaneSpan(from_ms=max(begin, window[0]), to_ms=min(end, window[1]), known=True) for begin, end in spans]
