"""The BB..7E line of UHF readers with M100, QM100 or R200 chip (YRM100, JRD-4035, M5Stack UHF unit).

Source: "Communication Protocol V2.1" (Invelion); for PC, EPC and CRC-16 the EPC Gen2 standard.

    BB | type | command | length hi lo | parameters | sum | 7E
    1     1       1           2            length      1    1    bytes, big-endian

`type` is 00 for a command, 01 for an answer, 02 for a notice. `sum` is the low byte of the sum from type to the last
parameter. BB and 7E are not escaped within a frame, so only the length tells where it ends. A notice (02 22) carries

    RSSI | PC hi lo | EPC | CRC hi lo
     1        2        n       2       bytes; n = 2 x (PC >> 11); RSSI in dBm as two's complement;
                                       CRC-16 of PC and EPC: polynomial 0x1021, start 0xFFFF, inverted

On a bad frame one byte is dropped and the rest is scanned again, because the true frame may begin within the false.
The result depends on the bytes alone, never on how they are sliced.
"""

import binascii
from collections import Counter
from typing import Final

from gateway.decoders.heard import (
    Fault,
    Heard,
    ReaderAnswer,
    ReaderError,
    ReaderInfo,
    ReaderNoTag,
    ReaderStopped,
    Rejected,
    TagSeen,
)

HEAD: Final = 0xBB
TAIL: Final = 0x7E
COMMAND: Final = 0x00
ANSWER: Final = 0x01
NOTICE: Final = 0x02

INFO: Final = 0x03
SINGLE_INVENTORY: Final = 0x22
MULTI_INVENTORY: Final = 0x27
STOP: Final = 0x28
ERROR: Final = 0xFF
NO_TAG: Final = 0x15

OVERHEAD_BYTES: Final = 7
PARAMETER_BYTES_MAX: Final = 128  # a notice of the longest EPC (62 bytes) has 67; a longer claim is no frame
FRAME_BYTES_MAX: Final = OVERHEAD_BYTES + PARAMETER_BYTES_MAX
NOISE_BYTES_MAX: Final = 64  # noise is handed on in pieces of this size, so that it never piles up
_NOTICE_BYTES_MIN: Final = 5


def command(code: int, parameters: bytes = b"") -> bytes:
    """Return a command frame."""
    body = bytes((COMMAND, code)) + len(parameters).to_bytes(2, "big") + parameters
    return bytes((HEAD,)) + body + bytes((sum(body) & 0xFF, TAIL))


def start_inventory(rounds: int) -> bytes:
    """Return the command that starts an inventory of 1..65535 rounds; its answers are notices."""
    return command(MULTI_INVENTORY, bytes((SINGLE_INVENTORY,)) + rounds.to_bytes(2, "big"))


def stop_inventory() -> bytes:
    """Return the command that stops it; the reader answers `BB 01 28 00 01 00 2A 7E`."""
    return command(STOP)


def gen2_crc16(data: bytes) -> int:
    """Return the CRC-16 of EPC Gen2 over PC and EPC."""
    return binascii.crc_hqx(data, 0xFFFF) ^ 0xFFFF


class Bb7eDecoder:
    """Feed it bytes in any slices; `frames` and `faults` count what came out."""

    def __init__(self) -> None:
        self.frames = 0
        self.faults: Counter[Fault] = Counter()
        self._buffer = bytearray()
        self._noise = bytearray()
        self._covered = 0  # so many bytes at the head of the buffer were already handed on as part of a bad frame

    @property
    def pending(self) -> int:
        """Number of bytes that are held: never more than a frame and a piece of noise."""
        return len(self._buffer) + len(self._noise)

    def feed(self, data: bytes) -> list[Heard]:
        """Take bytes and return what is complete."""
        heard: list[Heard] = []
        self._buffer += data
        while self._next(heard):
            pass
        return heard

    def idle_flush(self) -> list[Heard]:
        """Give up what is held, because the line has been silent for too long; sound frames in it are kept."""
        heard: list[Heard] = []
        while self._buffer:
            self._refuse(heard, Fault.TRUNCATED, len(self._buffer))
            while self._next(heard):
                pass
        self._hand_on_noise(heard)
        return heard

    def _next(self, heard: list[Heard]) -> bool:
        """Go on by one frame or one byte; False if more bytes are needed."""
        buffer = self._buffer
        if not buffer:
            return False
        if not _may_be_frame(buffer):
            self._skip(heard)
            return True
        if len(buffer) < 5:
            return False
        size = OVERHEAD_BYTES + int.from_bytes(buffer[3:5], "big")
        if len(buffer) < size:
            return False
        self._judge(bytes(buffer[:size]), heard)
        return True

    def _judge(self, frame: bytes, heard: list[Heard]) -> None:
        result = _decoded(frame)
        if isinstance(result, Fault):
            self._refuse(heard, result, len(frame))
            return
        self._hand_on_noise(heard)
        self.frames += 1
        heard.append(result)
        del self._buffer[: len(frame)]
        self._covered = max(0, self._covered - len(frame))

    def _refuse(self, heard: list[Heard], fault: Fault, size: int) -> None:
        """Hand a bad frame on, once, and drop its first byte only."""
        self._hand_on_noise(heard)
        self.faults[fault] += 1
        heard.append(Rejected(fault=fault, raw=bytes(self._buffer[:size])))
        self._covered = max(self._covered, size) - 1
        del self._buffer[0]

    def _skip(self, heard: list[Heard]) -> None:
        """Drop a byte that cannot begin a frame."""
        if self._covered:
            self._covered -= 1
        else:
            self._noise.append(self._buffer[0])
        del self._buffer[0]
        if len(self._noise) == NOISE_BYTES_MAX:
            self._hand_on_noise(heard)

    def _hand_on_noise(self, heard: list[Heard]) -> None:
        if self._noise:
            self.faults[Fault.NOISE] += 1
            heard.append(Rejected(fault=Fault.NOISE, raw=bytes(self._noise)))
            self._noise.clear()


def _may_be_frame(buffer: bytearray) -> bool:
    """Tell whether the bytes so far can begin a frame; a declared length beyond the cap cannot."""
    if buffer[0] != HEAD or (len(buffer) > 1 and buffer[1] > NOTICE):
        return False
    return len(buffer) < 5 or int.from_bytes(buffer[3:5], "big") <= PARAMETER_BYTES_MAX


def _decoded(frame: bytes) -> Heard | Fault:
    """Read one frame of the right size, or say what is wrong with it."""
    if frame[-1] != TAIL:
        return Fault.FRAME_END
    if sum(frame[1:-2]) & 0xFF != frame[-2]:
        return Fault.CHECKSUM
    kind, code, parameters = frame[1], frame[2], frame[5:-2]
    if kind == COMMAND:
        return Fault.NOT_AN_ANSWER
    if kind == NOTICE:
        return _notice(parameters) if code == SINGLE_INVENTORY else Fault.PAYLOAD
    return _answer(code, parameters)


def _notice(parameters: bytes) -> TagSeen | Fault:
    if len(parameters) < _NOTICE_BYTES_MIN:
        return Fault.PAYLOAD
    pc = int.from_bytes(parameters[1:3], "big")
    epc = parameters[3:-2]
    if not epc or len(epc) != (pc >> 11) * 2:
        return Fault.EPC_LENGTH
    if gen2_crc16(parameters[1:-2]) != int.from_bytes(parameters[-2:], "big"):
        return Fault.TAG_CRC
    return TagSeen(rssi_dbm=int.from_bytes(parameters[:1], "big", signed=True), pc=pc, epc=epc.hex().upper())


def _answer(code: int, parameters: bytes) -> Heard | Fault:
    if code == STOP and parameters == b"\x00":
        return ReaderStopped()
    if not parameters:
        return Fault.PAYLOAD
    if code == ERROR:
        no_tag = parameters == bytes((NO_TAG,))
        return ReaderNoTag() if no_tag else ReaderError(code=parameters[0], detail=parameters[1:])
    if code == INFO:
        return ReaderInfo(subject=parameters[0], text=parameters[1:].decode("ascii", "replace"))
    return ReaderAnswer(command=code, parameters=parameters)
