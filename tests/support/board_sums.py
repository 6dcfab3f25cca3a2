"""Sums of hours and days of the places of support.board_data, thirty days back, as the mirror writes them."""

import math
from collections.abc import Iterator, Mapping
from random import Random
from typing import Final

from coldchain.places import Place, PlaceKind, ProbeRole
from stores.points_rollups import (
    TEMPERATURE_1H,
    CoolingDay,
    DaySums,
    HourSums,
    cooling_line,
    day_line,
    hour_line,
)

MINUTE_MS: Final = 60_000
HOUR_MS: Final = 3_600_000
DAY_MS: Final = 24 * HOUR_MS
ZONE_MS: Final = 8 * HOUR_MS  # the site's local midnight is Beijing's
MIDDLES: Final = {"fridge-1": 4.0, "fridge-2": 4.0, "freezer-1": -30.0, "platelet-1": 22.0, "box-1": 5.0}


def hour_lines(places: Mapping[str, Place], end_ms: int, days: int) -> Iterator[bytes]:
    """Yield the hours of every probe, so many days back."""
    last = end_ms // HOUR_MS * HOUR_MS
    for place, middle in MIDDLES.items():
        for role in ProbeRole:
            series = TEMPERATURE_1H.series(place, f"{place}-{role}", role.value, places[place].site)
            rng = Random(f"{place}-{role}")
            for from_ms in range(last - days * DAY_MS, last, HOUR_MS):
                ago_ms = end_ms - from_ms
                unheard = place == "box-1" and ago_ms <= 5 * HOUR_MS
                sums = _hour(place, role, middle, from_ms, ago_ms, rng, unheard=unheard)
                yield hour_line(series, sums, complete=not unheard)


def _hour(
    place: str, role: ProbeRole, middle: float, from_ms: int, ago_ms: int, rng: Random, *, unheard: bool
) -> HourSums:
    warm = 14.0 * (1 - math.exp(-max(0, 8 * HOUR_MS - ago_ms) / (6.5 * HOUR_MS))) if place == "fridge-1" else 0.0
    mean = middle + warm + rng.gauss(0, 0.1)
    swing = 1.2 if role is ProbeRole.AIR else 0.3
    out_ms = HOUR_MS if warm > 2.0 else rng.choice([0, 0, 0, 30_000])
    return HourSums(
        from_ms=from_ms,
        n=0 if unheard else 180,
        min_micro_celsius=None if unheard else round((mean - swing) * 1e6),
        max_micro_celsius=None if unheard else round((mean + swing) * 1e6),
        mean_micro_celsius=None if unheard else round(mean * 1e6),
        kinetic_micro_celsius=None if unheard or place != "fridge-2" else round((mean + 0.02) * 1e6),
        out_ms=0 if unheard else out_ms,
        unknown_ms=HOUR_MS if unheard else 0,
    )


def day_lines(places: Mapping[str, Place], end_ms: int, days: int) -> Iterator[bytes]:
    """Yield the days of every place, and of their cooling; fridge-2 has a bad one now and then."""
    midnight = (end_ms + ZONE_MS) // DAY_MS * DAY_MS - ZONE_MS
    for place, middle in MIDDLES.items():
        rng = Random(place)
        for number, from_ms in enumerate(range(midnight - DAY_MS, midnight - days * DAY_MS - 1, -DAY_MS)):
            bad = place == "fridge-2" and number % 9 == 0
            sums = DaySums(
                from_ms=from_ms,
                out_ms=55 * MINUTE_MS if bad else rng.randrange(0, 4) * MINUTE_MS,
                unknown_ms=rng.choice([0, 0, 5 * MINUTE_MS]),
                measured_ms=DAY_MS,
                min_micro_celsius=round((middle - 1.2) * 1e6),
                max_micro_celsius=round((middle + (4.0 if bad else 1.3)) * 1e6),
                occasions=int(bad),
                door_openings=rng.randrange(5, 40),
                door_ms=rng.randrange(60, 900) * 1_000,
            )
            yield day_line(place, places[place].site, sums, complete=True)
            if places[place].kind in {PlaceKind.FRIDGE, PlaceKind.FREEZER}:
                drift = 3_500 + (40 * (days - number) if place == "freezer-1" else 0)
                cooling = CoolingDay(probe=f"{place}-air", from_ms=from_ms, cycles=90, duty=drift + rng.randrange(200))
                yield cooling_line(place, places[place].site, cooling, complete=True)
