"""When a probe is not believed (A30): it is stuck, it jumps and comes back, or two probes of a place disagree. Pure.

Findings of the sensor, never of the cold: no reading is thrown away for them, and they hide no excursion. Thresholds
are the profile's (Profile.plausibility); a profile that names none asks for none of it. Judged at full hours, as
rules.rolling says.
"""

from itertools import pairwise
from typing import Final

import numpy as np

from coldchain.facts import Quality
from coldchain.history import Bools, History, Int64
from coldchain.units import FindingKind
from rules.excuses import Excused, nothing_excused
from rules.fold_state import Episode
from rules.intervals import Interval, united, without
from rules.limits import Plausibility, Profile
from rules.rolling import HOUR_MS

RULE_SENSOR: Final = "A30"
STUCK: Final = "stuck"  # Finding.detail
JUMP: Final = "jump"
SIBLINGS: Final = "siblings"
READINGS_MIN: Final = 2  # of an hour, to say that nothing moved in it
BACK_MS: Final = 600_000  # PROP: a jump that comes back within 10 min is one of the sensor
MINUTE_MS: Final = 60_000


def stuck(history: History, rules: Plausibility, from_ms: int, to_ms: int) -> list[Episode]:
    """Return when all readings of so many full hours differed by no more than the profile's noise.

    from_ms and to_ms are full hours. An hour with less than two readings says nothing. It lasts on while the last full
    hour belongs to it.
    """
    hours = _hours(history, from_ms, to_ms)
    needed = max(1, -(-rules.flat_ms // HOUR_MS))
    flat: list[Interval] = []
    for at in range(len(hours) - needed + 1):
        window = hours[at : at + needed]
        known = [one for one in window if one is not None]
        if len(known) == needed and _range(known) <= rules.flat_micro_celsius:
            flat.append((from_ms + at * HOUR_MS, from_ms + (at + needed) * HOUR_MS))
    return [
        _episode(STUCK, begin, begin + needed * HOUR_MS, None if end == to_ms else end) for begin, end in united(flat)
    ]


def jumps(history: History, rules: Plausibility, to_ms: int) -> list[Episode]:
    """Return jumps by more than the profile allows in a minute that went back the same way within 10 min."""
    good = history.quality == Quality.GOOD
    taken, values = history.taken_ms[good], history.micro_celsius[good]
    if len(taken) < 3:
        return []
    steps = np.maximum(np.diff(taken), MINUTE_MS)
    change = np.diff(values)
    far = np.abs(change) * MINUTE_MS > rules.jump_micro_celsius_per_min * steps
    found: list[Episode] = []
    for there in (np.flatnonzero(far) + 1).tolist():
        begin = int(taken[there])
        if begin >= to_ms or (found and begin <= (found[-1].end_ms or 0)):
            continue
        back = _back(taken, change, far, there)
        if back is not None and back < to_ms:
            found.append(_episode(JUMP, begin, begin, back))
    return found


def disagree(
    one: History, other: History, profile: Profile, other_id: str, to_ms: int, excused: Excused = nothing_excused
) -> list[Episode]:
    """Return when two probes of a place were apart by more than the profile allows, for so long without a break.

    Where one of them says nothing the break is there. It lasts on while both still differ at to_ms. `excused`: time in
    which a door or a defrost explains that an air probe is warmer than the load; it breaks nothing and counts for
    nothing, so a freezer's defrost is no fault of a sensor.
    """
    rules = profile.plausibility
    if rules is None or not len(one) or not len(other):
        return []
    begins = np.concatenate([one.taken_ms, other.taken_ms])
    cuts = np.unique(np.concatenate([begins, begins + profile.hold_ms]))
    cuts = np.append(cuts[cuts < to_ms], np.int64(to_ms))
    (mine, known), (theirs, also) = (_at(history, cuts, profile.hold_ms) for history in (one, other))
    apart = known & also & (np.abs(mine - theirs) > rules.siblings_micro_celsius)
    spans = united(zip(cuts[:-1][apart[:-1]].tolist(), cuts[1:][apart[:-1]].tolist(), strict=True))
    return [
        _episode(f"{SIBLINGS}:{other_id}", begin, condition_ms, None if end == to_ms else end)
        for begin, end in spans
        if (condition_ms := _unexplained(begin, end, rules.siblings_ms, excused)) is not None
    ]


def _unexplained(begin: int, end: int, needed_ms: int, excused: Excused) -> int | None:
    """Return when so much of a stretch had passed that nothing excuses; None: it never had."""
    if end - begin < needed_ms:
        return None
    for low, high in without([(begin, end)], excused(begin, end)):
        if high - low >= needed_ms:
            return low + needed_ms
        needed_ms -= high - low
    return None


def _back(taken: Int64, change: Int64, far: Bools, there: int) -> int | None:
    for at in range(there, len(change)):
        if taken[at + 1] - taken[there] > BACK_MS:
            return None
        if far[at] and (change[at] > 0) != (change[there - 1] > 0):
            return int(taken[at + 1])
    return None


def _range(hours: list[Interval]) -> int:
    return max(high for _, high in hours) - min(low for low, _ in hours)


def _hours(history: History, from_ms: int, to_ms: int) -> list[Interval | None]:
    """Return the lowest and highest good reading of each full hour; None where there are too few."""
    part = history.between(from_ms, to_ms)
    good = part.quality == Quality.GOOD
    taken, values = part.taken_ms[good], part.micro_celsius[good]
    edges = np.searchsorted(taken, np.arange(from_ms, to_ms + 1, HOUR_MS), "left").tolist()
    found: list[Interval | None] = []
    for low, high in pairwise(edges):
        some = values[low:high]
        found.append((int(some.min()), int(some.max())) if high - low >= READINGS_MIN else None)
    return found


def _at(history: History, cuts: Int64, hold_ms: int) -> tuple[Int64, Bools]:
    index = np.searchsorted(history.taken_ms, cuts, "right") - 1
    last = np.maximum(index, 0)
    speaks = (index >= 0) & (cuts < history.taken_ms[last] + hold_ms) & (history.quality[last] == Quality.GOOD)
    return history.micro_celsius[last], speaks


def _episode(detail: str, start_ms: int, condition_ms: int, end_ms: int | None) -> Episode:
    return Episode(
        kind=FindingKind.SENSOR_FAULT,
        rule=RULE_SENSOR,
        detail=detail,
        direction=None,
        start_ms=start_ms,
        condition_ms=condition_ms,
        end_ms=end_ms,
    )
