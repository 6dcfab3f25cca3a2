"""A blood fridge as two nodes: the air, and the load (bags, shelves, and the bottle that the load probe sits in).

Heat flows from the room through the wall and through an open door into the air, and between air and load; the
compressor takes heat out of the air under a thermostat with hysteresis. Steps are one second, the arithmetic is
additions and multiplications only, so the same inputs give the same temperatures on every machine.
"""

from dataclasses import dataclass
from typing import Final, NamedTuple

STEP_MS: Final = 1000
CROSSINGS_MAX: Final = 100_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Build:
    """How a fridge is built and where it stands."""

    ambient_celsius: float
    wall_watts_per_kelvin: float
    door_watts_per_kelvin: float
    exchange_watts_per_kelvin: float
    air_joules_per_kelvin: float
    load_joules_per_kelvin: float
    cooling_watts: float
    on_above_celsius: float
    off_below_celsius: float
    start_celsius: float


class Crossing(NamedTuple):
    """A node passed a watched level: at_ms is the end of the first step on the new side."""

    at_ms: int
    node: str
    celsius: float
    rising: bool


class Fridge:
    """The fridge's state. `door_open`, `mains_present` and `compressor_works` are set from outside between steps."""

    def __init__(self, build: Build, start_ms: int, levels: tuple[float, ...]) -> None:
        """Start at rest at start_ms; `levels` are the temperatures whose crossings are noted for both nodes."""
        self.build = build
        self.at_ms = start_ms
        self.air_celsius = build.start_celsius
        self.load_celsius = build.start_celsius
        self.cooling = False
        self.door_open = False
        self.mains_present = True
        self.compressor_works = True
        self.crossings: list[Crossing] = []
        self.crossings_lost = 0
        self._levels = tuple(sorted(levels))

    def run_to(self, to_ms: int) -> None:
        """Take all whole steps up to to_ms."""
        low, high = self._bounds()
        while self.at_ms + STEP_MS <= to_ms:
            air, load = self.air_celsius, self.load_celsius
            self._step(air, load)
            self.at_ms += STEP_MS
            if (
                max(air, load, self.air_celsius, self.load_celsius) >= high
                or min(air, load, self.air_celsius, self.load_celsius) <= low
            ):
                self._note("air", air, self.air_celsius)
                self._note("load", load, self.load_celsius)

    def _bounds(self) -> tuple[float, float]:
        """Return the band around the middle of the levels inside which nothing can have been crossed."""
        below = [level for level in self._levels if level <= self.build.start_celsius]
        above = [level for level in self._levels if level > self.build.start_celsius]
        return max(below, default=-1e9), min(above, default=1e9)

    def _step(self, air: float, load: float) -> None:
        build = self.build
        if air >= build.on_above_celsius:
            self.cooling = True
        elif air <= build.off_below_celsius:
            self.cooling = False
        inward = build.wall_watts_per_kelvin + (build.door_watts_per_kelvin if self.door_open else 0.0)
        into_load = build.exchange_watts_per_kelvin * (air - load)
        into_air = inward * (build.ambient_celsius - air) - into_load
        if self.cooling and self.mains_present and self.compressor_works:
            into_air -= build.cooling_watts
        self.air_celsius = air + into_air / build.air_joules_per_kelvin
        self.load_celsius = load + into_load / build.load_joules_per_kelvin

    def _note(self, node: str, before: float, after: float) -> None:
        for level in self._levels:
            if (before >= level) == (after >= level):
                continue
            if len(self.crossings) >= CROSSINGS_MAX:
                self.crossings_lost += 1
            else:
                self.crossings.append(Crossing(self.at_ms, node, level, after >= level))
