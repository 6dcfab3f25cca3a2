"""Messages to people of the store in memory."""

from support.memory_state import Part

from coldchain.entries import EntryKind
from coldchain.notifications import Notification


class MemoryNotifications(Part):
    """The port NotificationRecords by filtering and sorting everything."""

    def _all(self) -> list[Notification]:
        return sorted(self.state.things[EntryKind.NOTIFICATION].values(), key=lambda one: (one.queued_ms, one.id))

    def notification(self, notification: str) -> Notification | None:
        return self.state.things[EntryKind.NOTIFICATION].get((notification,))

    def waiting_notifications(self, channel: str, until_ms: int, limit: int) -> tuple[Notification, ...]:
        due = [one for one in self._all() if one.waiting and one.channel == channel and one.next_ms <= until_ms]
        return tuple(sorted(due, key=lambda one: (one.next_ms, one.id))[:limit])

    def waiting_of_alarm(self, alarm: str) -> tuple[Notification, ...]:
        found = [one for one in self._all() if one.waiting and one.alarm == alarm]
        return tuple(sorted(found, key=lambda one: one.id))

    def notifications_of_alarm(self, alarm: str) -> tuple[Notification, ...]:
        return tuple(one for one in self._all() if one.alarm == alarm)

    def notifications(self, limit: int) -> tuple[Notification, ...]:
        return tuple(self._all()[::-1][:limit])

    def notifications_waiting(self) -> int:
        return sum(one.waiting for one in self._all())
