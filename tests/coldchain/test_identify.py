"""What a scan may mean: every reading that form and check characters allow, and nothing guessed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coldchain import iso15434
from coldchain.errors import InvalidValueError
from coldchain.identify import Kind, identify
from coldchain.places import Text
from coldchain.station_codes import Check, CodeScheme, fault, require_scheme

STATION = CodeScheme(id="city", name=Text(zh="市血站", en="City station"), pattern="[0-9]{13}", length=13)
CHECKED = CodeScheme(
    id="province",
    name=Text(zh="省中心", en="Province"),
    pattern="[0-9A-Z]{10}",
    length=10,
    check=Check.MOD_37_2,
)


@pytest.mark.parametrize(
    ("text", "kinds", "numbers"),
    [
        ("3066C4409047E140075BCD15", [Kind.EPC], ["123456789"]),
        ("3635a537c837756bb164cda326cc183164cda350000000000000", [Kind.EPC], ["W1234260012345"]),
        ("urn:epc:tag:sgtin-96:3.95060001343.05.123456789", [Kind.EPC], ["123456789"]),
        ("E0040150CABD51B9", [Kind.UID], []),
        ("(01)80614141123458(21)6789", [Kind.GS1], ["6789"]),
        ("]C10180614141123458216789", [Kind.GS1], ["6789"]),
        ("https://id.gs1.org/01/80614141123458/21/6789", [Kind.GS1], ["6789"]),
        ("=A99991712345600", [Kind.ISBT_128], ["A999917123456"]),
        ("a9999 17 123456 9", [Kind.ISBT_128], ["A999917123456"]),
        ("0160723029785", [Kind.STATION], ["0160723029785"]),
        ("hello", [], []),
        ("", [], []),
        ("x" * 2000, [], []),
    ],
)
def test_readings(text: str, kinds: list[Kind], numbers: list[str]) -> None:
    readings = identify(text, (STATION,))
    assert [reading.kind for reading in readings] == kinds
    assert [number for reading in readings for number in reading.numbers] == numbers
    assert all(reading.refused is None for reading in readings)


def test_two_readings_are_both_returned() -> None:
    digits = "1111111111111"
    readings = identify(digits, (STATION,))  # thirteen digits: a station's number, and a DIN by its layout
    assert [reading.kind for reading in readings] == [Kind.ISBT_128, Kind.STATION]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("=%620", "characters"),
        ("(01)80614141123459", "check digit"),
        ("https://example.org/", "Digital Link"),
        ("A9999 17 123456 X", "check character"),
        ("E20010710000529B0940B402", "TID"),
        ("[)>\x1e06\x1dX", "end is missing"),
        ("[)>\x1e06\x1dX\x1e\x04", "envelope without"),
        ("urn:epc:tag:x", "no tag URI"),
    ],
)
def test_what_breaks_its_own_rules_is_refused_with_the_reason(text: str, reason: str) -> None:
    (reading,) = identify(text)
    assert reading.refused is not None
    assert reason in reading.refused
    assert reading.numbers == ()


def test_an_envelope_is_opened() -> None:
    gs1 = iso15434.Envelope(format="05", elements=("0180614141123458216789",))
    isbt = iso15434.Envelope(format="06", elements=("=A99991712345600", "other"))
    text = iso15434.join((gs1, isbt))
    assert iso15434.split(text) == (gs1, isbt)
    assert [reading.numbers for reading in identify(text)] == [("6789",), ("A999917123456",)]


def test_a_station_code_is_checked_as_it_declares() -> None:
    assert fault(STATION, "0160723029785") is None
    assert [fault(STATION, wrong) is None for wrong in ("016072302978", "O160723029785", "01607230297851")] == [
        False
    ] * 3
    assert fault(CHECKED, "AB1234567W") is not None
    good = next(c for c in "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ" if fault(CHECKED, "AB1234567" + c) is None)
    assert sum(fault(CHECKED, "AB1234567" + c) is None for c in "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ") == 1
    assert identify("AB1234567" + good, (CHECKED,))[0].fields["scheme"] == "province"


@pytest.mark.parametrize(
    "change",
    [
        {"id": "isbt128"},
        {"id": "Not An Id"},
        {"length": 0},
        {"length": 99},
        {"pattern": "([0-9]"},
        {"pattern": "(a+)+"},
        {"pattern": "(?P<x>a)"},
        {"pattern": "a" * 500},
    ],
)
def test_a_scheme_that_cannot_be_used_says_what_to_change(change: dict[str, object]) -> None:
    fields = {"id": "city", "name": STATION.name, "pattern": "[0-9]{13}", "length": 13} | change
    with pytest.raises(InvalidValueError):
        require_scheme(CodeScheme(**fields))  # type: ignore[arg-type]


@given(st.text(max_size=100))
def test_anything_may_be_scanned(text: str) -> None:
    for reading in identify(text, (STATION, CHECKED)):
        assert (reading.refused is None) == bool(reading.fields)
