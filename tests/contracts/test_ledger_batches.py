"""Many entries at once are what they would be one by one, on every store."""

import pytest
from support import store_words as words

from coldchain.entries import EntryKind
from coldchain.ports import Store
from stores.sql import PARAMS_MAX, ROWS_AT_ONCE


@pytest.mark.parametrize("size", [1, 2, 50, ROWS_AT_ONCE, ROWS_AT_ONCE + 1, PARAMS_MAX // 7, PARAMS_MAX // 7 + 1, 300])
def test_entries_of_any_number_at_once_are_numbered_and_projected(store: Store, size: int) -> None:
    with store.writing() as session:
        session.ledger.append([words.draft(EntryKind.GAP, words.gap(i)) for i in range(size)], 5)
        session.ledger.append([words.draft(EntryKind.HOLD, words.hold(f"h-{i}")) for i in range(size)], 5)
    with store.reading() as session:
        assert [entry.seq for entry in session.ledger.entries(0, 1_000)] == list(range(1, 2 * size + 1))
        assert len(session.records.gaps("gw-1")) == size
    before = store.projection_dump()
    store.rebuild_projections()
    assert store.projection_dump() == before


def test_of_what_is_said_again_in_one_append_the_last_word_counts(store: Store) -> None:
    said = [words.hold(f"h-{i % 3}", placed_ms=i) for i in range(200)]
    with store.writing() as session:
        session.ledger.append([words.draft(EntryKind.HOLD, one) for one in said], 5)
    with store.reading() as session:
        kept = [hold.placed_ms for hold in session.records.holds_of_unit("unit-1")]
    assert kept == [197, 198, 199]
