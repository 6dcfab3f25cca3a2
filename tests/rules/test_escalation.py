"""Whom an alarm calls, when, and until when."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coldchain.alarms import Alarm, AlarmAction, AlarmActionKind, Severity, SubjectKind
from coldchain.duties import Address, Calendar, DutyKind, Level, OnCallPerson, Plan, Rota, Shift, StandIn
from rules.escalation import after_quiet_ms, duties, on_call, plan_of

MINUTE = 60_000
BERLIN, SHANGHAI = "Europe/Berlin", "Asia/Shanghai"


def at(text: str, zone: str = SHANGHAI) -> int:
    return round(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).timestamp() * 1_000)


T0 = at("2026-03-12T10:00")
DAY, NIGHT, BOSS, COURIER = (
    OnCallPerson(
        id=name, name=name.title(), addresses=(Address(channel="sms", to=name), Address(channel="call", to=name))
    )
    for name in ("day", "night", "boss", "courier")
)
SHIFTS = (
    Shift(days=(0, 1, 2, 3, 4), from_minute=480, to_minute=1_200, person="day"),
    Shift(days=tuple(range(7)), from_minute=1_200, to_minute=480, person="night"),
)
ROTA = Rota(id="technicians", shifts=SHIFTS)
CALENDAR = Calendar(people=(DAY, NIGHT, BOSS, COURIER), rotas=(ROTA,))
PLAN = Plan(
    site="s-1",
    zone=SHANGHAI,
    levels=(
        Level(after_ms=0, rotas=("technicians",), channels=("sms",)),
        Level(after_ms=5 * MINUTE, rotas=("technicians",), channels=("call",), least=Severity.HIGH),
        Level(after_ms=15 * MINUTE, people=("boss",), channels=("sms",), least=Severity.HIGH),
        Level(after_ms=30 * MINUTE, people=("boss",), channels=("call",), repeat_ms=5 * MINUTE, least=Severity.HIGH),
    ),
    quiet_from_minute=22 * 60,
    quiet_to_minute=6 * 60,
)


def alarm(**changed: Any) -> Alarm:
    one = Alarm(
        id="a-1",
        version=1,
        rule="A01",
        subject_kind=SubjectKind.PROBE,
        subject="p-1",
        site="s-1",
        place="f-1",
        severity=Severity.CRITICAL,
        now=Severity.CRITICAL,
        since_ms=T0,
        raised_ms=T0,
        waiting_ms=T0,
    )
    return msgspec.structs.replace(one, **changed)


def called(now_ms: int, one: Alarm | None = None, *actions: AlarmAction) -> list[tuple[int, str, str, str]]:
    """Return (minutes after T0, channel, to, kind) of what is due."""
    found = duties(one or alarm(), actions, PLAN, CALENDAR, now_ms)
    return [((duty.due_ms - T0) // MINUTE, duty.channel, duty.to, duty.kind.value) for duty in found]


def test_the_chain_goes_up_by_its_delays_and_ends_with_a_phone_that_rings_again_and_again() -> None:
    assert called(T0) == [(0, "sms", "day", "raised")]
    assert called(T0 + 5 * MINUTE)[1:] == [(5, "call", "day", "escalated")]
    assert called(T0 + 30 * MINUTE)[2:] == [(15, "sms", "boss", "escalated"), (30, "call", "boss", "escalated")]
    rings = [one for one in called(T0 + 600 * MINUTE) if one[1:3] == ("call", "boss")]
    assert rings == [(590, "call", "boss", "again"), (595, "call", "boss", "again"), (600, "call", "boss", "again")]


@given(st.lists(st.integers(0, 120), min_size=1, max_size=40), st.sampled_from(list(Severity)))
def test_whoever_asks_every_few_minutes_is_given_every_message_once_and_with_one_key(
    minutes: list[int], severity: Severity
) -> None:
    one = alarm(now=severity)
    sent: dict[str, int] = {}
    for now in sorted({*minutes, *range(0, 121, 5)}):
        for duty in duties(one, (), PLAN, CALENDAR, T0 + now * MINUTE):
            assert sent.setdefault(duty.key, duty.due_ms) == duty.due_ms
    rings = [name for name in sent if "/3/" in name]
    assert len(rings) == (19 if severity in (Severity.HIGH, Severity.CRITICAL) else 0)
    assert len(sent) == len(set(sent))


@pytest.mark.parametrize(
    "changed",
    [
        {"acknowledged_ms": T0 + 1},
        {"parent": "a-0"},
        {"shelved_until_ms": T0 + 99 * MINUTE},
        {"out_of_service": True},
        {"rule": "A32", "subject_kind": SubjectKind.SITE, "now": Severity.HIGH},
    ],
)
def test_what_is_seen_explained_shelved_or_at_work_calls_nobody(changed: dict[str, Any]) -> None:
    assert called(T0 + 60 * MINUTE, alarm(**changed)) == []


def test_an_alarm_that_waits_again_calls_anew_and_first_whoever_saw_to_it() -> None:
    seen = AlarmAction(
        alarm="a-1", action=AlarmActionKind.ACKNOWLEDGE, at_ms=T0, comment="x", name="Boss", post="x", seen_version=1
    )
    again = alarm(agains=1, waiting_ms=T0 + 20 * MINUTE)
    found = called(T0 + 20 * MINUTE, again, seen)
    assert {one[2] for one in found} == {"boss", "day"}
    assert {one[3] for one in found} == {"again"}
    keys = {duty.key for duty in duties(alarm(), (), PLAN, CALENDAR, T0)}
    assert keys.isdisjoint(duty.key for duty in duties(again, (seen,), PLAN, CALENDAR, T0 + 20 * MINUTE))


def test_one_that_cleared_tells_the_first_level_once_that_it_was_there_and_that_it_is_over() -> None:
    over = alarm(cleared_ms=T0 + MINUTE, changed_ms=T0 + MINUTE, version=2)
    assert called(T0 + 99 * MINUTE, over) == [(0, "sms", "day", "raised"), (1, "sms", "day", "cleared")]
    said = {duty.kind: duty.key for duty in duties(over, (), PLAN, CALENDAR, T0 + MINUTE)}
    assert said[DutyKind.RAISED] in {duty.key for duty in duties(alarm(), (), PLAN, CALENDAR, T0)}
    seen = msgspec.structs.replace(over, acknowledged_ms=T0 + 2)
    assert [one[3] for one in called(T0 + 99 * MINUTE, seen)] == ["cleared"]
    later = msgspec.structs.replace(seen, cleared_ms=T0 + 2 * MINUTE, changed_ms=T0 + 3 * MINUTE)
    keys = [[duty.key for duty in duties(one, (), PLAN, CALENDAR, T0 + 99 * MINUTE)] for one in (seen, later)]
    assert keys[0] == keys[1]
    assert called(T0 + 99 * MINUTE, msgspec.structs.replace(over, severity=Severity.LOW)) == []


def test_warnings_wait_for_the_morning_and_critical_ones_never() -> None:
    night = at("2026-03-12T23:30")
    low = alarm(now=Severity.MEDIUM, severity=Severity.MEDIUM, waiting_ms=night)
    assert duties(low, (), PLAN, CALENDAR, night + 60 * MINUTE) == []
    (morning,) = duties(low, (), PLAN, CALENDAR, at("2026-03-13T06:00"))
    assert (morning.due_ms, morning.to) == (at("2026-03-13T06:00"), "night")
    assert duties(alarm(waiting_ms=night), (), PLAN, CALENDAR, night)[0].due_ms == night
    assert duties(msgspec.structs.replace(low, test=True), (), PLAN, CALENDAR, night)[0].kind is DutyKind.TEST


@pytest.mark.parametrize(
    ("begin", "end"), [("2026-03-28T23:00", "2026-03-29T06:00"), ("2026-10-24T23:00", "2026-10-25T06:00")]
)
def test_quiet_hours_end_by_the_wall_clock_in_nights_in_which_the_clocks_change(begin: str, end: str) -> None:
    plan = msgspec.structs.replace(PLAN, zone=BERLIN)
    assert after_quiet_ms(plan, at(begin, BERLIN)) == at(end, BERLIN)
    assert after_quiet_ms(plan, at(end, BERLIN)) == at(end, BERLIN)
    assert after_quiet_ms(msgspec.structs.replace(plan, quiet_to_minute=22 * 60), 5) == 5


@given(st.integers(0, 2 * 366 * 24 * 60), st.sampled_from([BERLIN, SHANGHAI, "America/New_York"]))
def test_a_rota_without_a_hole_has_somebody_at_every_instant_also_when_the_clocks_change(
    minute: int, zone: str
) -> None:
    whole = Rota(id="r", shifts=(SHIFTS[0], SHIFTS[1], Shift(days=(5, 6), from_minute=0, to_minute=0, person="boss")))
    instant = at("2026-01-01T00:00", zone) + minute * MINUTE
    local = datetime.fromtimestamp(instant / 1_000, ZoneInfo(zone))
    who = on_call(whole, zone, instant)
    working = local.weekday() < 5 and 8 <= local.hour < 20
    assert who == ("day" if working else who)
    assert who in ("day", "night", "boss")


def test_an_exception_stands_before_the_week_and_the_last_one_counts() -> None:
    swap = StandIn(from_ms=T0, to_ms=T0 + 60 * MINUTE, person="boss")
    rota = msgspec.structs.replace(ROTA, exceptions=(swap, msgspec.structs.replace(swap, person="night")))
    assert on_call(rota, SHANGHAI, T0) == "night"
    assert on_call(rota, SHANGHAI, T0 + 60 * MINUTE) == "day"
    assert on_call(Rota(id="r", shifts=()), SHANGHAI, T0) == ""
    assert on_call(ROTA, SHANGHAI, at("2026-03-14T12:00")) == ""


def test_on_the_road_the_courier_is_called_first() -> None:
    road = alarm(values={"courier": "courier"})
    assert {(one[0], one[2]) for one in called(T0 + 4 * MINUTE, road)} == {(0, "courier")}
    assert (5, "sms", "day", "raised") in called(T0 + 5 * MINUTE, road)
    assert (0, "sms", "day", "raised") in called(T0, alarm(values={"courier": "nobody"}))


def test_a_site_has_its_own_plan_or_the_one_for_all() -> None:
    rest = msgspec.structs.replace(PLAN, site="")
    assert plan_of("s-1", [rest, PLAN]) == PLAN
    assert plan_of("s-2", [rest, PLAN]) == rest
    assert plan_of("s-2", [PLAN]) == plan_of("", [PLAN]) == PLAN
    assert plan_of("s-2", []) is None
    assert duties(alarm(), (), None, CALENDAR, T0) == []


SATURDAY = at("2026-03-14T12:00")  # nobody is on call then


def told(one: Alarm, now_ms: int, plan: Plan = PLAN) -> list[tuple[int, str, str]]:
    return [(duty.level, duty.channel, duty.to) for duty in duties(one, (), plan, CALENDAR, now_ms)]


def test_a_level_without_anybody_passes_at_once_to_the_next_one_that_has_somebody() -> None:
    weekend = alarm(waiting_ms=SATURDAY)
    assert told(weekend, SATURDAY) == [(0, "sms", "boss")]
    assert told(weekend, SATURDAY + 5 * MINUTE) == [(0, "sms", "boss"), (1, "sms", "boss")]
    warning = msgspec.structs.replace(weekend, now=Severity.MEDIUM, severity=Severity.MEDIUM)
    assert told(warning, SATURDAY) == [(0, "sms", "boss")]
    over = msgspec.structs.replace(weekend, cleared_ms=SATURDAY + 1, changed_ms=SATURDAY + 1)
    assert told(over, SATURDAY + MINUTE) == [(0, "sms", "boss"), (0, "sms", "boss")]
    without = msgspec.structs.replace(PLAN.levels[0], channels=("fax",))
    assert told(alarm(), T0, msgspec.structs.replace(PLAN, levels=(without, *PLAN.levels[1:]))) == [(0, "call", "day")]


@given(st.integers(0, 14 * 24 * 60), st.sampled_from(list(Severity)))
def test_no_alarm_calls_nobody_while_anybody_can_be_called(minute: int, severity: Severity) -> None:
    begin = SATURDAY + minute * MINUTE
    one = alarm(waiting_ms=begin, now=severity, severity=severity)
    assert told(one, begin + 24 * 60 * MINUTE)


def test_an_alarm_that_nobody_answers_calls_the_last_of_the_chain_once_it_is_critical() -> None:
    unanswered = alarm(rule="A32", subject_kind=SubjectKind.SITE, subject="s-1")
    assert told(unanswered, T0) == [(3, "call", "boss")]


def test_that_a_channel_reaches_nobody_is_said_over_the_others() -> None:
    broken = alarm(rule="A32", subject_kind=SubjectKind.SYSTEM, values={"what": "unreached", "channel": "sms"})
    assert told(broken, T0) == [(0, "call", "day")]


def test_a_clock_that_was_set_back_delays_no_call() -> None:
    assert [duty.due_ms for duty in duties(alarm(), (), PLAN, CALENDAR, T0 - 1)] == [T0 - 1]
    back = duties(alarm(), (), PLAN, CALENDAR, T0 - 120 * MINUTE)
    assert {duty.level for duty in back} == {0, 1, 2, 3}
    assert {duty.due_ms for duty in back} == {T0 - 120 * MINUTE}
    first = duties(alarm(), (), PLAN, CALENDAR, T0)
    assert {duty.key for duty in first} <= {duty.key for duty in back}
