"""The A0 line of UHF readers with an Impinj Indy R2000 (Invelion, Yanzeo, IND903 and many readers with four ports).

Sources: "IND903 UHF RFID Serial Interface Protocol V2.2" (in espinr/activioty); the tests of russss/rust-invelion.

    A0 | length | address | command | data | check
    1     1         1          1       n      1     bytes; `length` counts what follows it

`check` makes the sum of the whole frame 0 modulo 256. Nothing is escaped. A tag (commands 89, 8A, 8B) carries

    channel and antenna | PC hi lo | EPC | RSSI
            1               2         n      1     bytes; n = 2 x (PC >> 11)

The upper six bits of the first byte are the channel, its lower two the antenna from 0; on readers with eight ports bit
7 of RSSI adds four to the antenna. RSSI without that bit is a table with one step: up to 89 it is dBm + 130, from 90 on
dBm + 129. An inventory ends with a frame of antenna (1), rate (2) and reads (4); the document prints one without the
rate, and both are taken. With one byte of data a frame is a status. Whether it is one depends on command and length.

The frame has no mark for "answer". No status lies below 10 hex and no answer is empty: what looks so is our own echo.
Frames are cut out of the stream as in framing.py.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from gateway.decoders.framing import MORE, NO_FRAME, FrameDecoder
from gateway.decoders.heard import (
    Fault,
    Heard,
    InventoryEnded,
    ReaderAnswer,
    ReaderError,
    ReaderInfo,
    ReaderNoTag,
    TagSeen,
)

HEAD: Final = 0xA0
PUBLIC_ADDRESS: Final = 0xFF  # every reader answers to it
FIRMWARE: Final = 0x72
SET_ANTENNA: Final = 0x74
REAL_TIME: Final = 0x89
FAST_SWITCH: Final = 0x8A
SESSION: Final = 0x8B
INVENTORIES: Final = frozenset({REAL_TIME, FAST_SWITCH, SESSION})

SUCCESS: Final = 0x10
STATUS_MIN: Final = 0x10
NO_TAG: Final = 0x36
REASONS: Final[Mapping[int, str]] = MappingProxyType(
    {
        0x11: "command-failed",
        0x22: "antenna-missing",
        0x31: "inventory-failed",
        0x32: "read-failed",
        0x33: "write-failed",
        0x40: "access-refused",
        0x41: "bad-parameter",
        0x46: "bad-address",
        0x47: "bad-antenna",
        0x50: "no-rn16",
        0x54: "power-not-reached",
    }
)

LENGTH_MIN: Final = 3  # address, command, check
LENGTH_MAX: Final = 128  # a tag with the longest EPC (62 bytes) has 69; a longer claim is no frame
FRAME_BYTES_MAX: Final = LENGTH_MAX + 2
ANTENNAS_MAX: Final = 8
_STEP_AT: Final = 90  # here the document's table of RSSI leaves one dBm out
_LOW_CHANNELS: Final = 7  # channels 0..6 are 865.0..868.0 MHz, those above begin at 902.0 MHz, all 0.5 MHz apart


def check_byte(data: bytes) -> int:
    """Return the byte that makes the sum of data and itself 0 modulo 256."""
    return -sum(data) & 0xFF


def command(address: int, code: int, data: bytes = b"") -> bytes:
    """Return a command frame."""
    body = bytes((HEAD, len(data) + LENGTH_MIN, address, code)) + data
    return body + bytes((check_byte(body),))


def firmware_question(address: int = PUBLIC_ADDRESS) -> bytes:
    """Return the command that asks for the version; the answer becomes a ReaderInfo."""
    return command(address, FIRMWARE)


def set_antenna(address: int, antenna: int) -> bytes:
    """Return the command that chooses the antenna, counted from 1; it is answered with SUCCESS."""
    return command(address, SET_ANTENNA, bytes((antenna - 1,)))


def start_round(address: int) -> bytes:
    """Return the command for one round on the chosen antenna; tags come, then the end."""
    return command(address, REAL_TIME, b"\x01")


def rssi_dbm(index: int) -> int:
    """Return dBm of the document's table."""
    return index - 130 if index < _STEP_AT else index - 129


def channel_khz(channel: int) -> int:
    """Return the frequency of a channel in kHz."""
    return 865_000 + 500 * channel if channel < _LOW_CHANNELS else 902_000 + 500 * (channel - _LOW_CHANNELS)


class A0Decoder(FrameDecoder):
    """Frames of the A0 family."""

    head = bytes((HEAD,))

    def _size(self, buffer: bytearray, at: int, end: int) -> int:
        """See FrameDecoder."""
        if buffer[at] != HEAD:
            return NO_FRAME
        if end - at < 2:
            return MORE
        length = buffer[at + 1]
        return length + 2 if LENGTH_MIN <= length <= LENGTH_MAX else NO_FRAME

    def _read(self, frame: bytes, heard: list[Heard]) -> Fault | None:
        """See FrameDecoder."""
        if sum(frame) & 0xFF:
            return Fault.CHECKSUM
        code = frame[3]
        result = _inventory(code, frame) if code in INVENTORIES else _answer(code, frame[4:-1])
        if isinstance(result, Fault):
            return result
        heard.append(result)
        return None


def _inventory(code: int, frame: bytes) -> Heard | Fault:
    """Read a tag, an end or a status, told apart by their lengths: an EPC has whole words, so tags are even."""
    data_bytes = len(frame) - 5
    if data_bytes >= 6 and not data_bytes & 1:
        return _tag(frame)
    if data_bytes == 7 and code == FAST_SWITCH:  # reads (3) and milliseconds (4) instead, over all antennas
        return InventoryEnded(reads=int.from_bytes(frame[4:7], "big"))
    if data_bytes in {5, 7}:
        return InventoryEnded(antenna=frame[4] + 1, reads=int.from_bytes(frame[-5:-1], "big"))
    if data_bytes == 4:
        return Fault.EPC_LENGTH
    return _status(code, frame[4]) if data_bytes == 1 else Fault.PAYLOAD if data_bytes > 3 else Fault.NOT_AN_ANSWER


def _tag(frame: bytes) -> TagSeen | Fault:
    pc = frame[5] << 8 | frame[6]
    epc = frame[7:-2]
    if len(epc) != (pc >> 11) * 2:
        return Fault.EPC_LENGTH
    place, strength = frame[4], frame[-2]
    return TagSeen(
        rssi_dbm=rssi_dbm(strength & 0x7F),
        pc=pc,
        epc=epc.hex().upper(),
        antenna=(place & 3) + (5 if strength & 0x80 else 1),
        khz=channel_khz(place >> 2),
    )


def _status(code: int, status: int) -> Heard | Fault:
    if status < STATUS_MIN:
        return Fault.NOT_AN_ANSWER
    if status == SUCCESS:
        return ReaderAnswer(command=code, parameters=bytes((status,)))
    return ReaderNoTag() if status == NO_TAG else ReaderError(code=status, detail=bytes((code,)))


def _answer(code: int, data: bytes) -> Heard | Fault:
    if not data:
        return Fault.NOT_AN_ANSWER
    if code == FIRMWARE and len(data) == 2:
        return ReaderInfo(subject=1, text=f"{data[0]}.{data[1]}")
    return _status(code, data[0]) if len(data) == 1 else ReaderAnswer(command=code, parameters=data)
