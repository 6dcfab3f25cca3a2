"""The frames between a dock at the counter and a courier's box. docs/dock.md owns the format.

    01 43 43 | type | length      | payload | CRC-32
       3        1     4 (unsigned)   length    4      bytes, big-endian

`length` is that of the payload, at most 256 KiB. The CRC is CRC-32 (that of Ethernet and zlib) over type, length and
payload. 01 never stands in JSON text, so payload is not taken for the head of a frame; the scanner does not rely on it.

On a bad frame one byte is dropped and the rest is scanned again, because the true frame may begin within the false.
The result depends on the bytes alone, never on how they are sliced.
"""

import zlib
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import msgspec

from coldchain.ranges import Range, add_numbers, add_range
from coldchain.wire import PAYLOAD_BYTES_MAX, Header, Id, Up, decode_up, payload_sha256
from gateway.decoders.heard import Fault, Rejected

VERSION: Final = 1
HEAD: Final = b"\x01CC"
HEADER_BYTES: Final = 8  # head, type, length
CRC_BYTES: Final = 4
FRAME_BYTES_MAX: Final = HEADER_BYTES + PAYLOAD_BYTES_MAX + CRC_BYTES
REFUSED_BYTES_MAX: Final = 64  # so much of a bad frame is handed on, and noise is handed on in pieces of this size


class FrameKind(StrEnum):
    """What a frame says; its type byte. The first four go to the box, the others come from it."""

    WHO = "?"  # who are you
    NEXT = "N"  # the next batch that was not read out
    ACK = "A"  # what the centre says
    REWIND = "R"  # start again from the oldest row without an ack
    IDENTITY = "I"
    BATCH = "U"
    END = "E"  # nothing more to read


FROM_BOX: Final = frozenset({FrameKind.IDENTITY, FrameKind.BATCH, FrameKind.END})
_KINDS: Final = {ord(kind): kind for kind in FrameKind}


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """A sound frame."""

    kind: FrameKind
    payload: bytes


class Identity(msgspec.Struct, frozen=True, kw_only=True):
    """Who a box says that it is: a gateway with its home site, the epoch of its numbers, and its present run."""

    v: int
    gateway: Id
    site: Id
    epoch: Id
    boot: Id


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadBatch:
    """What a dock has to know of an `up` batch: whose it is, which numbers its items have, its name, and its bytes."""

    gateway: str
    epoch: str
    ranges: tuple[Range, ...]
    sha256: str
    payload: bytes


_IDENTITY: Final = msgspec.json.Decoder(Identity)


def encode_frame(kind: FrameKind, payload: bytes = b"") -> bytes:
    """Return a frame. Raises ValueError for a payload of more than 256 KiB."""
    if len(payload) > PAYLOAD_BYTES_MAX:
        msg = f"a dock frame with {len(payload)} bytes: at most {PAYLOAD_BYTES_MAX} are allowed"
        raise ValueError(msg)
    body = kind.value.encode() + len(payload).to_bytes(4, "big") + payload
    return HEAD + body + zlib.crc32(body).to_bytes(CRC_BYTES, "big")


def read_identity(payload: bytes) -> Identity | None:
    """Read the payload of an IDENTITY; None if it is not one. Fields that are not known are ignored."""
    try:
        return _IDENTITY.decode(payload)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def read_batch(payload: bytes) -> ReadBatch | None:
    """Read as much of a batch as a dock needs; None where not even the part that is frozen for all versions is there.

    A batch that this program cannot take is read by its span, so that the centre can refuse it.
    """
    up = decode_up(payload)
    if isinstance(up, Up):
        seqs = [seq for group in (up.samples, up.tags, up.events, up.gaps) for seq in group.seq]
        return _batch(up, add_numbers((), seqs), payload)
    return _batch(up.header, add_range((), up.header.first_seq, up.header.last_seq), payload) if up.header else None


def _batch(head: Up | Header, ranges: tuple[Range, ...], payload: bytes) -> ReadBatch:
    return ReadBatch(
        gateway=head.gateway, epoch=head.epoch, ranges=ranges, sha256=payload_sha256(payload), payload=payload
    )


class FrameScanner:
    """Feed it bytes in any slices."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._noise = bytearray()
        self._covered = 0  # so many bytes at the head of the buffer were already handed on as part of a bad frame

    @property
    def pending(self) -> int:
        """Number of bytes that are held: never more than a frame and a piece of noise."""
        return len(self._buffer) + len(self._noise)

    def feed(self, data: bytes) -> list[Frame | Rejected]:
        """Take bytes and return what is complete."""
        heard: list[Frame | Rejected] = []
        for start in range(0, len(data), FRAME_BYTES_MAX):
            self._buffer += data[start : start + FRAME_BYTES_MAX]
            while self._next(heard):
                pass
        return heard

    def idle_flush(self) -> list[Frame | Rejected]:
        """Give up what is held, because the line has been silent for too long; sound frames in it are kept."""
        heard: list[Frame | Rejected] = []
        while self._buffer:
            self._refuse(heard, Fault.TRUNCATED, len(self._buffer))
            while self._next(heard):
                pass
        self._hand_on_noise(heard)
        return heard

    def _next(self, heard: list[Frame | Rejected]) -> bool:
        """Go on by one frame; False if more bytes are needed."""
        buffer = self._buffer
        self._skip(_frame_start(buffer), heard)
        if len(buffer) < HEADER_BYTES:
            return False
        size = HEADER_BYTES + int.from_bytes(buffer[4:8], "big") + CRC_BYTES
        if len(buffer) < size:
            return False
        if zlib.crc32(buffer[len(HEAD) : size - CRC_BYTES]) != int.from_bytes(buffer[size - CRC_BYTES : size], "big"):
            self._refuse(heard, Fault.CHECKSUM, size)
            return True
        self._hand_on_noise(heard)
        heard.append(Frame(kind=_KINDS[buffer[3]], payload=bytes(buffer[HEADER_BYTES : size - CRC_BYTES])))
        del buffer[:size]
        self._covered = max(0, self._covered - size)
        return True

    def _refuse(self, heard: list[Frame | Rejected], fault: Fault, size: int) -> None:
        """Hand a bad frame on, once and shortened, and drop its first byte only."""
        self._hand_on_noise(heard)
        heard.append(Rejected(fault=fault, raw=bytes(self._buffer[: min(size, REFUSED_BYTES_MAX)])))
        self._covered = max(self._covered, size) - 1
        del self._buffer[0]

    def _skip(self, count: int, heard: list[Frame | Rejected]) -> None:
        """Drop bytes that cannot begin a frame; those that were handed on already are not noise once more."""
        self._noise += self._buffer[min(count, self._covered) : count]
        self._covered = max(0, self._covered - count)
        del self._buffer[:count]
        while len(self._noise) >= REFUSED_BYTES_MAX:
            heard.append(Rejected(fault=Fault.NOISE, raw=bytes(self._noise[:REFUSED_BYTES_MAX])))
            del self._noise[:REFUSED_BYTES_MAX]

    def _hand_on_noise(self, heard: list[Frame | Rejected]) -> None:
        if self._noise:
            heard.append(Rejected(fault=Fault.NOISE, raw=bytes(self._noise)))
            self._noise.clear()


def _frame_start(buffer: bytearray) -> int:
    """Return the index of the first byte that can begin a frame, or the number of bytes."""
    at = buffer.find(HEAD[0])
    while at >= 0:
        if _may_begin(buffer[at : at + HEADER_BYTES]):
            return at
        at = buffer.find(HEAD[0], at + 1)
    return len(buffer)


def _may_begin(header: bytearray) -> bool:
    """Tell whether the bytes so far can begin a frame; an unknown type or a declared length beyond the cap cannot."""
    if header[: len(HEAD)] != HEAD[: len(header)] or (len(header) > len(HEAD) and header[3] not in _KINDS):
        return False
    return len(header) < HEADER_BYTES or int.from_bytes(header[4:8], "big") <= PAYLOAD_BYTES_MAX
