"""Whether a cabinet gets worse: cycles out of air readings, days against days, and nothing out of too little."""

import numpy as np
import pytest
from support.histories import history_of

from coldchain.history import History
from rules.trend import cycles, recoveries, worse

MINUTE, DAY = 60_000, 86_400_000
NOW = 40 * DAY


def triangle(minute: int, rise: int, fall: int) -> int:
    """Return the air of a fridge that warms for `rise` minutes and is cooled for `fall`, between 3 and 5 degrees."""
    at = minute % (rise + fall)
    part = at / rise if at < rise else 1 - (at - rise) / fall
    return round(3_000_000 + 2_000_000 * part)


def air(days: int, rise: int = 20, fall: int = 10, last: tuple[int, int] | None = None, step: int = 1) -> History:
    """Return readings a minute of so many days up to NOW; the last 24 hours may differ. No two days are quite alike."""
    rows = []
    for minute in range(-days * 1_440, 0, step):
        day = -minute // 1_440
        up, down = (rise + day % 3, fall) if last is None or minute < -1_440 else last
        rows.append((NOW + minute * MINUTE, triangle(minute, up, down)))
    return history_of(rows)


def said(history: History, openings: list[tuple[int, int]] | None = None) -> dict[str, tuple[int, int]]:
    return {one.what: (round(one.now), round(one.baseline)) for one in worse(history, openings or [], NOW)}


def test_cycles_lie_between_turns_upwards() -> None:
    found = cycles(history_of([(i * MINUTE, triangle(i, 20, 10)) for i in range(240)]))
    assert len(found) == 6
    assert {one.end_ms - one.begin_ms for one in found} == {30 * MINUTE}
    assert {one.falling_ms for one in found} == {10 * MINUTE}


def test_noise_and_a_gap_make_no_cycle() -> None:
    assert cycles(history_of([(i * MINUTE, 4_000_000 + 140_000 * (i % 2)) for i in range(240)])) == []
    broken = [(i * MINUTE + (i >= 25) * 3 * 3_600_000, triangle(i, 20, 10)) for i in range(50)]
    assert cycles(history_of(broken)) == []


def test_a_cabinet_like_every_day_is_not_worse() -> None:
    assert said(air(31)) == {}


def test_longer_cycles_and_more_cooling_are_worse() -> None:
    assert said(air(31, last=(20, 40))) == {"period": (63, 31), "duty": (67, 32)}
    assert said(air(31, last=(22, 11))) == {}
    assert "period" in said(air(31, last=(2_000, 1)))  # it cools no more, or all the time: no cycle at all


def test_fewer_than_two_weeks_or_a_day_hardly_measured_compare_with_nothing() -> None:
    assert said(air(14, last=(20, 40))) == {}
    assert "period" in said(air(16, last=(20, 40)))
    whole = air(31, last=(20, 40))
    kept = (whole.taken_ms < NOW - DAY) | (whole.taken_ms >= NOW - DAY // 2)
    half = History(taken_ms=whole.taken_ms[kept], micro_celsius=whole.micro_celsius[kept], quality=whole.quality[kept])
    assert said(half) == {}


@pytest.mark.parametrize(("last_minutes", "is_worse"), [(11, False), (25, True)])
def test_recovery_after_a_door(last_minutes: int, is_worse: bool) -> None:
    values = np.full(31 * 1_440, 4_000_000)
    openings = []
    for day in range(31):
        for hour in (8, 11, 14, 17):
            opened = day * 1_440 + hour * 60
            back = last_minutes if day == 30 else 9 + (day + hour) % 4
            values[opened + 1 : opened + 2 + back] = 7_000_000
            openings.append((NOW - 31 * DAY + opened * MINUTE + 1, NOW - 31 * DAY + (opened + 2) * MINUTE))
    history = history_of([(NOW - 31 * DAY + i * MINUTE, int(value)) for i, value in enumerate(values)])
    assert ("recovery" in said(history, openings)) is is_worse
    assert len(recoveries(history, openings)) == len(openings)


def test_an_opening_that_hardly_warmed_it_says_nothing() -> None:
    calm = history_of([(i * MINUTE, 4_000_000 + (200_000 if i > 10 else 0)) for i in range(60)])
    assert recoveries(calm, [(10 * MINUTE, 11 * MINUTE)]) == []
