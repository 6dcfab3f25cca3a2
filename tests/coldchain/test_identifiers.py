"""What may be a name, an EPC, a donation number, and what may not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.wire_values import EPCS, IDS

from coldchain.errors import InvalidValueError
from coldchain.identifiers import is_id, require_epc, require_id
from coldchain.isbt128 import din_check_character, is_din


@given(IDS)
def test_an_id_is_itself(text: str) -> None:
    assert is_id(text)
    assert require_id(text, "probe") == text


@pytest.mark.parametrize("text", ["", "A", "a_b", "a.b", "a b", "a\n", "ä", "x" * 33, "\u0661", "a/b", "+", "#"])
def test_what_is_no_id_is_refused_by_its_name(text: str) -> None:
    assert not is_id(text)
    with pytest.raises(InvalidValueError, match=r"^probe .* is not allowed: use 1 to 32 of"):
        require_id(text, "probe")


@given(EPCS.filter(lambda epc: epc.strip("0") != ""))
def test_an_epc_is_read_in_either_case_and_with_blanks_around_it(epc: str) -> None:
    assert require_epc(epc) == epc
    assert require_epc(f" {epc.lower()}\n") == epc


@pytest.mark.parametrize("text", ["", "E2", "E2801", "E280 1170", "XYZ1", "E2" * 63, "-280", "E28\u0661"])
def test_what_is_no_epc_is_refused(text: str) -> None:
    with pytest.raises(InvalidValueError, match="use 4 to 124 hex digits"):
        require_epc(text)


@pytest.mark.parametrize("text", ["0000", "0" * 24])
def test_a_tag_that_was_never_programmed_names_nothing(text: str) -> None:
    with pytest.raises(InvalidValueError, match="never programmed"):
        require_epc(text)


# Check characters by ISO 7064 mod 37-2 as ST-001 applies it; G123498654321 is the worked example of JPAC.
_DINS = """
A999914123458 J  W000016428175 1  A999916000065 A  W125607123456 K  C000306001458 N  P000206019063 X  9000116123456 E
5032116593212 Q  WWW0016123456 6  W000016123456 X  W000016987654 U  W000016000001 C  A999921123456 3  A999820123456 E
A999917345628 *  A999917345658 O  A999917123654 Y  G123498654321 H  G123489654321 Y
""".split()  # noqa: SIM905 - a table is easier to read


@pytest.mark.parametrize(("din", "character"), list(zip(_DINS[::2], _DINS[1::2], strict=True)))
def test_the_printed_check_character_of_a_donation_number(din: str, character: str) -> None:
    assert is_din(din)
    assert din_check_character(din) == character


@given(st.sampled_from(_DINS[::2]), st.integers(0, 12), st.sampled_from("0123456789"))
def test_one_wrong_digit_changes_the_check_character(din: str, place: int, digit: str) -> None:
    wrong = din[:place] + digit + din[place + 1 :]
    if wrong != din:
        assert din_check_character(wrong) != din_check_character(din)


@given(st.sampled_from(_DINS[::2]), st.integers(0, 11))
def test_two_neighbours_in_the_wrong_order_change_the_check_character(din: str, place: int) -> None:
    wrong = din[:place] + din[place + 1] + din[place] + din[place + 2 :]
    if wrong != din:
        assert din_check_character(wrong) != din_check_character(din)


@pytest.mark.parametrize(
    "text", ["", "G12349865432", "G1234986543211", "g123498654321", "0123498654321", "O123498654321", "G1234A8654321",
             "G123498654321\n", "G12349865432\u0661"]
)  # fmt: skip
def test_what_is_no_donation_number(text: str) -> None:
    assert not is_din(text)
