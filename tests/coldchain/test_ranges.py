"""Received ranges behave as the set of numbers that they stand for."""

import itertools

from hypothesis import given
from hypothesis import strategies as st

from coldchain.ranges import Range, above, add_numbers, add_range, contains, contiguous

_SPANS = st.lists(st.tuples(st.integers(1, 60), st.integers(0, 12)).map(lambda pair: (pair[0], sum(pair))), max_size=12)


def _made(spans: list[Range]) -> tuple[Range, ...]:
    ranges: tuple[Range, ...] = ()
    for first, last in spans:
        ranges = add_range(ranges, first, last)
    return ranges


def _numbers(ranges: tuple[Range, ...] | list[Range]) -> set[int]:
    return {number for first, last in ranges for number in range(first, last + 1)}


@given(_SPANS)
def test_ranges_are_sorted_never_touch_and_hold_exactly_what_was_added(spans: list[Range]) -> None:
    ranges = _made(spans)
    assert _numbers(ranges) == _numbers(spans)
    assert all(first <= last for first, last in ranges)
    assert all(later[0] > earlier[1] + 1 for earlier, later in itertools.pairwise(ranges))


@given(_SPANS, st.lists(st.integers(1, 80), max_size=30))
def test_adding_numbers_is_adding_them_one_by_one_in_any_order(spans: list[Range], numbers: list[int]) -> None:
    one_by_one = _made([*spans, *((number, number) for number in reversed(numbers))])
    assert add_numbers(_made(spans), numbers) == one_by_one
    assert add_numbers(one_by_one, numbers) == one_by_one


@given(_SPANS, st.integers(1, 90))
def test_a_number_is_contained_when_it_was_added(spans: list[Range], number: int) -> None:
    assert contains(_made(spans), number) == (number in _numbers(spans))


@given(_SPANS)
def test_contiguous_and_above_say_together_what_the_ranges_say(spans: list[Range]) -> None:
    ranges = _made(spans)
    numbers = _numbers(spans)
    upto = contiguous(ranges)
    assert set(range(1, upto + 1)) <= numbers
    assert upto + 1 not in numbers
    assert _numbers(above(ranges)) | set(range(1, upto + 1)) == numbers
    assert add_range(above(ranges), 1, upto) == ranges


def test_an_empty_range_adds_nothing() -> None:
    assert add_range(((3, 4),), 1, 0) == ((3, 4),)
    assert add_numbers((), []) == ()
    assert contiguous(()) == 0
