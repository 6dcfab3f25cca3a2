"""What a place must keep to: the values of a profile, and how they hold in each kind of place."""

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from coldchain.errors import InvalidValueError
from coldchain.places import PlaceKind, ProbeRole, Text

RULE_STORAGE: Final = "A01"  # storage limit exceeded, after the delay
RULE_THAWED: Final = "A12"  # a frozen product may have thawed
RULE_FROZEN: Final = "A13"  # cells may have frozen
RULE_TRANSPORT: Final = "A03"  # transport limit exceeded, after the delay
CONFIRMED: Final = "confirmed"
NO_LIMIT: Final = -(2**62)  # colder than anything that is kept
WEAKEST_FIRST: Final = ("PROP", "K", "V2", "V")  # evidence marks


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


class Product(StrEnum):
    """What a profile is for. `CELLS`: whole blood, red cells, platelets, granulocytes, frozen ones as well."""

    CELLS = "cells"
    PLASMA = "plasma"  # plasma and cryoprecipitate
    VACCINE = "vaccine"
    MEDICINE = "medicine"
    REAGENT = "reagent"
    TISSUE = "tissue"
    SAMPLE = "sample"  # of patients and donors, kept after a transfusion


class Returns(StrEnum):
    """Whether a unit that was issued may come back to stock."""

    NEVER = "never"
    WITHIN_LIMIT = "within-limit"  # when it was out for no longer than Outing.limit_ms, and no more often than allowed
    PROVEN = "proven"  # only with the proof that it was kept within the storage or transport limits all the time


@dataclass(frozen=True, slots=True, kw_only=True)
class NearLimit:
    """The pre-limit warning (A04): within `margin_micro_celsius` of a limit, inside it, for `delay_ms`."""

    margin_micro_celsius: int
    delay_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Outing:
    """The clock of a unit out of controlled storage (A08): to be warned of after `warn_ms`, too long after `limit_ms`.

    None: no such number. Exactly the limit is not yet too long. With `returns` NEVER the limit holds for handling
    before the issue only. `occasions`: how often a unit may be out for up to the limit; `back_ms`: for how long it has
    to be back in storage before it is issued again.
    """

    returns: Returns
    limit_ms: int | None = None
    warn_ms: int | None = None
    occasions: int | None = None
    back_ms: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class UseClock:
    """How long after something a unit may be used at most, and when to warn of that (A09: of the transfusion)."""

    limit_ms: int
    warn_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """What one unit may bear in all (A26, A27), above `above_` or below `below_micro_celsius`.

    Neither: outside the storage limits. `itself`: whether time at exactly that number counts. `total_ms` of all
    occasions together, `single_ms` of one of them, `occasions` how many; None: no such limit. Exactly the number is
    still within. `warn_percent` of the total is to be warned of.
    """

    above_micro_celsius: int | None = None
    below_micro_celsius: int | None = None
    itself: bool = False
    total_ms: int | None = None
    single_ms: int | None = None
    occasions: int | None = None
    warn_percent: int = 80


@dataclass(frozen=True, slots=True, kw_only=True)
class KineticLimit:
    """Mean kinetic temperature over the last `window_ms`, at most `high_micro_celsius` (A47). Never for blood.

    It is not enough alone: what a reading may reach beside it is `excursion_low_`/`excursion_high_micro_celsius`, for
    `excursion_ms` at a time (None: the source gives no time); up to `transient_micro_celsius` (None: no more than that)
    for `transient_ms`.
    """

    window_ms: int
    high_micro_celsius: int
    excursion_low_micro_celsius: int
    excursion_high_micro_celsius: int
    excursion_ms: int | None = None
    transient_micro_celsius: int | None = None
    transient_ms: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class VaccineAlarm:
    """Heat and freeze of a vaccine compartment (A48): above `heat_` or at or below `freeze_`, each for its time."""

    heat_micro_celsius: int
    heat_ms: int
    freeze_micro_celsius: int
    freeze_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Plausibility:
    """When a probe is not believed (A30). Real cold or heat is never thrown away for it.

    Flat: no change of more than `flat_micro_celsius` for `flat_ms`. A jump: more than `jump_micro_celsius_per_min`.
    Siblings: two probes of one place differ by more than `siblings_micro_celsius` for `siblings_ms`.
    """

    flat_micro_celsius: int
    flat_ms: int
    jump_micro_celsius_per_min: int
    siblings_micro_celsius: int
    siblings_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ManualCheck:
    """Readings that people take (A31): so many a day, so far apart, and how far apart where nothing records by itself.

    0 and None: the source asks for none of it.
    """

    per_day: int
    apart_ms: int = 0
    unrecorded_ms: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordInterval:
    """How far apart two records may lie: in storage, on the road, while a limit is exceeded (None: not said)."""

    storage_ms: int
    transport_ms: int | None = None
    outside_ms: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ShelfLife:
    """The longest life of a unit by its `process`, "any": whatever it is. The label counts where it says less."""

    process: str
    longest_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitRules:
    """What a profile says of single units. None and (): it says nothing of it, and nothing is watched.

    `four_hours`: from leaving controlled storage to the end of the transfusion. `thawed`: from thawing to use, of a
    thawed component; it is never frozen again. `opened_ms`: how long after its system was opened.
    `expiry_warn_ms`: how long before its expiry to warn (A14).
    """

    outing: Outing | None = None
    four_hours: UseClock | None = None
    issued: UseClock | None = None  # from the issue to the transfusion's end
    thawed: UseClock | None = None
    opened_ms: int | None = None
    expiry_warn_ms: int | None = None
    shelf_lives: tuple[ShelfLife, ...] = ()
    budgets: tuple[Budget, ...] = ()


NO_UNIT_RULES: Final = UnitRules()


@dataclass(frozen=True, slots=True, kw_only=True)
class Cumulative:
    """How much time outside, in one direction, is a finding (A27) however short each run was: so much of any window."""

    budget_ms: int
    window_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """What a place must keep to. Temperatures in micro-degrees Celsius (None: no such limit), times in milliseconds.

    `status` is "to-be-confirmed" until a quality manager has approved it: everything shown under it says so.
    `hard_low_counts`, `hard_high_counts`: whether the hard limit's own number is beyond it. `limit_rule` is the alert
    catalogue's id for a limit exceeded after the delay. `agitation_stopped_ms`: for how long the agitator may stand
    still; None: no agitation is required.

    What a file need not say, and old ones do not: `product` and `frozen` (None, False: nobody said), `thaw_`: a frozen
    product above it may have thawed (A12), `freeze_`: cells at or below it may have frozen (A13), gaps of agitation of
    one unit, single and in all (A11), for how many years records are kept, and the rules of the structs above.
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
    component: str = ""
    product: Product | None = None
    frozen: bool = False
    thaw_micro_celsius: int | None = None
    freeze_micro_celsius: int | None = None
    agitation_forbidden: bool = False
    agitation_single_ms: int | None = None
    agitation_total_ms: int | None = None
    near_limit: NearLimit | None = None
    units: UnitRules = NO_UNIT_RULES
    kinetic: tuple[KineticLimit, ...] = ()
    vaccine: VaccineAlarm | None = None
    plausibility: Plausibility | None = None
    manual_check: ManualCheck | None = None
    record_interval: RecordInterval | None = None
    retention_years: int | None = None
    cumulative: Cumulative | None = None

    @property
    def confirmed(self) -> bool:
        """Whether a quality manager has approved it."""
        return self.status == CONFIRMED

    @property
    def evidence(self) -> str:
        """The weakest evidence mark of its limits of storage and transport: V, V2, K or PROP."""
        marks = {one.evidence for one in self.citations if one.section in {"storage", "transport"}}
        return next((mark for mark in WEAKEST_FIRST if mark in marks), "")

    @property
    def cellular(self) -> bool:
        """Whether it is for living cells, which freezing destroys unless they were frozen on purpose."""
        return self.product is Product.CELLS

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

    def inside(self) -> tuple[int, int]:
        """Return the lowest and the highest temperature within the limits, in whole micro-degrees."""
        low = self.low_micro_celsius
        lowest = NO_LIMIT if low is None else low if self.low_inclusive else low + 1
        return lowest, self.high_micro_celsius if self.high_inclusive else self.high_micro_celsius - 1

    def beyond_hard(self, value: int) -> bool:
        """Tell whether a temperature is beyond a hard limit; the limit's own number is if the profile says so."""
        low, high = self.hard_low_micro_celsius, self.hard_high_micro_celsius
        below = low is not None and (value < low or (value == low and self.hard_low_counts))
        above = high is not None and (value > high or (value == high and self.hard_high_counts))
        return below or above

    def lost_rule(self, value: int) -> str | None:
        """Return the rule by which the product is presumed lost at a temperature: A12 thawed, A13 frozen; else None."""
        if self.frozen and self.thaw_micro_celsius is not None and value > self.thaw_micro_celsius:
            return RULE_THAWED
        if not self.frozen and self.freeze_micro_celsius is not None and value <= self.freeze_micro_celsius:
            return RULE_FROZEN
        return None

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
