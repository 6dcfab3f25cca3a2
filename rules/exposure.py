"""What a stretch of time was like, and what a finding means for a unit that was there. Integers throughout."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

import numpy as np
from msgspec.structs import replace

from coldchain.facts import Quality
from coldchain.history import History, Int64
from coldchain.units import Direction, Exposure, Finding, Reason, Stay
from rules.classes import Class, Condition, classify_all
from rules.clock_words import ONE_CLOCK, StayClocks
from rules.custody import BY_LIST, BY_PERSON, BY_SCAN
from rules.intervals import OPEN_END_MS, Interval, clipped
from rules.profile import Profile


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A stretch of time in one condition, [from_ms, to_ms)."""

    from_ms: int
    to_ms: int
    condition: Condition


@dataclass(frozen=True, slots=True, kw_only=True)
class Durations:
    """How long each condition lasted in a window; the five sum up to its length. Extremes of what was measured."""

    within_ms: int = 0
    too_warm_ms: int = 0
    too_cold_ms: int = 0
    never_measured_ms: int = 0
    awaited_ms: int = 0
    min_micro_celsius: int | None = None
    max_micro_celsius: int | None = None

    @property
    def unknown_ms(self) -> int:
        """Time that is neither in range nor out of it."""
        return self.never_measured_ms + self.awaited_ms


Measure: TypeAlias = Callable[[int, int], Durations]


class Sides(NamedTuple):
    """Durations of readings at both ends of their uncertainty: nearer to the limits, and farther from them."""

    nearer: Measure
    farther: Measure
    known: bool = False


def spans(history: History, profile: Profile, from_ms: int, to_ms: int, horizon_ms: int) -> list[Span]:
    """Cut [from_ms, to_ms) into stretches of one condition, in order and without a hole.

    `history` must reach back to the last reading before from_ms, if there is one: it speaks into the window.
    Unknown time before horizon_ms was never measured, after it it is awaited.
    """
    result: list[Span] = []
    classes = classify_all(profile, history)
    starts = history.taken_ms
    cursor = from_ms
    for index in range(len(history)):
        begin = int(starts[index])
        following = int(starts[index + 1]) if index + 1 < len(history) else to_ms
        if following <= from_ms or begin >= to_ms:
            continue
        _unknown(result, cursor, min(begin, to_ms), horizon_ms)
        cursor = max(cursor, begin)
        held = min(begin + profile.hold_ms, following, to_ms)
        cls = Class(int(classes[index]))
        if held > cursor:
            condition = Condition.NEVER_MEASURED if cls is Class.FAULT else _CONDITIONS[cls]
            _append(result, cursor, held, condition)
            cursor = held
    _unknown(result, cursor, to_ms, horizon_ms)
    return result


def durations(history: History, profile: Profile, from_ms: int, to_ms: int, horizon_ms: int) -> Durations:
    """Return how long each condition lasted in [from_ms, to_ms): the sums of spans(), computed by columns."""
    if to_ms <= from_ms:
        return Durations()
    begin = history.taken_ms
    following = np.append(begin[1:], np.int64(OPEN_END_MS)) if len(begin) else begin
    classes = classify_all(profile, history)
    held_to = np.minimum(begin + profile.hold_ms, following)
    held = _clip(begin, held_to, from_ms, to_ms)
    good = history.quality == Quality.GOOD
    spoken = [int(held[classes == cls].sum()) for cls in (Class.WITHIN, Class.WARM, Class.COLD, Class.FAULT)]
    silent_from = np.append(np.int64(from_ms), held_to)
    silent_to = np.append(begin[:1] if len(begin) else np.int64(to_ms), following)
    awaited_from = max(from_ms, min(horizon_ms, to_ms))
    never = int(_clip(silent_from, silent_to, from_ms, awaited_from).sum())
    awaited = int(_clip(silent_from, silent_to, awaited_from, to_ms).sum())
    seen = history.micro_celsius[good & (held > 0)]
    return Durations(
        within_ms=spoken[0],
        too_warm_ms=spoken[1],
        too_cold_ms=spoken[2],
        never_measured_ms=spoken[3] + never,
        awaited_ms=awaited,
        min_micro_celsius=int(seen.min()) if len(seen) else None,
        max_micro_celsius=int(seen.max()) if len(seen) else None,
    )


def expose(
    unit: str,
    finding: Finding,
    stays: Sequence[Stay],
    measure: Callable[[int, int], Durations],
    known_to_ms: int = OPEN_END_MS,
    sides: Sides | None = None,
    within: Sequence[Interval] | None = None,
    clocks: StayClocks = ONE_CLOCK,
) -> Exposure | None:
    """Return what a finding means for a unit with these stays in its place, or None if they do not meet.

    `measure(from_ms, to_ms)` gives the durations of the finding's probe, `sides` those of its readings at both ends of
    their uncertainty, if that is known. Figures stay out while the overlap runs on. `within`: the only stretches in
    which the finding touches anybody, None: all of it. `clocks`: by which stays and readings were stamped.
    An open finding is known only as far as its probe is, known_to_ms: who came later is not touched by it yet. Nor is
    who met it only in time that is awaited: after an outage the newest reading comes before those that say how long
    the finding really was.
    """
    told = [stay for stay in stays if clocks.loosened(stay).possible_from_ms < known_to_ms]
    stays = [clocks.loosened(stay) for stay in told]
    whole = (finding.start_ms, finding.end_ms or OPEN_END_MS)
    windows = [whole] if within is None else clipped(within, *whole)
    possible = _meets([(s.possible_from_ms, s.possible_to_ms) for s in stays], windows)
    if not possible:
        return None
    certain = _meets(_certainly(stays), windows)
    running = possible[-1][1] == OPEN_END_MS
    reason, stay = _why(told, stays, windows, certain=bool(certain))
    exposure = Exposure(
        unit=unit,
        finding=finding.id,
        place=finding.place,
        certain=bool(certain),
        from_ms=possible[0][0],
        to_ms=None if running else possible[-1][1],
        reason=reason,
        listed=stay.listed if reason is Reason.EXPECTED else "",
        since_ms=stay.possible_from_ms if reason is Reason.UNSEEN_SINCE else None,
    )
    if running:
        return exposure
    if all(measure(*interval).awaited_ms == interval[1] - interval[0] for interval in possible):
        return None
    found = _figures(exposure, finding, (certain, possible), measure, sides or Sides(measure, measure))
    # What adds up to a finding has pauses: who was there only in one of them was not touched.
    return None if finding.detail and finding.direction and not found.out_ms_max else found


def _certainly(stays: Sequence[Stay]) -> list[tuple[int | None, int | None]]:
    return [
        (s.certain_from_ms, s.certain_to_ms if s.certain_to_ms is not None else s.possible_to_ms)
        for s in stays
        if s.certain_from_ms is not None
    ]


def _why(
    told: Sequence[Stay], stays: Sequence[Stay], windows: Sequence[Interval], *, certain: bool
) -> tuple[Reason, Stay]:
    """Return how it is known: as reason_of, unless only the clocks leave it open. `told`: stays as stamped."""
    touching = [s for s in told if _meets([(s.possible_from_ms, s.possible_to_ms)], windows)]
    if certain or (touching and not _meets(_certainly(told), windows)):
        return reason_of(stays if certain else told, windows, certain=certain)
    return Reason.CLOCK_UNCERTAIN, reason_of(stays, windows, certain=True)[1]


def reason_of(stays: Sequence[Stay], windows: Sequence[Interval], *, certain: bool) -> tuple[Reason, Stay]:
    """Return how it is known that a unit was, or may have been, inside within windows, and the stay that says it.

    The stay is the first that meets them. What a reader saw at one end goes before what it never saw.
    """
    touching = [s for s in stays if _meets([(s.possible_from_ms, s.possible_to_ms)], windows)]
    if certain:
        return Reason.CERTAIN, touching[0]
    found = [(_doubt(stay, windows), stay) for stay in touching]
    return min(found, key=lambda one: _SUREST_FIRST.index(one[0]))


def _doubt(stay: Stay, windows: Sequence[Interval]) -> Reason:
    if stay.certain_from_ms is None:
        words = {BY_LIST: Reason.EXPECTED, BY_PERSON: Reason.UNSEEN_SINCE, BY_SCAN: Reason.UNSEEN_SINCE}
        return words.get(stay.entered_by, Reason.ENTRY_UNCERTAIN)
    late = _meets([(stay.possible_from_ms, stay.certain_from_ms)], windows)
    return Reason.ENTRY_UNCERTAIN if late else Reason.EXIT_UNCERTAIN


def _figures(
    exposure: Exposure,
    finding: Finding,
    parts: tuple[Sequence[Interval], Sequence[Interval]],
    measure: Measure,
    sides: Sides,
) -> Exposure:
    certain, possible = parts
    least = [sides.nearer(*interval) for interval in certain]
    most = [measure(*interval) for interval in possible]
    widest = [sides.farther(*interval) for interval in possible] if sides.known else most
    doubt = sides.known and finding.direction is not None
    cold = finding.direction is Direction.TOO_COLD
    extremes = [d.min_micro_celsius if cold else d.max_micro_celsius for d in most]
    measured = [value for value in extremes if value is not None]
    peak = (min(measured) if cold else max(measured)) if measured and finding.direction else None
    return replace(
        exposure,
        out_ms_min=sum(_out(d, finding) for d in least),
        out_ms_max=sum(_out(d, finding) for d in widest),
        unknown_ms_max=sum(d.unknown_ms for d in most),
        peak_micro_celsius=peak,
        outside_certain=not doubt or any(_out(sides.nearer(*interval), finding) for interval in possible),
    )


def _out(d: Durations, finding: Finding) -> int:
    match finding.direction:
        case Direction.TOO_WARM:
            return d.too_warm_ms
        case Direction.TOO_COLD:
            return d.too_cold_ms
        case None:
            return d.too_warm_ms + d.too_cold_ms


def _meets(intervals: Sequence[tuple[int | None, int | None]], windows: Sequence[Interval]) -> list[Interval]:
    """Return the overlaps with windows, in order; an end of None is open."""
    result = []
    for begin, end in intervals:
        for window in windows:
            low = max(begin or 0, window[0])
            high = min(OPEN_END_MS if end is None else end, window[1])
            if low < high:
                result.append((low, high))
    return sorted(result)


def _clip(begin: Int64, end: Int64, low: int, high: int) -> Int64:
    clipped: Int64 = np.maximum(0, np.minimum(end, high) - np.maximum(begin, low))
    return clipped


def _unknown(result: list[Span], from_ms: int, to_ms: int, horizon_ms: int) -> None:
    _append(result, from_ms, min(to_ms, max(from_ms, horizon_ms)), Condition.NEVER_MEASURED)
    _append(result, max(from_ms, horizon_ms), to_ms, Condition.AWAITED)


def _append(result: list[Span], from_ms: int, to_ms: int, condition: Condition) -> None:
    if to_ms <= from_ms:
        return
    if result and result[-1].condition is condition and result[-1].to_ms == from_ms:
        from_ms = result.pop().from_ms
    result.append(Span(from_ms=from_ms, to_ms=to_ms, condition=condition))


_CONDITIONS = {Class.WITHIN: Condition.WITHIN, Class.WARM: Condition.TOO_WARM, Class.COLD: Condition.TOO_COLD}
_SUREST_FIRST = (Reason.EXIT_UNCERTAIN, Reason.ENTRY_UNCERTAIN, Reason.UNSEEN_SINCE, Reason.EXPECTED)
