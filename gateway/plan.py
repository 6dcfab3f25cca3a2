"""What hangs on which line: plain data, made from the settings by the assembly."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from coldchain.places import ContactKind
from coldchain.radio import SignalUnit
from gateway.box_words import BoxRules
from gateway.decoders.json_device import JsonDevicePlan
from gateway.decoders.register_map import RegisterMap
from rules.read_rate import RATE_PERMILLE

READER_PROTOCOLS: Final = ("bb7e", "a0", "chafon", "chafon18", "hf7e55", "llrp", "llrp+tls")
READER_BAUDS: Final = {"chafon": 57_600, "chafon18": 57_600}  # as delivered; all others 115,200
READER_BAUD: Final = 115_200
READER_ANTENNAS_MAX: Final = {"a0": 8, "chafon": 16, "llrp": 16, "llrp+tls": 16}  # all others have one
READER_ADDRESS_MAX: Final = {"a0": 0xFF, "chafon": 0xFF, "chafon18": 0xFF, "hf7e55": 0xFFFF}  # others have no address
INPUTS_MAX: Final = 16  # modules for dry contacts have 2, 4, 8 or 16 inputs
FRAMING: Final = "8N1"  # data bits, parity (N, E or O), stop bits
TCP_SCHEME: Final = "tcp://"  # in front of host:port: Modbus TCP


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
class DevicePlan:
    """A Modbus device of the kind that `map` describes, with the probe of each channel and the id of each contact.

    Every channel that is named has an address in the map.
    """

    slave: int
    map: RegisterMap
    channels: Mapping[str, str]
    poll_ms: int
    contacts: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class BusPlan:
    """One line with its Modbus slaves; `port` is a tty, a URL such as socket://host:port (RTU), or tcp://host:port."""

    port: str
    baud: int = 9_600
    temperature: tuple[TemperaturePlan, ...] = ()
    contacts: tuple[ContactPlan, ...] = ()
    devices: tuple[DevicePlan, ...] = ()
    framing: str = FRAMING

    @property
    def empty(self) -> bool:
        """Whether nothing hangs on it."""
        return not (self.temperature or self.contacts or self.devices)


@dataclass(frozen=True, slots=True, kw_only=True)
class W1Plan:
    """DS18B20 probes on the machine's own 1-Wire bus: `probes` maps the sensor's id (28-...) to the id of its probe."""

    folder: str
    probes: Mapping[str, str]
    poll_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DriverPlan:
    """A serial line with a device that a driver talks to (gateway/drivers.py), with the driver's own settings."""

    driver: str
    port: str
    channels: Mapping[str, str]
    poll_ms: int
    baud: int = 9_600
    framing: str = FRAMING
    settings: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class ZonePlan:
    """Some antennas of a reader, a logical reader of its own: `id` is the origin of its facts, not the reader's."""

    id: str
    antennas: frozenset[int]
    door: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReaderPlan:
    """A reader whose zone is the inside of the place behind the contact `door`.

    With `zones`, each of them has a place and a door of its own, and the reader itself speaks of none.
    `door` "": a tunnel, past which crates go; its cycles are accepted and decide nothing here.
    `read_rate_permille`: in how many of 1,000 cycles it reads a tag, as found when it was put up; it is measured on.
    `port` is a tty, or tcp://host:port of a reader or serial server on the network. `protocol` is one of
    READER_PROTOCOLS. `address` is the reader's own where its protocol has one; None: as delivered, or what all answer
    to. `antennas` are those in use, by the number printed at the port, from 1. `ca`, `certificate` with `key`, and
    `server_name` count for llrp+tls: whom we trust (None: whom the system trusts), who we are, and the name in the
    reader's certificate if it is not the host.
    """

    id: str
    port: str
    door: str
    baud: int = 115_200
    idle_cycle_ms: int = 300_000
    cycle_ms: int = 1_500
    protocol: str = "bb7e"
    address: int | None = None
    antennas: tuple[int, ...] = (1,)
    ca: Path | None = None
    certificate: Path | None = None
    key: Path | None = None
    server_name: str = ""
    read_rate_permille: int = RATE_PERMILLE
    zones: tuple[ZonePlan, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class DockPlan:
    """A serial line at the counter on which courier's boxes are read out, and the ids of those that may be."""

    port: str
    boxes: tuple[str, ...]
    baud: int = 115_200


@dataclass(frozen=True, slots=True, kw_only=True)
class BoxPlan:
    """What makes a gateway a box. `load` and `air` are its probes, `lid` its contact; None or (): it has none.

    `gps`: the receiver's serial port. `button`: a file that holds 1 while it is pressed; `battery`: one with percent;
    `signal`: one with how strongly the network is heard, and what that number counts.
    """

    gateway: str
    rules: BoxRules
    load: tuple[str, ...]
    air: tuple[str, ...] = ()
    lid: str | None = None
    gps: str | None = None
    baud: int = 9_600
    button: Path | None = None
    battery: Path | None = None
    signal: tuple[Path, SignalUnit] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ListenPlan:
    """A broker and the devices that are heard on it. `silent_ms`: after so long without a word a device is silent."""

    url: str = field(repr=False)  # it may hold a password
    client_id: str
    devices: tuple[JsonDevicePlan, ...]
    silent_ms: int = 900_000


@dataclass(frozen=True, slots=True, kw_only=True)
class EdgePlan:
    """All that one gateway watches."""

    gateway: str
    buses: tuple[BusPlan, ...] = ()
    readers: tuple[ReaderPlan, ...] = ()
    w1: tuple[W1Plan, ...] = ()
    drivers: tuple[DriverPlan, ...] = ()
    listening: ListenPlan | None = None
