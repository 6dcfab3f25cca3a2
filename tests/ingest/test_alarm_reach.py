"""What keeps alarms from reaching anybody is an alarm itself."""

from typing import Any

import msgspec
import pytest
from support.alarm_scene import MINUTE, Desk
from support.intake import SITE, START

from coldchain.alarms import ActOnAlarm, AlarmActionKind, Condition, Severity, StartAlarmTest
from coldchain.entries import Draft, EntryKind
from coldchain.notifications import Notification, NotificationState
from ingest.alarm_conditions import overdue_tests, unreached

DAY = 24 * 60
NOTE = Notification(
    id="m-1",
    version=1,
    alarm="a-1",
    channel="sms",
    to="+861",
    kind="raised",
    level=0,
    severity=Severity.CRITICAL,
    site=SITE,
    subject="x",
    text="x",
    queued_ms=START,
    next_ms=START,
)


def keep(desk: Desk, **changed: Any) -> None:
    one = msgspec.structs.replace(NOTE, **changed)
    desk.pipeline.note([Draft(kind=EntryKind.NOTIFICATION, actor="server", site=SITE, payload=one)], START)


def seen(desk: Desk, at_min: int) -> list[Condition]:
    now_ms = START + at_min * MINUTE
    with desk.store.reading() as session:
        return [one for one in unreached(session, now_ms) if one.due_ms <= now_ms]


@pytest.mark.parametrize("state", [NotificationState.REFUSED, NotificationState.GIVEN_UP])
def test_a_grave_message_that_failed_is_said_until_one_gets_there(state: NotificationState) -> None:
    desk = Desk()
    keep(desk, state=state, at_ms=START + MINUTE)
    keep(desk, id="m-2", to="+862", state=NotificationState.ACCEPTED, at_ms=START + 2 * MINUTE)
    keep(desk, id="m-3", to="+863", state=state, severity=Severity.LOW)
    (one,) = seen(desk, 2)
    assert (one.rule, one.subject, one.severity) == ("A32", "channel/sms", "critical")
    assert one.values == {"what": "unreached", "channel": "sms", "messages": 1}
    keep(desk, id="m-4", queued_ms=START + 1, state=NotificationState.DELIVERED, at_ms=START + 3 * MINUTE)
    assert seen(desk, 4) == []


def test_a_channel_that_has_failed_for_ten_minutes_is_said() -> None:
    desk = Desk()
    keep(desk)
    assert seen(desk, 60) == []
    keep(desk, version=2, attempts=3)
    assert seen(desk, 9) == []
    assert [one.values["channel"] for one in seen(desk, 10)] == ["sms"]


@pytest.mark.parametrize(
    ("state", "satisfied"), [(None, False), (NotificationState.REFUSED, False), (NotificationState.DELIVERED, True)]
)
def test_a_test_of_which_no_message_got_anywhere_is_no_test(state: NotificationState | None, satisfied: bool) -> None:
    desk = Desk()
    begin = START + 89 * DAY * MINUTE
    desk.pipeline.record(StartAlarmTest(site=SITE, at_ms=begin, name="x", post="x", actor="x"), begin)
    (test,) = desk.active()
    if state is not None:
        keep(desk, alarm=test.id, state=state)
    kind = AlarmActionKind.ACKNOWLEDGE
    desk.pipeline.record(
        ActOnAlarm(alarm=test.id, action=kind, at_ms=begin + 1, comment="x", name="x", post="x", actor="x"), begin + 1
    )
    with desk.store.reading() as session:
        assert (overdue_tests(session, START + 91 * DAY * MINUTE) == []) is satisfied
