"""A backlog is acknowledged before it is judged: whatever happens in between, it is judged, and nothing looks fine."""

from dataclasses import replace

import msgspec
import pytest
from support.intake import END, GATEWAY, PLACE, START, message, pipeline_on, sample, send, unit, verdicts
from support.memory_store import MemoryStore

from coldchain.errors import StoreError
from coldchain.facts import Fact
from coldchain.units import PlaceUnit, RegisterUnit
from coldchain.wire import Lane, Up, decode_up, encode
from ingest import later
from ingest.counters import Counters
from ingest.deferral import defer
from ingest.judge import Dirty, judge
from ingest.pipeline import Pipeline
from rules.waiting import Waiting

MINUTE = 60_000
WARM = [sample(n, START + n * MINUTE, 9_000_000) for n in range(1, 61)]
PROBES = 2
AT = START + 400 * MINUTE


def backlog(pipeline: Pipeline, facts: list[Fact], mark_ms: int | None = None) -> None:
    sent = message(facts, mark_ms=mark_ms)
    up = decode_up(sent.payload)
    assert isinstance(up, Up)
    (ack,) = pipeline.process([replace(sent, payload=encode(msgspec.structs.replace(up, lane=Lane.BACKFILL)))], END)
    assert ack.contiguous_seq == facts[-1].seq


def turns(pipeline: Pipeline) -> int:
    done = 0
    while pipeline.later.turn(END, lambda: 0):
        done += 1
    return done


def mark(store: MemoryStore) -> int:
    with store.reading() as session:
        return session.books.horizon(GATEWAY)


def waits(store: MemoryStore) -> dict[str, int]:
    with store.reading() as session:
        return session.books.cursors("judge-later")


def test_it_is_stored_and_acknowledged_first_and_found_in_its_turn() -> None:
    store = MemoryStore()
    pipeline = pipeline_on(store)
    pipeline.record(RegisterUnit(unit=unit("u-1", "1234567890123"), actor="tech"), END)
    pipeline.record(PlaceUnit(unit="u-1", place=PLACE, at_ms=START, actor="tech"), END)
    backlog(pipeline, list(WARM))
    assert mark(store) <= START + MINUTE  # of the first reading
    assert turns(pipeline) > 0
    findings, exposures = verdicts(store)
    assert [one.kind for one in findings if one.direction] == ["excursion"]
    assert "u-1" in {one.unit for one in exposures}
    assert pipeline.alarms.changed
    assert (mark(store), waits(store)) == (END, {})


def test_a_centre_that_was_killed_in_between_judges_it_after_its_start() -> None:
    store = MemoryStore()
    backlog(pipeline_on(store), list(WARM))
    after = Pipeline(store, Counters())
    assert turns(after) > 0
    assert [one.direction for one in verdicts(store)[0] if one.direction] == ["too-warm"]


def test_what_cannot_be_judged_waits_elsewhere_and_holds_up_nobodys_mark(monkeypatch: pytest.MonkeyPatch) -> None:
    store = MemoryStore()
    counters = Counters()
    pipeline_on(store)
    pipeline = Pipeline(store, counters)
    backlog(pipeline, list(WARM))

    def failing(*_: object) -> bool:
        raise ZeroDivisionError

    monkeypatch.setattr(later, "judge", failing)
    assert turns(pipeline) > 0
    assert (mark(store), waits(store)) == (END, {})
    assert counters.total("judge_failures_total") > 0
    monkeypatch.setattr(later, "judge", judge)
    assert pipeline.catch_up(END) == 0
    assert [one.direction for one in verdicts(store)[0] if one.direction] == ["too-warm"]


def test_a_store_that_fails_leaves_all_as_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    store = MemoryStore()
    pipeline = pipeline_on(store)
    backlog(pipeline, list(WARM))
    before = waits(store)

    def full(_session: object, _dirty: Dirty, _now_ms: int) -> bool:
        raise StoreError("the disk is full")

    monkeypatch.setattr(later, "judge", full)
    with pytest.raises(StoreError, match="the disk is full"):
        pipeline.later.turn(END, lambda: 0)
    assert waits(store) == before


def test_a_turn_takes_as_many_probes_as_fit_into_its_time() -> None:
    assert later._most(8, 0) == 16
    assert later._most(8, 8 * later.TURN_MS) == 1
    assert later._most(1, 100 * later.TURN_MS) == 1
    assert later._most(500, 1) == later.TURN_PROBES_MAX


def test_until_it_is_judged_its_bags_wait_for_the_record() -> None:
    store = MemoryStore()
    pipeline = pipeline_on(store)
    pipeline.record(RegisterUnit(unit=unit("u-1", "1234567890123"), actor="tech"), END)
    pipeline.record(PlaceUnit(unit="u-1", place=PLACE, at_ms=START, actor="tech"), END)
    minutes = range(1, 26 * 60)
    for at in range(0, len(minutes), 500):
        send(pipeline, [sample(n, START + n * MINUTE, 4_000_000) for n in minutes[at : at + 500]])
    air = [sample(minutes[-1] + n, START + n * MINUTE, 9_000_000, "fridge-1-air") for n in minutes]
    for at in range(0, len(air), 500):
        backlog(pipeline, list(air[at : at + 500]))
    with store.reading() as session:
        assert Waiting(session, END).of_unit("u-1")
    assert turns(pipeline) > 0
    with store.reading() as session:
        assert Waiting(session, END).of_unit("u-1") == ()
        assert [one.unit for one in session.records.holds_of_unit("u-1")] == ["u-1", "u-1"]


def test_readings_that_could_not_be_judged_keep_their_bags_waiting() -> None:
    store = MemoryStore()
    pipeline = pipeline_on(store)
    pipeline.record(RegisterUnit(unit=unit("u-1", "1234567890123"), actor="tech"), END)
    pipeline.record(PlaceUnit(unit="u-1", place=PLACE, at_ms=START, actor="tech"), END)
    send(pipeline, [sample(n, START + n * MINUTE, 4_000_000) for n in range(1, 400)])
    with store.writing() as session:
        defer(session, Dirty(probes={"fridge-1-load": (START + MINUTE, END)}))
    with store.reading() as session:
        assert Waiting(session, AT).of_unit("u-1")
    assert pipeline.catch_up(END) == 0
    with store.reading() as session:
        assert Waiting(session, AT).of_unit("u-1") == ()
