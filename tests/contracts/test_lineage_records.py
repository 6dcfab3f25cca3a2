"""The projections of lineage, ends, recalls, declared errors, owners and containers, as every store keeps them."""

import msgspec
import pytest
from msgspec import structs
from support import store_words as words

from coldchain.entries import EntryKind
from coldchain.errors import StoreError
from coldchain.lineage import Containment, Edge, ErrorOf, Ownership
from coldchain.ports import Store


def keep(store: Store, kind: EntryKind, *payloads: msgspec.Struct) -> None:
    with store.writing() as session:
        session.ledger.append([words.draft(kind, payload) for payload in payloads], 5)


def test_lineage_is_found_both_ways_until_its_act_is_declared_an_error(store: Store) -> None:
    one, two = words.transformation(["a", "b"], "c", "act-1", 7), words.transformation(["c"], "d", "act-2", 8)
    keep(store, EntryKind.TRANSFORMATION, two, one)
    keep(store, EntryKind.UNIT_END, words.unit_end("a", 7, "act-1"), words.unit_end("d", 9))
    a, b = (Edge(parent=parent, child="c", act="act-1", at_ms=7) for parent in ("a", "b"))
    with store.reading() as session:
        assert session.records.made_from("c") == (a, b)
        assert session.records.made_of("a") == (a,)
        assert session.records.made_of("d") == ()
        assert session.records.transformation("act-2") == two
        assert session.records.unit_end("a") == words.unit_end("a", 7, "act-1")
    keep(store, EntryKind.ERROR_DECLARATION, words.declared_error(ErrorOf.TRANSFORMATION, "a", 7, "act-1"))
    with store.reading() as session:
        assert session.records.made_from("c") == session.records.made_of("a") == ()
        assert session.records.transformation("act-1") is None
        assert session.records.unit_end("a") is None
        assert session.records.unit_end("d") == words.unit_end("d", 9)


def test_an_act_is_recorded_once(store: Store) -> None:
    keep(store, EntryKind.TRANSFORMATION, words.transformation(["a"], "b"))
    with pytest.raises(StoreError):
        keep(store, EntryKind.TRANSFORMATION, words.transformation(["a"], "c"))


def test_recalls_are_found_by_donation_and_the_newest_first(store: Store) -> None:
    one, two = words.recall("r-1", 5, "d-1"), words.recall("r-2", 9, "d-2")
    keep(store, EntryKind.RECALL, two, one)
    with store.reading() as session:
        assert session.records.recalls(9) == (two, one)
        assert session.records.recalls(1) == (two,)
        assert session.records.recalls_of_donation("station-1", "local", "d-1") == (one,)
        assert session.records.recalls_of_donation("station-2", "local", "d-1") == ()
        assert session.records.recall("r-2") == two


def test_what_was_declared_an_error_counts_no_more_and_is_named(store: Store) -> None:
    keep(store, EntryKind.BINDING, words.binding(from_ms=3), words.binding(from_ms=4))
    keep(store, EntryKind.ISSUE, words.issue("unit-1", to="ward", at_ms=6))
    keep(store, EntryKind.UNIT_END, words.unit_end("unit-1", 7))
    errors = [
        words.declared_error(ErrorOf.BINDING, "unit-1", 3, words.EPC, 10),
        words.declared_error(ErrorOf.ISSUE, "unit-1", 6, "ward", 11),
        words.declared_error(ErrorOf.UNIT_END, "unit-1", 7, "", 12),
    ]
    keep(store, EntryKind.ERROR_DECLARATION, *errors)
    with store.reading() as session:
        assert session.records.bindings_of_epc(words.EPC) == (words.binding(from_ms=4),)
        assert session.records.issues_of_unit("unit-1") == ()
        assert session.records.unit_end("unit-1") is None
        assert session.records.errors_of_unit("unit-1") == tuple(errors)
        assert session.records.errors_of_unit("unit-2") == ()


def test_owners_containers_and_receipts_are_in_order(store: Store) -> None:
    owners = [Ownership(unit="a", owner=name, at_ms=at) for name, at in (("x", 1), ("y", 5))]
    keep(store, EntryKind.OWNERSHIP, *owners[::-1])
    said = [Containment(container="c", parent=parent, at_ms=at) for parent, at in (("f", 1), (None, 5), ("g", 9))]
    keep(store, EntryKind.CONTAINMENT, *said[::-1], Containment(container="b", parent="f", at_ms=3))
    keep(store, EntryKind.RECEIPT, words.receipt("r-2", read=("unit-9",)), words.receipt("r-1"))
    with store.reading() as session:
        assert session.records.owners_of_unit("a") == tuple(owners)
        assert session.records.containments_of("c") == tuple(said)
        assert session.records.contained_in("f") == ("b", "c")
        assert session.records.receipts_of_unit("unit-1") == ("r-1", "r-2")
        assert session.records.receipts_of_unit("unit-9") == ("r-2",)


def test_components_of_a_donation_are_those_of_its_issuer(store: Store) -> None:
    one, other = words.unit("unit-1"), words.unit("unit-2", issuer="another")
    keep(store, EntryKind.UNIT, other, one)
    with store.reading() as session:
        assert session.records.units_of_donation(one.issuer, one.scheme, one.donation_number, 9) == (one,)


def test_an_isbt128_number_is_one_donation_whoever_is_named_as_its_issuer(store: Store) -> None:
    """One component was registered with the name of the service as issuer, another with the facility code."""
    number = "G123498654301"
    units = [
        words.unit(f"unit-{nth}", issuer=issuer, scheme="isbt128", donation_number=number)
        for nth, issuer in enumerate(("station-1", "G1234"), 1)
    ]
    one = structs.replace(words.recall("r-1", 5, number), scheme="isbt128")
    keep(store, EntryKind.UNIT, *units)
    keep(store, EntryKind.RECALL, one)
    with store.reading() as session:
        assert session.records.units_of_donation("G1234", "isbt128", number, 9) == tuple(units)
        assert session.records.recalls_of_donation("G1234", "isbt128", number) == (one,)
        assert session.records.units_of_donation("G1234", "local", number, 9) == ()


def test_a_unit_is_undoubtedly_in_one_place_at_most(store: Store) -> None:
    keep(store, EntryKind.STAY, words.stay(number=1))
    with pytest.raises(StoreError):
        keep(store, EntryKind.STAY, words.stay(number=2, place="fridge-2"))
    keep(store, EntryKind.STAY, words.stay(number=2, place="fridge-2", certain_from_ms=None))
    closed = words.stay(number=1, certain_to_ms=5_000, possible_to_ms=5_000)
    keep(store, EntryKind.STAY, closed, words.stay(number=2, place="fridge-2"))
    with store.reading() as session:
        assert [stay.undoubted for stay in session.records.stays_of_unit("unit-1")] == [False, True]


def test_a_containment_that_was_declared_an_error_counts_no_more_and_no_other_goes_with_it(store: Store) -> None:
    said = [Containment(container="c", parent=parent, at_ms=at) for parent, at in (("f", 1), ("g", 5), (None, 9))]
    keep(store, EntryKind.CONTAINMENT, *said, Containment(container="b", parent="g", at_ms=5))
    errors = [words.declared_error(ErrorOf.CONTAINMENT, "c", at, thing, at) for at, thing in ((5, "g"), (9, ""))]
    keep(store, EntryKind.ERROR_DECLARATION, words.declared_error(ErrorOf.CONTAINMENT, "c", 1, "g", 1), *errors)
    with store.reading() as session:
        assert session.records.containments_of("c") == tuple(said[:1]), "another parent is another word"
        assert session.records.contained_in("g") == ("b",)
        assert session.records.errors_of_unit("c")[1:] == tuple(errors)
