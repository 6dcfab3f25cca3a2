"""The life of an alarm that stands for several: who answered for one has not seen the others."""

import msgspec
import pytest

from coldchain.alarms import Alarm, AlarmAction, AlarmActionKind, Condition, Severity, SubjectKind
from rules.alarm_life import acted, amended, followed, raised

MINUTE = 60_000
SEEN_MS = 10 * MINUTE


def several(number: int, rule: str = "A26") -> Condition:
    return Condition(
        rule=rule,
        severity=Severity.HIGH,
        subject_kind=SubjectKind.PLACE,
        subject="fridge-1",
        since_ms=1,
        due_ms=1,
        site="s",
        place="fridge-1",
        finding="again-several",
        values={"what": "again-several", "number": number, "unit": "u-0"},
    )


def acknowledged(number: int, rule: str = "A26", kind: AlarmActionKind = AlarmActionKind.ACKNOWLEDGE) -> Alarm:
    action = AlarmAction(alarm="a-1", action=kind, at_ms=SEEN_MS, comment="seen", name="x", post="y", seen_version=1)
    return acted(raised(several(number, rule), "a-1", 5), action)


@pytest.mark.parametrize("kind", [AlarmActionKind.ACKNOWLEDGE, AlarmActionKind.ON_SITE])
def test_an_alarm_of_more_than_was_acknowledged_waits_again_and_says_how_many(kind: AlarmActionKind) -> None:
    known = acknowledged(1, kind=kind)
    now_ms = SEEN_MS + MINUTE
    assert not known.sounds
    assert followed(known, several(1), now_ms) == known
    after = followed(known, several(40), now_ms)
    assert (after.sounds, after.waiting_ms, after.values["number"]) == (True, now_ms, 40)
    assert (after.acknowledged_number, after.on_site_ms) == (None, None)


def test_what_falls_and_rises_again_to_what_was_acknowledged_does_not_wait_again() -> None:
    known = acknowledged(40)
    fewer = followed(known, several(3), SEEN_MS + 20 * MINUTE)
    assert (fewer.sounds, fewer.values["number"]) == (False, 3)
    assert not followed(fewer, several(40), SEEN_MS + 40 * MINUTE).sounds
    assert followed(fewer, several(41), SEEN_MS + 40 * MINUTE).sounds


def test_one_that_was_acknowledged_before_the_number_was_kept_goes_by_what_it_said() -> None:
    known = msgspec.structs.replace(acknowledged(2), acknowledged_number=None)
    assert not followed(known, several(2), SEEN_MS + MINUTE).sounds
    assert followed(known, several(3), SEEN_MS + MINUTE).sounds


@pytest.mark.parametrize("rule", ["A36", "A40", "A41", "A50"])
def test_a_number_that_only_runs_on_does_not_wait_again(rule: str) -> None:
    assert not followed(acknowledged(1, rule), several(40, rule), SEEN_MS + MINUTE).sounds


def test_one_that_is_over_wakes_nobody_who_answered_it() -> None:
    after = amended(acknowledged(1), several(40), SEEN_MS + MINUTE, SEEN_MS + 2 * MINUTE)
    assert (after.active, after.acknowledged_ms, after.acknowledged_number) == (False, SEEN_MS, 1)
