"""Fridges for days, by the physics of the simulator: doors that people open, and the air that their probes see."""

import random
from dataclasses import dataclass
from typing import Final

from support.histories import Reading

from firmware_sim.physics import Build, Fridge

HOUR: Final = 3_600_000
DAY: Final = 24 * HOUR
POLL_MS: Final = 20_000
START: Final = 1_700_000_000_000 // DAY * DAY


@dataclass(frozen=True, slots=True, kw_only=True)
class Days:
    """When each fridge was opened, and what the air probe inside it measured; by place."""

    openings: dict[str, list[int]]
    air: dict[str, list[Reading]]


def days(seed: int, *, places: int, n: int, openings_a_day: int = 20, together: float = 0.3) -> Days:
    """Let n days pass; of every opening a share `together` is followed by one of another fridge within 90 s."""
    rng = random.Random(seed)
    names = [f"fridge-{number + 1}" for number in range(places)]
    opened: dict[str, set[int]] = {name: set() for name in names}
    for name in names:
        for at_ms in [_in_the_day(rng, day) for day in range(n) for _ in range(openings_a_day)]:
            opened[name].add(at_ms)
            if rng.random() < together:
                opened[rng.choice(names)].add(at_ms + rng.randrange(20_000, 90_000))
    openings = {name: sorted(opened[name]) for name in names}
    return Days(openings=openings, air={name: _air(rng, openings[name], n) for name in names})


def _in_the_day(rng: random.Random, day: int) -> int:
    return START + day * DAY + 7 * HOUR + rng.randrange(12 * HOUR)


def _air(rng: random.Random, opened: list[int], n: int) -> list[Reading]:
    fridge = Fridge(_build(rng), START, ())
    shut = [at_ms + rng.randrange(15_000, 120_000) for at_ms in opened]
    moves = sorted([*((at_ms, True) for at_ms in opened), *((at_ms, False) for at_ms in shut)])
    readings: list[Reading] = []
    for at_ms in range(START, START + n * DAY, POLL_MS):
        while moves and moves[0][0] <= at_ms:
            moved_ms, is_open = moves.pop(0)
            fridge.run_to(moved_ms)
            fridge.door_open = is_open
        fridge.run_to(at_ms)
        readings.append((at_ms, round((fridge.air_celsius + rng.gauss(0, 0.05)) * 1_000_000)))
    return readings


def _build(rng: random.Random) -> Build:
    """Return fridge 1 of the storage point, or its larger neighbour, at random."""
    larger = rng.random() < 0.5
    return Build(
        ambient_celsius=22.2 + rng.random(),
        wall_watts_per_kelvin=1.6 if larger else 1.05,
        door_watts_per_kelvin=26.0 if larger else 45.0,
        exchange_watts_per_kelvin=26.0 if larger else 24.0,
        air_joules_per_kelvin=14_000.0 if larger else 12_000.0,
        load_joules_per_kelvin=175_000.0 if larger else 62_000.0,
        cooling_watts=130.0 if larger else 115.0,
        on_above_celsius=4.8,
        off_below_celsius=2.8,
        start_celsius=4.0,
    )
