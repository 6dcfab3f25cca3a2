"""How a unit stands: kept back, waiting for the record, or within limits with so many minutes unknown.

Nobody is told that a unit is good: the best that this says is that it was within limits for the time that was
measured, and how much time was not.
"""

from collections.abc import Sequence
from enum import StrEnum

import msgspec

from api.answers import WINDOW_MS_MAX
from api.watching import Watched, kept_here, measure_of, watched_probes
from coldchain.entries import StayRecord
from coldchain.places import Place
from coldchain.ports import Session
from coldchain.units import Hold, Unit
from rules.exposure import Durations
from rules.profile import Profile


class Standing(StrEnum):
    """The one thing to know about a unit, the gravest first."""

    HELD = "held"  # a finding put it on hold; only a person can end that
    NO_RECORD = "no-record"  # it was never seen in a watched place: nothing is known
    NOT_MEASURED = "not-measured"  # it was in a place of ours, and no probe measured anything there
    AWAITING = "awaiting"  # a gateway still has part of its record: not to be issued until it is here
    OUTSIDE = "outside-without-finding"  # outside limits, but for less than the profile's delay
    RELEASED = "released"  # a person ended its holds; what was found of it stands, and the figures beside say how long
    WITHIN = "within"


class ProbeFigures(msgspec.Struct, frozen=True, kw_only=True):
    """How long each condition lasted at one probe while the unit was, or may have been, in its place."""

    place: str
    probe: str | None
    role: str | None
    profile: str
    profile_version: int
    hold_ms: int
    within_ms: int = 0
    too_warm_ms: int = 0
    too_cold_ms: int = 0
    never_measured_ms: int = 0
    awaited_ms: int = 0
    min_micro_celsius: int | None = None
    max_micro_celsius: int | None = None


class UnitFigures(msgspec.Struct, frozen=True, kw_only=True):
    """The figures of a unit from counted_from_ms to as_of_ms.

    `unwatched_ms`: time since then in no place of ours, which nobody measured; since `away_since_ms` it is so now.
    `measured_ms`, `out_ms`, `unknown_ms` and `awaited_ms` are those of the deciding probes: per place the first, load
    before air. The others stand beside them; air alone leaves the limits whenever a door opens.
    """

    as_of_ms: int
    counted_from_ms: int | None
    probes: list[ProbeFigures]
    unwatched_ms: int
    away_since_ms: int | None
    measured_ms: int
    out_ms: int
    unknown_ms: int
    awaited_ms: int


def unit_figures(
    session: Session, stays: Sequence[StayRecord], now_ms: int, oldest_ms: int | None = None
) -> UnitFigures:
    """Count a unit's time by condition over its stays up to now_ms, from oldest_ms on (None: WINDOW_MS_MAX back)."""
    begin_ms = now_ms - WINDOW_MS_MAX if oldest_ms is None else oldest_ms
    windows = _windows([stay for stay in stays if not stay.withdrawn], begin_ms, now_ms)
    probes: list[ProbeFigures] = []
    deciding: list[ProbeFigures] = []
    for place_id in dict.fromkeys(place for place, _, _ in windows):
        place = session.records.place(place_id)
        parts = [(from_ms, to_ms) for name, from_ms, to_ms in windows if name == place_id]
        of_place = _place_figures(session, place, place_id, parts)
        deciding.append(of_place[0])
        probes += of_place
    ends = [to_ms for _, _, to_ms in windows]
    away_since_ms = max(ends) if ends and max(ends) < now_ms else None
    unwatched_ms = _between([*((from_ms, to_ms) for _, from_ms, to_ms in windows), (now_ms, now_ms)])
    return UnitFigures(
        as_of_ms=now_ms,
        counted_from_ms=min((from_ms for _, from_ms, _ in windows), default=None),
        probes=probes,
        unwatched_ms=unwatched_ms,
        away_since_ms=away_since_ms,
        measured_ms=sum(one.within_ms + one.too_warm_ms + one.too_cold_ms for one in deciding),
        out_ms=sum(one.too_warm_ms + one.too_cold_ms for one in deciding),
        unknown_ms=sum(one.never_measured_ms for one in deciding) + unwatched_ms,
        awaited_ms=sum(one.awaited_ms for one in deciding if one.awaited_ms > one.hold_ms),
    )


def standing_of(holds: Sequence[Hold], figures: UnitFigures) -> Standing:
    """Return how a unit stands."""
    if holds:
        return Standing.HELD
    if figures.counted_from_ms is None:
        return Standing.NO_RECORD
    # What was never measured does not come any more, however much else is still on its way.
    if not figures.measured_ms and (figures.unknown_ms or not figures.awaited_ms):
        return Standing.NOT_MEASURED
    if figures.awaited_ms:
        return Standing.AWAITING
    return Standing.OUTSIDE if figures.out_ms else Standing.WITHIN


def told_standing(standing: Standing, *, released: bool) -> Standing:
    """Return how a unit stands with what a person decided: what was released had a finding, and is never "without"."""
    return Standing.RELEASED if released and standing in {Standing.OUTSIDE, Standing.WITHIN} else standing


def beyond_tolerance(figures: UnitFigures, profile: Profile | None) -> bool:
    """Tell whether more time was never measured than the unit's profile tolerates; without limits none is."""
    return figures.unknown_ms > (profile.gap_tolerance_ms if profile else 0)


def profile_differs(unit: Unit, kept: Profile | None) -> bool:
    """Tell whether a place keeps another profile than the unit needs, or none that is known."""
    return kept is None or (unit.profile, unit.profile_version) != (kept.id, kept.version)


def _windows(stays: Sequence[StayRecord], oldest_ms: int, now_ms: int) -> list[tuple[str, int, int]]:
    """Return (place, from_ms, to_ms) of every stay as far as it is counted."""
    windows = [
        (stay.place, max(oldest_ms, stay.possible_from_ms), min(now_ms, stay.possible_to_ms or now_ms))
        for stay in stays
    ]
    return [window for window in windows if window[1] < window[2]]


def _place_figures(
    session: Session, place: Place | None, place_id: str, parts: Sequence[tuple[int, int]]
) -> list[ProbeFigures]:
    until_ms = max((to_ms for _, to_ms in parts), default=1) - 1
    watched = watched_probes(session, place, until_ms) if place else []
    if watched:
        return [_probe_figures(session, one, parts) for one in watched]
    kept = kept_here(session, place, until_ms) if place else None
    unmeasured_ms = sum(to_ms - from_ms for from_ms, to_ms in parts)
    return [
        ProbeFigures(
            place=place_id,
            probe=None,
            role=None,
            profile=kept.profile if kept else "",
            profile_version=kept.version if kept else 0,
            hold_ms=0,
            never_measured_ms=unmeasured_ms,
        )
    ]


def _probe_figures(session: Session, watched: Watched, parts: Sequence[tuple[int, int]]) -> ProbeFigures:
    measure = measure_of(session, watched)
    lasted = [measure(from_ms, to_ms) for from_ms, to_ms in parts]
    return ProbeFigures(
        place=watched.probe.place,
        probe=watched.probe.id,
        role=watched.probe.role,
        profile=watched.profile.id,
        profile_version=watched.profile.version,
        hold_ms=watched.profile.hold_ms,
        within_ms=sum(one.within_ms for one in lasted),
        too_warm_ms=sum(one.too_warm_ms for one in lasted),
        too_cold_ms=sum(one.too_cold_ms for one in lasted),
        never_measured_ms=sum(one.never_measured_ms for one in lasted),
        awaited_ms=sum(one.awaited_ms for one in lasted),
        **_extremes(lasted),
    )


def _extremes(lasted: Sequence[Durations]) -> dict[str, int | None]:
    lows = [one.min_micro_celsius for one in lasted if one.min_micro_celsius is not None]
    highs = [one.max_micro_celsius for one in lasted if one.max_micro_celsius is not None]
    return {"min_micro_celsius": min(lows, default=None), "max_micro_celsius": max(highs, default=None)}


def _between(windows: Sequence[tuple[int, int]]) -> int:
    """Return how long none of the windows lasted, from the first begin to the last end."""
    total = 0
    ordered = sorted(windows)
    end_ms = ordered[0][0]
    for from_ms, to_ms in ordered:
        total += max(0, from_ms - end_ms)
        end_ms = max(end_ms, to_ms)
    return total
