"""What hangs on which line: plain data, made from the settings by the assembly."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class TemperaturePlan:
    """A temperature collector: `channels` maps the channel (0 for the first) to the id of its probe."""

    slave: int
    channels: dict[int, str]
    poll_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactPlan:
    """A digital-input module: input 0 is 1 while the door is open, input 1 is 1 while the mains is there.

    `door` and `mains` are contact ids; None where nothing is connected.
    """

    slave: int
    poll_ms: int
    door: str | None = None
    mains: str | None = None


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
class EdgePlan:
    """All that one gateway watches."""

    gateway: str
    buses: tuple[BusPlan, ...] = ()
    readers: tuple[ReaderPlan, ...] = ()
