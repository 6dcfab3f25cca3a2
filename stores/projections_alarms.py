"""From entries of alarms and of what people did with them to their rows."""

from typing import Final

from coldchain.alarms import Alarm, AlarmAction
from coldchain.duties import Escalation
from coldchain.entries import EntryKind
from stores import schema_alarms as tables
from stores.change import Applied, Change
from stores.schema import insert_sql, upsert_sql

ACTIVE, WAITING, OVER = "active", "waiting", "over"
_ALARM: Final = upsert_sql(tables.alarms) + " WHERE excluded.version > alarms.version"
_VERSION: Final = insert_sql(tables.alarm_versions)
_ESCALATION: Final = upsert_sql(tables.escalations)
_ACTION: Final = upsert_sql(tables.alarm_actions)


def _alarm(seq: int, one: Alarm, body: bytes) -> tuple[Change, ...]:
    refusal = f"alarm {one.id}: version {one.version} is not above the one in the ledger"
    state = ACTIVE if one.active else WAITING if one.waits else OVER
    row = (one.id, one.version, *(str(part) for part in one.key), one.place, one.raised_ms, state, seq, body)
    return (Change(_ALARM, row, refusal), Change(_VERSION, (one.id, one.version, seq, body)))


def _action(seq: int, one: AlarmAction, body: bytes) -> tuple[Change, ...]:
    return (Change(_ACTION, (one.alarm, one.at_ms, one.action.value, one.name, seq, body)),)


def _escalation(seq: int, one: Escalation, body: bytes) -> tuple[Change, ...]:
    return (Change(_ESCALATION, (one.version, seq, body)),)


APPLY_ALARMS: Final[Applied] = {
    EntryKind.ALARM: (Alarm, _alarm),
    EntryKind.ALARM_ACTION: (AlarmAction, _action),
    EntryKind.ESCALATION: (Escalation, _escalation),
}
