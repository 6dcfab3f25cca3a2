"""From entries of decisions, receptions, manual readings and counts to their rows."""

from typing import Final

from coldchain.decisions import Decision
from coldchain.entries import EntryKind
from coldchain.receiving import Reception, ReceptionRefusal
from coldchain.rounds import ManualReading, StockCount
from stores import schema_decisions as tables
from stores.change import Applied, Change
from stores.schema import upsert_sql

_DECISION: Final = upsert_sql(tables.decisions) + " WHERE excluded.version > decisions.version"
_RECEPTION: Final = upsert_sql(tables.receptions)
_REFUSAL: Final = upsert_sql(tables.reception_refusals)
_MANUAL: Final = upsert_sql(tables.manual_readings)
_COUNT: Final = upsert_sql(tables.stock_counts)


def _decision(seq: int, one: Decision, body: bytes) -> tuple[Change, ...]:
    refusal = f"decision {one.id}: version {one.version} is not above the one in the ledger"
    return (Change(_DECISION, (one.id, one.version, one.unit, one.at_ms, seq, body), refusal),)


def _reception(seq: int, one: Reception, body: bytes) -> tuple[Change, ...]:
    return (Change(_RECEPTION, (one.unit, one.at_ms, seq, body)),)


def _refusal(seq: int, one: ReceptionRefusal, body: bytes) -> tuple[Change, ...]:
    return (Change(_REFUSAL, (one.id, one.at_ms, seq, body)),)


def _manual_reading(seq: int, one: ManualReading, body: bytes) -> tuple[Change, ...]:
    return (Change(_MANUAL, (one.place, one.at_ms, int(one.differs), seq, body)),)


def _stock_count(seq: int, one: StockCount, body: bytes) -> tuple[Change, ...]:
    return (Change(_COUNT, (one.place, one.at_ms, int(one.differs), seq, body)),)


APPLY_DECISIONS: Final[Applied] = {
    EntryKind.DECISION: (Decision, _decision),
    EntryKind.RECEPTION: (Reception, _reception),
    EntryKind.RECEPTION_REFUSAL: (ReceptionRefusal, _refusal),
    EntryKind.MANUAL_READING: (ManualReading, _manual_reading),
    EntryKind.STOCK_COUNT: (StockCount, _stock_count),
}
