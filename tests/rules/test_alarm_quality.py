"""How good alarms are for those who answer them."""

from typing import Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from coldchain.alarms import TEST, Alarm, AlarmAction, AlarmActionKind, Severity, SubjectKind
from rules.alarm_quality import DELAYS_MS, HOUR_MS, quality, suggested_delay

MINUTE = 60_000
SPAN = (0, 10 * HOUR_MS)


def alarm(name: str, raised_min: int, length_min: int | None = 3, **changed: Any) -> Alarm:
    one = Alarm(
        id=name,
        version=1,
        rule="A25",
        subject_kind=SubjectKind.CONTACT,
        subject="door-1",
        site="s-1",
        place="f-1",
        severity=Severity.HIGH,
        now=Severity.HIGH,
        since_ms=raised_min * MINUTE,
        raised_ms=raised_min * MINUTE,
        cleared_ms=None if length_min is None else (raised_min + length_min) * MINUTE,
    )
    return msgspec.structs.replace(one, **changed)


def seen(name: str, at_min: int, kind: AlarmActionKind = AlarmActionKind.ACKNOWLEDGE) -> AlarmAction:
    return AlarmAction(alarm=name, action=kind, at_ms=at_min * MINUTE, comment="x", name="x", post="x", seen_version=1)


def test_alarms_are_counted_by_operator_hour_and_by_rule() -> None:
    alarms = [alarm("a-1", 0), alarm("a-2", 10), alarm("a-3", 20), alarm("a-4", 400, 90, rule="A05")]
    alarms += [alarm("a-5", 30, parent="a-1"), alarm("a-6", 40, rule=TEST, test=True)]
    acted = [seen("a-1", 2), seen("a-1", 9), seen("a-2", 16), seen("a-3", 21, AlarmActionKind.COMMENT)]
    found = quality(alarms, acted, SPAN, SPAN[1], operators=2)
    assert (found.alarms, found.explained, found.tests) == (4, 1, 1)
    assert found.per_operator_hour_milli == 200
    assert (found.busiest_ms, found.busiest_alarms) == (0, 3)
    silence, door = found.rules
    assert (door.alarms, door.acknowledged, door.never_acted, door.median_ack_ms) == (3, 2, 1, 6 * MINUTE)
    assert (door.suggested_ms, door.spared) == (5 * MINUTE, 3)
    assert (silence.rule, silence.suggested_ms, silence.never_acted) == ("A05", None, 1)
    assert [(one.subject, one.alarms) for one in found.chattering] == [("door-1", 4)]


def test_what_stands_for_a_day_is_stale_and_a_hard_limit_is_never_delayed() -> None:
    hard = [alarm(f"a-{n}", n, 1, rule="A02", subject=f"p-{n}") for n in range(5)]
    found = quality([*hard, alarm("a-9", 0, None)], [], SPAN, 25 * HOUR_MS)
    assert [one.subject for one in found.stale] == ["door-1"]
    assert [one.suggested_ms for one in found.rules if one.rule == "A02"] == [None]
    assert quality([], [], SPAN, SPAN[1]).per_operator_hour_milli == 0


@given(st.lists(st.integers(0, 3 * HOUR_MS), max_size=30))
def test_a_suggested_delay_spares_what_it_says_and_no_shorter_one_would_do(lengths: list[int]) -> None:
    delay, spared = suggested_delay(lengths)
    enough = [one for one in DELAYS_MS if sum(length < one for length in lengths) * 10 >= 8 * len(lengths)]
    if delay is None:
        assert len(lengths) < 3 or not enough
    else:
        assert delay == min(enough)
        assert spared == sum(length < delay for length in lengths)
