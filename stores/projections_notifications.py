"""From entries of messages to people to their rows."""

from typing import Final

from coldchain.entries import EntryKind
from coldchain.notifications import Notification
from stores import schema_notifications as tables
from stores.change import Applied, Change
from stores.schema import upsert_sql

_NOTIFICATION: Final = upsert_sql(tables.notifications) + " WHERE excluded.version > notifications.version"


def _notification(seq: int, one: Notification, body: bytes) -> tuple[Change, ...]:
    refusal = f"message {one.id}: version {one.version} is not above the one in the ledger"
    row = (one.id, one.version, one.alarm, one.channel, int(one.waiting), one.queued_ms, one.next_ms, seq, body)
    return (Change(_NOTIFICATION, row, refusal),)


APPLY_NOTIFICATIONS: Final[Applied] = {EntryKind.NOTIFICATION: (Notification, _notification)}
