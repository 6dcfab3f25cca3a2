"""A scenario's events on the clock, for one seed and one start."""

import random
from enum import Enum
from typing import NamedTuple

from firmware_sim.scenario import Scenario

_SECOND_MS = 1000


class What(Enum):
    """What happens."""

    DOOR_OPENS = "door-opens"
    DOOR_SHUTS = "door-shuts"
    BAG_IN = "bag-in"
    BAG_OUT = "bag-out"
    COMPRESSOR_FAILS = "compressor-fails"
    COMPRESSOR_WORKS = "compressor-works"
    MAINS_LOST = "mains-lost"
    MAINS_BACK = "mains-back"


class Happening(NamedTuple):
    """Something happens at at_ms (UTC); `bag` is a bag's number where one moves, else 0."""

    at_ms: int
    what: What
    bag: int = 0


def timeline(scenario: Scenario, start_ms: int, seed: int) -> list[Happening]:
    """Return all events in order of time; door times vary by the scenario's spread, in whole seconds."""
    happenings = _doors(scenario, start_ms, seed)
    for failure in scenario.compressor_failures:
        happenings.append(Happening(start_ms + failure.from_ms, What.COMPRESSOR_FAILS))
        happenings.append(Happening(start_ms + failure.to_ms, What.COMPRESSOR_WORKS))
    for loss in scenario.mains_losses:
        happenings.append(Happening(start_ms + loss.from_ms, What.MAINS_LOST))
        happenings.append(Happening(start_ms + loss.to_ms, What.MAINS_BACK))
    happenings.sort(key=lambda happening: happening.at_ms)
    return happenings


def put_in_times(scenario: Scenario, start_ms: int, seed: int) -> dict[int, int]:
    """Return for each bag the time at which it was first put in, the start for those that were inside from it."""
    times = {
        number: start_ms for number in range(1, scenario.bag_count + 1) if number not in scenario.bags.outside_at_start
    }
    for happening in _doors(scenario, start_ms, seed):
        if happening.what is What.BAG_IN:
            times.setdefault(happening.bag, happening.at_ms)
    return times


def _doors(scenario: Scenario, start_ms: int, seed: int) -> list[Happening]:
    dice = random.Random(f"{seed}:doors")  # noqa: S311 - a simulation must repeat, it protects nothing
    spread_s = scenario.door_spread_ms // _SECOND_MS
    happenings: list[Happening] = []
    for door in scenario.doors:
        opens_ms = start_ms + door.at_ms + dice.randint(-spread_s, spread_s) * _SECOND_MS
        hand_ms = opens_ms + door.open_ms // 2
        happenings.append(Happening(opens_ms, What.DOOR_OPENS))
        happenings += [Happening(hand_ms, What.BAG_OUT, bag) for bag in door.taken_out]
        happenings += [Happening(hand_ms, What.BAG_IN, bag) for bag in door.put_in]
        happenings.append(Happening(opens_ms + door.open_ms, What.DOOR_SHUTS))
    return happenings
