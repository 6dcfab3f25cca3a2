"""ISBT 128 scans: only what identifier and length both allow is interpreted."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coldchain.isbt128 import (
    BloodGroup,
    Din,
    Moment,
    Opaque,
    ProductCode,
    Unreadable,
    din_check_character,
    is_din,
    parse,
)

# Recomputed by hand; JPAC's worked example is G123498654321.
CHECKED = """A999914123458 J; W000016428175 1; A999916000065 A; W125607123456 K; C000306001458 N; P000206019063 X;
9000116123456 E; 5032116593212 Q; WWW0016123456 6; W000016123456 X; W000016987654 U; W000016000001 C; A999921123456 3;
A999820123456 E; A999917345628 *; A999917345658 O; A999917123654 Y; G123498654321 H; G123489654321 Y; A999914123456 N;
A999922012346 *; ABCDE27000069 C; A999922654321 S; A999522123456 *"""


@pytest.mark.parametrize(("din", "check"), [item.split() for item in CHECKED.split(";")])
def test_check_characters_of_public_labels(din: str, check: str) -> None:
    assert is_din(din)
    assert din_check_character(din) == check


@pytest.mark.parametrize(
    ("text", "structure"),
    [
        ("=G12349865432177", Din(din="G123498654321", flags="77")),
        ("=A99991712345600", Din(din="A999917123456", flags="00")),
        ("=A99991712345625", Din(din="A999917123456", flags="25")),
        ("=%6200", BloodGroup(code="6200", abo_rhd="A+")),
        ("=%5100", BloodGroup(code="5100", abo_rhd="O+")),
        ("=%2800", BloodGroup(code="2800", abo_rhd="AB-")),
        ("=%7700", BloodGroup(code="7700", abo_rhd="B")),
        ("=%Mq00", BloodGroup(code="Mq00", abo_rhd=None, message="quarantine")),
        ("=%zz00", BloodGroup(code="zz00", abo_rhd=None)),
        ("=<E1234V00", ProductCode(code="E1234V00", description="E1234", collection_type="V", division="00")),
        ("=<E1234VAa", ProductCode(code="E1234VAa", description="E1234", collection_type="V", division="Aa")),
        ("=>026366", None),
        ("=>024366", Moment(structure="004", what="expiry", year=2024, day_of_year=366, hour=23, minute=59)),
        ("&>0262411338", Moment(structure="005", what="expiry", year=2026, day_of_year=241, hour=13, minute=38)),
        ("=*026001", Moment(structure="006", what="collection", year=2026, day_of_year=1, hour=23, minute=59)),
        ("&*9990010000", Moment(structure="007", what="collection", year=1999, day_of_year=1, hour=0, minute=0)),
        ("=}026001", Moment(structure="008", what="production", year=2026, day_of_year=1, hour=23, minute=59)),
        ("&}0260011200", Moment(structure="009", what="production", year=2026, day_of_year=1, hour=12, minute=0)),
        ("=)ABCDEFGHIJ", Opaque(structure="017", content="ABCDEFGHIJ")),
        ("&)0123456789", Opaque(structure="018", content="0123456789")),
        ("=,000102", Opaque(structure="032", content="000102")),
        ("&b anything", Opaque(structure="&b", content=" anything")),
    ],
)
def test_one_structure(text: str, structure: object) -> None:
    found = parse(text)
    assert isinstance(found, Unreadable) if structure is None else found == (structure,)


def test_an_antigen_code_is_never_taken_for_a_blood_group() -> None:
    antigens = "=\\" + "6200" + "0" * 14
    assert parse(antigens) == (Opaque(structure="012", content="6200" + "0" * 14),)
    assert isinstance(parse("=%" + "6200" + "0" * 14), Unreadable)
    assert isinstance(parse("=\\6200"), Unreadable)


def test_only_a_checksum_can_fail_a_number() -> None:
    assert isinstance(parse("=G12349865432178"), Unreadable)
    assert [parse(f"=G123498654321{flags}") for flags in ("00", "15", "59")] == [
        (Din(din="G123498654321", flags=flags),) for flags in ("00", "15", "59")
    ]
    meanings = [Din(din="G123498654321", flags=flags).meaning for flags in ("00", "15", "05", "35", "77", "98", "A1")]
    assert meanings == ["none", "container-of-set", "repeat-label", "local", "checksum", "reserved", "unknown"]


def test_a_compound_message_must_hold_what_it_says() -> None:
    assert parse("=+02000=A99991712345600=%5100") == (
        Din(din="A999917123456", flags="00"),
        BloodGroup(code="5100", abo_rhd="O+"),
    )
    for broken in (
        "=+03000=A99991712345600=%5100",
        "=+01000=A99991712345600=%5100",
        "=+02000=A99991712345600=%510",
        "=+02000=A99991712345600&bxx",
        "=+02",
        "=+01000=+01000",
        "=+02000=A99991712345699=%6200=G12349865432178",
    ):
        assert isinstance(parse(broken), Unreadable), broken


@given(st.text("=&%<>*+,)\\0159ABEGMQVabq", max_size=60))
def test_any_scan_is_read_or_refused_and_nothing_is_lost(text: str) -> None:
    found = parse(text)
    if isinstance(found, Unreadable):
        assert found.reason
        assert found.text == text
    else:
        assert found or text.startswith("=+00")
