"""What the rules would see of the city's places at a minute, by ingest.conditions_places.of_place itself.

It is asked only of places and minutes at which it may say something: a line is down, a contact speaks of something that
lasts, a reading is near a limit, or beyond where its probe usually is. All else is told to be silent by arithmetic over
whole days; `every=True` asks everywhere and always, and has to give the same alarms.
"""

from dataclasses import replace
from itertools import zip_longest
from typing import Any, Final

import numpy as np

from benchmarks.city_known import POWER_ON_TENTHS, TICK_MS, Known, history_of
from benchmarks.city_live import Live, held, within
from benchmarks.city_world import DAY_MS, MINUTE_MS, MINUTES, NO_SENSOR, START_MS, Bools, Day, Tenths
from coldchain.alarms import Condition
from coldchain.entries import RecordedEvent
from coldchain.facts import Quality
from coldchain.history import History
from coldchain.places import CONTAINERS, PlaceKind, Probe
from coldchain.units import Finding
from ingest.conditions_look import TREND_EVERY_MS, Seen
from ingest.conditions_places import of_place
from rules.boxes import BoxWords
from rules.conditions import one_of_each
from rules.conditions_temperature import CLOSE, RECENT_MS, USUAL_MARGIN, USUAL_MS, foreseen_of, with_forecast
from rules.conditions_trend import of_trend, openings_of
from rules.contacts import CONTACT_KINDS
from rules.excuses import BEGINS, recovery_ms
from rules.limits import Profile
from rules.standing import PlaceFacts, ProbeFacts
from rules.trend import BASELINE_DAYS, Worse, worse

CURVE_MS: Final = RECENT_MS + USUAL_MS  # as ingest.conditions_places reads it
BLOCK: Final = 10  # minutes that are looked through together
USUAL_MINUTES: Final = 180
FITTED_MINUTES: Final = 30
STEADY: Final = 2  # minutes ago it has to have been unusual as well
RANK: Final = 10
NEAR_MINUTES: Final = 9  # a reading near a limit is an alarm after ten, at the earliest
LATELY_MINUTES: Final = 60  # and if one was an alarm not long ago, it may go on
TENTH: Final = 100_000


class Eyes:
    """Asks the rules about places."""

    def __init__(self, known: Known, live: Live, *, every: bool = False) -> None:
        self.known, self.live, self.every = known, live, every
        self.open: dict[str, dict[str, Finding]] = {}  # of each place, findings that last, as the record has them
        self.worse: dict[str, tuple[int, list[Worse]]] = {}
        self.asked = 0
        self._boxes = np.array([one.kind == "box" for one in known.city.places])  # empty ones: of them only lids speak
        self._stirs: Any = None
        self._ahead: Any = None
        self._past: Any = None
        self._last: list[Condition] = []
        self._month: list[Any] = []

    def take(self, day: Day) -> None:
        """Look a day through."""
        places = self.known.city.places
        said = day.said if self._past is None else np.concatenate([self._past, day.said])
        before = len(said) - MINUTES
        unusual = self._unusual(said, (said != NO_SENSOR) & (said != POWER_ON_TENTHS), before)
        unusual[:, self._boxes] = False
        excused = self._excused(day)
        self._ahead = unusual & ~excused
        self._stirs = self._stirring(day, said, before, excused) | self._ahead
        for column, one in enumerate(places):
            self._paint_ahead(day, column, one.gateway, unusual)
        if self.every:
            self._ahead = self._stirs = np.ones((MINUTES, len(places)), bool)
        self._past = said[-(USUAL_MINUTES + FITTED_MINUTES + 2 * BLOCK) :]
        self._month = [*self._month[-BASELINE_DAYS:], day.said[:, :, 1].copy()]

    def stirs(self, minute: int) -> bool:
        """Tell whether anything may be said at a minute of the day."""
        return bool(self._stirs[minute].any())

    def at(self, minute: int, now_ms: int) -> list[Condition]:
        """Return what is seen at a minute of the day."""
        columns = np.flatnonzero(self._stirs[minute]).tolist()
        seen = [self._seen(column, now_ms, ahead=self._ahead[minute, column]) for column in columns]
        self.asked += len(seen)
        every = [one for place in seen for one in of_place(place)]
        every += [one for one in self._trends(now_ms) if one is not None]
        return [_foreseen(one, seen, now_ms) if one.rule == "A06" else one for one in one_of_each(every)]

    def _seen(self, column: int, now_ms: int, *, ahead: bool) -> Seen:
        place = self.known.places[self.known.city.places[column].id]
        contacts = self.known.contacts[place.id]
        probes = self.known.probes_of(place.id)
        gateways = {probe.gateway for probe in probes} | {contact.gateway for contact in contacts}
        heard = {gateway: self.known.heard_ms(gateway, now_ms) for gateway in sorted(gateways)}
        curves = {
            probe.id: self.live.history(column, role, heard[probe.gateway] - CURVE_MS, heard[probe.gateway])
            for role, probe in enumerate(probes)
        }
        box = BoxWords(gateway=probes[0].gateway) if place.kind is PlaceKind.BOX else None
        facts = replace(
            self._bare(place.id, now_ms),
            probes=[_probe(one, curves[one.id], now_ms) for one in probes],
            contacts=[(one, self.known.last_event(one, heard[one.gateway])) for one in contacts],
            heard_ms=heard,
            findings=list(self.open.get(place.id, {}).values()),
            box=box,
        )
        curves = {name: one.since(now_ms - CURVE_MS) for name, one in curves.items()}
        leads = foreseen_of(facts, curves) if ahead else []
        return Seen(whole_ms=now_ms, read_ms=now_ms, facts=facts, curves=curves, ahead=leads)

    def _stirring(self, day: Day, said: Tenths, before: int, excused: Bools) -> Bools:
        """Return of each minute and place whether it may be that something is said of it."""
        stirs = np.zeros((MINUTES, len(self.known.city.places)), bool)
        for column, one in enumerate(self.known.city.places):
            for low, high in self.known.away(one.gateway, day.number):
                stirs[low : high + 1, column] = True
            for contact in self.known.contacts[one.id]:
                _paint_lasting(stirs[:, column], self.known.events(contact.id), day.number)
        good = (said != NO_SENSOR) & (said != POWER_ON_TENTHS)
        edges = [self._edges(self.known.profiles[one.kind]) for one in self.known.city.places]
        warm, cold = (np.array([pair[n] for pair in edges])[None, :, None] for n in range(2))
        near = ~good | (said >= warm) | (said <= cold)
        long = held(near, NEAR_MINUTES)
        near &= good & within(long, LATELY_MINUTES)
        near = near[before:]
        near[:, :, 1] &= ~excused
        found: Bools = stirs | (near.any(axis=2) & ~self._boxes)
        return found

    def _excused(self, day: Day) -> Bools:
        """Return where a door or a defrost explains what is unusual: then no limit is foreseen."""
        found = np.zeros((MINUTES, len(self.known.city.places)), bool)
        begin_ms = START_MS + day.number * DAY_MS + TICK_MS
        for column, one in enumerate(self.known.city.places):
            excuse = self.known.profiles[one.kind].excuse
            for contact in self.known.contacts[one.id] if excuse.most_ms else ():
                events = self.known.events(contact.id)
                for event, following in zip_longest(events, events[1:]):
                    end_ms = event.taken_ms + (
                        excuse.most_ms if event.kind in BEGINS else recovery_ms(event.kind, excuse)
                    )
                    if following is not None and event.kind in BEGINS:
                        end_ms = min(end_ms, following.taken_ms)
                    low, high = (max(0, -(-(at - begin_ms) // MINUTE_MS)) for at in (event.taken_ms, end_ms))
                    found[low:high, column] = True
        return found

    def _paint_ahead(self, day: Day, column: int, gateway: str, unusual: Bools) -> None:
        """Mark where it matters what limit is foreseen though nothing is unusual: power is cut, or a line is down."""
        cells = self._ahead[:, column]
        for low, high in self.known.away(gateway, day.number):
            cells[low : high + 1] = unusual[max(0, low - 1), column] or low == 0
        for contact in self.known.contacts[self.known.city.places[column].id]:
            if not contact.place:
                _paint_lasting(cells, self.known.events(contact.id), day.number)

    @staticmethod
    def _edges(profile: Profile) -> tuple[float, float]:
        margin = (profile.near_limit or CLOSE).margin_micro_celsius
        low = profile.low_micro_celsius
        return (profile.high_micro_celsius - margin) / TENTH, -1e9 if low is None else (low + margin) / TENTH

    def _unusual(self, said: Tenths, good: Bools, before: int) -> Bools:
        """Return where a value may be beyond the usual of its probe: beyond what a part of those three hours allows.

        The 95th of a hundred is at least the tenth highest of any part of those 180 readings; with less than three
        hours behind it all may be unusual.
        """
        found = np.zeros((MINUTES, said.shape[1]), bool)
        margin = USUAL_MARGIN / TENTH
        kinds = [self.known.profiles[one.kind] for one in self.known.city.places]
        cold = np.array([one.low_micro_celsius is not None for one in kinds])[None, :, None]
        for begin in range(0, MINUTES, BLOCK):
            at = before + begin
            low = at + BLOCK - USUAL_MINUTES
            if low < 0:
                found[begin : begin + BLOCK] = True
                continue
            usual, some = (one[low : at - FITTED_MINUTES - STEADY] for one in (said, good))
            high = np.partition(np.where(some, usual, -10_000), -RANK, axis=0)[-RANK]
            deep = np.partition(np.where(some, usual, 10_000), RANK - 1, axis=0)[RANK - 1]
            now, right = (one[at - STEADY : at + BLOCK] for one in (said, good))
            for away in (now > high + margin, cold & (now < deep - margin)):
                away = away | ~right
                found[begin : begin + BLOCK] |= (away[STEADY:] & away[:-STEADY]).any(axis=2)
        return found

    def _trends(self, now_ms: int) -> list[Condition | None]:
        """Return what got worse, looked for four times a day in turn, as ingest.conditions_look does."""
        found = []
        for one in self.known.city.places:
            worse_ms, worse_than = self.worse.get(one.id, (0, []))
            if worse_than:
                facts = self._bare(one.id, now_ms)
                found.append(of_trend(facts, worse_ms, worse_than))
        return found

    def trend(self, now_ms: int, column: int) -> None:
        """Work out whether a place got worse."""
        one = self.known.city.places[column]
        if self.known.places[one.id].kind in CONTAINERS:
            return
        minutes = (now_ms - START_MS - TICK_MS) % DAY_MS // MINUTE_MS + 1
        first_ms = START_MS + ((now_ms - START_MS) // DAY_MS - len(self._month) + 1) * DAY_MS
        values = np.concatenate([day[:, column] for day in self._month])[: (len(self._month) - 1) * MINUTES + minutes]
        doors = [event for contact in self.known.contacts[one.id] if contact.place for event in self._words(contact.id)]
        history = history_of(values, first_ms).since(now_ms - (BASELINE_DAYS + 1) * DAY_MS)
        self.worse[one.id] = now_ms, worse(history, openings_of(doors), now_ms)

    def _words(self, contact: str) -> list[Any]:
        return self.known.events(contact)

    def _bare(self, place: str, now_ms: int) -> PlaceFacts:
        return PlaceFacts(
            place=self.known.places[place],
            profile=self.known.profiles[self.known.places[place].kind],
            probes=[],
            contacts=[],
            heard_ms={},
            battery=None,
            findings=[],
            inside=0,
            possible=0,
            held=0,
            now_ms=now_ms,
        )


def _probe(probe: Probe, curve: History, _now_ms: int) -> ProbeFacts:
    quality = Quality(int(curve.quality[-1])) if len(curve) else None
    return ProbeFacts(
        probe=probe,
        state=None,
        taken_ms=int(curve.taken_ms[-1]) if len(curve) else None,
        micro_celsius=int(curve.micro_celsius[-1]) if quality is Quality.GOOD else None,
        quality=quality,
        horizon_ms=0,
    )


def _foreseen(cut: Condition, seen: list[Seen], now_ms: int) -> Condition:
    """Return a power cut with the first limit that it leads to, as ingest.conditions_places does."""
    here = [one for one in seen if one.facts.place.site == cut.site and one.facts.place.kind not in CONTAINERS]
    return with_forecast(cut, [(one.facts, ahead) for one in here for ahead in one.ahead], now_ms)


def _paint_lasting(cells: Bools, events: list[RecordedEvent], number: int) -> None:
    """Mark from the word that something lasts to the minute of the word that it is over."""
    begin_ms = START_MS + number * DAY_MS
    for event, following in zip_longest(events, events[1:]):
        if event.kind not in LASTS:
            continue
        low = (event.taken_ms - begin_ms) // MINUTE_MS
        high = MINUTES if following is None else (following.taken_ms - begin_ms) // MINUTE_MS + 1
        cells[max(0, low) : max(0, min(MINUTES, high))] = True


LASTS: Final = frozenset(CONTACT_KINDS) & {"door-opened", "mains-lost", "ups-on-battery", "agitation-stopped"}

__all__ = ["TREND_EVERY_MS", "Eyes"]
