"""A fault of ours in one message or one chore silences nothing else."""

from typing import Any

import pytest
from support.alarm_scene import Desk, condition
from support.hand_clock import HandClock
from support.intake import START, pipeline_on
from support.memory_store import MemoryStore

from coldchain.alarms import Alarm
from coldchain.duties import Address, Calendar, DutyKind, Escalation, Level, OnCallPerson, Plan
from coldchain.places import Text
from ingest import alarm_duties, alarm_watch
from ingest.counters import Counters
from ingest.pipeline import Pipeline
from ingest.writer import Writer
from rules.alarm_plain import plain_words
from rules.escalation import duties

LI_HUA = OnCallPerson(id="li-hua", name="李华", addresses=(Address(channel="sms", to="+861"),))
ESCALATION = Escalation(
    plans=(Plan(site="", zone="Asia/Shanghai", levels=(Level(after_ms=0, people=("li-hua",)),)),),
    calendar=Calendar(people=(LI_HUA,)),
)


def test_an_alarm_whose_message_cannot_be_made_is_told_in_bare_words_and_is_an_alarm_of_the_system(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    desk = Desk()
    desk.pipeline.alarms.follow(ESCALATION, START)
    real = plain_words

    def one_bad(alarm: Alarm, kind: DutyKind, place: Text | None) -> tuple[str, str]:
        if alarm.subject == "door-3":
            raise KeyError("limit_micro_celsius")
        return real(alarm, kind, place)

    monkeypatch.setattr(alarm_watch, "plain_words", one_bad)
    doors = [condition(subject=f"door-{n}") for n in range(6)]
    desk.look(1, *doors)
    bad = next(one for one in desk.active() if one.subject == "door-3")
    with desk.store.reading() as session:
        told = {one.alarm: one.text for one in session.records.notifications(99)}
    assert len(told) == 6
    assert all(word in told[bad.id] for word in ("A25", bad.id, bad.site, "high", "高"))
    (fault,) = (one for one in desk.look(2, *doors) if one.rule == "A32")
    assert (fault.subject, fault.subject_kind, fault.values["of_rule"]) == ("provider/message-A25", "system", "A25")
    assert not [one for one in desk.look(20, *doors, *doors) if one.rule == "A32" and one.severity == "critical"]


def test_an_alarm_whose_duties_cannot_be_worked_out_keeps_no_other_from_being_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    desk = Desk()
    desk.pipeline.alarms.follow(ESCALATION, START)
    real = duties

    def one_bad(alarm: Alarm, *rest: Any) -> Any:
        if alarm.subject == "door-0":
            raise ValueError("a fault of ours")
        return real(alarm, *rest)

    monkeypatch.setattr(alarm_duties, "duties", one_bad)
    desk.look(1, condition(subject="door-0"), condition(subject="door-1"))
    with desk.store.reading() as session:
        assert len(session.records.notifications(99)) == 1
    assert "provider/message-A25" in {one.subject for one in desk.look(2)}


CHORES = ["readmit", "catch_up", "look", "digest", "watch_gateways", "watch_crossed", "dispose", "seal"]


@pytest.mark.parametrize("broken", CHORES)
def test_a_chore_that_fails_keeps_no_other_from_being_done(broken: str, monkeypatch: pytest.MonkeyPatch) -> None:
    store, counters = MemoryStore(), Counters()
    pipeline_on(store, START)
    pipeline = Pipeline(store, counters)
    done = []

    def chore(name: str) -> Any:
        def do(*_args: Any, **_named: Any) -> int:
            done.append(name)
            if name == broken:
                raise KeyError("what")
            return 0

        return do

    for name in CHORES:
        monkeypatch.setattr(pipeline.alarms if name == "look" else pipeline, name, chore(name))
    writer = Writer(pipeline, HandClock(START), counters, lambda: (), lambda: 0)
    writer._chores(START)
    assert done == CHORES
    assert counters.total("chore_failures_total") == 1
    assert counters.total("judge_failures_total") == 0
