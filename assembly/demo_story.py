"""What people make known in the demo: bags, tags, where they put them, a packing list, an issue."""

from collections.abc import Sequence
from typing import Any, Final

from assembly.demo_centre import Centre
from coldchain.errors import ColdchainError

HOUR_MS: Final = 3_600_000
BIND_BEFORE_MS: Final = HOUR_MS  # the tags were bound before the story begins
FIELDS: Final = ("issuer", "scheme", "donation_number", "product_code", "division", "component", "blood_group")

Json = dict[str, Any]


def unit_id(bag: Json) -> str:
    """Return our short name for a bag."""
    return f"bag-{bag['number']:02d}"


def register(centre: Centre, bags: Sequence[Json], start_ms: int) -> dict[str, str]:
    """Make the bags known as the blood station's system would, and what people did with them; return EPC to unit."""
    units: dict[str, str] = {}
    for bag in bags:
        unit = units[bag["epc"]] = unit_id(bag)
        body = {name: bag[name] for name in (*FIELDS, "profile", "profile_version", "expires_ms")}
        centre.post("/api/units", body | {"id": unit})
        centre.post(f"/api/units/{unit}/tags", {"epc": bag["epc"], "from_ms": start_ms - BIND_BEFORE_MS})
    told = sorted((move for bag in bags for move in bag["moves"]), key=lambda move: (move["at_ms"], move["bag"]))
    for move in told:
        _tell(centre, move, units, told)
    return units


def _tell(centre: Centre, move: Json, units: dict[str, str], told: Sequence[Json]) -> None:
    unit = units[move["epc"]]
    match move["kind"]:
        case "placed":
            centre.post(f"/api/units/{unit}/placements", {"place": move["place"], "at_ms": move["at_ms"]})
        case "packed":
            centre.post(
                "/api/manifests", _packing_list(move, units, told)
            )  # said again for each bag; it changes nothing
        case "issued":
            centre.post(f"/api/units/{unit}/issues", {"to": move["to"], "at_ms": move["at_ms"]})
        case kind:
            msg = f"the story has a move of an unknown kind {kind!r}"
            raise ColdchainError(msg)


def _packing_list(move: Json, units: dict[str, str], told: Sequence[Json]) -> Json:
    packed = [units[one["epc"]] for one in told if one.get("manifest") == move["manifest"]]
    return {
        "id": move["manifest"],
        "box": move["box"],
        "units": packed,
        "packed_ms": move["at_ms"],
        "destination": move["destination"],
    }
