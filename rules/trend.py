"""Whether a cabinet gets worse (A43): how long its cooling cycle takes, how much of it it cools, how it recovers. Pure.

Learnt from the air probe alone, for few cabinets tell of their compressor: between a turn upwards and the next one lies
a cycle, the falling part of it is cooling. Each day of the last thirty is one number; the last 24 hours are compared
with the mean and the spread of the days before them (catalogue, PROP: more than two standard deviations for 24 h). A
freezer's defrosts are part of its own days. Fewer than two weeks of days compare with nothing.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import fmean, stdev
from typing import Final

from coldchain.facts import Quality
from coldchain.history import History
from rules.conditions import DAY_MS, HOUR_MS, MINUTE_MS

BASELINE_DAYS: Final = 30
DAYS_MIN: Final = 14
SIGMAS: Final = 2.0
SPREAD_MIN: Final = 0.1  # of the mean: days that are all alike do not make every other day a failure
SWING_MICRO_CELSIUS: Final = 300_000  # a smaller turn is noise of the sensor
MEASURED_MS: Final = 20 * HOUR_MS  # of a day; with less it counts for nothing
HELD_MS: Final = 5 * MINUTE_MS
CYCLES_A_DAY: Final = 8  # a compressor makes more of them; fewer are doors
OPENINGS_MIN: Final = 3
RECOVERED_MICRO_CELSIUS: Final = 500_000  # above what the air had before the door was opened
RECOVERY_MOST_MS: Final = 2 * HOUR_MS


@dataclass(frozen=True, slots=True, kw_only=True)
class Worse:
    """What got worse: `what` "period", "duty" or "recovery", the last 24 hours and the mean of the days before."""

    what: str
    now: float
    baseline: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Cycle:
    """From one turn upwards to the next; `falling_ms` of it the air became colder."""

    begin_ms: int
    end_ms: int
    falling_ms: int


def cycles(history: History) -> list[Cycle]:
    """Return the cooling cycles of an air probe, by time. A gap in the readings ends one that is never counted."""
    turns = _turns(history)
    found = []
    for (low, _, up), (high, _, down), (end, _, _) in zip(turns, turns[1:], turns[2:], strict=False):
        if up and not down:
            found.append(Cycle(begin_ms=low, end_ms=end, falling_ms=end - high))
    return found


def recoveries(history: History, openings: Iterable[tuple[int, int]]) -> list[tuple[int, float]]:
    """Return of each opening of a door (opened_ms, closed_ms) when it was shut and after how many minutes it was cold.

    Cold is half a degree above what the air had before. An opening that hardly warmed it, or was followed by the next
    one, says nothing.
    """
    found = []
    for opened_ms, closed_ms in openings:
        before, after = (
            history.between(opened_ms - HELD_MS, opened_ms),
            history.between(closed_ms, closed_ms + RECOVERY_MOST_MS),
        )
        values = after.micro_celsius[after.quality == Quality.GOOD]
        if not len(before) or before.quality[-1] != Quality.GOOD or not len(values):
            continue
        cold = int(before.micro_celsius[-1]) + RECOVERED_MICRO_CELSIUS
        if values[0] <= cold:
            continue
        back = after.taken_ms[(after.quality == Quality.GOOD) & (after.micro_celsius <= cold)]
        end_ms = int(back[0]) if len(back) else closed_ms + RECOVERY_MOST_MS
        found.append((closed_ms, (end_ms - closed_ms) / MINUTE_MS))
    return found


def worse(history: History, openings: Iterable[tuple[int, int]], now_ms: int) -> list[Worse]:
    """Return what got worse over the last 24 hours against the thirty days before them."""
    found, back = cycles(history), recoveries(history, openings)
    numbers: dict[str, list[float | None]] = {"period": [], "duty": [], "recovery": []}
    for day in range(BASELINE_DAYS + 1):
        begin_ms, end_ms = now_ms - (day + 1) * DAY_MS, now_ms - day * DAY_MS
        own = [one for one in found if begin_ms <= one.begin_ms < end_ms]
        minutes = [length for at_ms, length in back if begin_ms <= at_ms < end_ms]
        measured = _measured(history.between(begin_ms, end_ms)) >= MEASURED_MS
        numbers["period"].append(DAY_MS / MINUTE_MS / max(1, len(own)) if measured else None)
        numbers["duty"].append(_duty(own) if measured else None)
        numbers["recovery"].append(fmean(minutes) if len(minutes) >= OPENINGS_MIN else None)
    return [one for what, days in numbers.items() if (one := _worse(what, days)) is not None]


def _worse(what: str, days: Sequence[float | None]) -> Worse | None:
    now, before = days[0], [one for one in days[1:] if one is not None]
    if now is None or len(before) < DAYS_MIN:
        return None
    mean = fmean(before)
    if what == "period" and mean > DAY_MS / MINUTE_MS / CYCLES_A_DAY:
        return None
    limit = mean + SIGMAS * max(stdev(before), SPREAD_MIN * abs(mean))
    return Worse(what=what, now=now, baseline=mean) if now > limit else None


def _duty(own: Sequence[Cycle]) -> float | None:
    if len(own) < CYCLES_A_DAY:
        return None
    return 100.0 * sum(one.falling_ms for one in own) / sum(one.end_ms - one.begin_ms for one in own)


def _measured(history: History) -> int:
    """Return for how long a history speaks, each reading for five minutes at most."""
    gaps = (history.taken_ms[1:] - history.taken_ms[:-1]).clip(max=HELD_MS)
    return int(gaps.sum())


def _turns(history: History) -> list[tuple[int, int, bool]]:
    """Return the turns (at_ms, value, whether it rises from there), each a swing away from the one before."""
    good = history.quality == Quality.GOOD
    times, values = history.taken_ms[good].tolist(), history.micro_celsius[good].tolist()
    turns: list[tuple[int, int, bool]] = []
    low = high = (0, 0)
    rising: bool | None = None
    for at, (at_ms, value) in enumerate(zip(times, values, strict=True)):
        if at == 0 or at_ms - times[at - 1] > 2 * HELD_MS:
            low = high = (at_ms, value)
            rising = None
        low = (at_ms, value) if value < low[1] else low
        high = (at_ms, value) if value > high[1] else high
        if rising is not True and value - low[1] >= SWING_MICRO_CELSIUS:
            turns += [] if rising is None else [(*low, True)]
            rising, high = True, (at_ms, value)
        elif rising is not False and high[1] - value >= SWING_MICRO_CELSIUS:
            turns += [] if rising is None else [(*high, False)]
            rising, low = False, (at_ms, value)
    return turns
