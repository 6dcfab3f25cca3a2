"""Whom alarms call, as a technician writes it down."""

import tomllib
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from pydantic import ValidationError

from assembly.escalation_settings import EscalationTable, escalation_problems
from coldchain.alarms import Severity
from coldchain.duties import Address, without_addresses
from rules.escalation import on_call

CHANNELS = ("sms", "call", "wecom")
EXAMPLE = """
[[person]]
id = "li-hua"
name = "李华"
addresses = {sms = "+8613800000001", call = "+8613800000001"}
[[person]]
id = "wang"
name = "王明"
addresses = {sms = "+8613800000002"}
[[rota]]
id = "technicians"
shift = [
  {days = ["mon", "tue", "wed", "thu", "fri"], begin = "08:00", end = "20:00", person = "li-hua"},
  {days = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"], begin = "20:00", end = "08:00", person = "wang"},
]
instead = [{begin = "2026-10-01T08:00", end = "2026-10-08T08:00", person = "wang"}]
[[plan]]
quiet_begin = "22:00"
quiet_end = "06:00"
[[plan.level]]
after_minutes = 0
rotas = ["technicians"]
channels = ["sms"]
addresses = {wecom = "group-1"}
[[plan.level]]
after_minutes = 30
people = ["li-hua"]
repeat_minutes = 5
least = "high"
"""


def table(text: str = EXAMPLE, **changed: Any) -> EscalationTable:
    return EscalationTable.model_validate({**tomllib.loads(text), **changed})


def test_what_is_written_becomes_people_rotas_and_chains() -> None:
    read = table()
    assert escalation_problems(read, CHANNELS) == []
    made = read.escalation("Asia/Shanghai")
    (plan,) = made.plans
    first, last = plan.levels
    assert (plan.site, plan.quiet_from_minute, plan.quiet_to_minute) == ("", 1_320, 360)
    assert first.addresses == (Address(channel="wecom", to="group-1"),)
    assert (last.after_ms, last.repeat_ms, last.least) == (1_800_000, 300_000, Severity.HIGH)
    zone = ZoneInfo("Asia/Shanghai")
    (rota,) = made.calendar.rotas
    instants = {
        text: round(datetime.fromisoformat(text).replace(tzinfo=zone).timestamp() * 1_000)
        for text in ("2026-03-12T10:00", "2026-03-12T23:00", "2026-10-02T10:00")
    }
    who = {text: on_call(rota, "Asia/Shanghai", at_ms) for text, at_ms in instants.items()}
    assert list(who.values()) == ["li-hua", "wang", "wang"]


def test_no_address_goes_into_the_record() -> None:
    kept = without_addresses(table().escalation("Asia/Shanghai"))
    assert "+86" not in str(kept)
    assert "group-1" not in str(kept)
    assert [one.channel for one in kept.calendar.people[0].addresses] == ["sms", "call"]


@pytest.mark.parametrize(
    ("old", "new", "key"),
    [
        ('person = "wang"}]', 'person = "nobody"}]', "escalation.rota[1].instead[1].person"),
        ('rotas = ["technicians"]', 'rotas = ["others"]', "escalation.plan[1].level[1].rotas"),
        ('people = ["li-hua"]', "", "escalation.plan[1].level[2]"),
        ('channels = ["sms"]', 'channels = ["smss"]', "escalation.plan[1].level[1]"),
        ('{sms = "+8613800000002"}', '{fax = "+8613800000002"}', "escalation.person[2].addresses"),
        ('id = "wang"', 'id = "li-hua"', "escalation.person[2].id"),
    ],
)
def test_a_name_that_nobody_has_is_said_with_its_place(old: str, new: str, key: str) -> None:
    assert key in {one.key for one in escalation_problems(table(EXAMPLE.replace(old, new)), CHANNELS)}


@pytest.mark.parametrize(("old", "new"), [('"08:00"', '"8 am"'), ('"mon"', '"Montag"'), ("= 30", "= 3000")])
def test_what_cannot_be_read_is_refused(old: str, new: str) -> None:
    with pytest.raises(ValidationError):
        table(EXAMPLE.replace(old, new))
