"""The frozen schema: the document, the code and what is really written say the same."""

import re
from decimal import Decimal

import pytest
from support.histories import history_of
from support.line_protocol import Point, decode
from support.mirror_points import summed_lines
from support.sources import ROOT
from support.standings import probe_standing, shown, standing
from support.store_words import event, finding

from coldchain.entries import RecordedEvent
from coldchain.facts import Quality
from coldchain.places import CONTACT_WORDS, Contact, ContactKind, Gateway, Place, PlaceKind, Probe, ProbeRole, Text
from coldchain.standing import PlaceState
from coldchain.units import FindingKind, FindingStatus
from stores.lines import Measurement, Real
from stores.mirror_truth import FOLLOWING, TOLD
from stores.points import (
    GATEWAY_AGE,
    LEVELS,
    NEVER_S,
    RANKS,
    SCHEMA,
    SITE_AGE,
    Setup,
    age_s,
    contact_line,
    event_line,
    finding_line,
    hold_line,
    place_line,
    probe_age_line,
    state_line,
    temperature_lines,
)

DOCUMENT = ROOT / "docs" / "influx.md"
WORDS = {int: "integer", str: "string", Real: "float"}
TYPES = {int: int, str: str, Real: Decimal}
SITE = "storage-1"
TITLE = Text(zh="储血冰箱 1 偏高", en="Blood fridge 1 too warm")
BOX_AT: dict[str, int | str] = {"latitude_e7": 312_304_160, "longitude_e7": -1_214_737_010}
SETUP = Setup(
    places={
        "fridge-1": Place(
            id="fridge-1", site=SITE, name=Text(zh="冰箱", en="Fridge"), profile="cn-rbc", profile_version=2
        ),
        "box-1": Place(
            id="box-1",
            site=SITE,
            name=Text(zh="箱", en="Box"),
            profile="cn-rbc",
            profile_version=2,
            kind=PlaceKind.BOX,
        ),
    },
    probes={"fridge-1-load": Probe(id="fridge-1-load", place="fridge-1", gateway="gw-1", role=ProbeRole.LOAD)},
    contacts={
        "fridge-1-door": Contact(id="fridge-1-door", place="fridge-1", gateway="gw-1", kind=ContactKind.DOOR),
        "site-mains": Contact(id="site-mains", place="", gateway="gw-1", kind=ContactKind.MAINS),
    },
    gateways={"gw-1": Gateway(id="gw-1", site=SITE), "box-1": Gateway(id="box-1", site=SITE)},
)


def documented() -> dict[str, tuple[list[str], dict[str, tuple[str, bool]]]]:
    """Return the tags and the fields (type, optional) of every measurement in the document."""
    text = DOCUMENT.read_text(encoding="utf-8").split("## How it is fed")[0]
    found = {}
    for name, section in re.findall(r"^### (\w+)\n(.*?)(?=^### |\Z)", text, re.MULTILINE | re.DOTALL):
        rows = re.findall(r"^\| (tag|field) \| (\w+) \| ?([^|]*?) ?\|", section, re.MULTILINE)
        tags = [row for kind, row, _ in rows if kind == "tag"]
        fields = {
            row: (words.removesuffix(" (optional)"), words.endswith("(optional)"))
            for kind, row, words in rows
            if kind == "field"
        }
        found[name] = (tags, fields)
    return found


def one(line: bytes | None) -> Point:
    assert line is not None
    (point,) = decode(line)
    return point


def complete_points() -> list[Point]:
    """Return a point of every measurement with every field that it can have."""
    place = shown()
    history = history_of([(1_000, 6_062_500)])
    position = event(1, origin="box-1", gateway="box-1", kind="position", details=BOX_AT)
    battery = event(2, origin="box-1", gateway="box-1", kind="battery", details={"percent": 81})
    signal = event(4, origin="fridge-1-load", kind="signal", details={"rssi_dbm": -71, "lqi": 200})
    closed = finding(
        status=FindingStatus.CLOSED, end_ms=90_000, peak_micro_celsius=8_200_000, out_ms=70_999, unknown_ms=1_000
    )
    lines = [
        *temperature_lines(SETUP, "fridge-1-load", history),
        event_line(SETUP, event(3)),
        event_line(SETUP, position),
        event_line(SETUP, battery),
        event_line(SETUP, signal),
        finding_line(SITE, closed, TITLE),
        hold_line(SITE, "fridge-1", "f-1", 39, 5_000),
        state_line(place),
        place_line(place.standing),
        probe_age_line(place.standing, place.standing.probes[0]),
        GATEWAY_AGE.point(GATEWAY_AGE.series("gw-1", SITE), {"age_s": 3}, 1_000),
        SITE_AGE.point(SITE_AGE.series(SITE), {"age_s": 3}, 1_000),
    ]
    return [one(line) for line in [*lines, *summed_lines()]]


def test_the_document_and_the_schema_name_the_same_tags_fields_and_types() -> None:
    in_code = {
        m.name: (list(m.tags), {name: (WORDS[kind], name in m.optional) for name, kind in m.fields.items()})
        for m in SCHEMA
    }
    assert documented() == in_code


def test_the_document_names_what_is_compared_with_the_record() -> None:
    text = DOCUMENT.read_text("utf-8").partition("Compared is what follows the record: ")[2]
    said = text.partition(" What is said")[0]
    assert set(re.findall(r"`(\w+)`", said)) == {one.name for one in (*FOLLOWING, *TOLD)}


def test_what_is_written_has_exactly_the_tags_fields_and_types_of_the_schema() -> None:
    points = {point.measurement: point for point in complete_points()}
    for measurement in SCHEMA:
        point = points[measurement.name]
        assert [name for name, _ in point.tags] == list(measurement.tags)
        assert {name: type(value) for name, value in point.fields.items()} == {
            name: TYPES[kind] for name, kind in measurement.fields.items()
        }


@pytest.mark.parametrize("measurement", SCHEMA, ids=lambda m: m.name)
def test_tags_are_sorted_and_no_name_is_used_twice_or_reserved(measurement: Measurement) -> None:
    assert list(measurement.tags) == sorted(set(measurement.tags))
    assert not set(measurement.tags) & measurement.fields.keys()
    assert not {"time", "_measurement", "_field"} & {*measurement.tags, *measurement.fields}
    assert measurement.optional < measurement.fields.keys()


def test_a_field_name_has_one_type_in_all_measurements() -> None:
    types: dict[str, set[object]] = {}
    for measurement in SCHEMA:
        for name, kind in measurement.fields.items():
            types.setdefault(name, set()).add(kind)
    assert {name for name, kinds in types.items() if len(kinds) > 1} == set()


def test_every_state_has_a_level_and_the_document_names_it() -> None:
    assert sorted(LEVELS.values()) == list(range(-1, len(PlaceState) - 1))
    words = ", ".join(f"{level} `{state.value}`" for state, level in sorted(LEVELS.items(), key=lambda one: one[1]))
    assert words in DOCUMENT.read_text(encoding="utf-8")


def test_of_two_states_the_graver_one_has_the_higher_level() -> None:
    assert LEVELS[PlaceState.TOO_WARM] == 7
    assert LEVELS[PlaceState.TOO_COLD] == 6
    assert LEVELS[PlaceState.SILENT] > LEVELS[PlaceState.WITHIN]
    assert sorted(PlaceState, key=RANKS.__getitem__, reverse=True) == list(PlaceState)


@pytest.mark.parametrize("kind", ContactKind)
def test_one_is_always_the_unusual_state_of_a_contact(kind: ContactKind) -> None:
    words = CONTACT_WORDS[kind]
    on, off = (
        one(contact_line(SETUP, event(1, kind=word.value), 7)).fields["active"] for word in (words.on, words.off)
    )
    assert (on, off) == ((0, 1) if words.normal else (1, 0))


@pytest.mark.parametrize(
    ("said", "kind", "place"),
    [
        (event(1), "door", "fridge-1"),
        (event(1, origin="box-1-lid", place="box-1"), "lid", "box-1"),  # registered before kinds were
        (event(1, origin="old-door"), "door", "fridge-1"),
        (event(1, origin="site-mains", place="", kind="mains-lost"), "mains", "site"),
    ],
)
def test_a_contact_is_told_with_its_kind_and_a_site_contact_with_the_place_site(
    said: RecordedEvent, kind: str, place: str
) -> None:
    assert dict(one(event_line(SETUP, said)).tags) == {
        "contact": said.origin,
        "kind": kind,
        "place": place,
        "site": SITE,
    }


def test_a_box_tells_where_it_is_exactly() -> None:
    point = one(event_line(SETUP, event(1, origin="box-1", gateway="box-1", kind="position", details=BOX_AT)))
    assert point.fields == {"latitude": Decimal("31.230416"), "longitude": Decimal("-121.473701")}
    assert point.at_ms == 1_000


@pytest.mark.parametrize("kind", ["arrived", "inventory", "device-silent", "gateway-started", "of a newer program"])
def test_events_that_the_mirror_does_not_show_have_no_line(kind: str) -> None:
    assert event_line(SETUP, event(1, kind=kind)) is None


def test_an_open_finding_has_no_end_and_one_that_is_open_again_overwrites_it() -> None:
    closed = finding(status=FindingStatus.CLOSED, end_ms=90_000, peak_micro_celsius=8_200_000, out_ms=70_000)
    assert "end_ms" not in one(finding_line(SITE, finding(), TITLE)).fields
    again = one(finding_line(SITE, finding(version=3), TITLE, closed)).fields
    assert (again["open"], again["end_ms"], again["peak_celsius"]) == (1, 0, Decimal("8.2"))


def test_a_finding_without_a_direction_says_so_and_a_title_is_in_both_languages() -> None:
    point = one(finding_line(SITE, finding(kind=FindingKind.SENSOR_FAULT, direction=None, holds=False), TITLE))
    assert dict(point.tags)["direction"] == "none"
    assert (point.fields["title_zh"], point.fields["title_en"], point.fields["holds"]) == (TITLE.zh, TITLE.en, 0)


def test_a_place_shows_the_value_of_the_probe_that_its_words_speak_of() -> None:
    air = probe_standing("fridge-1-air", ProbeRole.AIR, taken_ms=995_000, micro_celsius=9_100_000)
    place = shown(value_probe="fridge-1-air", standing=standing(probes=(probe_standing(), air)))
    fields = one(state_line(place)).fields
    assert (fields["celsius"], fields["age_s"]) == (Decimal("9.1"), 5)


def test_a_place_without_a_value_has_neither_number_nor_age() -> None:
    nothing = shown(value_probe=None, value_text="无读数 no reading", standing=standing(low_micro_celsius=None))
    faulty = probe_standing(taken_ms=990_000, micro_celsius=None, quality=Quality.NO_SENSOR)
    fields = one(state_line(nothing)).fields
    assert not {"celsius", "age_s", "low_celsius"} & fields.keys()
    fields = one(state_line(shown(standing=standing(probes=(faulty,))))).fields
    assert "celsius" not in fields
    assert fields["age_s"] == 10


def test_ages_are_whole_seconds_never_below_zero_and_never_absent() -> None:
    assert [age_s(10_999, 10_000), age_s(11_000, 10_000), age_s(5, 10), age_s(5, None)] == [0, 1, 0, NEVER_S]
    point = one(probe_age_line(standing(), probe_standing(taken_ms=None)))
    assert point.fields["age_s"] == NEVER_S == 999_999_999
