"""A cold cabinet as two nodes: the air, and the load (bags, shelves, and the bottle that the load probe sits in).

Heat flows from the room through the wall and through an open door into the air, and between air and load; a
compressor takes heat out of the air under a thermostat with hysteresis. A platelet incubator heats as well, and its
agitator's motor warms it while it turns; a freezer's controller melts the ice off its evaporator on its own clock.
Steps are one second, the arithmetic is additions and multiplications only, so the same inputs give the same
temperatures on every machine.
"""

from dataclasses import dataclass
from typing import Final, NamedTuple

STEP_MS: Final = 1000
CROSSINGS_MAX: Final = 100_000
SWITCHINGS_MAX: Final = 100_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Build:
    """How a cabinet is built and where it stands. What it does not have is 0 watts."""

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
    heating_watts: float = 0.0
    heat_on_below_celsius: float = 0.0
    heat_off_above_celsius: float = 0.0
    motor_watts: float = 0.0  # an agitator's, while it moves
    fan_watts: float = 0.0  # what a dead compressor's evaporator still gives off where `fan_heats`
    defrost_watts: float = 0.0
    defrost_first_s: float = 0.0
    defrost_every_s: float = 0.0  # 0: no defrosting
    defrost_for_s: float = 0.0


class Crossing(NamedTuple):
    """A node passed a watched level: at_ms is the end of the first step on the new side."""

    at_ms: int
    node: str
    celsius: float
    rising: bool


class Switching(NamedTuple):
    """Something went on or off at at_ms."""

    at_ms: int
    on: bool


class Fridge:
    """A cabinet's state. `door_open`, `mains_present`, `compressor_works`, `fan_heats` are set between steps."""

    def __init__(self, build: Build, start_ms: int, levels: tuple[float, ...]) -> None:
        """Start at rest at start_ms; `levels` are the temperatures whose crossings are noted for both nodes."""
        self.build = build
        self.start_ms = start_ms
        self.at_ms = start_ms
        self.air_celsius = build.start_celsius
        self.load_celsius = build.start_celsius
        self.cooling = False
        self.heating = False
        self.defrosting = False
        self.door_open = False
        self.mains_present = True
        self.compressor_works = True
        self.fan_heats = False
        self.crossings: list[Crossing] = []
        self.crossings_lost = 0
        self.defrosts: list[Switching] = []
        self.defrosts_lost = 0
        self._levels = tuple(sorted(levels))
        self._bounds = _bounds(self._levels, build.start_celsius)

    @property
    def agitating(self) -> bool:
        """Whether an agitator moves; without mains it stands still."""
        return self.mains_present and self.build.motor_watts > 0.0

    def run_to(self, to_ms: int) -> None:
        """Take all whole steps up to to_ms."""
        low, high = self._bounds
        while self.at_ms + STEP_MS <= to_ms:
            air, load = self.air_celsius, self.load_celsius
            self._step(air, load)
            self.at_ms += STEP_MS
            after_air, after_load = self.air_celsius, self.load_celsius
            if (
                air >= high
                or after_air >= high
                or load >= high
                or after_load >= high
                or air <= low
                or after_air <= low
                or load <= low
                or after_load <= low
            ):
                self._note("air", air, after_air)
                self._note("load", load, after_load)

    def _step(self, air: float, load: float) -> None:
        build = self.build
        if air >= build.on_above_celsius:
            self.cooling = True
        elif air <= build.off_below_celsius:
            self.cooling = False
        inward = build.wall_watts_per_kelvin + (build.door_watts_per_kelvin if self.door_open else 0.0)
        into_load = build.exchange_watts_per_kelvin * (air - load)
        into_air = inward * (build.ambient_celsius - air) - into_load
        if build.defrost_every_s or self.defrosting:
            self._defrost()
        if self.cooling and self.mains_present and self.compressor_works and not self.defrosting:
            into_air -= build.cooling_watts
        into_air += self._warmth(air)
        self.air_celsius = air + into_air / build.air_joules_per_kelvin
        self.load_celsius = load + into_load / build.load_joules_per_kelvin

    def _warmth(self, air: float) -> float:
        """Return what the heater, the motor, the evaporator's fan and the defrost heater give off."""
        build = self.build
        if not self.mains_present:
            return 0.0
        warmth = build.motor_watts
        if build.heating_watts:
            if air <= build.heat_on_below_celsius:
                self.heating = True
            elif air >= build.heat_off_above_celsius:
                self.heating = False
            warmth += build.heating_watts if self.heating else 0.0
        if self.defrosting:
            warmth += build.defrost_watts
        return warmth + (build.fan_watts if self.fan_heats else 0.0)

    def _defrost(self) -> None:
        """Follow the controller's own clock; without mains it gives no signal and its heater is cold."""
        build = self.build
        seconds = (self.at_ms - self.start_ms) / 1000 - build.defrost_first_s
        due = seconds >= 0.0 and seconds % build.defrost_every_s < build.defrost_for_s and self.mains_present
        if due != self.defrosting:
            self.defrosting = due
            if len(self.defrosts) >= SWITCHINGS_MAX:
                self.defrosts_lost += 1
            else:
                self.defrosts.append(Switching(self.at_ms, due))

    def _note(self, node: str, before: float, after: float) -> None:
        for level in self._levels:
            if (before >= level) == (after >= level):
                continue
            if len(self.crossings) >= CROSSINGS_MAX:
                self.crossings_lost += 1
            else:
                self.crossings.append(Crossing(self.at_ms, node, level, after >= level))


def _bounds(levels: tuple[float, ...], start_celsius: float) -> tuple[float, float]:
    """Return the band around the start inside which nothing can have been crossed."""
    below = [level for level in levels if level <= start_celsius]
    above = [level for level in levels if level > start_celsius]
    return max(below, default=-1e9), min(above, default=1e9)
