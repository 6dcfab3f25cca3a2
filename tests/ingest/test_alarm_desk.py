"""Conditions become alarms: one an episode, explained by their cause, and never more than people can answer."""

from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.alarm_scene import MINUTE, Desk, condition
from support.intake import PLACE, SITE, START

from coldchain.alarms import ActOnAlarm, Alarm, AlarmActionKind, Condition, Severity, SubjectKind
from coldchain.commission import WorkKind
from coldchain.ports import Session
from coldchain.units import SayWork
from ingest.alarm_conditions import overdue_tests, unanswered
from ingest.conditions import Watch
from rules.alarm_life import AlarmSettings, state_of

SETTINGS = AlarmSettings()
POWER = condition("A06", "mains-1", place="", since_ms=START, values={"what": "mains"})
WARM = condition(
    "A04",
    "fridge-1-load",
    subject_kind=SubjectKind.PROBE,
    since_ms=START + 5 * MINUTE,
    values={"direction": "too-warm"},
)


@pytest.fixture
def desk() -> Desk:
    return Desk()


def rules(alarms: tuple[Alarm, ...]) -> list[str]:
    return sorted(one.rule for one in alarms)


def answer(desk: Desk, alarm: Alarm, kind: AlarmActionKind = AlarmActionKind.ACKNOWLEDGE, **changed: Any) -> None:
    fact = ActOnAlarm(
        alarm=alarm.id, action=kind, at_ms=desk.now_ms, comment="see to it", name="李华", post="x", actor="web"
    )
    desk.pipeline.record(msgspec.structs.replace(fact, **changed), desk.now_ms)


def test_a_condition_is_an_alarm_from_its_due_time_on_and_clears_once_it_has_been_gone_for_a_while(desk: Desk) -> None:
    due = condition(due_ms=START + 2 * MINUTE)
    assert desk.look(1, due) == ()
    (alarm,) = desk.look(2, due)
    assert (alarm.since_ms, alarm.raised_ms) == (START, START + 2 * MINUTE)
    assert desk.look(3, due) == (alarm,)
    assert desk.look(4) == (alarm,)
    assert desk.look(4.5, due) == (alarm,)
    assert desk.look(5) == (alarm,)
    assert desk.look(6) == ()
    assert desk.every()[0].cleared_ms == START + 5 * MINUTE
    (again,) = desk.look(7, due)
    assert again.id != alarm.id


def test_running_figures_do_not_flood_the_ledger_and_rising_ones_sound_again(desk: Desk) -> None:
    for minute in range(14):
        desk.look(minute, condition(since_ms=START + minute, values={"number": minute, "minutes": minute}))
    assert [(one.version, one.since_ms) for one in desk.every()] == [(1, START)]
    assert desk.look(15, condition(values={"number": 0, "minutes": 15}))[0].version == 1
    assert desk.look(16, condition(values={"number": 16}))[0].version == 2
    answer(desk, desk.active()[0])
    (risen,) = desk.look(17, condition(severity=Severity.CRITICAL, values={"number": 17}))
    assert (risen.sounds, risen.values) == (True, {"number": 17})
    (fallen,) = desk.look(18, condition(severity=Severity.LOW))
    assert (fallen.now, fallen.severity) == ("low", "critical")


def test_what_lasts_after_somebody_saw_it_sounds_again_unless_he_is_on_site_lately(desk: Desk) -> None:
    answer(desk, desk.look(0, condition())[0])
    assert not desk.look(14, condition())[0].sounds
    answer(desk, desk.active()[0], AlarmActionKind.ON_SITE)
    assert not desk.look(20, condition())[0].sounds
    (again,) = desk.look(29, condition())
    assert (again.sounds, again.agains, again.waiting_ms) == (True, 1, START + 29 * MINUTE)
    low = condition(severity=Severity.MEDIUM, subject="door-2")
    answer(desk, desk.look(30, condition(), low)[1])
    assert not desk.look(300, condition(), low)[1].sounds


def test_a_shelved_alarm_comes_back_by_itself_and_waits_for_somebody(desk: Desk) -> None:
    (alarm,) = desk.look(0, condition())
    answer(desk, alarm, AlarmActionKind.SHELVE, until_ms=START + 30 * MINUTE)
    assert state_of(desk.look(29, condition())[0]) == "shelved"
    assert desk.look(30, condition())[0].sounds


def test_a_power_cut_explains_its_fridges_and_they_are_their_own_once_it_is_over(desk: Desk) -> None:
    other = msgspec.structs.replace(WARM, subject="fridge-1-other", since_ms=START + 6 * MINUTE)
    before = condition("A04", "fridge-1-air", subject_kind=SubjectKind.PROBE, since_ms=START - MINUTE)
    power = desk.look(0, POWER, before)
    cause = next(one for one in power if one.rule == "A06")
    alarms = desk.look(7, POWER, before, WARM, other)
    assert {one.subject: one.parent for one in alarms} == {
        "mains-1": "",
        "fridge-1-air": "",
        "fridge-1-load": cause.id,
        "fridge-1-other": cause.id,
    }
    assert next(one for one in alarms if one.subject == "fridge-1-air").sounds
    desk.look(8, before, WARM)
    (own,) = (one for one in desk.look(10, before, WARM) if one.subject == "fridge-1-load")
    assert (own.parent, own.sounds, own.waiting_ms) == ("", True, START + 10 * MINUTE)
    gone = next(one for one in desk.every() if one.subject == "fridge-1-other")
    assert (gone.active, gone.parent, gone.waits) == (False, cause.id, False)


@pytest.mark.parametrize("rule", ["A02", "A12", "A13"])
def test_what_loses_blood_at_once_is_never_under_another(desk: Desk, rule: str) -> None:
    hard = condition(rule, "fridge-1-load", subject_kind=SubjectKind.PROBE, since_ms=START + MINUTE)
    assert all(one.sounds for one in desk.look(2, POWER, hard))


def test_a_lost_gateway_explains_the_silence_of_its_probes_and_of_no_others(desk: Desk) -> None:
    lost = condition("A44", "gw-1", subject_kind=SubjectKind.GATEWAY, place="", values={"what": "silent"})
    silent = condition("A05", "fridge-1-load", subject_kind=SubjectKind.PROBE, since_ms=START - MINUTE)
    other = replace_subject(silent, "fridge-9-load")
    alarms = {one.subject: one for one in desk.look(1, lost, silent, other)}
    assert alarms["fridge-1-load"].parent == alarms["gw-1"].id
    assert alarms["fridge-9-load"].sounds


def replace_subject(one: Condition, subject: str) -> Condition:
    return msgspec.structs.replace(one, subject=subject)


def test_one_that_comes_and_goes_becomes_one_alarm_that_says_so(desk: Desk) -> None:
    for n in range(5):
        desk.look(n * 4, condition())
        desk.look(n * 4 + 1)
        desk.look(n * 4 + 2)
    alarms = desk.every()
    own = [one for one in alarms if not one.parent and one.finding == ""]
    (many,) = (one for one in alarms if one.finding == "chatter")
    assert len(own) == SETTINGS.chatter_raises - 1
    assert [one.parent for one in alarms if one.parent] == [many.id, many.id]
    assert many.values["raises"] == SETTINGS.chatter_raises
    assert desk.active() == (many,)
    assert desk.look(60) == ()


def test_a_flood_is_one_alarm_that_says_how_many_and_nobody_is_lost_from_sight(desk: Desk) -> None:
    every = [condition(subject=f"door-{n:02d}", place=f"fridge-{n}") for n in range(30)]
    alarms = desk.look(0, *every)
    (flood,) = (one for one in alarms if one.rule == "flood")
    assert len(alarms) == 31
    assert sum(one.sounds for one in alarms) == SETTINGS.flood_raises + 1
    assert {one.parent for one in alarms if one.parent} == {flood.id}
    assert (flood.subject, flood.severity) == (SITE, "high")
    graver = condition("A10", "x", severity=Severity.CRITICAL)
    assert next(one for one in desk.look(0.5, *every, graver) if one.rule == "flood").now == "critical"
    desk.look(5, *every[:3])
    assert all(one.sounds for one in desk.look(7, *every[:3]))


def test_work_on_a_place_silences_it_until_its_planned_end_and_never_the_hard_limit(desk: Desk) -> None:
    work = SayWork(
        kind=WorkKind.OUT_OF_USE,
        place=PLACE,
        at_ms=START,
        begins=True,
        reason="defrost by hand",
        name="李华",
        post="x",
        actor="web",
        until_ms=START + 60 * MINUTE,
        counted_empty=True,
    )
    desk.pipeline.record(work, START)
    hard = condition("A02", "fridge-1-load", subject_kind=SubjectKind.PROBE)
    states = {one.rule: state_of(one) for one in desk.look(1, condition(), hard)}
    assert states == {"A25": "out-of-service", "A02": "active"}
    assert all(one.sounds for one in desk.look(60, condition(), hard))


def test_unacknowledged_alarms_are_an_alarm_of_their_site_after_five_and_graver_after_fifteen_minutes() -> None:
    desk = Desk()
    desk.pipeline.alarms.conditions = Watch([unanswered, desk.said])
    door = condition()
    assert rules(desk.look(0, door)) == ["A25"]
    assert rules(desk.look(5, door)) == ["A25", "A32"]
    assert next(one for one in desk.look(15, door) if one.rule == "A32").now == "critical"
    answer(desk, next(one for one in desk.active() if one.rule == "A25"))
    desk.look(16, door)
    assert rules(desk.look(17.5, door)) == ["A25"]


def test_a_site_without_a_test_for_ninety_days_is_told() -> None:
    desk = Desk()
    desk.pipeline.alarms.conditions = Watch([overdue_tests])
    days = 24 * 60
    first = START // MINUTE
    assert rules(desk.look(89 * days)) == []
    (overdue,) = desk.look(90 * days + 1)
    assert (overdue.rule, overdue.subject, overdue.severity, first > 0) == ("A33", SITE, "medium", True)


def test_a_provider_that_fails_or_is_slow_keeps_its_last_word_and_clears_nothing(desk: Desk) -> None:
    broken = False

    def other(_session: Session, _now_ms: int) -> list[Condition]:
        if broken:
            raise ValueError("a fault of ours")
        return [condition(subject="door-2")]

    desk.pipeline.alarms.conditions = Watch([desk.said, other], budget_ms=0)
    assert [one.subject for one in desk.look(0, condition())] == ["door-1"]
    assert [one.subject for one in desk.look(1, condition())] == ["door-1", "door-2"]
    broken = True
    for minute in (2, 3, 4, 5):
        assert {"door-1", "door-2"} <= {one.subject for one in desk.look(minute, condition())}
    assert desk.pipeline.alarms.conditions.failures == 2
    (fault,) = (one for one in desk.active() if one.subject == "provider/other")
    assert (fault.rule, fault.subject_kind, fault.severity) == ("A32", "system", "high")
    assert next(one for one in desk.look(9, condition()) if one.subject == fault.subject).now == "critical"
    assert rules(desk.look(11)) == rules(desk.look(12)) == ["A25", "A25", "A32"]
    assert rules(desk.look(14)) == ["A25", "A32"]
    desk.look(15, condition())
    desk.pipeline.alarms.conditions = Watch([desk.said, other])
    for minute in (16, 19):
        assert {"door-1", "door-2"} <= {one.subject for one in desk.look(minute)}
    broken = False
    desk.look(20)
    assert [one.subject for one in desk.look(22)] == ["door-2"]


def test_a_provider_that_never_answered_keeps_only_what_it_may_say(desk: Desk) -> None:
    def device_conditions(_session: Session, _now_ms: int) -> list[Condition]:
        raise ValueError("a fault of ours")

    due = condition("A28", "probe-1")
    desk.look(0, condition("A33"), due)
    desk.pipeline.alarms.conditions = Watch([desk.said, device_conditions])
    desk.look(1)
    assert rules(desk.look(3)) == ["A28", "A32"]


STEPS = st.lists(
    st.tuples(
        st.sets(st.sampled_from(["A06", "A25", "A04", "A05"])), st.sampled_from(["", "ack", "shelve", "restart"])
    ),
    max_size=14,
)


@settings(max_examples=60)
@given(STEPS)
def test_a_restart_at_any_point_loses_and_doubles_no_alarm_and_the_ledger_gives_the_same_bytes(steps: Any) -> None:
    desk = Desk()
    said: set[str] = set()
    for n, (names, act) in enumerate(steps):
        said = names
        seen = [condition(name, f"s-{name}", since_ms=START) for name in sorted(names)]
        alarms = desk.look(n * 0.7, *seen)
        ids = [one.key for one in alarms]
        assert len(ids) == len(set(ids))
        assert {one.rule for one in alarms if one.finding != "chatter"} >= names
        if act == "restart":
            desk.restart()
        elif act and alarms:
            until = {"until_ms": desk.now_ms + 5 * MINUTE} if act == "shelve" else {}
            kind = AlarmActionKind.SHELVE if until else AlarmActionKind.ACKNOWLEDGE
            answer(desk, alarms[0], kind, **until)
    last = [condition(name, f"s-{name}", since_ms=START) for name in sorted(said)]
    desk.look(100, *last)
    final = {one.rule for one in desk.look(200, *last) if one.finding != "chatter"}
    assert final == said
    before = desk.store.projection_dump()
    desk.store.rebuild_projections()
    assert desk.store.projection_dump() == before
