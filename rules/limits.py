"""What a place must keep to: the values of a profile, and how they hold in each kind of place."""

from dataclasses import dataclass, replace
from typing import Final

from coldchain.errors import InvalidValueError
from coldchain.places import PlaceKind, ProbeRole, Text

RULE_STORAGE: Final = "A01"  # storage limit exceeded, after the delay
RULE_TRANSPORT: Final = "A03"  # transport limit exceeded, after the delay
CONFIRMED: Final = "confirmed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Citation:
    """Where a section's numbers came from, and how well that is known (V, V2, K, PROP)."""

    section: str
    source: str
    evidence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Transport:
    """The limits that hold in a box instead of the storage limits, and how long a unit may be on the road (A20)."""

    low_micro_celsius: int | None
    high_micro_celsius: int
    low_inclusive: bool
    high_inclusive: bool
    delay_ms: int
    max_ms: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Excuse:
    """Time of an air probe's run that does not count towards its delay, at most `most_ms` of one run.

    While a door or lid is open and for `door_recovery_ms` after it closed, while the controller says that it
    defrosts and for `defrost_recovery_ms` after that. All 0: nothing is excused.
    """

    door_recovery_ms: int = 0
    defrost_recovery_ms: int = 0
    most_ms: int = 0


NOTHING: Final = Excuse()


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """What a place must keep to. Temperatures in micro-degrees Celsius (None: no such limit), times in milliseconds.

    `status` is "to-be-confirmed" until a quality manager has approved it: everything shown under it says so.
    `hard_low_counts`, `hard_high_counts`: whether the hard limit's own number is beyond it. `limit_rule` is the alert
    catalogue's id for a limit exceeded after the delay. `agitation_stopped_ms`: for how long the agitator may stand
    still; None: no agitation is required.
    """

    id: str
    version: int
    status: str
    name: Text
    low_micro_celsius: int | None
    high_micro_celsius: int
    low_inclusive: bool
    high_inclusive: bool
    hard_low_micro_celsius: int | None
    hard_high_micro_celsius: int | None
    hard_low_counts: bool
    hard_high_counts: bool
    hard_air_ms: int
    load_delay_ms: int
    air_delay_ms: int
    dead_band_micro_celsius: int
    hold_ms: int
    gap_tolerance_ms: int
    sensor_fault_ms: int
    citations: tuple[Citation, ...]
    transport: Transport | None = None
    excuse: Excuse = NOTHING
    agitation_stopped_ms: int | None = None
    limit_rule: str = RULE_STORAGE

    @property
    def confirmed(self) -> bool:
        """Whether a quality manager has approved it."""
        return self.status == CONFIRMED

    def at(self, kind: PlaceKind) -> "Profile":
        """Return the profile as it holds in a place of this kind.

        On the road (box, crate, vehicle) the transport limits and their delay replace the storage ones and nothing is
        excused; a hard limit holds there only where it lies beyond the transport limit. Raises InvalidValueError for
        such a place if the profile has no transport limits.
        """
        match kind:
            case PlaceKind.BOX | PlaceKind.CRATE | PlaceKind.VEHICLE:
                return self._on_the_road()
            case PlaceKind.FRIDGE | PlaceKind.FREEZER | PlaceKind.AGITATOR | PlaceKind.BASKET:
                return self

    def delay_ms(self, role: ProbeRole) -> int:
        """Return how long a probe of this role must be outside before it is a finding."""
        match role:
            case ProbeRole.LOAD:
                return self.load_delay_ms
            case ProbeRole.AIR:
                return self.air_delay_ms

    def hard_delay_ms(self, role: ProbeRole) -> int:
        """Return how long a run that reached a hard limit must last before it is a finding: 0 in the load, at once."""
        match role:
            case ProbeRole.LOAD:
                return 0
            case ProbeRole.AIR:
                return self.hard_air_ms

    def too_warm(self, value: int) -> bool:
        """Tell whether a temperature is beyond the upper limit, as inclusive or strict as the profile says."""
        return value > self.high_micro_celsius or (value == self.high_micro_celsius and not self.high_inclusive)

    def too_cold(self, value: int) -> bool:
        """Tell whether a temperature is beyond the lower limit; never if there is none."""
        low = self.low_micro_celsius
        return low is not None and (value < low or (value == low and not self.low_inclusive))

    def beyond_hard(self, value: int) -> bool:
        """Tell whether a temperature is beyond a hard limit; the limit's own number is if the profile says so."""
        low, high = self.hard_low_micro_celsius, self.hard_high_micro_celsius
        below = low is not None and (value < low or (value == low and self.hard_low_counts))
        above = high is not None and (value > high or (value == high and self.hard_high_counts))
        return below or above

    def _on_the_road(self) -> "Profile":
        road = self.transport
        if road is None:
            msg = (
                f"profile {self.id} version {self.version} has no [transport] limits: it cannot hold in a place of "
                f"kind {PlaceKind.BOX}; choose a profile or version that has them"
            )
            raise InvalidValueError(msg)
        low, high = self.hard_low_micro_celsius, self.hard_high_micro_celsius
        low_beyond = low is not None and road.low_micro_celsius is not None and low < road.low_micro_celsius
        high_beyond = high is not None and high > road.high_micro_celsius
        return replace(
            self,
            low_micro_celsius=road.low_micro_celsius,
            high_micro_celsius=road.high_micro_celsius,
            low_inclusive=road.low_inclusive,
            high_inclusive=road.high_inclusive,
            hard_low_micro_celsius=low if low_beyond else None,
            hard_high_micro_celsius=high if high_beyond else None,
            load_delay_ms=road.delay_ms,
            air_delay_ms=road.delay_ms,
            excuse=NOTHING,
            limit_rule=RULE_TRANSPORT,
        )
