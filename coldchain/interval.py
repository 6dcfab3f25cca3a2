"""What an interval of one probe adds up to, in integers only: any two ways of adding agree to the last digit.

A reading holds until the next one, or until the profile's hold time is over; from there on the time is unknown.
"""

import msgspec


class IntervalSums(msgspec.Struct, frozen=True, kw_only=True):
    """Sums of [from_ms, to_ms) of one probe under one set of limits.

    measured_ms + unknown_ms == to_ms - from_ms; below_ms and above_ms are parts of measured_ms. The integral is over
    measured time, in micro-degrees times ms; extremes are of values that held in the interval (None: nothing did).
    `readings` counts those taken in the interval, of any quality.
    """

    from_ms: int
    to_ms: int
    readings: int
    measured_ms: int
    unknown_ms: int
    below_ms: int
    above_ms: int
    integral_micro_celsius_ms: int
    min_micro_celsius: int | None
    max_micro_celsius: int | None
