"""Where a temperature goes: close to a limit (A04), a limit foreseen (A07), and what a power cut leads to (A06). Pure.

Close is the profile's `near_limit`, else the catalogue's 0.5 degrees for 10 min; foreseen is 30 min (PROP). Set points
within 0.5 degrees of the range are what the Australian Red Cross asks for (V). A reading that is late or missing ends
nothing: what was close is close until a reading says otherwise.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import msgspec
import numpy as np

from coldchain.alarms import Condition, Severity, SubjectKind
from coldchain.facts import Quality
from coldchain.history import EMPTY, History
from coldchain.places import ProbeRole
from coldchain.units import Direction, FindingKind, FindingStatus
from rules.conditions import HOUR_MS, MINUTE_MS, minutes
from rules.conditions_notices import empty_box
from rules.excuses import excused_since
from rules.forecast import Forecast, forecast
from rules.limits import NearLimit
from rules.standing import PlaceFacts, ProbeFacts

CLOSE: Final = NearLimit(margin_micro_celsius=500_000, delay_ms=10 * MINUTE_MS)  # of a profile that says nothing of it
FORESEEN_MS: Final = 30 * MINUTE_MS
LASTING_MS: Final = 6 * MINUTE_MS  # ago the curve has to have led there too: a door that was opened does not last
FORESEEN_THEN_MS: Final = 2 * FORESEEN_MS
RECENT_MS: Final = 70 * MINUTE_MS  # of each probe's curve, read at every look
STEADY_MS: Final = 2 * MINUTE_MS  # ago it has to have been foreseen and unusual already: one reading foresees nothing
USUAL_MS: Final = 3 * HOUR_MS  # how far back the usual range of a probe is looked for, before a limit is foreseen
USUAL_PERCENT: Final = 95.0  # of its readings; the rest are doors
USUAL_MARGIN: Final = 250_000  # and a cycle is never quite like the last one

_BOTH: Final = (Direction.TOO_WARM, Direction.TOO_COLD)
_WHAT: Final = {Direction.TOO_WARM: "too-warm", Direction.TOO_COLD: "too-cold"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Foreseen:
    """A limit that a probe will reach, as its curve up to its last reading at taken_ms says.

    `unusual`: that reading is already beyond where the probe usually is, and six minutes ago the curve led there too;
    else it may be a compressor's own cycle, or a door.
    """

    probe: str
    direction: Direction
    limit_micro_celsius: int
    forecast: Forecast
    taken_ms: int
    unusual: bool

    def left_ms(self, now_ms: int) -> int:
        """Return how long it is until then."""
        return max(0, self.taken_ms + self.forecast.likely_ms - now_ms)


def of_temperature(facts: PlaceFacts, curves: Mapping[str, History], ahead: Sequence[Foreseen]) -> list[Condition]:
    """Return what is close to a limit and what will reach one.

    `curves`: of each probe its last hours, at least one; `ahead`: what foreseen_of said of them. While a door or a
    defrost explains a rise no limit is foreseen, not even by a load probe; whether it is close is said all the time.
    """
    speaking = {one.probe.id: one for one in judged(facts)}
    found = []
    for name, one in speaking.items():
        found += [_close(facts, one, curves.get(name, EMPTY), direction) for direction in _BOTH]
    for seen in () if _excused(facts) else ahead:
        if seen.probe in speaking:
            found.append(_coming(facts, speaking[seen.probe], seen))
    return [one for one in found if one is not None]


def judged(facts: PlaceFacts) -> list[ProbeFacts]:
    """Return the probes whose last reading speaks for the place now; none of a place out of use, or an empty box.

    An air probe says nothing of the cold while a door or a defrost excuses it.
    """
    if facts.unused_since_ms is not None or empty_box(facts):
        return []
    excused = _excused(facts)
    return [
        one
        for one in facts.probes
        if one.heard
        and one.micro_celsius is not None
        and one.counted.why_not(facts.now_ms) is None
        and not (excused and one.probe.role is ProbeRole.AIR)
    ]


def _excused(facts: PlaceFacts) -> bool:
    """Tell whether a door or a defrost explains now what the temperature does; a door left open has its own alarm."""
    here = [event for contact, event in facts.contacts if event is not None and contact.place == facts.place.id]
    return bool(excused_since(here, facts.profile)(facts.now_ms, facts.now_ms + 1))


def foreseen_of(facts: PlaceFacts, curves: Mapping[str, History]) -> list[Foreseen]:
    """Return which limits the probes of a place will reach if it goes on like this. The only part that takes long."""
    found = []
    for one in judged(facts):
        curve = curves.get(one.probe.id, EMPTY)
        recent = curve.since(facts.now_ms - RECENT_MS)
        for direction in _BOTH:
            limit = _limit(facts, direction)
            seen = None if limit is None else forecast(recent, limit, direction)
            if limit is not None and seen is not None and one.taken_ms is not None:
                found.append(
                    Foreseen(
                        probe=one.probe.id,
                        direction=direction,
                        limit_micro_celsius=limit,
                        forecast=seen,
                        taken_ms=one.taken_ms,
                        unusual=_unusual(curve, seen.since_ms, one.micro_celsius or 0, direction)
                        and _lasts(recent, limit, direction)
                        and _steady(curve, recent, limit, direction),
                    )
                )
    return found


def with_forecast(cut: Condition, seen: Sequence[tuple[PlaceFacts, Foreseen]], now_ms: int) -> Condition:
    """Return a power cut's condition with the first limit that it leads to; critical where that is near, or over."""
    nearest = min(seen, key=lambda pair: (pair[1].left_ms(now_ms), pair[0].place.id), default=None)
    if nearest is None:
        return cut
    facts, left_ms = nearest[0], nearest[1].left_ms(now_ms)
    values = {
        **cut.values,
        "what": f"{cut.values['what']}-foreseen",
        "first_place": facts.place.id,
        "minutes_to_limit": left_ms // MINUTE_MS,
    }
    severity = Severity.CRITICAL if left_ms < FORESEEN_MS else cut.severity
    return msgspec.structs.replace(cut, severity=severity, values=values)


def _close(facts: PlaceFacts, one: ProbeFacts, curve: History, direction: Direction) -> Condition | None:
    limit, value = _limit(facts, direction), one.micro_celsius
    near = facts.profile.near_limit or CLOSE
    if limit is None or value is None or _found(facts, one, direction):
        return None
    warm, edge = direction is Direction.TOO_WARM, _edge(limit, near, direction)
    if value < edge if warm else value > edge:
        return None
    since_ms = _near_since(curve, edge, direction, one.taken_ms or facts.now_ms)
    beyond = facts.profile.too_warm(value) if warm else facts.profile.too_cold(value)
    what = f"beyond-{_WHAT[direction]}" if beyond else _WHAT[direction]
    return _condition(facts, "A04", one, since_ms, since_ms + near.delay_ms, limit, direction, {"what": what})


def _coming(facts: PlaceFacts, one: ProbeFacts, seen: Foreseen) -> Condition | None:
    ahead, left_ms = seen.forecast, seen.left_ms(facts.now_ms)
    if left_ms >= FORESEEN_MS or not seen.unusual or _found(facts, one, seen.direction):
        return None
    gone_ms = ahead.likely_ms - left_ms
    values: dict[str, int | str] = {
        "what": _WHAT[seen.direction],
        "minutes_to_limit": left_ms // MINUTE_MS,
        "earliest_minutes": max(0, ahead.earliest_ms - gone_ms) // MINUTE_MS,
    }
    if ahead.latest_ms is not None:
        values["latest_minutes"] = max(0, ahead.latest_ms - gone_ms) // MINUTE_MS
    return _condition(
        facts, "A07", one, ahead.since_ms, seen.taken_ms, seen.limit_micro_celsius, seen.direction, values
    )


def _condition(
    facts: PlaceFacts,
    rule: str,
    one: ProbeFacts,
    since_ms: int,
    due_ms: int,
    limit: int,
    direction: Direction,
    values: dict[str, int | str],
) -> Condition:
    return Condition(
        rule=rule,
        severity=Severity.HIGH,
        subject_kind=SubjectKind.PROBE,
        subject=one.probe.id,
        since_ms=since_ms,
        due_ms=due_ms,
        site=facts.place.site,
        place=facts.place.id,
        values={
            "direction": direction.value,
            "probe": one.probe.id,
            "role": one.probe.role.value,
            "micro_celsius": one.micro_celsius or 0,
            "limit_micro_celsius": limit,
            "minutes": minutes(since_ms, facts.now_ms),
            **values,
        },
    )


def _limit(facts: PlaceFacts, direction: Direction) -> int | None:
    profile = facts.profile
    return profile.high_micro_celsius if direction is Direction.TOO_WARM else profile.low_micro_celsius


def _edge(limit: int, near: NearLimit, direction: Direction) -> int:
    """Return from which value on a limit is close; that value itself is."""
    margin = near.margin_micro_celsius
    return limit - margin if direction is Direction.TOO_WARM else limit + margin


def _near_since(curve: History, edge: int, direction: Direction, last_ms: int) -> int:
    """Return when the last run of readings at an edge or beyond it began; faulty ones end no run."""
    good = curve.quality == Quality.GOOD
    taken_ms, value = curve.taken_ms[good], curve.micro_celsius[good]
    away = value < edge if direction is Direction.TOO_WARM else value > edge
    others = np.flatnonzero(away)
    first = int(others[-1]) + 1 if len(others) else 0
    return int(taken_ms[first]) if first < len(taken_ms) else last_ms


def _unusual(curve: History, since_ms: int, value: int, direction: Direction) -> bool:
    """Tell whether a value is beyond where its probe usually is: a compressor's cycle foresees no limit."""
    before = curve.between(since_ms - USUAL_MS, since_ms)
    usual = before.micro_celsius[before.quality == Quality.GOOD]
    if not len(usual):
        return True
    if direction is Direction.TOO_WARM:
        return bool(value > np.percentile(usual, USUAL_PERCENT) + USUAL_MARGIN)
    return bool(value < np.percentile(usual, 100.0 - USUAL_PERCENT) - USUAL_MARGIN)


def _lasts(recent: History, limit: int, direction: Direction) -> bool:
    """Tell whether six minutes ago the curve led to the limit as well, within the hour."""
    seen = forecast(_before(recent, LASTING_MS), limit, direction)
    return seen is not None and seen.likely_ms <= FORESEEN_THEN_MS


def _steady(curve: History, recent: History, limit: int, direction: Direction) -> bool:
    """Tell whether two minutes ago the limit was foreseen as well, of a value that was unusual already."""
    then = _before(recent, STEADY_MS)
    seen = forecast(then, limit, direction)
    if seen is None or seen.likely_ms >= FORESEEN_MS + STEADY_MS:
        return False
    value = int(then.micro_celsius[then.quality == Quality.GOOD][-1])
    return _unusual(curve, seen.since_ms, value, direction)


def _before(recent: History, ago_ms: int) -> History:
    return recent.part(0, int(np.searchsorted(recent.taken_ms, recent.taken_ms[-1] - ago_ms, "right")))


def _found(facts: PlaceFacts, one: ProbeFacts, direction: Direction) -> bool:
    """Tell whether a finding says it already, and more gravely."""
    return any(
        finding.probe == one.probe.id
        and finding.kind is FindingKind.EXCURSION
        and finding.direction is direction
        and finding.status is FindingStatus.OPEN
        for finding in facts.findings
    )
