"""For the acceptance cases of excursions: readings at even steps, and one more place with probes and its own limits."""

from pathlib import Path
from typing import Any, Final

from support.acceptance import House
from support.intake import START

import rules
from coldchain.alarms import Alarm
from coldchain.places import Gateway, Place, PlaceKind, Probe, ProbeRole, Text
from coldchain.units import FindingKind
from rules.profile import profile_record

MINUTE: Final = 60_000
COLD_ROOM: Final = "cold-room"


def temperatures(
    from_ms: int, to_ms: int, micro_celsius: int | None, step_ms: int = MINUTE
) -> list[tuple[int, int | None]]:
    """Return (taken_ms, micro_celsius) from an instant to another, which is left out."""
    return [(at_ms, micro_celsius) for at_ms in range(from_ms, to_ms, step_ms)]


def red_cells(more: str = "", version: int = 9) -> bytes:
    """Return the limits of red cells, as a version of its own with more rules."""
    toml = (Path(rules.__file__).parent / "profiles" / "cn-rbc-3.toml").read_text(encoding="utf-8")
    return (toml.replace("\nversion = 3\n", f"\nversion = {version}\n") + more).encode()


def equip(house: House, name: str, gateway: str, *, more: str = "", kind: PlaceKind = PlaceKind.FRIDGE) -> None:
    """Add a place with a load and an air probe."""
    text = Text(zh=name, en=name)
    place = Place(id=name, site="storage-1", kind=kind, name=text, profile="cn-rbc", profile_version=9)
    probes = [Probe(id=f"{name}-{role}", place=name, gateway=gateway, role=role) for role in ProbeRole]
    things: list[Any] = [profile_record(red_cells(more)), Gateway(id=gateway, site="storage-1"), place, *probes]
    house.pipeline.set_up(things, START)


def findings(house: House, place: str, kind: str = "excursion") -> list[dict[str, Any]]:
    """Return what was found in a place and stands."""
    found = [one["finding"] for one in house.get("/api/findings", place=place)["items"]]
    return [one for one in found if one["kind"] == kind and one["status"] != "withdrawn"]


def exposures(house: House, finding: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Return what a finding means, by unit."""
    found = [one["exposure"] for one in house.get(f"/api/findings/{finding['id']}")["exposures"]]
    return {one["unit"]: one for one in found if not one["withdrawn"]}


def held(house: House, name: str) -> bool:
    """Tell whether a bag is kept back for an excursion; that nobody measured for long keeps it back for itself."""
    found = house.get(f"/api/units/{name}/holds")["items"]
    with house.store.reading() as session:
        reasons = [session.records.finding(one["finding"]) for one in found if not one.get("lifted_ms")]
    return any(one is not None and one.kind is FindingKind.EXCURSION for one in reasons)


def active(house: House, rule: str) -> list[Alarm]:
    """Return the active alarms of a rule."""
    with house.store.reading() as session:
        return [one for one in session.records.active_alarms() if one.rule == rule]
