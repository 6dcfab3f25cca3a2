"""Conditions of units and of the closed loop, from what is known of them as values. Pure; no number is guessed.

Limits are the profile's (A08, A09, A14, A26, A27). The rest are the catalogue's defaults (PROP): a unit that is not
seen for 10 minutes (A38), without a final state for 24 and 72 h (A39), a hand-over that is incomplete for 15 minutes
(A18), an emergency case open for 24 h (A42). `issue`: the hand-over that nothing contradicts since, who is out there
(rules.whereabouts.standing_issue); None: nobody has it.
"""

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Final

from coldchain.alarms import RANK, Condition, Severity, SubjectKind
from coldchain.closed_loop import ClockName, ClockState, Emergency, Handover, LiveUnit, UnitClock
from coldchain.entries import Issue, Receipt
from coldchain.places import Place
from coldchain.units import Hold
from rules.closed_loop import Fit
from rules.conditions import DAY_MS, HOUR_MS, MINUTE_MS, Steps, graver, minutes
from rules.stock import SEVERITY, PlanState, Stock

UNSEEN_MS: Final = 10 * MINUTE_MS
HANDOVER_MS: Final = 15 * MINUTE_MS
CASE_MS: Final = DAY_MS
OPEN: Final[Steps] = ((DAY_MS, Severity.MEDIUM), (3 * DAY_MS, Severity.HIGH))

Values = dict[str, int | str]


def of_outing(live: LiveUnit, issue: Issue | None, place: Place | None, clock: UnitClock) -> Condition | None:
    """A08: out of controlled storage, not issued, for as long as its profile warns of or allows."""
    if clock.limit_ms is None or clock.since_ms is None or issue is not None or not clock.running:
        return None
    says = {ClockState.WARNED: "warned", ClockState.OVER: "over", ClockState.POSSIBLY_OVER: "possible"}.get(clock.state)
    if says is None:
        return None
    values: Values = {
        "what": says,
        "minutes": clock.most_ms // MINUTE_MS,
        "limit_minutes": clock.limit_ms // MINUTE_MS,
    }
    due_ms = clock.since_ms + (clock.warn_ms or clock.limit_ms)
    return _of_unit("A08", Severity.HIGH, live.unit, place, (clock.since_ms, due_ms), values)


def of_transfusion(live: LiveUnit, issue: Issue | None, place: Place | None, clock: UnitClock) -> Condition | None:
    """A09: issued, and the time in which a transfusion has to end is nearly over, or over; for a day, then A39."""
    says = {ClockState.WARNED: "warned", ClockState.OVER: "over"}.get(clock.state)
    if says is None or clock.limit_ms is None or clock.since_ms is None or issue is None or not clock.running:
        return None
    if clock.most_ms >= DAY_MS:
        return None
    values: Values = {
        "what": says,
        "minutes": clock.most_ms // MINUTE_MS,
        "limit_minutes": clock.limit_ms // MINUTE_MS,
        "to": issue.to,
    }
    due_ms = clock.since_ms + (clock.warn_ms or clock.limit_ms)
    return _of_unit("A09", Severity.HIGH, live.unit, place, (clock.since_ms, due_ms), values)


def of_environment(live: LiveUnit, place: Place, suits: Fit, now_ms: int) -> Condition | None:
    """A10: undoubtedly in a place whose profile does not suit it. Presence has asked several rounds before it says so.

    Critical where no temperature suits both, high where the place's limits are only wider.
    """
    if suits is Fit.FITS:
        return None
    since_ms = now_ms if live.entered_ms is None else live.entered_ms
    values: Values = {"what": suits.value, "profile": live.profile, "place_profile": place.profile}
    severity = Severity.CRITICAL if suits is Fit.WRONG else Severity.HIGH
    return _of_unit("A10", severity, live.unit, place, (since_ms, since_ms), values)


def of_expiry(place: Place, units: Sequence[LiveUnit], warn_ms: int, now_ms: int) -> list[Condition]:
    """A14: what in a place has expired (high) or expires within the profile's warning (medium): one condition each."""
    dated = sorted((one.expires_ms, one.unit) for one in units if one.expires_ms is not None)
    gone = [one for one in dated if one[0] <= now_ms]
    near = [one for one in dated if now_ms < one[0] <= now_ms + warn_ms]
    found = []
    if gone:
        values: Values = {"what": "expired", "number": len(gone), "unit": gone[0][1]}
        found.append(_of_place("A14", Severity.HIGH, place, (gone[0][0], gone[0][0]), values, "expired"))
    if near:
        since_ms = near[0][0] - warn_ms
        values = {"what": "near", "number": len(near), "unit": near[0][1], "hours": (near[0][0] - now_ms) // HOUR_MS}
        found.append(_of_place("A14", Severity.MEDIUM, place, (since_ms, since_ms), values, "near"))
    return found


def of_issue(live: LiveUnit, issue: Issue | None, place: Place | None, holds: Iterable[Hold]) -> Condition | None:
    """A16: issued although it was on hold, or had expired, at that time. It has happened: somebody has to be called."""
    if issue is None:
        return None
    held = any(hold.placed_ms <= issue.at_ms for hold in holds)
    expired = live.expires_ms is not None and live.expires_ms <= issue.at_ms
    if not held and not expired:
        return None
    values: Values = {"what": "held" if held else "expired", "to": issue.to}
    return _of_unit("A16", Severity.CRITICAL, live.unit, place, (issue.at_ms, issue.at_ms), values)


def of_another(live: LiveUnit, issue: Issue | None, place: Place | None, *, its_own: bool) -> Condition | None:
    """A16: kept for one patient, and issued without naming this one. It has happened: somebody has to be called."""
    if issue is None or its_own:
        return None
    values: Values = {"what": "another", "to": issue.to}
    times = issue.at_ms, issue.at_ms
    subject = SubjectKind.UNIT, live.unit
    return _condition("A16", Severity.CRITICAL, subject, place, times, values, "another")


def of_transfer(live: LiveUnit, issue: Issue | None, place: Place, *, barred: bool) -> Condition | None:
    """A17: issued from one hospital to another one."""
    if not barred or issue is None:
        return None
    values: Values = {"what": "transfer", "giver": place.site, "to": issue.to}
    return _of_unit("A17", Severity.HIGH, live.unit, place, (issue.at_ms, issue.at_ms), values)


def of_handover(
    leg: str, place: Place | None, arrived_ms: int, signed: Sequence[Handover], now_ms: int
) -> Condition | None:
    """A18: a crate has arrived, or one has signed, and 15 minutes later two have not."""
    if len(signed) > 1 or now_ms < arrived_ms + HANDOVER_MS:
        return None
    values: Values = {
        "what": signed[0].party.value if signed else "none",
        "minutes": minutes(arrived_ms, now_ms),
    }
    times = arrived_ms, arrived_ms + HANDOVER_MS
    return _condition("A18", Severity.HIGH, (SubjectKind.LEG, leg), place, times, values)


def of_receipt(receipt: Receipt, place: Place | None, settled: AbstractSet[str] = frozenset()) -> list[Condition]:
    """A19: what was received is not what the packing list names; what a person scanned or did not find is counted.

    `settled`: units of which it is known since where they are, or that they came to their end.
    """
    here, named = {*receipt.read, *receipt.scanned}, {*receipt.expected}
    lots = {"missing": sorted(named - here - settled), "extra": sorted(here - named - settled)}
    found = []
    for says, units in lots.items():
        if units and receipt.came_in:
            values: Values = {"what": says, "leg": receipt.manifest, "number": len(units), "unit": units[0]}
            times = receipt.to_ms, receipt.to_ms
            subject = SubjectKind.LEG, receipt.id
            found.append(_condition("A19", Severity.HIGH, subject, place, times, values, says))
    return found


def of_mix(place: Place, profiles: Iterable[str], now_ms: int) -> Condition:
    """A24: one box holds units that no temperature suits together."""
    values: Values = {"what": "mixed", "profiles": ", ".join(sorted(set(profiles)))}
    return _of_place("A24", Severity.HIGH, place, (now_ms, now_ms), values)


def of_together(place: Place, reserved: Sequence[str], since_ms: int) -> Condition | None:
    """A24: units for one patient lie among others. Autologous units are kept apart (2004/33/EC, annex IV, 3.1)."""
    if not reserved:
        return None
    values: Values = {"what": "together", "number": len(reserved), "unit": min(reserved)}
    return _of_place("A24", Severity.HIGH, place, (since_ms, since_ms), values, "together")


def of_exposures(live: LiveUnit, place: Place | None, clocks: Iterable[UnitClock], now_ms: int) -> list[Condition]:
    """A26 and A27: a second excursion ever, and time outside that adds up to what the profile lets one unit bear."""
    found = []
    for clock in clocks:
        since_ms = now_ms if clock.since_ms is None else clock.since_ms
        times = since_ms, since_ms
        if clock.clock is ClockName.EXCURSIONS and clock.state in {ClockState.OVER, ClockState.POSSIBLY_OVER}:
            says = "again" if clock.state is ClockState.OVER else "possible"
            values: Values = {"what": says, "number": clock.occasions}
            found.append(_of_unit("A26", Severity.HIGH, live.unit, place, times, values))
        reached = clock.state in {ClockState.WARNED, ClockState.OVER, ClockState.POSSIBLY_OVER}
        if clock.clock is ClockName.BUDGET and reached and clock.limit_ms is not None:
            limit = clock.limit_ms // MINUTE_MS
            values = {"what": "unit", "minutes": clock.most_ms // MINUTE_MS, "limit_minutes": limit}
            severity = Severity.MEDIUM if clock.state is ClockState.WARNED else Severity.HIGH
            found.append(_of_unit("A27", severity, live.unit, place, times, values))
        if clock.clock is ClockName.BUDGET and clock.state is ClockState.OVER and clock.limit_ms is None:
            values = {"what": "beyond", "minutes": clock.most_ms // MINUTE_MS, "number": clock.occasions}
            found.append(_of_unit("A27", Severity.HIGH, live.unit, place, times, values))
    return found


def together(found: Sequence[Condition], places: Mapping[str, Place]) -> list[Condition]:
    """Return conditions of units with those of one place, rule and kind as one: one cause must not be fifty alarms.

    The gravest severity and the earliest time count; a unit that is in no place speaks for itself.
    """
    groups: dict[tuple[str, str, str], list[Condition]] = {}
    alone = []
    for one in found:
        if one.place in places:
            groups.setdefault((one.rule, str(one.values.get("what", "")), one.place), []).append(one)
        else:
            alone.append(one)
    for (rule, what, place), several in groups.items():
        gravest = max((one.severity for one in several), key=RANK.__getitem__)
        since_ms, due_ms = min(one.since_ms for one in several), min(one.due_ms for one in several)
        values: Values = {"what": f"{what}-several", "number": len(several), "unit": several[0].subject}
        alone.append(_of_place(rule, gravest, places[place], (since_ms, due_ms), values, what))
    return alone


def of_unseen(live: LiveUnit, place: Place | None, now_ms: int) -> Condition | None:
    """A38: not seen where it should be for 10 minutes, and nobody took it out."""
    since_ms = live.unseen_ms
    if since_ms is None or now_ms < since_ms + UNSEEN_MS:
        return None
    values: Values = {"what": "unseen", "minutes": minutes(since_ms, now_ms)}
    return _of_unit("A38", Severity.HIGH, live.unit, place, (since_ms, since_ms + UNSEEN_MS), values)


def of_open(live: LiveUnit, issue: Issue | None, place: Place | None, now_ms: int) -> Condition | None:
    """A39: issued, and a day later without a final state; graver after three days."""
    if issue is None or now_ms < issue.at_ms + DAY_MS:
        return None
    since_ms = issue.at_ms
    values: Values = {"what": "open", "to": issue.to, "hours": (now_ms - since_ms) // HOUR_MS}
    severity = graver(OPEN, since_ms, now_ms)
    return _of_unit("A39", severity, live.unit, place, (since_ms, since_ms + DAY_MS), values)


def of_stock(stock: Stock, now_ms: int) -> Condition | None:
    """A40: a stock is below a level that people have set."""
    severity = SEVERITY.get(stock.level)
    if severity is None or stock.limit is None:
        return None
    subject = " ".join(part for part in (stock.site, stock.component, stock.blood_group) if part)
    values: Values = {
        "what": stock.level.value,
        "number": stock.released,
        "limit": stock.limit,
    }
    return _condition("A40", severity, (SubjectKind.SITE, subject), None, (now_ms, now_ms), values, site=stock.site)


def of_none_left(stock: Stock, site: str, now_ms: int) -> Condition | None:
    """A40: holds have taken all of a group; `site`: whom to tell, the stock's own site or the station."""
    if not stock.taken_by_holds:
        return None
    subject = " ".join(part for part in (stock.site, stock.component, stock.blood_group) if part)
    values: Values = {"what": "none-left", "number": stock.held, "waiting": stock.waiting}
    told = "none-left" if site == stock.site else "none-left-station"
    return _condition(
        "A40", Severity.CRITICAL, (SubjectKind.SITE, subject), None, (now_ms, now_ms), values, finding=told, site=site
    )


def of_plan(state: PlanState, begin_ms: int) -> Condition | None:
    """A41: the month's plan is exceeded, or will be if use goes on as it did."""
    if not state.over:
        return None
    values: Values = {"what": "plan", "number": state.issued, "limit": state.plan.units}
    if state.projected is not None:
        values["projected"] = state.projected
    subject = SubjectKind.MEMBER, f"{state.plan.site} {state.plan.component}"
    times = begin_ms, begin_ms
    return _condition("A41", Severity.MEDIUM, subject, None, times, values, site=state.plan.site)


def of_case(case: Emergency, now_ms: int) -> Condition | None:
    """A42: an emergency case is not completed a day after it was opened."""
    if case.closed_ms is not None or now_ms < case.opened_ms + CASE_MS:
        return None
    values: Values = {"what": "open", "to": case.to, "hours": (now_ms - case.opened_ms) // HOUR_MS}
    times = case.opened_ms, case.opened_ms + CASE_MS
    return _condition("A42", Severity.MEDIUM, (SubjectKind.SITE, case.id), None, times, values, site=case.site)


def clock_of(clocks: Iterable[UnitClock], name: ClockName) -> UnitClock | None:
    """Return one of a unit's clocks."""
    return next((one for one in clocks if one.clock is name), None)


def _of_unit(
    rule: str, severity: Severity, unit: str, place: Place | None, times: tuple[int, int], values: Values
) -> Condition:
    return _condition(rule, severity, (SubjectKind.UNIT, unit), place, times, values)


def _of_place(
    rule: str, severity: Severity, place: Place, times: tuple[int, int], values: Values, finding: str = ""
) -> Condition:
    return _condition(rule, severity, (SubjectKind.PLACE, place.id), place, times, values, finding)


def _condition(
    rule: str,
    severity: Severity,
    subject: tuple[SubjectKind, str],
    place: Place | None,
    times: tuple[int, int],
    values: Mapping[str, int | str],
    finding: str = "",
    site: str = "",
) -> Condition:
    return Condition(
        rule=rule,
        severity=severity,
        subject_kind=subject[0],
        subject=subject[1],
        since_ms=times[0],
        due_ms=times[1],
        site=site if place is None else place.site,
        place="" if place is None else place.id,
        finding=finding,
        values=dict(values),
    )
