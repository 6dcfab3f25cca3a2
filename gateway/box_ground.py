"""Where a box is on the ground: how far from a point, and how far from a line of points. Whole numbers. Pure.

Points are WGS 84 in 1e-7 degrees. Distances are on a sphere of the mean Earth radius (IUGG: 6,371,008.8 m, so 111,195 m
a degree), and flat around the point that is asked for: within 0.6 % of the ellipsoid for distances of some kilometres.
A verdict must not differ between machines, so cosines are rounded to a millionth once, and all else is integer.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

DEGREE_E7: Final = 10_000_000
DEGREE_CM: Final = 11_119_508
TURN_E7: Final = 360 * DEGREE_E7
_MILLION: Final = 1_000_000
_COSINES: Final = tuple(round(math.cos(math.radians(degree)) * _MILLION) for degree in range(91))


@dataclass(frozen=True, slots=True)
class Point:
    """A place on the Earth in 1e-7 degrees."""

    latitude_e7: int
    longitude_e7: int


def within(here: Point, there: Point, metres: int) -> bool:
    """Tell whether two points are at most so many metres apart."""
    east_cm, north_cm = _offset_cm(here, there)
    return east_cm**2 + north_cm**2 <= (metres * 100) ** 2


def beside(here: Point, line: Sequence[Point], metres: int) -> bool:
    """Tell whether a point is farther than so many metres from every part of a line of points."""
    offsets = [_offset_cm(here, point) for point in line]
    if any(east**2 + north**2 <= (metres * 100) ** 2 for east, north in offsets):
        return False
    return not any(_passes(begin, end, metres * 100) for begin, end in pairwise(offsets))


def _offset_cm(here: Point, there: Point) -> tuple[int, int]:
    """Return how far east and north of `here` a point is, the shorter way around the Earth."""
    north_e7 = there.latitude_e7 - here.latitude_e7
    east_e7 = (there.longitude_e7 - here.longitude_e7 + TURN_E7 // 2) % TURN_E7 - TURN_E7 // 2
    shrunk = east_e7 * _cosine((here.latitude_e7 + there.latitude_e7) // 2)
    return shrunk * DEGREE_CM // (DEGREE_E7 * _MILLION), north_e7 * DEGREE_CM // DEGREE_E7


def _cosine(latitude_e7: int) -> int:
    """Return the cosine of a latitude in millionths, straight between whole degrees."""
    degree, rest_e7 = divmod(min(abs(latitude_e7), 90 * DEGREE_E7), DEGREE_E7)
    if not rest_e7:
        return _COSINES[degree]
    return _COSINES[degree] + (_COSINES[degree + 1] - _COSINES[degree]) * rest_e7 // DEGREE_E7


def _passes(begin: tuple[int, int], end: tuple[int, int], most_cm: int) -> bool:
    """Tell whether a stretch passes the origin, between its ends, at most so far away."""
    along = (end[0] - begin[0], end[1] - begin[1])
    length2 = along[0] ** 2 + along[1] ** 2
    gone = -(begin[0] * along[0] + begin[1] * along[1])
    if not 0 < gone < length2:
        return False  # the nearest point is an end
    cross = begin[0] * along[1] - begin[1] * along[0]
    return cross**2 <= most_cm**2 * length2
