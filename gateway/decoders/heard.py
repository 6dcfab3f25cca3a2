"""What can be heard on a line, as frozen values; a refusal is one of them, with its reason and its bytes."""

from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from coldchain.facts import Quality


class Fault(StrEnum):
    """Why bytes were refused."""

    NOISE = "noise"  # bytes outside any frame
    CHECKSUM = "checksum"  # the frame's own sum or CRC does not match
    FRAME_END = "frame-end"  # no end mark where the declared length puts it
    EPC_LENGTH = "epc-length"  # the EPC's length is not what the PC word says
    TAG_CRC = "tag-crc"  # the CRC that the tag itself sent does not match
    TRUNCATED = "truncated"  # the line fell silent within a frame
    NOT_AN_ANSWER = "not-an-answer"  # a command: our own echo, or somebody else's
    PAYLOAD = "payload"  # a sound frame whose payload is not what this answer carries
    ECHO = "echo"  # our own request came back
    VALUE = "value"  # a sound line or file whose value is no number that can be read
    UNASKED = "unasked"  # a sound answer that nobody waits for: late, or somebody else's


@dataclass(frozen=True, slots=True, kw_only=True)
class TagSeen:
    """One read of one tag. `epc` is upper-case hex, its length verified against `pc`; antennas count from 1.

    `khz` is the channel, where the reader says it.
    """

    rssi_dbm: int
    pc: int
    epc: str
    antenna: int = 1
    khz: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TagListed:
    """One tag in a reader's list. The protocol gives no PC and no dBm: `rssi_raw` is the reader's own unit, or None.

    `epc` is upper-case hex: the EPC, or the UID of an ISO 15693 tag. Antennas count from 1; 0 is one that the reader
    did not name. `tid` is upper-case hex where the reader read it along.
    """

    epc: str
    antenna: int
    rssi_raw: int | None
    tid: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class InventoryEnded:
    """The reader has come to the end of the round that it was asked for; `antenna` and `reads` where it says them.

    `remaining` tags of the round are not told yet: they have to be asked for.
    """

    antenna: int | None = None
    reads: int | None = None
    remaining: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ReaderStopped:
    """The reader has ended its inventory because it was told to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReaderNoTag:
    """A round without any tag: the normal idle answer, not a fault."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReaderInfo:
    """What the reader says of itself: subject 0 hardware, 1 software, 2 manufacturer (1 where there is but one)."""

    subject: int
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReaderError:
    """The reader could not do what it was told; `code` as in the vendor's table, `detail` what follows it."""

    code: int
    detail: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class ReaderAnswer:
    """A sound answer to some other command."""

    command: int
    parameters: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistersRead:
    """Registers of a Modbus slave as unsigned 16-bit words, from the first that was asked for."""

    slave: int
    values: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class InputsRead:
    """Discrete inputs of a Modbus slave, from the first that was asked for."""

    slave: int
    bits: tuple[bool, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ModbusException:
    """A Modbus slave refused; `function` is the one that was asked for."""

    slave: int
    function: int
    code: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What a channel of a device measured; `micro_celsius` is None exactly when the quality is not GOOD."""

    channel: str
    micro_celsius: int | None
    quality: Quality = Quality.GOOD


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejected:
    """Bytes that are not taken, with the reason."""

    fault: Fault
    raw: bytes


Heard: TypeAlias = (
    TagSeen
    | TagListed
    | InventoryEnded
    | ReaderStopped
    | ReaderNoTag
    | ReaderInfo
    | ReaderError
    | ReaderAnswer
    | RegistersRead
    | InputsRead
    | ModbusException
    | Rejected
)
