"""Units that wait for the record: part of what befell them is still in the memory of a gateway or of a box.

They may not be issued until it is here, and that ends by itself: as soon as the horizon of the gateway has passed the
time in question nothing of it is awaited any more. What was never measured beyond the tolerance is a finding that
holds instead. A box that has arrived is awaited until it was read out: the bags wait, wherever they were put. What is
here and not judged yet says nothing: from the first such reading of any probe of a place on its record is awaited.
"""

from collections.abc import Iterable, Sequence
from itertools import islice
from typing import Final

import msgspec
from msgspec.structs import replace

from coldchain.closed_loop import LiveUnit, StockRow
from coldchain.decisions import standing_holds
from coldchain.entries import StayRecord
from coldchain.history import History
from coldchain.places import Place, PlaceKind, Probe, ProbeRole
from coldchain.ports import Session
from coldchain.profiles import kept_at, kept_in
from coldchain.unjudged import unjudged_since
from rules.classes import Condition
from rules.counted import counted_in, work_of
from rules.exposure import spans
from rules.intervals import OPEN_END_MS, Interval, united
from rules.limits import Profile
from rules.unit_story import profile_at

ONE_BY_ONE_MAX: Final = 2_000  # units of one place; if more were in it, all that are inside wait


class Wait(msgspec.Struct, frozen=True, kw_only=True):
    """A stretch of a unit's time of which the record is not here yet; `kind` of the place: a box has to be read out."""

    place: str
    kind: PlaceKind
    from_ms: int
    to_ms: int


class Waiting:
    """What is awaited at now_ms, place by place; each place is looked at once."""

    def __init__(self, session: Session, now_ms: int) -> None:
        self._session = session
        self.now_ms: Final = now_ms
        self._unjudged: dict[str, int] | None = None
        self._known: dict[str, tuple[Interval, ...]] = {}

    def of_place(self, place: Place) -> tuple[Interval, ...]:
        """Return the stretches of which the record of a place is awaited; none while that is only the usual delay."""
        if place.id not in self._known:  # the probe that decides: the first in the load, else the first
            here = self._session.records.equipment().probes_in.get(place.id, ())
            probe = next((one for one in here if one.role is ProbeRole.LOAD), next(iter(here), None))
            self._known[place.id] = () if probe is None else self._spans(place, probe)
        return self._known[place.id]

    def of_unit(self, unit: str) -> tuple[Wait, ...]:
        """Return what of a unit's time is awaited, in the order of its stays."""
        return self.of_stays(self._session.records.stays_of_unit(unit))

    def of_stays(self, stays: Iterable[StayRecord]) -> tuple[Wait, ...]:
        """Return what of these stays is awaited."""
        found: list[Wait] = []
        for stay in stays:
            place = None if stay.withdrawn else self._session.records.place(stay.place)
            if place is not None:
                found += self._of_stay(place, stay)
        return tuple(found)

    def places(self) -> list[tuple[Place, tuple[Interval, ...]]]:
        """Return the places of which anything is awaited."""
        found = [(place, self.of_place(place)) for place in self._session.records.places()]
        return [(place, awaited) for place, awaited in found if awaited]

    def now_at(self, place: Place) -> bool:
        """Tell whether the record of a place ends before now: whoever is inside waits."""
        awaited = self.of_place(place)
        return bool(awaited) and awaited[-1][1] >= self.now_ms

    def _of_stay(self, place: Place, stay: StayRecord) -> list[Wait]:
        end_ms = OPEN_END_MS if stay.possible_to_ms is None else stay.possible_to_ms
        parts = [(max(stay.possible_from_ms, begin), min(end_ms, end)) for begin, end in self.of_place(place)]
        met = [(begin, end) for begin, end in parts if begin < end]
        limits = self._limits(place) if met else None
        inside_now = stay.possible_to_ms is None and self.now_at(place)
        if not met or limits is None or (not inside_now and sum(end - begin for begin, end in met) <= limits.hold_ms):
            return []
        return [Wait(place=place.id, kind=place.kind, from_ms=begin, to_ms=end) for begin, end in met]

    def _spans(self, place: Place, probe: Probe) -> tuple[Interval, ...]:
        limits = self._limits(place)
        horizon_ms = self._session.books.horizon(probe.gateway)
        since_ms = self._unjudged_since().get(place.id, self.now_ms)
        if limits is None or self.now_ms - min(horizon_ms, since_ms) <= limits.hold_ms:
            return ()
        probes = self._session.records.equipment().probes_in[place.id]
        counted = counted_in(work_of(self._session.records, place.id, probes))[probe.id]

        def every(from_ms: int, to_ms: int) -> History:
            return self._session.readings.history(probe.id, from_ms, to_ms)

        history = counted.measured(every)(horizon_ms - limits.hold_ms, self.now_ms)
        found = spans(history, limits, horizon_ms, self.now_ms, horizon_ms)
        awaited = [(one.from_ms, one.to_ms) for one in found if one.condition is Condition.AWAITED]
        if since_ms < self.now_ms:
            awaited = united([*awaited, (since_ms, self.now_ms)])
        return tuple(awaited) if sum(end - begin for begin, end in awaited) > limits.hold_ms else ()

    def _unjudged_since(self) -> dict[str, int]:
        """Return of each place from when on readings of it are not judged yet."""
        if self._unjudged is None:
            self._unjudged = {}
            first = unjudged_since(self._session)
            known = self._session.records.equipment().probes
            for probe in (known[name] for name in first if name in known):
                self._unjudged[probe.place] = min(first[probe.id], self._unjudged.get(probe.place, OPEN_END_MS))
        return self._unjudged

    def _limits(self, place: Place) -> Profile | None:
        kept = kept_at(kept_in(place, self._session.records.place_profiles(place.id)), self.now_ms)
        return profile_at(self._session, kept.profile, kept.version, place.kind)


def stock_now(session: Session, now_ms: int) -> tuple[StockRow, ...]:
    """Return the stock of places; what waits for the record is told apart and counts as released nowhere."""
    rows = {(one.place, one.component, one.blood_group): one for one in session.records.stock(now_ms)}
    waiting = Waiting(session, now_ms)
    whole = {place.id for place, _ in waiting.places() if waiting.now_at(place)}
    single: set[str] = set()
    for place, awaited in waiting.places():
        stays = session.records.stays_in_place(place.id, awaited[0][0], awaited[-1][1])
        if place.id not in whole and len(stays) > ONE_BY_ONE_MAX:
            whole.add(place.id)
        single |= {one.unit for one in stays if place.id not in whole or one.possible_to_ms is not None}
    for key, row in rows.items():
        if row.place in whole:
            rows[key] = replace(row, released=0, waiting=row.released)
    for unit in sorted(single):
        found = _released_at(session, unit, now_ms)
        if found is not None and found[0] not in whole and waiting.of_unit(unit):
            row = rows[found]
            rows[found] = replace(row, released=row.released - 1, waiting=row.waiting + 1)
    return tuple(rows[key] for key in sorted(rows))


def _released_at(session: Session, unit: str, now_ms: int) -> tuple[str, str, str] | None:
    """Return the row of the stock in which a unit counts as released, None if in none."""
    live = session.records.live_unit(unit)
    if live is None or not live.inside or (live.expires_ms is not None and live.expires_ms <= now_ms):
        return None
    if standing_holds(session.records.holds_of_unit(unit)) or session.records.reserved(unit):
        return None
    return live.place, live.component, live.blood_group


def first_out_now(
    session: Session, places: Sequence[Place], component: str, blood_group: str, now_ms: int, limit: int
) -> list[LiveUnit]:
    """Return which released units of places expire first, without those that wait for the record."""
    waiting = Waiting(session, now_ms)
    known = [place.id for place in places if not waiting.now_at(place)]
    if not waiting.places():
        return list(session.records.first_out(known, component, blood_group, now_ms, limit))
    looked = session.records.first_out(known, component, blood_group, now_ms, ONE_BY_ONE_MAX)
    return list(islice((one for one in looked if not waiting.of_unit(one.unit)), limit))
