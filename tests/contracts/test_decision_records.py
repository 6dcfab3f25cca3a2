"""Decisions as every store keeps them."""

import msgspec
import pytest
from support import store_words as words

from coldchain.deciding import DecisionKind
from coldchain.decisions import Decision
from coldchain.entries import EntryKind
from coldchain.errors import StoreError
from coldchain.ports import Store


def decision(name: str = "d-1", unit: str = "unit-1", at_ms: int = 5_000, version: int = 1) -> Decision:
    return Decision(
        id=name,
        version=version,
        unit=unit,
        holds=("hold-1",),
        decision=DecisionKind.KEEP,
        evidence="ab" * 32,
        exposures=(words.exposure(unit),),
        at_ms=at_ms,
        name="李华",
        post="quality manager",
        reason="wait for the station",
    )


def keep(store: Store, *payloads: Decision) -> None:
    with store.writing() as session:
        session.ledger.append([words.draft(EntryKind.DECISION, payload) for payload in payloads], 5)


def test_decisions_come_by_unit_in_order_and_newest_first_and_a_higher_version_replaces(store: Store) -> None:
    late, early, other = decision(at_ms=9), decision("d-2", at_ms=2), decision("d-3", "unit-2", 7)
    overtaken = msgspec.structs.replace(late, version=2, overtaken_ms=11, overtaken_by="finding-1")
    keep(store, late, early, other, overtaken)
    with store.reading() as session:
        assert session.records.decisions_of_unit("unit-1") == (early, overtaken)
        assert session.records.decisions_of_unit("unit-9") == ()
        assert session.records.decisions(10) == (overtaken, other, early)
        assert session.records.decisions(1) == (overtaken,)


def test_a_decision_of_a_version_that_is_known_fails_its_transaction(store: Store) -> None:
    keep(store, decision(version=2))
    for version in (1, 2):
        with pytest.raises(StoreError, match="d-1"):
            keep(store, decision(version=version, at_ms=8))
    with store.reading() as session:
        assert session.records.decisions(9) == (decision(version=2),)
