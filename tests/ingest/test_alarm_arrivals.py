"""What is over before the desk hears of it: found before there was a desk, or handed in late."""

import msgspec
import pytest
from support.intake import END, HOUR, START, message, pipeline_on, sample, send, setup
from support.memory_store import MemoryStore

from coldchain.alarms import Alarm
from coldchain.facts import Fact
from coldchain.units import FindingStatus
from ingest import judge
from ingest.alarms import DESK_BEGAN
from ingest.conditions import Watch
from ingest.counters import Counters
from ingest.pipeline import Pipeline

MINUTE = 60_000
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
        return [one for one in session.records.alarms(1_000) if one.subject == "fridge-1-load"]


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
