"""Chafon's UHFReader288 and UHFReader18 lines (CF-RU5102, RU6402, MU80x/90x, Wyuan, Ex10 series).

Source: "UHF RFID Reader Series User Manual V2.20" (in pedrozc90/chafon); captures of wabson/chafon-rfid.

    length | address | command | status | data | CRC lo hi
    1          1         1         1       n      2         bytes; `length` counts what follows it

The CRC is CRC-16/MCRF4XX over all bytes before it. A command has no status. **There is no byte that begins a frame**:
one begins where an answer that we ask for and a status of it stand in their places and the CRC holds; else one byte is
dropped. Noise passes that for a frame with tags less than once in 800 MB, and then their lengths must fill it as well.

The data of an inventory (01) with status 01, 02, 03 or 04, in the 288 line and in the 18 line:

    antenna | number | number x ( length | EPC, TID | RSSI | phase and frequency )     288
    1          1                  1         n           1     0 or 7                   bytes
              number | number x ( length | EPC )                                       18

Bit 7 of a tag's length says that a TID of 12 bytes follows the EPC, bit 6 that phase (4) and frequency (3) follow RSSI.
RSSI is **raw**, in the reader's own unit: no dBm can be made of it. `antenna` is one bit of 1, 2, 4, 8 … on readers
with up to eight ports, and counts from 0 on those with more. Status 03 says that more frames follow, 01 that this was
the last, 02 that the time was over (the tags are valid), 04 that the reader's memory was full. A reader in real-time
mode pushes EE: status 00 with antenna and one tag, 28 as a sign of life. Frames are cut out of the stream as in
framing.py.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from gateway.decoders.crc16_reflected import crc16_reflected, is_sealed
from gateway.decoders.framing import MORE, NO_FRAME, FrameDecoder
from gateway.decoders.heard import (
    Fault,
    Heard,
    InventoryEnded,
    ReaderAnswer,
    ReaderError,
    ReaderInfo,
    ReaderNoTag,
    TagListed,
)

BROADCAST: Final = 0xFF  # every reader answers to it, with its own address
INVENTORY: Final = 0x01
INFO: Final = 0x21
REAL_TIME: Final = 0xEE
REFUSED: Final = 0x00  # the command of an answer to a command that could not be read

DONE: Final = 0x00
LAST: Final = 0x01
TIME_OVER: Final = 0x02
MORE_FOLLOW: Final = 0x03
MEMORY_FULL: Final = 0x04
STATISTICS: Final = 0x26
SIGN_OF_LIFE: Final = 0x28
ERROR_MIN: Final = 0xF8
NO_TAG: Final = 0xFB
BAD_COMMAND: Final = 0xFE
WITH_TAGS: Final = frozenset({LAST, TIME_OVER, MORE_FOLLOW, MEMORY_FULL})
_ERRORS: Final = frozenset(range(ERROR_MIN, 0x100))
_STATUSES: Final[Mapping[int, frozenset[int]]] = MappingProxyType(  # of the answers to all that this program ever asks
    {
        REFUSED: frozenset({BAD_COMMAND}),
        INVENTORY: WITH_TAGS | {STATISTICS} | _ERRORS,
        INFO: _ERRORS | {DONE},
        REAL_TIME: frozenset({DONE, SIGN_OF_LIFE}),
    }
)
REASONS: Final[Mapping[int, str]] = MappingProxyType(
    {
        MEMORY_FULL: "reader-memory-full",
        0xF8: "antenna-missing",
        0xF9: "command-failed",
        0xFA: "poor-communication",
        0xFC: "tag-error",
        0xFD: "bad-length",
        BAD_COMMAND: "bad-command",
        0xFF: "bad-parameter",
    }
)

LENGTH_MIN: Final = 5  # address, command, status, CRC
FRAME_BYTES_MAX: Final = 256
INDEXED_ABOVE: Final = 8  # readers with more ports than this count the antenna instead of setting its bit
ANTENNAS_MAX: Final = 16
FIRST_ANTENNA: Final = 0x80
Q: Final = 7  # 128 slots; no status has this number, so the echo of a command is no answer
TID_BYTES: Final = 12
PHASE_BYTES: Final = 7
_TID_BIT: Final = 0x80
_PHASE_BIT: Final = 0x40
_LENGTH_BITS: Final = 0x3F
_INFO_BYTES_MIN: Final = 3


def command(address: int, code: int, data: bytes = b"") -> bytes:
    """Return a command frame."""
    body = bytes((len(data) + 4, address, code)) + data
    return body + crc16_reflected(body).to_bytes(2, "little")


def info_question(address: int = BROADCAST) -> bytes:
    """Return the command that asks what the reader is; the answer becomes a ReaderInfo."""
    return command(address, INFO)


def start_round(address: int, antenna: int, scan_100_ms: int, q: int = Q) -> bytes:
    """Return the command for one inventory (288): session 0, target A, no mask, on an antenna counted from 1."""
    where = bytes((0, FIRST_ANTENNA + antenna - 1, scan_100_ms))
    return command(address, INVENTORY, bytes((q, 0, 1, 0, 0, 0)) + where)


def start_round_18(address: int) -> bytes:
    """Return the command for one inventory of a UHFReader18, which has neither antennas nor parameters."""
    return command(address, INVENTORY)


class ChafonDecoder(FrameDecoder):
    """Frames of the 288 line, or of the 18 line; `ports` is how many antennas the reader can have."""

    def __init__(self, *, ports: int = 4, line_18: bool = False) -> None:
        super().__init__()
        self._indexed = ports > INDEXED_ABOVE
        self._line_18 = line_18

    def _size(self, buffer: bytearray, at: int, end: int) -> int:
        """See FrameDecoder: an answer comes from one reader, to something that we ask, with a status that there is."""
        length = buffer[at]
        if length < LENGTH_MIN:
            return NO_FRAME
        if end - at < 4:
            return MORE
        statuses = _STATUSES.get(buffer[at + 2])
        if statuses is None or buffer[at + 3] not in statuses or buffer[at + 1] == BROADCAST:
            return NO_FRAME
        return length + 1

    def _read(self, frame: bytes, heard: list[Heard]) -> Fault | None:
        """See FrameDecoder."""
        if not is_sealed(frame):
            return Fault.CHECKSUM
        code, status, data = frame[2], frame[3], frame[4:-2]
        if code == INVENTORY and status in WITH_TAGS:
            return self._inventory(status, data, heard)
        if code == REAL_TIME and status == DONE:
            return self._pushed(data, heard)
        result = _answer(code, status, data)
        if isinstance(result, Fault):
            return result
        heard.append(result)
        return None

    def _inventory(self, status: int, data: bytes, heard: list[Heard]) -> Fault | None:
        antenna = None if self._line_18 else self._antenna(data[0]) if data else None
        start = 0 if self._line_18 else 1
        if len(data) <= start:
            return Fault.PAYLOAD
        listed = _listed_18(data) if self._line_18 else _listed(data, 2, data[1], antenna or 0)
        if isinstance(listed, Fault):
            return listed
        heard += listed
        if status == MEMORY_FULL:
            heard.append(ReaderError(code=status, detail=b""))
        elif status != MORE_FOLLOW:
            heard.append(InventoryEnded(antenna=antenna))
        return None

    def _pushed(self, data: bytes, heard: list[Heard]) -> Fault | None:
        listed = _listed(data, 1, 1, self._antenna(data[0])) if data else Fault.PAYLOAD
        if isinstance(listed, Fault):
            return listed
        heard += listed
        return None

    def _antenna(self, said: int) -> int:
        """Return the antenna from 1; 0 where no bit is set, the highest where several are."""
        return said + 1 if self._indexed else said.bit_length()


def _listed(data: bytes, at: int, number: int, antenna: int) -> list[TagListed] | Fault:
    """Read so many tags of the 288 line; they fill the data to the end, or something is wrong."""
    listed: list[TagListed] = []
    end = len(data)
    for _ in range(number):
        if at >= end:
            return Fault.PAYLOAD
        head = data[at]
        size = head & _LENGTH_BITS
        rssi_at = at + 1 + size
        if rssi_at >= end:
            return Fault.PAYLOAD
        said = data[at + 1 : rssi_at]
        tid = None
        if head & _TID_BIT:
            said, tid = said[:-TID_BYTES], said[-TID_BYTES:].hex().upper()
        if not said or len(said) & 1:
            return Fault.EPC_LENGTH
        listed.append(TagListed(epc=said.hex().upper(), antenna=antenna, rssi_raw=data[rssi_at], tid=tid))
        at = rssi_at + 1 + (PHASE_BYTES if head & _PHASE_BIT else 0)
    return listed if at == end else Fault.PAYLOAD


def _listed_18(data: bytes) -> list[TagListed] | Fault:
    """Read the tags of the 18 line."""
    listed: list[TagListed] = []
    at, end = 1, len(data)
    for _ in range(data[0]):
        if at >= end or at + 1 + data[at] > end:
            return Fault.PAYLOAD
        after = at + 1 + data[at]
        epc = data[at + 1 : after]
        if not epc or len(epc) & 1 or len(epc) > _LENGTH_BITS:
            return Fault.EPC_LENGTH
        listed.append(TagListed(epc=epc.hex().upper(), antenna=1, rssi_raw=None))
        at = after
    return listed if at == end else Fault.PAYLOAD


def _answer(code: int, status: int, data: bytes) -> Heard | Fault:
    if status >= ERROR_MIN:
        no_tag = code == INVENTORY and status == NO_TAG
        return ReaderNoTag() if no_tag else ReaderError(code=status, detail=data)
    if code == INFO and status == DONE and len(data) >= _INFO_BYTES_MIN:
        return ReaderInfo(subject=1, text=f"{data[0]}.{data[1]} type {data[2]:02X}")
    return Fault.PAYLOAD if code == INFO else ReaderAnswer(command=code, parameters=data)
