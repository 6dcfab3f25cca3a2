"""Sums of hours, days and journeys for the mirror: the rules over the record, added up as reports do."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final
from zoneinfo import ZoneInfo

from coldchain.entries import RecordedEvent
from coldchain.errors import InvalidValueError
from coldchain.facts import EventKind, Quality
from coldchain.history import History
from coldchain.interval import IntervalSums
from coldchain.places import Place, PlaceKind, Probe, ProbeRole
from coldchain.ports import Session
from coldchain.sums import tally_history
from coldchain.units import FindingKind, FindingStatus
from ingest.known import profiles_of
from rules.boxes import READINESS_KINDS, BoxWords, box_standing
from rules.contacts import event_order
from rules.counted import Counted, counted_in, work_of
from rules.interval import interval_sums
from rules.intervals import Interval, united
from rules.kinetic import mean_kinetic_micro_celsius
from rules.place_facts import last_word
from rules.profile import Profile
from rules.summary import added, mean_text
from rules.trend import CYCLES_A_DAY, cycles
from stores.mirror_told import Day
from stores.points_rollups import CoolingDay, DaySums, HourSums
from stores.points_stock import TripSums

HOUR_MS: Final = 3_600_000
BEFORE_MS: Final = 3 * HOUR_MS  # of readings before a day, so that its first cooling cycle is seen to begin
DUTY_SCALE: Final = 10_000
DOORS: Final = frozenset({EventKind.DOOR_OPENED, EventKind.DOOR_CLOSED})
COOLED: Final = frozenset({PlaceKind.FRIDGE, PlaceKind.FREEZER})

Kept = Sequence[tuple[int, Profile]]


class RecordSums:
    """Sums out of one session at a time; what was said of a place is read once in it."""

    def __init__(self, zone: ZoneInfo) -> None:
        self._zone = zone
        self._session: Session | None = None
        self._probes: Sequence[Probe] = ()
        self._known: dict[str, tuple[Kept, dict[str, Counted]]] = {}

    def midnight(self, at_ms: int, days: int = 0) -> int:
        """Return the local midnight with which the day of an instant begins, or of so many days later."""
        local = datetime.fromtimestamp(at_ms / 1_000, self._zone)
        day = local.replace(hour=0, minute=0, second=0, microsecond=0, fold=0) + timedelta(days=days)
        return int(day.timestamp()) * 1_000

    def hours(self, session: Session, probe: Probe, from_ms: int, to_ms: int) -> list[HourSums]:
        """Return the sums of whole UTC hours of a probe; none where its profile is not in the record."""
        kept, counted = self._place(session, probe.place)
        if not kept:
            return []
        history = self._history(session, counted[probe.id], probe, from_ms - _hold_ms(kept), to_ms)
        return [_hour(history, kept, at_ms) for at_ms in range(from_ms, to_ms, HOUR_MS)]

    def day(self, session: Session, place: Place, from_ms: int, to_ms: int) -> Day:
        """Return the sums of one day of a place, and of its cooling."""
        kept, _ = self._place(session, place.id)
        parts = (
            [self._sums(session, probe, from_ms, to_ms) for probe in self._speaking(place.id, to_ms)] if kept else []
        )
        findings = session.records.findings(place=place.id, overlapping=(from_ms, to_ms))
        began = [
            one
            for one in findings
            if one.kind is FindingKind.EXCURSION
            and one.status is not FindingStatus.WITHDRAWN
            and from_ms <= one.start_ms < to_ms
        ]
        openings, door_ms = _doors(session, place.id, from_ms, to_ms)
        least, most = _extremes(parts)
        sums = DaySums(
            from_ms=from_ms,
            out_ms=max((one.below_ms + one.above_ms for one in parts), default=0),
            unknown_ms=max((one.unknown_ms for one in parts), default=to_ms - from_ms),
            measured_ms=max((one.measured_ms for one in parts), default=0),
            min_micro_celsius=least,
            max_micro_celsius=most,
            occasions=len(began),
            door_openings=openings,
            door_ms=door_ms,
        )
        return Day(sums, self._cooling(session, place, from_ms, to_ms) if kept else ())

    def trip(self, session: Session, box: Place, from_ms: int, to_ms: int) -> TripSums:
        """Return what a box went through, by the worst of its probes, and until when its packing keeps the cold."""
        kept, _ = self._place(session, box.id)
        probes = self._there(box.id, to_ms)
        parts = [self._sums(session, probe, from_ms, to_ms) for probe in probes] if kept else []
        least, most = _extremes(parts)
        gateways = sorted({probe.gateway for probe in probes})
        said = last_word(session, gateways, READINESS_KINDS, to_ms)
        standing = box_standing(BoxWords(gateway=box.id, readiness=said), to_ms)
        return TripSums(
            min_micro_celsius=least,
            max_micro_celsius=most,
            out_ms=max((one.below_ms + one.above_ms for one in parts), default=0),
            unknown_ms=max((one.unknown_ms for one in parts), default=to_ms - from_ms),
            measured_ms=max((one.measured_ms for one in parts), default=0),
            qualified_until_ms=standing.qualified_until_ms,
        )

    def counted_in(self, session: Session, place: str) -> dict[str, Counted]:
        """Return which readings of a place's probes count, by probe."""
        return self._place(session, place)[1]

    def _place(self, session: Session, place: str) -> tuple[Kept, dict[str, Counted]]:
        """Return what a place has to keep since when, () where that is not in the record, and what counts in it."""
        if self._session is not session:
            self._session, self._probes, self._known = session, session.records.probes(), {}
        if place not in self._known:
            try:
                kept: Kept = profiles_of(session, place)
            except (LookupError, InvalidValueError):  # not in the record, or none that can hold in such a place
                kept = ()
            self._known[place] = kept, counted_in(work_of(session.records, place, self._probes))
        return self._known[place]

    def _speaking(self, place: str, to_ms: int) -> list[Probe]:
        """Return the probes that speak for a place before an instant: in its load, else in its air."""
        there = self._there(place, to_ms)
        return [one for one in there if one.role is ProbeRole.LOAD] or there

    def _there(self, place: str, to_ms: int) -> list[Probe]:
        """Return the probes of a place that were registered before an instant."""
        return [one for one in self._probes if one.place == place and (one.since_ms is None or one.since_ms < to_ms)]

    def _sums(self, session: Session, probe: Probe, from_ms: int, to_ms: int) -> IntervalSums:
        kept, counted = self._place(session, probe.place)
        history = self._history(session, counted[probe.id], probe, from_ms - _hold_ms(kept), to_ms)
        return _interval(history, kept, from_ms, to_ms)

    def _cooling(self, session: Session, place: Place, from_ms: int, to_ms: int) -> list[CoolingDay]:
        if place.kind not in COOLED:
            return []
        _, counted = self._place(session, place.id)
        found = []
        there = self._there(place.id, to_ms)
        for probe in self._probes:
            if probe.place == place.id and probe.role is ProbeRole.AIR:
                history = self._history(session, counted[probe.id], probe, from_ms - BEFORE_MS, to_ms)
                found += [_cooled(probe.id, history, from_ms)] if probe in there or len(history) else []
        return found

    @staticmethod
    def _history(session: Session, counted: Counted, probe: Probe, from_ms: int, to_ms: int) -> History:
        def read(begin_ms: int, end_ms: int) -> History:
            return session.readings.history(probe.id, begin_ms, end_ms)

        return counted.measured(read)(max(0, from_ms), to_ms)


def _hour(history: History, kept: Kept, at_ms: int) -> HourSums:
    near = history.between(at_ms - _hold_ms(kept), at_ms + HOUR_MS)
    inside = history.between(at_ms, at_ms + HOUR_MS)
    sums, profile = _interval(near, kept, at_ms, at_ms + HOUR_MS), _under(kept, at_ms)
    mean = mean_text(sums, profile)
    kinetic = None
    if profile.kinetic:
        tally = tally_history(near, at_ms, at_ms + HOUR_MS, profile.hold_ms)
        kinetic = mean_kinetic_micro_celsius(tally)
    return HourSums(
        from_ms=at_ms,
        n=int((inside.quality == Quality.GOOD).sum()),
        min_micro_celsius=sums.min_micro_celsius,
        max_micro_celsius=sums.max_micro_celsius,
        mean_micro_celsius=None if mean is None else int(Decimal(mean).scaleb(6)),
        kinetic_micro_celsius=kinetic,
        out_ms=sums.below_ms + sums.above_ms,
        unknown_ms=sums.unknown_ms,
    )


def _interval(history: History, kept: Kept, from_ms: int, to_ms: int) -> IntervalSums:
    """Return the sums of an interval, each stretch of it under the profile that held then."""
    if to_ms <= from_ms:
        return interval_sums(history, kept[0][1], from_ms, from_ms)
    starts = [max(from_ms, since_ms) for since_ms, _ in kept]
    ends = [*starts[1:], to_ms]
    spans = zip((profile for _, profile in kept), starts, ends, strict=True)
    pieces = [(profile, begin, min(end, to_ms)) for profile, begin, end in spans if begin < min(end, to_ms)]
    return added([interval_sums(history, *piece) for piece in pieces])


def _under(kept: Kept, at_ms: int) -> Profile:
    return next((profile for since_ms, profile in reversed(kept) if since_ms <= at_ms), kept[0][1])


def _hold_ms(kept: Kept) -> int:
    return max((profile.hold_ms for _, profile in kept), default=0)


def _extremes(parts: Sequence[IntervalSums]) -> tuple[int | None, int | None]:
    lows = [one.min_micro_celsius for one in parts if one.min_micro_celsius is not None]
    highs = [one.max_micro_celsius for one in parts if one.max_micro_celsius is not None]
    return min(lows, default=None), max(highs, default=None)


def _doors(session: Session, place: str, from_ms: int, to_ms: int) -> tuple[int, int]:
    """Return how often doors of a place were opened in [from_ms, to_ms), and for how long any stood open."""
    said: dict[str, list[RecordedEvent]] = {one.id: [] for one in session.records.contacts() if one.place == place}
    for event in session.records.events_in_place(place, from_ms, to_ms):
        if event.kind in DOORS:
            said.setdefault(event.origin, []).append(event)
    openings, spells = 0, list[Interval]()
    for contact, events in said.items():
        before = session.records.last_event(contact, from_ms, DOORS)
        since_ms = from_ms if before is not None and before.kind == EventKind.DOOR_OPENED else None
        for event in sorted(events, key=event_order):
            if event.kind == EventKind.DOOR_OPENED and since_ms is None:
                since_ms, openings = event.taken_ms, openings + 1
            elif event.kind == EventKind.DOOR_CLOSED and since_ms is not None:
                spells.append((since_ms, event.taken_ms))
                since_ms = None
        spells += [] if since_ms is None else [(since_ms, to_ms)]
    return openings, sum(end - begin for begin, end in united(spells))


def _cooled(probe: str, history: History, from_ms: int) -> CoolingDay:
    own = [one for one in cycles(history) if one.begin_ms >= from_ms]
    duty = None
    if len(own) >= CYCLES_A_DAY:
        duty = DUTY_SCALE * sum(one.falling_ms for one in own) // sum(one.end_ms - one.begin_ms for one in own)
    return CoolingDay(probe=probe, from_ms=from_ms, cycles=len(own), duty=duty)
