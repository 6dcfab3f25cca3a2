"""An alarm of a finding says how warm, which limit and for how long, on the alarm and in the message."""

import msgspec
import pytest
from support.alarm_scene import Desk, condition
from support.intake import END, PLACE, START, sample, send
from support.memory_store import MemoryStore

from coldchain.alarms import OF_A_FINDING, Alarm
from coldchain.duties import Address, Calendar, DutyKind, Escalation, Level, OnCallPerson, Plan
from coldchain.places import Text
from ingest.alarm_conditions import unanswered
from ingest.conditions import Watch
from ingest.pipeline import Pipeline
from rules.alarm_plain import plain_words

MINUTE = 60_000
FRIDGE = Text(zh="储血冰箱 1", en="Blood fridge 1")
LI_HUA = OnCallPerson(id="li-hua", name="李华", addresses=(Address(channel="sms", to="+861"),))
LEVELS = tuple(Level(after_ms=minutes * MINUTE, people=("li-hua",)) for minutes in (0, 5))
ESCALATION = Escalation(
    plans=(Plan(site="", zone="Asia/Shanghai", levels=LEVELS),), calendar=Calendar(people=(LI_HUA,))
)


def degrees(pipeline: Pipeline, from_min: int, *values: int) -> None:
    facts = [sample(from_min + n + 1, START + (from_min + n) * MINUTE, value) for n, value in enumerate(values)]
    send(pipeline, facts, sent_ms=START + (from_min + len(values)) * MINUTE)


def load(store: MemoryStore) -> Alarm:
    with store.reading() as session:
        return next(one for one in session.records.alarms(9) if (one.rule, one.subject) == ("A01", "fridge-1-load"))


def texts(store: MemoryStore) -> list[str]:
    with store.reading() as session:
        return [one.text for one in session.records.notifications(20) if one.alarm == load(store).id]


@pytest.mark.parametrize(("value", "worse", "limit", "zh", "en"), [
    (6_500_000, 7_100_000, "6.0", "偏高", "too warm"),
    (1_500_000, 1_400_000, "2.0", "偏低", "too cold"),
])  # fmt: skip
def test_an_alarm_of_an_excursion_says_peak_limit_duration_and_probe(
    pipeline: Pipeline, store: MemoryStore, value: int, worse: int, limit: str, zh: str, en: str
) -> None:
    pipeline.alarms.conditions = Watch([])
    pipeline.alarms.follow(ESCALATION, START)
    degrees(pipeline, 0, 4_000_000, *[value] * 8)
    pipeline.alarms.look(START + 9 * MINUTE)
    raised = load(store)
    assert raised.values == {
        OF_A_FINDING: "excursion",
        "probe": "fridge-1-load",
        "role": "load",
        "minutes": 8,
        "direction": "too-warm" if zh == "偏高" else "too-cold",
        "peak_micro_celsius": value,
        "limit_micro_celsius": 6_000_000 if zh == "偏高" else 2_000_000,
    }
    (first,) = texts(store)
    assert (
        f"{FRIDGE.en} is {en}: fridge-1-load (load probe) {value / 1_000_000} °C, limit {limit} °C, for 8 min" in first
    )
    assert f"{FRIDGE.zh}{zh}：fridge-1-load（载荷探头）{value / 1_000_000} °C" in first
    degrees(pipeline, 9, *[worse] * 6)
    pipeline.alarms.look(START + 15 * MINUTE)
    assert any(f"{worse / 1_000_000} °C, limit {limit} °C, for 14 min" in text for text in texts(store))
    degrees(pipeline, 15, *[4_000_000] * 10)
    over = load(store)
    assert not over.active
    assert (over.values["peak_micro_celsius"], over.values["minutes"]) == (worse, 14)


def test_an_alarm_of_a_finding_without_figures_is_called_by_its_rule(pipeline: Pipeline, store: MemoryStore) -> None:
    degrees(pipeline, 0, 4_000_000, *[6_500_000] * 8)
    old = {OF_A_FINDING: "excursion", "direction": "too-warm", "probe": "fridge-1-load"}
    older = msgspec.structs.replace(load(store), values=old)
    said = plain_words(older, DutyKind.RAISED, FRIDGE)[0]
    assert "unknown" not in said
    assert "Blood fridge 1, " in said
    assert "too warm" in said


def test_time_that_nobody_measured_says_which_probe(pipeline: Pipeline, store: MemoryStore) -> None:
    degrees(pipeline, 0, 4_000_000)
    send(pipeline, [], sent_ms=END)
    with store.reading() as session:
        alarm = next(one for one in session.records.active_alarms() if one.subject == "fridge-1-load")
    assert "fridge-1-load of Blood fridge 1 has not measured" in plain_words(alarm, DutyKind.RAISED, FRIDGE)[0]


def test_an_alarm_that_nobody_answers_names_the_alarm_its_place_and_for_how_long() -> None:
    desk = Desk()
    desk.pipeline.alarms.conditions = Watch([unanswered, desk.said])
    desk.look(0, condition(place=PLACE))
    desk.look(5, condition(place=PLACE))
    alarm = next(one for one in desk.look(5, condition(place=PLACE)) if one.rule == "A32")
    subject = plain_words(alarm, DutyKind.RAISED, None)[0]
    first = next(one for one in desk.active() if one.rule == "A25")
    assert f"Alarm {first.id} of {FRIDGE.zh} / {FRIDGE.en} (A25) waits for 5 min" in subject
    assert f"报警 {first.id} 已 5 分钟无人响应" in subject
