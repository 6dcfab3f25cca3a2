"""From entries of decisions, receptions, manual readings and counts to their rows."""

from typing import Final

from coldchain.decisions import Decision
from coldchain.entries import EntryKind
from stores import schema_decisions as tables
from stores.change import Applied, Change
from stores.schema import upsert_sql

_DECISION: Final = upsert_sql(tables.decisions) + " WHERE excluded.version > decisions.version"


def _decision(seq: int, one: Decision, body: bytes) -> tuple[Change, ...]:
    refusal = f"decision {one.id}: version {one.version} is not above the one in the ledger"
    return (Change(_DECISION, (one.id, one.version, one.unit, one.at_ms, seq, body), refusal),)


APPLY_DECISIONS: Final[Applied] = {
    EntryKind.DECISION: (Decision, _decision),
}
