"""What a probe says of its place: the profile it is judged under, its state now, and how long what lasted."""

from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise
from typing import Final

import msgspec

from coldchain.canonical import INTEGER_MAX
from coldchain.errors import InvalidValueError
from coldchain.facts import Quality
from coldchain.history import EMPTY, History
from coldchain.places import Place, PlaceKind, Probe, ProbeRole
from coldchain.ports import Session
from coldchain.profiles import Kept, kept_at, kept_in
from coldchain.units import Direction, Finding, Unit
from rules.certain import FARTHER, NEARER, shifted
from rules.classes import Condition
from rules.counted import ALL_COUNTS, Counted, counted_in, work_of
from rules.exposure import Durations, Measure, Sides, durations, spans
from rules.profile import Profile, load_profile

PROFILES_CACHED_MAX: Final = 64


class Watched(msgspec.Struct, frozen=True, kw_only=True):
    """A probe, the profile of its place, and the time before which nothing of its gateway is still on its way.

    `counted` says which of its readings count. `kept`: (from_ms, profile), rising, where another one held before.
    """

    probe: Probe
    profile: Profile
    horizon_ms: int
    counted: Counted = ALL_COUNTS
    kept: tuple[tuple[int, Profile], ...] = ()

    def parts(self, from_ms: int, to_ms: int) -> list[tuple[Profile, int, int]]:
        """Return a window cut where another profile began to hold, each part with what held in it."""
        cuts = [at_ms for at_ms, _ in self.kept if from_ms < at_ms < to_ms]
        bounds = [from_ms, *cuts, to_ms]
        return [(self.at(begin), begin, end) for begin, end in pairwise(bounds)]

    def at(self, at_ms: int) -> Profile:
        """Return the profile that held at an instant."""
        return next((profile for from_ms, profile in reversed(self.kept) if from_ms <= at_ms), self.profile)


class ProbeNow(msgspec.Struct, frozen=True, kw_only=True):
    """A probe and what it says now. `state` is judged where the record ends, or now if the record is overdue."""

    id: str
    place: str
    gateway: str
    role: ProbeRole
    state: Condition
    last_taken_ms: int | None
    last_micro_celsius: int | None
    last_quality: Quality | None


@lru_cache(maxsize=PROFILES_CACHED_MAX)
def _loaded(toml: str) -> Profile:
    return load_profile(toml.encode())


def profile_of(session: Session, profile: str, version: int) -> Profile | None:
    """Return one profile version, read from the record."""
    record = session.records.profile(profile, version)
    return None if record is None else _loaded(record.toml)


def kept_here(session: Session, place: Place, at_ms: int = INTEGER_MAX) -> Kept:
    """Return which profile version a place has to keep at an instant; without one, the last that is known of."""
    return kept_at(kept_in(place, session.records.place_profiles(place.id)), at_ms)


def place_profile(session: Session, place: Place, at_ms: int = INTEGER_MAX) -> Profile | None:
    """Return the profile of a place as it holds in its kind; None if it is not loaded or has no limits for a box."""
    kept = kept_here(session, place, at_ms)
    profile = profile_of(session, kept.profile, kept.version)
    return None if profile is None else _at(profile, place.kind)


def place_profiles(session: Session, place: Place) -> tuple[tuple[int, Profile], ...]:
    """Return all that a place has to keep, each from an instant on; what is not loaded or has no limits is left out."""
    kept = kept_in(place, session.records.place_profiles(place.id))
    found = [(one.from_ms, profile_of(session, one.profile, one.version)) for one in kept]
    held = [(from_ms, _at(profile, place.kind)) for from_ms, profile in found if profile is not None]
    return tuple((from_ms, profile) for from_ms, profile in held if profile is not None)


def keeps_other_limits(session: Session, unit: Unit, place: Place, at_ms: int = INTEGER_MAX) -> bool:
    """Tell whether a place keeps other limits than a unit needs in such a place, or nobody knows what it needs."""
    kept, own = place_profile(session, place, at_ms), profile_of(session, unit.profile, unit.profile_version)
    return kept is not None and _limits(kept) != _limits(_at(own, place.kind) if own else None)


def finding_profile(session: Session, finding: Finding) -> Profile | None:
    """Return the profile version that a finding names, as it holds in the finding's place."""
    profile = profile_of(session, finding.profile, finding.profile_version)
    place = session.records.place(finding.place)
    return None if profile is None else _at(profile, place.kind if place else PlaceKind.FRIDGE)


def watched_probes(session: Session, place: Place, at_ms: int = INTEGER_MAX) -> list[Watched]:
    """Return the probes of a place, load probes first; empty if its profile at an instant is not loaded."""
    profile = place_profile(session, place, at_ms)
    if profile is None:
        return []
    kept = place_profiles(session, place)
    probes = [probe for probe in session.records.probes() if probe.place == place.id]
    probes.sort(key=lambda probe: (probe.role is not ProbeRole.LOAD, probe.id))
    counted = counted_in(work_of(session.records, place.id, probes))
    return [
        Watched(
            probe=probe,
            profile=profile,
            horizon_ms=session.books.horizon(probe.gateway),
            counted=counted[probe.id],
            kept=kept if len(kept) > 1 else (),
        )
        for probe in probes
    ]


def _limits(profile: Profile | None) -> tuple[int | None, bool, int, bool] | None:
    if profile is None:
        return None
    return profile.low_micro_celsius, profile.low_inclusive, profile.high_micro_celsius, profile.high_inclusive


def _at(profile: Profile, kind: PlaceKind) -> Profile | None:
    try:
        return profile.at(kind)
    except InvalidValueError:
        return None  # a box whose profile says nothing of transport: nothing can be judged there


def history_into(session: Session, watched: Watched, from_ms: int, to_ms: int) -> History:
    """Return the readings of a window and those before it that still speak into it, corrected, counting or not."""
    return watched.counted.corrected(
        session.readings.history(watched.probe.id, from_ms - watched.profile.hold_ms, to_ms)
    )


def counted_into(session: Session, watched: Watched, from_ms: int, to_ms: int, uncertainties: int = 0) -> History:
    """Return of those the ones that count, corrected as well: through the door by which the fold reads them."""

    def every(begin_ms: int, end_ms: int) -> History:
        return session.readings.history(watched.probe.id, begin_ms, end_ms)

    return watched.counted.measured(every, uncertainties)(from_ms - watched.profile.hold_ms, to_ms)


def measure_of(session: Session, watched: Watched, uncertainties: int = 0) -> Measure:
    """Return the function that says how long each condition lasted at this probe in a window."""

    def measure(from_ms: int, to_ms: int) -> Durations:
        history = counted_into(session, watched, from_ms, to_ms, uncertainties)
        parts = watched.parts(from_ms, to_ms)
        found = [durations(history, profile, begin, end, watched.horizon_ms) for profile, begin, end in parts]
        return found[0] if len(found) == 1 else _added(found)

    return measure


def _added(parts: list[Durations]) -> Durations:
    """Return the durations of parts of a window, one after the other under its own limits, as those of all of it."""
    lows = [one.min_micro_celsius for one in parts if one.min_micro_celsius is not None]
    highs = [one.max_micro_celsius for one in parts if one.max_micro_celsius is not None]
    return Durations(
        within_ms=sum(one.within_ms for one in parts),
        too_warm_ms=sum(one.too_warm_ms for one in parts),
        too_cold_ms=sum(one.too_cold_ms for one in parts),
        never_measured_ms=sum(one.never_measured_ms for one in parts),
        awaited_ms=sum(one.awaited_ms for one in parts),
        min_micro_celsius=min(lows, default=None),
        max_micro_celsius=max(highs, default=None),
    )


def sides_of(session: Session, watched: Watched, direction: Direction | None) -> Sides | None:
    """Return the same for readings at both ends of their uncertainty; None where that is not known."""
    if not watched.counted.uncertain:
        return None
    nearer, farther = (measure_of(session, watched, shifted(direction, side)) for side in (NEARER, FARTHER))
    return Sides(nearer, farther, known=True)


def watched_of(session: Session, finding: Finding, probes: Sequence[Probe] | None = None) -> Watched | None:
    """Return a finding's probe under the profile version that the finding names; None if either is not known.

    `probes`: every registered one, where they are known; with many findings they are read once.
    """
    every = session.records.probes() if probes is None else probes
    probe = next((probe for probe in every if probe.id == finding.probe), None)
    profile = finding_profile(session, finding)
    if probe is None or profile is None:
        return None
    counted = counted_in(work_of(session.records, probe.place, every))[probe.id]
    horizon_ms = session.books.horizon(probe.gateway)
    return Watched(probe=probe, profile=profile, horizon_ms=horizon_ms, counted=counted)


def probe_now(session: Session, watched: Watched, now_ms: int) -> ProbeNow:
    """Return what a probe says now."""
    probe = watched.probe
    last = watched.counted.corrected(session.readings.last_before(probe.id, now_ms + 1))
    taken_ms = int(last.taken_ms[0]) if len(last) else None
    quality = Quality(int(last.quality[0])) if len(last) else None
    return ProbeNow(
        id=probe.id,
        place=probe.place,
        gateway=probe.gateway,
        role=probe.role,
        state=_state(watched, last, taken_ms, now_ms),
        last_taken_ms=taken_ms,
        last_micro_celsius=int(last.micro_celsius[0]) if quality is Quality.GOOD else None,
        last_quality=quality,
    )


def _state(watched: Watched, last: History, taken_ms: int | None, now_ms: int) -> Condition:
    # A gateway sends every few seconds: the last few are always on their way and say nothing about the place.
    known_to_ms = min(now_ms, max(watched.horizon_ms, 0 if taken_ms is None else taken_ms + 1))
    at_ms = known_to_ms if now_ms - known_to_ms <= watched.profile.hold_ms else now_ms
    if taken_ms is not None and not watched.counted.at(taken_ms):
        last = EMPTY
    return spans(last, watched.profile, at_ms - 1, at_ms, watched.horizon_ms)[-1].condition
