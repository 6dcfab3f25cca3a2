"""Case 12: nobody measures for 25 minutes; it is said, and what the gateway kept fills the gap afterwards."""

from support.a_minute import MINUTE, active, temperatures
from support.acceptance import FRIDGE, House
from support.intake import HOUR, START, sample

from coldchain.alarms import Severity

NOON = START + 12 * HOUR
LOAD = "fridge-1-load"


def hear(house: House, first: int, from_ms: int, to_ms: int) -> None:
    facts = [sample(first + n, at, 4_000_000, LOAD) for n, (at, _) in enumerate(temperatures(from_ms, to_ms, 0))]
    house.hear(facts)


def look(house: House, at_ms: int) -> None:
    house.clock.forward(at_ms - house.clock.now_ms())
    for _ in range(2):  # a condition has to be gone for a while before its alarm clears
        house.pipeline.alarms.look(house.clock.now_ms())
        house.clock.forward(MINUTE)
    house.pipeline.alarms.look(house.clock.now_ms())


def silent(house: House) -> None:
    house.clock.forward(NOON - START)
    hear(house, 1, NOON - HOUR, NOON)


def of_the_probe(house: House) -> list[Severity]:
    return [one.now for one in active(house, "A05") if one.subject == LOAD]


def test_case_12_after_fifteen_minutes_somebody_is_called_and_before_five_nobody(house: House) -> None:
    silent(house)
    look(house, NOON + MINUTE)
    assert of_the_probe(house) == []
    look(house, NOON + 15 * MINUTE)
    assert of_the_probe(house) == [Severity.HIGH]


def test_case_12_what_comes_afterwards_resolves_it(house: House) -> None:
    silent(house)
    look(house, NOON + 20 * MINUTE)
    assert of_the_probe(house) == [Severity.HIGH]
    house.clock.forward(NOON + 25 * MINUTE - house.clock.now_ms())
    hear(house, 61, NOON, NOON + 25 * MINUTE)
    look(house, NOON + 26 * MINUTE)
    assert of_the_probe(house) == []
    with house.store.reading() as session:
        known = session.readings.history(LOAD, NOON, NOON + 25 * MINUTE)
        past = [
            one
            for one in session.records.alarms(100)
            if (one.rule, one.subject, one.since_ms) == ("A05", LOAD, NOON - MINUTE)
        ]
    assert len(known) == 25, "the record has the gap filled"
    assert [one.active for one in past] == [False], "and says that somebody was called in it"
    assert house.get(f"/api/places/{FRIDGE}")["place"]["id"] == FRIDGE
