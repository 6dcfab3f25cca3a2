"""A scenario's events on the clock, for one seed and one start."""

import random
from enum import Enum
from typing import NamedTuple

from firmware_sim.story import Scenario, Span

_SECOND_MS = 1000


class What(Enum):
    """What happens."""

    DOOR_OPENS = "door-opens"  # of a box: its lid
    DOOR_SHUTS = "door-shuts"
    BAG_IN = "bag-in"
    BAG_OUT = "bag-out"
    COMPRESSOR_FAILS = "compressor-fails"
    COMPRESSOR_WORKS = "compressor-works"
    MAINS_LOST = "mains-lost"
    MAINS_BACK = "mains-back"
    SENSOR_LOST = "sensor-lost"
    SENSOR_BACK = "sensor-back"
    NETWORK_LOST = "network-lost"
    NETWORK_BACK = "network-back"
    SURROUNDINGS = "surroundings"  # the box comes to where it is warmer or colder


class Happening(NamedTuple):
    """Something happens at at_ms (UTC): in which place ("" the whole site), to which probe, with which bag (else 0)."""

    at_ms: int
    what: What
    bag: int = 0
    place: str = ""
    probe: str = ""
    celsius: float = 0.0


def timeline(scenario: Scenario, start_ms: int, seed: int) -> list[Happening]:
    """Return all events in order of time; door times vary by the scenario's spread, in whole seconds."""
    happenings = _doors(scenario, start_ms, seed)
    for place in scenario.places:
        for failure in place.compressor_failures:
            happenings += _both(start_ms, failure, What.COMPRESSOR_FAILS, What.COMPRESSOR_WORKS, place.id)
        for fault in place.sensor_faults:
            happenings += _both(start_ms, fault, What.SENSOR_LOST, What.SENSOR_BACK, place.id)
    for loss in scenario.mains_losses:
        happenings += _both(start_ms, loss, What.MAINS_LOST, What.MAINS_BACK, "")
    happenings += _trip(scenario, start_ms)
    happenings.sort(key=lambda happening: happening.at_ms)
    return happenings


def put_in_times(scenario: Scenario, start_ms: int, seed: int) -> dict[int, int]:
    """Return for each bag the time at which it was first put in, the start for those that were inside from it."""
    times = {number: start_ms for number in range(1, scenario.bag_count + 1) if number not in scenario.outside_at_start}
    moves = [happening for happening in _doors(scenario, start_ms, seed) if happening.what is What.BAG_IN]
    for happening in sorted(moves, key=lambda move: move.at_ms):
        times.setdefault(happening.bag, happening.at_ms)
    return times


def _both(start_ms: int, span: Span, begins: What, ends: What, place: str) -> list[Happening]:
    return [
        Happening(start_ms + span.from_ms, begins, place=place, probe=span.probe),
        Happening(start_ms + span.to_ms, ends, place=place, probe=span.probe),
    ]


def _doors(scenario: Scenario, start_ms: int, seed: int) -> list[Happening]:
    happenings: list[Happening] = []
    spread_s = scenario.door_spread_ms // _SECOND_MS
    for place in scenario.places:
        dice = random.Random(f"{seed}:{place.id}:doors")  # noqa: S311 - a simulation must repeat, it protects nothing
        for door in place.doors:
            opens_ms = start_ms + door.at_ms + dice.randint(-spread_s, spread_s) * _SECOND_MS
            hand_ms = opens_ms + door.open_ms // 2
            happenings.append(Happening(opens_ms, What.DOOR_OPENS, place=place.id))
            happenings += [Happening(hand_ms, What.BAG_OUT, bag, place.id) for bag in door.taken_out]
            happenings += [Happening(hand_ms, What.BAG_IN, bag, place.id) for bag in door.put_in]
            happenings.append(Happening(opens_ms + door.open_ms, What.DOOR_SHUTS, place=place.id))
    return happenings


def _trip(scenario: Scenario, start_ms: int) -> list[Happening]:
    """Return where the box is warm and where it has no network."""
    courier = scenario.courier
    if courier is None:
        return []
    happenings = [
        Happening(start_ms + point.at_ms, What.SURROUNDINGS, place=courier.place, celsius=point.ambient_celsius)
        for point in courier.waypoints
    ]
    for span in courier.no_network:
        happenings += _both(start_ms, span, What.NETWORK_LOST, What.NETWORK_BACK, courier.place)
    return happenings
