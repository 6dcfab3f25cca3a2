"""Case 14: a pack event arrives three hours late, between two that are known."""

from support.acceptance import BOX, HOSPITAL, STATION, House
from support.intake import HOUR, START

STORED, PACKED, UNPACKED = START, START + 3 * HOUR, START + 6 * HOUR
VIEWS = ("", "/stays", "/exposures", "/holds")


def known(house: House, at_ms: int) -> list[object]:
    return [house.get(f"/api/units/bag{view}", as_known_ms=at_ms) for view in VIEWS]


def test_case_14_stays_are_derived_anew_and_what_was_known_before_stays_as_it_was(house: House) -> None:
    house.register("bag", 1)
    house.put("bag", STATION, STORED)
    house.clock.forward(6 * HOUR)
    house.put("bag", HOSPITAL, UNPACKED)
    before_ms = house.clock.now_ms()
    before = known(house, before_ms)
    assert house.stays("bag") == [(STATION, STORED, UNPACKED), (HOSPITAL, UNPACKED, None)]
    house.clock.forward(1_000)
    packed = {"id": "list-1", "box": BOX, "units": ["bag"], "packed_ms": PACKED, "destination": "S3"}
    house.post("/api/manifests", packed)
    assert house.stays("bag") == [(STATION, STORED, PACKED), (BOX, PACKED, UNPACKED), (HOSPITAL, UNPACKED, None)]
    assert known(house, before_ms) == before
    assert known(house, house.clock.now_ms()) != before


def test_case_14_projections_made_anew_from_nothing_are_the_same_rows(house: House) -> None:
    house.register("bag", 1)
    house.put("bag", STATION, STORED)
    house.clock.forward(6 * HOUR)
    house.put("bag", HOSPITAL, UNPACKED)
    packed = {"id": "list-1", "box": BOX, "units": ["bag"], "packed_ms": PACKED, "destination": "S3"}
    house.post("/api/manifests", packed)
    dump = house.store.projection_dump()
    assert b"list-1" in dump
    house.store.rebuild_projections()
    assert house.store.projection_dump() == dump
