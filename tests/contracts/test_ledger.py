"""Contract of coldchain.ports.Ledger."""

import msgspec
import pytest
from support import store_words as words

from coldchain.entries import EntryKind, entry_hash, payload_bytes
from coldchain.errors import InvalidValueError, StoreError
from coldchain.ports import Store


def test_entries_are_numbered_from_one_without_a_hole(store: Store) -> None:
    with store.writing() as session:
        assert session.ledger.next_seq() == 1
        first = session.ledger.append([words.draft(EntryKind.PLACE, words.place())], 5)
        more = session.ledger.append([words.draft(EntryKind.GAP, words.gap(i)) for i in range(3)], 6)
    with store.writing() as session:
        assert session.ledger.next_seq() == 5
        last = session.ledger.append([words.draft(EntryKind.UNIT, words.unit(), actor="王护士")], 7)
    with store.reading() as session:
        entries = session.ledger.entries(0, 100)
    assert entries == first + more + last
    assert [entry.seq for entry in entries] == [1, 2, 3, 4, 5]


def test_an_entry_says_who_when_where_and_what_and_its_hash_covers_it(store: Store) -> None:
    with store.writing() as session:
        (entry,) = session.ledger.append([words.draft(EntryKind.UNIT, words.unit(), actor="王护士")], 7)
    assert (entry.record_ms, entry.actor, entry.site, entry.kind) == (7, "王护士", "storage-1", EntryKind.UNIT)
    assert entry.payload == payload_bytes(words.unit())
    assert entry.hash == entry_hash(1, 7, "王护士", "storage-1", "unit", entry.payload)
    for change in ({"record_ms": 8}, {"actor": "x"}, {"site": "x"}, {"seq": 2}):
        other = msgspec.structs.replace(entry, **change)
        made = entry_hash(other.seq, other.record_ms, other.actor, other.site, other.kind, other.payload)
        assert made != entry.hash


def test_entries_come_in_portions(store: Store) -> None:
    with store.writing() as session:
        session.ledger.append([words.draft(EntryKind.GAP, words.gap(i)) for i in range(10)], 6)
        assert [entry.seq for entry in session.ledger.entries(0, 4)] == [1, 2, 3, 4]
        assert [entry.seq for entry in session.ledger.entries(8, 4)] == [9, 10]
        assert session.ledger.entries(10, 4) == ()


def test_nothing_appended_is_nothing(store: Store) -> None:
    with store.writing() as session:
        assert session.ledger.append([], 5) == ()
        assert session.ledger.next_seq() == 1


@pytest.mark.parametrize(
    ("kind", "first", "second"),
    [
        (EntryKind.DEVICE_EVENT, words.event(1), words.event(1, taken_ms=5)),
        (EntryKind.GAP, words.gap(1), words.gap(1, lost=9)),
        (EntryKind.MANIFEST, words.manifest(), words.manifest(units=())),
        (EntryKind.FINDING, words.finding(version=2), words.finding(version=2, peak_micro_celsius=1)),
        (EntryKind.FINDING, words.finding(version=2), words.finding(version=1)),
        (EntryKind.RECEIPT, words.receipt(version=2), words.receipt(version=2, cycles=9)),
        (EntryKind.UNIT, words.unit("unit-1"), words.unit("unit-2", donation_number="D-unit-1")),
    ],
)
def test_an_entry_that_contradicts_the_ledger_fails_its_transaction(
    store: Store, kind: EntryKind, first: msgspec.Struct, second: msgspec.Struct
) -> None:
    with store.writing() as session:
        session.ledger.append([words.draft(kind, first)], 5)
    dump = store.projection_dump()
    with pytest.raises(StoreError), store.writing() as session:
        session.ledger.append([words.draft(kind, second)], 6)
    with store.reading() as session:
        assert session.ledger.next_seq() == 2
    assert store.projection_dump() == dump


def test_a_payload_that_has_no_exact_spelling_is_refused(store: Store) -> None:
    with store.writing() as session, pytest.raises(InvalidValueError):
        session.ledger.append([words.draft(EntryKind.GAP, words.gap(1, lost=2**53))], 5)
