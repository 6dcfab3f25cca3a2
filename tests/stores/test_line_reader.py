"""Our own lines read back: every value is the one that was written, whatever it holds."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stores.line_reader import Fields, Point, Series, read_line
from stores.lines import INT64_MAX, Measurement, Real

M = Measurement("m", ("a", "b"), {"i": int, "s": str, "r": Real}, frozenset({"i", "s", "r"}))
TEXTS = st.text(alphabet='ab 一°,=\\"\n', max_size=8)
TAGS = TEXTS.filter(lambda text: bool(text) and "\n" not in text and not text.endswith("\\"))


@given(TAGS, TAGS, TEXTS, st.integers(-INT64_MAX - 1, INT64_MAX), st.integers(-(10**9), 10**9), st.integers(0, 10**14))
def test_a_line_is_read_back_as_it_was_written(a: str, b: str, text: str, whole: int, micro: int, at_ms: int) -> None:
    line = M.point(M.series(a, b), {"s": text, "i": whole, "r": Real(micro, 6)}, at_ms)
    fields: Fields = {"s": text, "i": whole, "r": micro / 1e6}
    assert read_line(line) == Point(Series("m", (("a", a), ("b", b))), at_ms, fields)


@given(TEXTS, st.integers(0, 10**14))
def test_a_single_field_is_enough(text: str, at_ms: int) -> None:
    assert read_line(M.point(M.series("x", "y"), {"s": text}, at_ms)).fields == {"s": text}


def test_what_is_no_line_of_ours_is_said_to_be_none() -> None:
    with pytest.raises(ValueError, match="no line of the mirror"):
        read_line(b"nonsense")
