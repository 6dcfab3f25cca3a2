"""Near a limit: what is outside for certain, and what only may be, given how uncertain corrected readings are. Pure.

A reading of 6.1 °C with an expanded uncertainty of 0.3 °C may be one of 5.8 °C. The fold judges what was read; beside
it every excursion says how long its readings would have been outside at the end of their uncertainty that is nearer to
the limits, and whether that alone would have been a finding. Where no certificate gives an uncertainty, all is certain.
"""

from collections.abc import Sequence

import msgspec

from coldchain.history import History
from coldchain.units import Direction, FindingKind
from rules.counted import Counted, Read
from rules.exposure import Durations, durations
from rules.fold_state import Episode
from rules.intervals import clipped
from rules.limits import Profile
from rules.rolling import CUMULATIVE, outside, over_budget
from rules.watch import Watch
from rules.watches import Watches, watch_at

NEARER, FARTHER = -1, 1  # to the limits, of a value that is too warm; the other way round of one that is too cold


def with_certainty(
    episodes: Sequence[Episode], counted: Counted, read: Read, watch: Watch | Watches, to_ms: int
) -> list[Episode]:
    """Return excursions with their mark and least time outside; to_ms is where one that lasts is known to."""
    if not counted.uncertain:
        return [_all_certain(one) for one in episodes]
    return [_marked(one, counted, read, watch_at(watch, one.start_ms), to_ms) for one in episodes]


def with_certain_sums(
    episodes: Sequence[Episode], counted: Counted, read: Read, profile: Profile, to_ms: int
) -> list[Episode]:
    """Return findings of rules beside the fold; time that adds up with its mark and the least that it may come to.

    `to_ms`: up to where one that lasts was judged.
    """
    found = [_all_certain(one) for one in episodes]
    if not counted.uncertain:
        return found
    return [_summed(one, counted, read, profile, to_ms) if one.detail == CUMULATIVE else one for one in found]


def _summed(one: Episode, counted: Counted, read: Read, profile: Profile, to_ms: int) -> Episode:
    rule, direction = profile.cumulative, one.direction
    if rule is None or direction is None:
        return one
    end_ms = to_ms if one.end_ms is None else one.end_ms
    nearer = counted.measured(read, shifted(direction, NEARER))(one.start_ms - profile.hold_ms, end_ms)
    stretches = clipped(outside(nearer, profile, direction, end_ms), one.start_ms, end_ms)
    least_ms = sum(end - begin for begin, end in stretches)
    certain = bool(over_budget(stretches, rule.window_ms, rule.budget_ms))
    return msgspec.structs.replace(one, certain=certain, out_ms_least=least_ms)


def shifted(direction: Direction | None, side: int) -> int:
    """Return by how many uncertainties values are moved so that they are nearer to, or farther from, the limits."""
    return -side if direction is Direction.TOO_COLD else side


def _all_certain(one: Episode) -> Episode:
    return msgspec.structs.replace(one, out_ms_least=one.out_ms) if one.out_ms != one.out_ms_least else one


def _marked(one: Episode, counted: Counted, read: Read, watch: Watch, to_ms: int) -> Episode:
    if one.kind is not FindingKind.EXCURSION or one.direction is None:
        return one
    hold_ms = watch.profile.hold_ms
    until_ms = max(one.start_ms, to_ms) if one.end_ms is None else one.end_ms
    nearer = counted.measured(read, shifted(one.direction, NEARER))(one.start_ms - hold_ms, until_ms)
    least = durations(nearer, watch.profile, one.start_ms, until_ms, watch.horizon_ms)
    out_ms = least.too_cold_ms if one.direction is Direction.TOO_COLD else least.too_warm_ms
    hard = _beyond_hard(nearer.since(one.start_ms), least, watch)
    certain = out_ms > 0 and (hard or out_ms >= watch.delay_ms(hard=False))
    return msgspec.structs.replace(one, certain=certain, out_ms_least=out_ms)


def _beyond_hard(nearer: History, least: Durations, watch: Watch) -> bool:
    extremes = [value for value in (least.min_micro_celsius, least.max_micro_celsius) if value is not None]
    return len(nearer) > 0 and any(watch.profile.beyond_hard(value) for value in extremes)
