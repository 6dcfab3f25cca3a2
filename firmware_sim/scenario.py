"""Reads scenario files (`scenarios/*.toml`) and refuses those that contradict themselves."""

import tomllib
from pathlib import Path
from typing import Any, Final

from firmware_sim.devices.contacts import INPUTS
from firmware_sim.devices.r4dcb08 import CHANNELS
from firmware_sim.story import (
    CONTACT_KINDS,
    KINDS,
    Circle,
    Contact,
    Courier,
    Door,
    Issue,
    Limits,
    Packing,
    Place,
    Probe,
    Reader,
    Scenario,
    ScenarioError,
    Series,
    Span,
    Stray,
    Watch,
    Waypoint,
    build_of,
)

__all__ = ["NIGHT_FAILURE", "SCENARIOS", "STORAGE_POINT", "Scenario", "ScenarioError", "build_of", "load"]
__all__ += ["night_failure", "storage_point"]

SCENARIOS: Final = Path(__file__).parent / "scenarios"
NIGHT_FAILURE: Final = SCENARIOS / "night-failure.toml"
STORAGE_POINT: Final = SCENARIOS / "storage-point.toml"


def load(path: Path) -> Scenario:
    """Read a scenario file.

    Raises ScenarioError if it is no TOML, an entry is missing or unknown, two things share a name, an input or a
    channel, or a bag is moved from where it is not.
    """
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
        scenario = _scenario(raw)
    except (tomllib.TOMLDecodeError, KeyError, TypeError, ValueError) as error:
        message = f"scenario {path}: {type(error).__name__}: {error}"
        raise ScenarioError(message) from error
    _check_names(scenario)
    _check_moves(scenario)
    return scenario


def night_failure() -> Scenario:
    """Return the scenario of one fridge whose compressor fails in the night."""
    return load(NIGHT_FAILURE)


def storage_point() -> Scenario:
    """Return the scenario that the demo shows: a storage point for a day and two hours."""
    return load(STORAGE_POINT)


def _scenario(raw: dict[str, Any]) -> Scenario:
    return Scenario(
        name=raw["name"],
        seed=raw["seed"],
        history_ms=_milliseconds(raw["history"]),
        door_spread_ms=raw["door_spread_s"] * 1000,
        polling_interval_ms=raw["polling_interval_s"] * 1000,
        bus_line=raw["bus"]["line"],
        collector_address=raw["bus"]["collector_address"],
        contacts_address=raw["bus"]["contacts_address"],
        places=tuple(_place(entry) for entry in raw["places"]),
        contacts=tuple(Contact(**{"place": "", **entry}) for entry in raw["contacts"]),
        mains_losses=tuple(_span(entry) for entry in raw.get("mains_losses", ())),
        series=tuple(_series(entry) for entry in raw["series"]),
        blind=frozenset(raw["bags"]["blind"]),
        outside_at_start=frozenset(raw["bags"]["outside_at_start"]),
        courier=_courier(raw["courier"]) if "courier" in raw else None,
        packing=_packing(raw["packing"]) if "packing" in raw else None,
        issues=tuple(Issue(bag=e["bag"], to=e["to"], at_ms=_milliseconds(e["at"])) for e in raw.get("issues", ())),
    )


def _place(entry: dict[str, Any]) -> Place:
    return Place(
        id=entry["id"],
        kind=entry["kind"],
        profile=entry["profile"],
        profile_version=entry["profile_version"],
        limits=_limits(entry["limits"]),
        build=entry["build"],
        probes=tuple(_probe(probe, entry["id"]) for probe in entry["probes"]),
        doors=tuple(_door(door) for door in entry.get("doors", ())),
        compressor_failures=tuple(_span(span) for span in entry.get("compressor_failures", ())),
        sensor_faults=tuple(_span(span) for span in entry.get("sensor_faults", ())),
        reader=_reader(entry["reader"]) if "reader" in entry else None,
    )


def _limits(entry: dict[str, Any]) -> Limits:
    """Read limits: what is not there is no limit; names that end in _s are seconds."""
    values: dict[str, Any] = {
        "cold_tenths": None,
        "warm_tenths": None,
        "hard_cold_tenths": None,
        "hard_warm_tenths": None,
    }
    for name, value in entry.items():
        if name.endswith("_s"):
            values[f"{name[:-2]}_ms"] = value * 1000
        else:
            values[name] = value
    return Limits(**values)


def _probe(entry: dict[str, Any], place: str) -> Probe:
    return Probe(
        id=entry["id"],
        place=place,
        role=entry["role"],
        delay_ms=entry["delay_s"] * 1000,
        channel=entry.get("channel"),
    )


def _reader(entry: dict[str, Any]) -> Reader:
    return Reader(
        id=entry["id"],
        line=entry["line"],
        read_probability=_pair(entry["read_probability"]),
        rssi_dbm=_pair(entry["rssi_dbm"]),
        strays=tuple(Stray(**stray) for stray in entry.get("strays", ())),
    )


def _span(entry: dict[str, Any]) -> Span:
    return Span(from_ms=_milliseconds(entry["from"]), to_ms=_milliseconds(entry["to"]), probe=entry.get("probe", ""))


def _door(entry: dict[str, Any]) -> Door:
    return Door(
        at_ms=_milliseconds(entry["at"]),
        open_ms=entry["open_s"] * 1000,
        put_in=tuple(entry.get("put_in", ())),
        taken_out=tuple(entry.get("taken_out", ())),
    )


def _series(entry: dict[str, Any]) -> Series:
    pairs = {"blood_groups": tuple(entry["blood_groups"]), "expires_after_days": _pair(entry["expires_after_days"])}
    return Series(**{**entry, **pairs})


def _courier(entry: dict[str, Any]) -> Courier:
    return Courier(
        gateway=entry["gateway"],
        place=entry["place"],
        lid=entry["lid"],
        line=entry["line"],
        on_ms=_milliseconds(entry["on"]),
        battery_percent=entry["battery_percent"],
        battery_hours_per_percent=entry["battery_hours_per_percent"],
        waypoints=tuple(_waypoint(point) for point in entry["waypoints"]),
        no_network=tuple(_span(span) for span in entry.get("no_network", ())),
        buttons_ms=tuple(_milliseconds(at) for at in entry.get("buttons", ())),
        no_fix=tuple(_span(span) for span in entry.get("no_fix", ())),
        clock_is_dead=bool(entry.get("clock_is_dead", False)),
        has_modem=bool(entry.get("has_modem", False)),
        watch=_watch(entry.get("watch", {})),
    )


def _watch(entry: dict[str, Any]) -> Watch:
    """Read what the box is set to; names that end in _min are minutes."""
    values: dict[str, Any] = {"areas": tuple(Circle(**area) for area in entry.get("areas", ()))}
    values["route"] = tuple((point["latitude_e7"], point["longitude_e7"]) for point in entry.get("route", ()))
    for name, value in entry.items():
        if name.endswith("_min"):
            values[f"{name[:-4]}_ms"] = value * 60_000
        elif name not in values:
            values[name] = value
    return Watch(**values)


def _waypoint(entry: dict[str, Any]) -> Waypoint:
    return Waypoint(
        at_ms=_milliseconds(entry["at"]),
        latitude_e7=entry["latitude_e7"],
        longitude_e7=entry["longitude_e7"],
        ambient_celsius=entry["ambient_celsius"],
    )


def _packing(entry: dict[str, Any]) -> Packing:
    return Packing(
        manifest=entry["manifest"],
        box=entry["box"],
        bags=tuple(entry["bags"]),
        at_ms=_milliseconds(entry["at"]),
        destination=entry["destination"],
    )


def _pair(value: list[Any]) -> tuple[Any, Any]:
    low, high = value
    return low, high


def _milliseconds(text: str) -> int:
    hours, minutes, seconds = text.split(":")
    return ((int(hours) * 60 + int(minutes)) * 60 + int(seconds)) * 1000


def _check_names(scenario: Scenario) -> None:
    """Refuse kinds that do not exist, names that two things share, and wires that two things are on."""
    probes = [probe for place in scenario.places for probe in place.probes]
    kinds = [place.kind for place in scenario.places if place.kind not in KINDS]
    kinds += [contact.kind for contact in scenario.contacts if contact.kind not in CONTACT_KINDS]
    inputs = [contact.input for contact in scenario.contacts if contact.input is not None]
    channels = [probe.channel for probe in probes if probe.channel is not None]
    lines = [scenario.bus_line, *scenario.readers] + ([scenario.courier.line] if scenario.courier else [])
    found = {
        "unknown kind": kinds,
        "unknown place": [name for name in _named_places(scenario) if name not in {p.id for p in scenario.places}],
        "twice": _twice([p.id for p in scenario.places], [p.id for p in probes], [c.id for c in scenario.contacts]),
        "wired twice": _twice(inputs, channels, lines),
        "no such input": [number for number in inputs if not 0 <= number < INPUTS],
        "no such channel": [number for number in channels if not 0 <= number < CHANNELS],
        "a bag twice": _twice(_tags(scenario)),
    }
    wrong = "; ".join(f"{what} {names}" for what, names in found.items() if names)
    if wrong:
        message = f"scenario {scenario.name}: {wrong}; allowed kinds: {', '.join((*KINDS, *CONTACT_KINDS))}"
        raise ScenarioError(message)


def _named_places(scenario: Scenario) -> list[str]:
    named = [contact.place for contact in scenario.contacts if contact.place]
    named += [series.place for series in scenario.series]
    named += [scenario.courier.place] if scenario.courier else []
    return named + ([scenario.packing.box] if scenario.packing else [])


def _tags(scenario: Scenario) -> list[tuple[int, int, int]]:
    return [
        (series.epc_company, series.epc_item, series.epc_first_serial + place)
        for series in scenario.series
        for place in range(series.count)
    ]


def _twice(*groups: list[Any]) -> list[Any]:
    return [name for group in groups for name in sorted(set(group)) if group.count(name) > 1]


def _check_moves(scenario: Scenario) -> None:
    """Refuse a bag that is taken from where it is not, or that moves again before two doors can be told apart."""
    where: dict[int, str | None] = {
        number: None if number in scenario.outside_at_start else scenario.series_of(number)[0].place
        for number in range(1, scenario.bag_count + 1)
    }
    moved_ms: dict[int, int] = {}
    doors = [(door.at_ms, place, door) for place in scenario.places for door in place.doors]
    for at_ms, place, door in sorted(doors, key=lambda entry: entry[0]):
        wrong = [bag for bag in door.put_in if where.get(bag, "nowhere") is not None]
        wrong += [bag for bag in door.taken_out if where.get(bag) != place.id]
        if wrong:
            message = (
                f"scenario {scenario.name}: the door of {place.id} at {at_ms} ms moves bags {sorted(wrong)}, but a bag "
                f"can only be taken out where it is inside, and put in where it is outside, 1 to {scenario.bag_count}"
            )
            raise ScenarioError(message)
        _check_pace(scenario, door, moved_ms)
        where.update(dict.fromkeys(door.put_in, place.id))
        where.update(dict.fromkeys(door.taken_out, None))


def _check_pace(scenario: Scenario, door: Door, moved_ms: dict[int, int]) -> None:
    for bag in (*door.put_in, *door.taken_out):
        before_ms = moved_ms.get(bag)
        if before_ms is not None and door.at_ms - before_ms < 2 * scenario.door_spread_ms:
            message = f"scenario {scenario.name}: bag {bag} moves again within twice the spread of the doors' times"
            raise ScenarioError(message)
        moved_ms[bag] = door.at_ms + door.open_ms
