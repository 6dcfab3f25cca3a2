"""Which sealed readings are past their time, and what holds them all the same. The same answer for page and writer."""

import tomllib
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Final

import msgspec

from coldchain.blocks import DAY_MS, day_of
from coldchain.decisions import standing_holds
from coldchain.entries import StayRecord
from coldchain.kin import kin_of, made_of
from coldchain.places import Place, Probe
from coldchain.ports import Session
from coldchain.retention import DISPOSAL_BLOCKS_MAX, YEARS_DEFAULT, HoldScope, Kept, LegalHold, years_ms

DAYS_MAX: Final = 40_000  # looked at of one probe: a hundred years
DAYS_AT_ONCE: Final = 64  # whose stays are looked at together
STAYS_AT_ONCE: Final = 1_000
HOLDS_BACK_MS: Final = DAY_MS  # a reading may hold into a stay that begins after its day


class PastDay(msgspec.Struct, frozen=True, kw_only=True):
    """A day of a probe whose own time is over. `held_by`: "" it is due; legal-hold or unit, and `which` of them."""

    probe: str
    day: int
    held_by: str = ""
    which: str = ""


class PastSpan(msgspec.Struct, frozen=True, kw_only=True):
    """Days that follow each other and are held by the same, or by nothing; both ends included, `days` of them."""

    probe: str
    from_day: int
    to_day: int
    days: int
    held_by: str
    which: str


class ProfileFloor(msgspec.Struct, frozen=True, kw_only=True):
    """The longest period that any version of a profile itself says, in its [retention]; no signature shortens it."""

    profile: str
    version: int
    years: int
    source: str


LEGAL_HOLD: Final = "legal-hold"
UNIT: Final = "unit"


class Retaining:
    """Look-ups of one session that many days share."""

    def __init__(self, session: Session, now_ms: int) -> None:
        self._session = session
        self._now_ms = now_ms
        records = session.records
        self._years = {(one.what, one.profile): one.years for one in records.retention_policies()}
        self._said = {floor.profile: floor.years for floor in profile_floors(session)}
        self._holds = records.legal_holds(standing=True)
        self._held_kin = {
            hold.id: kin_of(session, hold.subject) for hold in self._holds if hold.scope is HoldScope.UNIT
        }
        self._places = {place.id: place for place in records.places()}
        self._profiles = {place.id: _ever_kept(session, place) for place in self._places.values()}
        self._positions: dict[str, list[tuple[int, str]]] = {}
        for place in sorted(self._places):
            for one in records.positions_in(place):
                self._positions.setdefault(one.probe, []).append((one.from_ms, one.place))
        for known in self._positions.values():
            known.sort()
        self._units: dict[str, bool] = {}
        self._alone: dict[str, bool] = {}

    def years(self, what: Kept, profile: str) -> int:
        """Return how long something is kept under a profile; never less than what holds for all profiles.

        Nor less than the longest that any version of the profile itself says: no signature shortens that.
        """
        everywhere = self._years.get((what, ""), YEARS_DEFAULT)
        return max(everywhere, self._years.get((what, profile), 0), self._said.get(profile, 0))

    def past(self, probe: Probe, only: Collection[int] | None = None) -> Iterator[PastDay]:
        """Give the sealed days of a probe whose own time is over, in order; `only` those of these days."""
        longest = self.years(Kept.READINGS, "")
        before = day_of(self._now_ms - years_ms(longest))
        days = self._session.readings.kept_days(probe.id, before, DAYS_MAX)
        asked = days if only is None else [day for day in days if day in only]
        over = [day for day in asked if self._own_time_is_over(probe, day)]
        for at in range(0, len(over), DAYS_AT_ONCE):
            part = over[at : at + DAYS_AT_ONCE]
            stays = self._stays(probe, part[0], part[-1])
            for day in part:
                yield self._judged(probe, day, stays)

    def _own_time_is_over(self, probe: Probe, day: int) -> bool:
        profiles = {profile for name in self._places_of(probe, day) for profile in self._profiles.get(name, ())}
        years = max((self.years(Kept.READINGS, profile) for profile in profiles), default=self.years(Kept.READINGS, ""))
        return (day + 1) * DAY_MS + years_ms(years) <= self._now_ms

    def _places_of(self, probe: Probe, day: int) -> list[str]:
        """Return where a probe hung on a day; where nothing is known of that, where it hangs now."""
        known = self._positions.get(probe.id, [])
        ends = [from_ms for from_ms, _ in known[1:]] + [self._now_ms]
        start_ms, end_ms = day * DAY_MS, (day + 1) * DAY_MS
        found = [
            place for (from_ms, place), to_ms in zip(known, ends, strict=False) if from_ms < end_ms and to_ms > start_ms
        ]
        before_all = not known or known[0][0] > start_ms
        return list(dict.fromkeys([*found, *([probe.place] if before_all else [])]))

    def _stays(self, probe: Probe, first: int, last: int) -> Mapping[tuple[str, int], set[str]]:
        """Return which units may have been in each place of a probe on each day, or just behind it."""
        inside: dict[tuple[str, int], set[str]] = {}
        for name in sorted({probe.place, *(place for _, place in self._positions.get(probe.id, []))}):
            for stay in self._stays_of(name, first * DAY_MS, (last + 1) * DAY_MS + HOLDS_BACK_MS):
                end = last if stay.possible_to_ms is None else day_of(stay.possible_to_ms)
                begin = day_of(stay.possible_from_ms - HOLDS_BACK_MS)
                for day in range(max(begin, first), min(end, last) + 1):
                    inside.setdefault((name, day), set()).add(stay.unit)
        return inside

    def _stays_of(self, place: str, from_ms: int, to_ms: int) -> Iterator[StayRecord]:
        """Give stays by pages: a fridge has hundreds of thousands in ten years."""
        after = ("", 0)
        while page := self._session.records.stays_page(place, from_ms, to_ms, after, STAYS_AT_ONCE):
            yield from page
            after = (page[-1].unit, page[-1].number)

    def _judged(self, probe: Probe, day: int, stays: Mapping[tuple[str, int], set[str]]) -> PastDay:
        places = self._places_of(probe, day)
        inside = {unit for place in places for unit in stays.get((place, day), ())}
        for hold in self._holds:
            begun = hold.from_ms < (day + 1) * DAY_MS and (hold.to_ms is None or hold.to_ms > day * DAY_MS)
            if begun and self._covers(hold, probe.id, places, inside):
                return PastDay(probe=probe.id, day=day, held_by=LEGAL_HOLD, which=hold.id)
        needed = next((unit for unit in sorted(inside) if self._needs(unit)), None)
        if needed is not None:
            return PastDay(probe=probe.id, day=day, held_by=UNIT, which=needed)
        return PastDay(probe=probe.id, day=day)

    def _needs(self, name: str) -> bool:
        """Tell whether the record of a unit must still be kept, with the readings of its stays.

        What was made of it is traced back over them: it needs them as long as any of that does.
        """
        if name not in self._units:
            family = made_of(self._session, name)
            self._units[name] = family is None or any(self._needs_alone(one) for one in sorted(family))
        return self._units[name]

    def _needs_alone(self, name: str) -> bool:
        if name not in self._alone:
            self._alone[name] = self._unit_needs(name)
        return self._alone[name]

    def _unit_needs(self, name: str) -> bool:
        records = self._session.records
        unit, end = records.unit(name), records.unit_end(name)
        ends = [stay.possible_to_ms for stay in records.stays_of_unit(name) if not stay.withdrawn]
        if unit is None or any(one is None for one in ends):
            return True  # it may still be there, or nobody knows what it was
        if standing_holds(records.holds_of_unit(name)):
            return True  # nobody has decided yet, and whoever decides looks at these readings
        last_ms = max(
            [one for one in ends if one is not None]
            + [one.at_ms for one in records.issues_of_unit(name)]
            + [unit.expires_ms or 0, end.at_ms if end else 0]
        )
        return last_ms + years_ms(self.years(Kept.UNIT_RECORDS, unit.profile)) > self._now_ms

    def _covers(self, hold: LegalHold, probe: str, places: Sequence[str], inside: set[str]) -> bool:
        match hold.scope:
            case HoldScope.EVERYTHING:
                return True
            case HoldScope.PLACE:
                return hold.subject in places
            case HoldScope.PROBE:
                return hold.subject == probe
            case HoldScope.UNIT:
                kin = self._held_kin[hold.id]
                return bool(inside) if kin is None else not kin.isdisjoint(inside)


def past_days(
    session: Session, now_ms: int, probe: str = "", only: Mapping[str, Collection[int]] | None = None
) -> Iterator[PastDay]:
    """Give the sealed days whose own time is over, of one probe or ("") of all, by (probe, day).

    `only`: those of these days of these probes; nothing is looked up for any other.
    """
    retaining = Retaining(session, now_ms)
    for one in session.records.probes():
        if probe in ("", one.id) and (only is None or one.id in only):
            yield from retaining.past(one, None if only is None else only[one.id])


def past_spans(session: Session, now_ms: int) -> tuple[PastSpan, ...]:
    """Return what is past its time, days together that are held by the same or by nothing."""
    found: list[PastSpan] = []
    for one in past_days(session, now_ms):
        last = found[-1] if found else None
        if last and (last.probe, last.held_by, last.which) == (one.probe, one.held_by, one.which):
            found[-1] = msgspec.structs.replace(last, to_day=one.day, days=last.days + 1)
        else:
            found.append(
                PastSpan(
                    probe=one.probe, from_day=one.day, to_day=one.day, days=1, held_by=one.held_by, which=one.which
                )
            )
    return tuple(found)


def profile_floors(session: Session) -> tuple[ProfileFloor, ...]:
    """Return of each profile that asks for a period the version that asks for the longest, by profile."""
    found: dict[str, ProfileFloor] = {}
    for file in session.records.profiles():
        years, source = _retention_said(file.toml)
        if years and (file.id not in found or years >= found[file.id].years):
            found[file.id] = ProfileFloor(profile=file.id, version=file.version, years=years, source=source)
    return tuple(found[name] for name in sorted(found))


def due_days(session: Session, now_ms: int, probe: str, taken: frozenset[tuple[str, int]]) -> list[PastDay]:
    """Return days that may go now, the first ones up to the limit; `taken`: those that are proposed already."""
    found: list[PastDay] = []
    for one in past_days(session, now_ms, probe):
        if not one.held_by and (one.probe, one.day) not in taken:
            found.append(one)
        if len(found) >= DISPOSAL_BLOCKS_MAX:
            break
    return found


def _retention_said(toml: str) -> tuple[int, str]:
    """Return how many years a profile asks for in its [retention], and why; 0 if it says nothing of that."""
    section = tomllib.loads(toml).get("retention", {})
    if not isinstance(section, dict):
        return 0, ""
    years, source = section.get("years", 0), section.get("source", "")
    return years if isinstance(years, int) else 0, source if isinstance(source, str) else ""


def _ever_kept(session: Session, place: Place) -> frozenset[str]:
    """Return every profile that a place ever had to keep: the one with the longest period counts for all its days."""
    return frozenset({place.profile, *(one.profile for one in session.records.place_profiles(place.id))})
