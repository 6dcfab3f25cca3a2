"""What explains what: a cause that nobody hears, or that is less grave, keeps nothing quiet."""

from typing import Any

import msgspec
import pytest
from support.alarm_scene import MINUTE, Desk, condition
from support.intake import START

from coldchain.alarms import ActOnAlarm, Alarm, AlarmActionKind, Condition, Severity, SubjectKind
from coldchain.errors import InvalidValueError
from ingest.alarm_desk import Turn
from rules.alarm_life import AlarmSettings

PROBE = "fridge-1-load"
POWER = condition("A06", "mains-1", place="", values={"what": "mains"})
LOST = condition("A44", "gw-1", subject_kind=SubjectKind.GATEWAY, place="", values={"what": "silent"})
SILENT = condition("A05", PROBE, subject_kind=SubjectKind.PROBE, severity=Severity.MEDIUM)


def close(rule: str = "A04", direction: str = "too-warm", **changed: Any) -> Condition:
    values: dict[str, int | str] = {"direction": direction, "probe": PROBE}
    return condition(rule, PROBE, subject_kind=SubjectKind.PROBE, since_ms=START + MINUTE, values=values, **changed)


def graver(one: Condition, severity: Severity = Severity.CRITICAL) -> Condition:
    return msgspec.structs.replace(one, severity=severity)


def answer(desk: Desk, alarm: Alarm, kind: AlarmActionKind, **changed: Any) -> None:
    fact = ActOnAlarm(alarm=alarm.id, action=kind, at_ms=desk.now_ms, comment="x", name="李华", post="x", actor="web")
    desk.pipeline.record(msgspec.structs.replace(fact, **changed), desk.now_ms)


def of(alarms: tuple[Alarm, ...], rule: str) -> Alarm:
    return next(one for one in alarms if one.rule == rule)


def test_a_cause_keeps_nothing_quiet_that_is_or_becomes_graver_than_it() -> None:
    desk, lost = Desk(), graver(LOST, Severity.MEDIUM)
    assert not of(desk.look(1, lost, SILENT), "A05").sounds
    risen = of(desk.look(61, lost, graver(SILENT)), "A05")
    assert (risen.parent, risen.sounds, risen.waiting_ms) == ("", True, START + 61 * MINUTE)
    fallen = desk.look(70, lost, graver(SILENT, Severity.LOW))
    assert of(fallen, "A05").parent == of(fallen, "A44").id


def test_a_power_cut_explains_only_what_gets_too_warm_and_no_door() -> None:
    door = condition("A25", since_ms=START + MINUTE)
    alarms = Desk().look(2, POWER, close(), door)
    assert (of(alarms, "A04").parent, of(alarms, "A25").sounds) == (of(alarms, "A06").id, True)
    assert all(one.sounds for one in Desk().look(2, POWER, close(direction="too-cold")))
    ups = msgspec.structs.replace(POWER, values={"what": "ups"})
    assert all(one.sounds for one in Desk().look(2, ups, close()))
    assert all(one.sounds for one in Desk().look(2, POWER, close("A01", severity=Severity.CRITICAL)))


def test_a_full_buffer_is_no_silence() -> None:
    full = msgspec.structs.replace(LOST, values={"what": "full"})
    assert all(one.sounds for one in Desk().look(1, full, SILENT))


def test_a_shelved_cause_explains_nothing() -> None:
    desk = Desk()
    cause = of(desk.look(2, POWER, close()), "A06")
    answer(desk, cause, AlarmActionKind.SHELVE, until_ms=desk.now_ms + 60 * MINUTE)
    own = of(desk.look(3, POWER, close()), "A04")
    assert (own.parent, own.sounds, own.waiting_ms) == ("", True, START + 3 * MINUTE)
    assert of(desk.look(62, POWER, close()), "A04").parent == cause.id


@pytest.mark.parametrize("number", [12, 25])
def test_what_stands_for_many_is_as_grave_as_the_gravest_under_it(number: int) -> None:
    desk = Desk()
    every = [
        msgspec.structs.replace(SILENT, subject=f"p-{n:02d}", place=f"fridge-{n}", rule="A10") for n in range(number)
    ]
    flood = of(desk.look(1, *every), "flood")
    answer(desk, flood, AlarmActionKind.ACKNOWLEDGE)
    one = next(one for one in desk.active() if one.parent == flood.id)
    risen = [graver(c) if c.subject == one.subject else c for c in every]
    after = of(desk.look(3, *risen), "flood") if number > 20 else None
    under = next(a for a in desk.look(3, *risen) if a.subject == one.subject)
    assert under.now == "critical"
    assert under.sounds or (after is not None and after.now == "critical" and after.sounds)


def test_a_shelf_ends_when_it_gets_graver_and_is_short_for_a_critical_one() -> None:
    desk = Desk()
    answer(desk, desk.look(0, SILENT)[0], AlarmActionKind.SHELVE, until_ms=START + 8 * 60 * MINUTE)
    assert not desk.look(1, SILENT)[0].sounds
    (risen,) = desk.look(61, graver(SILENT))
    assert (risen.shelved_until_ms, risen.sounds, risen.waiting_ms) == (None, True, START + 61 * MINUTE)
    with pytest.raises(InvalidValueError, match="at most 60 minutes"):
        answer(desk, risen, AlarmActionKind.SHELVE, until_ms=desk.now_ms + 61 * MINUTE)
    answer(desk, risen, AlarmActionKind.SHELVE, until_ms=desk.now_ms + 60 * MINUTE)
    assert not desk.look(62, graver(SILENT))[0].sounds


def test_a_clock_that_was_set_back_ends_shelves_and_silence() -> None:
    desk, other = Desk(), condition("A11", "x")
    shelved, seen = desk.look(600, other, SILENT)
    answer(desk, seen if seen.rule == "A05" else shelved, AlarmActionKind.SHELVE, until_ms=desk.now_ms + 480 * MINUTE)
    answer(desk, of(desk.active(), "A11"), AlarmActionKind.ACKNOWLEDGE)
    assert [one.sounds for one in desk.look(590, other, SILENT)] == [True, True]
    assert of(desk.active(), "A11").agains == 1


def test_grave_ones_of_a_flood_that_are_over_still_wait_and_are_counted() -> None:
    desk = Desk()
    with desk.store.reading() as session:
        turn = Turn(session, START, AlarmSettings())
        for n in range(30):
            late = graver(msgspec.structs.replace(SILENT, rule="A01", subject=f"p{n}", finding=f"f{n}"))
            turn.clear(turn.raise_(late), START)
        made = [draft.payload for draft in turn.drafts()]
    alarms = [one for one in made if isinstance(one, Alarm)]
    assert sum(one.waits for one in alarms if one.rule == "A01") == 30
    assert next(one for one in alarms if one.rule == "flood").values == {"alarms": 30}
