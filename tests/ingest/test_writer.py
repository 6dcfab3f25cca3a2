"""The writer thread: nothing is acked that is not committed, and one bad message spoils nothing beside it."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from queue import SimpleQueue

import msgspec
import pytest
from support.hand_clock import HandClock
from support.intake import END, EPOCH, GATEWAY, START, message, pipeline_on, sample, unit
from support.memory_store import MemoryStore

from coldchain.entries import EntryKind
from coldchain.errors import ConflictError, InvalidValueError, StoreError
from coldchain.retention import Kept, SetRetention
from coldchain.trust import SecurityEvent, SecurityKind
from coldchain.units import RegisterUnit
from coldchain.wire import Ack, payload_sha256
from ingest.batches import Message
from ingest.counters import Counters
from ingest.pipeline import Pipeline
from ingest.security import ENTRIES_MAX, WITHIN_MS
from ingest.writer import CHORES_EVERY_MS, QUEUE_MAX, AckAsked, AllAcksAsked, Writer


class Faulty(Pipeline):
    """A pipeline that fails on messages with a mark in them, as our own bug or as the store."""

    def process(self, messages: Sequence[Message], now_ms: int) -> list[Ack]:
        acks = super().process(messages, now_ms) if not any(b"bug-" in m.payload for m in messages) else []
        if any(b"bug-store" in m.payload for m in messages):
            raise StoreError("the disk is full")
        if any(b"bug-ours" in m.payload for m in messages):
            raise ZeroDivisionError
        return acks


def marked(text: bytes, seq: int) -> Message:
    whole = message([sample(seq, START + seq, 4_000_000)])
    return Message(
        site=whole.site,
        gateway=whole.gateway,
        payload=whole.payload.replace(b'"b1"', b'"' + text + b'"'),
        received_ms=END,
    )


@contextmanager
def running(store: MemoryStore, counters: Counters) -> Iterator[tuple[Writer, "SimpleQueue[Ack]"]]:
    pipeline_on(store)
    acks: SimpleQueue[Ack] = SimpleQueue()

    def epochs() -> tuple[tuple[str, str], ...]:
        with store.reading() as session:
            return session.books.epochs()

    writer = Writer(Faulty(store, counters), HandClock(END), counters, epochs, lambda: 0)
    yield writer, acks
    if writer.alive:
        writer.stop()


def test_a_committed_batch_is_acked_and_a_question_is_answered() -> None:
    with running(MemoryStore(), Counters()) as (writer, acks):
        writer.start(acks.put)
        writer.offer(message([sample(1, START, 4_000_000)]))
        assert acks.get(timeout=10).contiguous_seq == 1
        writer.offer(AckAsked(GATEWAY, "e-new"))
        assert acks.get(timeout=10).contiguous_seq == 0
        writer.offer(AllAcksAsked())
        assert acks.get(timeout=10).epoch == EPOCH


def test_our_own_fault_refuses_the_one_message_and_takes_its_neighbours() -> None:
    store, counters = MemoryStore(), Counters()
    with running(store, counters) as (writer, acks):
        bad = marked(b"bug-ours", 2)
        for item in (message([sample(1, START, 4_000_000)]), bad, message([sample(3, START + 3, 4_000_000)])):
            writer.offer(item)
        writer.start(acks.put)
        answers = [acks.get(timeout=10) for _ in range(3)]
        assert payload_sha256(bad.payload) in answers[1].refused
        assert (answers[2].contiguous_seq, answers[2].ranges) == (1, [(3, 3)])
        assert writer.alive
        assert counters.get("refused_total", reason="failed-here") == 1


def test_what_the_store_refuses_is_not_acked_and_its_neighbours_are() -> None:
    store, counters = MemoryStore(), Counters()
    with running(store, counters) as (writer, acks):
        writer.offer(marked(b"bug-store", 1))
        writer.offer(message([sample(2, START + 2, 4_000_000)]))
        writer.start(acks.put)
        ack = acks.get(timeout=10)
        assert (ack.contiguous_seq, ack.ranges, ack.refused) == (0, [(2, 2)], [])
        assert counters.total("store_errors_total") == 1
        assert writer.alive


def test_a_full_queue_lets_messages_go_with_a_count() -> None:
    counters = Counters()
    with running(MemoryStore(), counters) as (writer, _acks):
        for _ in range(QUEUE_MAX + 3):
            writer.offer(AllAcksAsked())
        assert counters.total("queue_full_total") == 3


def test_people_hear_when_it_is_committed_and_why_it_is_not() -> None:
    store = MemoryStore()
    with running(store, Counters()) as (writer, acks):
        writer.start(acks.put)
        first = writer.record(RegisterUnit(unit=unit("u-1", "1234567890123"), actor="tech"))
        again = writer.record(RegisterUnit(unit=unit("u-1", "1234567890123"), actor="tech"))
        with store.reading() as session:
            told = [one.seq for one in session.ledger.entries(0, 999) if one.kind is EntryKind.UNIT]
        assert told == [first.seq]
        assert again.seq >= first.seq  # others write, too
        with pytest.raises(ConflictError):
            writer.record(RegisterUnit(unit=unit("u-1", "9999999999999"), actor="tech"))


@pytest.mark.parametrize("fault", [StoreError("the disk is full"), ZeroDivisionError()], ids=["store", "ours"])
def test_what_waits_to_be_judged_has_its_turn_again_after_a_fault_though_nobody_sends(
    monkeypatch: pytest.MonkeyPatch, fault: Exception
) -> None:
    pipeline, clock, turns = pipeline_on(MemoryStore()), HandClock(END), 0
    writer = Writer(pipeline, clock, Counters(), tuple, lambda: 0)

    def failing_once(*_: object) -> bool:
        nonlocal turns
        turns += 1
        if turns == 1:
            raise fault
        return False

    monkeypatch.setattr(pipeline.later, "turn", failing_once)
    for _ in range(3):
        clock.wait(CHORES_EVERY_MS)
        writer._work([], backlog=False)
    assert turns > 1


def alone() -> SetRetention:
    """One person signs twice."""
    signed = {"name": "Li Hua", "post": "QA", "second_name": "li hua", "second_post": "QA", "actor": "lh"}
    return SetRetention(what=Kept.READINGS, profile="", years=12, source="by-law", at_ms=END, **signed)


def signature_events(store: MemoryStore) -> list[SecurityEvent]:
    with store.reading() as session:
        events = session.records.security_events(1_000)
    assert {event.kind for event in events} <= {SecurityKind.SIGNATURE_REFUSED}
    return list(events[::-1])


def test_that_one_person_tried_to_sign_twice_is_told_in_the_ledger() -> None:
    store, counters = MemoryStore(), Counters()
    with running(store, counters) as (writer, acks):
        writer.start(acks.put)
        with pytest.raises(InvalidValueError, match="another person"):
            writer.record(alone())
        writer.record(RegisterUnit(unit=unit("u-1", "1234567890123"), actor="tech"))  # it is told before the next fact
        (event,) = signature_events(store)
        assert event.detail == "SetRetention of Li Hua, sent by lh: the second signature is that of another person"
        assert counters.get("security_total", gateway="", kind="signature-refused") == 1
        with store.reading() as session:
            assert session.records.retention_policies() == ()


def test_a_refused_signature_that_cannot_be_told_ends_no_intake() -> None:
    store, counters = MemoryStore(), Counters()
    half = {"name": "\ud800", "second_name": "\ud800"}  # half a character: no entry can hold it
    with running(store, counters) as (writer, acks):
        writer.start(acks.put)
        with pytest.raises(InvalidValueError, match="another person"):
            writer.record(msgspec.structs.replace(alone(), **half))
        writer.record(RegisterUnit(unit=unit("u-1", "1234567890123"), actor="tech"))
        assert writer.alive
        assert signature_events(store) == []


def test_a_flood_of_refused_signatures_does_not_flood_the_ledger_and_all_are_counted() -> None:
    store, counters, clock = MemoryStore(), Counters(), HandClock(END)
    pipeline_on(store)
    writer = Writer(Pipeline(store, counters), clock, counters, tuple, lambda: 0)
    writer.start(lambda _ack: None)
    for _ in range(ENTRIES_MAX + 50):
        clock.step_wall(1)
        with pytest.raises(InvalidValueError):
            writer.record(alone())
    clock.step_wall(WITHIN_MS)
    with pytest.raises(InvalidValueError):
        writer.record(alone())
    writer.stop()
    events = signature_events(store)
    assert len(events) == ENTRIES_MAX + 1
    assert sum(event.times for event in events) == ENTRIES_MAX + 51
