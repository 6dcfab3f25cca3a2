"""Line protocol: whatever goes in comes out of a reader that shares no code with the encoder."""

from decimal import Decimal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from support.line_protocol import Point, decode

from coldchain.errors import InvalidValueError
from coldchain.temperature import celsius_text
from stores.lines import INT64_MAX, Measurement, Real, Value, body_of, real_text

M = Measurement("m", ("a", "b"), {"i": int, "s": str, "r": Real}, frozenset({"i", "s", "r"}))
TEXT = st.text(st.characters(codec="utf-8"))
TAG = TEXT.filter(lambda text: bool(text) and "\n" not in text and not text.endswith("\\"))
REAL = st.builds(Real, st.integers(-(10**15), 10**15), st.integers(0, 9))
FIELDS = st.fixed_dictionaries({}, optional={"i": st.integers(-INT64_MAX - 1, INT64_MAX), "s": TEXT, "r": REAL}).filter(
    bool
)
POINTS = st.lists(st.tuples(TAG, TAG, FIELDS, st.integers(-(2**53), 2**53)), min_size=1, max_size=5)

Given = tuple[str, str, dict[str, Value], int]


def plain(value: Value) -> int | str | Decimal:
    return Decimal(value.value).scaleb(-value.places) if isinstance(value, Real) else value


@given(POINTS)
@example([('a"b', "x y", {"s": 'z\n"w\\"'}, 1), ("一号 冰箱", "a\\,b=c", {"s": "\\", "i": 0}, 2)])
@example([("a\\b", " ", {"s": "偏高, 8.2 °C = 太高\r\n"}, 3), ('"', '"', {"s": '"\\n'}, 4)])
def test_what_is_encoded_is_read_back(given_points: list[Given]) -> None:
    lines = [M.point(M.series(a, b), fields, at_ms) for a, b, fields, at_ms in given_points]
    expected = [
        Point("m", (("a", a), ("b", b)), {name: plain(value) for name, value in fields.items()}, at_ms)
        for a, b, fields, at_ms in given_points
    ]
    assert decode(body_of(lines)) == expected


@given(st.integers(-300_000_000, 2_000_000_000))
@example(0)
@example(-1)
@example(6_000_000)
@example(6_062_500)
def test_a_temperature_is_exact_and_always_a_float(micro: int) -> None:
    text = real_text(micro, 6)
    assert text == celsius_text(micro)
    assert Decimal(text) * 10**6 == micro
    assert "." in text


@given(st.integers(-(10**12), 10**12))
def test_the_nearest_double_of_a_temperature_shows_the_same_digits_again(micro: int) -> None:
    """InfluxDB keeps doubles and Grafana shows their shortest text: nothing is rounded across a limit."""
    assert Decimal(repr(float(real_text(micro, 6)))) * 10**6 == micro


@pytest.mark.parametrize("value", ["", "a\nb", "a\\"])
def test_a_tag_that_the_line_protocol_cannot_hold_is_refused(value: str) -> None:
    with pytest.raises(InvalidValueError, match="tag a cannot hold"):
        M.series(value, "b")


@pytest.mark.parametrize("fields", [{"i": True}, {"i": "1"}, {"s": 1}, {"r": 1}, {"r": 1.5}, {"unknown": 1}, {}])
def test_a_field_that_the_schema_does_not_have_is_refused(fields: dict[str, Value]) -> None:
    with pytest.raises(InvalidValueError, match="schema"):
        M.point(M.series("a", "b"), fields, 1)


def test_a_field_that_is_always_there_cannot_be_left_out() -> None:
    strict = Measurement("m", ("a",), {"i": int, "s": str}, frozenset({"s"}))
    assert strict.point(strict.series("x"), {"i": 1, "s": None}, 5) == b"m,a=x i=1i 5"
    with pytest.raises(InvalidValueError, match=r"lacks \['i'\]"):
        strict.point(strict.series("x"), {"s": "y"}, 5)


@pytest.mark.parametrize("number", [INT64_MAX + 1, -INT64_MAX - 2])
def test_an_integer_beyond_64_bits_is_refused(number: int) -> None:
    with pytest.raises(InvalidValueError, match="64 bits"):
        M.point(M.series("a", "b"), {"i": number}, 1)
