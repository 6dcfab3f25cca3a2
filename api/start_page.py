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

GATEWAYS_NAMED_MAX: Final = 5
ASIDE_TEXTS: Final = ("aside.unknown-device", "aside.clock", "aside.other")
REASON_TEXTS: Final = {  # the intake's reasons, by what to do about them
    "unknown-device": "aside.unknown-device",
    **dict.fromkeys(("clock-wrong", "clock-unset", "future", "impossible-time"), "aside.clock"),
}

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
    """A unit on hold, and whether it was certainly inside."""

    unit: Unit
    certain: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldGroup:
    """Units on hold for the same findings; `missing` names findings that the record does not have."""

    findings: Sequence[Finding]
    missing: Sequence[str]
    units: Sequence[HeldUnit]


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptAside:
    """Something that the intake keeps aside: the text that says what to do, how much it is, and who sent it."""

    text: str
    n: int
    gateways: str
    path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """All that the overview shows."""

    places: Sequence[PlaceNow]
    places_all: int
    names: dict[str, Place]
    units: dict[str, Unit]
    held: Sequence[HeldGroup]
    held_shown: int
    held_all: int
    aside: Sequence[KeptAside]
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
        held_shown=sum(len(group.units) for group in held),
        held_all=held_all,
        aside=_kept_aside(session),
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


def _held(session: Session) -> tuple[list[HeldGroup], int]:
    """Return the units that were put on hold last, grouped by what they are held for, and how many there are."""
    by_unit: dict[str, list[Hold]] = {}
    for hold in reversed(session.records.holds()):
        by_unit.setdefault(hold.unit, []).append(hold)
    groups: dict[tuple[str, ...], list[HeldUnit]] = {}
    for name, holds in list(by_unit.items())[:LISTED_MAX]:
        unit = session.records.unit(name)
        if unit is not None:
            shared = tuple(sorted({hold.finding for hold in holds}))
            groups.setdefault(shared, []).append(HeldUnit(unit=unit, certain=any(hold.certain for hold in holds)))
    return [_held_group(session, names, held) for names, held in groups.items()], len(by_unit)


def _held_group(session: Session, names: Sequence[str], held: Sequence[HeldUnit]) -> HeldGroup:
    found = {name: session.records.finding(name) for name in names}
    return HeldGroup(
        findings=sorted((one for one in found.values() if one), key=lambda finding: (-finding.start_ms, finding.id)),
        missing=[name for name, finding in found.items() if finding is None],
        units=sorted(held, key=lambda one: (one.unit.donation_number, one.unit.id)),
    )


def _kept_aside(session: Session) -> list[KeptAside]:
    """Return what the intake keeps aside, by what to do about it."""
    books = session.books
    kept: dict[str, list[tuple[str, int]]] = {}
    # Counting the whole is cheap and mostly says that there is nothing to count by reason.
    for gateway, reason, n in books.quarantine_counts() if books.quarantine_size() else ():
        kept.setdefault(REASON_TEXTS.get(reason, "aside.other"), []).append((gateway, n))
    refused = [(gateway, n) for gateway, _, n in books.refused_counts()]
    aside = [_aside(text, kept[text], "/api/quarantine") for text in ASIDE_TEXTS if text in kept]
    if refused:
        aside.append(_aside("aside.refused", refused, "/api/refused"))
    tags = session.records.unbound_tags()
    return [*aside, _aside("aside.tags", [("", len(tags))], "/api/tags/unbound")] if tags else aside


def _aside(text: str, counts: Sequence[tuple[str, int]], path: str) -> KeptAside:
    gateways = sorted({gateway for gateway, _ in counts})
    shown = ", ".join(gateways[:GATEWAYS_NAMED_MAX]) + (", …" if len(gateways) > GATEWAYS_NAMED_MAX else "")
    return KeptAside(text=text, n=sum(n for _, n in counts), gateways=shown, path=path)
