"""One value has one spelling, and what has no exact spelling is refused."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coldchain.canonical import INTEGER_MAX, canonical_json, leaf_hash
from coldchain.errors import InvalidValueError
from coldchain.facts import EventKind, Quality

_TEXT = st.text(st.characters(codec="utf-8"), max_size=8)
_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-INTEGER_MAX, INTEGER_MAX) | _TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_TEXT, inner, max_size=4),
    max_leaves=12,
)


def test_keys_are_ordered_by_utf16_as_in_rfc_8785() -> None:
    """The example of RFC 8785, section 3.2.3."""
    value = {
        "\u20ac": "Euro Sign",
        "\r": "Carriage Return",
        "\ufb33": "Hebrew Letter Dalet With Dagesh",
        "1": "One",
        "\U0001f600": "Emoji: Grinning Face",
        "\u0080": "Control",
        "\u00f6": "Latin Small Letter O With Diaeresis",
    }
    assert list(json.loads(canonical_json(value))) == ["\r", "1", "\u0080", "\u00f6", "\u20ac", "\U0001f600", "\ufb33"]


def test_texts_are_escaped_as_little_as_rfc_8785_allows() -> None:
    """The string of RFC 8785, section 3.2.2."""
    text = "\u20ac$\u000f\u000aA'\u0042\u0022\u005c\\\"/"
    assert canonical_json(text) == b'"\xe2\x82\xac$\\u000f\\nA\'B\\"\\\\\\\\\\"/"'


def test_the_spelling_has_no_spaces_and_keeps_the_order_of_lists() -> None:
    assert canonical_json({"b": [3, 1, None], "a": {"d": True, "c": False}}) == (
        b'{"a":{"c":false,"d":true},"b":[3,1,null]}'
    )
    assert canonical_json([EventKind.ARRIVED, Quality.NO_SENSOR, (1, 2)]) == b'["arrived",1,[1,2]]'


@given(_VALUES)
def test_reading_and_spelling_again_changes_nothing(value: Any) -> None:
    spelled = canonical_json(value)
    assert json.loads(spelled) == value
    assert canonical_json(json.loads(spelled)) == spelled


@given(st.dictionaries(_TEXT, st.integers(0, 9), max_size=8), st.randoms(use_true_random=False))
def test_the_order_in_which_a_map_was_made_does_not_show(value: dict[str, int], chance: Any) -> None:
    items = list(value.items())
    chance.shuffle(items)
    assert canonical_json(dict(items)) == canonical_json(value)


@pytest.mark.parametrize(
    "value", [1.0, 0.5, float("nan"), INTEGER_MAX + 1, -INTEGER_MAX - 1, b"bytes", {1, 2}, object()]
)
def test_what_has_no_exact_spelling_is_refused_wherever_it_stands(value: Any) -> None:
    for holder in (value, [value], {"a": [{"b": value}]}):
        with pytest.raises(InvalidValueError):
            canonical_json(holder)


def test_leaves_hash_under_the_prefix_of_rfc_6962() -> None:
    # The hash of an empty leaf is a published test vector of Certificate Transparency implementations.
    assert leaf_hash(b"").hex() == "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"
