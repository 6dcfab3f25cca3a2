"""Case 19: a dead tag is replaced; the trace goes on, and a later read of the old one is an alert and no movement."""

from support.acceptance import FRIDGE, House
from support.intake import HOUR, START, epc, presence

from coldchain.facts import EventKind

OLD, NEW = 1, 2
SWAPPED = START + 14 * HOUR + 5 * 60_000
READ = START + 15 * HOUR


def test_case_19_the_trace_is_continuous_and_the_old_tag_is_an_alert(house: House) -> None:
    house.register("bag", 1)
    house.post("/api/units/bag/tags", {"epc": epc(OLD), "from_ms": START})
    house.clock.forward(HOUR)
    house.hear([presence(1, EventKind.ARRIVED, OLD, START + HOUR, START + HOUR)])
    house.clock.forward(15 * HOUR)
    house.post(f"/api/tags/{epc(OLD)}/retirements", {"at_ms": SWAPPED, "reason": "dead"})
    house.post("/api/units/bag/tags", {"epc": epc(NEW), "from_ms": SWAPPED})
    before = house.stays("bag")
    house.hear([presence(2, EventKind.ARRIVED, OLD, READ, READ), presence(3, EventKind.LEFT, OLD, READ, READ + 9)])
    assert house.stays("bag") == before == [(FRIDGE, START + HOUR, None)]
    (alert,) = house.get("/api/tag-conflicts")["items"]
    assert (alert["kind"], alert["epc"], alert["place"], alert["at_ms"]) == ("retired-seen", epc(OLD), FRIDGE, READ)
    house.hear([presence(4, EventKind.LEFT, NEW, READ + 60_000, READ + 60_009)])
    assert house.stays("bag") == [(FRIDGE, START + HOUR, READ + 60_009)], "the new tag goes on"
    steps = [one["what"] for one in house.get("/api/units/bag/custody")["steps"]]
    assert steps == ["bound", "entered", "bound", "left"]
