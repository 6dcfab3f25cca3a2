"""Those that follow the record: their cursors are moved by the writer, and pages hear that something has changed."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import pytest
from support.hand_clock import HandClock
from support.intake import END, START, message, pipeline_on, sample, stored, unit
from support.memory_store import MemoryStore
from support.waiting import until

from coldchain.errors import StoreError
from coldchain.ports import Cursors
from coldchain.units import RegisterUnit
from ingest.counters import Counters
from ingest.pipeline import Pipeline
from ingest.writer import MOVES_EVERY_MS, MOVES_MAX, Writer


class Counted(Pipeline):
    """A pipeline that remembers the moves that were written; the disk may be full."""

    full = False

    def __init__(self, store: MemoryStore) -> None:
        super().__init__(store, Counters())
        self.moved: list[dict[str, int]] = []

    def move_cursors(self, moves: Mapping[str, int]) -> None:
        if self.full:
            raise StoreError("the disk is full")
        super().move_cursors(moves)
        self.moved.append(dict(moves))


@contextmanager
def writer_on(pipeline: Pipeline, clock: HandClock) -> Iterator[Writer]:
    writer = Writer(pipeline, clock, Counters(), tuple, lambda: 0)
    yield writer
    if writer.alive:
        writer.stop()


def cursor(store: MemoryStore, name: str) -> int:
    with store.reading() as session:
        return session.books.cursor(name)


def test_a_cursor_is_moved_soon_forward_and_back(store: MemoryStore) -> None:
    clock = HandClock(END)
    with writer_on(pipeline_on(store), clock) as writer:
        follower: Cursors = writer
        writer.start(lambda _: None)
        for value in (7, 9, 0):
            follower.move("mirror:readings", value)
            clock.forward(MOVES_EVERY_MS)
            until(lambda value=value: cursor(store, "mirror:readings") == value)  # type: ignore[misc]
        assert writer.alive


def test_several_moves_of_one_cursor_are_one_and_the_last_counts(store: MemoryStore) -> None:
    pipeline = Counted(store)
    with writer_on(pipeline, HandClock(END)) as writer:
        for value in range(1_000):
            writer.move("mirror:ledger", value)
        writer.move("mirror:readings", 3)
        writer.start(lambda _: None)
        until(lambda: bool(pipeline.moved))
        assert pipeline.moved == [{"mirror:ledger": 999, "mirror:readings": 3}]


def test_what_waits_when_the_thread_ends_is_moved_then(store: MemoryStore) -> None:
    pipeline = Counted(store)
    with writer_on(pipeline, HandClock(END)) as writer:
        writer.start(lambda _: None)
        writer.move("mirror:ledger", 1)
        until(lambda: cursor(store, "mirror:ledger") == 1)
        writer.move("mirror:ledger", 2)  # the clock stands still, so it is not yet time for the next move
        writer.stop()
        assert cursor(store, "mirror:ledger") == 2


def test_a_store_that_fails_moves_nothing_and_forgets_nothing(store: MemoryStore) -> None:
    pipeline, clock = Counted(store), HandClock(END)
    pipeline.full = True
    with writer_on(pipeline, clock) as writer:
        writer.move("mirror:ledger", 5)
        writer.start(lambda _: None)
        until(lambda: writer.store_error == "the disk is full")
        assert cursor(store, "mirror:ledger") == 0
        pipeline.full = False
        clock.forward(MOVES_EVERY_MS)
        until(lambda: cursor(store, "mirror:ledger") == 5)


def test_a_move_that_no_store_can_keep_stops_neither_the_intake_nor_the_next_move(store: MemoryStore) -> None:
    class Overflowing(Counted):
        def move_cursors(self, moves: Mapping[str, int]) -> None:
            if max(moves.values()) >= 2**63:
                raise OverflowError("Python int too large to convert to SQLite INTEGER")
            super().move_cursors(moves)

    pipeline_on(store)
    clock = HandClock(END)
    with writer_on(Overflowing(store), clock) as writer:
        writer.move("mirror:ledger", 2**63)
        writer.start(lambda _: None)
        writer.offer(message([sample(1, START, 4_000_000)]))
        until(lambda: stored(store) == 1)
        writer.move("mirror:ledger", 3)
        clock.forward(MOVES_EVERY_MS)
        until(lambda: cursor(store, "mirror:ledger") == 3)


def test_so_many_cursors_wait_and_no_more(store: MemoryStore) -> None:
    with writer_on(pipeline_on(store), HandClock(END)) as writer:
        for number in range(MOVES_MAX):
            writer.move(f"follower-{number}", 1)
        writer.move("follower-0", 2)
        with pytest.raises(StoreError, match="wait to be moved"):
            writer.move("one-more", 1)


def test_the_generation_grows_with_what_people_may_see_and_with_nothing_else(store: MemoryStore) -> None:
    pipeline = pipeline_on(store)
    clock = HandClock(END)
    with writer_on(pipeline, clock) as writer:
        before = writer.generation
        pipeline.process([message([sample(1, START, 4_000_000)])], END)
        assert writer.generation > before
        before = writer.generation
        pipeline.record(RegisterUnit(unit=unit("u-1", "1"), actor="tech"), END)
        assert writer.generation > before
        pipeline.readmit(END)
        before = writer.generation
        pipeline.readmit(END)
        pipeline.catch_up(END)
        pipeline.move_cursors({"mirror:ledger": 4})
        pipeline.ack_for("gw-1", "e1", END)
        assert writer.generation == before


def test_what_is_not_committed_is_not_told(store: MemoryStore, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise StoreError("the disk is full")

    pipeline = pipeline_on(store)
    before = pipeline.generation
    monkeypatch.setattr("ingest.pipeline.append_drafts", broken)
    with pytest.raises(StoreError):
        pipeline.process([message([sample(1, START, 4_000_000)])], END)
    assert pipeline.generation == before
