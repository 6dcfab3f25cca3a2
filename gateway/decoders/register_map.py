"""Register maps: what the registers of a Modbus device mean. Words in, exact temperatures out.

Sources: MODBUS Application Protocol V1.1b3 (registers are big-endian words; the order of words within a longer value
is the vendor's own), IEEE 754 (float32).

    order   a 32-bit value 0xAABBCCDD in two registers      a 16-bit value 0xAABB
    ABCD    AABB CCDD                                       AABB
    CDAB    CCDD AABB                                       AABB
    BADC    BBAA DDCC                                       BBAA
    DCBA    DDCC BBAA                                       BBAA

A device's word for "no sensor" or "broken" is a quality, never a temperature. Scales are exact ratios; what does not
come out whole is rounded to the nearest micro-degree, a half to the even one.
"""

import struct
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from typing import Final, TypeAlias

from coldchain.facts import Quality
from coldchain.places import ContactKind, Text
from gateway.decoders.modbus_rtu import BIT_FUNCTIONS, INPUTS_MAX, REGISTERS_MAX, Request, read_request

ADDRESS_MAX: Final = 0xFFFF

Words: TypeAlias = Mapping[tuple[int, int], int]  # (function, address) to the word, or to 0 or 1 of a single bit
Measured: TypeAlias = tuple[int | None, Quality]  # micro-degrees Celsius, and None unless the quality is GOOD


class WordType(StrEnum):
    """How a number is written; `signmag16` has its sign in the highest bit and the magnitude below it."""

    INT16 = "int16"
    UINT16 = "uint16"
    SIGNMAG16 = "signmag16"
    INT32 = "int32"
    UINT32 = "uint32"
    FLOAT32 = "float32"

    @property
    def words(self) -> int:
        """Return how many registers it takes."""
        return 1 if self in {WordType.INT16, WordType.UINT16, WordType.SIGNMAG16} else 2


class WordOrder(StrEnum):
    """In which order the bytes A (highest) to D (lowest) stand in the registers."""

    ABCD = "ABCD"
    CDAB = "CDAB"
    BADC = "BADC"
    DCBA = "DCBA"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """How a temperature is written. Scale and offset are micro-degrees; sentinels are what `number_of` returns."""

    type: WordType
    order: WordOrder
    scale: Fraction
    offset: Fraction
    least_micro_celsius: int
    most_micro_celsius: int
    no_sensor: frozenset[int] = frozenset()
    fault: frozenset[int] = frozenset()
    power_on: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultBit:
    """A bit of a register (or a single bit of function 01 or 02) that is 1 while a channel cannot be believed."""

    function: int
    address: int
    bit: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """One temperature; `register` None: the map does not know where it stands, the settings have to say it."""

    name: str
    function: int
    reading: Reading
    register: int | None
    stored_min: int | None = None
    stored_max: int | None = None
    stored: bool = False
    faults: tuple[FaultBit, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """A register that shows whether the map fits the device: outside least..most nothing of the answer counts."""

    function: int
    register: int
    least: int
    most: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MapContact:
    """A contact that the device tells of: a bit of a register, or a single bit of function 01 or 02."""

    name: str
    kind: ContactKind
    function: int
    address: int
    bit: int = 0
    inverted: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterMap:
    """A kind of device. `holes`: so many addresses that nobody wants may lie within one request."""

    name: str
    version: int
    text: Text
    source: str
    confirmed: bool
    baud: int
    framing: str
    holes: int
    channels: tuple[Channel, ...]
    checks: tuple[Check, ...] = ()
    contacts: tuple[MapContact, ...] = ()

    def channel(self, name: str) -> Channel | None:
        """Return a channel by its name, or None."""
        return next((channel for channel in self.channels if channel.name == name), None)

    def contact(self, name: str) -> MapContact | None:
        """Return a contact by its name, or None."""
        return next((contact for contact in self.contacts if contact.name == name), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """Neighbouring addresses that one request reads."""

    function: int
    first: int
    count: int

    def __contains__(self, cell: tuple[int, int]) -> bool:
        """Tell whether an address of a function is read by it."""
        function, address = cell
        return function == self.function and self.first <= address < self.first + self.count

    def request(self, slave: int) -> Request:
        """Return the request."""
        return read_request(slave, self.function, self.first, self.count)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Cell:
    function: int
    first: int
    count: int = 1


def number_of(reading: Reading, words: Sequence[int]) -> Fraction | None:
    """Return the number that the words are; None for a float that is none (NaN, infinite)."""
    data = b"".join(word.to_bytes(2, "big") for word in words)
    if reading.order in {WordOrder.CDAB, WordOrder.DCBA}:
        data = data[2:] + data[:2] if len(data) == 4 else data
    if reading.order in {WordOrder.BADC, WordOrder.DCBA}:
        data = b"".join(data[i : i + 2][::-1] for i in range(0, len(data), 2))
    if reading.type is WordType.FLOAT32:
        (value,) = struct.unpack(">f", data)
        return Fraction(value) if value - value == 0 else None
    if reading.type is WordType.SIGNMAG16:
        raw = int.from_bytes(data, "big")
        return Fraction(-(raw & 0x7FFF) if raw & 0x8000 else raw)
    signed = reading.type in {WordType.INT16, WordType.INT32}
    return Fraction(int.from_bytes(data, "big", signed=signed))


def measured(reading: Reading, words: Sequence[int]) -> Measured:
    """Return what the words of one channel say."""
    number = number_of(reading, words)
    if number is None or number in reading.fault:
        return None, Quality.FAULT
    if number in reading.no_sensor:
        return None, Quality.NO_SENSOR
    micro_celsius = round(number * reading.scale + reading.offset)  # Fraction rounds a half to the even one
    within = reading.least_micro_celsius <= micro_celsius <= reading.most_micro_celsius
    return (None, Quality.IMPLAUSIBLE) if number in reading.power_on or not within else (micro_celsius, Quality.GOOD)


def at_power_on(reading: Reading, words: Sequence[int]) -> bool:
    """Tell whether this is what a sensor says after a reset, before it has measured: worth a second look."""
    return number_of(reading, words) in reading.power_on


def channel_words(channel: Channel, words: Words, register: int | None = None) -> tuple[int, ...]:
    """Return the words of a channel, or of its stored extreme at `register`."""
    first = channel.register if register is None else register
    if first is None:
        msg = f"channel {channel.name} has no register: the map was not completed from the settings"
        raise ValueError(msg)
    return tuple(words[channel.function, first + i] for i in range(channel.reading.type.words))


def channel_measured(channel: Channel, words: Words) -> Measured:
    """Return what a channel says, its fault bits included."""
    if any(words[bit.function, bit.address] >> bit.bit & 1 for bit in channel.faults):
        return None, Quality.FAULT
    return measured(channel.reading, channel_words(channel, words))


def fits(checks: Iterable[Check], words: Words) -> bool:
    """Tell whether the map fits the device, as far as its checks can tell."""
    return all(check.least <= words[check.function, check.register] <= check.most for check in checks)


def channel_cells(channel: Channel) -> list[_Cell]:
    """Return the addresses of a channel and of its fault bits."""
    words = channel.reading.type.words
    own = [] if channel.register is None else [_Cell(function=channel.function, first=channel.register, count=words)]
    return own + [_Cell(function=bit.function, first=bit.address) for bit in channel.faults]


def spans_of(map_: RegisterMap, channels: Sequence[Channel], contacts: Sequence[MapContact]) -> tuple[Span, ...]:
    """Return what has to be asked to read these channels and contacts, with all checks of the map."""
    cells = [cell for channel in channels for cell in channel_cells(channel)]
    cells += [_Cell(function=contact.function, first=contact.address) for contact in contacts]
    if channels:
        cells += [_Cell(function=check.function, first=check.register) for check in map_.checks]
    return _spans(cells, map_.holes)


def stored_spans(map_: RegisterMap, channels: Sequence[Channel]) -> tuple[Span, ...]:
    """Return what has to be asked for the stored extremes."""
    cells = [
        _Cell(function=channel.function, first=register, count=channel.reading.type.words)
        for channel in channels
        for register in (channel.stored_min, channel.stored_max)
        if register is not None
    ]
    return _spans(cells, map_.holes)


def _spans(cells: Sequence[_Cell], holes: int) -> tuple[Span, ...]:
    """Join what lies near each other: one question costs a turn of the line, whatever it reads."""
    joined: list[Span] = []
    for cell in sorted(cells, key=lambda cell: (cell.function, cell.first)):
        last = joined[-1] if joined else None
        end = cell.first + cell.count
        most = INPUTS_MAX if cell.function in BIT_FUNCTIONS else REGISTERS_MAX
        near = last is not None and last.function == cell.function and cell.first <= last.first + last.count + holes
        if last is not None and near and end - last.first <= most:
            count = max(last.count, end - last.first)
            joined[-1] = Span(function=last.function, first=last.first, count=count)
        else:
            joined.append(Span(function=cell.function, first=cell.first, count=cell.count))
    return tuple(joined)


def words_of(spans: Sequence[Span], answers: Sequence[Sequence[int]]) -> dict[tuple[int, int], int]:
    """Return all words of the answers by function and address."""
    return {
        (span.function, span.first + i): int(value)
        for span, values in zip(spans, answers, strict=True)
        for i, value in enumerate(values)
    }
