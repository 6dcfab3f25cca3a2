"""The life of a tag: bound, taken out of use, bound again; two tags on one unit are one presence."""

import pytest
from support.intake import END, HOUR, START, epc, people, presence, send, unit
from support.lineage_story import ended
from support.memory_store import MemoryStore

from coldchain.errors import ConflictError, InvalidValueError, UnknownThingError
from coldchain.facts import EventKind
from coldchain.lineage import EndHow
from coldchain.units import BindTag, RegisterUnit, RetireTag, Stay
from ingest.pipeline import Pipeline


def retire(at_ms: int, number: int = 1, reason: str = "torn off") -> RetireTag:
    return RetireTag(epc=epc(number), at_ms=at_ms, reason=reason, actor="tech")


def bind(number: int, name: str, from_ms: int) -> BindTag:
    return BindTag(epc=epc(number), unit=name, from_ms=from_ms, actor="tech")


@pytest.fixture
def at_work(pipeline: Pipeline) -> Pipeline:
    for fact in people():
        pipeline.record(fact, END)
    return pipeline


def stays(store: MemoryStore, name: str) -> list[tuple[int, int | None]]:
    with store.reading() as session:
        found = [one for one in session.records.stays_of_unit(name) if not one.withdrawn]
    assert all(hasattr(one, field) for one in found for field in Stay.__struct_fields__)
    return [(one.possible_from_ms, one.possible_to_ms) for one in found]


def test_an_active_tag_is_not_bound_to_another_unit(at_work: Pipeline, store: MemoryStore) -> None:
    with pytest.raises(ConflictError, match="already bound to unit u-1; nothing was changed"):
        at_work.record(bind(1, "u-2", START + HOUR), END)
    with store.reading() as session:
        assert [one.unit for one in session.records.bindings_of_epc(epc(1))] == ["u-1"]


def test_a_tag_that_was_taken_out_of_use_may_be_bound_to_another_unit_from_then_on(at_work: Pipeline) -> None:
    at_work.record(retire(START + 2 * HOUR), END)
    with pytest.raises(ConflictError):
        at_work.record(bind(1, "u-3", START + HOUR), END)
    at_work.record(bind(1, "u-3", START + 3 * HOUR), END)
    with pytest.raises(ConflictError):
        at_work.record(bind(1, "u-4", START + 4 * HOUR), END)


def test_a_swapped_tag_goes_on_and_the_old_one_moves_nothing(at_work: Pipeline, store: MemoryStore) -> None:
    send(at_work, [presence(1, EventKind.ARRIVED, 1, START + HOUR, START + HOUR + 9)])
    swapped = START + 5 * HOUR
    at_work.record(retire(swapped), END)
    at_work.record(bind(50, "u-1", swapped), END)
    before = stays(store, "u-1")
    send(at_work, [presence(2, EventKind.LEFT, 1, swapped + HOUR, swapped + HOUR + 9)])
    assert stays(store, "u-1") == before == [(START + HOUR, None)], "the dead tag's leave is none"
    send(at_work, [presence(3, EventKind.LEFT, 50, swapped + 2 * HOUR, swapped + 2 * HOUR + 9)])
    assert stays(store, "u-1") == [(START + HOUR, swapped + 2 * HOUR + 9)]


def test_a_tag_that_is_moved_to_another_bag_moves_that_bag(at_work: Pipeline, store: MemoryStore) -> None:
    moved = START + HOUR
    at_work.record(retire(moved), END)
    with pytest.raises(ConflictError, match="a later moment"):  # else its reads would move nothing, for ever
        at_work.record(bind(1, "u-2", moved), END)
    at_work.record(bind(1, "u-2", moved + 1), END)
    assert stays(store, "u-2") == [(moved, None)]
    send(at_work, [presence(1, EventKind.LEFT, 1, moved + HOUR, moved + HOUR + 9)])
    assert stays(store, "u-2") == [(moved, moved + HOUR + 9)]


def test_a_tag_may_be_retired_after_its_reads_have_arrived(at_work: Pipeline, store: MemoryStore) -> None:
    send(at_work, [presence(1, EventKind.ARRIVED, 1, START + HOUR, START + HOUR + 9)])
    at_work.record(retire(START + 60_000), END)
    assert stays(store, "u-1") == []


def test_two_tags_on_one_unit_are_one_presence(at_work: Pipeline, store: MemoryStore) -> None:
    at_work.record(bind(60, "u-1", START), END)
    send(at_work, [presence(n, EventKind.ARRIVED, tag, START + HOUR, START + HOUR + 9) for n, tag in ((1, 1), (2, 60))])
    assert stays(store, "u-1") == [(START + HOUR, None)]


def test_retiring_twice_is_once_and_other_words_for_it_are_refused(at_work: Pipeline) -> None:
    first = at_work.record(retire(START + HOUR), END)
    assert at_work.record(retire(START + HOUR), END) == first
    with pytest.raises(ConflictError, match="torn off"):
        at_work.record(retire(START + HOUR, reason="found dead"), END)
    with pytest.raises(UnknownThingError, match="bound to no unit"):
        at_work.record(retire(START, number=77), END)
    with pytest.raises(InvalidValueError, match="future"):
        at_work.record(retire(END + HOUR), END)


def test_a_tag_that_is_bound_again_to_its_own_unit_works_again(at_work: Pipeline, store: MemoryStore) -> None:
    at_work.record(RegisterUnit(unit=unit("u-9", "0160726029999"), actor="tech"), END)
    at_work.record(retire(START + HOUR), END)
    at_work.record(bind(1, "u-1", START + 2 * HOUR), END)
    send(at_work, [presence(1, EventKind.ARRIVED, 1, START + 3 * HOUR, START + 3 * HOUR + 9)])
    assert stays(store, "u-1") == [(START + 3 * HOUR, None)]


def test_a_tag_that_is_bound_again_only_after_its_bag_came_to_its_end_is_an_alert(
    at_work: Pipeline, store: MemoryStore
) -> None:
    """Retired, then the bag ends, then somebody ties the tag to that bag again: its reads contradict the end."""
    at_work.record(retire(START + HOUR), END)
    at_work.record(ended("u-1", EndHow.DISCARDED, START + 2 * HOUR), END)
    at_work.record(bind(1, "u-1", START + 3 * HOUR), END)
    send(at_work, [presence(1, EventKind.ARRIVED, 1, START + 4 * HOUR, START + 4 * HOUR + 9)])
    with store.reading() as session:
        assert [(one.kind, one.at_ms) for one in session.records.tag_conflicts(5)] == [
            ("ended-seen", START + 4 * HOUR + 9)
        ]
