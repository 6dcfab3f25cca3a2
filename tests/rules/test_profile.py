"""Profiles are data with sources; a wrong file is refused by the name of its key."""

import pytest
from support.histories import cn_rbc, cn_rbc_toml

from coldchain.errors import InvalidValueError
from coldchain.places import ProbeRole
from rules.profile import load_profile, profile_record


def test_the_shipped_red_cell_profile_has_its_numbers_and_says_that_nobody_confirmed_them() -> None:
    profile = cn_rbc()
    assert (profile.low_micro_celsius, profile.high_micro_celsius) == (2_000_000, 6_000_000)
    assert profile.low_inclusive
    assert profile.high_inclusive
    assert profile.delay_ms(ProbeRole.LOAD) == 300_000
    assert profile.delay_ms(ProbeRole.AIR) == 900_000
    assert profile.status == "to-be-confirmed"


def test_every_number_of_the_shipped_profile_names_its_source() -> None:
    sections = {citation.section for citation in cn_rbc().citations}
    assert sections == {"storage", "hard_limit", "delay", "dead_band", "hold", "gap", "sensor_fault"}
    assert all(citation.source and citation.evidence in {"V", "V2", "K", "PROP"} for citation in cn_rbc().citations)


def test_a_strict_limit_is_not_met_by_its_own_value() -> None:
    strict = load_profile(cn_rbc_toml().replace(b"high_inclusive = true", b"high_inclusive = false"))
    assert strict.too_warm(6_000_000)
    assert not strict.too_warm(5_999_999)
    assert not cn_rbc().too_warm(6_000_000)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (b'low_celsius = "2.0"', b"", "low_celsius"),
        (b'low_celsius = "2.0"', b'low_celsius = "two"', "two"),
        (b'low_celsius = "2.0"', b'low_celsius = "7.0"', "low below high"),
        (b"load_s = 300", b"load_s = -1", "load_s"),
        (b"load_s = 300", b"load_s = true", "load_s"),
        (b"hold_s = 300", b"hold_s = 30000", "hold_s"),
        (b'celsius = "0.2"', b'celsius = "2.0"', "dead band"),
        (b"[storage]", b"[storage", "TOML"),
        (b'low_celsius = "2.0"', b"low_celsius = 2.0", "wrong type"),
    ],
)
def test_a_wrong_profile_is_refused_and_the_message_says_where(old: bytes, new: bytes, said: str) -> None:
    assert old in cn_rbc_toml()
    with pytest.raises(InvalidValueError, match=said):
        load_profile(cn_rbc_toml().replace(old, new))


def test_the_record_of_a_profile_is_its_text_and_hash() -> None:
    record = profile_record(cn_rbc_toml())
    assert record.toml.encode() == cn_rbc_toml()
    assert len(record.sha256) == 64
