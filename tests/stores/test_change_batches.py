"""Changes that go to the database together do what they do one after the other: the same rows, or a refusal."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import create_engine
from sqlalchemy.pool import StaticPool
from support import store_words as words

from coldchain.entries import Draft, EntryKind, Placement, payload_bytes
from coldchain.errors import StoreError
from coldchain.lineage import ErrorOf
from stores.change import Change, batched
from stores.projections import changes, project
from stores.schema import metadata
from stores.session import projection_lines
from stores.sql import Sql, as_it_is

few = st.integers(0, 3)
names = st.sampled_from(["a", "b", "c"])
epcs = st.sampled_from(["AAAA", "BBBB"])


def of(kind: EntryKind, payloads: st.SearchStrategy[msgspec.Struct]) -> st.SearchStrategy[Draft]:
    return payloads.map(lambda payload: words.draft(kind, payload))


def unit_of(name: str, number: str) -> msgspec.Struct:
    return words.unit(name, donation_number=number)


drafts = st.one_of(
    of(EntryKind.UNIT, st.builds(unit_of, names, names)),
    of(EntryKind.BINDING, st.builds(words.binding, epcs, names, few)),
    of(EntryKind.PLACEMENT, st.builds(Placement, unit=names, place=st.none() | names, at_ms=few)),
    of(EntryKind.DEVICE_EVENT, st.builds(words.event, st.integers(0, 40), epc=st.none() | epcs, place=names)),
    of(EntryKind.FINDING, st.builds(words.finding, names, version=st.integers(0, 9))),
    of(
        EntryKind.STAY,
        st.builds(words.stay, names, few, place=names, certain_to_ms=st.none() | few, possible_to_ms=st.none() | few),
    ),
    of(EntryKind.EXPOSURE, st.builds(words.exposure, names, names, from_ms=few)),
    of(EntryKind.TRANSFORMATION, st.builds(words.transformation, st.lists(names, min_size=1, max_size=3), names)),
    of(EntryKind.UNIT_END, st.builds(words.unit_end, names, few, act=st.sampled_from(["", "act-1"]))),
    of(EntryKind.ERROR_DECLARATION, st.builds(words.declared_error, st.sampled_from(ErrorOf), names, few, epcs)),
)
histories = st.lists(drafts, max_size=40)


@contextmanager
def projections() -> Iterator[Sql]:
    """Give empty projections in memory."""
    engine = create_engine("sqlite://", poolclass=StaticPool)
    with engine.connect() as connection, connection.begin():
        metadata.create_all(connection)
        yield Sql(connection, "memory", writable=True, translate=as_it_is)
    engine.dispose()


Said = list[tuple[EntryKind, int, bytes]]


def one_by_one(sql: Sql, said: Said, *, replayed: bool) -> None:
    for kind, seq, payload in said:
        for change in changes(kind, seq, payload):
            if not sql.change(change.said(replayed=replayed), change.params) and change.refusal:
                raise StoreError(change.refusal)


def together(sql: Sql, said: Said, *, replayed: bool) -> None:
    project(sql, [(*one, None) for one in said], replayed=replayed)


def outcome(way: Callable[..., None], said: Said, *, replayed: bool) -> bytes | None:
    """Return the projections, None where the history is refused."""
    with projections() as sql:
        try:
            way(sql, said, replayed=replayed)
        except StoreError:
            return None
        return b"\n".join(projection_lines(sql))


@given(histories, st.booleans())
@settings(max_examples=200)
def test_any_history_leaves_the_same_rows_as_one_change_after_the_other(history: list[Draft], replayed: bool) -> None:
    said = [(draft.kind, seq, payload_bytes(draft.payload)) for seq, draft in enumerate(history, 1)]
    expected = outcome(one_by_one, said, replayed=replayed)
    assert outcome(together, said, replayed=replayed) == expected


@given(histories)
@settings(max_examples=100)
def test_every_change_is_in_one_batch_and_in_order_within_its_statement(history: list[Draft]) -> None:
    made = [
        change
        for seq, draft in enumerate(history, 1)
        for change in changes(draft.kind, seq, payload_bytes(draft.payload))
    ]
    found = batched(made, replayed=False)
    for statement in {change.statement for change in made}:
        rows = [row for batch in found if batch.statement == statement for row in batch.rows]
        assert rows == [change.params for change in made if change.statement == statement]


def test_moves_of_many_units_are_few_statements() -> None:
    """The stay that ends and the stay that begins of 50 units: six statements on four tables, not 450."""
    made: list[Change] = []
    for seq in range(50):
        for stay in (words.stay(f"u-{seq}", 1, certain_to_ms=5), words.stay(f"u-{seq}", 2)):
            made += changes(EntryKind.STAY, seq, payload_bytes(stay))
    assert len(made) == 450
    assert [len(batch.rows) for batch in batched(made, replayed=False)] == [100, 100, 100, 50, 50, 50]


def test_what_is_not_a_change_is_an_error_of_ours() -> None:
    with pytest.raises(ValueError, match="insert, update or delete"):
        batched(
            [Change("INSERT INTO t VALUES (?)", (1,)), Change("SELECT 1", ()), Change("SELECT 1", ())] * 2,
            replayed=False,
        )
