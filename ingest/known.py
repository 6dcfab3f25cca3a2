"""What judging looks up again and again: the profile of a place, its site."""

from functools import lru_cache
from typing import Final

from coldchain.canonical import INTEGER_MAX
from coldchain.clock_doubt import ClockDoubt
from coldchain.entries import Backdating
from coldchain.equipment import Equipment
from coldchain.places import ON_THE_ROAD, Place, PlaceKind, Probe, ProbeRole, ReaderPurpose
from coldchain.ports import Session
from coldchain.profiles import kept_in
from coldchain.units import Finding
from ingest.excuses import PlaceExcuses
from rules.clock_bounds import doubt_of
from rules.clock_words import StayClocks, bounds_near, stay_clocks, watching_gateways
from rules.counted import Counted, counted_in, work_of
from rules.excursion import Watch
from rules.excuses import Excused, nothing_excused
from rules.fold_state import Episode
from rules.profile import Profile, load_profile
from rules.watch import loaded_from
from rules.watches import Watches

ACTOR: Final = "rules"
BELIEVED: Final = "believed:"  # cursor per gateway: when it was last heard with a clock that agrees
ROAD_MS: Final = 86_400_000  # PROP: for so long the memory of what travels is awaited; then it is given up for lost
LOST: Final = "lost:"  # cursor per gateway: 1 while what it may hold is waited for no longer


@lru_cache(maxsize=256)
def _loaded(toml: str, kind: PlaceKind) -> Profile:
    return load_profile(toml.encode()).at(kind)


def profiles_of(session: Session, place: str) -> tuple[tuple[int, Profile], ...]:
    """Return the profiles that a place must keep, each from an instant on, as they hold in its kind of place.

    Raises InvalidValueError for a box whose profile has no transport limits; the set-up lets none in.
    """
    record = session.records.place(place)
    kept = kept_in(record, session.records.place_profiles(place)) if record else ()
    files = [session.records.profile(one.profile, one.version) for one in kept]
    if record is None or None in files:
        msg = f"place {place} has no profile in the ledger"
        raise LookupError(msg)
    return tuple((one.from_ms, _loaded(file.toml, record.kind)) for one, file in zip(kept, files, strict=True) if file)


def profile_of(session: Session, place: str, at_ms: int = INTEGER_MAX) -> Profile:
    """Return the profile that a place must keep at an instant; without one, the last that is known of."""
    profiles = profiles_of(session, place)
    return next((profile for from_ms, profile in reversed(profiles) if from_ms <= at_ms), profiles[0][1])


def profile_of_finding(session: Session, finding: Finding) -> Profile:
    """Return the profile version that a finding names, as it holds in the finding's kind of place."""
    place = session.records.place(finding.place)
    kept = session.records.profile(finding.profile, finding.profile_version)
    if place is None or kept is None:
        msg = f"profile {finding.profile} version {finding.profile_version} of {finding.id} is not in the ledger"
        raise LookupError(msg)
    return _loaded(kept.toml, place.kind)


def site_of(session: Session, place: str) -> str:
    """Return the site of a place ("" if it is unknown)."""
    record = session.records.place(place)
    return record.site if record else ""


class Known:
    """Look-ups of one transaction that many probes share. Nothing of it changes while judging."""

    def __init__(self, session: Session, now_ms: int) -> None:
        self._session = session
        self._now_ms = now_ms
        self._profiles: dict[str, tuple[tuple[int, Profile], ...]] = {}
        self._horizons: dict[str, int] = {}
        self._excuses: dict[tuple[str, int], Excused] = {}
        self._equipment: Equipment | None = None
        self._counted: dict[str, dict[str, Counted]] = {}
        self._zones: frozenset[str] | None = None
        self._backdatings: dict[str, tuple[Backdating, ...]] = {}

    def profile(self, place: str) -> Profile:
        """Return the profile that a place must keep now, as it holds in its kind of place."""
        kept = self.profiles(place)
        return next((profile for from_ms, profile in reversed(kept) if from_ms <= self._now_ms), kept[0][1])

    def profiles(self, place: str) -> tuple[tuple[int, Profile], ...]:
        """Return all that a place must keep, each from an instant on."""
        if place not in self._profiles:
            self._profiles[place] = profiles_of(self._session, place)
        return self._profiles[place]

    def watch(self, probe: Probe) -> Watch | Watches:
        """Return what a probe is folded under: one watch, or one after the other where its place's profile changed."""
        kept = self.profiles(probe.place)
        watches = [(from_ms, self._watch(probe, from_ms, profile)) for from_ms, profile in kept]
        return watches[0][1] if len(watches) == 1 else Watches(spans=tuple(watches))

    def _watch(self, probe: Probe, from_ms: int, profile: Profile) -> Watch:
        return Watch(
            profile=profile,
            role=probe.role,
            horizon_ms=self.horizon(probe.gateway),
            since_ms=probe.since_ms,
            excused=self._excused(probe.place, from_ms, profile) if probe.role is ProbeRole.AIR else nothing_excused,
            loaded_from_ms=self.loaded_from(probe.place),
        )

    def _excused(self, place: str, from_ms: int, profile: Profile) -> Excused:
        """Return what is excused in a place; nothing is read before somebody asks."""
        key = place, from_ms
        if key not in self._excuses:
            some = profile.excuse.most_ms > 0
            self._excuses[key] = PlaceExcuses(self._session, place, profile) if some else nothing_excused
        return self._excuses[key]

    def excuses(self, place: str, profile: Profile) -> Excused:
        """Return what doors and defrosts excuse in a place under one of its profiles."""
        from_ms = next((from_ms for from_ms, one in self.profiles(place) if one is profile), 0)
        return self._excused(place, from_ms, profile)

    def counted(self, probe: Probe) -> Counted:
        """Return which readings of a probe count."""
        place = probe.place
        if place not in self._counted:
            self._counted[place] = counted_in(work_of(self._session.records, place, self.probes_of(place)))
        return self._counted[place][probe.id]

    def probes_of(self, place: str) -> list[Probe]:
        """Return the probes of a place, by id."""
        return list(self.equipment.probes_in.get(place, ()))

    def loaded_from(self, place: str) -> int | None:
        """Return from when on a place has a probe in its load; None if it has none."""
        return loaded_from(self.probes_of(place))

    @property
    def equipment(self) -> Equipment:
        """What is set up."""
        if self._equipment is None:
            self._equipment = self._session.records.equipment()
        return self._equipment

    def clock_doubt(self, probe: Probe, one: Episode | Finding) -> ClockDoubt | None:
        """Return what the clock of a probe's gateway leaves open of what was found; None: nobody said how right it is.

        The readings are taken as its present gateway's.
        """
        end_ms = one.start_ms if one.end_ms is None else one.end_ms
        records, gateway = self._session.records, probe.gateway
        if gateway not in self._backdatings:
            self._backdatings[gateway] = records.backdatings(gateway)
        near = bounds_near(records, gateway, one.start_ms, end_ms, self._backdatings[gateway])
        return doubt_of(near, one, probe.role)

    def stay_clocks(self, finding: Finding) -> StayClocks:
        """Return by which clocks a finding and the stays in its place were stamped."""
        probe = self.equipment.probes.get(finding.probe)
        return stay_clocks(self._session.records, finding, probe, self.watching(finding.place))

    def zones(self) -> frozenset[str]:
        """Return the places that readers watch for who is inside."""
        if self._zones is None:
            readers = self.equipment.readers.values()
            self._zones = frozenset(one.place for one in readers if one.purpose is ReaderPurpose.ZONE)
        return self._zones

    def watching(self, place: str) -> frozenset[str]:
        """Return the gateways whose readers watch a place."""
        return watching_gateways(self.equipment.readers_in.get(place, ()), place)

    def probes_at(self, gateway: str) -> list[Probe]:
        """Return the probes of a gateway, by id."""
        return list(self.equipment.probes_at.get(gateway, ()))

    def watched_by(self, gateway: str) -> list[str]:
        """Return the places that readers of a gateway watch, in order."""
        return sorted({reader.place for reader in self.equipment.readers.values() if reader.gateway == gateway})

    def horizon(self, gateway: str) -> int:
        """Return the time before which nothing of a gateway is awaited any more.

        What a lost gateway may still hold is waited for no longer. When it is believed again its own mark counts
        again, and what it brings amends what was found meanwhile.
        """
        if gateway not in self._horizons:
            books = self._session.books
            mark_ms = books.horizon(gateway)
            self._horizons[gateway] = max(mark_ms, self._now_ms) if books.cursor(LOST + gateway) else mark_ms
        return self._horizons[gateway]


def believed(session: Session, gateway: str, received_ms: int) -> None:
    """Note that a gateway was heard and its clock believed. Being alive with a wrong clock is not enough."""
    session.books.set_cursor(BELIEVED + gateway, received_ms)
    if session.books.cursor(LOST + gateway):
        session.books.set_cursor(LOST + gateway, 0)


def lost_gateways(session: Session, now_ms: int, listening_ms: int) -> dict[str, list[str]]:
    """Return gateways that nobody could believe for as long as a gap may last in a place of theirs, and their probes.

    Only the time counts for which the centre has been listening: after an outage of its own nobody else is lost.
    """
    known, probes = Known(session, now_ms), session.records.probes()
    places = {one.id: one for one in session.records.places()}
    heard, gone = (session.books.cursors(what) for what in (BELIEVED, LOST))
    tolerances_ms = {name: _tolerance_ms(known, name, places.get(name)) for name in {one.place for one in probes}}
    silent: dict[str, list[str]] = {}
    tolerated: dict[str, int] = {}
    for probe in probes:
        heard_ms = heard.get(BELIEVED + probe.gateway) or probe.since_ms or now_ms
        tolerance_ms = tolerances_ms[probe.place]
        tolerated[probe.gateway] = min(tolerance_ms, tolerated.get(probe.gateway, tolerance_ms))
        silent_ms = min(now_ms - heard_ms, listening_ms)
        if silent_ms >= tolerated[probe.gateway] or gone.get(LOST + probe.gateway):
            silent.setdefault(probe.gateway, [])
    for probe in probes:
        if probe.gateway in silent:
            silent[probe.gateway].append(probe.id)
    return silent


def _tolerance_ms(known: Known, name: str, place: Place | None) -> int:
    """Return for how long the gateway of a probe may be silent: one that travels has a memory and seldom a network."""
    tolerance_ms = known.profile(name).gap_tolerance_ms
    return max(tolerance_ms, ROAD_MS) if place is not None and place.kind in ON_THE_ROAD else tolerance_ms
