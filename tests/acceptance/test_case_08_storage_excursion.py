"""Case 8: 38 units in a fridge that is too warm for 25 minutes; who left before and who came in the middle of it."""

from support.a_minute import MINUTE, exposures, findings, held, temperatures
from support.acceptance import FRIDGE, House
from support.intake import HOUR, START, sample

WARM, COOL = 6_400_000, 4_000_000
NOON = START + 12 * HOUR
END = NOON + 25 * MINUTE


def stocked(house: House) -> None:
    """38 bags since the morning, one that left at 11:58 and one that entered at 12:20."""
    for nth in range(1, 41):
        house.register(f"bag-{nth}", nth)
    house.clock.forward(20 * HOUR)
    for nth in range(1, 39):
        house.put(f"bag-{nth}", FRIDGE, START + HOUR)
    house.put("bag-39", FRIDGE, START + HOUR)
    house.put("bag-39", None, NOON - 2 * MINUTE)
    house.put("bag-40", FRIDGE, NOON + 20 * MINUTE)


def lived(house: House) -> list[int]:
    """Let each reading of the hour arrive as it is measured; return when the alarm was raised."""
    raised = []
    for nth, (at_ms, value) in enumerate(
        [(NOON - 10 * MINUTE, COOL), *temperatures(NOON, END, WARM), *temperatures(END, END + 10 * MINUTE, COOL)], 1
    ):
        house.pipeline.process([house.message([sample(nth, at_ms, value)], at_ms + 1_000)], at_ms + 1_000)
        raised += [one.raised_ms for one in house.excursion_alarms() if one.raised_ms not in raised]
    return raised


def test_case_08_the_alarm_is_there_within_a_minute_of_its_condition(house: House) -> None:
    stocked(house)
    assert lived(house) == [NOON + 5 * MINUTE + 1_000]
    (finding,) = findings(house, FRIDGE)
    assert (finding["start_ms"], finding["condition_ms"], finding["end_ms"]) == (NOON, NOON + 5 * MINUTE, END)


def test_case_08_38_units_of_25_minutes_and_the_one_that_entered_of_five(house: House) -> None:
    stocked(house)
    lived(house)
    (finding,) = findings(house, FRIDGE)
    minutes = {name: (one["to_ms"] - one["from_ms"]) // MINUTE for name, one in exposures(house, finding).items()}
    assert minutes == {**{f"bag-{nth}": 25 for nth in range(1, 39)}, "bag-40": 5}
    assert [held(house, name) for name in ("bag-1", "bag-40", "bag-39")] == [True, True, False]


def test_case_08_the_limit_itself_for_an_hour_is_nothing_and_a_hundredth_more_counts(house: House) -> None:
    hour = [*temperatures(NOON, NOON + HOUR, 6_000_000)]
    house.clock.forward(20 * HOUR)
    house.hear([sample(nth, at_ms, value) for nth, (at_ms, value) in enumerate(hour, 1)])
    assert findings(house, FRIDGE) == []
    more = temperatures(NOON + HOUR, NOON + HOUR + 6 * MINUTE, 6_010_000)
    house.hear([sample(100 + nth, at_ms, value) for nth, (at_ms, value) in enumerate(more)])
    (finding,) = findings(house, FRIDGE)
    assert finding["start_ms"] == NOON + HOUR
