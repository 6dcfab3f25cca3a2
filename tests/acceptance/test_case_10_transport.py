"""Case 10: a box with 20 units is at 10.6 degrees for ten minutes on the road."""

from support.a_minute import MINUTE, equip, exposures, findings, held, temperatures
from support.acceptance import STATION, House
from support.intake import HOUR, START, sample

from coldchain.places import PlaceKind

CRATE = "box-7"
NOON = START + 12 * HOUR


def on_the_road(house: House, warm_minutes: int) -> None:
    """20 bags in the box, a 21st that stays; a sample every five minutes."""
    equip(house, CRATE, CRATE, kind=PlaceKind.BOX)
    for nth in range(1, 22):
        house.register(f"bag-{nth}", nth)
    house.clock.forward(20 * HOUR)
    house.put("bag-21", STATION, START + HOUR)
    units = [f"bag-{nth}" for nth in range(1, 21)]
    body = {"id": "list-1", "box": CRATE, "units": units, "packed_ms": NOON - HOUR, "destination": "S3"}
    house.post("/api/manifests", body)
    warm_to = NOON + warm_minutes * MINUTE
    step = 5 * MINUTE
    values = temperatures(NOON - HOUR, NOON, 5_000_000, step) + temperatures(NOON, warm_to, 10_600_000, step)
    values += temperatures(warm_to, NOON + HOUR, 5_000_000, step)
    house.hear([sample(n, at, v, f"{CRATE}-load") for n, (at, v) in enumerate(values, 1)], gateway=CRATE)


def test_case_10_one_excursion_one_alarm_twenty_units(house: House) -> None:
    on_the_road(house, 10)
    (found,) = findings(house, CRATE)
    assert (found["rule"], found["start_ms"], found["condition_ms"]) == ("A03", NOON, NOON + 10 * MINUTE)
    assert len(house.excursion_alarms()) == 1
    assert exposures(house, found).keys() == {f"bag-{nth}" for nth in range(1, 21)}
    assert [held(house, f"bag-{nth}") for nth in (1, 20, 21)] == [True, True, False]


def test_case_10_five_minutes_are_none(house: House) -> None:
    on_the_road(house, 5)
    assert findings(house, CRATE) == []
    assert not held(house, "bag-1")
