"""Contract of coldchain.ports.Store and Session: what a transaction is."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from support import store_words as words

from coldchain.entries import EntryKind
from coldchain.errors import StoreError
from coldchain.ports import Session, Store


def test_what_one_transaction_writes_the_next_one_reads(store: Store) -> None:
    with store.writing() as session:
        session.books.set_cursor("mirror", 7)
        session.readings.append_samples(words.samples([1_000], [4_000_000]))
    with store.reading() as session:
        assert session.books.cursor("mirror") == 7
        assert session.readings.counts().samples == 1


def test_an_exception_passes_through_and_leaves_nothing_of_its_transaction(store: Store) -> None:
    def fail_half_way() -> None:
        with store.writing() as session:
            session.books.set_cursor("mirror", 8)
            session.ledger.append([words.draft(EntryKind.PLACE, words.place())], 5)
            session.readings.append_samples(words.samples([1_000], [4_000_000]))
            session.readings.append_tags(words.tags(words.tag(1_000)))
            raise LookupError("the pipeline stumbled")

    with pytest.raises(LookupError, match="the pipeline stumbled"):
        fail_half_way()
    with store.writing() as session:
        assert session.books.cursor("mirror") == 0
        assert session.ledger.next_seq() == 1
        assert session.records.places() == ()
        assert session.readings.counts().samples == 0
        assert len(session.readings.history("fridge-1-load", 0, 10_000)) == 0
        assert session.readings.append_samples(words.samples([1_000], [4_000_000])) == 1


def test_an_append_that_failed_spoils_its_transaction_even_if_nobody_minds(store: Store) -> None:
    def carry_on() -> None:
        with store.writing() as session:
            twice = [words.draft(EntryKind.GAP, words.gap(1)), words.draft(EntryKind.GAP, words.gap(1))]
            with pytest.raises(StoreError):
                session.ledger.append(twice, 5)
            session.books.set_cursor("mirror", 8)

    with pytest.raises(StoreError, match="an append to the ledger failed and was ignored"):
        carry_on()
    with store.reading() as session:
        assert session.ledger.next_seq() == 1
        assert session.records.gaps("gw-1") == ()
        assert session.books.cursor("mirror") == 0


def test_a_transaction_sees_its_own_writes(store: Store) -> None:
    with store.writing() as session:
        session.ledger.append([words.draft(EntryKind.PLACE, words.place())], 5)
        session.readings.append_samples(words.samples([1_000], [4_000_000]))
        assert session.records.place("fridge-1") == words.place()
        assert session.ledger.next_seq() == 2
        assert len(session.readings.history("fridge-1-load", 0, 2_000)) == 1
        assert session.readings.counts().samples == 1


def test_a_reading_session_sees_one_committed_state_throughout(store: Store) -> None:
    with store.reading() as reading:
        with store.writing() as writing:
            writing.books.set_cursor("mirror", 9)
            assert reading.books.cursor("mirror") == 0
        assert reading.books.cursor("mirror") == 0
    with store.reading() as reading:
        assert reading.books.cursor("mirror") == 9


def test_a_reading_session_refuses_every_writing_call(store: Store) -> None:
    with store.reading() as session:
        for attempt in (
            lambda: session.books.set_cursor("mirror", 1),
            lambda: session.books.set_received("gw-1", "e1", [(1, 2)]),
            lambda: session.books.raise_horizon("gw-1", 1, 1),
            lambda: session.books.put_checkpoints("fridge-1-load", {}),
            lambda: session.books.drop_checkpoints("fridge-1-load", 0, 9),
            lambda: session.books.release([]),
            lambda: session.books.forget_refused("gw-1", "aa"),
            lambda: session.ledger.append([], 1),
            lambda: session.readings.append_samples(words.samples([1], [1])),
            lambda: session.readings.append_tags(words.tags(words.tag(1))),
        ):
            with pytest.raises(StoreError, match="reading session"):
                attempt()


def test_a_thread_that_would_wait_for_itself_is_told(store: Store) -> None:
    with store.writing(), pytest.raises(StoreError, match="already in a writing transaction"), store.writing():
        pass
    with store.writing() as session:
        session.books.set_cursor("mirror", 1)


def test_writing_transactions_of_several_threads_follow_each_other(store: Store) -> None:
    def count_up(_: int) -> None:
        with store.writing() as session:
            session.books.set_cursor("mirror", session.books.cursor("mirror") + 1)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(count_up, range(40)))
    with store.reading() as session:
        assert session.books.cursor("mirror") == 40


def test_several_threads_read_at_once(store: Store) -> None:
    together = threading.Barrier(3, timeout=20)

    def meet(_: int) -> int:
        with store.reading() as session:
            together.wait()
            return session.books.cursor("mirror")

    with ThreadPoolExecutor(3) as pool:
        assert list(pool.map(meet, range(3))) == [0, 0, 0]


def test_a_session_does_not_outlive_a_rebuild_or_change_what_it_shows(store: Store) -> None:
    def facts(session: Session) -> list[object]:
        return [session.records.places(), session.records.unbound_tags(), session.ledger.entries(0, 10)]

    with store.writing() as session:
        session.ledger.append([words.draft(EntryKind.PLACE, words.place())], 5)
        session.ledger.append([words.draft(EntryKind.DEVICE_EVENT, words.event(1, epc=words.EPC))], 6)
        before = facts(session)
    dump = store.projection_dump()
    store.rebuild_projections()
    assert store.projection_dump() == dump
    assert words.EPC.encode() in dump
    with store.reading() as session:
        assert facts(session) == before
