"""What entries of lineage, ends, recalls, declared errors, owners and containers do to the projections."""

from collections.abc import Callable
from typing import Any, Final

import msgspec

from coldchain.entries import EntryKind, Receipt, StayRecord
from coldchain.lineage import (
    Containment,
    ErrorDeclaration,
    ErrorOf,
    Ownership,
    Recall,
    Transformation,
    UnitEnd,
)
from stores.change import Change
from stores.projections_closed import live_before_error, live_end, live_error
from stores.schema import insert_sql, metadata, upsert_sql
from stores.sql import Params

_OF = {table.name: table for table in metadata.sorted_tables}
_TRANSFORMATION = insert_sql(_OF["transformations"])
_EDGE = upsert_sql(_OF["lineage"])
_UNIT_END = upsert_sql(_OF["unit_ends"])
_RECALL = upsert_sql(_OF["recalls"])
_ERROR = upsert_sql(_OF["declared_errors"])
_OWNERSHIP = upsert_sql(_OF["ownerships"])
_CONTAINMENT = upsert_sql(_OF["containments"])
_RECEIPT_UNIT = upsert_sql(_OF["receipt_units"])
_OPEN_STAY = insert_sql(_OF["open_stays"])
_OPEN_STAY_AGAIN = upsert_sql(_OF["open_stays"])
_NOT_OPEN = "DELETE FROM open_stays WHERE unit = ? AND number = ?"
_UNBOUND = "UPDATE tags_seen SET bound = 0 WHERE epc = ? AND NOT EXISTS (SELECT 1 FROM bindings WHERE bindings.epc = ?)"


def open_stay(seq: int, stay: StayRecord) -> tuple[Change, ...]:
    """Return how the one undoubted place of a unit changes. A second one is an error of ours, and is refused.

    Ledgers of before wrote what begins before what ends; when they are read again, what comes last counts.
    """
    gone = Change(_NOT_OPEN, (stay.unit, stay.number), of=stay.unit)
    opened = Change(_OPEN_STAY, (stay.unit, stay.number, seq), replay=_OPEN_STAY_AGAIN, of=stay.unit)
    return (gone, opened) if stay.undoubted else (gone,)


def receipt_units(seq: int, receipt: Receipt) -> tuple[Change, ...]:
    """Return which units a receipt speaks of, so that a unit finds its receipts."""
    named = sorted({*receipt.expected, *receipt.read, *receipt.scanned})
    return tuple(Change(_RECEIPT_UNIT, (unit, receipt.id, seq)) for unit in named)


def _transformation(seq: int, one: Transformation, body: bytes) -> tuple[Change, ...]:
    edges = [(parent, child) for parent in one.inputs for child in one.outputs]
    made = [Change(_EDGE, (parent, child, one.id, one.at_ms, seq)) for parent, child in edges]
    return (Change(_TRANSFORMATION, (one.id, one.at_ms, seq, body)), *made)


def _unit_end(seq: int, end: UnitEnd, body: bytes) -> tuple[Change, ...]:
    return (Change(_UNIT_END, (end.unit, end.act, seq, body)), *live_end(end))


def _recall(seq: int, one: Recall, body: bytes) -> tuple[Change, ...]:
    row = (one.id, one.at_ms, one.donation_number, one.issuer, one.scheme, one.unit, seq, body)
    return (Change(_RECALL, row),)


def _error(seq: int, one: ErrorDeclaration, body: bytes) -> tuple[Change, ...]:
    key: Params = (one.of.value, one.wrong.unit, one.wrong.at_ms, one.wrong.object, one.at_ms)
    return (*live_before_error(one), Change(_ERROR, (*key, seq, body)), *_undone(one), *live_error(one))


def _undone(one: ErrorDeclaration) -> tuple[Change, ...]:
    """Take what was said in error out of what counts; the ledger keeps it."""
    unit, at_ms, thing = one.wrong.unit, one.wrong.at_ms, one.wrong.object
    match one.of:
        case ErrorOf.PLACEMENT:
            gone = "DELETE FROM placements WHERE unit = ? AND at_ms = ? AND place = ?"
            return (Change(gone, (unit, at_ms, thing)),)
        case ErrorOf.BINDING:
            gone = "DELETE FROM bindings WHERE unit = ? AND from_ms = ? AND epc = ?"
            return Change(gone, (unit, at_ms, thing)), Change(_UNBOUND, (thing, thing))
        case ErrorOf.ISSUE:
            gone = "DELETE FROM issues WHERE unit = ? AND at_ms = ? AND recipient = ?"
            return (Change(gone, (unit, at_ms, thing)),)
        case ErrorOf.UNIT_END:
            return (Change("DELETE FROM unit_ends WHERE unit = ?", (unit,)),)
        case ErrorOf.TRANSFORMATION:
            tables = (("transformations", "id"), ("lineage", "act"), ("unit_ends", "act"))
            return tuple(Change(f"DELETE FROM {table} WHERE {name} = ?", (thing,)) for table, name in tables)
        case ErrorOf.CONTAINMENT:
            gone = "DELETE FROM containments WHERE container = ? AND at_ms = ? AND parent = ?"
            return (Change(gone, (unit, at_ms, thing)),)


def _ownership(seq: int, one: Ownership, body: bytes) -> tuple[Change, ...]:
    return (Change(_OWNERSHIP, (one.unit, one.at_ms, one.owner, seq, body)),)


def _containment(seq: int, one: Containment, body: bytes) -> tuple[Change, ...]:
    return (Change(_CONTAINMENT, (one.container, one.at_ms, one.parent or "", seq, body)),)


APPLY_LINEAGE: Final[dict[EntryKind, tuple[type[msgspec.Struct], Callable[[int, Any, bytes], tuple[Change, ...]]]]] = {
    EntryKind.TRANSFORMATION: (Transformation, _transformation),
    EntryKind.UNIT_END: (UnitEnd, _unit_end),
    EntryKind.RECALL: (Recall, _recall),
    EntryKind.ERROR_DECLARATION: (ErrorDeclaration, _error),
    EntryKind.OWNERSHIP: (Ownership, _ownership),
    EntryKind.CONTAINMENT: (Containment, _containment),
}
