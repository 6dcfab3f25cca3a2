"""What hangs on which line: plain data, made from the settings by the assembly."""

from dataclasses import dataclass
from typing import Final

from coldchain.places import ContactKind

INPUTS_MAX: Final = 16  # modules for dry contacts have 2, 4, 8 or 16 inputs


@dataclass(frozen=True, slots=True, kw_only=True)
class TemperaturePlan:
    """A temperature collector: `channels` maps the channel (0 for the first) to the id of its probe."""

    slave: int
    channels: dict[int, str]
    poll_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class InputPlan:
    """One input of a digital-input module and the contact on it.

    `number` is 0 for the first input. Unless `inverted`, the input is 1 while the thing is so that its kind names: the
    door open, the mains there, the UPS on battery, the freezer defrosting, the agitator moving.
    """

    number: int
    contact: str
    kind: ContactKind
    inverted: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ButtonPlan:
    """The mute button on an input: 1 while it is pressed, unless `inverted`. No contact: it tells of no place."""

    number: int
    inverted: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactPlan:
    """A digital-input module with what is on its inputs; a contact or a button at least, each input once."""

    slave: int
    poll_ms: int
    inputs: tuple[InputPlan, ...]
    button: ButtonPlan | None = None


def door_and_mains(door: str | None, mains: str | None) -> tuple[InputPlan, ...]:
    """Return the inputs of a module wired the short way: a door on input 0, a mains watch on input 1, or one."""
    wired = ((0, door, ContactKind.DOOR), (1, mains, ContactKind.MAINS))
    return tuple(InputPlan(number=number, contact=contact, kind=kind) for number, contact, kind in wired if contact)


@dataclass(frozen=True, slots=True, kw_only=True)
class BusPlan:
    """One RS-485 line with its Modbus slaves; `port` is a tty or a URL such as socket://host:port."""

    port: str
    baud: int = 9_600
    temperature: tuple[TemperaturePlan, ...] = ()
    contacts: tuple[ContactPlan, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ReaderPlan:
    """A reader whose zone is the inside of the place behind the contact `door`."""

    id: str
    port: str
    door: str
    baud: int = 115_200
    idle_cycle_ms: int = 300_000
    cycle_ms: int = 1_500


@dataclass(frozen=True, slots=True, kw_only=True)
class DockPlan:
    """A serial line at the counter on which courier's boxes are read out, and the ids of those that may be."""

    port: str
    boxes: tuple[str, ...]
    baud: int = 115_200


@dataclass(frozen=True, slots=True, kw_only=True)
class EdgePlan:
    """All that one gateway watches."""

    gateway: str
    buses: tuple[BusPlan, ...] = ()
    readers: tuple[ReaderPlan, ...] = ()
