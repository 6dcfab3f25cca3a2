"""The projections of tags and crates, as every store keeps them."""

import msgspec
from support import store_words as words

from coldchain.entries import EntryKind
from coldchain.ports import Store


def keep(store: Store, kind: EntryKind, *payloads: msgspec.Struct) -> None:
    with store.writing() as session:
        session.ledger.append([words.draft(kind, payload) for payload in payloads], 5)


def test_a_tag_s_retirements_are_in_order_of_time(store: Store) -> None:
    late, early, other = words.retirement(at_ms=9), words.retirement(at_ms=2), words.retirement("AAAA")
    keep(store, EntryKind.RETIREMENT, late, other, early, late)
    with store.reading() as session:
        assert session.records.retirements_of_epc(words.EPC) == (early, late)
        assert session.records.retirements_of_epc("BBBB") == ()


def test_conflicts_of_tags_are_found_by_tag_and_place_and_the_last_word_counts(store: Store) -> None:
    one, two = words.tag_conflict(at_ms=5), words.tag_conflict("AAAA", at_ms=9, place="fridge-2", other="")
    gone = words.tag_conflict(at_ms=7, stands=False, settled_ms=8, reason="a copy")
    keep(store, EntryKind.TAG_CONFLICT, two, words.tag_conflict(at_ms=7), one, gone)
    with store.reading() as session:
        records = session.records
        assert records.tag_conflicts_of(words.EPC) == (one, gone)
        assert records.tag_conflicts_in("fridge-1") == records.tag_conflicts_in("fridge-9") == (one,)
        assert records.tag_conflicts_in("fridge-2") == (two,)
        assert records.tag_conflicts(5) == (two, one)
        assert records.tag_conflicts(1) == (two,)


def test_a_crate_s_way_is_open_until_it_is_answered(store: Store) -> None:
    one, two = words.receipt("r-1", way="ambiguous"), words.receipt("r-2", way="ambiguous")
    other = words.receipt("r-3", way="ambiguous", place="fridge-2")
    known, tunnel = words.receipt("r-4", way="in"), words.receipt("r-5")
    answered = msgspec.structs.replace(two, version=2, answered="in")
    keep(store, EntryKind.RECEIPT, other, two, one, known, tunnel, answered)
    with store.reading() as session:
        assert session.records.ways_open("fridge-1") == (one,)
        assert session.records.ways_open("fridge-2") == (other,)


def test_receipts_come_newest_first_and_by_reader_and_a_higher_version_replaces(store: Store) -> None:
    one, two = words.receipt("r-1", to_ms=5_000), words.receipt("r-2", to_ms=9_000)
    other = words.receipt("r-3", to_ms=9_000, reader="tunnel-2")
    newer = msgspec.structs.replace(one, version=2, scanned=("unit-2",))
    keep(store, EntryKind.RECEIPT, one, two, other, newer)
    with store.reading() as session:
        assert session.records.receipts(10) == (other, two, newer)
        assert session.records.receipts(2) == (other, two)
        assert session.records.receipts(10, "tunnel-1") == (two, newer)
        assert session.records.receipt("r-1") == newer
        assert session.records.receipt("r-9") is None
