"""Whom alarms call: the table [escalation] of server.toml, with people, rotas and the chain of each site."""

from collections.abc import Iterable
from datetime import datetime
from typing import Annotated, Final
from zoneinfo import ZoneInfo

from pydantic import BeforeValidator, Field

from assembly.problems import Allowed, Loc, Problem, key_text, one_of, used_twice
from assembly.settings_types import Id, Name, OptionalId, Table, a_number
from coldchain.alarms import Severity
from coldchain.duties import Address, Calendar, Escalation, Level, OnCallPerson, Plan, Rota, Shift, StandIn
from coldchain.places import Text

MINUTE_MS: Final = 60_000
MINUTES_MAX: Final = 1_440
DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
PEOPLE_MAX, SHIFTS_MAX, LEVELS_MAX = 200, 100, 8
_CLOCK: Final = r"([01][0-9]|2[0-3]):[0-5][0-9]"

Clock = Annotated[
    str,
    Field(pattern=f"^{_CLOCK}$"),
    Allowed('a time of day as on the wall, e.g. "08:00"', '当地时间，例如 "08:00"'),
]
LocalTime = Annotated[
    str,
    Field(pattern=rf"^[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}T{_CLOCK}$"),
    Allowed('a local time, e.g. "2026-10-01T08:00"', '当地时间，例如 "2026-10-01T08:00"'),
]
Minutes = Annotated[
    int,
    BeforeValidator(a_number),
    Field(ge=0, le=MINUTES_MAX),
    Allowed(f"whole minutes from 0 to {MINUTES_MAX}", f"0 到 {MINUTES_MAX} 的整数分钟"),
]
Ids = Annotated[tuple[Id, ...], Field(max_length=PEOPLE_MAX), Allowed("a list of ids", "编号列表")]
Channels = Annotated[
    tuple[Id, ...],
    Field(max_length=16),
    Allowed('a list of channels, e.g. ["sms", "call"]; empty for all', '通道列表，例如 ["sms", "call"]；空表示全部'),
]
Addresses = Annotated[
    dict[Id, Name],
    Allowed(
        'channels with addresses, e.g. {sms = "+8613800000000"}',
        '通道与地址，例如 {sms = "+8613800000000"}',
        secret=True,
    ),
]


class PersonTable(Table):
    """Somebody who can be called."""

    id: Id
    name: Name
    addresses: Addresses

    def person(self) -> OnCallPerson:
        """Return it as plain data."""
        return OnCallPerson(id=self.id, name=self.name, addresses=_addresses(self.addresses))


class ShiftTable(Table):
    """Every week on these days, from one time of day to another, which may lie in the next day."""

    days: Annotated[
        tuple[Annotated[str, Field(pattern=f"^({'|'.join(DAYS)})$")], ...],
        Field(min_length=1, max_length=7),
        Allowed('days, e.g. ["mon", "tue"]', '星期，例如 ["mon", "tue"]'),
    ]
    begin: Clock
    end: Clock
    person: Id

    def shift(self) -> Shift:
        """Return it as plain data."""
        days = tuple(DAYS.index(day) for day in self.days)
        return Shift(days=days, from_minute=_minute(self.begin), to_minute=_minute(self.end), person=self.person)


class StandInTable(Table):
    """Another person is on call from one local time to another."""

    begin: LocalTime
    end: LocalTime
    person: Id

    def stand_in(self, zone: ZoneInfo) -> StandIn:
        """Return it as plain data."""
        begin, end = (
            round(datetime.fromisoformat(text).replace(tzinfo=zone).timestamp() * 1_000)
            for text in (self.begin, self.end)
        )
        return StandIn(from_ms=begin, to_ms=end, person=self.person)


class RotaTable(Table):
    """Who is on call, week by week; stand-ins count before it."""

    id: Id
    shift: Annotated[tuple[ShiftTable, ...], Field(max_length=SHIFTS_MAX), Allowed("tables shift", "表 shift")] = ()
    instead: Annotated[
        tuple[StandInTable, ...], Field(max_length=SHIFTS_MAX), Allowed("tables instead", "表 instead")
    ] = ()

    def rota(self, zone: ZoneInfo) -> Rota:
        """Return it as plain data."""
        exceptions = tuple(one.stand_in(zone) for one in self.instead)
        return Rota(id=self.id, shifts=tuple(one.shift() for one in self.shift), exceptions=exceptions)


class LevelTable(Table):
    """After so many minutes without an acknowledgement these are told."""

    after_minutes: Minutes
    rotas: Ids = ()
    people: Ids = ()
    addresses: Addresses = Field(default_factory=dict)
    channels: Channels = ()
    repeat_minutes: Minutes = 0
    least: Annotated[
        Severity, Allowed('"low", "medium", "high" or "critical"', '"low"、"medium"、"high" 或 "critical"')
    ] = Severity.LOW

    def level(self) -> Level:
        """Return it as plain data."""
        return Level(
            after_ms=self.after_minutes * MINUTE_MS,
            rotas=self.rotas,
            people=self.people,
            addresses=_addresses(self.addresses),
            channels=self.channels,
            repeat_ms=self.repeat_minutes * MINUTE_MS,
            least=self.least,
        )


class PlanTable(Table):
    """The chain of a site, or of every site that has none of its own."""

    site: OptionalId = None
    level: Annotated[
        tuple[LevelTable, ...],
        Field(min_length=1, max_length=LEVELS_MAX),
        Allowed("1 to 8 tables level", "1 到 8 个表 level"),
    ]
    quiet_begin: Clock = "00:00"
    quiet_end: Clock = "00:00"

    def plan(self, zone: str) -> Plan:
        """Return it as plain data."""
        return Plan(
            site=self.site or "",
            zone=zone,
            levels=tuple(one.level() for one in self.level),
            quiet_from_minute=_minute(self.quiet_begin),
            quiet_to_minute=_minute(self.quiet_end),
        )


class EscalationTable(Table):
    """Whom alarms call. Without it alarms stand on the pages and nobody is called."""

    person: Annotated[
        tuple[PersonTable, ...], Field(max_length=PEOPLE_MAX), Allowed("tables person", "表 person", secret=True)
    ] = ()
    rota: Annotated[tuple[RotaTable, ...], Field(max_length=PEOPLE_MAX), Allowed("tables rota", "表 rota")] = ()
    plan: Annotated[tuple[PlanTable, ...], Field(max_length=PEOPLE_MAX), Allowed("tables plan", "表 plan")] = ()

    def escalation(self, zone: str) -> Escalation:
        """Return it as plain data; times of day are those of `zone`."""
        calendar = Calendar(
            people=tuple(one.person() for one in self.person),
            rotas=tuple(one.rota(ZoneInfo(zone)) for one in self.rota),
        )
        return Escalation(plans=tuple(one.plan(zone) for one in self.plan), calendar=calendar)


Escalations = Annotated[EscalationTable, Allowed("a table [escalation]", "表 [escalation]", secret=True)]


def escalation_problems(table: EscalationTable, channels: Iterable[str]) -> list[Problem]:
    """Return what cannot be used: ids used twice, names that nobody has, a level that tells nobody.

    `channels`: the ids of [[channel]]; over a channel that is not there nobody would be called.
    """
    at = "escalation"
    people, rotas = [one.id for one in table.person], [one.id for one in table.rota]
    found = used_twice(((at, "person", i, "id"), one.id) for i, one in enumerate(table.person))
    found += used_twice(((at, "rota", i, "id"), one.id) for i, one in enumerate(table.rota))
    found += used_twice(((at, "plan", i, "site"), one.site or "") for i, one in enumerate(table.plan))
    for i, rota in enumerate(table.rota):
        named: list[tuple[Loc, str]] = [(("shift", j), one.person) for j, one in enumerate(rota.shift)]
        named += [(("instead", j), other.person) for j, other in enumerate(rota.instead)]
        for loc, person in named:
            found += one_of((at, "rota", i, *loc, "person"), person, people, "person")
    for i, plan in enumerate(table.plan):
        for j, level in enumerate(plan.level):
            loc = at, "plan", i, "level", j
            wrong = _level_problems(loc, level, people, rotas)
            found += wrong or _nobody_ever(loc, level, table)
    return found + _channel_problems(table, list(channels))


def _channel_problems(table: EscalationTable, channels: list[str]) -> list[Problem]:
    found = []
    for i, person in enumerate(table.person):
        for name in person.addresses:
            found += one_of(("escalation", "person", i, "addresses"), name, channels, "channel")
    for i, plan in enumerate(table.plan):
        for j, level in enumerate(plan.level):
            for name in (*level.channels, *level.addresses):
                found += one_of(("escalation", "plan", i, "level", j), name, channels, "channel")
    return found


def _level_problems(
    loc: tuple[str | int, ...], level: LevelTable, people: list[str], rotas: list[str]
) -> list[Problem]:
    found = []
    for name in level.people:
        found += one_of((*loc, "people"), name, people, "person")
    for name in level.rotas:
        found += one_of((*loc, "rotas"), name, rotas, "rota")
    if not (level.people or level.rotas or level.addresses):
        what = Text(
            en="tells nobody: name rotas, people or addresses", zh="没有通知任何人：请填写 rotas、people 或 addresses"
        )
        found.append(Problem(key=key_text(loc), what=what))
    return found


def _nobody_ever(loc: Loc, level: LevelTable, table: EscalationTable) -> list[Problem]:
    """Return that nobody a level names has any of its channels, or that its rotas have nobody at all."""
    of_rotas = [one for one in table.rota if one.id in level.rotas]
    shifts = [one.person for rota in of_rotas for one in rota.shift]
    stand_ins = [one.person for rota in of_rotas for one in rota.instead]
    named = {*level.people, *shifts, *stand_ins}
    channels = {channel for one in table.person if one.id in named for channel in one.addresses}
    if level.addresses or (channels & set(level.channels) if level.channels else channels):
        return []
    what = Text(
        en="tells nobody ever: nobody whom it names has an address on its channels, or its rotas are empty",
        zh="永远通知不到任何人：所列人员没有该级通道上的地址，或值班表为空",
    )
    return [Problem(key=key_text(loc), what=what)]


def _addresses(said: dict[str, str]) -> tuple[Address, ...]:
    return tuple(Address(channel=channel, to=to) for channel, to in said.items())


def _minute(text: str) -> int:
    hour, _, minute = text.partition(":")
    return int(hour) * 60 + int(minute)
