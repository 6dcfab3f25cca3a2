"""Case 9: three short rises in an hour are no excursion; a rule of time that adds up, where there is one, fires."""

from support.a_minute import COLD_ROOM, MINUTE, equip, exposures, findings, held, temperatures
from support.acceptance import House
from support.intake import HOUR, START, sample

NOON = START + 12 * HOUR
TEN_OF_SIX_HOURS = '\n[cumulative]\noutside_min = 10\nwithin_hours = 6\nsource = "a test"\nevidence = "PROP"\n'


def calm(from_ms: int, to_ms: int) -> list[tuple[int, int | None]]:
    """Return readings within limits that are never the same twice in a row."""
    return [(at, 4_000_000 + at // MINUTE % 2 * 100_000) for at in range(from_ms, to_ms, MINUTE)]


def three_rises(house: House, more: str) -> None:
    """Four minutes of 6.4 degrees, three times within the hour, with a bag inside."""
    equip(house, COLD_ROOM, "gw-9", more=more)
    house.register("bag", 1)
    house.clock.forward(20 * HOUR)
    house.put("bag", COLD_ROOM, START + HOUR)
    values = []
    for nth in range(3):
        begin = NOON + nth * 20 * MINUTE
        values += temperatures(begin, begin + 4 * MINUTE, 6_400_000)
        values += calm(begin + 4 * MINUTE, begin + 20 * MINUTE)
    values += calm(NOON + HOUR, NOON + 8 * HOUR)
    facts = [sample(n, at, value, f"{COLD_ROOM}-load") for n, (at, value) in enumerate(values, 1)]
    house.hear(facts, gateway="gw-9")


def test_case_09_three_rises_of_four_minutes_are_no_excursion(house: House) -> None:
    three_rises(house, "")
    assert findings(house, COLD_ROOM) == []
    assert not held(house, "bag")


def test_case_09_a_rule_of_ten_minutes_that_add_up_fires_once_and_books_twelve(house: House) -> None:
    three_rises(house, TEN_OF_SIX_HOURS)
    (found,) = findings(house, COLD_ROOM)
    assert (found["rule"], found["out_ms"]) == ("A27", 12 * MINUTE)
    booked = {name: one["out_ms_max"] for name, one in exposures(house, found).items()}
    assert booked == {"bag": 12 * MINUTE}
    assert held(house, "bag")
