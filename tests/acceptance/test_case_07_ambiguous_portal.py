"""Case 7: the portal's two sides hear a box almost at once: nobody guesses, a person is asked, and answers once."""

import pytest
from support.acceptance import House
from support.portal_house import NAMES, box_at_the_portal, moved

OUTER_MS, INNER_MS = 1_200, 1_500  # 0.3 s apart, where 0.8 s are needed


def placements(house: House) -> list[bytes]:
    return [payload for _, kind, payload in house.entries() if kind == "placement"]


@pytest.mark.parametrize("inwards", [True, False], ids=["in", "out"])
def test_case_07_no_movement_but_a_task_and_one_manual_movement_after_its_answer(house: House, inwards: bool) -> None:
    found = box_at_the_portal(house, OUTER_MS, INNER_MS)
    assert (found["receipt"]["way"], found["way_open"]) == ("ambiguous", True)
    assert (moved(house), placements(house)) == ([], [])
    for status in (201, 200, 200):
        house.clock.forward(1_000)
        house.post("/api/receipts/r-1/way", {"inwards": inwards}, status)
    house.post("/api/receipts/r-1/way", {"inwards": not inwards}, 409)
    receipt = house.get("/api/receipts/r-1")
    assert (receipt["manual"], receipt["way_open"]) == (True, False)
    assert moved(house) == (NAMES[:19] if inwards else [])
    assert len(placements(house)) == (19 if inwards else 0), "once each"
