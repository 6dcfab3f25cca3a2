"""Case 5: a bag in one fridge is also heard by its neighbour's reader: one stay, three strays, no movement."""

from support.acceptance import FRIDGE, House
from support.intake import HOUR, SITE, START, epc
from support.two_fridges import MINUTE, Field

from coldchain.facts import EventKind
from coldchain.places import Gateway, Place, Reader, Text

PUT_MS = START + HOUR


def second_fridge(house: House) -> None:
    name = Text(zh="储血冰箱 2", en="Blood fridge 2")
    place = Place(id="fridge-2", site=SITE, name=name, profile="cn-rbc", profile_version=1)
    reader = Reader(id="fridge-2-reader", place="fridge-2", gateway="gw-2")
    house.pipeline.set_up([Gateway(id="gw-2", site=SITE), place, reader], START)


def test_case_05_one_stay_and_the_neighbours_antenna_counts_three_strays(house: House) -> None:
    second_fridge(house)
    house.register("bag", 1)
    house.post("/api/units/bag/tags", {"epc": epc(1), "from_ms": START})
    field = Field()
    field.says(1, EventKind.ARRIVED, PUT_MS - 20_000, PUT_MS)
    field.cycles(1, PUT_MS, 18, 20, -52)
    field.cycles(2, PUT_MS, 3, 20, -71)
    house.clock.forward(2 * HOUR)
    for gateway, facts in field.batches():
        house.pipeline.process([house.message(facts, house.clock.now_ms(), gateway)], house.clock.now_ms())
    assert house.stays("bag") == [(FRIDGE, PUT_MS - 20_000, None)]
    assert [one["what"] for one in house.get("/api/units/bag/custody")["steps"]] == ["bound", "entered"]
    found = house.get("/api/strays", from_ms=PUT_MS, to_ms=PUT_MS + 5 * MINUTE)["items"]
    assert {one["reader"]: (one["reads"], one["strays"]) for one in found} == {
        "fridge-1-reader": (18, 0),
        "fridge-2-reader": (3, 3),
    }
