"""What doors and defrosts excuse, out of the record: read while a run lasts, judged anew when a word comes late."""

from collections.abc import Collection, Mapping, Sequence
from typing import Final, Protocol

from coldchain.entries import RecordedEvent
from coldchain.places import Contact, Probe, ProbeRole
from coldchain.ports import Session
from rules.contacts import event_order
from rules.excuses import BEGINS, ENDS, excused_spans, reach_ms, touched_by
from rules.intervals import Interval, clipped
from rules.limits import Profile

READ_MS: Final = 24 * 3_600_000  # of a contact's words at a time
EXCUSING: Final = BEGINS | ENDS.keys()
_PAIRS: Final = tuple((begin, end) for end, begin in ENDS.items())


class PlacesKnown(Protocol):
    """Gives the profiles that hold in a place, and its probes."""

    def probes_of(self, place: str) -> Sequence[Probe]:
        """Return the probes of a place, by id."""

    def profiles(self, place: str) -> tuple[tuple[int, Profile], ...]:
        """Return them, each from an instant on."""


class PlaceExcuses:
    """The stretches of time that a place's contacts excuse (rules.excuses.Excused), for one transaction."""

    def __init__(self, session: Session, place: str, profile: Profile) -> None:
        self._session = session
        self._place = place
        self._profile = profile
        self._contacts: list[Contact] | None = None
        self._spans: list[Interval] = []
        self._known: Interval = (0, 0)

    def __call__(self, from_ms: int, to_ms: int) -> Sequence[Interval]:
        """Return the excused stretches of [from_ms, to_ms), disjoint and in order."""
        if not (self._known[0] <= from_ms and to_ms <= self._known[1]):
            self._read(from_ms, max(to_ms, from_ms + READ_MS))
        return clipped(self._spans, from_ms, to_ms)

    def _read(self, from_ms: int, to_ms: int) -> None:
        if self._contacts is None:
            self._contacts = [one for one in self._session.records.contacts() if one.place == self._place]
        since_ms = from_ms - reach_ms(self._profile)
        events = [event for contact in self._contacts for event in self._words(contact.id, since_ms, to_ms)]
        self._spans, self._known = excused_spans(events, self._profile, from_ms, to_ms), (from_ms, to_ms)

    def _words(self, contact: str, since_ms: int, to_ms: int) -> list[RecordedEvent]:
        """Return a contact's words in a stretch of time and the last one before it, which may last into it."""
        records = self._session.records
        before = [records.last_event(contact, since_ms, pair) for pair in _PAIRS]
        return [*filter(None, before), *records.events_of(contact, since_ms, to_ms)]


def touched_probes(
    session: Session, known: PlacesKnown, said: Mapping[str, Sequence[RecordedEvent]]
) -> dict[str, Interval]:
    """Return the air probes, each with a stretch of time, whose judgement may change by what contacts of a place said.

    `said`: the new words by place. The verdict then does not depend on whether a door or its temperatures came first.
    """
    touched: dict[str, Interval] = {}
    for place, events in said.items():
        air = [probe.id for probe in known.probes_of(place) if probe.role is ProbeRole.AIR]
        kept = [profile for _, profile in known.profiles(place)] if air else []
        spans = [span for profile in kept for span in _touched(session, profile, events)]
        if spans:
            whole = min(begin for begin, _ in spans), max(end for _, end in spans)
            touched |= dict.fromkeys(air, whole)
    return touched


def _touched(session: Session, profile: Profile, events: Sequence[RecordedEvent]) -> list[Interval]:
    """Return stretches that hold all that new words touch: of each contact from its first to what follows its last.

    The new words bound one another, so one look behind the last is enough, however a contact flaps.
    """
    spoken: dict[tuple[str, Collection[str]], list[RecordedEvent]] = {}
    for event in sorted(events, key=event_order):
        spoken.setdefault((event.origin, next(pair for pair in _PAIRS if event.kind in pair)), []).append(event)
    spans = []
    for (origin, pair), words in spoken.items():
        last = words[-1]
        near = session.records.events_of(origin, last.taken_ms, last.taken_ms + profile.excuse.most_ms)
        after = [other for other in near if other.kind in pair and event_order(other) > event_order(last)]
        following = [*words[1:], after[0] if after else None]
        touched = [touched_by(word, profile, other) for word, other in zip(words, following, strict=True)]
        spans.append((min(begin for begin, _ in touched), max(end for _, end in touched)))
    return [(begin, end) for begin, end in spans if begin < end]
