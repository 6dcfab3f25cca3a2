"""Sums of hours and days in the frozen schema of the mirror (docs/influx.md): made from the record, never from points.

They are of corrected readings that count, as reports are. What was not measured has no temperature, and its time is
unknown. InfluxDB cannot take a field back: where nothing was measured, a temperature that still stands does not count.
"""

from typing import Final

import msgspec

from stores.lines import Measurement, Real, micro_real

TEMPERATURE_1H: Final = Measurement(
    "temperature_1h",
    ("place", "probe", "role", "site"),
    {
        "n": int,
        "min_celsius": Real,
        "max_celsius": Real,
        "mean_celsius": Real,
        "mkt_celsius": Real,
        "out_s": int,
        "unknown_s": int,
        "complete": int,
    },
    frozenset({"min_celsius", "max_celsius", "mean_celsius", "mkt_celsius"}),
)
PLACE_1D: Final = Measurement(
    "place_1d",
    ("place", "site"),
    {
        "out_s": int,
        "unknown_s": int,
        "measured_s": int,
        "min_celsius": Real,
        "max_celsius": Real,
        "occasions": int,
        "door_openings": int,
        "door_s": int,
        "complete": int,
    },
    frozenset({"min_celsius", "max_celsius"}),
)
COOLING_1D: Final = Measurement(
    "cooling_1d", ("place", "probe", "site"), {"duty": Real, "cycles": int, "complete": int}, frozenset({"duty"})
)
OF_ROLLUPS: Final = (TEMPERATURE_1H, PLACE_1D, COOLING_1D)
DUTY_PLACES: Final = 4


class HourSums(msgspec.Struct, frozen=True, kw_only=True):
    """One hour of one probe: readings with a temperature, what held in it in micro-degrees, and for how long."""

    from_ms: int
    n: int
    min_micro_celsius: int | None
    max_micro_celsius: int | None
    mean_micro_celsius: int | None
    kinetic_micro_celsius: int | None
    out_ms: int
    unknown_ms: int


class DaySums(msgspec.Struct, frozen=True, kw_only=True):
    """One day of one place from its local midnight on, in the probes that speak for it."""

    from_ms: int
    out_ms: int
    unknown_ms: int
    measured_ms: int
    min_micro_celsius: int | None
    max_micro_celsius: int | None
    occasions: int
    door_openings: int
    door_ms: int


class CoolingDay(msgspec.Struct, frozen=True, kw_only=True):
    """How much of a day an air probe saw its place being cooled: cycles, and the share in 1/10,000 (None: too few)."""

    probe: str
    from_ms: int
    cycles: int
    duty: int | None


def hour_line(series: bytes, sums: HourSums, *, complete: bool) -> bytes:
    """Return the point of an hour. `series`: what TEMPERATURE_1H.series gives for the probe."""
    return TEMPERATURE_1H.point(
        series,
        {
            "n": sums.n,
            "min_celsius": micro_real(sums.min_micro_celsius),
            "max_celsius": micro_real(sums.max_micro_celsius),
            "mean_celsius": micro_real(sums.mean_micro_celsius),
            "mkt_celsius": micro_real(sums.kinetic_micro_celsius),
            "out_s": sums.out_ms // 1_000,
            "unknown_s": sums.unknown_ms // 1_000,
            "complete": int(complete),
        },
        sums.from_ms,
    )


def day_line(place: str, site: str, sums: DaySums, *, complete: bool) -> bytes:
    """Return the point of a day of a place."""
    return PLACE_1D.point(
        PLACE_1D.series(place, site),
        {
            "out_s": sums.out_ms // 1_000,
            "unknown_s": sums.unknown_ms // 1_000,
            "measured_s": sums.measured_ms // 1_000,
            "min_celsius": micro_real(sums.min_micro_celsius),
            "max_celsius": micro_real(sums.max_micro_celsius),
            "occasions": sums.occasions,
            "door_openings": sums.door_openings,
            "door_s": sums.door_ms // 1_000,
            "complete": int(complete),
        },
        sums.from_ms,
    )


def cooling_line(place: str, site: str, one: CoolingDay, *, complete: bool) -> bytes:
    """Return the point of a day of cooling."""
    duty = None if one.duty is None else Real(one.duty, DUTY_PLACES)
    fields = {"duty": duty, "cycles": one.cycles, "complete": int(complete)}
    return COOLING_1D.point(COOLING_1D.series(place, one.probe, site), fields, one.from_ms)
