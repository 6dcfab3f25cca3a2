"""Whom an alarm calls, when and over what: the plan of a site, and the duties that follow from it.

A *duty* is one message to one address. It is computed anew whenever somebody asks (rules.escalation), so its `key` is
always the same for the same message: who sends them keeps the keys that are done.
"""

from enum import StrEnum

import msgspec

from coldchain.alarms import Severity


class DutyKind(StrEnum):
    """What a message says."""

    RAISED = "raised"
    ESCALATED = "escalated"
    AGAIN = "again"  # it lasts although somebody has acknowledged it, or a phone rings once more
    CLEARED = "cleared"
    SUMMARY = "summary"  # of many alarms of one site
    TEST = "test"


class Duty(msgspec.Struct, frozen=True, kw_only=True):
    """One message that has to go out at due_ms: over `channel` (a word of the settings) to the address `to`.

    `level` counts from 0. `person` is the id of whom it is for, "" for an address of the site's (a group, a siren).
    """

    key: str
    alarm: str
    channel: str
    to: str
    due_ms: int
    level: int
    kind: DutyKind
    severity: Severity
    site: str
    person: str = ""


class Address(msgspec.Struct, frozen=True, kw_only=True):
    """An address on a channel, e.g. sms +8613800000000."""

    channel: str
    to: str


class OnCallPerson(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who can be called."""

    id: str
    name: str
    addresses: tuple[Address, ...]


class Shift(msgspec.Struct, frozen=True, kw_only=True):
    """Every week on these days (0 is Monday) from one minute of the local day to another, which may lie in the next.

    from_minute equal to to_minute: the whole day. Times are those of the wall clock, also when the clocks change.
    """

    days: tuple[int, ...]
    from_minute: int
    to_minute: int
    person: str


class StandIn(msgspec.Struct, frozen=True, kw_only=True):
    """From from_ms to to_ms (UTC) another person is on call, e.g. on a holiday."""

    from_ms: int
    to_ms: int
    person: str


class Rota(msgspec.Struct, frozen=True, kw_only=True):
    """Who is on call: the last exception that holds, else the first shift that holds, else nobody."""

    id: str
    shifts: tuple[Shift, ...]
    exceptions: tuple[StandIn, ...] = ()


class Level(msgspec.Struct, frozen=True, kw_only=True):
    """After after_ms without an acknowledgement these are told: people on call of rotas, people by id, addresses.

    `channels`: only over these ((): over all that a person has). `repeat_ms`: and again so often, 0 once.
    `least`: only of alarms that are at least so grave.
    """

    after_ms: int
    rotas: tuple[str, ...] = ()
    people: tuple[str, ...] = ()
    addresses: tuple[Address, ...] = ()
    channels: tuple[str, ...] = ()
    repeat_ms: int = 0
    least: Severity = Severity.LOW


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """How alarms of a site call people. `site` "": of every site that has no plan of its own.

    Warnings (below high) wait from quiet_from_minute to quiet_to_minute of the local day for its end; equal: never.
    """

    site: str
    zone: str
    levels: tuple[Level, ...]
    quiet_from_minute: int = 0
    quiet_to_minute: int = 0


class Calendar(msgspec.Struct, frozen=True, kw_only=True):
    """The people and the rotas that plans name."""

    people: tuple[OnCallPerson, ...] = ()
    rotas: tuple[Rota, ...] = ()


class Escalation(msgspec.Struct, frozen=True, kw_only=True):
    """How alarms call people, as it holds from a start of the centre on; a higher version replaces.

    In the ledger it stands without addresses (`without_addresses`): who was on call has to be known for ten years, and
    nobody's telephone number has to.
    """

    version: int = 1
    plans: tuple[Plan, ...] = ()
    calendar: Calendar = Calendar()


def without_addresses(escalation: Escalation) -> Escalation:
    """Return it with the channels of every address and no address."""
    calendar = escalation.calendar
    people = tuple(msgspec.structs.replace(one, addresses=_channels(one.addresses)) for one in calendar.people)
    plans = tuple(
        msgspec.structs.replace(
            plan,
            levels=tuple(msgspec.structs.replace(one, addresses=_channels(one.addresses)) for one in plan.levels),
        )
        for plan in escalation.plans
    )
    return msgspec.structs.replace(escalation, plans=plans, calendar=msgspec.structs.replace(calendar, people=people))


def _channels(addresses: tuple[Address, ...]) -> tuple[Address, ...]:
    return tuple(Address(channel=one.channel, to="") for one in addresses)
