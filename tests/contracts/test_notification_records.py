"""Messages to people as every store keeps them."""

from typing import Any

import msgspec
import pytest
from support import store_words as words

from coldchain.alarms import Severity
from coldchain.entries import EntryKind
from coldchain.errors import StoreError
from coldchain.notifications import Notification, NotificationState
from coldchain.ports import Store


def message(id_: str, **changed: Any) -> Notification:
    made = Notification(
        id=id_,
        version=1,
        alarm="a-1",
        channel="sms",
        to="13800138000",
        kind="raised",
        level=1,
        severity=Severity.CRITICAL,
        site="site-a",
        subject="偏高 too warm",
        text="6.4 °C",
        queued_ms=10,
        next_ms=10,
    )
    return msgspec.structs.replace(made, **changed)


def keep(store: Store, *messages: Notification) -> None:
    with store.writing() as session:
        session.ledger.append([words.draft(EntryKind.NOTIFICATION, one) for one in messages], 5)


def test_what_waits_comes_by_channel_and_due_time(store: Store) -> None:
    late, early = message("n-1", next_ms=30), message("n-2", next_ms=20)
    keep(store, late, early, message("n-3", channel="mail"), message("n-4", state=NotificationState.ACCEPTED))
    with store.reading() as session:
        assert session.records.waiting_notifications("sms", 30, 10) == (early, late)
        assert session.records.waiting_notifications("sms", 29, 10) == (early,)
        assert session.records.waiting_notifications("sms", 30, 1) == (early,)
        assert session.records.waiting_notifications("", 30, 10) == ()
        assert session.records.notifications_waiting() == 3


def test_messages_of_an_alarm_and_the_newest_first(store: Store) -> None:
    first, second = message("n-1"), message("n-2", queued_ms=20, state=NotificationState.GIVEN_UP)
    other = message("n-0", alarm="a-2", queued_ms=20)
    keep(store, first, second, other)
    with store.reading() as session:
        assert session.records.notifications_of_alarm("a-1") == (first, second)
        assert session.records.waiting_of_alarm("a-1") == (first,)
        assert session.records.notifications(2) == (second, other)
        assert session.records.notification("n-2") == second
        assert session.records.notification("n-9") is None


def test_a_higher_version_replaces_and_no_other(store: Store) -> None:
    keep(store, message("n-1"))
    sent = message("n-1", version=2, state=NotificationState.DELIVERED, receipt="r-1")
    keep(store, sent)
    with store.reading() as session:
        assert session.records.notification("n-1") == sent
        assert session.records.notifications_waiting() == 0
    with pytest.raises(StoreError):
        keep(store, message("n-1", version=2))
