"""The shipped profiles hold the numbers that a second pair of eyes transcribed, each with its source and its mark."""

import hashlib
from functools import lru_cache
from pathlib import Path
from typing import Final

import pytest

import rules
from coldchain.places import PlaceKind
from coldchain.temperature import micro_celsius
from rules.limits import Product, Profile, Returns
from rules.profile import load_profile

FILES: Final = sorted((Path(rules.__file__).parent / "profiles").glob("*.toml"))
HOUR: Final = 3_600_000
KEPT: Final = {  # what was shipped before stays what it was, byte for byte
    "cn-rbc": "6a1dafc1a71befb326b0432ab08aec27a227d81e1cfee134de09053733a4ab30",
    "cn-rbc-2": "54ddfefd5042c55989c8196b256da43b84286d099ea01e8442be1ca68f50069e",
    "cn-plt-1": "807abf42799732b77a2bb5038df7e1b3dd6fa182b94cf5b7f27280c0b830e317",
    "cn-ffp-1": "02682bbfd0871080b70dd5ff4ba637d28072bc6ef7e3bbddaf561b77b66ee58f",
}

# Transcribed by hand from the reference tables on conditions, not from the files: file; storage; transport and
# hours ("<" strictly below, "-" none); evidence marks of both; years of records.
TABLE: Final = """
cn-rbc-3                2..6       V2    2..10 24    V2    10
cn-wb-1                 2..6       V2    2..10 24    V2    10
cn-rbc-deglycerolised-1 2..6       K     2..10 24    PROP  10
cn-plt-2                20..24     V2    20..24 -    PROP  10
cn-granulocyte-1        20..24     K     20..24 -    PROP  10
cn-ffp-2                <-18       V2    ..-18 -     PROP  10
cn-fp-1                 <-18       V2    ..-18 -     PROP  10
cn-cryo-1               <-18       V2    ..-18 -     PROP  10
cn-plasma-thawed-1      2..6       K     2..10 -     PROP  10
cn-cryo-thawed-1        20..24     V2    20..24 -    PROP  10
cn-rbc-frozen-40-1      ..-65      K     ..-65 -     PROP  10
cn-rbc-frozen-20-1      ..-120     K     ..-120 -    PROP  10
cn-sample-1             2..6       K     - -         -     10
us-rbc-1                1..6       V     1..10 -     V     10
us-wb-1                 1..6       V     1..10 -     V     10
us-plt-1                20..24     V     20..24 -    V     10
us-plt-cold-1           1..6       K     - -         -     10
us-granulocyte-1        20..24     K     20..24 -    PROP  10
us-frozen-1             ..-18      V     ..-18 -     V     10
us-rbc-frozen-1         ..-65      V     ..-65 -     V     10
us-rbc-deglycerolised-1 1..6       V     1..10 -     V     10
us-plasma-thawed-1      1..6       K     - -         -     10
us-cryo-thawed-1        20..24     K     - -         -     10
us-liquid-plasma-1      1..6       V     1..10 -     V     10
us-source-plasma-1      ..-20      V     ..-5 -      V     10
eu-rbc-1                2..6       V     2..10 24    V2    30
eu-wb-1                 2..6       V     2..10 24    V2    30
eu-plt-1                20..24     V     20..24 -    PROP  30
eu-granulocyte-1        20..24     V     20..24 -    PROP  30
eu-frozen-1             ..-25      K     ..-18 -     PROP  30
uk-rbc-1                2..6       V2    2..10 12    V     30
uk-rbc-60-1             2..6       V2    2..10 12    V     30
uk-plt-1                20..24     V     20..24 -    PROP  30
uk-ffp-1                ..-25      V2    ..-18 -     PROP  30
uk-cryo-1               ..-25      V2    ..-18 -     PROP  30
uk-plasma-thawed-1      2..6       V2    - -         -     30
uk-plasma-thawed-120-1  2..6       V2    - -         -     30
uk-plasma-thawed-22-1   20..24     V2    - -         -     30
uk-cryo-thawed-1        20..24     K     - -         -     30
ca-rbc-1                1..6       K     1..10 -     PROP  10
nz-rbc-1                2..6       PROP  2..10 -     PROP  10
nz-plt-1                20..24     PROP  20..24 -    PROP  10
au-rbc-1                2..6       PROP  2..10 -     PROP  10
au-ffp-1                ..-25      V     ..-18 -     PROP  10
who-vaccine-1           2..8       K     2..8 -      PROP  10
vaccine-frozen-1        -50..-15   K     - -         -     10
vaccine-ultra-cold-1    -90..-60   K     - -         -     10
cct-1                   2..8       V2    2..8 -      PROP  10
crt-1                   20..25     V2    20..25 -    PROP  10
usp-cool-1              8..15      V2    - -         -     10
usp-freezer-1           -25..-10   V2    - -         -     10
gdp-2-8-1               2..8       V2    2..8 -      PROP  10
gsp-2-8-1               2..8       V2    2..8 -      PROP  10
reagent-2-8-1           2..8       K     2..8 -      PROP  10
fractionation-plasma-1  ..-20      K     ..-20 -     PROP  30
tissue-frozen-short-1   ..-20      K     ..-20 -     V     30
tissue-frozen-1         ..-40      K     ..-40 -     V     30
hpc-vapour-1            ..-150     K     ..-150 -    V     30
"""
ROWS: Final = {row.split()[0]: row.split()[1:] for row in TABLE.strip().splitlines()}

# Of units out of controlled storage: whether they may come back, minutes, occasions, hours back in storage, source.
OUTINGS: Final = {
    "cn-rbc-3": (Returns.NEVER, 30, None, None),
    "cn-wb-1": (Returns.NEVER, 30, None, None),
    "cn-plt-2": (Returns.NEVER, None, None, None),
    "us-rbc-1": (Returns.PROVEN, None, None, None),
    "eu-rbc-1": (Returns.PROVEN, None, None, None),
    "uk-rbc-1": (Returns.WITHIN_LIMIT, 30, None, None),
    "uk-rbc-60-1": (Returns.WITHIN_LIMIT, 60, 3, 6),
    "uk-plasma-thawed-1": (Returns.WITHIN_LIMIT, 30, 1, None),
    "ca-rbc-1": (Returns.WITHIN_LIMIT, 60, None, None),
    "nz-rbc-1": (Returns.WITHIN_LIMIT, 30, None, None),
    "au-rbc-1": (Returns.WITHIN_LIMIT, 30, None, None),
}
THAWED_HOURS: Final = {
    "cn-plasma-thawed-1": 24,
    "cn-cryo-thawed-1": 4,
    "cn-rbc-deglycerolised-1": 24,
    "us-plasma-thawed-1": 24,
    "us-cryo-thawed-1": 4,
    "uk-plasma-thawed-1": 24,
    "uk-plasma-thawed-120-1": 120,
    "uk-plasma-thawed-22-1": 4,
    "uk-cryo-thawed-1": 4,
}
LIVES: Final = {
    "cn-rbc-3": {"ACD-B": 21, "CPD": 21, "CPDA-1": 35, "MAP": 35, "0.9% NaCl": 1, "SAGM": 35}
    | {"AS-1": 42, "AS-3": 42, "AS-5": 42},
    "cn-wb-1": {"ACD-B": 21, "CPD": 21, "CPDA-1": 35},
    "cn-plt-2": {"platelet bag": 5, "ordinary bag": 1},
    "cn-ffp-2": {"any": 365},
    "cn-fp-1": {"any": 4 * 365 + 1},
    "us-rbc-1": {"CPDA-1": 35, "additive": 42, "irradiated, from irradiation": 28},
    "us-wb-1": {"ACD": 21, "CPD": 21, "CP2D": 21, "CPDA-1": 35},
    "us-plt-1": {"any": 5, "bacterial control": 7},
    "us-plt-cold-1": {"any": 14},
    "eu-rbc-1": {"shortest process": 28, "longest process": 49},
    "uk-rbc-1": {"any": 35},
    "uk-plt-1": {"any": 5, "bacterial detection or reduction": 7},
    "au-ffp-1": {"any": 365},
}
FIRST: Final = ("cn-rbc", "cn-rbc-2", "cn-plt-1", "cn-ffp-1")


@lru_cache
def loaded() -> dict[str, Profile]:
    return {path.stem: load_profile(path.read_bytes()) for path in FILES}


def limits_of(low: int | None, high: int, *, low_inclusive: bool, high_inclusive: bool) -> str:
    assert low_inclusive
    below = "" if low is None else f"{low // 1_000_000}"
    return f"{below}..{high // 1_000_000}" if high_inclusive else f"<{high // 1_000_000}"


def test_what_was_shipped_before_is_kept_to_the_byte() -> None:
    found = {path.stem: hashlib.sha256(path.read_bytes()).hexdigest() for path in FILES if path.stem in KEPT}
    assert found == KEPT


def test_every_file_is_in_the_table_and_the_table_in_the_files() -> None:
    assert {path.stem for path in FILES} == {*ROWS, *FIRST}


def test_ids_and_versions_are_unique_and_name_the_file() -> None:
    profiles = loaded()
    keys = [(profile.id, profile.version) for profile in profiles.values()]
    assert len(set(keys)) == len(keys) == len(FILES)
    assert all(name in (profile.id, f"{profile.id}-{profile.version}") for name, profile in profiles.items())


@pytest.mark.parametrize("name", sorted(ROWS))
def test_the_numbers_of_a_file_are_those_of_the_table(name: str) -> None:
    profile = loaded()[name]
    storage, mark, transport, hours, road_mark, years = ROWS[name]
    marks = {citation.section: citation.evidence for citation in profile.citations}
    assert storage == limits_of(
        profile.low_micro_celsius,
        profile.high_micro_celsius,
        low_inclusive=profile.low_inclusive,
        high_inclusive=profile.high_inclusive,
    )
    assert (marks["storage"], marks.get("transport", "-")) == (mark, road_mark)
    assert profile.retention_years == int(years)
    road = profile.transport
    if road is None:
        assert (transport, hours) == ("-", "-")
        return
    assert transport == limits_of(
        road.low_micro_celsius,
        road.high_micro_celsius,
        low_inclusive=road.low_inclusive,
        high_inclusive=road.high_inclusive,
    )
    assert road.max_ms == (None if hours == "-" else int(hours) * HOUR)
    assert profile.at(PlaceKind.BOX).limit_rule == "A03"


@pytest.mark.parametrize("path", FILES, ids=[path.stem for path in FILES])
def test_every_section_names_its_source_and_nobody_has_confirmed_it(path: Path) -> None:
    profile = load_profile(path.read_bytes())
    assert profile.citations
    assert all(citation.source and citation.evidence in {"V", "V2", "K", "PROP"} for citation in profile.citations)
    assert not profile.confirmed
    assert "尚未按现行版本确认" in profile.name.zh
    assert "not yet confirmed against the edition in force" in profile.name.en


@pytest.mark.parametrize("name", sorted(OUTINGS))
def test_the_clock_of_a_unit_outside_is_that_of_its_country(name: str) -> None:
    outing = loaded()[name].units.outing
    assert outing is not None
    returns, minutes, occasions, hours = OUTINGS[name]
    assert outing.returns is returns
    assert outing.limit_ms == (None if minutes is None else minutes * 60_000)
    assert (outing.occasions, outing.back_ms) == (occasions, None if hours is None else hours * HOUR)


def test_what_was_thawed_is_used_in_time_and_nothing_else_has_such_a_clock() -> None:
    clocks = {name: one.units.thawed for name, one in loaded().items() if one.units.thawed is not None}
    assert {name: clock.limit_ms // HOUR for name, clock in clocks.items()} == THAWED_HOURS
    assert all(clock.warn_ms < clock.limit_ms for clock in clocks.values())


@pytest.mark.parametrize("name", sorted(LIVES))
def test_shelf_lives_are_those_of_the_table(name: str) -> None:
    lives = {life.process: life.longest_ms for life in loaded()[name].units.shelf_lives}
    assert lives == {process: days * 24 * HOUR for process, days in LIVES[name].items()}


def test_hard_limits_follow_the_alert_catalogue() -> None:
    for name in ROWS:
        profile = loaded()[name]
        hard = (profile.hard_low_micro_celsius, profile.hard_high_micro_celsius)
        match profile.product, profile.high_micro_celsius:
            case Product.CELLS, 6_000_000:
                low = 0 if profile.low_micro_celsius == 1_000_000 else 1_000_000
                assert hard == (low, 10_000_000)
            case Product.CELLS, 24_000_000:
                assert hard == (18_000_000, 26_000_000)
                assert (profile.hard_low_counts, profile.hard_high_counts) == (False, False)
            case Product.CELLS | Product.PLASMA, high if high < 0 and name != "hpc-vapour-1":
                assert hard == (None, -10_000_000)
                assert profile.thaw_micro_celsius == -10_000_000
            case Product.VACCINE, 8_000_000:
                assert hard == (-500_000, None)
            case _:
                assert hard == (None, None)


def test_platelets_are_agitated_and_granulocytes_never() -> None:
    profiles = {name: one for name, one in loaded().items() if name not in FIRST}
    needed = {name for name, one in profiles.items() if one.agitation_stopped_ms is not None}
    assert needed == {"cn-plt-2", "us-plt-1", "eu-plt-1", "uk-plt-1", "nz-plt-1"}
    assert all(profiles[name].agitation_stopped_ms == 900_000 for name in needed)
    assert {name for name, one in profiles.items() if one.agitation_forbidden} == {
        "cn-granulocyte-1",
        "us-granulocyte-1",
        "eu-granulocyte-1",
    }
    gaps = {name: (one.agitation_single_ms, one.agitation_total_ms) for name, one in profiles.items()}
    assert {name: gap for name, gap in gaps.items() if gap != (None, None)} == {
        "cn-plt-2": (None, 24 * HOUR),
        "uk-plt-1": (8 * HOUR, 24 * HOUR),
    }


def test_living_cells_that_freeze_are_told_from_what_is_frozen_on_purpose() -> None:
    for profile in loaded().values():
        freezing = 0 if profile.cellular and not profile.frozen else None
        assert profile.freeze_micro_celsius == freezing or profile.product is None


def test_mean_kinetic_temperature_is_for_medicines_only_and_over_the_published_windows() -> None:
    kinetic = {name: one.kinetic for name, one in loaded().items() if one.kinetic}
    assert {name: (one[0].window_ms, one[0].high_micro_celsius) for name, one in kinetic.items()} == {
        "cct-1": (24 * HOUR, micro_celsius("8.0")),
        "crt-1": (30 * 24 * HOUR, micro_celsius("25.0")),
    }
    cold, room = kinetic["cct-1"][0], kinetic["crt-1"][0]
    assert (cold.excursion_low_micro_celsius, cold.excursion_high_micro_celsius) == (2_000_000, 15_000_000)
    assert cold.excursion_ms == room.transient_ms == 24 * HOUR
    assert (room.excursion_low_micro_celsius, room.excursion_high_micro_celsius) == (15_000_000, 30_000_000)
    assert room.transient_micro_celsius == 40_000_000


def test_vaccines_have_the_heat_and_freeze_alarm_of_the_who() -> None:
    vaccine = loaded()["who-vaccine-1"].vaccine
    assert vaccine is not None
    assert (vaccine.heat_micro_celsius, vaccine.heat_ms) == (8_000_000, 10 * HOUR)
    assert (vaccine.freeze_micro_celsius, vaccine.freeze_ms) == (-500_000, HOUR)


def test_budgets_and_records_are_those_of_their_sources() -> None:
    profiles = loaded()
    fractionation = profiles["fractionation-plasma-1"].units.budgets
    assert [(one.above_micro_celsius, one.total_ms, one.occasions) for one in fractionation] == [
        (-20_000_000, 72 * HOUR, None),
        (-15_000_000, None, 1),
        (-5_000_000, None, 0),
    ]
    concession = profiles["uk-rbc-1"].units.budgets[0]
    assert (concession.single_ms, concession.occasions) == (5 * HOUR, 1)
    records = profiles["gsp-2-8-1"].record_interval
    assert records is not None
    assert (records.storage_ms, records.transport_ms, records.outside_ms) == (1_800_000, 300_000, 120_000)
    who = profiles["who-vaccine-1"].record_interval
    assert who is not None
    assert who.storage_ms == 600_000


def test_manual_checks_are_asked_for_where_the_rule_does() -> None:
    checks = {name: one.manual_check for name, one in loaded().items() if one.manual_check and name not in FIRST}
    assert {name[:3] for name in checks} == {"cn-", "us-"}
    china = {(check.per_day, check.apart_ms, check.unrecorded_ms) for name, check in checks.items() if name[0] == "c"}
    assert china == {(2, 8 * HOUR, 4 * HOUR)}


def test_what_is_a_project_default_is_the_same_everywhere() -> None:
    for name in ROWS:
        profile = loaded()[name]
        assert (profile.load_delay_ms, profile.air_delay_ms) == (300_000, 900_000)
        assert (profile.dead_band_micro_celsius, profile.hold_ms) == (200_000, 300_000)
        assert (profile.gap_tolerance_ms, profile.sensor_fault_ms) == (4 * HOUR, 600_000)
        near, doubt = profile.near_limit, profile.plausibility
        assert near is not None
        assert doubt is not None
        assert (near.margin_micro_celsius, near.delay_ms) == (500_000, 600_000)
        assert (doubt.flat_ms, doubt.jump_micro_celsius_per_min) == (6 * HOUR, 5_000_000)
        assert (doubt.siblings_micro_celsius, doubt.siblings_ms) == (1_500_000, 1_800_000)


def test_an_old_file_says_no_more_than_it_did() -> None:
    for name in FIRST:
        profile = loaded()[name]
        assert (profile.units.outing, profile.near_limit, profile.plausibility, profile.product) == (None,) * 4
        assert (profile.frozen, profile.kinetic, profile.retention_years) == (False, (), None)
