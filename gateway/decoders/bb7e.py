"""The BB..7E line of UHF readers with M100, QM100 or R200 chip (YRM100, JRD-4035, M5Stack UHF unit).

Source: "Communication Protocol V2.1" (Invelion); for PC, EPC and CRC-16 the EPC Gen2 standard.

    BB | type | command | length hi lo | parameters | sum | 7E
    1     1       1           2            length      1    1    bytes, big-endian

`type` is 00 for a command, 01 for an answer, 02 for a notice. `sum` is the low byte of the sum from type to the last
parameter. BB and 7E are not escaped within a frame, so only the length tells where it ends. A notice (02 22) carries

    RSSI | PC hi lo | EPC | CRC hi lo
     1        2        n       2       bytes; n = 2 x (PC >> 11); RSSI in dBm as two's complement;
                                       CRC-16 of PC and EPC: polynomial 0x1021, start 0xFFFF, inverted
Frames are cut out of the stream as in framing.py.
"""

import binascii
from typing import Final

from gateway.decoders.framing import MORE, NO_FRAME, FrameDecoder
from gateway.decoders.heard import (
    Fault,
    Heard,
    ReaderAnswer,
    ReaderError,
    ReaderInfo,
    ReaderNoTag,
    ReaderStopped,
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


class Bb7eDecoder(FrameDecoder):
    """Frames of the BB..7E family."""

    head = bytes((HEAD,))

    def _size(self, buffer: bytearray, at: int, end: int) -> int:
        """See FrameDecoder; a declared length beyond the cap is no frame."""
        if buffer[at] != HEAD or (end - at > 1 and buffer[at + 1] > NOTICE):
            return NO_FRAME
        if end - at < 5:
            return MORE
        parameters = buffer[at + 3] << 8 | buffer[at + 4]
        return parameters + OVERHEAD_BYTES if parameters <= PARAMETER_BYTES_MAX else NO_FRAME

    def _read(self, frame: bytes, heard: list[Heard]) -> Fault | None:
        """See FrameDecoder."""
        result = _decoded(frame)
        if isinstance(result, Fault):
            return result
        heard.append(result)
        return None


def _decoded(frame: bytes) -> Heard | Fault:
    """Read one frame of the right size, or say what is wrong with it."""
    if frame[-1] != TAIL:
        return Fault.FRAME_END
    if sum(frame[1:-2]) & 0xFF != frame[-2]:
        return Fault.CHECKSUM
    kind, code, parameters = frame[1], frame[2], frame[5:-2]
    if kind == NOTICE:
        return _notice(parameters) if code == SINGLE_INVENTORY else Fault.PAYLOAD
    return Fault.NOT_AN_ANSWER if kind == COMMAND else _answer(code, parameters)


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
