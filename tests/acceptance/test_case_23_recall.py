"""Case 23: a donation with three components at three sites, one of them in a pool, one transfused, is recalled."""

from support.acceptance import FRIDGE, HOSPITAL, MANAGER, SIGNED, STATION, House, output
from support.intake import HOUR, START
from support.lineage_story import donation

COMPONENTS = (("rc", "E0398V00", HOSPITAL), ("pl", "E0701V00", STATION), ("pt", "E2834V00", FRIDGE))


def donate(house: House) -> None:
    """rc is transfused, pl lies in the station, pt is pooled with five others, whose red cells lie in stock."""
    house.clock.forward(8 * HOUR)
    for name, product, place in COMPONENTS:
        house.register(name, 1, product)
        house.put(name, place, START)
    for nth in range(2, 7):
        house.register(f"pt-{nth}", nth, "E2834V00")
        house.register(f"rc-{nth}", nth)
        house.put(f"rc-{nth}", STATION, START)
        house.put(f"pt-{nth}", FRIDGE, START)
    pooled = output("pool", "E3088V00", donation_number=donation(house.scheme, 90))
    house.act("p-1", "pool", ["pt", *(f"pt-{n}" for n in range(2, 7))], [pooled], START + HOUR, FRIDGE)
    house.post("/api/units/rc/issues", {"to": "ward 3", "at_ms": START + 2 * HOUR})
    house.post("/api/units/rc/end", {"how": "transfused", "at_ms": START + 3 * HOUR} | SIGNED)


def asked(house: House) -> dict[str, str]:
    named = {"donation_number": donation(house.scheme, 1), "issuer": "station-1", "scheme": house.scheme}
    return {"id": "r-1", "reason": "late reactive test"} | named | MANAGER


def test_case_23_the_closure_is_the_components_and_the_pool_and_no_pool_mate(house: House) -> None:
    donate(house)
    found = house.post("/api/recalls", asked(house))
    assert sorted(one["unit"] for one in found["units"]) == ["pl", "pool", "pt", "rc"]
    assert (found["held"], found["out"], found["cut"]) == (4, 1, False)
    held = {name for name in ("pl", "pool", "pt", "rc") if house.get(f"/api/units/{name}")["standing"] == "held"}
    assert held == {"pl", "pool", "pt", "rc"}
    for nth in range(2, 7):
        for name in (f"pt-{nth}", f"rc-{nth}"):
            assert house.get(f"/api/units/{name}")["holds"] == [], name


def test_case_23_the_transfused_one_is_reported_and_what_is_made_later_is_held_too(house: House) -> None:
    donate(house)
    house.post("/api/recalls", asked(house))
    (urgent,) = house.get("/api/urgent")["items"]
    assert (urgent["unit"], urgent["to"], urgent["transfused"], urgent["recalls"]) == ("rc", "ward 3", True, ["r-1"])
    filtered = output("pool-f", "E3099V00", donation_number=donation(house.scheme, 91))
    house.act("f-1", "filter", ["pool"], [filtered], START + 4 * HOUR, FRIDGE)
    (hold,) = house.get("/api/units/pool-f")["holds"]
    assert (hold["basis"], hold["finding"], hold["via"]) == ("recall", "r-1", "pool")
    house.post("/api/recalls", asked(house), 200)
    assert house.get("/api/recalls/r-1")["held"] == 5
