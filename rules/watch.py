"""What a probe is folded under, and the rules of the alert catalogue that its fold knows."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from coldchain.places import Probe, ProbeRole
from rules.excuses import Excused, nothing_excused
from rules.limits import RULE_FROZEN, RULE_THAWED, Profile

AIR_READINGS: Final = 2  # of an air probe, one after the other, are needed beyond a hard limit
RULE_HARD_LIMIT: Final = "A02"  # hard limit: no delay in the load; beside Profile.limit_rule, after the delay
HARD_RULES: Final = (RULE_HARD_LIMIT, RULE_THAWED, RULE_FROZEN)
RULE_UNMEASURED: Final = "A05"  # nobody measured
RULE_SENSOR: Final = "A30"  # the sensor, not the cold


def loaded_from(probes: Iterable[Probe]) -> int | None:
    """Return from when on a place, given by its probes, has one in its load; None if it has none."""
    return min((probe.since_ms or 0 for probe in probes if probe.role is ProbeRole.LOAD), default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """What a probe is folded under. `since_ms`: from when on somebody expects it to measure, if anybody does.

    `profile` as it holds in this kind of place. `excused` is asked for an air probe only, and only while a run lasts.
    `loaded_from_ms`: from when on the place has a load probe, None: never. Then an air probe says nothing of a product
    that is lost.
    """

    profile: Profile
    role: ProbeRole
    horizon_ms: int
    since_ms: int | None = None
    excused: Excused = nothing_excused
    loaded_from_ms: int | None = None

    def readings_needed(self) -> int:
        """Return how many readings, one after the other, must be beyond a hard limit: one of the air may be a door."""
        return 1 if self.role is ProbeRole.LOAD else AIR_READINGS

    def speaks_of_the_product(self, at_ms: int) -> bool:
        """Tell whether the probe may say that a product is lost: one in the load, or in the air if there is none."""
        return self.role is ProbeRole.LOAD or self.loaded_from_ms is None or at_ms < self.loaded_from_ms

    def delay_ms(self, *, hard: bool) -> int:
        """Return how long a run must last, excuses taken off, before it is a finding."""
        delay_ms = self.profile.delay_ms(self.role)
        return min(delay_ms, self.profile.hard_delay_ms(self.role)) if hard else delay_ms
