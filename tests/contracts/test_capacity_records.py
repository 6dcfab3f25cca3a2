"""How much places have room for: the newest word of each, as every store keeps it."""

from support import store_words as words

from coldchain.capacity import Capacity
from coldchain.entries import EntryKind
from coldchain.ports import Store


def room(place: str, slots: int, at_ms: int) -> Capacity:
    return Capacity(place=place, slots=slots, at_ms=at_ms, name="李华", post="engineer")


def test_the_newest_word_of_each_place_counts(store: Store) -> None:
    with store.writing() as session:
        said = [room("fridge-2", 40, 1), room("fridge-1", 100, 2), room("fridge-2", 50, 3)]
        session.ledger.append([words.draft(EntryKind.CAPACITY, one) for one in said], 5)
    with store.reading() as session:
        assert session.records.capacities() == (room("fridge-1", 100, 2), room("fridge-2", 50, 3))
    before = store.projection_dump()
    store.rebuild_projections()
    assert store.projection_dump() == before
