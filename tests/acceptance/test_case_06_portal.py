"""Case 6: a box with a list of twenty comes in through a portal that reads nineteen; a scan closes the twentieth."""

from support.acceptance import House
from support.portal_house import NAMES, box_at_the_portal, expected, moved
from support.tunnel import PASS_MS

OUTER_MS, INNER_MS = 1_200, 3_000


def test_case_06_nineteen_are_received_and_a_scan_closes_the_one_that_was_not_seen(house: House) -> None:
    found = box_at_the_portal(house, OUTER_MS, INNER_MS)
    receipt = found["receipt"]
    assert (receipt["way"], receipt["outer_ms"], receipt["inner_ms"]) == ("in", PASS_MS + OUTER_MS, PASS_MS + INNER_MS)
    assert (moved(house), expected(house)) == (NAMES[:19], [NAMES[19]])
    assert ([one["unit"] for one in found["not_read"]], found["verified"]) == ([NAMES[19]], False)
    house.post("/api/receipts/r-1/answers", {"unit": NAMES[19], "here": True})
    closed = house.get("/api/receipts/r-1")
    assert (closed["by_scan"], closed["not_read"], closed["verified"]) == ([NAMES[19]], [], True)
    assert (moved(house), expected(house)) == (NAMES, [])
    house.post("/api/receipts/r-1/answers", {"unit": NAMES[19], "here": True}, 200)
    assert len(house.stays(NAMES[19])) == 1, "a scan that is sent twice moves once"
