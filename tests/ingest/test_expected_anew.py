"""When a box on its way is expected instead: each word of a person stays, the last one is in force."""

from itertools import permutations
from typing import Any

import pytest
from msgspec.structs import replace
from support.intake import HOUR, START
from support.memory_store import MemoryStore
from support.storage_point import BOX, POINT, bags, point_on

from coldchain.arrival import LASTS_MS_MAX, arrival_of
from coldchain.closed_loop import ExpectAnew, Party, SignHandover
from coldchain.entries import EntryKind, Expected, Manifest
from coldchain.errors import ConflictError, InvalidValueError, UnknownThingError
from coldchain.units import PackBox
from ingest.expected import MOVED_MAX
from ingest.pipeline import Pipeline

PACKED = START + HOUR
NOW = PACKED + 5 * HOUR
MINUTE = 60_000
LIST = PackBox(
    manifest="list-1",
    box=BOX,
    units=("u-1", "u-2"),
    at_ms=PACKED,
    destination=POINT,
    actor="tech",
    expected_ms=PACKED + HOUR,
)
SIGNED: dict[str, Any] = {"name": "赵敏", "post": "courier", "actor": "zhao"}


def anew(minutes: int, expected_min: int, reason: str = "traffic") -> ExpectAnew:
    """Say so many minutes after packing that it arrives so many minutes after packing."""
    at_ms, expected_ms = PACKED + minutes * MINUTE, PACKED + expected_min * MINUTE
    return ExpectAnew(manifest="list-1", expected_ms=expected_ms, reason=reason, at_ms=at_ms, **SIGNED)


FACTS = (anew(30, 90), anew(80, 240, "another stop first"), anew(95, 200, "another way"))


@pytest.fixture
def point(store: MemoryStore) -> Pipeline:
    pipeline = point_on(store)
    for fact in bags(2):
        pipeline.record(fact, NOW)
    pipeline.record(LIST, NOW)
    return pipeline


def the(store: MemoryStore) -> Manifest:
    with store.reading() as session:
        found = session.records.manifest("list-1")
    assert found is not None
    return found


def kinds(store: MemoryStore, after_seq: int) -> list[EntryKind]:
    with store.reading() as session:
        return [entry.kind for entry in session.ledger.entries(after_seq, 1_000)]


def test_each_word_is_one_entry_and_stays_and_moves_no_bag(point: Pipeline, store: MemoryStore) -> None:
    before = point.record(LIST, NOW).seq
    for number, fact in enumerate(FACTS, 1):
        point.record(fact, NOW)
        assert len(the(store).moved) == number
    assert kinds(store, before) == [EntryKind.MANIFEST_AMENDMENT] * 3
    found = the(store)
    assert found.expected_ms == LIST.expected_ms, "what was said first"
    assert found.moved[1] == Expected(
        expected_ms=PACKED + 240 * MINUTE,
        reason="another stop first",
        at_ms=PACKED + 80 * MINUTE,
        name="赵敏",
        post="courier",
    )
    with store.reading() as session:
        arrival = arrival_of(session, found)
    assert arrival is not None
    assert (arrival.at_ms, arrival.moved) == (PACKED + 200 * MINUTE, 3)


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_what_was_said_last_is_in_force_in_whatever_order_it_arrives_and_however_often(
    point: Pipeline, store: MemoryStore, order: tuple[int, ...]
) -> None:
    for number in (*order, *order):
        point.record(FACTS[number], NOW)
    assert [one.at_ms for one in the(store).moved] == [fact.at_ms for fact in FACTS]
    assert the(store).said_ms == FACTS[2].expected_ms


def test_the_list_sent_again_after_it_was_moved_is_the_same_list(point: Pipeline, store: MemoryStore) -> None:
    last = point.record(FACTS[0], NOW)
    point.record(replace(LIST, units=("u-2", "u-1")), NOW)
    assert kinds(store, last.seq) == []
    assert len(the(store).moved) == 1


def test_where_nobody_said_it_at_packing_it_can_be_said_on_the_road(point: Pipeline, store: MemoryStore) -> None:
    point.record(replace(LIST, manifest="list-2", at_ms=PACKED + 1, expected_ms=None), NOW)
    point.record(replace(FACTS[0], manifest="list-2"), NOW)
    with store.reading() as session:
        found = session.records.manifest("list-2")
    assert found is not None
    assert (found.expected_ms, found.said_ms) == (None, FACTS[0].expected_ms)


@pytest.mark.parametrize(
    ("change", "error", "told"),
    [
        ({"manifest": "list-9"}, UnknownThingError, "list-9 is not known"),
        ({"reason": "  "}, InvalidValueError, "say why"),
        ({"name": ""}, InvalidValueError, "sign with your name"),
        ({"post": " "}, InvalidValueError, "sign with your name and your post"),
        ({"at_ms": PACKED}, InvalidValueError, "said after that"),
        ({"at_ms": NOW + HOUR}, InvalidValueError, "future"),
        ({"expected_ms": PACKED + 30 * MINUTE}, InvalidValueError, "expected before that was said"),
        ({"expected_ms": PACKED + LASTS_MS_MAX + 1}, InvalidValueError, "more than 7 days after packing"),
        ({"at_ms": PACKED + 10 * MINUTE}, ConflictError, "at that very instant"),
    ],
)
def test_what_cannot_be_is_refused_with_nothing_changed(
    point: Pipeline, store: MemoryStore, change: dict[str, Any], error: type[Exception], told: str
) -> None:
    point.record(anew(10, 70), NOW)
    before = store.projection_dump()
    with pytest.raises(error, match=told):
        point.record(replace(FACTS[0], **change), NOW)
    assert store.projection_dump() == before
    point.record(replace(FACTS[0], expected_ms=PACKED + LASTS_MS_MAX), NOW)
    assert len(the(store).moved) == 2


def test_a_box_that_was_signed_for_is_not_expected_any_more_but_what_was_said_before_is_recorded(
    point: Pipeline, store: MemoryStore
) -> None:
    signed = SignHandover(
        manifest="list-1",
        party=Party.GIVER,
        units=LIST.units,
        seal="",
        documents=(),
        at_ms=PACKED + MINUTE,
        name="李华",
        post="nurse",
        actor="tech",
    )
    point.record(signed, NOW)
    point.record(FACTS[0], NOW)
    point.record(replace(signed, party=Party.RECEIVER, at_ms=PACKED + 85 * MINUTE, name="王芳"), NOW)
    with pytest.raises(ConflictError, match=f"signed for at {PACKED + 85 * MINUTE} by 王芳: the box has arrived"):
        point.record(FACTS[2], NOW)
    point.record(FACTS[1], NOW)
    assert [one.reason for one in the(store).moved] == ["traffic", "another stop first"]


def test_a_journey_is_moved_so_often_and_no_more(point: Pipeline, store: MemoryStore) -> None:
    for number in range(MOVED_MAX):
        point.record(anew(1 + number, 100 + number), NOW)
    with pytest.raises(ConflictError, match=f"given {MOVED_MAX} expected times"):
        point.record(anew(99, 200), NOW)
    point.record(anew(1, 100), NOW)
    assert len(the(store).moved) == MOVED_MAX


def test_what_was_known_then_is_what_had_been_recorded_by_then(point: Pipeline, store: MemoryStore) -> None:
    point.record(FACTS[0], NOW)
    point.record(FACTS[2], NOW + MINUTE)
    with store.as_known(NOW) as session:
        then = session.records.manifest("list-1")
    assert then is not None
    assert then.said_ms == FACTS[0].expected_ms
    assert the(store).said_ms == FACTS[2].expected_ms
