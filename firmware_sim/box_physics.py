"""A courier's box: no compressor, only insulation and cold packs that hold about 4 degrees. Steps of one second.

Three nodes: the air, the load (bags, and the bottle of the load probe), and the packs, whose melting filling makes
them as heavy as many kilograms of water. The surroundings change with the trip, and the lid may stand open.
"""

from dataclasses import dataclass
from typing import Final

from firmware_sim.physics import STEP_MS, Crossing

CROSSINGS_MAX: Final = 100_000


@dataclass(frozen=True, slots=True, kw_only=True)
class BoxBuild:
    """How a box is built and packed."""

    wall_watts_per_kelvin: float
    lid_watts_per_kelvin: float
    exchange_watts_per_kelvin: float
    packs_to_air_watts_per_kelvin: float
    packs_to_load_watts_per_kelvin: float
    air_joules_per_kelvin: float
    load_joules_per_kelvin: float
    packs_joules_per_kelvin: float
    start_celsius: float


class BoxBody:
    """The box's state. `lid_open` and `ambient_celsius` are set from outside between steps."""

    def __init__(self, build: BoxBuild, start_ms: int, levels: tuple[float, ...], ambient_celsius: float) -> None:
        """Start at rest at start_ms; `levels` are the temperatures whose crossings are noted for air and load."""
        self.build = build
        self.at_ms = start_ms
        self.air_celsius = self.load_celsius = self.packs_celsius = build.start_celsius
        self.ambient_celsius = ambient_celsius
        self.lid_open = False
        self.crossings: list[Crossing] = []
        self.crossings_lost = 0
        self._levels = tuple(sorted(levels))

    def run_to(self, to_ms: int) -> None:
        """Take all whole steps up to to_ms."""
        while self.at_ms + STEP_MS <= to_ms:
            air, load = self.air_celsius, self.load_celsius
            self._step(air, load)
            self.at_ms += STEP_MS
            for level in self._levels:
                if (air >= level) != (self.air_celsius >= level):
                    self._note("air", level, rising=self.air_celsius >= level)
                if (load >= level) != (self.load_celsius >= level):
                    self._note("load", level, rising=self.load_celsius >= level)

    def _step(self, air: float, load: float) -> None:
        build, packs = self.build, self.packs_celsius
        inward = build.wall_watts_per_kelvin + (build.lid_watts_per_kelvin if self.lid_open else 0.0)
        air_to_load = build.exchange_watts_per_kelvin * (air - load)
        air_to_packs = build.packs_to_air_watts_per_kelvin * (air - packs)
        load_to_packs = build.packs_to_load_watts_per_kelvin * (load - packs)
        into_air = inward * (self.ambient_celsius - air) - air_to_load - air_to_packs
        self.air_celsius = air + into_air / build.air_joules_per_kelvin
        self.load_celsius = load + (air_to_load - load_to_packs) / build.load_joules_per_kelvin
        self.packs_celsius = packs + (air_to_packs + load_to_packs) / build.packs_joules_per_kelvin

    def _note(self, node: str, level: float, *, rising: bool) -> None:
        if len(self.crossings) >= CROSSINGS_MAX:
            self.crossings_lost += 1
        else:
            self.crossings.append(Crossing(self.at_ms, node, level, rising))
