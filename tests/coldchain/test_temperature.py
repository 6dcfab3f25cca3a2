"""Temperatures are read and written exactly."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coldchain.errors import InvalidValueError
from coldchain.temperature import celsius_text, micro_celsius


@pytest.mark.parametrize(
    ("text", "micro"),
    [("6.0", 6_000_000), ("6", 6_000_000), ("-0.5", -500_000), ("-0.000001", -1), ("2.000001", 2_000_001), ("0", 0)],
)
def test_degrees_are_read_exactly(text: str, micro: int) -> None:
    assert micro_celsius(text) == micro


@pytest.mark.parametrize(
    ("micro", "text"), [(6_062_500, "6.0625"), (6_000_000, "6.0"), (-500_000, "-0.5"), (-1, "-0.000001"), (0, "0.0")]
)
def test_no_value_is_rounded_when_it_is_written(micro: int, text: str) -> None:
    assert celsius_text(micro) == text


def test_more_places_may_be_asked_for_and_none_are_dropped() -> None:
    assert celsius_text(6_000_000, places_min=2) == "6.00"
    assert celsius_text(6_000_000, places_min=0) == "6"
    assert celsius_text(6_000_001, places_min=0) == "6.000001"


@given(st.integers(-300_000_000, 1_000_000_000), st.integers(0, 6))
def test_writing_and_reading_gives_the_same_integer(micro: int, places: int) -> None:
    text = celsius_text(micro, places)
    assert micro_celsius(text) == micro
    assert Decimal(text) * 1_000_000 == micro


@pytest.mark.parametrize(
    "text", ["", "-", "+6", "6,0", "6.0000001", "6e1", " 6", "6 ", "--6", "6.-1", "6.0.0", "NaN", "0x6", ".5", "1_000",
             "\u0666", "6.\u0665", "6.\u00b2", "\u22126"]
)  # fmt: skip
def test_what_is_no_plain_decimal_is_refused(text: str) -> None:
    with pytest.raises(InvalidValueError, match="at most six decimal places"):
        micro_celsius(text)
