"""Case 8: a storage excursion. Whoever was inside in the span is on hold, and people are given their work at once."""

from support.acceptance import FRIDGE, HOSPITAL, SIGNED, House
from support.intake import START, sample

MINUTE = 60_000
NOON = START + 12 * 60 * MINUTE
BEFORE = NOON - 10 * MINUTE
BAGS = 6  # the case says 38; fewer bags say the same on two databases and in two schemes


def curve(until: int) -> list[int]:
    """Return micro-degrees a minute from 11:50 on: 6.4 from 12:00 to 12:25, 4.0 around it."""
    return [6_400_000 if 0 <= minute < 25 else 4_000_000 for minute in range(-10, until)]


def warm(house: House) -> None:
    house.clock.forward(BEFORE - house.clock.now_ms())
    for number in range(BAGS):
        house.register(f"bag-{number}", number + 1)
        house.put(f"bag-{number}", FRIDGE, BEFORE)
    for name, number in (("left", 50), ("late", 51)):
        house.register(name, number)
    house.clock.forward(NOON + 60 * MINUTE - house.clock.now_ms())
    house.put("left", FRIDGE, BEFORE)
    house.put("left", HOSPITAL, NOON - 2 * MINUTE)
    house.put("late", FRIDGE, NOON + 20 * MINUTE)
    load = [sample(n + 1, NOON + (n - 10) * MINUTE, value) for n, value in enumerate(curve(60))]
    air = [sample(n + 71, NOON + (n - 10) * MINUTE, 4_000_000, "fridge-1-air") for n in range(70)]
    house.hear([*load, *air])


def test_case_08_whoever_was_inside_is_held_for_as_long_as_it_was_there(house: House) -> None:
    warm(house)
    findings = [one["finding"] for one in house.get("/api/findings")["items"]]
    (finding,) = [one for one in findings if one["kind"] == "excursion"]

    def met(name: str) -> list[dict[str, int]]:
        found = [one["exposure"] for one in house.get(f"/api/units/{name}/exposures")["items"]]
        return [one for one in found if one["finding"] == finding["id"]]

    assert (finding["start_ms"], finding["condition_ms"]) == (NOON, NOON + 5 * MINUTE)
    for number in range(BAGS):
        assert [one["out_ms_max"] for one in met(f"bag-{number}")] == [25 * MINUTE]
        assert house.get(f"/api/units/bag-{number}")["standing"] == "held"
    assert [one["out_ms_max"] for one in met("late")] == [5 * MINUTE]
    assert met("left") == []


def test_case_08_one_task_sets_the_bags_aside_and_the_place_is_to_be_counted(house: House) -> None:
    warm(house)
    tasks = {one["task"]["kind"]: one for one in house.get("/api/tasks")["items"]}
    assert set(tasks) == {"isolate", "count"}
    name = tasks["isolate"]["task"]["id"]
    now = house.clock.now_ms()
    names = [*(f"bag-{number}" for number in range(BAGS)), "late"]
    assert sorted(tasks["isolate"]["left"]) == sorted(names)
    house.post(f"/api/tasks/{name}/ticks", {"scan": "left", "at_ms": now} | SIGNED, 409)
    for bag in names:
        house.post(f"/api/tasks/{name}/ticks", {"scan": bag, "at_ms": now} | SIGNED)
    house.post(f"/api/tasks/{name}/ticks", {"scan": "late", "at_ms": now} | SIGNED, 409)
    assert house.get(f"/api/tasks/{name}")["task"]["closed_by"] == "scans"
    house.post(f"/api/places/{FRIDGE}/counts", {"counted": len(names), "at_ms": now} | SIGNED)
    assert house.get("/api/tasks")["items"] == []


def test_case_08_the_issuing_system_hears_of_every_hold_once_and_confirms_it(house: House) -> None:
    warm(house)
    found = house.get("/api/issuing/changes")
    assert sorted(one["unit"] for one in found["items"] if one["stands"]) == sorted(found["units_on_hold"])
    assert len(found["items"]) == BAGS + 1
    assert house.get("/api/issuing/changes", after=found["next"])["items"] == []
    receipt = {"changes": [one["number"] for one in found["items"]], "receipt": "his-1", "system": "his"}
    house.post("/api/issuing/receipts", receipt)
    assert all(one["confirmed"] for one in house.get("/api/issuing/changes")["items"])
