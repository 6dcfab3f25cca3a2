"""Sums, alarms, marks and journeys: the same mirror whatever arrived in which order, and however often it restarted."""

from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st
from support.memory_store import MemoryStore
from support.mirror_more import DAY, END, T0, Follower, counting, hear, of, record, registered, some_facts

SUMMED = ("temperature_1h", "place_1d", "cooling_1d", "trip", "alarm", "mark")


def filled(seed: int, number: int, order: int) -> MemoryStore:
    """Return a store with the same facts, recorded in an order."""
    store = MemoryStore()
    registered(store)
    facts = some_facts(Random(seed), number)
    Random(order).shuffle(facts)
    record(store, facts)
    hear(store, T0 + 3 * DAY)
    return store


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32), st.integers(5, 40), st.integers(0, 2**32))
def test_a_mirror_that_kept_up_through_restarts_is_the_one_that_is_built_anew(
    seed: int, number: int, order: int
) -> None:
    dice = Random(order)
    store = MemoryStore()
    registered(store)
    follower = Follower(store)
    facts = some_facts(Random(seed), number)
    dice.shuffle(facts)
    now_ms = T0 + DAY
    while facts:
        some, facts = facts[: dice.randint(1, 8)], facts[8:]
        record(store, some)
        hear(store, T0 + dice.randrange(3 * DAY))
        now_ms += dice.randrange(END - now_ms)
        follower.catch_up(now_ms)
        if dice.random() < 0.4:
            follower.restart()
    hear(store, T0 + 3 * DAY)
    follower.catch_up()
    anew = Follower(store)
    anew.catch_up()
    assert counting(of(follower.sink.points, *SUMMED)) == counting(of(anew.sink.points, *SUMMED))
    assert follower.faults == anew.faults == []


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32), st.integers(5, 40), st.integers(0, 2**32))
def test_the_same_facts_in_another_order_are_the_same_mirror(seed: int, number: int, order: int) -> None:
    one, other = Follower(filled(seed, number, 0)), Follower(filled(seed, number, order))
    one.catch_up()
    other.catch_up()
    assert counting(of(one.sink.points, *SUMMED)) == counting(of(other.sink.points, *SUMMED))
