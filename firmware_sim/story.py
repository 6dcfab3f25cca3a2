"""What a scenario says: the places of a site, what hangs on which line, who moves which bag, and what breaks when.

Times are milliseconds after the scenario's start. `scenario.load` reads all this from a TOML file.
"""

import random
from dataclasses import dataclass
from typing import Any, Final

from firmware_sim.box_physics import BoxBuild
from firmware_sim.physics import Build

FRIDGE: Final = "fridge"
FREEZER: Final = "freezer"
AGITATOR: Final = "agitator"
BOX: Final = "box"
KINDS: Final = (FRIDGE, FREEZER, AGITATOR, BOX)

DOOR: Final = "door"
LID: Final = "lid"
MAINS: Final = "mains"
UPS: Final = "ups"
DEFROST: Final = "defrost"
MOTION: Final = "motion"
CONTACT_KINDS: Final = (DOOR, LID, MAINS, UPS, DEFROST, MOTION)
NORMALLY_ON: Final = (MAINS, MOTION)  # the mains is present, the agitator moves; all else is normally off


class ScenarioError(Exception):
    """A scenario file contradicts itself; the message names the entry and what is allowed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The oracle's own numbers, in tenths of a degree. None: there is no such limit.

    strict: the limit itself is outside already. hard_itself: the hard number itself counts. limit_rule: what a run
    that outlasts its delay is called. The last five say what is excused on an air probe, and for how long at most.
    """

    cold_tenths: int | None
    warm_tenths: int | None
    hard_cold_tenths: int | None
    hard_warm_tenths: int | None
    strict: bool = False
    hard_itself: bool = True
    limit_rule: str = "A01"
    sensor_fault_ms: int = 600_000
    hard_air_ms: int = 0
    door_recovery_ms: int | None = None  # None: an open door excuses nothing
    defrost_recovery_ms: int | None = None
    excuse_at_most_ms: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """A probe: where it sits (`load` or `air`), its delay to a finding, its collector channel (None: the box's)."""

    id: str
    place: str
    role: str
    delay_ms: int
    channel: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """A contact of a place, or (place "") of the site; `input` is its place in the module (None: the box's own)."""

    id: str
    kind: str
    place: str
    input: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """Something that lasts from from_ms to to_ms after the start; of a sensor `probe` says which."""

    from_ms: int
    to_ms: int
    probe: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """The door or lid opens at at_ms after the start; bags (by number) move in the middle of the opening."""

    at_ms: int
    open_ms: int
    put_in: tuple[int, ...] = ()
    taken_out: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Stray:
    """A tag that is not in this cabinet and is heard now and then; read_probability is per round."""

    epc: str
    read_probability: float
    rssi_dbm: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """A UHF reader inside a place, on a line of its own."""

    id: str
    line: str
    read_probability: tuple[float, float]
    rssi_dbm: tuple[int, int]
    strays: tuple[Stray, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A cabinet or a box. `build` has a pair of numbers where one is drawn once per seed."""

    id: str
    kind: str
    profile: str
    profile_version: int
    limits: Limits
    build: dict[str, Any]
    probes: tuple[Probe, ...]
    doors: tuple[Door, ...] = ()
    compressor_failures: tuple[Span, ...] = ()
    sensor_faults: tuple[Span, ...] = ()
    reader: Reader | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Waypoint:
    """The box is there at at_ms; between two of them it goes straight. Degrees are times 1e7 (WGS 84)."""

    at_ms: int
    latitude_e7: int
    longitude_e7: int
    ambient_celsius: float


@dataclass(frozen=True, slots=True)
class Circle:
    """An area on the ground: a middle in 1e-7 degrees (WGS 84) and a radius."""

    name: str
    latitude_e7: int
    longitude_e7: int
    radius_m: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """What the box is set to beside its limits (docs/boxes.md): areas, its route, and for how long what must last."""

    areas: tuple[Circle, ...] = ()
    route: tuple[tuple[int, int], ...] = ()  # latitude, longitude
    corridor_m: int = 2_000
    stop_ms: int = 1_200_000
    ready_after_ms: int = 1_800_000
    qualified_ms: int = 19_800_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Courier:
    """The courier's box as a gateway: `place` is its inside, `lid` its contact, `line` its serial line at the dock.

    buttons_ms: when somebody pressed its button after the start; no_fix: when its receiver hears no satellites;
    clock_is_dead: it does not know the time until the centre tells it; has_modem: it says how strongly it hears the
    network (event `signal`).
    """

    gateway: str
    place: str
    lid: str
    line: str
    on_ms: int
    battery_percent: int
    battery_hours_per_percent: float
    waypoints: tuple[Waypoint, ...]
    no_network: tuple[Span, ...]
    buttons_ms: tuple[int, ...] = ()
    no_fix: tuple[Span, ...] = ()
    clock_is_dead: bool = False
    has_modem: bool = False
    watch: Watch = Watch()


@dataclass(frozen=True, slots=True, kw_only=True)
class Packing:
    """The packing list of the box: these bags were put in at at_ms."""

    manifest: str
    box: str
    bags: tuple[int, ...]
    at_ms: int
    destination: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Issue:
    """A bag is handed out at at_ms."""

    bag: int
    to: str
    at_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """Bags that are alike: donation numbers and EPC serials count up from the first. `place` is where they begin."""

    place: str
    count: int
    scheme: str
    issuer: str
    donation_prefix: str
    first_number: int
    product_code: str
    division: str
    component: str
    blood_groups: tuple[str, ...]
    expires_after_days: tuple[int, int]
    epc_company: int
    epc_item: int
    epc_first_serial: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """A whole scenario."""

    name: str
    seed: int
    history_ms: int
    door_spread_ms: int
    polling_interval_ms: int
    bus_line: str
    collector_address: int
    contacts_address: int
    places: tuple[Place, ...]
    contacts: tuple[Contact, ...]
    mains_losses: tuple[Span, ...]
    series: tuple[Series, ...]
    blind: frozenset[int]
    outside_at_start: frozenset[int]
    courier: Courier | None = None
    packing: Packing | None = None
    issues: tuple[Issue, ...] = ()

    @property
    def bag_count(self) -> int:
        """How many tagged bags there are, blind ones included."""
        return sum(series.count for series in self.series)

    @property
    def readers(self) -> dict[str, tuple[Place, Reader]]:
        """Every reader's place and itself, by its line."""
        return {place.reader.line: (place, place.reader) for place in self.places if place.reader is not None}

    def place(self, name: str) -> Place:
        """Return a place by its id. Raises ScenarioError if there is none."""
        for place in self.places:
            if place.id == name:
                return place
        message = f"scenario {self.name} has no place {name!r}: {', '.join(place.id for place in self.places)}"
        raise ScenarioError(message)

    def series_of(self, number: int) -> tuple[Series, int]:
        """Return the series of bag `number` (from 1) and its place in it. Raises IndexError."""
        place = number - 1
        for series in self.series:
            if 0 <= place < series.count:
                return series, place
            place -= series.count
        message = f"bag {number} does not exist: scenario {self.name} has bags 1 to {self.bag_count}"
        raise IndexError(message)


def build_of(scenario: Scenario, seed: int, place: str | None = None) -> Build:
    """Return a cabinet (the first one if none is named) for one seed."""
    return Build(**_drawn(scenario.places[0] if place is None else scenario.place(place), seed))


def box_build_of(scenario: Scenario, seed: int, place: str) -> BoxBuild:
    """Return a box for one seed."""
    return BoxBuild(**_drawn(scenario.place(place), seed))


def _drawn(place: Place, seed: int) -> dict[str, float]:
    """Draw from every pair of numbers in the file once."""
    dice = random.Random(f"{seed}:{place.id}:build")  # noqa: S311 - a simulation must repeat, it protects nothing
    return {
        name: dice.uniform(*value) if isinstance(value, list) else float(value) for name, value in place.build.items()
    }
