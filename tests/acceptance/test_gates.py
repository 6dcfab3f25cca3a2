"""The gates across the cases: looking back equals counting by hand, on both databases and in both schemes."""

import random

from support.acceptance import HOSPITAL, STATION, House
from support.intake import HOUR, START

PLACES = (STATION, HOSPITAL, None)
BAGS, MOVES, WINDOWS, HOURS = 20, 6, 250, 48  # 250 windows on each of the four houses


def test_gate_looking_back_equals_brute_force_on_random_windows(house: House) -> None:
    chance = random.Random(7)
    house.clock.forward(HOURS * HOUR)
    lived: list[tuple[str, str, int, int]] = []
    for nth in range(BAGS):
        name = f"bag-{nth}"
        house.register(name, nth)
        times = sorted(chance.sample(range(START, START + HOURS * HOUR), MOVES))
        words = [(at_ms, chance.choice(PLACES)) for at_ms in times]
        for at_ms, place in chance.sample(words, MOVES):  # in any order of arrival
            house.put(name, place, at_ms)
        for (at_ms, place), following in zip(words, [*times[1:], START + 2 * HOURS * HOUR], strict=True):
            lived += [(name, place, at_ms, following)] if place is not None else []
    for _ in range(WINDOWS):
        place = chance.choice(PLACES[:2])
        from_ms = chance.randrange(START, START + HOURS * HOUR)
        to_ms = from_ms + chance.randrange(1, 8 * HOUR)
        by_hand = {name for name, where, begin, end in lived if where == place and begin < to_ms and end > from_ms}
        found = house.get(f"/api/places/{place}/who", from_ms=from_ms, to_ms=to_ms, limit=500)["items"]
        assert {one["unit"]["unit"] for one in found} == by_hand, (place, from_ms, to_ms)
