"""A simulated city: 60 hospitals and 4 storage points with 250 cabinets and boxes, what breaks in them, and when.

The physics are those of firmware_sim.physics and box_physics (the same constants from the storage point's scenario, the
same equations), taken for all places at once in steps of STEP_S seconds; `deviation` compares the two. Sensors measure
once a minute, with noise, in tenths of a degree; what is wrong with a sensor is put on top, so that what a healthy one
would have said is known. All rates are made up for the test (PROP), seeded, and printed by benchmarks/city.py.
"""

import random
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

from coldchain.facts import EventKind
from firmware_sim.physics import Fridge
from firmware_sim.scenario import STORAGE_POINT, load
from firmware_sim.story import box_build_of, build_of

STEP_S: Final = 5
STEPS: Final = 86_400 // STEP_S
MINUTES: Final = 1_440
DAY_MS: Final = 86_400_000
HOUR_MS: Final = 3_600_000
MINUTE_MS: Final = 60_000
START_MS: Final = 1_790_000_000_000 // DAY_MS * DAY_MS
NO_SENSOR: Final = -32_768
MODELS: Final = {"fridge": "fridge-2", "freezer": "freezer-1", "agitator": "platelet-1", "box": "box-1"}
YEAR_DAYS: Final = 365
# What happens on average in a year: of a place, a site, a probe. [shortest, longest] hours.
RATES: Final[dict[str, tuple[float, float, float]]] = {
    "compressor": (1.5, 1.0, 8.0),
    "ajar": (2.0, 0.5, 6.0),
    "wear": (0.3, 240.0, 480.0),
    "packs": (3.0, 4.0, 10.0),
    "motor": (1.0, 0.2, 5.0),
    "mains": (6.0, 0.1, 6.0),
    "gateway": (12.0, 0.1, 12.0),
    "stuck": (0.5, 6.0, 48.0),
    "spike": (4.0, 0.0, 0.0),
    "no-sensor": (1.0, 0.1, 5.0),
    "step": (0.3, 1.0, 12.0),
}
OF_SITES: Final = ("mains", "gateway")
OF_PROBES: Final = ("stuck", "spike", "no-sensor", "step")
SWITCHES: Final = (
    ("on_above", "on_above_celsius", 1e6),
    ("off_below", "off_below_celsius", -1e6),
    ("heat_on", "heat_on_below_celsius", -1e6),
    ("heat_off", "heat_off_above_celsius", 1e6),
)
OPENINGS: Final = {"fridge": 18, "freezer": 4, "agitator": 8, "box": 0}


Cells: TypeAlias = npt.NDArray[np.float64]
Tenths: TypeAlias = npt.NDArray[np.int16]
Bools: TypeAlias = npt.NDArray[np.bool_]


class Cabinet(NamedTuple):
    """One place."""

    id: str
    site: str
    kind: str

    @property
    def gateway(self) -> str:
        """The gateway that reads it: that of its site, or the box itself."""
        return self.id if self.kind == "box" else f"{self.site}-gw"


class Span(NamedTuple):
    """Something is wrong from from_ms to to_ms with a subject: a place, a site or a probe."""

    what: str
    subject: str
    from_ms: int
    to_ms: int


class Word(NamedTuple):
    """What a contact says."""

    at_ms: int
    origin: str
    gateway: str
    kind: EventKind


@dataclass
class Day:
    """One day: what healthy sensors would have said, what they said (tenths, [minute, place, load or air]), words."""

    number: int
    healthy: Any
    said: Any
    words: list[Word]


def town(places: int) -> list[Cabinet]:
    """Return the first so many places of the city, whole sites as far as they go, kinds mixed."""
    found: list[Cabinet] = []
    for n in range(4):
        kinds = ["fridge"] * 4 + ["freezer"] * 2 + ["agitator"] * 2
        found += [Cabinet(f"p{n}-{kind}-{i}", f"point-{n}", kind) for i, kind in enumerate(kinds)]
    for n in range(60):
        kinds = ["fridge", "fridge", "freezer", "box"] if n < 28 else ["fridge", "fridge", "freezer"]
        kinds += ["agitator"] if n < 10 else []
        found += [Cabinet(f"h{n}-{kind}-{i}", f"hospital-{n}", kind) for i, kind in enumerate(kinds)]
    return found if places >= len(found) else found[:: len(found) // places][:places]


@dataclass
class City:
    """The city's state between two days, and its faults of the whole time."""

    seed: int
    days: int
    places: list[Cabinet]
    faults: float = 1.0
    spans: list[Span] = field(default_factory=list)
    _state: dict[str, Any] = field(default_factory=dict)
    build: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.spans = _spans(self)
        self.build = _builds(self)
        n, start = len(self.places), self.build["start_celsius"]
        self._state = {"air": start.copy(), "load": start.copy(), "packs": start.copy()}
        self._state |= {name: np.zeros(n, bool) for name in ("cooling", "heating")}
        self._held: dict[str, int] = {}

    def probes(self) -> list[str]:
        """Return the probes in the order of a day's columns."""
        return [f"{one.id}-{role}" for one in self.places for role in ("load", "air")]

    def day(self, number: int) -> Day:
        """Live the next day. Days are lived in order."""
        doors = self._doors(number)
        switches = self.switches(number, doors)
        air, load = self.physics(switches)
        dice = np.random.default_rng((self.seed, number))
        true = np.stack([load, air], axis=2)
        healthy = np.rint((true + dice.normal(0.0, 0.03, true.shape)) * 10).astype(np.int16)
        return Day(number, healthy, self._spoilt(number, healthy), self._words(number, doors))

    def of(self, *whats: str) -> list[Span]:
        """Return the faults of these kinds."""
        return [one for one in self.spans if one.what in whats]

    def _doors(self, number: int) -> dict[int, list[tuple[int, int]]]:
        """Return of each place (by column) when its door is open, in ms, disjoint and in order."""
        day_ms = START_MS + number * DAY_MS
        found: dict[int, list[tuple[int, int]]] = {}
        for column, one in enumerate(self.places):
            chance = random.Random(f"{self.seed}:{number}:{one.id}")
            spans = []
            for _ in range(round(OPENINGS[one.kind] * chance.uniform(0.5, 1.5))):
                at_ms = day_ms + round(chance.uniform(6, 22) * HOUR_MS)
                spans.append((at_ms, at_ms + chance.randrange(10_000, 60_000)))
            if one.kind == "box":
                spans += [(at, at + chance.randrange(20_000, 120_000)) for at in self._trips(number, one)]
            elif chance.random() < 1 / 7:  # loaded
                at_ms = day_ms + round(chance.uniform(7, 20) * HOUR_MS)
                spans.append((at_ms, at_ms + chance.randrange(8, 25) * MINUTE_MS))
            spans += [(a.from_ms, a.to_ms) for a in self.of("ajar") if a.subject == one.id]
            found[column] = _united([one for one in spans if one[0] < day_ms + DAY_MS and one[1] > day_ms])
        return found

    def _trips(self, number: int, box: Cabinet) -> list[int]:
        """Return when a box sets out: twice a day for two hours, and its lid opens at both ends."""
        chance = random.Random(f"{self.seed}:{number}:{box.id}:trips")
        day_ms = START_MS + number * DAY_MS
        starts = [day_ms + round(hour * HOUR_MS) for hour in (chance.uniform(7, 9), chance.uniform(13, 15))]
        return [at for start in starts for at in (start, start + 2 * HOUR_MS)]

    def switches(  # noqa: C901 - a list of what may hold
        self, number: int, doors: dict[int, list[tuple[int, int]]]
    ) -> dict[str, Any]:
        """Return what holds at each step of the day: [step, place]."""
        shape = STEPS, len(self.places)
        found = {name: np.zeros(shape, bool) for name in ("door", "dead", "dark", "defrost", "still", "warm_packs")}
        wear = np.ones(shape[1])
        day_ms = START_MS + number * DAY_MS
        for column, one in enumerate(self.places):
            for span in doors[column]:
                _paint(found["door"], column, span, day_ms)
            if one.kind == "freezer":
                for span in _defrosts(number):
                    _paint(found["defrost"], column, span, day_ms)
        names = {"compressor": "dead", "motor": "still", "mains": "dark", "packs": "warm_packs"}
        for fault in self.spans:
            if fault.to_ms <= day_ms or fault.from_ms >= day_ms + DAY_MS:
                continue
            for column, one in enumerate(self.places):
                here = one.site if fault.what in OF_SITES else one.id
                if here != fault.subject:
                    continue
                if fault.what in names:
                    _paint(found[names[fault.what]], column, (fault.from_ms, fault.to_ms), day_ms)
                elif fault.what == "wear":
                    wear[column] = 1 - 0.9 * (day_ms - fault.from_ms) / (fault.to_ms - fault.from_ms)
        found["wear"] = np.clip(wear, 0.0, 1.0)
        found["ambient"] = self._ambient(number)
        return found

    def _ambient(self, number: int) -> Cells:
        """Return the room's warmth by hour and place; of a box on the road that of a summer's street."""
        hours = np.arange(24)
        season = 1.5 * np.sin(2 * np.pi * number / YEAR_DAYS)
        rooms = self.build["ambient_celsius"] + season + np.sin(2 * np.pi * (hours[:, None] - 9) / 24)
        for column, one in enumerate(self.places):
            if one.kind == "box":
                rooms[:, column] = 5.0
                for start in self._trips(number, one)[::2]:
                    hour = (start - START_MS) // HOUR_MS % 24
                    rooms[hour : hour + 3, column] = 24.0 + 2 * season
        return np.asarray(rooms, np.float64)

    def physics(self, on: dict[str, Any]) -> tuple[Any, Any]:
        b, s = self.build, self._state
        air, load, packs, cooling, heating = (s[name] for name in ("air", "load", "packs", "cooling", "heating"))
        airs, loads = (np.empty((MINUTES, len(self.places))) for _ in range(2))
        per_minute = 60 // STEP_S
        mains = ~on["dark"]
        with_power = mains & ~on["dead"] & ~(on["defrost"] & mains)
        inward = b["wall"] + b["door"] * on["door"]
        steady = (b["motor"] * ~on["still"] + b["defrost"] * on["defrost"]) * mains
        for step in range(STEPS):
            cooling = (cooling | (air >= b["on_above"])) & (air > b["off_below"])
            heating = (heating | (air <= b["heat_on"])) & (air < b["heat_off"])
            to_load, to_packs, load_packs = (
                b["exchange"] * (air - load),
                b["pa"] * (air - packs),
                b["pl"] * (load - packs),
            )
            into = inward[step] * (on["ambient"][step * 24 // STEPS] - air) - to_load - to_packs + steady[step]
            into -= b["cooling"] * on["wear"] * (cooling & with_power[step])
            into += b["heating"] * (heating & mains[step])
            air = air + into * (STEP_S / b["air_j"])
            load = load + (to_load - load_packs) * (STEP_S / b["load_j"])
            packs = packs + (to_packs + load_packs) * (STEP_S / b["packs_j"])
            if step % 720 == 0:  # packs are changed in the cold room; those that were not frozen are warm
                packs = np.where(b["pa"] > 0, np.where(on["warm_packs"][step], 14.0, 4.0), packs)
            if (step + 1) % per_minute == 0:
                airs[step // per_minute], loads[step // per_minute] = air, load
        self._state = {"air": air, "load": load, "packs": packs, "cooling": cooling, "heating": heating}
        return airs, loads

    def _spoilt(self, number: int, healthy: Tenths) -> Tenths:
        """Return what sensors said: stuck, stepped, spiking or missing."""
        said = healthy.copy()
        columns = {name: divmod(n, 2) for n, name in enumerate(self.probes())}
        day_ms = START_MS + number * DAY_MS
        for fault in self.of(*OF_PROBES):
            low, high = (max(0, min(MINUTES, (at - day_ms) // MINUTE_MS)) for at in (fault.from_ms, fault.to_ms))
            if fault.what == "spike":
                high = low + 1
            if not (fault.from_ms < day_ms + DAY_MS and fault.to_ms > day_ms and low < high <= MINUTES):
                continue
            place, role = columns[fault.subject]
            column = said[low:high, place, role]
            match fault.what:
                case "stuck":
                    column[:] = self._held.setdefault(f"{fault.subject}{fault.from_ms}", int(column[0]))
                case "spike":
                    column[:] = 850
                case "no-sensor":
                    column[:] = NO_SENSOR
                case _:
                    column += 30
        return said

    def _words(  # noqa: C901 - a list of who may speak
        self, number: int, doors: dict[int, list[tuple[int, int]]]
    ) -> list[Word]:
        day_ms = START_MS + number * DAY_MS
        found: list[Word] = []

        def say(span: tuple[int, int], origin: str, gateway: str, kinds: tuple[EventKind, EventKind]) -> None:
            for at_ms, kind in zip(span, kinds, strict=True):
                if day_ms <= at_ms < day_ms + DAY_MS:
                    found.append(Word(at_ms, origin, gateway, kind))

        for column, one in enumerate(self.places):
            for span in doors[column]:
                say(span, f"{one.id}-door", one.gateway, (EventKind.DOOR_OPENED, EventKind.DOOR_CLOSED))
            cuts = [(cut.from_ms, cut.to_ms) for cut in self.of("mains") if cut.subject == one.site]
            if one.kind == "freezer":
                for begin, end in _defrosts(number):
                    if not any(a < end and b > begin for a, b in cuts):
                        kinds = EventKind.DEFROST_BEGAN, EventKind.DEFROST_ENDED
                        say((begin, end), f"{one.id}-defrost", one.gateway, kinds)
            if one.kind == "agitator":
                stops = cuts + [(f.from_ms, f.to_ms) for f in self.of("motor") if f.subject == one.id]
                for span in _united(stops):
                    kinds = EventKind.AGITATION_STOPPED, EventKind.AGITATION_RESUMED
                    say(span, f"{one.id}-motion", one.gateway, kinds)
        for cut in self.of("mains"):
            kinds = EventKind.MAINS_LOST, EventKind.MAINS_RESTORED
            say((cut.from_ms, cut.to_ms), f"{cut.subject}-mains", f"{cut.subject}-gw", kinds)
        return sorted(found)


def deviation() -> float:
    """Return how far a day of the city's physics is from that of firmware_sim.physics, in degrees (steps of 5 s)."""
    one = Cabinet("check", "s", "fridge")
    city = City(seed=1, days=1, places=[one], faults=0.0)
    build = build_of(load(STORAGE_POINT), 1, MODELS["fridge"])
    city.build = _builds(city, jitter=False)
    city.build["ambient_celsius"] = np.array([build.ambient_celsius])
    on = city.switches(0, {0: []})
    on["ambient"] = np.full((24, 1), build.ambient_celsius)
    on["dead"][STEPS // 2 :] = True
    fridge = Fridge(build, 0, ())
    _, loads = city.physics(on)
    apart = []
    for minute in range(MINUTES):
        fridge.compressor_works = minute < MINUTES // 2
        fridge.run_to((minute + 1) * MINUTE_MS)
        apart.append(abs(fridge.load_celsius - loads[minute, 0]))
    return float(max(apart))


def _builds(city: City, *, jitter: bool = True) -> dict[str, Any]:
    scenario = load(STORAGE_POINT)
    names = {
        "ambient": "ambient_celsius",
        "start": "start_celsius",
        "wall": "wall_watts_per_kelvin",
        "door": "door_watts_per_kelvin",
        "exchange": "exchange_watts_per_kelvin",
        "air_j": "air_joules_per_kelvin",
        "load_j": "load_joules_per_kelvin",
        "cooling": "cooling_watts",
        "heating": "heating_watts",
        "motor": "motor_watts",
        "defrost": "defrost_watts",
    }
    found: dict[str, list[float]] = {name: [] for name in (*names, "on_above", "off_below", "heat_on", "heat_off")}
    found |= {name: [] for name in ("pa", "pl", "packs_j")}
    for one in city.places:
        dice = random.Random(f"{city.seed}:{one.id}:build")
        is_box = one.kind == "box"
        build: Any = (box_build_of if is_box else build_of)(scenario, 1, MODELS[one.kind])
        for name, attribute in names.items():
            value = getattr(build, "lid_watts_per_kelvin" if is_box and name == "door" else attribute, 0.0)
            spread = dice.uniform(0.94, 1.06) if jitter and name not in ("start", "ambient") else 1.0
            found[name].append(value * spread)
        for name, other, fallback in SWITCHES:
            found[name].append(getattr(build, other, fallback))
        found["pa"].append(getattr(build, "packs_to_air_watts_per_kelvin", 0.0))
        found["pl"].append(getattr(build, "packs_to_load_watts_per_kelvin", 0.0))
        found["packs_j"].append(getattr(build, "packs_joules_per_kelvin", 1e9))
    arrays = {name: np.array(values) for name, values in found.items()}
    arrays["ambient_celsius"], arrays["start_celsius"] = arrays.pop("ambient"), arrays.pop("start")
    return arrays


def _spans(city: City) -> list[Span]:
    sites = sorted({one.site for one in city.places})
    found = []
    for what, (rate, low, high) in RATES.items():
        if what in OF_SITES:
            subjects = sites
        elif what in OF_PROBES:
            subjects = city.probes()
        else:
            kinds = {"packs": {"box"}, "motor": {"agitator"}}.get(what, {"fridge", "freezer", "agitator"})
            subjects = [one.id for one in city.places if one.kind in kinds]
        for subject in subjects:
            dice = np.random.default_rng(list(f"{city.seed}:{what}:{subject}".encode()))
            for _ in range(int(dice.poisson(rate * city.faults * city.days / YEAR_DAYS))):
                from_ms = START_MS + int(dice.uniform(0.25, max(0.3, city.days - 0.3)) * DAY_MS)
                long_ms = int(dice.uniform(low, high) * HOUR_MS) or 1
                if what == "ajar":  # somebody forgets it in the day and finds it in the evening
                    from_ms = from_ms // DAY_MS * DAY_MS + int(dice.uniform(7, 15) * HOUR_MS)
                found.append(Span(what, subject, from_ms, from_ms + long_ms))
    return sorted(found, key=lambda one: (one.from_ms, one))


def _defrosts(number: int) -> list[tuple[int, int]]:
    day_ms = START_MS + number * DAY_MS
    return [(day_ms + h * HOUR_MS + 40 * MINUTE_MS, day_ms + h * HOUR_MS + 65 * MINUTE_MS) for h in (3, 11, 19)]


def _paint(cells: Bools, column: int, span: tuple[int, int], day_ms: int) -> None:
    cells[slice(*(max(0, min(STEPS, (at - day_ms) // (STEP_S * 1_000))) for at in span)), column] = True


def _united(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    found: list[tuple[int, int]] = []
    for begin, end in sorted(spans):
        if found and begin <= found[-1][1] + 2_000:
            found[-1] = found[-1][0], max(end, found[-1][1])
        else:
            found.append((begin, end))
    return found
