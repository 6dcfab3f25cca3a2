"""Which days the writer seals, how long a turn of it is, and that late facts are judged as if nothing were sealed."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from support.hand_clock import HandClock
from support.intake import END, GATEWAY, HOUR, START, message, pipeline_on, sample, send
from support.memory_store import MemoryStore

from coldchain.blocks import DAY_MS, ClosedDay, SealPlan, day_of
from coldchain.entries import EntryKind
from coldchain.errors import StoreError
from coldchain.ports import Session, Store
from ingest.counters import Counters
from ingest.pipeline import Pipeline
from ingest.sealing import closed_days, seal_day
from ingest.writer import Writer
from stores.sqlite import open_store
from stores.verify_blocks import verify_blocks

MONTH_LATER = START + 30 * DAY_MS
PROBE = "fridge-1-load"
STILL: Callable[[], int] = lambda: 0  # noqa: E731 - a clock that stands


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(tmp_path / "hot.sqlite")
    yield opened
    opened.close()


def calm(pipeline: Pipeline, days: int, *, first_seq: int = 1) -> int:
    """Send a reading every ten minutes for so many days; return the next number."""
    n = days * 144
    readings = [sample(first_seq + i, START + i * 600_000, 4_000_000) for i in range(n)]
    for begin in range(0, n, 144):
        send(pipeline, readings[begin : begin + 144], sent_ms=readings[begin : begin + 144][-1].taken_ms + 1_000)
    return first_seq + n


def sealed(store: Store) -> list[int]:
    with store.reading() as session:
        kinds = [entry for entry in session.ledger.entries(0, 10**6) if entry.kind is EntryKind.BLOCK]
        assert verify_blocks(session) is None
    return [entry.seq for entry in kinds]


def test_days_older_than_the_plan_says_are_sealed_and_younger_ones_are_not(store: Store) -> None:
    pipeline = pipeline_on(store, START)
    calm(pipeline, 4)
    plan = SealPlan(after_days=2)
    with store.reading() as session:
        found = closed_days(session, plan, START + 4 * DAY_MS, 99)
    assert [one.day for one in found] == [day_of(START), day_of(START) + 1]
    assert pipeline.seal(START + 4 * DAY_MS, STILL) == 0, "the default is 14 days"
    assert pipeline.seal(MONTH_LATER, STILL) == day_of(START + 4 * DAY_MS) - day_of(START)
    assert sealed(store)


def test_what_its_gateway_still_holds_keeps_a_day_open(store: Store) -> None:
    pipeline = pipeline_on(store, START)
    reading = sample(1, START, 4_000_000)
    send(pipeline, [reading], sent_ms=START + 5 * DAY_MS, mark_ms=START + HOUR)
    assert pipeline.seal(MONTH_LATER, STILL) == 0
    send(pipeline, [], sent_ms=START + 5 * DAY_MS)
    assert pipeline.seal(MONTH_LATER, STILL) == 1


def test_a_turn_ends_before_a_day_that_would_go_beyond_it(store: Store) -> None:
    pipeline = pipeline_on(store, START)
    calm(pipeline, 6)
    ticks = iter(range(0, 10**6, 10))
    assert pipeline.seal(MONTH_LATER, lambda: next(ticks)) == 2
    assert pipeline.seal(MONTH_LATER, lambda: 10**9 * next(ticks)) == 1, "one at least"
    assert pipeline.seal(MONTH_LATER, STILL) == 3
    assert pipeline.seal(MONTH_LATER, STILL) == 0, "of the last day something may be on its way"


def findings(session: Session) -> list[tuple[object, ...]]:
    return [
        (one.kind, one.probe, one.start_ms, one.end_ms, one.peak_micro_celsius, one.status)
        for one in session.records.findings()
    ]


def test_late_facts_are_judged_the_same_after_sealing(store: Store) -> None:
    """A box that comes home after a month brings an excursion of a day that was sealed long ago."""
    results = []
    for place in (store, MemoryStore()):
        pipeline = pipeline_on(place, START)
        seq = calm(pipeline, 3)
        if place is store:
            assert pipeline.seal(MONTH_LATER, STILL) == 3
        warm = [sample(seq + i, START + HOUR + i * 60_000 + 7, 11_000_000) for i in range(60)]
        send(pipeline, warm, sent_ms=MONTH_LATER)
        pipeline.catch_up(MONTH_LATER)
        with place.reading() as session:
            results.append((findings(session), session.readings.history(PROBE, START, MONTH_LATER).taken_ms.tolist()))
    assert results[0][0]
    assert results[0] == results[1]
    assert pipeline_on(store).seal(MONTH_LATER, STILL) == 1, "the last calm day; more may come for the late one"
    assert pipeline_on(store).seal(MONTH_LATER + 2 * DAY_MS, STILL) == 1
    assert len(sealed(store)) == 5


def test_a_day_that_cannot_be_sealed_keeps_no_other_day_open(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    pipeline = pipeline_on(store, START)
    calm(pipeline, 3)
    tried: list[int] = []

    def failing(session: Session, closed: ClosedDay, now_ms: int) -> int:
        tried.append(closed.day)
        if closed.day == day_of(START):
            raise StoreError("a row is damaged")
        return seal_day(session, closed, now_ms)

    monkeypatch.setattr("ingest.sealing.seal_day", failing)
    assert pipeline.seal(MONTH_LATER, STILL) == 2
    assert pipeline.seal(MONTH_LATER, STILL) == 0
    assert tried.count(day_of(START)) == 1


def test_the_writer_seals_as_a_chore() -> None:
    store, counters = MemoryStore(), Counters()
    calm(pipeline_on(store, START), 2)
    writer = Writer(Pipeline(store, counters), HandClock(MONTH_LATER), counters, lambda: (), lambda: 0)
    for _ in range(3):  # a turn may be over after one day
        writer._chores(MONTH_LATER)
    assert len(sealed(store)) == counters.total("blocks_sealed_total") == 2
    assert counters.total("readings_sealed_total") == 288, "in memory a message is not cut at midnight"


def test_sealing_says_nothing_to_a_gateway(store: Store) -> None:
    pipeline = pipeline_on(store, START)
    seq = calm(pipeline, 2)
    before = pipeline.process([message([sample(seq, END, 4_000_000)])], END)
    assert pipeline.seal(MONTH_LATER, STILL) == 2
    assert pipeline.ack_for(GATEWAY, "e1", END) == before[0]
