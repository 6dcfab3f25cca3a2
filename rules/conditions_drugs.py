"""Medicines, reagents and vaccines: mean kinetic temperature (A47), heat and freeze (A48). Pure. Never for blood.

Limits and windows are the profile's (USP <1079.2>: 24 h for controlled cold, 30 days for room temperature; WHO PQS
E006: above +8 for 10 h, at or below -0.5 for 60 min). The mean alone is not enough: the highest value stands beside it.
"""

import numpy as np

from coldchain.alarms import Condition, Severity, SubjectKind
from coldchain.facts import Quality
from coldchain.history import History
from coldchain.sums import Tally
from rules.conditions import HOUR_MS, MINUTE_MS
from rules.kinetic import mean_kinetic_micro_celsius
from rules.limits import KineticLimit, VaccineAlarm
from rules.profile_sections import KINETIC_FOR
from rules.standing import PlaceFacts, ProbeFacts


def of_kinetic(facts: PlaceFacts, one: ProbeFacts, limit: KineticLimit, tally: Tally) -> Condition | None:
    """Return that the mean kinetic temperature of a window is above its limit; nothing of a product that has none."""
    mean = mean_kinetic_micro_celsius(tally) if facts.profile.product in KINETIC_FOR else None
    if mean is None or mean <= limit.high_micro_celsius:
        return None
    at_ms = one.taken_ms or facts.now_ms
    values: dict[str, int | str] = {
        "what": "kinetic",
        "micro_celsius": mean,
        "limit_micro_celsius": limit.high_micro_celsius,
        "peak_micro_celsius": int(tally.values.max()),
        "hours": limit.window_ms // HOUR_MS,
    }
    return _condition(facts, one, "A47", (Severity.HIGH, at_ms, at_ms), values)


def of_vaccine(facts: PlaceFacts, one: ProbeFacts, alarm: VaccineAlarm, curve: History) -> list[Condition]:
    """Return heat and freeze of a vaccine compartment: since when its last readings are beyond, and how far.

    Time that nobody measured between two readings beyond counts: nobody can show that it was back.
    """
    good = curve.quality == Quality.GOOD
    taken_ms, value = curve.taken_ms[good], curve.micro_celsius[good]
    found = []
    for what, beyond, limit, lasts_ms in (
        ("heat", value > alarm.heat_micro_celsius, alarm.heat_micro_celsius, alarm.heat_ms),
        ("freeze", value <= alarm.freeze_micro_celsius, alarm.freeze_micro_celsius, alarm.freeze_ms),
    ):
        inside = np.flatnonzero(~beyond)
        first = int(inside[-1]) + 1 if len(inside) else 0
        if first == len(value):
            continue
        since_ms, peak = int(taken_ms[first]), value[first:].max() if what == "heat" else value[first:].min()
        values: dict[str, int | str] = {
            "what": what,
            "limit_micro_celsius": limit,
            "peak_micro_celsius": int(peak),
            "hours": (facts.now_ms - since_ms) // HOUR_MS,
            "minutes": (facts.now_ms - since_ms) // MINUTE_MS,
        }
        found.append(_condition(facts, one, "A48", (Severity.CRITICAL, since_ms, since_ms + lasts_ms), values))
    return found


def _condition(
    facts: PlaceFacts, one: ProbeFacts, rule: str, grave: tuple[Severity, int, int], values: dict[str, int | str]
) -> Condition:
    return Condition(
        rule=rule,
        severity=grave[0],
        subject_kind=SubjectKind.PROBE,
        subject=one.probe.id,
        since_ms=grave[1],
        due_ms=grave[2],
        site=facts.place.site,
        place=facts.place.id,
        values={"probe": one.probe.id, "role": one.probe.role.value, **values},
    )
