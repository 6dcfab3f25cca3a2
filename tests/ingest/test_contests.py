"""A bag that the readers of two fridges hear: one of them has it, whatever arrives when."""

import random
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.intake import END, HOUR, START, epc, send
from support.memory_store import MemoryStore
from support.two_fridges import CYCLE_MS, MINUTE, Field, delivered, stays, two_fridges

from coldchain.facts import EventKind
from coldchain.ports import Store
from ingest.contests import CONTESTED, KEPT_MS, contested_by
from stores.sqlite import open_store

PUT_MS = START + HOUR  # the door of fridge 1 closes behind the bag
OPENED_MS = PUT_MS + HOUR  # somebody looks for another bag in fridge 2
CLOSED_MS = OPENED_MS + 20_000


def put_away() -> Field:
    """A bag lies in fridge 1, and its reader has seen it come."""
    field = Field()
    field.cycles(1, PUT_MS, 18, 20, -52)
    field.says(1, EventKind.ARRIVED, PUT_MS - 20_000, PUT_MS)
    return field


def overheard(field: Field, seen_there: int = 14, rssi_dbm: int = -71) -> Field:
    """The reader of fridge 2 hears it through the wall, after its own door, well enough to take it for its own."""
    field.cycles(2, CLOSED_MS, seen_there, 20, rssi_dbm)
    field.says(2, EventKind.ARRIVED, OPENED_MS, CLOSED_MS)
    field.cycles(1, CLOSED_MS + 3 * MINUTE, 18, 20, -52)
    return field


def judged(store: Store, field: Field, dice: random.Random | None = None) -> list[tuple[str, int, int | None]]:
    delivered(two_fridges(store), field.batches(dice))
    return stays(store)


IN_ONE = [("fridge-1", PUT_MS - 20_000, None)]


def test_acceptance_case_5_one_stay_and_no_movement(store: MemoryStore) -> None:
    field = put_away()
    field.cycles(2, PUT_MS, 3, 20, -71)
    assert judged(store, field) == IN_ONE


def test_a_reader_that_takes_the_neighbours_bag_for_its_own_moves_nothing(store: MemoryStore) -> None:
    assert judged(store, overheard(put_away())) == IN_ONE


def test_until_the_other_reader_is_heard_the_word_counts_and_late_reads_take_it_back(store: MemoryStore) -> None:
    pipeline, field = two_fridges(store), overheard(put_away())
    first, late = field.facts["gw-1"][:39], field.facts["gw-1"][39:]
    delivered(pipeline, [("gw-1", first), ("gw-2", field.facts["gw-2"])])
    assert [place for place, _, _ in stays(store)] == ["fridge-1", "fridge-2"]
    delivered(pipeline, [("gw-1", late)])
    assert stays(store) == IN_ONE


def test_cycles_without_the_tag_are_heard_too(store: MemoryStore) -> None:
    """Fridge 1 heard it once more as a stray, and then in none of its cycles: these come last, and say that it left."""
    pipeline, field = two_fridges(store), put_away()
    field.cycles(2, CLOSED_MS, 19, 20, -50)
    field.says(2, EventKind.ARRIVED, OPENED_MS, CLOSED_MS)
    field.cycles(1, CLOSED_MS, 2, 20, -50)
    *rest, empty = [field.facts["gw-1"][:41], field.facts["gw-1"][41:43], field.facts["gw-1"][43:]]
    delivered(pipeline, [*(("gw-1", facts) for facts in rest), ("gw-2", field.facts["gw-2"])])
    before = stays(store)
    delivered(pipeline, [("gw-1", empty)])
    assert [place for place, _, _ in stays(store)] == ["fridge-1", "fridge-2"]
    assert judged(MemoryStore(), field) == stays(store)
    assert before[0][0] == "fridge-1"


def test_a_bag_that_really_went_over_is_over_whichever_door_closed_last(store: MemoryStore) -> None:
    for left_ms in (OPENED_MS - MINUTE, CLOSED_MS + MINUTE):
        field = put_away()
        field.says(1, EventKind.LEFT, OPENED_MS - 2 * MINUTE, left_ms)
        field.cycles(2, CLOSED_MS, 18, 20, -52)
        field.says(2, EventKind.ARRIVED, OPENED_MS, CLOSED_MS)
        found = judged(MemoryStore(), field)
        assert [place for place, _, _ in found] == ["fridge-1", "fridge-2"]
        assert found[1][2] is None


def test_when_the_holder_sees_it_go_the_reader_that_hears_it_still_has_it(store: MemoryStore) -> None:
    field = overheard(put_away())
    gone_ms = CLOSED_MS + HOUR
    field.says(1, EventKind.LEFT, gone_ms - 20_000, gone_ms)
    field.cycles(2, gone_ms + MINUTE, 18, 20, -52)
    assert judged(store, field) == [
        ("fridge-1", PUT_MS - 20_000, gone_ms),
        ("fridge-2", gone_ms, None),
    ], "fridge 2 believed it inside all the time, so it says nothing new when it comes"


def test_when_the_holder_sees_it_go_and_nobody_hears_it_it_is_nowhere(store: MemoryStore) -> None:
    field = overheard(put_away())
    gone_ms = CLOSED_MS + HOUR
    field.says(1, EventKind.LEFT, gone_ms - 20_000, gone_ms)
    field.cycles(2, gone_ms + MINUTE, 0, 20, -52)
    assert judged(store, field) == [("fridge-1", PUT_MS - 20_000, gone_ms)]


def test_two_readers_that_saw_it_come_at_one_opening_are_one_stay(store: MemoryStore) -> None:
    field = Field()
    field.cycles(2, PUT_MS - 5_000, 14, 20, -71)
    field.says(2, EventKind.ARRIVED, PUT_MS - 30_000, PUT_MS - 5_000)
    field.cycles(1, PUT_MS, 18, 20, -52)
    field.says(1, EventKind.ARRIVED, PUT_MS - 20_000, PUT_MS)
    assert judged(store, field) == IN_ONE


def test_strengths_in_a_readers_own_unit_are_not_compared(store: MemoryStore) -> None:
    """20 of 20 reads against 18 of 20; as dBm the 100 would outweigh everything."""
    field = put_away()
    field.cycles(2, CLOSED_MS, 20, 20, 100, rssi="raw")
    field.says(2, EventKind.ARRIVED, OPENED_MS, CLOSED_MS)
    field.cycles(1, CLOSED_MS + MINUTE, 20, 20, -52)
    assert judged(store, field) == IN_ONE


@settings(max_examples=40)
@given(st.integers(0, 10**9), st.sampled_from([8, 14, 18]), st.sampled_from([-75, -52, -48]), st.booleans())
def test_any_order_of_arrival_gives_the_same_stays(seed: int, seen: int, rssi_dbm: int, goes: bool) -> None:
    field = overheard(put_away(), seen, rssi_dbm)
    if goes:
        gone_ms = CLOSED_MS + HOUR
        field.says(1, EventKind.LEFT, gone_ms - 20_000, gone_ms)
        field.cycles(2, gone_ms + MINUTE, seen, 20, rssi_dbm)
        field.says(2, EventKind.LEFT, gone_ms + 20 * MINUTE, gone_ms + 21 * MINUTE)
    assert judged(MemoryStore(), field, random.Random(seed)) == judged(MemoryStore(), field)


@pytest.mark.parametrize("seed", range(2))
def test_the_same_on_sqlite(seed: int, tmp_path: Path) -> None:
    store = open_store(tmp_path / "hot.sqlite")
    try:
        assert judged(store, overheard(put_away()), random.Random(seed)) == IN_ONE
        with store.reading() as session:
            until_ms = session.books.cursor(CONTESTED + epc(1))
        assert until_ms > CLOSED_MS + CYCLE_MS
        with store.writing() as session:
            assert contested_by(session, {epc(1): until_ms - 1}, None, END) == {epc(1)}
            assert contested_by(session, {epc(1): until_ms}, until_ms, END) == set()
            assert contested_by(session, {}, until_ms - 1, END) == {epc(1)}
            assert contested_by(session, {}, 0, until_ms + KEPT_MS) == set(), "forgotten"
            assert contested_by(session, {}, 0, END) == set()
    finally:
        store.close()


def test_a_bag_that_one_reader_hears_is_watched_by_nobody_else(store: MemoryStore) -> None:
    pipeline = two_fridges(store)
    delivered(pipeline, put_away().batches())
    with store.reading() as session:
        assert session.books.cursors(CONTESTED) == {}
    send(pipeline, [])
    assert stays(store) == IN_ONE
