"""Case 11: a box uploads its excursion late. What came out of it is held where it is now, what was used is urgent."""

from support.acceptance import FRIDGE, HOSPITAL, SIGNED, House
from support.intake import HOUR, START, sample

MINUTE = 60_000
BEGAN = START + HOUR
UNPACKED = BEGAN + 50 * MINUTE
UPLOADED = BEGAN + 91 * MINUTE


def test_case_11_what_was_inside_is_held_elsewhere_and_what_was_used_is_urgent(house: House) -> None:
    """The fridge with the gateway stands for the box: the acceptance house has no probe on the road."""
    for number in range(5):
        house.register(f"bag-{number}", number + 1)
        house.put(f"bag-{number}", FRIDGE, START)
    house.register("other", 40)
    house.put("other", HOSPITAL, START)
    house.clock.forward(UPLOADED - house.clock.now_ms())
    for number in range(4):
        house.put(f"bag-{number}", HOSPITAL, UNPACKED)
    house.post("/api/units/bag-4/issues", {"to": "ward 3", "at_ms": UNPACKED})
    warm = {*range(60, 76)}
    house.hear([sample(n + 1, START + n * MINUTE, 11_200_000 if n in warm else 4_000_000) for n in range(150)])
    for number in range(4):
        assert house.get(f"/api/units/bag-{number}")["standing"] == "held"
    assert house.get("/api/units/other/holds")["items"] == []
    (task,) = [one for one in house.get("/api/tasks")["items"] if one["task"]["kind"] == "isolate"]
    assert (task["task"]["place"], task["left"]) == (HOSPITAL, [f"bag-{number}" for number in range(4)])
    (urgent,) = house.get("/api/urgent")["items"]
    assert (urgent["unit"], urgent["to"], bool(urgent["line"])) == ("bag-4", "ward 3", True)
    said = {"line": urgent["line"], "called": "ward 3", "answer": "not given", "at_ms": house.clock.now_ms()}
    house.post("/api/urgent/bag-4/calls", said | SIGNED)
    (closed,) = house.get("/api/urgent")["items"]
    assert (closed["line"], closed["calls"][0]["answer"]) == ([], "not given")
