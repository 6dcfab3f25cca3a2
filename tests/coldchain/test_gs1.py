"""GS1 keys: check digits, element strings and Digital Links, both ways."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coldchain.errors import InvalidValueError
from coldchain.gs1 import (
    GROUP_SEPARATOR,
    check_digit,
    digital_link,
    element_string,
    parse_digital_link,
    parse_element_string,
    scanned_string,
    with_check,
)

BOX = (("8003", "095211411234545678"),)
ITEM = (("01", "80614141123458"), ("21", "6789"))
DATED = (("01", "79521141123453"), ("10", "L/0 7".replace(" ", "-")), ("21", "32a/b"), ("17", "261231"))


@pytest.mark.parametrize(
    ("digits", "check"),
    [
        ("8061414112345", "8"),
        ("09520123456789123", "5"),
        ("952114112345", "4"),
        ("95211411234567890", "6"),
        ("0952114112345", "4"),
    ],
)
def test_check_digits_of_the_general_specifications(digits: str, check: str) -> None:
    assert check_digit(digits) == check
    assert with_check(digits) == digits + check


@pytest.mark.parametrize("pairs", [BOX, ITEM, DATED, (("00", "095201234567891235"),), (("414", "9521141123454"),)])
def test_a_key_survives_each_of_its_spellings(pairs: tuple[tuple[str, str], ...]) -> None:
    assert parse_element_string(element_string(pairs)) == pairs
    assert parse_element_string(scanned_string(pairs)) == pairs
    assert parse_element_string("]C1" + scanned_string(pairs)) == pairs
    assert parse_digital_link(digital_link(pairs)) == pairs


def test_values_of_variable_length_end_with_a_separator_but_for_the_last() -> None:
    assert scanned_string((("21", "7"), ("10", "8"))) == f"217{GROUP_SEPARATOR}108"
    assert scanned_string(ITEM) == "0180614141123458216789"


def test_a_digital_link_of_any_domain_is_read_and_a_slash_in_a_serial_survives() -> None:
    assert parse_digital_link("https://example.org/some/path/01/80614141123458/21/6789?17=261231&x=1") == (
        *ITEM,
        ("17", "261231"),
    )
    assert parse_digital_link("HTTPS://id.gs1.org/01/614141123452/21/32a%2Fb")[0] == ("01", "00614141123452")


@pytest.mark.parametrize(
    "text",
    [
        "(01)80614141123459(21)6789",
        "(01)8061414112345(21)6789",
        "(21)",
        "(99)1",
        "(01)80614141123458(21)ä",
        "(01)80614141123458(21",
        "0180614141123458996789",
        "",
        "(21)" + "1" * 600,
        "(8003)195211411234545678",
    ],
)
def test_a_broken_element_string_says_what_is_wrong(text: str) -> None:
    with pytest.raises(InvalidValueError, match=r".{10}"):
        parse_element_string(text)


@pytest.mark.parametrize(
    "text",
    [
        "ftp://id.gs1.org/01/80614141123458",
        "https://id.gs1.org/",
        "https://id.gs1.org/01",
        "https://id.gs1.org/01/80614141123459",
        "https://id.gs1.org/01/80614141123458/21/1/10/2",
        "https://id.gs1.org/01/80614141123458/254/1",
        "https://id.gs1.org/01/80614141123458/21/1/21/2",
        "https://id.gs1.org/01/80614141123458/21/" + "1" * 600,
    ],
)
def test_a_broken_digital_link_says_what_is_wrong(text: str) -> None:
    with pytest.raises(InvalidValueError, match=r".{10}"):
        parse_digital_link(text)


@given(st.text(max_size=80))
def test_any_text_is_read_or_refused(text: str) -> None:
    for read in (parse_element_string, parse_digital_link):
        pairs: tuple[tuple[str, str], ...] = ()
        with contextlib.suppress(InvalidValueError):
            pairs = read(text)
        assert not pairs or parse_element_string(element_string(pairs)) == pairs
