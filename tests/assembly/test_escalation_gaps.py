"""A plan that would call nobody at some hour or site is said at the start."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assembly.escalation_gaps import DAY_MINUTES, WEEK_MINUTES, escalation_gaps, first_hole
from assembly.escalation_settings import EscalationTable, escalation_problems
from coldchain.duties import Address, Calendar, Escalation, Level, OnCallPerson, Plan, Rota, Shift
from rules.escalation import on_call

WEEKDAYS, EVERY = (0, 1, 2, 3, 4), tuple(range(7))
HOLED = Rota(
    id="technicians",
    shifts=(
        Shift(days=WEEKDAYS, from_minute=480, to_minute=1_200, person="li"),
        Shift(days=EVERY, from_minute=1_200, to_minute=480, person="wang"),
    ),
)
WHOLE = msgspec.structs.replace(
    HOLED, shifts=(*HOLED.shifts, Shift(days=(5, 6), from_minute=480, to_minute=1_200, person="wang"))
)
PEOPLE = tuple(OnCallPerson(id=name, name=name, addresses=(Address(channel="sms", to="1"),)) for name in ("li", "wang"))


def escalation(rota: Rota, site: str = "", channels: tuple[str, ...] = ()) -> Escalation:
    levels = (Level(after_ms=0, rotas=(rota.id,), channels=channels),)
    plan = Plan(site=site, zone="Asia/Shanghai", levels=levels)
    return Escalation(plans=(plan,), calendar=Calendar(people=PEOPLE, rotas=(rota,)))


def test_a_hole_in_a_week_is_said_with_its_hour() -> None:
    (gap,) = escalation_gaps(escalation(HOLED), ["s"])
    assert "technicians has nobody on Saturday from 08:00" in gap.en
    assert "周六 08:00" in gap.zh
    assert escalation_gaps(escalation(WHOLE), ["s"]) == []


SHIFT = st.builds(
    Shift,
    days=st.lists(st.integers(0, 6), min_size=1, max_size=7, unique=True).map(tuple),
    from_minute=st.integers(0, 23).map(lambda hour: hour * 60),
    to_minute=st.integers(0, 23).map(lambda hour: hour * 60),
    person=st.just("li"),
)
MONDAY_MS = 4 * DAY_MINUTES * 60_000  # 1970-01-05


@given(st.lists(SHIFT, max_size=8).map(tuple))
def test_the_first_hole_is_the_first_hour_in_which_nobody_is_on_call(shifts: tuple[Shift, ...]) -> None:
    rota = Rota(id="r", shifts=shifts)
    hours = range(0, WEEK_MINUTES, 60)
    nobody = [minute for minute in hours if not on_call(rota, "UTC", MONDAY_MS + minute * 60_000)]
    assert first_hole(rota) == next(iter(nobody), None)


def test_a_site_without_a_plan_and_the_system_are_named_with_the_plan_that_is_used() -> None:
    assert [gap.en.split(":")[0] for gap in escalation_gaps(escalation(WHOLE, "s1"), ["s1", "s2"])] == [
        "alarms of the whole system",
        "site s2",
    ]
    assert escalation_gaps(Escalation(), ["s1"]) == []


def test_people_without_a_channel_of_their_level_are_named() -> None:
    found = escalation_gaps(escalation(WHOLE, channels=("call",)), [])
    assert [("li has no address" in gap.en, "wang has no address" in gap.en) for gap in found] == [
        (True, False),
        (False, True),
    ]


@pytest.mark.parametrize(
    "level", [{"rotas": ["r"]}, {"people": ["li"], "channels": ["call"]}, {"rotas": ["full"], "channels": ["call"]}]
)
def test_a_level_that_can_tell_nobody_ever_is_refused(level: dict[str, object]) -> None:
    shift = {"days": ["mon"], "begin": "00:00", "end": "00:00", "person": "li"}
    table = EscalationTable.model_validate(
        {
            "person": [{"id": "li", "name": "l", "addresses": {"sms": "1"}}],
            "rota": [{"id": "r", "shift": []}, {"id": "full", "shift": [shift]}],
            "plan": [{"level": [{"after_minutes": 0, **level}]}],
        }
    )
    (problem,) = escalation_problems(table, ["sms", "call"])
    assert (problem.key, "tells nobody" in problem.what.en) == ("escalation.plan[1].level[1]", True)
