"""Profiles are data with sources; a wrong file is refused by the name of its key."""

import hashlib
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.histories import cn_rbc, cn_rbc_toml, history_of
from support.rule_words import shipped, shipped_toml

from coldchain.errors import InvalidValueError
from coldchain.places import PlaceKind, ProbeRole
from rules.classes import Class, classify, classify_all
from rules.limits import Excuse
from rules.profile import Profile, load_profile, profile_record

SHIPPED = ("cn-rbc", "cn-rbc-2", "cn-plt-1", "cn-ffp-1")
RBC_1_SHA256 = "6a1dafc1a71befb326b0432ab08aec27a227d81e1cfee134de09053733a4ab30"


def test_the_shipped_red_cell_profile_has_its_numbers_and_says_that_nobody_confirmed_them() -> None:
    profile = cn_rbc()
    assert (profile.low_micro_celsius, profile.high_micro_celsius) == (2_000_000, 6_000_000)
    assert profile.low_inclusive
    assert profile.high_inclusive
    assert profile.delay_ms(ProbeRole.LOAD) == 300_000
    assert profile.delay_ms(ProbeRole.AIR) == 900_000
    assert profile.status == "to-be-confirmed"


def test_a_version_is_a_promise_and_the_first_one_is_kept_to_the_byte() -> None:
    assert hashlib.sha256(shipped_toml("cn-rbc")).hexdigest() == RBC_1_SHA256
    profile = shipped("cn-rbc")
    assert (profile.excuse, profile.transport, profile.hard_air_ms) == (Excuse(), None, 0)
    assert profile.hard_low_counts
    assert profile.hard_high_counts


def test_every_number_of_the_shipped_profile_names_its_source() -> None:
    sections = {citation.section for citation in cn_rbc().citations}
    assert sections == {"storage", "hard_limit", "delay", "dead_band", "hold", "gap", "sensor_fault"}


@pytest.mark.parametrize("name", SHIPPED)
def test_every_shipped_profile_names_its_sources_and_says_in_both_languages_that_nobody_confirmed_it(name: str) -> None:
    profile = shipped(name)
    assert all(citation.source and citation.evidence in {"V", "V2", "K", "PROP"} for citation in profile.citations)
    assert not profile.confirmed
    assert "尚未按现行版本确认" in profile.name.zh
    assert "not yet confirmed against the edition in force" in profile.name.en


@pytest.mark.parametrize(
    ("name", "limits", "hard", "delays"),
    [
        ("cn-rbc-2", (2_000_000, 6_000_000), (1_000_000, 10_000_000), (300_000, 900_000, 900_000)),
        ("cn-plt-1", (20_000_000, 24_000_000), (18_000_000, 26_000_000), (300_000, 900_000, 900_000)),
        ("cn-ffp-1", (None, -18_000_000), (None, -10_000_000), (300_000, 900_000, 900_000)),
    ],
)
def test_the_shipped_profiles_have_their_numbers(
    name: str, limits: tuple[int | None, int], hard: tuple[int | None, int], delays: tuple[int, int, int]
) -> None:
    profile = shipped(name)
    assert (profile.low_micro_celsius, profile.high_micro_celsius) == limits
    assert (profile.hard_low_micro_celsius, profile.hard_high_micro_celsius) == hard
    assert (profile.load_delay_ms, profile.air_delay_ms, profile.hard_delay_ms(ProbeRole.AIR)) == delays
    assert profile.hard_delay_ms(ProbeRole.LOAD) == 0
    assert profile.excuse == Excuse(door_recovery_ms=600_000, defrost_recovery_ms=1_200_000, most_ms=3_600_000)
    assert profile.at(PlaceKind.FRIDGE) is profile.at(PlaceKind.FREEZER) is profile.at(PlaceKind.AGITATOR) is profile


def test_only_platelets_need_agitation() -> None:
    assert {name: shipped(name).agitation_stopped_ms for name in SHIPPED} == {
        "cn-rbc": None,
        "cn-rbc-2": None,
        "cn-plt-1": 900_000,
        "cn-ffp-1": None,
    }


def test_in_a_box_the_transport_limits_hold_and_nothing_is_excused() -> None:
    box = shipped("cn-rbc-2").at(PlaceKind.BOX)
    assert (box.low_micro_celsius, box.high_micro_celsius) == (2_000_000, 10_000_000)
    assert not box.too_warm(10_000_000)
    assert box.too_warm(10_000_001)
    assert (box.delay_ms(ProbeRole.LOAD), box.delay_ms(ProbeRole.AIR)) == (600_000, 600_000)
    assert (box.limit_rule, shipped("cn-rbc-2").limit_rule) == ("A03", "A01")
    assert box.excuse == Excuse()
    assert box.at(PlaceKind.BOX) == box
    assert box.transport is not None
    assert box.transport.max_ms == 24 * 3_600_000


def test_in_a_box_a_hard_limit_begins_beyond_the_transport_limit() -> None:
    box = shipped("cn-rbc-2").at(PlaceKind.BOX)
    assert box.beyond_hard(1_000_000)
    assert not box.beyond_hard(11_000_000)  # 10 °C, hard in a fridge, is still within on the road
    plasma = shipped("cn-ffp-1").at(PlaceKind.BOX)
    assert not plasma.too_warm(-18_000_000)  # "stays frozen, at or below -18"
    assert plasma.too_warm(-17_999_999)
    assert plasma.beyond_hard(-9_999_999)


def test_a_profile_without_transport_limits_cannot_hold_in_a_box() -> None:
    with pytest.raises(InvalidValueError, match=r"cn-rbc version 1 has no \[transport\] limits.*kind box"):
        shipped("cn-rbc").at(PlaceKind.BOX)


def test_plasma_is_strictly_below_its_limit_and_has_no_lower_one() -> None:
    plasma = shipped("cn-ffp-1")
    assert plasma.too_warm(-18_000_000)
    assert not plasma.too_warm(-18_000_001)
    assert not plasma.too_cold(-273_150_000)
    assert plasma.beyond_hard(-9_999_999)
    assert not plasma.beyond_hard(-10_000_000)


def test_a_hard_limit_says_whether_its_own_number_counts() -> None:
    red, platelets = shipped("cn-rbc-2"), shipped("cn-plt-1")
    assert [red.beyond_hard(value) for value in (1_000_000, 1_000_001, 9_999_999, 10_000_000)] == [
        True,
        False,
        False,
        True,
    ]
    assert [platelets.beyond_hard(value) for value in (17_999_999, 18_000_000, 26_000_000, 26_000_001)] == [
        True,
        False,
        False,
        True,
    ]


PROFILES = [shipped(name) for name in SHIPPED] + [shipped(name).at(PlaceKind.BOX) for name in SHIPPED[1:]]
EDGES = [-18, -10, 1, 2, 6, 10, 18, 20, 24, 26]


@given(
    st.sampled_from([*PROFILES, replace(PROFILES[0], low_inclusive=False, high_inclusive=False)]),
    st.lists(st.sampled_from([1_000_000 * edge + step for edge in EDGES for step in (-1, 0, 1)] + [None])),
)
def test_readings_are_classed_alike_one_by_one_and_in_columns(profile: Profile, values: list[int | None]) -> None:
    columns = classify_all(profile, history_of(list(enumerate(values))))
    alone = [Class.FAULT if value is None else classify(profile, value, 0) for value in values]
    assert list(columns) == alone


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
        (b"low_inclusive = true", b'low_inclusive = "yes"', "low_inclusive"),
        (b'at_or_below_celsius = "1.0"', b'at_or_bellow_celsius = "1.0"', "at_or_bellow_celsius"),
        (b'at_or_below_celsius = "1.0"', b'at_or_below_celsius = "1.0"\nbelow_celsius = "1.0"', "one of them"),
        (b"[dead_band]", b"[deadband]", "deadband"),
        (b'component = "red cells"', b'componet = "red cells"', "componet"),
        (b'status = "to-be-confirmed"', b'status = "confrimed"', "confrimed"),
    ],
)
def test_a_wrong_profile_is_refused_and_the_message_says_where(old: bytes, new: bytes, said: str) -> None:
    assert old in cn_rbc_toml()
    with pytest.raises(InvalidValueError, match=said):
        load_profile(cn_rbc_toml().replace(old, new))


@pytest.mark.parametrize(
    ("name", "old", "new", "said"),
    [
        ("cn-rbc-2", b'high_celsius = "10.0"', b'high_celsius = "1.5"', "low below high"),
        ("cn-rbc-2", b"delay_s = 600", b"", "delay_s"),
        ("cn-rbc-2", b"max_hours = 24", b"max_hours = 24.5", "whole hours"),
        ("cn-rbc-2", b"at_most_s = 3600", b"at_most_s = -1", "at_most_s"),
        ("cn-rbc-2", b"air_s = 900            #", b"air_s = false #", "air_s"),
        ("cn-plt-1", b"required = true", b"required = 1", "required"),
        ("cn-plt-1", b"stopped_s = 900", b"", "stopped_s"),
        ("cn-ffp-1", b'above_celsius = "-10.0"', b'above_celsius = "-20.0"', "outside the limits"),
        ("cn-ffp-1", b'above_celsius = "-10.0"', b'above_celsius = "-10.0"\nbelow_celsius = "-90.0"', "outside"),
        ("cn-ffp-1", b"high_inclusive = false", b"high_inclusive = false\nlow_inclusive = true", "low_celsius"),
    ],
)
def test_what_is_wrong_in_the_newer_sections_is_refused_as_well(name: str, old: bytes, new: bytes, said: str) -> None:
    assert old in shipped_toml(name)
    with pytest.raises(InvalidValueError, match=said):
        load_profile(shipped_toml(name).replace(old, new, 1))


def test_no_agitation_and_no_hard_limit_can_be_said() -> None:
    still = load_profile(shipped_toml("cn-plt-1").replace(b"required = true", b"required = false"))
    assert still.agitation_stopped_ms is None
    soft = load_profile(shipped_toml("cn-rbc-2").replace(b"at_or_above_celsius", b"# at_or_above_celsius"))
    assert not soft.beyond_hard(99_000_000)


def test_a_confirmed_profile_is_confirmed() -> None:
    confirmed = load_profile(cn_rbc_toml().replace(b"to-be-confirmed", b"confirmed", 1))
    assert confirmed.confirmed


def test_the_record_of_a_profile_is_its_text_and_hash() -> None:
    record = profile_record(cn_rbc_toml())
    assert record.toml.encode() == cn_rbc_toml()
    assert len(record.sha256) == 64
