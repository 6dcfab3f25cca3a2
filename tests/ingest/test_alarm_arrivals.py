"""What is over before the desk hears of it: found before there was a desk, or handed in late."""

from zoneinfo import ZoneInfo

import msgspec
import pytest
from support.intake import END, HOUR, START, message, pipeline_on, sample, send, setup
from support.memory_store import MemoryStore

from coldchain.alarms import Alarm
from coldchain.duties import Address, Calendar, Escalation, Level, OnCallPerson, Plan
from coldchain.facts import Fact
from coldchain.units import FindingStatus
from ingest import judge
from ingest.alarms import DESK_BEGAN
from ingest.conditions import Watch
from ingest.counters import Counters
from ingest.pipeline import Pipeline

MINUTE = 60_000
LI_HUA = OnCallPerson(id="li-hua", name="李华", addresses=(Address(channel="sms", to="+861"),))
LEVELS = (Level(after_ms=0, people=("li-hua",)), Level(after_ms=5 * MINUTE, people=("li-hua",)))
ESCALATION = Escalation(
    plans=(Plan(site="", zone="Asia/Shanghai", levels=LEVELS),), calendar=Calendar(people=(LI_HUA,))
)
WARM, CALM = 7_000_000, 4_000_000


def excursions(minutes: int, every: int, lasts: int = 60, step: int = 3) -> list[Fact]:
    """Return readings from START on with an excursion at the beginning of each stretch of `every` minutes."""
    times = range(0, minutes, step)
    return [
        sample(n + 1, START + minute * MINUTE, WARM if minute % every < lasts else CALM)
        for n, minute in enumerate(times)
    ]


def every_alarm(store: MemoryStore) -> list[Alarm]:
    with store.reading() as session:
        return [one for one in session.records.alarms(1_000) if (one.subject, one.rule) == ("fridge-1-load", "A01")]


def of_another_version(store: MemoryStore) -> None:
    """Make a store what a version of the program leaves that folded otherwise and had no alarms."""
    with store.writing() as session:
        session.books.set_cursor(DESK_BEGAN, 0)
        head = session.books.head("fridge-1-load")
        assert head is not None
        state = head.state.replace(b"2:", b"1:", 1)
        assert state != head.state
        session.books.put_head("fridge-1-load", msgspec.structs.replace(head, state=state))


def test_what_was_found_and_over_before_there_was_a_desk_calls_nobody_and_what_lasts_does(
    store: MemoryStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as before:
        before.setattr(judge, "finding_alarms", lambda *_args: False)
        old = pipeline_on(store, START)
        facts = excursions(22 * 60, 180)  # eight, of which the last one still lasts
        send(old, facts[:-5], sent_ms=START + 22 * HOUR)
    of_another_version(store)
    with store.reading() as session:
        found = session.records.findings(probe="fridge-1-load")
    assert [one.status for one in found].count(FindingStatus.OPEN) == 1
    assert len(found) == 8
    assert every_alarm(store) == []
    pipeline = Pipeline(store, Counters())
    pipeline.set_up(setup(), START + 22 * HOUR + MINUTE)
    pipeline.alarms.conditions = Watch([])
    send(pipeline, facts[-5:], sent_ms=START + 22 * HOUR + 2 * MINUTE)
    while pipeline.anew.turn(START + 22 * HOUR + 2 * MINUTE):
        continue  # as the writer does between messages: the fold of the other version is made anew
    pipeline.alarms.look(START + 22 * HOUR + 3 * MINUTE)
    (lasts,) = every_alarm(store)
    assert (lasts.active, lasts.since_ms) == (True, START + 21 * HOUR)
    calm = [sample(1_000 + n, START + (23 * 60 + n) * MINUTE, CALM) for n in range(5)]
    calm += [sample(2_000 + n, START + (24 * 60 + n) * MINUTE, WARM) for n in range(10)]
    pipeline.process([message(calm, sent_ms=START + 25 * HOUR)], START + 25 * HOUR)
    assert sorted((one.since_ms, one.active) for one in every_alarm(store)) == [
        (START + 21 * HOUR, False),
        (START + 24 * HOUR, True),
    ]


def test_the_desk_begins_once_and_at_the_first_entry_of_a_fresh_store(store: MemoryStore) -> None:
    pipeline_on(store, START)
    pipeline_on(store, END)
    with store.reading() as session:
        assert session.books.cursor(DESK_BEGAN) == 1
        assert session.ledger.next_seq() > 2


def test_what_was_over_on_arrival_neither_comes_and_goes_nor_floods_and_goes_out_as_one_message(
    pipeline: Pipeline, store: MemoryStore
) -> None:
    pipeline.alarms.conditions = Watch([])
    pipeline.alarms.follow(ESCALATION, START, ZoneInfo("Asia/Kathmandu"))
    facts = excursions(24 * 60 + 20, 100, lasts=40)  # fifteen; the end of a batch lies inside two of them
    for at in range(0, len(facts), 210):
        send(pipeline, facts[at : at + 210], sent_ms=END + at)
    for minute in (0.1, 0.5, 1, 2, 7, 30):
        pipeline.alarms.look(END + round(minute * MINUTE))
    found = every_alarm(store)
    assert len(found) == 15
    assert [(one.active, one.parent, one.waits) for one in found] == [(False, "", True)] * 15
    with store.reading() as session:
        assert all(one.rule != "A01" for one in session.records.active_alarms())
        assert not [one for one in session.records.alarms(99) if one.finding == "chatter" or one.rule == "flood"]
        told = [one for one in session.records.notifications(99) if "A01" in one.text]
    sums = [one for one in told if "alarms" in one.data]
    assert [one.data["alarms"] for one in sums] == [15]
    assert "15 个报警" in sums[0].subject
    assert "15 were over" in sums[0].subject
    assert "另有 3 个 / and 3 more" in sums[0].text
    assert "UTC+05:45" in sums[0].text
    assert sums == told


def test_a_single_one_that_was_over_on_arrival_goes_out_by_itself(pipeline: Pipeline, store: MemoryStore) -> None:
    pipeline.alarms.conditions = Watch([])
    pipeline.alarms.follow(ESCALATION, START)
    send(pipeline, excursions(120, 120))
    for minute in (0, 2, 4):
        pipeline.alarms.look(END + minute * MINUTE)
    (alarm,) = every_alarm(store)
    with store.reading() as session:
        told = [one.kind for one in session.records.notifications(99) if one.alarm == alarm.id]
    assert sorted(told) == ["cleared", "raised"]
