"""What one reading says of a place: within limits, too warm, too cold, or nothing because the sensor failed."""

from enum import IntEnum, StrEnum
from typing import TYPE_CHECKING, Final

from coldchain.facts import POWER_ON_MICRO_CELSIUS, Quality
from coldchain.units import Direction
from rules.limits import Profile

if TYPE_CHECKING:
    from coldchain.history import History, UInt8


class Class(IntEnum):
    """One reading under one profile."""

    WITHIN = 0
    WARM = 1
    COLD = 2
    FAULT = 3
    REST = 4  # no reading, but a mark: from here on nothing is judged
    AWAKE = 5  # no reading, but a mark: from here on somebody expects readings again


class Condition(StrEnum):
    """What a stretch of time was like. The last two are unknown: neither in range nor out of it."""

    WITHIN = "within"
    TOO_WARM = "too-warm"
    TOO_COLD = "too-cold"
    NEVER_MEASURED = "never-measured"
    AWAITED = "awaited"


REST_BEGAN: Final = 254  # in the place of a reading's quality; no device says these (coldchain.facts.Quality)
REST_ENDED: Final = 255
_MARKS: Final = {REST_BEGAN: Class.REST, REST_ENDED: Class.AWAKE}

OUTSIDE = {Class.WARM: Direction.TOO_WARM, Class.COLD: Direction.TOO_COLD}


def classify(profile: Profile, micro_celsius: int, quality: int) -> Class:
    """Return the class of one reading; compares the unrounded value, inclusive or strict as the profile says."""
    if quality != Quality.GOOD or micro_celsius == POWER_ON_MICRO_CELSIUS:
        return _MARKS.get(quality, Class.FAULT)
    if profile.too_warm(micro_celsius):
        return Class.WARM
    return Class.COLD if profile.too_cold(micro_celsius) else Class.WITHIN


def classify_all(profile: Profile, history: "History") -> "UInt8":
    """Return the classes of a whole history; equal to classify() of each reading."""
    import numpy as np  # noqa: PLC0415 - a gateway folds reading by reading and never loads it

    value = history.micro_celsius
    high, low = profile.high_micro_celsius, profile.low_micro_celsius
    warm = value > high if profile.high_inclusive else value >= high
    classes = np.where(warm, Class.WARM, Class.WITHIN)
    if low is not None:
        cold = value < low if profile.low_inclusive else value <= low
        classes = np.where(cold & ~warm, Class.COLD, classes)
    good = (history.quality == Quality.GOOD) & (value != POWER_ON_MICRO_CELSIUS)
    classes = np.where(good, classes, Class.FAULT)
    for quality, mark in _MARKS.items():
        classes = np.where(history.quality == quality, mark, classes)
    return classes.astype(np.uint8)
