"""What the firmware makes of its positions: areas, the route, standing still (docs/boxes.md). Pure, and its own.

Distances by the haversine formula on a sphere of 6,371,008.8 m; the distance from a stretch of the route in the plane
that touches the sphere there.
"""

from itertools import pairwise
from math import asin, cos, hypot, radians, sin, sqrt
from typing import Final

from firmware_sim.box_mind import Word
from firmware_sim.story import Watch

RADIUS_M: Final = 6_371_008.8
MARGIN_M: Final = 100
STOP_M: Final = 200
GAP_MS: Final = 900_000
BESIDE: Final = 2

Place = tuple[int, int]  # latitude and longitude in 1e-7 degrees


class Compass:
    """Where the box is, as far as it knows."""

    def __init__(self, watch: Watch) -> None:
        """Begin without a position."""
        self.areas: list[str] = []
        self.astray = False
        self.standing = False
        self._watch = watch
        self._said: list[Word] = []
        self._seen_ms: int | None = None
        self._stop: tuple[int, Place] | None = None
        self._on_way_ms: int | None = None
        self._off_ms: list[int] = []

    def words(self) -> list[Word]:
        """Hand out what there is to say."""
        said, self._said = self._said, []
        return said

    def look(self, at_ms: int, latitude_e7: int, longitude_e7: int) -> None:
        """Take a position."""
        here = (latitude_e7, longitude_e7)
        for area in self._watch.areas:
            inside = area.name in self.areas
            reach_m = area.radius_m + (MARGIN_M if inside else 0)
            if (metres(here, (area.latitude_e7, area.longitude_e7)) <= reach_m) != inside:
                (self.areas.remove if inside else self.areas.append)(area.name)
                self._say("area-left" if inside else "area-entered", at_ms, area.name)
        if self._watch.route:
            self._follow(at_ms, here)
        self._stand(at_ms, here)
        self._seen_ms = at_ms

    def _follow(self, at_ms: int, here: Place) -> None:
        off = not self.areas and metres_beside(here, self._watch.route) > self._watch.corridor_m
        if not off:
            if self.astray:
                self._say("route-rejoined", at_ms)
            self.astray, self._on_way_ms, self._off_ms = False, at_ms, []
        elif not self.astray:
            self._off_ms.append(at_ms)
            if len(self._off_ms) == BESIDE:
                self.astray = True
                self._said.append(Word("route-left", at_ms, self._on_way_ms, self._off_ms[0], "", {}))

    def _stand(self, at_ms: int, here: Place) -> None:
        unseen = self._seen_ms is not None and at_ms - self._seen_ms > GAP_MS
        if self._stop is None or self.areas or (unseen and not self.standing) or metres(here, self._stop[1]) > STOP_M:
            self._stop = None if self.areas else (at_ms, here)
            if self.standing:
                self._say("moved-on", at_ms)
            self.standing = False
        elif not self.standing and at_ms - self._stop[0] >= self._watch.stop_ms:
            self.standing = True
            self._said.append(Word("stood-still", at_ms, self._stop[0], self._stop[0], "", {}))

    def _say(self, kind: str, at_ms: int, area: str = "") -> None:
        self._said.append(Word(kind, at_ms, self._seen_ms, at_ms, "", {"area": area} if area else {}))


def metres(one: Place, other: Place) -> float:
    """Return how far two places are from each other."""
    north = radians((other[0] - one[0]) / 1e7)
    east = radians((other[1] - one[1]) / 1e7)
    square = sin(north / 2) ** 2 + cos(radians(one[0] / 1e7)) * cos(radians(other[0] / 1e7)) * sin(east / 2) ** 2
    return 2 * RADIUS_M * asin(min(1.0, sqrt(square)))


def metres_beside(here: Place, line: tuple[Place, ...]) -> float:
    """Return how far a place is from the nearest part of a line."""
    shrunk = cos(radians(here[0] / 1e7))
    flat = [
        (radians((lon - here[1]) / 1e7) * shrunk * RADIUS_M, radians((lat - here[0]) / 1e7) * RADIUS_M)
        for lat, lon in line
    ]
    nearest = min(hypot(*point) for point in flat)
    for (x, y), (x2, y2) in pairwise(flat):
        along, up = x2 - x, y2 - y
        length2 = along * along + up * up
        share = -(x * along + y * up) / length2 if length2 else 0.0
        if 0 < share < 1:
            nearest = min(nearest, hypot(x + share * along, y + share * up))
    return nearest
