"""What is set up is read once for many transactions, and read anew where the ledger is not the one of then."""

from typing import Any

import pytest
from support import store_words as words

from coldchain.entries import EntryKind
from coldchain.equipment import equipment_of
from coldchain.places import Probe, ProbeRole
from coldchain.ports import Session
from stores import equipment_records
from stores.equipment_records import Kept, SqlEquipmentRecords
from stores.session import SqlSession
from stores.sqlite import SqliteStore


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the tables that are read, in order."""
    read: list[str] = []
    plainly = SqlEquipmentRecords._set_up

    def noted(self: SqlEquipmentRecords, table: str) -> list[Any]:
        read.append(table)
        return plainly(self, table)

    monkeypatch.setattr(SqlEquipmentRecords, "_set_up", noted)
    return read


def keep(session: Session, name: str) -> None:
    probe = Probe(id=name, place="f-1", gateway="g-1", role=ProbeRole.LOAD)
    session.ledger.append([words.draft(EntryKind.PROBE, probe)], 5)


def other(session: Session, nth: int) -> None:
    session.ledger.append([words.draft(EntryKind.HOLD, words.hold(f"h-{nth}"))], 5)


def test_it_is_read_once_until_something_is_set_up(store: SqliteStore, reads: list[str]) -> None:
    with store.writing() as session:
        keep(session, "p-1")
    for nth in range(5):
        with store.writing() as session:
            assert list(session.records.equipment().probes) == ["p-1"]
            other(session, nth)
            assert [one.id for one in session.records.probes()] == ["p-1"]
        with store.reading() as session:
            assert [one.id for one in session.records.probes()] == ["p-1"]
    assert sorted(reads) == ["contacts", "gateways", "places", "probes", "readers"]
    with store.writing() as session:
        keep(session, "p-2")
        assert list(session.records.equipment().probes) == ["p-1", "p-2"]
    with store.reading() as session:
        assert list(session.records.equipment().probes) == ["p-1", "p-2"]
    assert reads.count("probes") == 2


def test_what_another_ledger_said_is_not_believed(store: SqliteStore) -> None:
    with store.writing() as session:
        keep(session, "p-1")
        other(session, 1)
    with store.reading_sql() as sql:
        mine = SqlSession(sql)
        mine.records.equipment()
        assert mine.equipment is not None
        another = Kept(1, b"x" * 32, equipment_of((), (), (), (), ()))
        for kept in (another, Kept(0, b"", another.equipment), Kept(7, b"x" * 32, another.equipment)):
            assert list(SqlSession(sql, equipment=kept).records.equipment().probes) == ["p-1"], kept
        assert SqlSession(sql, equipment=mine.equipment).records.equipment() is mine.equipment.equipment


def test_after_more_entries_than_are_looked_through_it_is_read_anew(
    store: SqliteStore, reads: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(equipment_records, "ENTRIES_SEEN_MAX", 3)
    with store.writing() as session:
        keep(session, "p-1")
        session.records.equipment()
    for many, again in ((3, 1), (4, 2)):
        with store.writing() as session:
            for nth in range(many):
                other(session, 10 * many + nth)
            assert list(session.records.equipment().probes) == ["p-1"]
        assert reads.count("probes") == again
