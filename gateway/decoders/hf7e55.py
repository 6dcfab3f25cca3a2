"""HF readers for ISO 15693 tags that speak 7E55 (HFReader, AnyID R321, IC94).

Source: document V1.1 and sniffed frames in Cyberistic/Python-R321; ISO/IEC 15693-3 for the UID.

    7E 55 | length | source | target | [1F] | command | 00 | parameters | CRC lo hi
      2       1        2        2       1       1       1        n           2       bytes, little-endian

`length` counts from source to CRC. 1F stands in answers only. The CRC is CRC-16/X-25 from `length` to the last
parameter. The host is 0000, a reader 0001, FFFF reaches every reader. Length 00 marks a long frame: the length of its
parameters is a 16-bit number before them (nobody published a captured one: where it stands is our reading).

The answer to a query (11) is a list, then how many tags remain to be asked for, then 00:

    n x ( UID, lowest byte first | AA ) | remaining | 00
               8                   1        1         1     bytes

A reader may also push a list by itself (10). Two bytes alone are a result: 00 00 is done, 01 and a number an error (1
tag, 2 the tag's CRC, 3 no tag answered). A UID begins with E0 in its highest byte. **The UID as 16 upper-case hex
digits, highest byte first, is the tag's id** in all that follows. HF readers say no signal strength. Frames are cut as
in framing.py.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from gateway.decoders.crc16_reflected import crc16_reflected
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

HEAD: Final = b"\x7e\x55"
HOST: Final = 0x0000
READER: Final = 0x0001
BROADCAST: Final = 0xFFFF
ANSWER: Final = 0x1F

PUSHED: Final = 0x10
QUERY: Final = 0x11
READ_BLOCKS: Final = 0x22
VERSION: Final = 0xF7

NO_TAG: Final = 3
REASONS: Final[Mapping[int, str]] = MappingProxyType({1: "tag-error", 2: "tag-crc", 3: "no-answer-of-tag"})

LENGTH_MIN: Final = 8  # source, target, command, 00, CRC
PARAMETER_BYTES_MAX: Final = 1_024  # a list of 113 tags; a longer claim is no frame
FRAME_BYTES_MAX: Final = PARAMETER_BYTES_MAX + 14
UID_BYTES: Final = 8
RECORD_BYTES: Final = 9
RECORD_END: Final = 0xAA
UID_HIGHEST: Final = 0xE0
_X25: Final = 0xFFFF


def framed(source: int, target: int, said: bytes) -> bytes:
    """Return a frame; `said` goes from [1F] or the command to the last parameter."""
    body = source.to_bytes(2, "little") + target.to_bytes(2, "little") + said
    checked = bytes((len(body) + 2,)) + body
    return HEAD + checked + (crc16_reflected(checked) ^ _X25).to_bytes(2, "little")


def command(target: int, code: int, parameters: bytes = b"") -> bytes:
    """Return a command frame from the host."""
    return framed(HOST, target, bytes((code, 0)) + parameters)


def version_question(target: int = BROADCAST) -> bytes:
    """Return the command that asks for the version; the answer becomes a ReaderInfo."""
    return command(target, VERSION)


def query(target: int) -> bytes:
    """Return the command that lists the tags in the field."""
    return command(target, QUERY, b"\x00")


def read_blocks(target: int, uid: str, first: int, number: int) -> bytes:
    """Return the command that reads up to 32 blocks of a tag."""
    return command(target, READ_BLOCKS, bytes.fromhex(uid)[::-1] + bytes((first, number)))


class Hf7e55Decoder(FrameDecoder):
    """Frames of 7E55 readers."""

    head = HEAD[:1]

    def _size(self, buffer: bytearray, at: int, end: int) -> int:
        """See FrameDecoder."""
        held = end - at
        if buffer[at] != HEAD[0] or (held > 1 and buffer[at + 1] != HEAD[1]):
            return NO_FRAME
        if held < 3:
            return MORE
        length = buffer[at + 2]
        if length:
            return length + 3 if length >= LENGTH_MIN else NO_FRAME
        if held < 12:
            return MORE
        before = 10 if buffer[at + 7] == ANSWER else 9
        parameters = buffer[at + before] | buffer[at + before + 1] << 8
        return before + 4 + parameters if parameters <= PARAMETER_BYTES_MAX else NO_FRAME

    def _read(self, frame: bytes, heard: list[Heard]) -> Fault | None:
        """See FrameDecoder."""
        if crc16_reflected(frame[2:-2]) ^ _X25 != frame[-2] | frame[-1] << 8:
            return Fault.CHECKSUM
        is_answer = frame[7] == ANSWER
        at = 8 if is_answer else 7
        parameters_at = at + 2 if frame[2] else at + 4
        if parameters_at > len(frame) - 2 or frame[at + 1] != 0:
            return Fault.PAYLOAD
        code, parameters = frame[at], frame[parameters_at:-2]
        if not is_answer and (code != PUSHED or frame[3] | frame[4] << 8 == HOST):
            return Fault.NOT_AN_ANSWER
        if code in {QUERY, PUSHED} and parameters != b"\x00\x00":
            return _list(code, parameters, heard)
        heard.append(_answer(code, parameters))
        return None


def _list(code: int, parameters: bytes, heard: list[Heard]) -> Fault | None:
    """Read the records of a list and what stands behind them; a push may end with its last record."""
    number, rest = divmod(len(parameters), RECORD_BYTES)
    if rest == 2 and number == 0:
        return _failed(parameters, heard)
    whole = (rest == 2 and parameters[-1] == 0) or (rest == 0 and code == PUSHED)
    if not number or not whole:
        return Fault.PAYLOAD
    listed: list[Heard] = []
    for at in range(0, number * RECORD_BYTES, RECORD_BYTES):
        uid = parameters[at : at + UID_BYTES][::-1]
        if uid[0] != UID_HIGHEST or parameters[at + UID_BYTES] != RECORD_END:
            return Fault.PAYLOAD
        listed.append(TagListed(epc=uid.hex().upper(), antenna=1, rssi_raw=None))
    heard += listed
    if code == QUERY:
        heard.append(InventoryEnded(reads=number, remaining=parameters[-2]))
    return None


def _failed(result: bytes, heard: list[Heard]) -> Fault | None:
    if result[0] != 1:
        return Fault.PAYLOAD
    heard.append(ReaderNoTag() if result[1] == NO_TAG else ReaderError(code=result[1], detail=b""))
    return None


def _answer(code: int, parameters: bytes) -> Heard:
    if code in {QUERY, PUSHED}:
        return ReaderNoTag()
    if code == VERSION:
        return ReaderInfo(subject=1, text=parameters.hex())
    if len(parameters) == 2 and parameters[0] == 1:
        return ReaderError(code=parameters[1], detail=bytes((code,)))
    return ReaderAnswer(command=code, parameters=parameters)
