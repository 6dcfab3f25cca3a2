"""What the page of one unit says, put into words; the template only arranges it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from api.beside_unit import Beside, ended_notice, held_note, read_beside, why_recalled, why_released
from api.expiries import to_be_confirmed
from api.figures import (
    ProbeFigures,
    Standing,
    UnitFigures,
    beyond_tolerance,
    profile_differs,
    standing_of,
    unit_figures,
)
from api.inside import inside_kind
from api.limits import limit_text, limits_text, profile_name
from api.running import ExposureView, FindingView, exposure_view, finding_view
from api.trace import default_window
from api.watching import (
    ProbeNow,
    finding_profile,
    keeps_other_limits,
    place_profile,
    probe_now,
    profile_of,
    watched_probes,
)
from api.whereabouts import UnitWhere, where_is
from api.wording import Words
from coldchain.decisions import standing_holds
from coldchain.entries import Issue, Manifest, StayRecord
from coldchain.places import Place, ProbeRole
from coldchain.ports import Session
from coldchain.units import Direction, Finding, FindingKind, FindingStatus, Hold, Unit
from rules.profile import Profile

LISTED_MAX: Final = 100  # rows of each table; the newest stay, the API has all
REASONS_MAX: Final = 6
LEAD_MS: Final = 6 * 3_600_000  # how much of the trace is shown before the first finding

TONES: Final = {
    Standing.HELD: "alarm",
    Standing.NO_RECORD: "wait",
    Standing.NOT_MEASURED: "warn",
    Standing.AWAITING: "wait",
    Standing.OUTSIDE: "warn",
    Standing.WITHIN: "calm",
}

CHART_KEYS: Final = (
    *("within", "too-warm", "too-cold", "never-measured", "awaited", "certain", "possible", "unknown"),
    *("role.load", "role.air", "mains-lost"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What the record says of a unit, read in one session.

    `profiles`: by finding, as the limits held there. `kept`: by place in which it was, as its limits hold there.
    `elsewhere`: places in which it was and that keep other limits than it needs: their word on it is not its own.
    """

    unit: Unit
    profile: Profile | None
    places: dict[str, Place]
    roles: dict[str, str]
    stays: Sequence[StayRecord]
    exposures: Sequence[ExposureView]
    findings: dict[str, FindingView]
    profiles: dict[str, Profile | None]
    kept: dict[str, Profile | None]
    elsewhere: Sequence[str]
    where: UnitWhere
    manifests: Sequence[Manifest]
    issues: Sequence[Issue]
    holds: Sequence[Hold]
    beside: Beside
    held_units: dict[str, int]
    figures: UnitFigures
    standing: Standing
    expiry_unchecked: bool
    probes: Sequence[ProbeNow]
    tags: Sequence[str]
    gateways: Sequence[str]
    now_ms: int

    @property
    def last_ms(self) -> int | None:
        """When a probe beside the unit last said something; None if none ever did."""
        taken = [probe.last_taken_ms for probe in self.probes if probe.last_taken_ms is not None]
        return max(taken, default=None)

    @property
    def misplaced(self) -> bool:
        """Whether all that could be said is by limits that are not the unit's own."""
        return bool(self.elsewhere) and self.standing in {Standing.WITHIN, Standing.OUTSIDE}

    @property
    def much_unknown(self) -> bool:
        """Whether more of the unit's time was never measured than its profile tolerates."""
        return beyond_tolerance(self.figures, self.profile)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """Why a unit stands as it does: what happened in its place, and what that means for it."""

    what: str
    meaning: str
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """The top of the page."""

    tone: str
    title: str
    directions: list[Direction]
    unknown: str
    reasons: list[Reason]
    notices: list[str]
    steps: list[str]


def read_unit(session: Session, unit: Unit, now_ms: int) -> Known:
    """Read all that the page of a unit needs."""
    records = session.records
    stays = records.stays_of_unit(unit.id)
    holds = standing_holds(records.holds_of_unit(unit.id))
    exposures = records.exposures_of_unit(unit.id)
    named = dict.fromkeys([*(one.finding for one in exposures), *(one.finding for one in holds)])
    found = {name: finding for name in named if (finding := records.finding(name))}
    figures = unit_figures(session, stays, now_ms)
    places = {place.id: place for place in records.places()}
    here = {stay.place for stay in stays if inside_kind(stay, now_ms)}
    visited = dict.fromkeys(stay.place for stay in stays if not stay.withdrawn)
    watched = [one for name in visited if name in places for one in watched_probes(session, places[name], now_ms)]
    return Known(
        unit=unit,
        profile=profile_of(session, unit.profile, unit.profile_version),
        places=places,
        roles={probe.id: probe.role for probe in records.probes()},
        stays=stays,
        exposures=[exposure_view(session, one, found.get(one.finding), stays, now_ms) for one in exposures],
        findings={name: finding_view(session, finding, now_ms) for name, finding in found.items()},
        profiles={name: finding_profile(session, finding) for name, finding in found.items()},
        kept={name: place_profile(session, places[name], now_ms) for name in visited if name in places},
        elsewhere=[at for at in visited if at in places and keeps_other_limits(session, unit, places[at], now_ms)],
        where=where_is(session, unit.id, now_ms),
        manifests=[one for name in visited for one in records.manifests(name) if unit.id in one.units],
        issues=records.issues_of_unit(unit.id),
        holds=holds,
        beside=read_beside(session, unit.id, holds, now_ms),
        held_units={name: len(records.exposures_of_finding(name)) for name in found},
        figures=figures,
        standing=standing_of(holds, figures),
        expiry_unchecked=to_be_confirmed(session, unit),
        probes=[probe_now(session, one, now_ms) for one in watched if one.probe.place in here],
        tags=[binding.epc for binding in records.bindings_of_unit(unit.id)],
        gateways=sorted({one.probe.gateway for one in watched}),
        now_ms=now_ms,
    )


def chart_window(known: Known, hours: int | None) -> tuple[int, int]:
    """Return what the chart shows: the hours asked for, or two days, begun before the first finding that holds."""
    if hours is not None:
        return default_window(known.stays, None, known.now_ms, hours)
    held = {hold.finding for hold in known.holds if hold.basis_stands}
    starts = [view.finding.start_ms - LEAD_MS for name, view in known.findings.items() if name in held]
    return default_window(known.stays, min(starts, default=None), known.now_ms, 48)


def verdict(known: Known, words: Words) -> Verdict:
    """Put into words how the unit stands, why, and what to do next."""
    reasons = _reasons(known, words)
    beside = known.standing is Standing.HELD and known.much_unknown
    return Verdict(
        tone=_tone(known),
        title=_title(known, words),
        directions=list(dict.fromkeys(_directions(known))),
        unknown=words.say("standing.held.unknown", unknown=words.lasted(known.figures.unknown_ms)) if beside else "",
        reasons=reasons[:REASONS_MAX],
        notices=_notices(known, words),
        steps=_steps(known, words),
    )


def place_name(known: Known, place: str, words: Words) -> str:
    """Return a place's name in the page's language, or its id."""
    return words.pick(known.places[place].name) if place in known.places else place


def evidence(by: str, words: Words) -> str:
    """Return by whose word a stay began or ended."""
    return words.say(f"by.{by}") if words.knows(f"by.{by}") else by


def place_names(known: Known, words: Words) -> dict[str, str]:
    """Return the names of the places in which the unit was, by id and in its order, for the chart and its legend."""
    return {place: place_name(known, place, words) for place in sorted(known.kept)}


def limits_kept(known: Known, words: Words) -> list[tuple[str, str]]:
    """Return the limits under which the unit was, each with the places' names; without names if all are the same."""
    kept: dict[str, list[str]] = {}
    for place, profile in known.kept.items():
        if profile is not None:
            kept.setdefault(limits_text(profile, words), []).append(place_name(known, place, words))
    return [(limits, words.say("comma").join(names) if len(kept) > 1 else "") for limits, names in kept.items()]


def chart_words(words: Words) -> dict[str, str]:
    """Return the words that the chart writes."""
    named = {name: words.say(f"trace.{name}") for name in ("stays", "doors", "away", "empty", "failed")}
    return named | {key: words.say(key) for key in CHART_KEYS}


def _title(known: Known, words: Words) -> str:
    """Return the headline. Where more time is unknown than the profile tolerates, that leads; only a hold is graver."""
    if known.holds and known.where.to is not None:
        return words.say("standing.held.issued", to=known.where.to)
    if known.misplaced:
        return words.say("standing.elsewhere")
    led = known.much_unknown and words.knows(f"standing.{known.standing}.unknown") and not known.holds
    figures = known.figures
    counted_ms = figures.as_of_ms - (figures.as_of_ms if figures.counted_from_ms is None else figures.counted_from_ms)
    released = known.beside.released is not None and known.standing in {Standing.WITHIN, Standing.OUTSIDE}
    return words.say(
        "standing.released" if released and not led else f"standing.{known.standing}{'.unknown' if led else ''}",
        out=words.lasted(figures.out_ms),
        unknown=words.lasted(figures.unknown_ms),
        unmeasured=words.lasted(counted_ms),
        since=words.clock(figures.as_of_ms - counted_ms, figures.as_of_ms),
    )


def _tone(known: Known) -> str:
    """Return the look of the verdict; much unknown time, or not knowing where the unit is, does not look calm."""
    if known.holds and known.where.to is not None:
        return "urgent"
    unsure = known.figures.away_since_ms is not None or known.much_unknown or known.misplaced
    return "warn" if known.standing is Standing.WITHIN and unsure else TONES[known.standing]


def _directions(known: Known) -> list[Direction]:
    held = [known.findings[hold.finding].finding for hold in known.holds if hold.finding in known.findings]
    return [finding.direction for finding in held if finding.direction]


def _reasons(known: Known, words: Words) -> list[Reason]:
    if known.standing is Standing.HELD:
        return [_held_reason(known, hold, words) for hold in _gravest_first(known)]
    figures = known.figures
    if known.misplaced:
        places = words.say("comma").join(place_name(known, name, words) for name in known.elsewhere)
        return [Reason(what=words.say("why.elsewhere", places=places), meaning="")]
    released = (
        [] if known.beside.released is None else [Reason(what=why_released(known.beside.released, words), meaning="")]
    )
    if released and known.standing is Standing.OUTSIDE:
        return released  # there was a finding, so that nothing may be said of a delay that was not reached
    within_ms = sum(probe.within_ms for probe in _deciding(figures))
    text = words.say(
        f"why.{known.standing}",
        within=words.lasted(within_ms, up=False),
        unknown=words.lasted(figures.unknown_ms),
        awaited=words.lasted(figures.awaited_ms),
        out=words.lasted(figures.out_ms),
    )
    return [*released, Reason(what=text, meaning="")]


def _deciding(figures: UnitFigures) -> list[ProbeFigures]:
    first: dict[str, ProbeFigures] = {}
    for probe in figures.probes:
        first.setdefault(probe.place, probe)
    return list(first.values())


def _gravest_first(known: Known) -> list[Hold]:
    def rank(hold: Hold) -> tuple[bool, bool, bool, bool, int]:
        view = known.findings.get(hold.finding)
        load = view is not None and known.roles.get(view.finding.probe) == ProbeRole.LOAD
        running = view is not None and view.running
        return (not hold.basis_stands, not running, not hold.certain, not load, -hold.placed_ms)

    return sorted(known.holds, key=rank)


def _held_reason(known: Known, hold: Hold, words: Words) -> Reason:
    view = known.findings.get(hold.finding)
    note = held_note(hold, words)
    if view is None:
        return Reason(what=why_recalled(known.beside, hold, words), meaning="", note=note)
    exposure = next((one.exposure for one in known.exposures if one.exposure.finding == hold.finding), None)
    meaning = ""
    if exposure and not exposure.withdrawn:
        meaning = words.say(
            "why.certain" if exposure.certain else "why.possible",
            out=words.lasted_between(exposure.out_ms_min, exposure.out_ms_max),
        )
        if exposure.unknown_ms_max:
            meaning += " " + words.say("why.unknown", unknown=words.lasted(exposure.unknown_ms_max))
    return Reason(what=_what_happened(known, view.finding, words), meaning=meaning, note=note)


def _what_happened(known: Known, finding: Finding, words: Words) -> str:
    cold = finding.direction is Direction.TOO_COLD
    profile = known.profiles.get(finding.id)
    return words.say(
        f"why.{finding.kind}",
        place=place_name(known, finding.place, words),
        role=words.say(f"role.{known.roles.get(finding.probe, 'none')}"),
        direction=words.say(finding.direction) if finding.direction else "",
        period=words.period(finding.start_ms, finding.end_ms),
        peak_name=words.say("min" if cold else "max"),
        peak=words.celsius(finding.peak_micro_celsius),
        limit=limit_text(profile, words, cold=cold) if profile else words.say("start.profile.missing"),
        out=words.say("unknown") if finding.out_ms is None else words.lasted(finding.out_ms),
        unknown=words.say("unknown") if finding.unknown_ms is None else words.lasted(finding.unknown_ms),
    )


def _notices(known: Known, words: Words) -> list[str]:
    """Return what must be seen beside the verdict: expiry, limits that are not confirmed, a place with other limits."""
    notices = ended_notice(known.beside, words)
    unit = known.unit
    if unit.expires_ms is not None and unit.expires_ms <= known.now_ms:
        notices.append(words.say("why.expired", at=words.when(unit.expires_ms)))
    if known.where.to is not None:
        issued = words.when(known.where.since_ms or known.now_ms)
        notices.append(words.say("why.issued", to=known.where.to, at=issued))
    elif known.figures.away_since_ms is not None:
        notices.append(words.say("why.away", since=words.when(known.figures.away_since_ms)))
    if known.profile is None:
        needed = words.say("profile.name", id=unit.profile, version=unit.profile_version)
        notices.append(words.say("profile.missing", profile=needed))
    elif not known.profile.confirmed:
        notices.append(words.say("profile.to-be-confirmed"))
    if known.standing in {Standing.HELD, Standing.NOT_MEASURED} and known.figures.awaited_ms:
        notices.append(words.say("why.awaiting", awaited=words.lasted(known.figures.awaited_ms)))
    for name in dict.fromkeys(stay.place for stay in known.stays if inside_kind(stay, known.now_ms)):
        place = known.places.get(name)
        holding = known.kept.get(name)
        if place and profile_differs(unit, holding):
            kept = profile_name(holding, words) if holding else words.say("start.profile.missing")
            needed = words.say("profile.name", id=unit.profile, version=unit.profile_version)
            notices.append(words.say("why.profile", place=words.pick(place.name), kept=kept, needed=needed))
    return notices


def _steps(known: Known, words: Words) -> list[str]:
    unknown = [words.say("next.unknown")] if known.much_unknown else []
    if known.misplaced:
        issued = [] if known.where.to is None else [words.say("next.issued")]
        return [words.say("next.elsewhere"), *issued, *unknown]
    match known.standing:
        case Standing.HELD:
            return _held_steps(known, words)
        case Standing.AWAITING:
            gateways = ", ".join(known.gateways) or words.say("unknown")
            return [words.say("next.awaiting.1"), words.say("next.awaiting.2", gateways=gateways), *unknown]
        case Standing.WITHIN if known.where.to is not None:
            return [words.say("next.issued"), *unknown]
        case Standing.WITHIN if known.figures.away_since_ms is not None:
            return [words.say("next.within.away"), *unknown]
        case Standing.WITHIN:
            judged = [words.say("next.within.2")] if known.figures.unknown_ms else []
            return unknown or [words.say("next.within.1"), *judged]
        case Standing.OUTSIDE | Standing.RELEASED:
            return [words.say(f"next.{Standing.OUTSIDE}.1"), *unknown]
        case Standing.NO_RECORD:
            return [words.say(f"next.{known.standing}.1")]
        case Standing.NOT_MEASURED:
            return [words.say("next.not-measured.1"), words.say("next.not-measured.2")]


def _held_steps(known: Known, words: Words) -> list[str]:
    named = dict.fromkeys(hold.finding for hold in _gravest_first(known))
    held = [known.findings[name].finding for name in named if name in known.findings]
    steps = []
    told = words.say("next.held.2" if held else "next.held.2.plain", findings=", ".join(one.id for one in held))
    if known.where.to is not None:
        return [words.say("next.held.call", to=known.where.to), words.say("next.issued"), told]
    if any(finding.status is FindingStatus.OPEN and finding.kind is FindingKind.EXCURSION for finding in held):
        steps.append(words.say("next.held.open"))
    if known.profile is None:
        steps.append(words.say("next.held.1.plain"))
    else:
        steps.append(words.say("next.held.1", limits=limits_text(known.profile, words)))
    if any(inside_kind(stay, known.now_ms) == "possible" for stay in known.stays):
        steps.append(words.say("next.held.possible"))
    return [*steps, told, *([words.say("next.held.3")] if held else [])]
