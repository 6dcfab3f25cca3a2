"""The alarm desk: findings become alarms in their own transaction, and people answer them."""

from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest
from support.intake import END, HOUR, PLACE, SITE, START, sample, send
from support.memory_store import MemoryStore

from coldchain.alarms import ActOnAlarm, Alarm, AlarmActionKind, StartAlarmTest
from coldchain.duties import Address, Calendar, Escalation, Level, OnCallPerson, Plan
from coldchain.errors import ConflictError, InvalidValueError, UnknownThingError
from ingest.conditions import Watch
from ingest.pipeline import Pipeline
from rules.alarm_life import state_of
from rules.alarm_time import at_site

MINUTE = 60_000
LI_HUA = OnCallPerson(id="li-hua", name="李华", addresses=(Address(channel="sms", to="+861"),))
LEVELS = (Level(after_ms=0, people=("li-hua",)), Level(after_ms=5 * MINUTE, people=("li-hua",)))
ESCALATION = Escalation(
    plans=(Plan(site="", zone="Asia/Shanghai", levels=LEVELS),), calendar=Calendar(people=(LI_HUA,))
)
WARM, CALM, HOT = 6_500_000, 4_000_000, 11_000_000


def warm(pipeline: Pipeline, from_min: int, minutes: int, value: int = WARM, seq: int = 1) -> None:
    """Send readings a minute apart of the load probe."""
    facts = [sample(seq + n, START + (from_min + n) * MINUTE, value) for n in range(minutes)]
    send(pipeline, facts, sent_ms=START + (from_min + minutes) * MINUTE)


def active(store: MemoryStore) -> tuple[Alarm, ...]:
    with store.reading() as session:
        return session.records.active_alarms()


def newest(store: MemoryStore) -> Alarm:
    with store.reading() as session:
        return session.records.alarms(1)[0]


def act(pipeline: Pipeline, alarm: str, kind: AlarmActionKind, at_ms: int = END, **changed: Any) -> None:
    fact = ActOnAlarm(
        alarm=alarm, action=kind, at_ms=at_ms, comment="门已关好", name="李华", post="technician", actor="web"
    )
    pipeline.record(msgspec.structs.replace(fact, **changed), at_ms)


def test_a_finding_is_an_alarm_with_the_commit_that_judged_it_and_clears_with_the_dead_band(
    pipeline: Pipeline, store: MemoryStore
) -> None:
    warm(pipeline, 0, 3, CALM)
    assert active(store) == ()
    warm(pipeline, 3, 8, seq=10)
    (alarm,) = active(store)
    assert (alarm.rule, alarm.subject, alarm.place, alarm.site) == ("A01", "fridge-1-load", PLACE, SITE)
    assert (alarm.severity, alarm.values["direction"], alarm.since_ms) == ("critical", "too-warm", START + 3 * MINUTE)
    assert alarm.raised_ms == START + 11 * MINUTE
    assert alarm.sounds
    warm(pipeline, 11, 1, 5_950_000, seq=30)
    assert [one.id for one in active(store)] == [alarm.id]
    warm(pipeline, 12, 2, CALM, seq=40)
    assert active(store) == ()
    over = newest(store)
    assert (over.id, over.cleared_ms, over.waits) == (alarm.id, START + 12 * MINUTE, True)


def test_an_alarm_whose_finding_is_withdrawn_says_so_and_does_not_vanish(
    pipeline: Pipeline, store: MemoryStore
) -> None:
    send(pipeline, [sample(n, START + n * 240_000, WARM) for n in (10, 12)], mark_ms=START)
    send(pipeline, [sample(13, START + 13 * 240_000, CALM)], mark_ms=START)
    assert newest(store).waits
    send(pipeline, [sample(20 + n, START + n * 240_000 + 60_000, CALM) for n in (10, 12)], mark_ms=START)
    gone = newest(store)
    assert (gone.withdrawn, gone.active, gone.waits, state_of(gone)) == (True, False, False, "withdrawn")
    with store.reading() as session:
        assert [one.version for one in session.records.alarm_versions(gone.id)] == [1, 2, 3]


def test_the_next_excursion_within_the_dead_band_takes_the_alarm_over(pipeline: Pipeline, store: MemoryStore) -> None:
    warm(pipeline, 0, 8)
    warm(pipeline, 8, 2, 5_950_000, seq=20)
    warm(pipeline, 10, 8, seq=30)
    (alarm,) = active(store)
    assert alarm.since_ms == START + 10 * MINUTE
    with store.reading() as session:
        assert [one.active for one in session.records.alarms(9)] == [True, False]


def test_a_graver_finding_sounds_again_after_it_was_acknowledged(pipeline: Pipeline, store: MemoryStore) -> None:
    warm(pipeline, 0, 8)
    act(pipeline, active(store)[0].id, AlarmActionKind.ACKNOWLEDGE, START + 8 * MINUTE)
    assert not active(store)[0].sounds
    warm(pipeline, 8, 3, HOT, seq=20)
    assert [one.rule for one in active(store)] == ["A02"]
    assert active(store)[0].sounds


def test_people_acknowledge_go_there_shelve_and_comment_with_name_post_and_reason(
    pipeline: Pipeline, store: MemoryStore
) -> None:
    warm(pipeline, 0, 8)
    name, now = newest(store).id, START + 9 * MINUTE
    act(pipeline, name, AlarmActionKind.ACKNOWLEDGE, now)
    assert (newest(store).acknowledged_ms, state_of(newest(store))) == (now, "acknowledged")
    act(pipeline, name, AlarmActionKind.ON_SITE, now + 1, scanned=True)
    assert (newest(store).on_site_ms, state_of(newest(store))) == (now + 1, "on-site")
    act(pipeline, name, AlarmActionKind.SHELVE, now + 2, until_ms=now + HOUR)
    assert state_of(newest(store)) == "shelved"
    act(pipeline, name, AlarmActionKind.COMMENT, now + 3)
    act(pipeline, name, AlarmActionKind.UNSHELVE, now + 4)
    assert newest(store).sounds
    before = newest(store)
    act(pipeline, name, AlarmActionKind.UNSHELVE, now + 4)
    assert newest(store) == before
    with store.reading() as session:
        done = session.records.actions_of_alarm(name)
    assert [one.action for one in done] == ["acknowledge", "on-site", "shelve", "comment", "unshelve"]
    assert [one.seen_version for one in done] == [1, 2, 3, 4, 4]


@pytest.mark.parametrize(
    ("kind", "changed", "error"),
    [
        (AlarmActionKind.ACKNOWLEDGE, {"comment": " "}, InvalidValueError),
        (AlarmActionKind.ACKNOWLEDGE, {"name": ""}, InvalidValueError),
        (AlarmActionKind.ACKNOWLEDGE, {"until_ms": END}, InvalidValueError),
        (AlarmActionKind.SHELVE, {}, InvalidValueError),
        (AlarmActionKind.SHELVE, {"until_ms": START + 30 * HOUR}, InvalidValueError),
        (AlarmActionKind.UNSHELVE, {}, ConflictError),
        (AlarmActionKind.ACKNOWLEDGE, {"alarm": "a-9"}, UnknownThingError),
    ],
)
def test_what_is_not_said_or_cannot_be_is_refused_and_changes_nothing(
    pipeline: Pipeline, store: MemoryStore, kind: AlarmActionKind, changed: dict[str, Any], error: type[Exception]
) -> None:
    warm(pipeline, 0, 8)
    before, changed = store.projection_dump(), {"alarm": newest(store).id, **changed}
    with pytest.raises(error):
        act(pipeline, changed.pop("alarm"), kind, START + 9 * MINUTE, **changed)
    assert store.projection_dump() == before


def test_the_hard_limit_is_never_shelved(pipeline: Pipeline, store: MemoryStore) -> None:
    warm(pipeline, 0, 3, HOT)
    assert newest(store).rule == "A02"
    with pytest.raises(ConflictError, match="never shelved"):
        act(pipeline, newest(store).id, AlarmActionKind.SHELVE, START + 9 * MINUTE, until_ms=START + 10 * MINUTE)


def test_a_test_alarm_ends_with_its_acknowledgement_or_without_one_has_failed(
    pipeline: Pipeline, store: MemoryStore
) -> None:
    start = StartAlarmTest(site=SITE, at_ms=START, name="李华", post="technician", actor="web")
    pipeline.record(start, START)
    pipeline.record(start, START)
    (test,) = active(store)
    assert (test.test, test.sounds, test.severity) == (True, True, "critical")
    with pytest.raises(ConflictError, match="still waits"):
        pipeline.record(msgspec.structs.replace(start, at_ms=START + 1), START + 1)
    act(pipeline, test.id, AlarmActionKind.ACKNOWLEDGE, START + MINUTE)
    assert (active(store), newest(store).acknowledged_ms) == ((), START + MINUTE)
    pipeline.record(msgspec.structs.replace(start, at_ms=START + HOUR, place=PLACE), START + HOUR)
    pipeline.alarms.conditions = Watch([])
    pipeline.alarms.look(START + 3 * HOUR)
    assert (newest(store).active, newest(store).acknowledged_ms, newest(store).place) == (False, None, PLACE)
    with pytest.raises(UnknownThingError):
        pipeline.record(msgspec.structs.replace(start, place="fridge-9"), START)


def test_messages_are_queued_once_by_the_plan_and_ended_by_an_acknowledgement(
    pipeline: Pipeline, store: MemoryStore
) -> None:
    now = START + 8 * MINUTE
    pipeline.alarms.conditions = Watch([])
    pipeline.alarms.follow(ESCALATION, START)
    pipeline.alarms.follow(ESCALATION, START)
    warm(pipeline, 0, 8)
    pipeline.alarms.look(now)
    pipeline.alarms.look(now + MINUTE)
    with store.reading() as session:
        (told,) = session.records.notifications(9)
        kept = session.records.escalation()
    assert (told.channel, told.to, told.kind, told.alarm) == ("sms", "+861", "raised", newest(store).id)
    assert "储血冰箱 1" in told.text
    assert "too warm" in told.text
    assert kept is not None
    assert (kept.version, "+861" in str(kept)) == (1, False)
    pipeline.alarms.look(now + 6 * MINUTE)
    act(pipeline, newest(store).id, AlarmActionKind.ACKNOWLEDGE, now + 6 * MINUTE)
    with store.reading() as session:
        assert {one.kind: one.state.value for one in session.records.notifications(9)} == {
            "raised": "overtaken",
            "escalated": "overtaken",
        }
    pipeline.alarms.look(now + 9 * MINUTE)
    with store.reading() as session:
        assert len(session.records.notifications(9)) == 2


def test_a_message_says_times_as_the_clocks_of_its_site_show_them(pipeline: Pipeline, store: MemoryStore) -> None:
    pipeline.alarms.conditions = Watch([])
    pipeline.alarms.follow(ESCALATION, START, ZoneInfo("Australia/Sydney"))
    warm(pipeline, 0, 8)
    pipeline.alarms.look(START + 8 * MINUTE)
    with store.reading() as session:
        (told,) = session.records.notifications(9)
    since = newest(store).since_ms
    assert f"Since {at_site(since, ZoneInfo('Australia/Sydney'))}" in told.text
    assert "UTC+08:00" not in told.text


@pytest.mark.parametrize(
    ("at_ms", "said"),
    [
        (1_768_478_400_000, "2026-01-15 13:00:00 UTC+01:00"),
        (1_784_116_800_000, "2026-07-15 14:00:00 UTC+02:00"),
        (1_792_889_999_000, "2026-10-25 02:59:59 UTC+02:00"),
        (1_792_890_000_000, "2026-10-25 02:00:00 UTC+01:00"),
    ],
)
def test_times_of_messages_follow_summer_time(at_ms: int, said: str) -> None:
    assert at_site(at_ms, ZoneInfo("Europe/Paris")) == said
