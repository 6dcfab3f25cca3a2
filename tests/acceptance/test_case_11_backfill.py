"""Case 11: a box tells at 10:31 what it measured since eight: it was too warm, and its bags are elsewhere by now."""

from support.a_minute import MINUTE, equip, exposures, findings, held, temperatures
from support.acceptance import FRIDGE, House
from support.intake import HOUR, START, sample

from coldchain.places import PlaceKind

CRATE = "box-7"


def at(hours: int, minutes: int = 0) -> int:
    return START + hours * HOUR + minutes * MINUTE


def told_late(house: House) -> None:
    """20 bags in the box until 09:50; 18 go into the fridge, two are issued; a neighbour lies in the fridge already."""
    equip(house, CRATE, CRATE, kind=PlaceKind.BOX)
    for nth in range(1, 22):
        house.register(f"bag-{nth}", nth)
    house.clock.forward(10 * HOUR + 25 * MINUTE)
    house.put("bag-21", FRIDGE, at(7))
    units = [f"bag-{nth}" for nth in range(1, 21)]
    house.post(
        "/api/manifests", {"id": "list-1", "box": CRATE, "units": units, "packed_ms": at(7, 45), "destination": "S2"}
    )
    for name in units[:18]:
        house.put(name, FRIDGE, at(9, 50))
    for name in units[18:]:
        house.post(f"/api/units/{name}/issues", {"to": "ward 3", "at_ms": at(9, 55)})
    house.clock.forward(at(10, 31) - house.clock.now_ms())
    values = [(when, 5_000_000) for when, _ in temperatures(at(8), at(9), 0, 5 * MINUTE)]
    values += [(when, 11_200_000) for when, _ in temperatures(at(9), at(9, 15), 0, 5 * MINUTE)]
    values += [(when, 5_000_000) for when, _ in temperatures(at(9, 15), at(10, 30), 0, 5 * MINUTE)]
    assert len(values) == 30
    house.hear([sample(n, when, v, f"{CRATE}-load") for n, (when, v) in enumerate(values, 1)], gateway=CRATE)


def test_case_11_the_excursion_has_its_own_time_and_says_that_it_is_late_by_81_minutes(house: House) -> None:
    told_late(house)
    (found,) = findings(house, CRATE)
    assert (found["start_ms"], found["condition_ms"]) == (at(9), at(9, 10))
    (alarm,) = house.excursion_alarms()
    assert (alarm.since_ms, alarm.raised_ms - found["condition_ms"]) == (at(9), 81 * MINUTE)


def test_case_11_the_bags_are_held_where_they_are_now_and_nothing_else_in_the_fridge(house: House) -> None:
    told_late(house)
    (found,) = findings(house, CRATE)
    assert exposures(house, found).keys() == {f"bag-{nth}" for nth in range(1, 21)}
    assert all(held(house, f"bag-{nth}") for nth in range(1, 19))
    assert not held(house, "bag-21")
    (alarm,) = house.excursion_alarms()
    assert alarm.now == "critical"
