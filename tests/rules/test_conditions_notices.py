"""Notices and silence as conditions: the page and the alarm say the same, graver with time, one of each subject."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.rule_words import GATEWAY, PLACE, at, by_the_minute, event_at, shipped
from support.standing_facts import DOOR, RBC, facts_of, place, probe_at

from coldchain.alarms import Condition, Severity, SubjectKind
from coldchain.facts import EventKind
from coldchain.places import Contact, ContactKind, PlaceKind
from coldchain.rounds import ManualReading
from coldchain.standing import NoticeKind
from rules.boxes import BoxWords
from rules.conditions import one_of_each
from rules.conditions_notices import ALARMED, of_notices
from rules.conditions_silence import of_silence
from rules.limits import Profile
from rules.standing import PlaceFacts, place_standing

PLT = shipped("cn-plt-1")
MAINS = Contact(id="site-mains", place="", gateway=GATEWAY, kind=ContactKind.MAINS)
MOTION = Contact(id="platelet-1-motion", place=PLACE, gateway=GATEWAY, kind=ContactKind.MOTION)


def calm(
    now_min: float, profile: Profile = RBC, kind: PlaceKind = PlaceKind.FRIDGE, last_min: float = 2_000
) -> PlaceFacts:
    celsius = (profile.high_micro_celsius - 1_000_000) / 1_000_000
    probe = probe_at(by_the_minute(*[celsius] * (min(int(last_min), int(now_min)) + 1)), now_min, profile=profile)
    return replace(facts_of(probe, now_min=now_min, profile=profile), place=place(kind))


def conditions(facts: PlaceFacts) -> list[Condition]:
    return [*of_notices(facts, place_standing(facts).notices), *of_silence(facts)]


def with_contact(
    contact: Contact, kind: EventKind, since_min: float, now_min: float, profile: Profile = RBC
) -> list[Condition]:
    facts = calm(now_min, profile)
    return conditions(replace(facts, contacts=[(contact, event_at(kind, since_min, contact.id))]))


@pytest.mark.parametrize(
    ("rule", "contact", "kind", "profile", "steps"),
    [
        ("A25", DOOR, EventKind.DOOR_OPENED, RBC, {2: Severity.MEDIUM, 5: Severity.HIGH}),
        ("A06", MAINS, EventKind.MAINS_LOST, RBC, {1: Severity.HIGH}),
        ("A11", MOTION, EventKind.AGITATION_STOPPED, PLT, {15: Severity.HIGH, 480: Severity.CRITICAL}),
    ],
)
def test_a_contact_is_an_alarm_from_its_threshold_on_and_grows_graver(
    rule: str, contact: Contact, kind: EventKind, profile: Profile, steps: dict[int, Severity]
) -> None:
    due = min(steps)
    for minute, severity in steps.items():
        (before,) = with_contact(contact, kind, 50, 50 + minute - 0.01, profile)
        (after,) = with_contact(contact, kind, 50, 50 + minute, profile)
        assert (after.rule, after.severity, after.subject, after.subject_kind) == (
            rule, severity, contact.id, SubjectKind.CONTACT,
        )  # fmt: skip
        assert (after.since_ms, after.due_ms, after.values["minutes"]) == (at(50), at(50 + due), minute)
        assert before.severity is (severity if minute == due else steps[due])
        assert (before.due_ms <= at(50 + minute - 0.01)) is (minute != due)


def test_mains_of_a_site_are_one_condition_however_many_places_say_so() -> None:
    (one,) = with_contact(MAINS, EventKind.MAINS_LOST, 50, 52)
    assert (one.place, one.site) == ("", "storage-1")
    assert one_of_each([one, one]) == [one]


def test_agitation_asks_for_nothing_where_the_profile_asks_for_none() -> None:
    assert with_contact(MOTION, EventKind.AGITATION_STOPPED, 50, 90) == []


def test_a_defrost_is_said_and_is_no_alarm_at_any_time_of_day() -> None:
    defrost = Contact(id="fridge-1-defrost", place=PLACE, gateway=GATEWAY, kind=ContactKind.DEFROST)
    assert with_contact(defrost, EventKind.DEFROST_BEGAN, 50, 90) == []


@pytest.mark.parametrize(
    ("quiet_min", "severity"),
    [
        (4.99, None),
        (5, "medium"),
        (14.99, "medium"),
        (15, "high"),
        (59.99, "high"),
        (60, "critical"),
        (239, "critical"),
    ],
)
def test_a_probe_that_does_not_measure_is_graver_the_longer_it_lasts(quiet_min: float, severity: str | None) -> None:
    found = of_silence(calm(20 + quiet_min, last_min=20))
    assert [one.severity for one in found] == ([] if severity is None else [severity])
    assert all((one.rule, one.since_ms, one.due_ms) == ("A05", at(20), at(25)) for one in found)


@pytest.mark.parametrize(("quiet_min", "severity"), [(9.99, None), (10, "medium"), (30, "high"), (60, "critical")])
def test_a_box_on_the_road_may_be_silent_longer(quiet_min: float, severity: str | None) -> None:
    box = calm(20 + quiet_min, RBC.at(PlaceKind.BOX), PlaceKind.BOX, last_min=20)
    assert [one.severity for one in of_silence(box)] == ([] if severity is None else [severity])
    assert of_silence(replace(box, inside=0, possible=0)) == []


def test_once_a_finding_says_that_nobody_measures_it_is_not_said_twice() -> None:
    assert [one.severity for one in of_silence(calm(259.99, last_min=20))] == [Severity.CRITICAL]
    assert of_silence(calm(260, last_min=20)) == []


def test_a_gateway_that_asked_three_times_in_vain_is_an_alarm_before_five_minutes() -> None:
    silent = event_at(EventKind.DEVICE_SILENT, 21, "fridge-1-load")
    (one,) = of_silence(replace(calm(22, last_min=20), silent=[silent]))
    assert (one.due_ms, one.severity, one.subject) == (at(21), Severity.MEDIUM, "fridge-1-load")


def test_contacts_and_readers_that_do_not_answer_are_told_one_by_one() -> None:
    facts = replace(calm(40), contacts=[(DOOR, None)])
    said = [event_at(EventKind.DEVICE_SILENT, 24.9, name) for name in (DOOR.id, "fridge-1-reader")]
    found = of_silence(replace(facts, silent=said))
    assert [(one.subject_kind, one.subject, one.severity) for one in found] == [
        (SubjectKind.CONTACT, DOOR.id, Severity.HIGH),
        (SubjectKind.READER, "fridge-1-reader", Severity.HIGH),
    ]
    assert of_silence(replace(calm(39, last_min=39), silent=said[:1], contacts=[(DOOR, None)]))[0].severity == "medium"


def test_a_gateway_is_graver_after_a_quarter_of_an_hour_and_a_box_is_not() -> None:
    heard = {GATEWAY: at(20)}
    for minute, severity in ((3, Severity.MEDIUM), (14.9, Severity.MEDIUM), (15, Severity.HIGH)):
        facts = replace(calm(20 + minute), heard_ms=heard)
        (one,) = of_notices(facts, place_standing(facts).notices)
        assert (one.rule, one.severity, one.subject, one.due_ms) == ("A44", severity, GATEWAY, at(23))
    box = replace(calm(50, RBC.at(PlaceKind.BOX), PlaceKind.BOX), heard_ms=heard)
    (one,) = of_notices(box, place_standing(box).notices)
    assert (one.severity, one.place) == (Severity.MEDIUM, PLACE)
    assert of_notices(replace(box, inside=0, possible=0), place_standing(box).notices) == []


@pytest.mark.parametrize(("percent", "severity"), [(21, None), (20, "low"), (11, "low"), (10, "medium"), (0, "medium")])
def test_a_battery_is_low_at_twenty_percent_and_more_so_at_ten(percent: int, severity: str | None) -> None:
    said = event_at(EventKind.BATTERY, 30, "box-1", percent=percent)
    found = conditions(replace(calm(40, RBC.at(PlaceKind.BOX), PlaceKind.BOX), battery=said))
    assert [(one.rule, one.severity) for one in found] == ([] if severity is None else [("A45", severity)])


def test_what_a_box_asks_for_has_its_rule_and_severity() -> None:
    ready = event_at(EventKind.BOX_READY, 10, "box-1", qualified_min=300, until_ms=at(310))
    astray = event_at(EventKind.ROUTE_LEFT, 240, "box-1")
    stood = event_at(EventKind.STOOD_STILL, 235, "box-1")
    words = BoxWords(gateway="box-1", readiness=ready, route=astray, stop=stood)

    def found(minute: float) -> list[tuple[str, Severity, int]]:
        facts = replace(calm(minute, RBC.at(PlaceKind.BOX), PlaceKind.BOX), box=words)
        return [(one.rule, one.severity, one.due_ms) for one in one_of_each(conditions(facts))]

    assert found(249.9) == [("A21", Severity.MEDIUM, at(240))]  # left its route at once, stands still for 20 min
    assert found(250) == [("A20", Severity.HIGH, at(250)), ("A21", Severity.MEDIUM, at(240))]
    assert found(310) == [("A20", Severity.CRITICAL, at(310)), ("A21", Severity.MEDIUM, at(240))]
    unready = BoxWords(gateway="box-1", readiness=event_at(EventKind.BOX_NOT_READY, 30, "box-1", reason="too-warm"))
    (one,) = conditions(replace(calm(40, RBC.at(PlaceKind.BOX), PlaceKind.BOX), box=unready))
    assert (one.rule, one.severity, one.values["reason"]) == ("A23", Severity.MEDIUM, "too-warm")


@given(
    st.sampled_from([DOOR, MAINS, MOTION]),
    st.sampled_from([EventKind.DOOR_OPENED, EventKind.MAINS_LOST, EventKind.UPS_ON_BATTERY, EventKind.DEFROST_BEGAN]),
    st.integers(0, 1_000),
    st.integers(0, 30),
)
def test_a_notice_that_asks_for_a_look_is_a_condition_and_no_condition_is_without_its_notice(
    contact: Contact, kind: EventKind, since_min: int, later_min: int
) -> None:
    now_min = since_min + later_min
    facts = replace(calm(now_min), contacts=[(contact, event_at(kind, since_min, contact.id))])
    standing = place_standing(facts)
    said = {ALARMED[n.kind] for n in standing.notices if n.kind in ALARMED and n.due_ms <= facts.now_ms}
    sounds = {one.rule for one in of_notices(facts, standing.notices) if one.due_ms <= facts.now_ms}
    assert sounds == said


def test_every_kind_of_notice_is_an_alarm_or_only_said_on_purpose() -> None:
    only_said = {
        NoticeKind.DEFROSTING, NoticeKind.GATEWAY_DARK, NoticeKind.ALARM_NOT_CLEARED,
        NoticeKind.UNIT_IN_UNUSED, NoticeKind.CRATE_WAY, NoticeKind.COUNT_DIFFERS,
    }  # fmt: skip
    assert set(NoticeKind) == only_said | ALARMED.keys()


def test_a_round_that_is_overdue_is_said_as_its_page_says_it() -> None:
    read = ManualReading(
        place=PLACE,
        at_ms=at(0),
        micro_celsius=4_000_000,
        probe="",
        probe_micro_celsius=None,
        probe_taken_ms=None,
        allowed_micro_celsius=1_000_000,
        name="n",
        post="p",
        hours=2,
    )
    assert conditions(replace(calm(119), display=read)) == []
    (one,) = conditions(replace(calm(120), display=read))
    assert (one.rule, one.severity, one.due_ms, one.values["hours"]) == ("A31", Severity.MEDIUM, at(120), 2)
