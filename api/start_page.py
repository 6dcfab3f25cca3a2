"""What the overview says: every place and its state, units on hold, findings. Bounded; the API has all."""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Final

from api.routes_places import InsideUnit, place_view, units_inside
from api.running import FindingView, finding_view
from api.watching import ProbeNow, profile_of
from coldchain.places import Place
from coldchain.ports import Session
from coldchain.units import Finding, Hold, Unit
from rules.classes import Condition
from rules.profile import Profile

LISTED_MAX: Final = 100
INSIDE_LISTED_MAX: Final = 300

TONES: Final = {
    Condition.TOO_WARM: "alarm",
    Condition.TOO_COLD: "alarm",
    Condition.NEVER_MEASURED: "warn",
    Condition.AWAITED: "wait",
    Condition.WITHIN: "calm",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceNow:
    """A place on the overview. `state` is that of the probe that decides: the first, load before air."""

    place: Place
    profile: Profile | None
    state: Condition
    tone: str
    probes: Sequence[ProbeNow]
    inside: Sequence[InsideUnit]
    certain: int
    possible: int
    findings_open: int
    held: int


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldUnit:
    """A unit on hold and the findings that it is held for."""

    unit: Unit
    holds: Sequence[Hold]
    findings: Sequence[Finding]
    certain: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """All that the overview shows."""

    places: Sequence[PlaceNow]
    places_all: int
    names: dict[str, Place]
    units: dict[str, Unit]
    held: Sequence[HeldUnit]
    held_all: int
    findings: Sequence[FindingView]
    findings_all: int
    last_ms: int | None
    now_ms: int


def read_start(session: Session, now_ms: int) -> Start:
    """Read all that the overview needs."""
    places = session.records.places()
    on_hold = {hold.unit for hold in session.records.holds()}
    shown = [_place_now(session, place, on_hold, now_ms) for place in places[:LISTED_MAX]]
    held, held_all = _held(session)
    findings = session.records.findings()[::-1]
    inside = [one.unit for place in shown for one in place.inside]
    taken = [probe.last_taken_ms for place in shown for probe in place.probes if probe.last_taken_ms is not None]
    return Start(
        places=shown,
        places_all=len(places),
        names={place.id: place for place in places},
        units={name: unit for name in inside if (unit := session.records.unit(name))},
        held=held,
        held_all=held_all,
        findings=[finding_view(session, finding, now_ms) for finding in findings[:LISTED_MAX]],
        findings_all=len(findings),
        last_ms=max(taken, default=None),
        now_ms=now_ms,
    )


def _place_now(session: Session, place: Place, held: AbstractSet[str], now_ms: int) -> PlaceNow:
    view = place_view(session, place, now_ms)
    state = view.probes[0].state if view.probes else Condition.NEVER_MEASURED
    # An open finding of any probe outweighs what the deciding probe says at this moment.
    tone = "alarm" if view.findings_open else TONES[state]
    inside = units_inside(session, place.id, now_ms)
    return PlaceNow(
        place=place,
        profile=profile_of(session, place.profile, place.profile_version),
        state=state,
        tone=tone,
        probes=view.probes,
        inside=inside[:INSIDE_LISTED_MAX],
        certain=view.units_certain,
        possible=view.units_possible,
        findings_open=len(view.findings_open),
        held=sum(one.unit in held for one in inside),
    )


def _held(session: Session) -> tuple[list[HeldUnit], int]:
    """Return the units that were put on hold last, and how many there are."""
    by_unit: dict[str, list[Hold]] = {}
    for hold in reversed(session.records.holds()):
        by_unit.setdefault(hold.unit, []).append(hold)
    held = []
    for name, holds in list(by_unit.items())[:LISTED_MAX]:
        unit = session.records.unit(name)
        if unit is not None:
            found = [finding for hold in holds if (finding := session.records.finding(hold.finding))]
            certain = any(hold.certain for hold in holds)
            held.append(HeldUnit(unit=unit, holds=holds, findings=found, certain=certain))
    return held, len(by_unit)
