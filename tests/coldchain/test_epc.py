"""EPCs against the vectors of the Tag Data Standard, two independent libraries, and themselves."""

import pytest
from epc.utils import decode_epc
from epcpy.utils.common import ConvertException
from epcpy.utils.parsers import hex_to_tag_encodable
from hypothesis import given
from hypothesis import strategies as st

from coldchain import epc_plus
from coldchain.epc import Epc, NotAnEpc, decode, encode, of_pairs, parse_tag_uri
from coldchain.epc_schemes import BY_HEADER, BY_NAME, Serial
from coldchain.errors import InvalidValueError
from coldchain.gs1 import element_string

# TDS 2.3 annex E.3 (E-01 to E-09), and values of other public suites that were decoded by hand and by other libraries.
CLASSIC = {
    "3066C4409047E140075BCD15": "sgtin-96:3.95060001343.05.123456789",
    "3666C4409047E159B2C2BF100000000000000000000000000000": "sgtin-198:3.95060001343.05.32a%2Fb",
    "311BA1B300CE0A6A83000000": "sscc-96:0.952012.03456789123",
    "3276451FD46072000000162E": "sgln-96:3.9521141.12345.5678",
    "3376451FD40C0E400000162E": "grai-96:3.9521141.12345.5678",
    "3476451FD40000000000162E": "giai-96:3.9521141.5678",
    "2D76451FD4499602D2000000": "gsrn-96:3.9521141.1234567890",
    "2C76451FD46072000000162E": "gdti-96:3.9521141.12345.5678",
    "3500E86F8000A9E000000586": "gid-96:952056.2718.1414",
    "30340242201D8840009EFDF7": "sgtin-96:1.0037000.030241.10419703",
    "3074257BF7194E4000001A85": "sgtin-96:3.0614141.812345.6789",
    "3300393243FF740000000000": "grai-96:0.061414113245..0",
    "320039318D8401FFFFFFFFFF": "sgln-96:0.061411123456..2199023255551",
    "31A03932449F000000000000": "sscc-96:5.061414123456.00000",
    "3035A537C837754000000001": "sgtin-96:1.6901234.056789.1",
    "3315A537C80004400000002A": "grai-96:0.6901234.00017.42",
    "3415A537C80000003B9ACA01": "giai-96:0.6901234.1000000001",
    "3235A537C800020000000000": "sgln-96:1.6901234.00001.0",
    "3635A537C837756BB164CDA326CC183164CDA350000000000000": "sgtin-198:1.6901234.056789.W1234260012345",
    "355AB1C6000001A00001E240": "gid-96:95100000.26.123456",
}
PLUS = {  # padded to whole words, as a tag holds them
    "F73795211411234538566CB0AFC4": ("sgtin+", 3, "(01)79521141123453(21)32a/b"),
    "F90095201234567891235000": ("sscc+", 0, "(00)095201234567891235"),
    "F2395211411234548566CB0AFC40": ("sgln+", 3, "(414)9521141123454(254)32a/b"),
    "F43952114112345678906000": ("gsrn+", 3, "(8018)952114112345678906"),
}
KEYS = {  # the keys of the GS1 General Specifications beside the tags that carry them
    "3074257BF7194E4000001A85": "(01)80614141123458(21)6789",
    "311BA1B300CE0A6A83000000": "(00)095201234567891235",
    "3276451FD46072000000162E": "(414)9521141123454(254)5678",
    "3376451FD40C0E400000162E": "(8003)095211411234545678",
    "3476451FD40000000000162E": "(8004)95211415678",
    "2D76451FD4499602D2000000": "(8018)952114112345678906",
}


@pytest.mark.parametrize(("text", "uri"), CLASSIC.items())
def test_a_tag_is_read_as_the_standard_says_and_written_back(text: str, uri: str) -> None:
    found = decode(text)
    assert isinstance(found, Epc)
    assert found.tag_uri == f"urn:epc:tag:{uri}"
    assert encode(found) == text
    assert parse_tag_uri(found.tag_uri) == found


@pytest.mark.parametrize(("text", "said"), PLUS.items())
def test_a_plus_scheme_is_read_as_the_standard_says_and_written_back(text: str, said: tuple[str, int, str]) -> None:
    found = decode(text)
    assert isinstance(found, epc_plus.PlusEpc)
    assert (found.scheme, found.filter_value, element_string(found.pairs)) == said
    assert epc_plus.encode(found) == text


@pytest.mark.parametrize(("text", "key"), KEYS.items())
def test_a_tag_and_its_key_lead_to_each_other(text: str, key: str) -> None:
    found = decode(text)
    assert isinstance(found, Epc)
    assert element_string(found.pairs) == key
    again = of_pairs(found.pairs, prefix_digits=len(found.parts[0]), filter_value=found.filter_value or 0)
    assert encode(again) == text


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("307C257BF7194E4000001A85", "partition 7"),
        ("3074257BF7194E4000001A", "whole 16-bit words"),
        ("E20010710000529B0940B402", "TID"),
        ("000000000000000000000000", "never programmed"),
        ("3074257BF7194E4000001A85FFFF", "hex digits"),
        ("F73A95211411234538566CB0AFC4", "nibble above 9"),
        ("F73795211411234538566CB0AFC4FFFF", "behind the end"),
        ("F73795211411234548566CB0AFC4", "check digit"),
        ("FA3795211411234538566CB0AFC4", "GIAI+ is not read here"),
        ("2F76451FD46072000000162E", "USDOD-96 is not read here"),
        ("311BA1B300CE0A6A83000001", "reserved bits"),
        ("AB1BA1B300CE0A6A83000000", "none of an EPC"),
        ("zz", "not hexadecimal"),
        ("30 4257BF7194E4000001A85", "not hexadecimal"),
        ("3666C4409047E159B2C2BF100000000000000000000000000001", "padding"),
        ("F737", "needed where"),
    ],
)
def test_what_is_no_epc_says_why(text: str, reason: str) -> None:
    found = decode(text)
    assert isinstance(found, NotAnEpc)
    assert reason in found.reason


def test_an_expiry_date_in_a_tag_needs_no_table() -> None:
    pairs = (("01", "79521141123453"), ("21", "W1234260012345"), ("17", "261231"))
    tag = epc_plus.PlusEpc(scheme="dsgtin+", filter_value=1, pairs=pairs)
    text = epc_plus.encode(tag)
    assert text.startswith("FB14")  # header, filter 1, date type 4
    assert decode(text) == tag


def test_a_serial_that_is_a_number_takes_the_short_form_and_another_the_long_one() -> None:
    gtin = "06901234567892"
    short = of_pairs((("01", gtin), ("21", "42")), prefix_digits=7)
    leading_zero = of_pairs((("01", gtin), ("21", "042")), prefix_digits=7)
    word = of_pairs((("01", gtin), ("21", "W1234260012345")), prefix_digits=7, filter_value=1)
    assert [short.scheme, leading_zero.scheme, word.scheme] == ["sgtin-96", "sgtin-198", "sgtin-198"]
    assert encode(word) == "3635A537C837756BB164CDA326CC183164CDA350000000000000"


def test_a_kind_of_thing_is_no_tag() -> None:
    with pytest.raises(InvalidValueError, match="names a kind of thing"):
        of_pairs((("01", "06901234567892"),), prefix_digits=7)


@pytest.mark.parametrize(
    "uri",
    [
        "urn:epc:tag:sgtin-96:3.95060001343.05",
        "urn:epc:tag:sgtin-96:9.95060001343.05.1",
        "urn:epc:tag:sgtin-96:3.95060001343.05.01",
        "urn:epc:tag:sgtin-96:3.95060001343.05.274877906944",
        "urn:epc:tag:sgtin-96:3.95060.0512345.1",
        "urn:epc:tag:cpi-96:3.95060.0512345.1",
        "urn:epc:id:sgtin:95060001343.05.1",
        "sgtin",
    ],
)
def test_a_uri_that_no_tag_can_hold_is_refused(uri: str) -> None:
    with pytest.raises(InvalidValueError):
        parse_tag_uri(uri)


@given(st.integers(6, 12), st.data(), st.integers(0, 7))
def test_every_key_that_fits_is_read_back(prefix_digits: int, data: st.DataObject, filter_value: int) -> None:
    digits = data.draw(st.text("0123456789", min_size=13, max_size=13))
    serial = data.draw(st.text("0123456789ABCXYZabcxyz/%-", min_size=1, max_size=20))
    company, item = digits[:prefix_digits], digits[prefix_digits:]
    tag = Epc(scheme="sgtin-198", filter_value=filter_value, parts=(company, item, serial))
    assert decode(encode(tag)) == tag
    assert parse_tag_uri(tag.tag_uri) == tag


@given(st.text("0123456789ABCDEF", min_size=0, max_size=60))
def test_any_memory_of_a_tag_is_read_or_refused_and_never_both(text: str) -> None:
    found = decode(text)
    if isinstance(found, Epc):
        assert encode(found) == text
    elif isinstance(found, epc_plus.PlusEpc):
        assert found.more or epc_plus.decode(text) == found
    else:
        assert found.reason


@given(st.sampled_from([header for header in range(256) if header >= 0x2C]), st.binary(min_size=11, max_size=25))
def test_random_bits_behind_a_header_never_break_it(header: int, rest: bytes) -> None:
    text = (bytes((header,)) + rest[: len(rest) // 2 * 2 - 1]).hex().upper()
    found = decode(text)
    assert isinstance(found, NotAnEpc | Epc | epc_plus.PlusEpc)


@given(
    st.sampled_from(["sgtin-96", "sscc-96", "sgln-96", "grai-96", "giai-96", "gsrn-96", "gdti-96"]),
    st.integers(0, 2**85 - 1),
)
def test_an_independent_library_reads_the_same(scheme: str, body: int) -> None:
    text = f"{BY_NAME[scheme].header << 88 | body:024X}"
    found = decode(text)
    try:
        theirs = hex_to_tag_encodable(text).epc_uri
    except (ConvertException, ValueError):
        theirs = None
    if isinstance(found, Epc):
        assert theirs in {found.pure_identity, None}  # it refuses a few numbers that the standard allows
    else:
        assert isinstance(found, NotAnEpc)


@pytest.mark.parametrize("text", [t for t, uri in CLASSIC.items() if uri[:7] in {"sgtin-9", "sgln-96", "grai-96"}])
def test_a_second_independent_library_reads_the_same(text: str) -> None:
    found = decode(text)
    assert isinstance(found, Epc)
    assert decode_epc(text).tag_uri == found.tag_uri


_QUICK_HEADERS = sorted(header for header, scheme in BY_HEADER.items() if scheme.serial is Serial.NUMBER)


@given(st.sampled_from(_QUICK_HEADERS), st.binary(min_size=11, max_size=11))
def test_the_short_way_says_what_the_long_one_says(header: int, rest: bytes) -> None:
    text = (bytes((header,)) + rest).hex().upper()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("coldchain.epc._QUICK", {})
        long_way = decode(text)
    assert decode(text) == long_way
