"""Scenario files: what a fridge is like, what is inside it, and what happens when."""

import random
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from firmware_sim.physics import Build

SCENARIOS: Final = Path(__file__).parent / "scenarios"
NIGHT_FAILURE: Final = SCENARIOS / "night-failure.toml"


class ScenarioError(Exception):
    """A scenario file contradicts itself; the message names the entry and what is allowed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The oracle's own numbers, in tenths of a degree as the register has them; the limits themselves are inside."""

    cold_tenths: int
    warm_tenths: int
    hard_cold_tenths: int
    hard_warm_tenths: int
    polling_interval_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """A connected probe: its channel at the collector, where it sits (`load` or `air`), its delay to a finding."""

    channel: int
    role: str
    delay_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """Something that lasts from from_ms to to_ms after the start."""

    from_ms: int
    to_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """The door opens at_ms after the start; bags (by number) move in the middle of the opening."""

    at_ms: int
    open_ms: int
    put_in: tuple[int, ...] = ()
    taken_out: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Stray:
    """A tag that is not in this fridge and is heard now and then; read_probability is per round."""

    epc: str
    read_probability: float
    rssi_dbm: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """Bags that are alike: donation numbers and EPC serials count up from the first."""

    count: int
    scheme: str
    issuer: str
    donation_prefix: str
    first_number: int
    product_code: str
    division: str
    component: str
    epc_company: int
    epc_item: int
    epc_first_serial: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Bags:
    """What differs from bag to bag; numbers count from 1 through all series."""

    blind: frozenset[int]
    outside_at_start: frozenset[int]
    blood_groups: tuple[str, ...]
    expires_after_days: tuple[int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """A whole scenario. Times are milliseconds after its start."""

    name: str
    seed: int
    history_ms: int
    door_spread_ms: int
    limits: Limits
    channels: tuple[Channel, ...]
    collector_address: int
    contacts_address: int
    fridge: dict[str, Any]
    read_probability: tuple[float, float]
    rssi_dbm: tuple[int, int]
    compressor_failures: tuple[Span, ...]
    mains_losses: tuple[Span, ...]
    doors: tuple[Door, ...]
    strays: tuple[Stray, ...]
    series: tuple[Series, ...]
    bags: Bags

    @property
    def bag_count(self) -> int:
        """How many tagged bags there are, blind ones included."""
        return sum(series.count for series in self.series)


def load(path: Path) -> Scenario:
    """Read a scenario file.

    Raises ScenarioError if it is no TOML, an entry is missing, or a bag moves twice in the same direction.
    """
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
        scenario = _scenario(raw)
    except (tomllib.TOMLDecodeError, KeyError, TypeError, ValueError) as error:
        message = f"scenario {path}: {type(error).__name__}: {error}"
        raise ScenarioError(message) from error
    _check_moves(scenario)
    return scenario


def night_failure() -> Scenario:
    """Return the scenario that the demo shows."""
    return load(NIGHT_FAILURE)


def build_of(scenario: Scenario, seed: int) -> Build:
    """Return the fridge for one seed: every pair of numbers in the file is a range that is drawn from."""
    dice = random.Random(f"{seed}:fridge")  # noqa: S311 - a simulation must repeat, it protects nothing
    drawn = {
        name: dice.uniform(*value) if isinstance(value, list) else float(value)
        for name, value in scenario.fridge.items()
    }
    return Build(**drawn)


def _scenario(raw: dict[str, Any]) -> Scenario:
    limits = dict(raw["limits"])
    interval_ms = limits.pop("polling_interval_s") * 1000
    return Scenario(
        name=raw["name"],
        seed=raw["seed"],
        history_ms=_milliseconds(raw["history"]),
        door_spread_ms=raw["door_spread_s"] * 1000,
        limits=Limits(polling_interval_ms=interval_ms, **limits),
        channels=tuple(_channel(entry) for entry in raw["channels"]),
        collector_address=raw["bus"]["collector_address"],
        contacts_address=raw["bus"]["contacts_address"],
        fridge=raw["fridge"],
        read_probability=_pair(raw["reader"]["read_probability"]),
        rssi_dbm=_pair(raw["reader"]["rssi_dbm"]),
        compressor_failures=tuple(_span(entry) for entry in raw["compressor_failures"]),
        mains_losses=tuple(_span(entry) for entry in raw["mains_losses"]),
        doors=tuple(_door(entry) for entry in raw["doors"]),
        strays=tuple(Stray(**entry) for entry in raw["strays"]),
        series=tuple(Series(**entry) for entry in raw["series"]),
        bags=_bags(raw["bags"]),
    )


def _channel(entry: dict[str, Any]) -> Channel:
    return Channel(channel=entry["channel"], role=entry["role"], delay_ms=entry["delay_s"] * 1000)


def _span(entry: dict[str, Any]) -> Span:
    return Span(from_ms=_milliseconds(entry["from"]), to_ms=_milliseconds(entry["to"]))


def _door(entry: dict[str, Any]) -> Door:
    return Door(
        at_ms=_milliseconds(entry["at"]),
        open_ms=entry["open_s"] * 1000,
        put_in=tuple(entry.get("put_in", ())),
        taken_out=tuple(entry.get("taken_out", ())),
    )


def _bags(entry: dict[str, Any]) -> Bags:
    return Bags(
        blind=frozenset(entry["blind"]),
        outside_at_start=frozenset(entry["outside_at_start"]),
        blood_groups=tuple(entry["blood_groups"]),
        expires_after_days=_pair(entry["expires_after_days"]),
    )


def _pair(value: list[Any]) -> tuple[Any, Any]:
    low, high = value
    return low, high


def _milliseconds(text: str) -> int:
    hours, minutes, seconds = text.split(":")
    return ((int(hours) * 60 + int(minutes)) * 60 + int(seconds)) * 1000


def _check_moves(scenario: Scenario) -> None:
    inside = set(range(1, scenario.bag_count + 1)) - scenario.bags.outside_at_start
    for door in sorted(scenario.doors, key=lambda entry: entry.at_ms):
        wrong = (set(door.put_in) & inside) | (set(door.taken_out) - inside)
        if wrong or not set(door.put_in) <= set(range(1, scenario.bag_count + 1)):
            message = (
                f"scenario {scenario.name}: the door at {door.at_ms} ms moves bags {sorted(wrong or door.put_in)}, "
                f"but a bag can only be taken out where it is inside, and put in where it is outside, 1 to "
                f"{scenario.bag_count}"
            )
            raise ScenarioError(message)
        inside = (inside | set(door.put_in)) - set(door.taken_out)
