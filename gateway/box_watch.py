"""What a courier's box concludes by itself: ready or not, when it beeps, where it is. Pure.

docs/boxes.md owns the rules.

Time is handed in with each call, in UTC milliseconds, and never goes back within one run of the box. Each call returns
the events that follow from it, in order. What is held is the last of everything: it does not grow.

    button ─► COOLING ──within limits for its time──► READY ──lid opened, shut──► PACKED ──qualification──► over
                 ▲                                      │
                 └──── a hindrance with the lid shut, or the lid open for too long
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from coldchain.facts import EventKind
from coldchain.units import Direction, FindingKind
from gateway.box_way import BoxWay
from gateway.box_words import MINUTE_MS, BoxRules, Hindrance, Reading, Said, side

LIMIT_RULE: Final = "A03"
HARD_RULE: Final = "A02"


class Phase(StrEnum):
    """How far a box has come to its trip."""

    UNKNOWN = "unknown"  # nobody pressed the button
    COOLING = "cooling"
    READY = "ready"
    PACKED = "packed"


@dataclass(slots=True)
class _Run:
    """A probe outside the limits since since_ms; `rule` once it beeps."""

    direction: Direction
    since_ms: int
    micro_celsius: int
    rule: str = ""


class BoxWatch:
    """The mind of one box."""

    def __init__(self, rules: BoxRules, *, has_lid: bool = False) -> None:
        """Begin without having heard of anything: the battery is taken not to be low.

        `has_lid`: something looks at the lid, and until it was seen nobody knows how it stands. Without, it is shut.
        """
        self.phase = Phase.UNKNOWN
        self.reason: Hindrance | None = None
        self.until_ms: int | None = None
        self.over = False
        self._rules = rules
        self._way = BoxWay(rules)
        self._runs: dict[str, _Run] = {}
        self._began_ms = 0
        self._within_ms: int | None = None
        self._lid_unknown = has_lid
        self._lid_ms: int | None = None  # open since
        self._percent: int | None = None

    @property
    def ready(self) -> bool:
        """Whether the lamp is green."""
        return self.phase is Phase.READY or (self.phase is Phase.PACKED and not self.over)

    @property
    def beeping(self) -> bool:
        """Whether the beeper sounds."""
        return any(run.rule for run in self._runs.values())

    def button(self, at_ms: int) -> list[Said]:
        """Begin to pre-condition. The beeper falls silent; what it beeped for is said to have ended."""
        ended = [_alarm(EventKind.ALARM_CLEARED, probe, run, at_ms) for probe, run in self._runs.items() if run.rule]
        self._runs.clear()
        self.phase, self.reason, self.until_ms, self.over = Phase.COOLING, None, None, False
        self._began_ms, self._within_ms = at_ms, None
        minutes = self._rules.ready_after_ms // MINUTE_MS
        return [*ended, _own(EventKind.PRECONDITIONING_BEGAN, at_ms, within_min=minutes)]

    def lid(self, at_ms: int, *, is_open: bool) -> list[Said]:
        """Take how the lid stands. Shut after it was open on a ready box, it is packed."""
        self._lid_unknown = False
        if not is_open and self._lid_ms is not None and self.phase is Phase.READY:
            self.phase, self.until_ms = Phase.PACKED, at_ms + self._rules.qualified_ms
            self._lid_ms = None
            return [_own(EventKind.BOX_READY, at_ms, qualified_min=self._qualified_min, until_ms=self.until_ms)]
        if is_open != (self._lid_ms is not None):
            self._lid_ms = at_ms if is_open else None
        return []

    def lid_lost(self) -> None:
        """Take it that nobody sees the lid any more: not even that somebody is packing."""
        self._lid_unknown, self._lid_ms = True, None

    def battery(self, percent: int) -> None:
        """Take how full the battery is; it counts from the next measurement on."""
        self._percent = percent

    def fix(self, at_ms: int, latitude_e7: int, longitude_e7: int) -> list[Said]:
        """Take a position; return what follows from it for areas, route and stops."""
        return self._way.fix(at_ms, latitude_e7, longitude_e7)

    def measured(self, at_ms: int, readings: Sequence[Reading]) -> list[Said]:
        """Take one measurement of every probe; return alarms first, then what it means for readiness."""
        said = [] if self._silent(at_ms) else [one for reading in readings for one in self._alarms(at_ms, reading)]
        if self.phase is Phase.COOLING:
            return said + self._cooling(at_ms, readings)
        if self.phase is Phase.READY:
            return said + self._still_ready(at_ms, readings)
        return said + self._qualification(at_ms)

    @property
    def _qualified_min(self) -> int:
        return self._rules.qualified_ms // MINUTE_MS

    def _silent(self, at_ms: int) -> bool:
        return self.phase is Phase.COOLING and at_ms - self._began_ms < self._rules.cooling_ms

    def _cooling(self, at_ms: int, readings: Sequence[Reading]) -> list[Said]:
        hindrance = self._hindrance(readings)
        if hindrance is not None:
            self._within_ms = None
            return self._not_ready(at_ms, hindrance)
        if self._within_ms is None:
            self._within_ms = at_ms
        if at_ms - self._within_ms < self._rules.ready_after_ms:
            return self._not_ready(at_ms, Hindrance.TIME)
        self.phase, self.reason = Phase.READY, None
        return [_own(EventKind.BOX_READY, at_ms, qualified_min=self._qualified_min)]

    def _still_ready(self, at_ms: int, readings: Sequence[Reading]) -> list[Said]:
        """Look at a ready box again. While its lid is open somebody packs it, and the air may be warm."""
        hindrance = self._hindrance(readings)
        if self._lid_ms is not None:
            hindrance = Hindrance.LID_OPEN if at_ms - self._lid_ms >= self._rules.packing_ms else None
        if hindrance is None:
            return []
        self.phase, self._began_ms, self._within_ms = Phase.COOLING, at_ms, None
        return self._not_ready(at_ms, hindrance)

    def _not_ready(self, at_ms: int, reason: Hindrance) -> list[Said]:
        if reason is self.reason:
            return []
        self.reason = reason
        return [_own(EventKind.BOX_NOT_READY, at_ms, reason=reason.value)]

    def _qualification(self, at_ms: int) -> list[Said]:
        if self.until_ms is None or self.over or at_ms < self.until_ms:
            return []
        self.over = True
        until_ms = self.until_ms
        details: dict[str, int | str] = {"until_ms": until_ms}
        kind = EventKind.QUALIFICATION_OVER
        return [Said(kind=kind, taken_ms=at_ms, earliest_ms=until_ms, latest_ms=until_ms, details=details)]

    def _hindrance(self, readings: Sequence[Reading]) -> Hindrance | None:
        values = [reading.micro_celsius for reading in readings]
        sides = [side(value, self._rules) for value in values if value is not None]
        if not values or None in values:
            return Hindrance.NO_READING
        if Direction.TOO_WARM in sides:
            return Hindrance.TOO_WARM
        if Direction.TOO_COLD in sides:
            return Hindrance.TOO_COLD
        if self._lid_ms is not None:
            return Hindrance.LID_OPEN
        if self._lid_unknown:
            return Hindrance.LID_UNKNOWN
        low = self._percent is not None and self._percent <= self._rules.battery_low_percent
        return Hindrance.BATTERY_LOW if low else None

    def _alarms(self, at_ms: int, reading: Reading) -> list[Said]:
        """Follow one probe. Without a temperature nothing changes: nobody can show that it is over."""
        micro, said = reading.micro_celsius, []
        if micro is None:
            return []
        run, now = self._runs.get(reading.probe), side(micro, self._rules)
        if run is not None and self._ended(run, now, micro):
            del self._runs[reading.probe]
            run.micro_celsius = micro
            said = [_alarm(EventKind.ALARM_CLEARED, reading.probe, run, at_ms)] if run.rule else []
            run = None
        if run is None and now is not None:
            run = self._runs[reading.probe] = _Run(now, at_ms, micro)
        if run is not None and not run.rule:
            run.micro_celsius = micro
            run.rule = self._rule(at_ms, run, reading)
            said += [_alarm(EventKind.ALARM_RAISED, reading.probe, run, at_ms)] if run.rule else []
        return said

    def _ended(self, run: _Run, now: Direction | None, micro_celsius: int) -> bool:
        """Tell whether a run is over: back inside, of one that beeps by the dead band, or on the other side."""
        if now is not None:
            return now is not run.direction
        if not run.rule:
            return True
        band = self._rules.dead_band_micro_celsius
        if run.direction is Direction.TOO_WARM:
            return micro_celsius <= self._rules.high_micro_celsius - band
        return micro_celsius >= self._rules.low_micro_celsius + band

    def _rule(self, at_ms: int, run: _Run, reading: Reading) -> str:
        hard, micro = self._rules.hard_low_micro_celsius, run.micro_celsius
        if reading.load and hard is not None and run.direction is Direction.TOO_COLD and micro <= hard:
            return HARD_RULE
        return LIMIT_RULE if at_ms - run.since_ms >= self._rules.alarm_after_ms else ""


def _own(kind: EventKind, at_ms: int, **details: int | str) -> Said:
    return Said(kind=kind, taken_ms=at_ms, earliest_ms=at_ms, latest_ms=at_ms, details=details)


def _alarm(kind: EventKind, probe: str, run: _Run, at_ms: int) -> Said:
    details: dict[str, int | str] = {
        "rule": run.rule,
        "kind": FindingKind.EXCURSION.value,
        "since_ms": run.since_ms,
        "direction": run.direction.value,
        "micro_celsius": run.micro_celsius,
    }
    earliest_ms = run.since_ms if kind is EventKind.ALARM_RAISED else at_ms
    return Said(kind=kind, taken_ms=at_ms, earliest_ms=earliest_ms, latest_ms=at_ms, origin=probe, details=details)
