"""What the centre of the simulated city knows at a minute: whose line is down, what contacts said, what holds."""

from bisect import bisect_right
from collections import defaultdict
from typing import Final

import numpy as np

from benchmarks.city_setup import Gateways, toml_of
from benchmarks.city_world import DAY_MS, MINUTE_MS, MINUTES, NO_SENSOR, START_MS, City, Day, Tenths, Word
from coldchain.entries import RecordedEvent
from coldchain.facts import Quality
from coldchain.history import NO_VALUE, History
from coldchain.places import CONTAINERS, Contact, Place, PlaceKind, Probe, ProbeRole
from coldchain.ports import Store
from rules.excursion import Watch
from rules.excuses import Excused, excused_spans, nothing_excused
from rules.intervals import Interval, clipped
from rules.limits import Profile
from rules.profile import load_profile
from rules.watch import loaded_from

TICK_MS: Final = 1_000  # so long after a minute its batch arrives, and the desk looks
POWER_ON_TENTHS: Final = 850
ROAD_MS: Final = DAY_MS  # ingest.known: what travels is given up so late


def history_of(tenths: Tenths, first_ms: int) -> History:
    """Return readings of every minute; what is no temperature is none (coldchain.calibrated)."""
    values = tenths.astype(np.int64)
    faulty = (values == NO_SENSOR) | (values == POWER_ON_TENTHS)
    return History(
        taken_ms=first_ms + np.arange(len(values), dtype=np.int64) * MINUTE_MS,
        micro_celsius=np.where(faulty, NO_VALUE, values * 100_000),
        quality=np.where(faulty, int(Quality.NO_SENSOR), int(Quality.GOOD)).astype(np.uint8),
    )


class Known:
    """Places and probes as they were registered, and what was said and heard up to a minute."""

    def __init__(self, city: City, store: Store) -> None:
        self.city = city
        with store.reading() as session:
            self.places: dict[str, Place] = {one.id: one for one in session.records.places()}
            self.probes: dict[str, Probe] = {one.id: one for one in session.records.probes()}
            contacts = sorted(session.records.contacts(), key=lambda one: one.id)
        kinds = {one.kind for one in city.places}
        self.profiles: dict[str, Profile] = {kind: load_profile(toml_of(kind)).at(PlaceKind(kind)) for kind in kinds}
        self.contacts: dict[str, list[Contact]] = {
            place.id: [one for one in contacts if self._speaks_of(one, place)] for place in self.places.values()
        }
        self._of_place = {place: [self.probes[f"{place}-load"], self.probes[f"{place}-air"]] for place in self.places}
        self._spans: dict[str, list[Interval]] = {}  # of each place, what is excused about this day
        self._events: dict[str, list[RecordedEvent]] = defaultdict(list)  # of each contact, of late
        self._away = {one: self._minutes_away(one) for one in {probe.gateway for probe in self.probes.values()}}
        self._gateways = Gateways(city)

    @staticmethod
    def _speaks_of(contact: Contact, place: Place) -> bool:
        mains = contact.place == "" and contact.gateway == f"{place.site}-gw" and place.kind not in CONTAINERS
        return contact.place == place.id or mains

    def _minutes_away(self, gateway: str) -> list[tuple[int, int]]:
        """Return the stretches of whole minutes, from the start on, at which nothing of a gateway arrives."""
        found: list[tuple[int, int]] = []
        for one in self.city.of("gateway"):
            if f"{one.subject}-gw" != gateway:
                continue
            begin, end = (-(-(at - START_MS - TICK_MS) // MINUTE_MS) for at in (one.from_ms, one.to_ms))
            if begin < end and found and begin <= found[-1][1]:
                found[-1] = found[-1][0], max(end, found[-1][1])
            elif begin < end:
                found.append((begin, end))
        return found

    def take(self, day: Day) -> None:
        """Take what contacts say in a day."""
        begin_ms = START_MS + day.number * DAY_MS
        for word in day.words:
            self._events[word.origin].append(_event(word, self._of(word.origin)))
        for events in self._events.values():
            old = [n for n, one in enumerate(events) if one.taken_ms < begin_ms - 3 * DAY_MS]
            del events[: max(0, len(old) - 2)]
        for place, contacts in self.contacts.items():
            said = [one for contact in contacts if contact.place for one in self._events[contact.id]]
            profile = self.profiles[self.places[place].kind]
            self._spans[place] = excused_spans(said, profile, begin_ms - 3 * DAY_MS, begin_ms + 2 * DAY_MS)

    def _of(self, origin: str) -> str:
        place = origin.rsplit("-", 1)[0]
        return place if place in self.places else ""

    def away(self, gateway: str, number: int) -> list[tuple[int, int]]:
        """Return the stretches of minutes of a day at which nothing arrives; what was kept comes at the end of each.

        (0, 0): what was kept at the end of the day before comes at once.
        """
        first = number * MINUTES
        near = [(low - first, high - first) for low, high in self._away[gateway]]
        return [(max(0, low), min(high, MINUTES)) for low, high in near if low < MINUTES and high >= 0]

    def heard_ms(self, gateway: str, now_ms: int) -> int:
        """Return when a gateway was last heard."""
        minute = (now_ms - START_MS) // MINUTE_MS
        for low, high in self._away[gateway]:
            if low <= minute < high:
                return START_MS + (low - 1) * MINUTE_MS + TICK_MS
        return START_MS + minute * MINUTE_MS + TICK_MS

    def last_event(self, contact: Contact, heard_ms: int) -> RecordedEvent | None:
        """Return the last word of a contact whose gateway was last heard at an instant."""
        events = self._events[contact.id]
        at = bisect_right(events, heard_ms - TICK_MS, key=lambda one: one.taken_ms)
        return events[at - 1] if at else None

    def events(self, contact: str) -> list[RecordedEvent]:
        """Return what a contact said of late."""
        return self._events[contact]

    def probes_of(self, place: str) -> list[Probe]:
        """Return the probes of a place, that of the load first."""
        return self._of_place[place]

    def profile(self, probe: Probe) -> Profile:
        """Return what a probe must keep."""
        return self.profiles[self.places[probe.place].kind]

    def lost_after_ms(self, probe: Probe) -> int:
        """Return after how long the gateway of a probe is given up for lost."""
        tolerance_ms = self.profile(probe).gap_tolerance_ms
        return max(tolerance_ms, ROAD_MS) if self.places[probe.place].kind is PlaceKind.BOX else tolerance_ms

    def watch(self, probe: Probe, horizon_ms: int) -> Watch:
        """Return what a probe is folded under."""
        profile = self.profile(probe)
        excuses = probe.role is ProbeRole.AIR and profile.excuse.most_ms > 0
        return Watch(
            profile=profile,
            role=probe.role,
            horizon_ms=horizon_ms,
            since_ms=probe.since_ms,
            excused=self._excused(probe.place) if excuses else nothing_excused,
            loaded_from_ms=loaded_from(self._of_place[probe.place]),
        )

    def _excused(self, place: str) -> Excused:
        spans = self._spans[place]
        return lambda from_ms, to_ms: clipped(spans, from_ms, to_ms)


def _event(word: Word, place: str) -> RecordedEvent:
    return RecordedEvent(
        gateway=word.gateway,
        epoch="e1",
        seq=word.at_ms,
        place=place,
        origin=word.origin,
        kind=word.kind,
        boot="b1",
        origin_seq=None,
        taken_ms=word.at_ms,
        boottime_ms=word.at_ms,
        earliest_ms=None,
        latest_ms=None,
        epc=None,
        details={},
    )
