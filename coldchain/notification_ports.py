"""What is recorded of messages to people: a part of the port Records."""

from typing import Protocol

from coldchain.notifications import Notification


class NotificationRecords(Protocol):
    """Answers as of a session."""

    def notification(self, notification: str) -> Notification | None:
        """One message as it stands."""

    def waiting_notifications(self, channel: str, until_ms: int, limit: int) -> tuple[Notification, ...]:
        """What is to go out by a channel and due by until_ms, by (due, id)."""

    def waiting_of_alarm(self, alarm: str) -> tuple[Notification, ...]:
        """What has not gone out of an alarm, by id."""

    def notifications_of_alarm(self, alarm: str) -> tuple[Notification, ...]:
        """By (queued_ms, id)."""

    def notifications(self, limit: int) -> tuple[Notification, ...]:
        """The newest ones, by (queued_ms, id) from the last back."""

    def notifications_waiting(self) -> int:
        """How many wait in all channels."""
