"""Messages to people read back; a part of SqlRecords."""

from typing import Final

import msgspec

from coldchain.notifications import Notification
from stores.sql import Params, Sql

_DECODER: Final = msgspec.json.Decoder(Notification)
_TO_SEND: Final = "waits = 1 AND channel = ? AND next_ms <= ? ORDER BY next_ms, id LIMIT ?"


class SqlNotificationRecords:
    """The port NotificationRecords over one transaction."""

    _sql: Sql

    def notification(self, notification: str) -> Notification | None:
        """One message as it stands."""
        return next(iter(self._messages("id = ?", (notification,))), None)

    def waiting_notifications(self, channel: str, until_ms: int, limit: int) -> tuple[Notification, ...]:
        """What is to go out by a channel and due by until_ms, by (due, id)."""
        return self._messages(_TO_SEND, (channel, until_ms, limit))

    def waiting_of_alarm(self, alarm: str) -> tuple[Notification, ...]:
        """What has not gone out of an alarm, by id."""
        return self._messages("alarm = ? AND waits = 1 ORDER BY id", (alarm,))

    def notifications_of_alarm(self, alarm: str) -> tuple[Notification, ...]:
        """By (queued_ms, id)."""
        return self._messages("alarm = ? ORDER BY queued_ms, id", (alarm,))

    def notifications(self, limit: int) -> tuple[Notification, ...]:
        """The newest ones, by (queued_ms, id) from the last back."""
        return self._messages("1 = 1 ORDER BY queued_ms DESC, id DESC LIMIT ?", (limit,))

    def notifications_waiting(self) -> int:
        """How many wait in all channels."""
        return int(self._sql.rows("SELECT count(*) FROM notifications WHERE waits = 1", ())[0][0])

    def _messages(self, where: str, params: Params) -> tuple[Notification, ...]:
        rows = self._sql.rows(f"SELECT body FROM notifications WHERE {where}", params)
        return tuple(_DECODER.decode(row[0]) for row in rows)
