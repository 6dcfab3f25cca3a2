"""Reads of tags that contradict the record become entries by themselves, and stand until somebody has looked."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.intake import END, HOUR, START, epc
from support.memory_store import MemoryStore
from support.two_fridges import MINUTE, Field, delivered, stays, two_fridges

from coldchain.entries import TagConflict
from coldchain.errors import UnknownThingError
from coldchain.facts import EventKind
from coldchain.places import Gateway, Place, Reader, Text
from coldchain.ports import Store
from coldchain.units import BindTag, RetireTag, SettleTagConflict
from ingest.pipeline import Pipeline

PUT_MS = START + HOUR
GONE_MS = PUT_MS + HOUR


def standing(store: Store) -> list[tuple[str, str, int]]:
    with store.reading() as session:
        return [(one.kind, one.place, one.at_ms) for one in session.records.tag_conflicts(100)]


def put_away(*also: int) -> Field:
    """A bag comes into fridge 1, and its reader says again at these times that it is inside."""
    field = Field()
    field.says(1, EventKind.ARRIVED, PUT_MS - 20_000, PUT_MS)
    for at_ms in also:
        field.says(1, EventKind.SEEN_AGAIN, PUT_MS, at_ms)
    return field


def retire(pipeline: Pipeline, at_ms: int = GONE_MS) -> None:
    pipeline.record(RetireTag(epc=epc(1), at_ms=at_ms, reason="torn off", actor="li"), END)


def settle(at_ms: int, settled_ms: int, kind: str = "retired-seen", place: str = "fridge-1") -> SettleTagConflict:
    return SettleTagConflict(
        epc=epc(1), kind=kind, place=place, at_ms=at_ms, settled_ms=settled_ms, reason="on another bag", actor="li"
    )


def test_a_retired_tag_that_is_read_is_an_alert_by_itself(store: MemoryStore) -> None:
    pipeline = two_fridges(store)
    retire(pipeline)
    seen = [GONE_MS + HOUR, GONE_MS + 2 * HOUR]
    delivered(pipeline, put_away(*seen).batches())
    assert standing(store) == [("retired-seen", "fridge-1", seen[0])], "read every day, and said once"


def test_a_retirement_that_is_told_after_the_read_finds_it_and_a_new_binding_explains_it(store: MemoryStore) -> None:
    pipeline = two_fridges(store)
    delivered(pipeline, put_away(GONE_MS + HOUR).batches())
    assert standing(store) == []
    retire(pipeline)
    assert standing(store) == [("retired-seen", "fridge-1", GONE_MS + HOUR)]
    pipeline.record(BindTag(epc=epc(1), unit="u-2", from_ms=GONE_MS + 1, actor="li"), END)
    assert standing(store) == []
    with store.reading() as session:
        (known,) = session.records.tag_conflicts_of(epc(1))
    assert (known.stands, known.settled_ms) == (False, None), "it was said, and is taken back"


def test_a_person_who_has_looked_ends_it_once_and_a_later_read_is_a_new_alert(store: MemoryStore) -> None:
    pipeline, seen_ms = two_fridges(store), GONE_MS + HOUR
    retire(pipeline)
    field = put_away(seen_ms)
    delivered(pipeline, field.batches())
    for _ in range(2):
        pipeline.record(settle(seen_ms, seen_ms + MINUTE), END)
    assert standing(store) == []
    with store.reading() as session:
        (known,) = session.records.tag_conflicts_of(epc(1))
    assert (known.settled_ms, known.reason) == (seen_ms + MINUTE, "on another bag")
    field.says(1, EventKind.SEEN_AGAIN, PUT_MS, seen_ms + HOUR)
    delivered(pipeline, [("gw-1", field.facts["gw-1"][-1:])])
    assert standing(store) == [("retired-seen", "fridge-1", seen_ms + HOUR)]
    with pytest.raises(UnknownThingError, match="contradicts the record"):
        pipeline.record(settle(seen_ms + 1, END), END)


def far_away(store: Store) -> Pipeline:
    """Two fridges in two towns."""
    pipeline, elsewhere = two_fridges(store), Text(zh="外地", en="Elsewhere")
    pipeline.set_up(
        [
            Gateway(id="gw-3", site="storage-2"),
            Place(
                id="fridge-3",
                site="storage-2",
                name=elsewhere,
                profile="cn-rbc",
                profile_version=1,
            ),
            Reader(id="fridge-3-reader", place="fridge-3", gateway="gw-3"),
        ],
        END,
    )
    return pipeline


def test_a_copy_in_another_town_is_an_alert_and_no_stray(store: MemoryStore) -> None:
    """The reads do not decide between two towns: nobody hears so far."""
    pipeline = far_away(store)
    field = put_away()
    field.facts["gw-3"] = []
    field.says(3, EventKind.ARRIVED, PUT_MS + MINUTE, PUT_MS + 2 * MINUTE)
    field.cycles(1, PUT_MS + 3 * MINUTE, 18, 20, -52)
    for gateway, facts in field.batches():
        site = "storage-2" if gateway == "gw-3" else "storage-1"
        delivered(pipeline, [(gateway, facts)], site=site)
    assert standing(store) == [("clone", "fridge-3", PUT_MS + 2 * MINUTE)]
    with store.reading() as session:
        (known,) = session.records.tag_conflicts_in("fridge-1")
    assert (known.other, known.other_ms) == ("fridge-1", PUT_MS)
    assert [place for place, _, _ in stays(store)] == ["fridge-1", "fridge-3"]


@settings(max_examples=25)
@given(st.integers(0, 10**9))
def test_any_order_of_arrival_leaves_the_same_alerts(seed: int) -> None:
    seen = [GONE_MS - MINUTE, GONE_MS + HOUR, GONE_MS + 2 * HOUR, GONE_MS + 3 * HOUR]

    def after(dice: random.Random | None) -> list[TagConflict]:
        store = MemoryStore()
        pipeline = two_fridges(store)
        if dice is None or dice.random() < 0.5:
            retire(pipeline)
        delivered(pipeline, put_away(*seen).batches(dice))
        retire(pipeline)
        with store.reading() as session:
            return list(session.records.tag_conflicts(100))

    assert after(random.Random(seed)) == after(None) != []
