"""Whom an excursion reaches beside the bags that were read: expected by a list, unseen since a person put them."""

import pytest
from support.acceptance import BOX, FRIDGE, House
from support.intake import GATEWAY, START, sample

from coldchain.places import Reader, ReaderPurpose

MINUTE = 60_000
NOON = START + 12 * 60 * MINUTE
CAME = NOON - 40 * MINUTE
TUNNEL = "tunnel-1"


def story(house: House) -> None:
    """Two bags of a list that nobody read in their crate, one that a person put there; then a warm half hour."""
    tunnel = Reader(id=TUNNEL, place=FRIDGE, gateway=GATEWAY, purpose=ReaderPurpose.TUNNEL)
    house.pipeline.set_up([tunnel], START)
    for number, name in enumerate(("blind", "missing", "placed", "elsewhere"), 1):
        house.register(name, number)
    house.clock.forward(NOON - 60 * MINUTE - house.clock.now_ms())
    listed = {"box": BOX, "units": ["blind", "missing", "elsewhere"], "packed_ms": NOON - 90 * MINUTE}
    house.post("/api/manifests", listed | {"id": "list-7", "destination": "storage-1"})
    house.clock.forward(CAME - house.clock.now_ms())
    crate = {"id": "r-7", "reader": TUNNEL, "place": FRIDGE, "manifest": "list-7"}
    house.post("/api/receipts", crate | {"from_ms": CAME - MINUTE, "to_ms": CAME})
    house.put("placed", FRIDGE, CAME)
    house.put("elsewhere", "station-fridge", CAME)
    house.clock.forward(NOON + 60 * MINUTE - house.clock.now_ms())
    warm = [6_800_000 if 0 <= minute < 30 else 4_000_000 for minute in range(-60, 55)]
    load = [sample(n + 1, NOON + (n - 60) * MINUTE, value) for n, value in enumerate(warm)]
    house.hear([*load, *(sample(n + 201, NOON + (n - 60) * MINUTE, 4_000_000, "fridge-1-air") for n in range(115))])


def hold_of(house: House, name: str) -> dict[str, object] | None:
    return next((dict(one) for one in house.get(f"/api/units/{name}/holds")["items"]), None)


def test_each_possible_unit_is_held_with_its_reason_as_a_word(house: House) -> None:
    story(house)
    blind, placed = hold_of(house, "blind"), hold_of(house, "placed")
    assert blind is not None
    assert placed is not None
    assert (blind["certain"], blind["reason"], blind["listed"]) == (False, "expected", "list-7")
    assert (placed["certain"], placed["reason"], placed["since_ms"]) == (False, "unseen-since", CAME)
    assert hold_of(house, "elsewhere") is None
    (met,) = [one["exposure"] for one in house.get("/api/units/blind/exposures")["items"]]
    assert (met["reason"], met["listed"], met["out_ms_min"], met["out_ms_max"]) == (
        *("expected", "list-7", 0),
        30 * MINUTE,
    )
    finding = met["finding"]
    for path in (f"/findings/{finding}", "/units/blind"):
        assert "expected by list list-7, not read" in house.client.get(path, params={"lang": "en"}).text
        assert "清单 list-7 上有，未读到" in house.client.get(path, params={"lang": "zh"}).text
    assert "unseen since it was placed there at" in house.client.get("/units/placed", params={"lang": "en"}).text
    changes = {one["unit"]: one["reason"] for one in house.get("/api/issuing/changes")["items"]}
    assert changes == {"blind": "expected", "missing": "expected", "placed": "unseen-since"}
    (task,) = [one for one in house.get("/api/tasks")["items"] if one["task"]["kind"] == "isolate"]
    assert task["left"] == ["blind", "missing", "placed"]


def test_a_bag_that_somebody_looked_for_in_vain_was_not_there_and_its_hold_says_so(house: House) -> None:
    story(house)
    now = house.clock.now_ms()
    house.post("/api/receipts/r-7/answers", {"unit": "missing", "here": False, "at_ms": now})
    found = hold_of(house, "missing")
    assert found is not None
    assert (found["basis_stands"], found["lifted_by"]) == (False, "")
    assert house.stays("missing")[-1][0] == BOX
    house.post("/api/receipts/r-7/answers", {"unit": "blind", "here": True, "at_ms": now})
    assert [place for place, _, _ in house.stays("blind")][-1] == FRIDGE


@pytest.mark.parametrize("answered", ["before", "after"])
def test_it_is_the_same_in_whatever_order_the_words_come(house: House, answered: str) -> None:
    """The receipt comes before or after the readings: what is exposed, and why, is the same."""
    tunnel = Reader(id=TUNNEL, place=FRIDGE, gateway=GATEWAY, purpose=ReaderPurpose.TUNNEL)
    house.pipeline.set_up([tunnel], START)
    house.register("blind", 1)
    house.clock.forward(NOON + 60 * MINUTE - house.clock.now_ms())
    crate = {"id": "r-7", "reader": TUNNEL, "place": FRIDGE, "units": ["blind"]}
    if answered == "before":
        house.post("/api/receipts", crate | {"from_ms": CAME - MINUTE, "to_ms": CAME})
    house.hear([sample(n + 1, NOON + (n - 60) * MINUTE, 6_800_000 if 60 <= n < 90 else 4_000_000) for n in range(115)])
    if answered == "after":
        house.post("/api/receipts", crate | {"from_ms": CAME - MINUTE, "to_ms": CAME})
    (met,) = [one["exposure"] for one in house.get("/api/units/blind/exposures")["items"]]
    assert (met["reason"], met["listed"], met["certain"], met["from_ms"]) == ("expected", "r-7", False, NOON)
