"""A place that is nearly full."""

import pytest
from support.standing_facts import place

from coldchain.capacity import Capacity
from rules.conditions_capacity import of_capacity


@pytest.mark.parametrize(
    ("slots", "inside", "percent"),
    [(100, 90, None), (100, 91, 91), (10, 9, None), (10, 10, 100), (0, 5, None), (7, 7, 100)],
)
def test_more_than_nine_tenths_are_nearly_full(slots: int, inside: int, percent: int | None) -> None:
    room = Capacity(place="fridge-1", slots=slots, at_ms=1, name="n", post="p")
    one = of_capacity(place(), room, inside, 7)
    assert (None if one is None else one.values["percent"]) == percent
    assert one is None or (one.rule, one.severity, one.since_ms) == ("A50", "low", 7)
