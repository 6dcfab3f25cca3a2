"""A box on its way: opened between seals, and too long on the road."""

from dataclasses import replace

import pytest
from support.rule_words import at, by_the_minute, event_at, shipped
from support.standing_facts import facts_of, place, probe_at

from coldchain.alarms import Severity, SubjectKind
from coldchain.arrival import Arrival
from coldchain.entries import Manifest
from coldchain.facts import EventKind
from coldchain.places import PlaceKind
from coldchain.standing import BoxReadiness, BoxStanding
from rules.boxes import BoxWords
from rules.conditions_road import of_leg, of_opening
from rules.standing import PlaceFacts

ROAD = shipped("cn-rbc-2").at(PlaceKind.BOX)
PACKED = BoxStanding(readiness=BoxReadiness.PACKED, since_ms=at(10))
LIST = Manifest(id="m-1", box="fridge-1", units=("u-1",), packed_ms=at(0), destination="hospital")


def box(now_min: float) -> PlaceFacts:
    facts = facts_of(probe_at(by_the_minute(*[5.0] * 5), now_min, profile=ROAD), now_min=now_min, profile=ROAD)
    return replace(facts, place=place(PlaceKind.BOX))


def lid(kind: EventKind, minute: float) -> list[str]:
    one = of_opening(box(40), PACKED, [event_at(kind, minute, "box-1-lid")])
    return [] if one is None else [one.rule, one.severity.value, one.subject]


def test_an_opening_after_it_was_packed_is_said_at_once_and_stays_said() -> None:
    assert lid(EventKind.DOOR_OPENED, 10.1) == ["A22", "high", "fridge-1"]
    assert lid(EventKind.DOOR_OPENED, 10) == lid(EventKind.DOOR_CLOSED, 20) == lid(EventKind.DOOR_OPENED, 41) == []
    both = [event_at(EventKind.DOOR_CLOSED, 21, "box-1-lid"), event_at(EventKind.DOOR_OPENED, 20, "box-1-lid")]
    one = of_opening(box(40), PACKED, both)
    assert one is not None
    assert (one.since_ms, one.due_ms, one.values["minutes"]) == (at(20), at(20), 20)


def test_where_it_arrived_empty_or_not_packed_an_opening_is_no_alarm() -> None:
    opened = [event_at(EventKind.DOOR_OPENED, 30, "box-1-lid")]
    arrived = BoxStanding(readiness=BoxReadiness.PACKED, since_ms=at(10), area="hospital", area_since_ms=at(25))
    assert of_opening(box(40), arrived, opened) is None
    early = BoxStanding(readiness=BoxReadiness.PACKED, since_ms=at(10), area="hospital", area_since_ms=at(35))
    assert of_opening(box(40), early, opened) is not None
    assert of_opening(replace(box(40), inside=0, possible=0), PACKED, opened) is None
    assert of_opening(box(40), BoxStanding(readiness=BoxReadiness.READY, since_ms=at(10)), opened) is None


@pytest.mark.parametrize(
    ("hours", "severity", "what"),
    [
        (19.19, None, ""),
        (19.2, Severity.HIGH, "leg-ending"),
        (24, Severity.HIGH, "leg-ending"),
        (24.01, Severity.CRITICAL, "leg-over"),
    ],
)
def test_red_cells_are_a_day_on_the_road_at_most(hours: float, severity: Severity | None, what: str) -> None:
    one = of_leg(box(hours * 60), LIST)
    assert (None if one is None else one.severity) is severity
    if one is not None:
        assert (one.rule, one.subject_kind, one.subject, one.values["what"]) == ("A20", SubjectKind.LEG, "m-1", what)
        assert one.due_ms == at(19.2 * 60)


def test_no_list_no_longest_time_or_nothing_inside_is_no_leg() -> None:
    assert of_leg(box(2_000), None) is None
    assert of_leg(replace(box(2_000), inside=0, possible=0), LIST) is None
    frozen = shipped("cn-ffp-1").at(PlaceKind.BOX)
    assert of_leg(replace(box(2_000), profile=frozen), LIST) is None


def expected(now_min: float, at_min: float, journeys: int = 0, received_ms: int | None = None) -> list[object]:
    one = of_leg(box(now_min), LIST, Arrival(at_ms=at(at_min), journeys=journeys), received_ms)
    return [] if one is None else [one.values["what"], one.severity.value, one.values["minutes"], one.due_ms]


def test_it_is_late_twenty_minutes_after_it_was_expected() -> None:
    assert expected(119.9, 100) == []
    assert expected(120, 100) == ["late", "high", 20, at(120)]
    assert expected(150.5, 100) == ["late", "high", 50, at(120)]


def test_a_time_that_was_moved_is_late_twenty_minutes_after_the_last_one_and_says_how_often_it_was_moved() -> None:
    arrival = Arrival(at_ms=at(200), moved=2)
    assert of_leg(box(219.9), LIST, arrival) is None
    one = of_leg(box(220), LIST, arrival)
    assert one is not None
    assert (one.values["what"], one.severity, one.values["minutes"]) == ("late-moved", Severity.HIGH, 20)
    assert (one.values["number"], one.due_ms) == (2, at(220))


@pytest.mark.parametrize("hours", [5, 30, 150])
def test_no_limit_of_the_cold_moves_with_the_expected_time(hours: int) -> None:
    word = event_at(EventKind.BOX_READY, 0, "box-1", until_ms=at(330), qualified_min=330)
    moved = Arrival(at_ms=at(hours * 60), moved=9)

    def said(now_min: float) -> list[object]:
        ready = replace(box(now_min), box=BoxWords(gateway="box-1", readiness=word))
        one = of_leg(ready, LIST, moved)
        return [] if one is None else [one.severity.value, one.values["what"]]

    assert said(10) == ([] if hours == 5 else ["high", "qualified-short"])
    assert said(20 * 60)[0] == "high", "80 % of the longest time on the road"
    assert said(24 * 60 + 1) == ["critical", "leg-over"]


def test_it_is_not_late_once_its_receiver_signed_nor_by_what_was_measured_of_earlier_journeys() -> None:
    assert expected(150, 100, received_ms=at(149)) == []
    assert expected(150, 100, journeys=7) == []
    assert of_leg(replace(box(150), inside=0, possible=0), LIST, Arrival(at_ms=at(100))) is None


def test_the_longest_time_on_the_road_goes_before_being_late() -> None:
    assert expected(24 * 60 + 1, 100)[:2] == ["leg-over", "critical"]
    assert expected(20 * 60, 100)[:2] == ["leg-ending", "high"]


def test_a_box_that_is_expected_after_its_longest_time_on_the_road_is_said_at_once() -> None:
    assert expected(1, 24 * 60) == []
    assert expected(1, 24 * 60 + 30) == ["leg-short", "high", 30, at(0)]
    assert expected(1, 24 * 60 + 30, journeys=5) == ["leg-short-by-earlier", "medium", 30, at(0)]


@pytest.mark.parametrize(
    ("journeys", "what", "severity"),
    [(0, "qualified-short", Severity.HIGH), (3, "qualified-short-by-earlier", Severity.MEDIUM)],
)
def test_a_box_whose_qualified_time_ends_before_it_is_expected_is_said_while_there_is_time(
    journeys: int, what: str, severity: Severity
) -> None:
    word = event_at(EventKind.BOX_READY, 0, "box-1", until_ms=at(330), qualified_min=330)
    ready = replace(box(10), box=BoxWords(gateway="box-1", readiness=word))
    one = of_leg(ready, LIST, Arrival(at_ms=at(355), journeys=journeys))
    assert one is not None
    assert (one.values["what"], one.severity, one.values["minutes"]) == (what, severity, 25)
    assert one.values.get("number", 0) == journeys
    assert of_leg(ready, LIST, Arrival(at_ms=at(330), journeys=journeys)) is None
    assert of_leg(ready, LIST, None) is None
