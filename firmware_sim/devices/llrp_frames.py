"""Bytes of LLRP from the reader's side: messages and parameters taken apart and put together, big-endian.

Source: EPCglobal "Low Level Reader Protocol" 1.0.1, sections 16 and 17.

A message is three reserved bits, three of version, ten of type, then its length and its id, four bytes each. A TLV
parameter is six zero bits, ten of type and a two-byte length; a TV parameter is a one and seven bits of type.
"""

import struct
from typing import Final, NamedTuple

HEAD: Final = struct.Struct("!HII")
VERSION_1_0_1: Final = 1
MESSAGE_BYTES_MAX: Final = 65_536  # of what a client may ask

SUCCESS: Final = 0
PARAMETER_ERROR: Final = 100
FIELD_ERROR: Final = 101
UNSUPPORTED_MESSAGE: Final = 109
UNSUPPORTED_VERSION: Final = 110
UNSUPPORTED_PARAMETER: Final = 111

CONNECTED: Final = 0
ANOTHER_CLIENT_HOLDS: Final = 2
ANOTHER_ATTEMPTED: Final = 4

ERROR_MESSAGE: Final = 100
REPORT: Final = 61
KEEPALIVE: Final = 62
EVENT: Final = 63

MANUFACTURER: Final = 0  # an IANA private enterprise number; 0 is reserved and so nobody's
MODEL: Final = 4_711
FIRMWARE: Final = b"simulated 1.0"
POWERS_CENTI_DBM: Final = tuple(range(1_000, 3_001, 500))
CHANNELS_KHZ: Final = (920_625, 921_375, 922_125, 922_875, 923_625, 924_375)  # in China's band 920-925 MHz
CHINA: Final = 156


class Message(NamedTuple):
    """What a client sent."""

    version: int
    kind: int
    id: int
    body: bytes


class ReadError(Exception):
    """Bytes of a client do not fit together."""


def message(kind: int, message_id: int, body: bytes = b"") -> bytes:
    """Return a whole message of version 1.0.1."""
    return HEAD.pack(VERSION_1_0_1 << 10 | kind, HEAD.size + len(body), message_id) + body


def tlv(kind: int, body: bytes) -> bytes:
    """Return a parameter with its length."""
    return struct.pack("!HH", kind, 4 + len(body)) + body


def parameters(body: bytes) -> list[tuple[int, bytes]]:
    """Take TLV parameters apart. Raises ReadError if they do not fill the bytes exactly."""
    found: list[tuple[int, bytes]] = []
    while body:
        if len(body) < 4:
            raise ReadError("bytes after the last parameter")
        kind, size = struct.unpack_from("!HH", body)
        if kind >> 10 or not 4 <= size <= len(body):
            raise ReadError("a parameter is longer than what holds it")
        found.append((kind, body[4:size]))
        body = body[size:]
    return found


def cut(held: bytearray) -> Message | None:
    """Cut one message off what was received, None while it is not whole. Raises ReadError on an impossible length."""
    if len(held) < HEAD.size:
        return None
    first, size, message_id = HEAD.unpack_from(held)
    if not HEAD.size <= size <= MESSAGE_BYTES_MAX:
        raise ReadError("no message has this length")
    if len(held) < size:
        return None
    body = bytes(held[HEAD.size : size])
    del held[:size]
    return Message(version=first >> 10 & 7, kind=first & 0x3FF, id=message_id, body=body)


def status(code: int, text: str = "") -> bytes:
    """Return an LLRPStatus."""
    said = text.encode()
    return tlv(287, struct.pack("!HH", code, len(said)) + said)


def notification(at_us: int, *events: bytes) -> bytes:
    """Return a READER_EVENT_NOTIFICATION with its time."""
    return message(EVENT, 0, tlv(246, tlv(128, struct.pack("!Q", at_us)) + b"".join(events)))


def connection_attempt(at_us: int, outcome: int) -> bytes:
    """Return what a reader says first."""
    return notification(at_us, tlv(256, struct.pack("!H", outcome)))


def rospec_event(*, ended: bool, rospec: int) -> bytes:
    """Return the event that an ROSpec began or ended."""
    return tlv(249, struct.pack("!BII", int(ended), rospec, 0))


def antenna_event(*, connected: bool, antenna: int) -> bytes:
    """Return the event that an antenna was pulled or plugged in."""
    return tlv(255, struct.pack("!BH", int(connected), antenna))


def antenna_properties(antenna: int, *, connected: bool) -> bytes:
    """Return the part of a reader's configuration that says whether an antenna is there; gain in 1/100 dBi."""
    return tlv(221, struct.pack("!BHh", connected << 7, antenna, 600))


def capabilities(antennas: int) -> bytes:
    """Return the four groups of capabilities; a client may look its RF mode and its power up in them."""
    gain = tlv(139, struct.pack("!HH", 1, 0))
    ports = tlv(141, struct.pack("!HH", 0, 0))
    air = b"".join(tlv(140, struct.pack("!HHB", antenna, 1, 1)) for antenna in range(1, antennas + 1))
    head = struct.pack("!HHIIH", antennas, 0x4000, MANUFACTURER, MODEL, len(FIRMWARE)) + FIRMWARE
    device = tlv(137, head + gain + ports + air)
    llrp = tlv(142, struct.pack("!BBHIIIII", 0, 0, 0, 4, 4, 1, 0, 0))
    levels = b"".join(tlv(145, struct.pack("!Hh", i, power)) for i, power in enumerate(POWERS_CENTI_DBM, start=1))
    hops = tlv(147, struct.pack("!BBH", 1, 0, len(CHANNELS_KHZ)) + struct.pack(f"!{len(CHANNELS_KHZ)}I", *CHANNELS_KHZ))
    mode = tlv(329, struct.pack("!IBBBBIIIII", 1, 0, 2, 0, 2, 250_000, 1_500, 12_500, 25_000, 6_250))
    band = tlv(144, levels + tlv(146, b"\x80" + hops) + tlv(328, mode))
    return device + llrp + tlv(143, struct.pack("!HH", CHINA, 0) + band) + tlv(327, struct.pack("!BH", 0, 2))


def epc_parameter(epc: bytes) -> bytes:
    """Return an EPC as a reader reports it: the short form for 96 bits, else with its count of bits."""
    if len(epc) == 12:
        return b"\x8d" + epc
    return tlv(241, struct.pack("!H", 8 * len(epc)) + epc)
