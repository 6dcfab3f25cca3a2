"""Conditions of units: numbers on both sides of each limit."""

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest

from coldchain.alarms import Severity
from coldchain.closed_loop import LiveUnit, MemberKind, Plan, StockLevel
from coldchain.entries import Issue
from coldchain.units import Hold
from rules.closed_loop import transfer_barred
from rules.conditions_units import of_issue, of_open, of_plan, of_unseen
from rules.stock import Level, PlanState, level_of, month_of

MINUTE, HOUR, T0 = 60_000, 3_600_000, 1_780_000_000_000
ISSUE = Issue(unit="u", to="ward", at_ms=T0)


def live(**changed: Any) -> LiveUnit:
    made = LiveUnit(
        unit="u",
        component="red cells",
        blood_group="O+",
        profile="cn-rbc",
        profile_version=3,
        expires_ms=None,
        place="f",
        inside=False,
        entered_ms=T0 - HOUR,
        left_ms=T0,
        unseen_ms=None,
        issued_ms=T0,
        issued_to="ward",
        exposed_ms=None,
    )
    return msgspec.structs.replace(made, **changed)


@pytest.mark.parametrize(
    ("hours", "severity"), [(23, None), (24, Severity.MEDIUM), (71, Severity.MEDIUM), (72, Severity.HIGH)]
)
def test_an_issue_without_an_end_is_said_after_24_and_graver_after_72_hours(
    hours: int, severity: Severity | None
) -> None:
    found = of_open(live(), ISSUE, None, T0 + hours * HOUR)
    assert (None if found is None else found.severity) == severity


def test_what_nobody_out_there_has_is_neither_open_nor_wrongly_issued() -> None:
    held = [Hold(id="h", unit="u", finding="f", placed_ms=T0, certain=True)]
    assert of_open(live(), None, None, T0 + 90 * HOUR) is None
    assert of_issue(live(), None, None, held) is None


def test_a_unit_is_missed_after_ten_minutes() -> None:
    assert of_unseen(live(unseen_ms=T0), None, T0 + 10 * MINUTE - 1) is None
    found = of_unseen(live(unseen_ms=T0), None, T0 + 10 * MINUTE)
    assert found is not None
    assert found.values["minutes"] == 10


def test_an_issue_is_wrong_only_if_it_was_held_or_expired_then() -> None:
    def hold(at_ms: int) -> list[Hold]:
        return [Hold(id="h", unit="u", finding="f", placed_ms=at_ms, certain=True)]

    assert of_issue(live(), ISSUE, None, hold(T0 + 1)) is None
    assert of_issue(live(), ISSUE, None, hold(T0)) is not None
    assert of_issue(live(expires_ms=T0 + 1), ISSUE, None, []) is None
    late = of_issue(live(expires_ms=T0), ISSUE, None, [])
    assert late is not None
    assert late.values["what"] == "expired"


def test_hospitals_give_each_other_nothing_and_an_unknown_site_is_not_judged() -> None:
    kinds = {"a": MemberKind.HOSPITAL, "b": MemberKind.HOSPITAL, "p": MemberKind.STORAGE_POINT}
    assert transfer_barred(kinds, "a", "b")
    assert not transfer_barred(kinds, "p", "b")
    assert not transfer_barred(kinds, "a", "x")


def test_a_level_is_reached_below_its_number_and_a_plan_is_over_beyond_it() -> None:
    level = StockLevel(
        site="s", component="c", blood_group="", blue=8, yellow=6, orange=4, red=2, at_ms=1, name="n", post="p"
    )
    reached = [level_of(number, level)[0] for number in (8, 7, 5, 3, 1)]
    assert reached == [Level.ENOUGH, Level.BLUE, Level.YELLOW, Level.ORANGE, Level.RED]
    assert level_of(0, None) == (Level.UNSET, None)
    plan = Plan(site="s", component="c", month="2026-11", units=10, at_ms=1, name="n", post="p")
    assert of_plan(PlanState(plan=plan, issued=5, projected=10), T0) is None
    assert of_plan(PlanState(plan=plan, issued=5, projected=11), T0) is not None


def test_a_month_begins_with_its_first_day_in_the_zone_of_the_house() -> None:
    shanghai = ZoneInfo("Asia/Shanghai")
    begin = datetime(2026, 12, 1, tzinfo=shanghai)
    begin_ms = int(begin.timestamp()) * 1_000
    assert month_of(begin_ms, shanghai) == ("2026-12", begin_ms)
    assert month_of(begin_ms - 1, shanghai)[0] == "2026-11"
    assert month_of(begin_ms, UTC)[0] == "2026-11"
