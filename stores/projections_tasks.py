"""From entries of tasks, calls and the issuing system to their rows."""

from typing import Final

from coldchain.entries import EntryKind
from coldchain.tasks import IssuingReceipt, PlaceUse, Task, TaskRules, TaskTick, UrgentCall
from coldchain.units import Hold
from stores import schema_tasks as tables
from stores.change import Applied, Change
from stores.schema import insert_sql, upsert_sql

_TASK: Final = upsert_sql(tables.tasks) + " WHERE excluded.version > tasks.version"
_TICK: Final = upsert_sql(tables.task_ticks)
_RULES: Final = upsert_sql(tables.task_rules)
_USE: Final = upsert_sql(tables.place_uses)
_CALL: Final = upsert_sql(tables.urgent_calls)
_CHANGE: Final = insert_sql(tables.hold_changes)
_RECEIPT: Final = upsert_sql(tables.issuing_receipts)
_CONFIRMED: Final = "UPDATE hold_changes SET confirmed = 1 WHERE number = ?"


def hold_change(seq: int, hold: Hold, body: bytes) -> Change:
    """Return the message to the issuing system that an entry of a hold is."""
    return Change(_CHANGE, (seq, hold.unit, 0, seq, body))


def _task(seq: int, one: Task, body: bytes) -> tuple[Change, ...]:
    refusal = f"task {one.id}: version {one.version} is not above the one in the ledger"
    return (Change(_TASK, (one.id, one.version, one.place, int(one.open), one.opened_ms, seq, body), refusal),)


def _tick(seq: int, one: TaskTick, body: bytes) -> tuple[Change, ...]:
    return (Change(_TICK, (one.task, one.unit, one.at_ms, seq, body)),)


def _rules(seq: int, one: TaskRules, body: bytes) -> tuple[Change, ...]:
    return (Change(_RULES, (one.version, seq, body)),)


def _use(seq: int, one: PlaceUse, body: bytes) -> tuple[Change, ...]:
    return (Change(_USE, (one.place, one.at_ms, seq, body)),)


def _call(seq: int, one: UrgentCall, body: bytes) -> tuple[Change, ...]:
    return (Change(_CALL, (one.unit, one.at_ms, seq, body)),)


def _receipt(seq: int, one: IssuingReceipt, body: bytes) -> tuple[Change, ...]:
    return Change(_RECEIPT, (one.change, seq, body)), Change(_CONFIRMED, (one.change,))


APPLY_TASKS: Final[Applied] = {
    EntryKind.TASK: (Task, _task),
    EntryKind.TASK_TICK: (TaskTick, _tick),
    EntryKind.TASK_RULES: (TaskRules, _rules),
    EntryKind.PLACE_USE: (PlaceUse, _use),
    EntryKind.URGENT_CALL: (UrgentCall, _call),
    EntryKind.ISSUING_RECEIPT: (IssuingReceipt, _receipt),
}
