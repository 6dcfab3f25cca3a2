"""What a unit's clock of occasions says, and what a finding says of the clock of its readings."""

from zoneinfo import ZoneInfo

import pytest

from api.clock_words import clock_state_text
from api.finding_words import clock_text
from api.wording import Language, Words
from coldchain.clock_doubt import ClockDoubt
from coldchain.closed_loop import ClockName, ClockState, UnitClock
from coldchain.units import Direction, Finding, FindingKind, FindingStatus

BEGAN = 1_700_000_000_000
WORDS = {one: Words(language=one, zone=ZoneInfo("Asia/Shanghai")) for one in Language}


@pytest.mark.parametrize(
    ("occasions", "most", "state", "en", "zh"),
    [
        (0, 1, ClockState.COUNTED, "none so far; 1 is allowed", "没有发生；允许 1 次"),
        (0, 3, ClockState.COUNTED, "none so far; 3 are allowed", "没有发生；允许 3 次"),
        (2, 3, ClockState.COUNTED, "2 of 3 that are allowed", "已用 2 次，允许 3 次"),
        (
            *(1, 1, ClockState.COUNTED),
            *("the one that is allowed is used up: one more is over", "允许的 1 次已用完，再有一次即超"),
        ),
        (
            *(3, 3, ClockState.COUNTED),
            *("all 3 that are allowed are used up: one more is over", "允许的 3 次已用完，再有一次即超"),
        ),
        (1, None, ClockState.COUNTED, "counted only, there is no limit", "仅计数（无限值）"),
        (2, 1, ClockState.OVER, "over", "已超"),
        (2, 1, ClockState.POSSIBLY_OVER, "possibly over", "可能已超"),
    ],
)
def test_what_is_allowed_and_used_is_said(
    occasions: int, most: int | None, state: ClockState, en: str, zh: str
) -> None:
    told = UnitClock(clock=ClockName.EXCURSIONS, state=state, running=False, occasions=occasions, occasions_max=most)
    assert clock_state_text(told, WORDS[Language.EN]) == en
    assert clock_state_text(told, WORDS[Language.ZH]) == zh


def finding(clock: ClockDoubt | None, end_ms: int | None = BEGAN + 300_000) -> Finding:
    return Finding(
        id="f-1",
        version=1,
        kind=FindingKind.EXCURSION,
        rule="A01",
        place="fridge-1",
        probe="fridge-1-air",
        profile="cn-rbc",
        profile_version=1,
        status=FindingStatus.OPEN if end_ms is None else FindingStatus.CLOSED,
        holds=True,
        direction=Direction.TOO_WARM,
        start_ms=BEGAN,
        condition_ms=BEGAN + 298_000,
        end_ms=end_ms,
        clock=clock,
    )


def test_a_finding_says_when_it_may_have_begun_and_ended_and_whether_it_lasted_long_enough() -> None:
    just = finding(ClockDoubt(early_ms=3_000, late_ms=5_000, span_ms=4_000, reached=False))
    assert clock_text(just, WORDS[Language.EN]) == (
        "began within 2023-11-15 06:13:17 – 06:13:25; ended within 2023-11-15 06:18:17 – 06:18:25; "
        "lasted 4 min 56 s – 5 min 4 s; only possible: by these clocks it may have been shorter than the rule's delay"
    )
    assert clock_text(just, WORDS[Language.ZH]) == (
        "开始于 2023-11-15 06:13:17 – 06:13:25 之间；结束于 2023-11-15 06:18:17 – 06:18:25 之间；"
        "持续 4 分 56 秒 – 5 分 4 秒；仅为可能：按时钟误差，持续时间未必达到规则的延时"
    )
    lasts = finding(ClockDoubt(early_ms=3_000, late_ms=5_000), end_ms=None)
    assert clock_text(lasts, WORDS[Language.EN]) == "began within 2023-11-15 06:13:17 – 06:13:25"


def test_where_nobody_said_how_right_the_clock_was_that_is_said() -> None:
    assert clock_text(finding(None), WORDS[Language.EN]).startswith("unknown: its gateway said nothing")
    assert clock_text(finding(None), WORDS[Language.ZH]).startswith("未知：网关没有说明其时钟的误差")
