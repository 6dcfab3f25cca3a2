"""What follows from a box's positions: areas entered and left, the route left, standing still. Pure (docs/boxes.md)."""

from dataclasses import dataclass

from coldchain.facts import EventKind
from gateway.box_ground import Point, beside, within
from gateway.box_words import AREAS_MAX, ROUTE_POINTS_MAX, Area, BoxRules, Said


@dataclass(frozen=True, slots=True)
class _Fix:
    at_ms: int
    point: Point


class BoxWay:
    """Follows one box. It holds its last position, the areas it is in, and since when it is where."""

    def __init__(self, rules: BoxRules) -> None:
        """Begin somewhere. Raises ValueError if areas or route are beyond their limits."""
        if len(rules.areas) > AREAS_MAX or len(rules.route) > ROUTE_POINTS_MAX:
            msg = f"a box takes up to {AREAS_MAX} areas and {ROUTE_POINTS_MAX} points of a route; give it fewer"
            raise ValueError(msg)
        self.areas: set[str] = set()
        self.route_left = False
        self.stands = False
        self._rules = rules
        self._last: _Fix | None = None
        self._anchor: _Fix | None = None  # where it may be standing since
        self._beside: list[int] = []  # when it was beside the route, since it was on it: first, second, … and no more
        self._on_route_ms: int | None = None

    def fix(self, at_ms: int, latitude_e7: int, longitude_e7: int) -> list[Said]:
        """Take a position; return what follows, areas first, then the route, then standing."""
        fix = _Fix(at_ms, Point(latitude_e7, longitude_e7))
        last = self._last
        if last is not None and not 0 <= at_ms - last.at_ms <= self._rules.fix_gap_ms:
            self._anchor = None if not self.stands else self._anchor
        said = [one for area in self._rules.areas for one in self._area(area, fix)]
        said += self._route(fix)
        said += self._standing(fix)
        self._last = fix
        return said

    def _area(self, area: Area, fix: _Fix) -> list[Said]:
        if area.name in self.areas:
            if within(fix.point, area.middle, area.radius_m + self._rules.area_margin_m):
                return []
            self.areas.remove(area.name)
            return [self._said(EventKind.AREA_LEFT, fix, area=area.name)]
        if not within(fix.point, area.middle, area.radius_m):
            return []
        self.areas.add(area.name)
        return [self._said(EventKind.AREA_ENTERED, fix, area=area.name)]

    def _route(self, fix: _Fix) -> list[Said]:
        rules = self._rules
        if not rules.route:
            return []
        if not self.areas and beside(fix.point, rules.route, rules.corridor_m):
            return self._beside_it(fix)
        self._beside.clear()
        self._on_route_ms = fix.at_ms
        if not self.route_left:
            return []
        self.route_left = False
        return [self._said(EventKind.ROUTE_REJOINED, fix)]

    def _beside_it(self, fix: _Fix) -> list[Said]:
        if self.route_left:
            return []
        self._beside.append(fix.at_ms)
        if len(self._beside) < self._rules.beside_fixes:
            return []
        self.route_left = True
        first_ms = self._beside[0]
        self._beside.clear()
        kind = EventKind.ROUTE_LEFT
        return [Said(kind=kind, taken_ms=fix.at_ms, earliest_ms=self._on_route_ms, latest_ms=first_ms)]

    def _standing(self, fix: _Fix) -> list[Said]:
        anchor = self._anchor
        if self.areas or anchor is None or not within(fix.point, anchor.point, self._rules.stop_m):
            self._anchor = None if self.areas else fix
            moved, self.stands = self.stands, False
            return [self._said(EventKind.MOVED_ON, fix)] if moved else []
        if self.stands or fix.at_ms - anchor.at_ms < self._rules.stop_ms:
            return []
        self.stands = True
        kind, since_ms = EventKind.STOOD_STILL, anchor.at_ms
        return [Said(kind=kind, taken_ms=fix.at_ms, earliest_ms=since_ms, latest_ms=since_ms)]

    def _said(self, kind: EventKind, fix: _Fix, **details: str) -> Said:
        """Say what happened between the position before (None: there was none) and this one."""
        earliest_ms = None if self._last is None else min(self._last.at_ms, fix.at_ms)
        return Said(kind=kind, taken_ms=fix.at_ms, earliest_ms=earliest_ms, latest_ms=fix.at_ms, details=dict(details))
