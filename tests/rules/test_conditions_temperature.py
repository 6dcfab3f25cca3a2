"""Close to a limit, a limit foreseen, and where a power cut leads: numbers on both sides of each threshold."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
from support.histories import Reading, history_of
from support.rule_words import GATEWAY, PLACE, at, by_the_minute, event_at, shipped
from support.standing_facts import DOOR, RBC, facts_of, place, probe_at

from coldchain.alarms import Condition, Severity, SubjectKind
from coldchain.facts import EventKind
from coldchain.places import Contact, ContactKind, PlaceKind, ProbeRole
from rules.conditions_notices import of_notices
from rules.conditions_temperature import foreseen_of, of_temperature, with_forecast
from rules.limits import Profile
from rules.standing import PlaceFacts, place_notices

MAINS = Contact(id="site-mains", place="", gateway=GATEWAY, kind=ContactKind.MAINS)


def facts_at(
    readings: Sequence[Reading], now_min: float, role: ProbeRole = ProbeRole.LOAD, profile: Profile = RBC
) -> PlaceFacts:
    return facts_of(probe_at(readings, now_min, role=role, profile=profile), now_min=now_min, profile=profile)


def found(facts: PlaceFacts, readings: Sequence[Reading], rule: str) -> list[Condition]:
    curves = {one.probe.id: history_of([r for r in readings if r[0] <= facts.now_ms]) for one in facts.probes}
    return [one for one in of_temperature(facts, curves, foreseen_of(facts, curves)) if one.rule == rule]


def close(readings: Sequence[Reading], now_min: float, role: ProbeRole = ProbeRole.LOAD) -> list[Condition]:
    return found(facts_at(readings, now_min, role), readings, "A04")


@pytest.mark.parametrize(
    ("celsius", "what"),
    [(5.49, None), (5.5, "too-warm"), (6.0, "too-warm"), (2.51, None), (2.5, "too-cold"), (4.0, None)],
)
def test_within_half_a_degree_of_a_limit_is_close(celsius: float, what: str | None) -> None:
    readings = by_the_minute(*[4.0] * 10, *[celsius] * 20)
    assert [one.values["what"] for one in close(readings, 29)] == ([] if what is None else [what])


def test_it_is_an_alarm_when_it_has_lasted_for_ten_minutes() -> None:
    readings = by_the_minute(*[4.0] * 10, *[5.7] * 20)
    (early,), (late,) = close(readings, 19), close(readings, 20)
    assert (early.since_ms, early.due_ms) == (late.since_ms, late.due_ms) == (at(10), at(20))
    assert (late.severity, late.subject, late.subject_kind) == (Severity.HIGH, "fridge-1-load", SubjectKind.PROBE)
    assert (late.values["micro_celsius"], late.values["limit_micro_celsius"]) == (5_700_000, 6_000_000)


def test_a_reading_further_inside_begins_it_anew_and_a_fault_does_not() -> None:
    broken = by_the_minute(*[5.7] * 12, 5.4, *[5.7] * 5)
    assert close(broken, 17)[0].since_ms == at(13)
    faulty = by_the_minute(*[5.7] * 12, None, *[5.7] * 5)
    assert close(faulty, 17)[0].since_ms == at(0)


def test_it_goes_on_beyond_the_limit_until_a_finding_says_more() -> None:
    readings = by_the_minute(*[5.7] * 12, *[6.2] * 10)
    (one,) = close(readings, 16)
    assert (one.values["what"], one.since_ms) == ("beyond-too-warm", at(0))
    assert close(readings, 17) == []  # five minutes in a load probe: A01


def test_silence_does_not_end_it() -> None:
    assert close(by_the_minute(*[5.7] * 12), 60)[0].since_ms == at(0)


def test_an_air_probe_says_nothing_while_a_door_excuses_it_and_a_load_probe_does() -> None:
    readings = by_the_minute(*[5.7] * 30)
    opened = [(DOOR, event_at(EventKind.DOOR_OPENED, 15))]
    for role, expected in ((ProbeRole.AIR, 0), (ProbeRole.LOAD, 1)):
        facts = replace(facts_at(readings, 20, role), contacts=opened)
        assert len(found(facts, readings, "A04")) == expected
    shut = replace(facts_at(readings, 28, ProbeRole.AIR), contacts=[(DOOR, event_at(EventKind.DOOR_CLOSED, 16))])
    assert len(found(shut, readings, "A04")) == 1  # ten minutes after it was shut


def test_in_a_box_the_limits_of_the_road_count_and_an_empty_one_asks_for_nothing() -> None:
    road = RBC.at(PlaceKind.BOX)
    for celsius, expected in ((9.4, 0), (9.5, 1)):
        readings = by_the_minute(*[celsius] * 15)
        facts = replace(facts_at(readings, 14, profile=road), place=place(PlaceKind.BOX))
        assert len(found(facts, readings, "A04")) == expected
        assert found(replace(facts, inside=0, possible=0), readings, "A04") == []


def test_a_limit_within_half_an_hour_is_foreseen_with_its_interval() -> None:
    readings = by_the_minute(*[4.0] * 60, *[4.0 + 0.04 * i for i in range(1, 40)])
    near = found(facts_at(readings, 85), readings, "A07")
    far = found(facts_at(readings, 75), readings, "A07")
    assert far == []  # 5.0 at 0.04 a minute: about 35 minutes
    (one,) = near
    assert (one.severity, one.subject, one.values["what"]) == (Severity.HIGH, "fridge-1-load", "too-warm")
    assert 18 <= int(one.values["minutes_to_limit"]) <= 26
    assert int(one.values["earliest_minutes"]) <= int(one.values["minutes_to_limit"])


def test_too_cold_is_foreseen_as_well_and_only_where_there_is_such_a_limit() -> None:
    readings = by_the_minute(*[4.0] * 60, *[4.0 - 0.04 * i for i in range(1, 40)])
    assert [one.values["what"] for one in found(facts_at(readings, 88), readings, "A07")] == ["too-cold"]
    frozen = by_the_minute(*[-25.0] * 60, *[-25.0 - 0.2 * i for i in range(1, 40)])
    assert found(facts_at(frozen, 88, profile=shipped("cn-ffp-1")), frozen, "A07") == []


def test_a_compressors_own_cycle_foresees_no_limit() -> None:
    cycle = [3.0 + 0.1 * (i % 20) if i % 40 < 20 else 5.0 - 0.1 * (i % 20) for i in range(240)]
    readings = by_the_minute(*cycle)
    said = [minute for minute in range(120, 240) if found(facts_at(readings, minute, ProbeRole.AIR), readings, "A07")]
    assert said == []


def test_one_reading_beyond_the_usual_foresees_nothing_and_two_minutes_later_it_does() -> None:
    cycle = [3.0 + 0.1 * (i % 20) if i % 40 < 20 else 5.0 - 0.1 * (i % 20) for i in range(240)]
    readings = by_the_minute(*cycle, *[3.0 + 0.1 * i for i in range(26)])
    said = [minute for minute in range(255, 266) if found(facts_at(readings, minute, ProbeRole.AIR), readings, "A07")]
    assert said == [264, 265]
    assert readings[264][1] == 5_400_000, "5.2, two minutes before, was the first beyond what is usual"


def test_a_power_cut_names_the_first_limit_and_is_critical_where_that_is_near() -> None:
    readings = by_the_minute(*[4.0] * 60, *[4.0 + 0.04 * i for i in range(1, 40)])
    for minute, severity in ((75, Severity.HIGH), (85, Severity.CRITICAL)):
        facts = replace(facts_at(readings, minute), contacts=[(MAINS, event_at(EventKind.MAINS_LOST, 60, MAINS.id))])
        (cut,) = of_notices(facts, place_notices(facts))
        curves = {"fridge-1-load": history_of([r for r in readings if r[0] <= facts.now_ms])}
        said = with_forecast(cut, [(facts, ahead) for ahead in foreseen_of(facts, curves)], facts.now_ms)
        assert (said.severity, said.values["what"], said.values["first_place"]) == (severity, "mains-foreseen", PLACE)
        assert with_forecast(cut, [], facts.now_ms) == cut


def test_a_rise_that_has_not_lasted_or_that_a_door_explains_foresees_no_limit() -> None:
    sudden = by_the_minute(*[4.0] * 80, *[4.0 + 0.15 * i for i in range(1, 20)])
    assert found(facts_at(sudden, 87), sudden, "A07") == []
    assert len(found(facts_at(sudden, 91), sudden, "A07")) == 1
    for kind, expected in ((EventKind.DOOR_OPENED, 0), (EventKind.DOOR_CLOSED, 1)):
        facts = replace(facts_at(sudden, 91), contacts=[(DOOR, event_at(kind, 80))])
        assert len(found(facts, sudden, "A07")) == expected
