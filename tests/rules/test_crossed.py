"""Probes crossed: found where they are, and not said where two fridges are only opened by the same people."""

import pytest
from support.air_and_doors import DAY, START, Days, days
from support.histories import history_of

from rules.crossed import COINCIDENCES_MIN, Suspected, crossed, jumps_of

MINUTE = 60_000


def seen(told: Days, swapped: dict[str, str], n: int) -> list[Suspected]:
    """Return what is suspected if the air of each place is read by the probe that is registered for `swapped`."""
    jumps = {swapped.get(place, place): jumps_of(history_of(air), START) for place, air in told.air.items()}
    return crossed(told.openings, jumps, START, START + n * DAY)


def test_two_crossed_probes_are_suspected_at_both_places_within_three_days() -> None:
    told = days(7, places=3, n=3)
    found = seen(told, {"fridge-1": "fridge-2", "fridge-2": "fridge-1"}, 3)
    assert {(one.place, one.other) for one in found} == {("fridge-1", "fridge-2"), ("fridge-2", "fridge-1")}
    assert all(one.coincidences >= COINCIDENCES_MIN for one in found)
    assert seen(told, {}, 3) == []


def test_air_jumps_once_for_an_opening_and_not_for_the_compressor() -> None:
    told = days(3, places=1, n=1, openings_a_day=6, together=0.0)
    jumps = jumps_of(history_of(told.air["fridge-1"]), START)
    assert jumps
    assert all(any(0 <= at - opened <= 3 * MINUTE for opened in told.openings["fridge-1"]) for at in jumps)
    assert jumps_of(history_of(told.air["fridge-1"]), jumps[2], jumps[2]) == jumps[3:]


def test_few_coincidences_and_a_place_that_jumps_all_the_time_prove_nothing() -> None:
    opened = [START + n * 60 * MINUTE for n in range(1, 30)]
    doors = {"a": opened, "b": []}
    few = {"a": [], "b": [at + MINUTE for at in opened[: COINCIDENCES_MIN - 1]]}
    assert crossed(doors, few, START, START + 2 * DAY) == []
    always = {"a": [], "b": [START + n * 293_000 for n in range(500)]}
    assert crossed(doors, always, START, START + 2 * DAY) == []
    most = {"a": [], "b": [at + MINUTE for at in opened[:20]]}
    assert [(one.place, one.other, one.coincidences) for one in crossed(doors, most, START, START + 2 * DAY)] == [
        ("a", "b", 20)
    ]


def test_a_door_that_is_opened_with_the_other_says_nothing_of_it() -> None:
    opened = [START + n * 60 * MINUTE for n in range(1, 30)]
    jumps = {"a": [], "b": [at + MINUTE for at in opened]}
    together = {"a": opened, "b": [at + MINUTE // 2 for at in opened]}
    assert crossed(together, jumps, START, START + 2 * DAY) == []


@pytest.mark.long
def test_rates_over_simulated_weeks() -> None:
    """Print how often a suspicion is right, wrong, and how long it takes."""
    weeks, false, missed, days_to_tell = 8, 0, 0, []
    for seed in range(weeks):
        told = days(100 + seed, places=4, n=7)
        false += len(seen(told, {}, 7))
        swapped = {"fridge-1": "fridge-2", "fridge-2": "fridge-1"}
        first = next((n for n in range(1, 8) if len(seen(told, swapped, n)) >= 1), None)
        missed += first is None
        days_to_tell += [first] if first else []
    pairs = 4 * 3 * weeks
    print(f"seeds 100..{99 + weeks}: {false} false of {pairs} pair-weeks, {missed} of {weeks} missed in a week,")
    print(f"days until told: {days_to_tell}")
    assert false == 0
    assert missed == 0
