"""What a courier's box is set to, and in which words it says what it noticed (figures: docs/boxes.md). Frozen."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from coldchain.facts import EventKind
from coldchain.units import Direction
from gateway.box_ground import Point

MINUTE_MS: Final = 60_000
AREAS_MAX: Final = 100
ROUTE_POINTS_MAX: Final = 1_000


class Hindrance(StrEnum):
    """Why a box is not ready; the first that holds is said."""

    NO_READING = "no-reading"
    TOO_WARM = "too-warm"
    TOO_COLD = "too-cold"
    LID_OPEN = "lid-open"
    LID_UNKNOWN = "lid-unknown"  # nobody looked at it lately
    BATTERY_LOW = "battery-low"
    TIME = "time"  # all is well, but not yet for long enough


@dataclass(frozen=True, slots=True, kw_only=True)
class Area:
    """A circle on the ground in which the box is expected, such as a blood station or a hospital."""

    name: str
    middle: Point
    radius_m: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BoxRules:
    """What a box is set to. Limits are inside themselves, as the profile's transport limits are; ms and micro-degrees.

    `hard_low_micro`: at or below it the load probe alarms at once (A02). Delay: A03. `qualified_ms`: of its
    qualification report (example: an NHSBT box for red cells, 5.5 h). Battery: A45. Route and stop: A21. All else is a
    proposal of this project.
    """

    low_micro_celsius: int
    high_micro_celsius: int
    hard_low_micro_celsius: int | None = None
    alarm_after_ms: int = 10 * MINUTE_MS
    dead_band_micro_celsius: int = 200_000
    ready_after_ms: int = 30 * MINUTE_MS
    qualified_ms: int = 330 * MINUTE_MS
    packing_ms: int = 10 * MINUTE_MS
    cooling_ms: int = 240 * MINUTE_MS
    battery_low_percent: int = 20
    areas: tuple[Area, ...] = ()
    area_margin_m: int = 100
    route: tuple[Point, ...] = ()
    corridor_m: int = 2_000
    beside_fixes: int = 2
    stop_ms: int = 20 * MINUTE_MS
    stop_m: int = 200
    fix_gap_ms: int = 15 * MINUTE_MS


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One measurement of one probe; None: it gave no temperature. `load`: it sits in the load, not in the air."""

    probe: str
    load: bool
    micro_celsius: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """One event of a probe (`origin`) or of the box itself (""), noticed at taken_ms.

    It happened between earliest_ms (None: nobody knows) and latest_ms.
    """

    kind: EventKind
    taken_ms: int
    earliest_ms: int | None
    latest_ms: int
    origin: str = ""
    details: Mapping[str, int | str] = field(default_factory=dict)


def side(micro_celsius: int, rules: BoxRules) -> Direction | None:
    """Return on which side of the limits a temperature lies, None within them."""
    if micro_celsius > rules.high_micro_celsius:
        return Direction.TOO_WARM
    return Direction.TOO_COLD if micro_celsius < rules.low_micro_celsius else None
