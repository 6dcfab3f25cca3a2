"""What is handed out is an entry: with the hash of exactly those bytes, once."""

import hashlib

import pytest
from msgspec.structs import replace
from support.memory_store import MemoryStore

from coldchain.entries import EntryKind
from coldchain.errors import ConflictError, InvalidValueError
from coldchain.exports import ExportRecord, RecordExport
from coldchain.ports import Store
from ingest.counters import Counters
from ingest.pipeline import Pipeline

FACT = RecordExport(
    id="export-1",
    what="/api/units/unit-1/report",
    from_ms=0,
    to_ms=1_000,
    as_known_seq=0,
    sha256=hashlib.sha256(b"the bytes").hexdigest(),
    actor="王护士",
    at_ms=5_000,
)


@pytest.fixture
def store() -> Store:
    return MemoryStore()


def test_an_export_is_an_entry_once(store: Store) -> None:
    pipeline = Pipeline(store, Counters())
    assert pipeline.record(FACT, 6_000).seq == pipeline.record(FACT, 7_000).seq == 1
    with store.reading() as session:
        (entry,) = session.ledger.entries(0, 10)
        assert (entry.kind, entry.actor) == (EntryKind.EXPORT, "王护士")
        record = session.records.export("export-1")
        assert isinstance(record, ExportRecord)
        assert record.sha256 == FACT.sha256
        assert session.records.exports(FACT.sha256) == session.records.exports() == (record,)
        assert session.records.exports("0" * 64) == ()


@pytest.mark.parametrize("change", [{"sha256": "x"}, {"id": ""}, {"as_known_seq": 2}, {"what": "x" * 401}])
def test_an_export_that_says_too_little_is_refused(store: Store, change: dict[str, str | int]) -> None:
    with pytest.raises(InvalidValueError):
        Pipeline(store, Counters()).record(replace(FACT, **change), 6_000)


def test_the_same_id_for_other_bytes_is_refused(store: Store) -> None:
    pipeline = Pipeline(store, Counters())
    pipeline.record(FACT, 6_000)
    with pytest.raises(ConflictError):
        pipeline.record(replace(FACT, sha256="0" * 64), 6_000)
