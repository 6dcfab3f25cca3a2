"""A portal before the fridge's room in the house of the acceptance cases, and a box of twenty tagged bags."""

from typing import Any

from support.acceptance import FRIDGE, House
from support.intake import GATEWAY, START
from support.portal import INNER, OUTER, PORTAL, UNITS, through
from support.tunnel import PASS_MS

from coldchain.places import Reader, ReaderPurpose
from firmware_sim.tag_field import epcs

NAMES = [f"bag-{number}" for number in range(UNITS)]


def box_at_the_portal(house: House, outer_ms: int, inner_ms: int, seen: int = 19) -> dict[str, Any]:
    """Let a box go through, its sides heard around these times after PASS_MS, and receive it; return the receipt."""
    purpose = ReaderPurpose.PORTAL
    portal = Reader(id=PORTAL, place=FRIDGE, gateway=GATEWAY, purpose=purpose, outer=(OUTER, 2), inner=(INNER, 4))
    house.pipeline.set_up([portal], START)
    for number, (name, epc) in enumerate(zip(NAMES, epcs(0, UNITS), strict=True), 1):
        house.register(name, number)
        house.post(f"/api/units/{name}/tags", {"epc": epc, "from_ms": START})
    house.clock.forward(PASS_MS + 60_000 - house.clock.now_ms())
    facts = through(outer_ms, inner_ms, seen)
    house.hear(facts)
    body = {"id": "r-1", "reader": PORTAL, "place": FRIDGE, "units": NAMES}
    return dict(house.post("/api/receipts", body | {"from_ms": PASS_MS, "to_ms": PASS_MS + 10_000}))


def moved(house: House) -> list[str]:
    """Return the units of which the record says that they were put somewhere."""
    return [name for name in NAMES if house.get(f"/api/units/{name}")["placements"]]


def expected(house: House) -> list[str]:
    """Return the units that may be inside because a list has them come, and nobody found them."""
    return [name for name in NAMES if house.stays(name) and name not in moved(house)]
