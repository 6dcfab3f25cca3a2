"""Of several readings of one instant one counts, by a rule that is named; when they came plays no part."""

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support import store_words as words

from coldchain.facts import Quality
from coldchain.history import NO_VALUE, effective
from coldchain.ports import SampleRow
from coldchain.rivals import CountsBy, contested, counts_by, rivals


def row(value: int | None, rank: int) -> SampleRow:
    return words.samples([5], [value], source_rank=rank)


@pytest.mark.parametrize(
    ("values", "by", "counted"),
    [
        ([(9, 1), (4, 0)], CountsBy.SOURCE, 4),
        ([(None, 0), (4, 0)], CountsBy.QUALITY, 4),
        ([(None, 0), (4, 1)], CountsBy.SOURCE, None),
        ([(3, 0), (4, 0)], CountsBy.VALUE, 4),
        ([(4, 0), (4, 0)], CountsBy.SAME, 4),
        ([(4, 2), (3, 1), (9, 2)], CountsBy.SOURCE, 3),
    ],
)
def test_the_rule_by_which_a_reading_counts_is_the_same_in_any_order_of_arrival(
    values: list[tuple[int | None, int]], by: CountsBy, counted: int | None
) -> None:
    for order in permutations(values):
        found = rivals(enumerate((row(*one) for one in order), 1), 0, 10)
        (several,) = contested(found)
        assert (counts_by(several), several[0].micro_celsius, several[0].counts) == (by, counted, True)
        assert not any(one.counts for one in several[1:])


READINGS = st.lists(
    st.tuples(st.integers(1, 4), st.one_of(st.none(), st.integers(-3, 3)), st.integers(0, 2)), max_size=12
)


@given(READINGS)
def test_the_first_of_each_instant_is_the_one_that_the_history_shows(
    readings: list[tuple[int, int | None, int]],
) -> None:

    rows = [words.samples([at], [value], source_rank=rank) for at, value, rank in readings]
    shown = effective(
        np.array([at for at, _, _ in readings], np.int64),
        np.array([NO_VALUE if value is None else value for _, value, _ in readings], np.int64),
        np.array([Quality.GOOD if value is not None else Quality.NO_SENSOR for _, value, _ in readings], np.uint8),
        np.array([rank for _, _, rank in readings], np.int64),
    )
    known = dict(zip(shown.taken_ms.tolist(), shown.micro_celsius.tolist(), strict=True))
    for several in contested(rivals(enumerate(rows, 1), 0, 10)):
        first = several[0]
        assert known[first.taken_ms] == (NO_VALUE if first.micro_celsius is None else first.micro_celsius)
