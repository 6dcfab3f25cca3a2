"""Case 20: an active tag is bound to one unit only; two tags on one unit are one presence."""

from support.acceptance import FRIDGE, House
from support.intake import HOUR, START, epc, presence

from coldchain.facts import EventKind


def test_case_20_binding_an_active_tag_to_another_unit_is_refused_and_nothing_changes(house: House) -> None:
    house.register("one", 1)
    house.register("two", 2)
    house.post("/api/units/one/tags", {"epc": epc(1), "from_ms": START})
    before = house.entries()
    refused = house.post("/api/units/two/tags", {"epc": epc(1), "from_ms": START}, 409)
    assert "already bound to unit one" in refused["detail"]
    assert house.entries() == before
    assert [one["unit"] for one in house.get(f"/api/tags/{epc(1)}")["bindings"]] == ["one"]
    assert house.get("/api/units/two")["tags"] == []


def test_case_20_two_tags_on_one_unit_are_both_read_and_are_one_presence(house: House) -> None:
    house.register("one", 1)
    for number in (1, 2):
        house.post("/api/units/one/tags", {"epc": epc(number), "from_ms": START})
    house.clock.forward(2 * HOUR)
    house.hear([presence(n, EventKind.ARRIVED, n, START + HOUR, START + HOUR + 9) for n in (1, 2)])
    assert house.stays("one") == [(FRIDGE, START + HOUR, None)]
    assert [step["what"] for step in house.get("/api/units/one/custody")["steps"]].count("entered") == 1
    assert house.get("/api/tag-conflicts")["items"] == []
    inside = house.get(f"/api/places/{FRIDGE}/inside")["items"]
    assert [one["unit"] for one in inside] == ["one"]
