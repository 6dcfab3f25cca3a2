"""Tables of tasks, calls and what the issuing system was told: a part of the one schema (stores.schema imports it)."""

from typing import Final

from sqlalchemy import Index, text

from stores.schema import _key, _key_number, _name, _number, _projection

_OPEN: Final = text("open = 1")
_WAITS: Final = text("confirmed = 0")
tasks = _projection(
    "tasks",
    _key("id"),
    _number("version"),
    _name("place"),
    _number("open"),
    _number("opened_ms"),
    Index("tasks_open", "opened_ms", "id", sqlite_where=_OPEN, postgresql_where=_OPEN),
    Index("tasks_by_place", "place", "opened_ms", "id"),
)
task_ticks = _projection(
    "task_ticks", _key("task"), _key("unit"), _number("at_ms"), Index("task_ticks_by_unit", "unit", "at_ms", "task")
)
task_rules = _projection("task_rules", _key_number("version"))
place_uses = _projection("place_uses", _key("place"), _number("at_ms"))
urgent_calls = _projection("urgent_calls", _key("unit"), _key_number("at_ms"))
# Every entry of a hold is a message to the issuing system: the same transaction, the same row, nothing in between.
hold_changes = _projection(
    "hold_changes",
    _key_number("number"),
    _name("unit"),
    _number("confirmed"),
    Index("hold_changes_by_unit", "unit", "number"),
    Index("hold_changes_waiting", "number", sqlite_where=_WAITS, postgresql_where=_WAITS),
)
issuing_receipts = _projection("issuing_receipts", _key_number("change"))
