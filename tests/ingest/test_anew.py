"""What another version of the rules had folded is folded anew in turns, and comes out as if it had always been so."""

from collections.abc import Callable, Sequence

import msgspec
import pytest
from support.intake import HOUR, PLACE, START, message, pipeline_on, sample, setup, unit
from support.memory_store import MemoryStore

from coldchain.errors import StoreError
from coldchain.facts import Fact
from coldchain.history import History
from coldchain.places import Probe
from coldchain.ports import FoldHead, Session, Store
from coldchain.units import Finding, FindingStatus, PlaceUnit, RegisterUnit
from ingest import anew, anew_turns, findings
from ingest.counters import Counters
from ingest.findings import Changed
from ingest.known import Known
from ingest.pipeline import Pipeline
from rules.waiting import Waiting

PROBE, AIR = "fridge-1-load", "fridge-1-air"
DAY = 24 * HOUR
DAYS = 12
LAST = START + DAYS * DAY


def readings(days: int = DAYS) -> list[Fact]:
    """Return one reading in four minutes of a warm hour every third day, else fine, of both probes."""
    facts: list[Fact] = []
    for step in range(days * 360):
        taken_ms = START + step * 240_000
        warm = step % (3 * 360) in range(100, 130)
        facts.append(sample(2 * step + 1, taken_ms, 9_000_000 if warm else 4_000_000, PROBE))
        facts.append(sample(2 * step + 2, taken_ms, 4_000_000, AIR))
    return facts


def told(pipeline: Pipeline, facts: Sequence[Fact]) -> None:
    for at in range(0, len(facts), 500):
        part = facts[at : at + 500]
        pipeline.process([message(part, sent_ms=part[-1].taken_ms + 500)], part[-1].taken_ms + 500)


def make_old(store: Store) -> None:
    """Write down heads and checkpoints as another version of the rules would have."""
    with store.writing() as session:
        for probe in (PROBE, AIR):
            head = session.books.head(probe)
            assert head is not None
            session.books.put_head(probe, msgspec.structs.replace(head, state=b"{}"))
            states = session.books.checkpoints_after(probe, -1)
            session.books.put_checkpoints(probe, dict.fromkeys(states, b"{}"))


def standing(store: Store) -> list[Finding]:
    with store.reading() as session:
        found = session.records.findings()
    return sorted((one for one in found if one.status is not FindingStatus.WITHDRAWN), key=lambda one: one.id)


def awaited(store: Store, now_ms: int) -> list[int]:
    """Return from when on the record of the bag is awaited."""
    with store.reading() as session:
        return [one.from_ms for one in Waiting(session, now_ms).of_unit("u-1")]


def folds(store: Store) -> list[tuple[FoldHead | None, dict[int, bytes]]]:
    with store.reading() as session:
        return [(session.books.head(one), session.books.checkpoints_after(one, -1)) for one in (PROBE, AIR)]


def test_spans_come_out_as_one_fold_and_keep_every_finding(store: MemoryStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(anew, "SPAN_MS", 2 * DAY)
    pipeline = pipeline_on(store, START)
    told(pipeline, readings())
    before, state = standing(store), folds(store)
    assert len([one for one in before if one.probe == PROBE]) >= 4
    make_old(store)
    pipeline.set_up(setup(), LAST)
    turns = 0
    while pipeline.anew.turn(LAST):
        turns += 1
    assert turns >= 6
    assert standing(store) == before
    assert folds(store) == state
    assert pipeline.catch_up(LAST) == 0


def test_a_batch_is_stored_at_once_and_judged_when_its_probe_had_its_turns(
    store: MemoryStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(anew, "SPAN_MS", 2 * DAY)
    pipeline = pipeline_on(store, START)
    facts = readings()
    told(pipeline, facts)
    make_old(store)
    warm = [sample(len(facts) + 1 + n, LAST + n * 60_000, 12_000_000, PROBE) for n in range(60)]
    told(pipeline, warm[:30])
    assert folds(store)[0][0] is not None
    assert not [one for one in standing(store) if one.start_ms >= LAST]
    assert pipeline.catch_up(LAST + HOUR) == 0, "what waits for its turn is no fault"
    assert pipeline.anew.waiting() == 2  # the horizon of the air probe has moved, too
    assert pipeline.anew.turn(LAST + HOUR)
    told(pipeline, warm[30:])  # comes between two spans
    while pipeline.anew.turn(LAST + HOUR):
        pass
    assert [one.start_ms for one in standing(store) if one.probe == PROBE and one.start_ms >= LAST] == [LAST]


def test_what_came_of_a_probe_that_waits_to_be_folded_anew_keeps_its_bags_waiting(
    store: MemoryStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(anew, "SPAN_MS", 2 * DAY)
    pipeline = pipeline_on(store, START)
    pipeline.record(RegisterUnit(unit=unit("u-1", "1234567890123"), actor="tech"), START)
    pipeline.record(PlaceUnit(unit="u-1", place=PLACE, at_ms=START, actor="tech"), START)
    facts = readings()
    told(pipeline, facts)
    make_old(store)
    pipeline.set_up(setup(), LAST)
    assert awaited(store, LAST) == [], "what the other version had judged is judged"
    warm = [sample(len(facts) + 1 + n, LAST + n * 60_000, 12_000_000, PROBE) for n in range(60)]
    told(pipeline, warm)
    assert pipeline.anew.turn(LAST + HOUR)
    assert awaited(store, LAST + HOUR) == [LAST], "nothing of it looks fine between two spans"
    while pipeline.anew.turn(LAST + HOUR):
        pass
    assert awaited(store, LAST + HOUR) == []
    assert [one.start_ms for one in standing(store) if one.probe == PROBE and one.start_ms >= LAST] == [LAST]


def test_a_fold_begins_at_the_first_reading_and_not_in_1970(
    store: MemoryStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []
    reader = findings._reader

    def counting(session: Session, probe: str) -> Callable[[int, int], History]:
        def read(from_ms: int, to_ms: int) -> History:
            asked.append(to_ms)
            return reader(session, probe)(from_ms, to_ms)

        return read

    pipeline = pipeline_on(store, START)
    told(pipeline, readings(2))
    make_old(store)
    pipeline.set_up(setup(), LAST)
    monkeypatch.setattr(findings, "_reader", counting)
    while pipeline.anew.turn(LAST):
        pass
    assert 0 < len(asked) < 20
    assert min(asked) > START


def test_a_probe_that_cannot_be_folded_anew_keeps_no_other(store: MemoryStore, monkeypatch: pytest.MonkeyPatch) -> None:
    pipeline = pipeline_on(store, START)
    told(pipeline, readings(1))
    make_old(store)
    pipeline.set_up(setup(), LAST)

    def broken(
        session: Session, known: Known, probe: Probe, changed: Changed, now_ms: int
    ) -> dict[str, set[str] | None]:
        if probe.id == AIR:
            raise RuntimeError("no")
        return findings.refind(session, known, probe, changed, now_ms)

    assert (pipeline.anew.waiting(), pipeline.anew.failing) == (2, 0)
    monkeypatch.setattr(anew, "refind", broken)
    while pipeline.anew.turn(LAST):
        pass
    assert (pipeline.anew.waiting(), pipeline.anew.failing) == (0, 1), "one fails, and does not only wait"
    monkeypatch.undo()
    while pipeline.anew.turn(LAST):
        pass
    assert (pipeline.anew.waiting(), pipeline.anew.failing) == (0, 0)


def test_a_store_that_takes_nothing_is_told_as_such_and_no_fault_of_judging(
    store: MemoryStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    counters = Counters()
    told(pipeline_on(store, START), readings(1))
    make_old(store)
    pipeline = Pipeline(store, counters)
    pipeline.set_up(setup(), LAST)

    def full(*_: object) -> bool:
        raise StoreError("the disk is full")

    monkeypatch.setattr(anew_turns, "judge", full)
    with pytest.raises(StoreError, match="the disk is full"):
        pipeline.anew.turn(LAST)
    assert counters.total("judge_failures_total") == 0
    monkeypatch.undo()
    while pipeline.anew.turn(LAST):
        pass
    assert pipeline.catch_up(LAST) == 0
