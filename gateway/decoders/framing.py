"""How frames are cut out of a stream of bytes, whatever their shape: shared by the readers' decoders.

    bytes ──► buffer ──► can a frame begin here? ──no──► noise, in pieces
                               │ yes, so many bytes
                               ▼
                         sound? ──no──► Rejected(fault, raw); ONE byte is dropped and the rest is scanned again
                               │ yes
                               ▼
                             Heard

On a bad frame only one byte is dropped, because the true frame may begin within the false. The result depends on the
bytes alone, never on how they are sliced. What is held is never more than the longest frame and a piece of noise.
"""

from abc import ABC, abstractmethod
from collections import Counter
from typing import ClassVar, Final

from gateway.decoders.heard import Fault, Heard, Rejected

NO_FRAME: Final = -1  # no frame begins here
MORE: Final = 0  # too few bytes to tell
NOISE_BYTES_MAX: Final = 64  # noise is handed on in pieces of this size, so that it never piles up


class FrameDecoder(ABC):
    """Feed it bytes in any slices; `frames` and `faults` count what came out. A family says `_size` and `_read`."""

    head: ClassVar[bytes] = b""  # the byte with which each frame begins; empty where there is none

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
        self._scan(heard)
        return heard

    def idle_flush(self) -> list[Heard]:
        """Give up what is held, because the line has been silent for too long; sound frames in it are kept."""
        heard: list[Heard] = []
        buffer = self._buffer
        while buffer:
            if self._covered < len(buffer):  # else it is all part of what was refused already
                self._refuse(heard, Fault.TRUNCATED, bytes(buffer))
            self._covered = len(buffer) - 1
            del buffer[0]
            self._scan(heard)
        self._hand_on_noise(heard)
        return heard

    @abstractmethod
    def _size(self, buffer: bytearray, at: int, end: int) -> int:
        """Return the size of the frame that begins at `at` (NO_FRAME, MORE); `end` is the length of the buffer."""

    @abstractmethod
    def _read(self, frame: bytes, heard: list[Heard]) -> Fault | None:
        """Put what a frame of the right size says behind `heard`, or say what is wrong and put nothing."""

    def _scan(self, heard: list[Heard]) -> None:
        buffer, at, end, covered_to = self._buffer, 0, len(self._buffer), self._covered
        while at < end:
            size = self._size(buffer, at, end)
            if size == NO_FRAME:
                after = self._next_start(at + 1)
                self._put_noise(heard, max(at, covered_to), after)
                at = after
                continue
            if size == MORE or at + size > end:
                break
            if self._noise:
                self._hand_on_noise(heard)
            frame = bytes(buffer[at : at + size])
            fault = self._read(frame, heard)
            if fault is None:
                self.frames += 1
                at += size
                continue
            self._refuse(heard, fault, frame)
            covered_to = max(covered_to, at + size)
            at += 1
        del buffer[:at]
        self._covered = max(0, covered_to - at)

    def _next_start(self, at: int) -> int:
        """Return the next place at or behind `at` where a frame may begin."""
        if not self.head:
            return at
        place = self._buffer.find(self.head, at)
        return len(self._buffer) if place < 0 else place

    def _refuse(self, heard: list[Heard], fault: Fault, raw: bytes) -> None:
        self._hand_on_noise(heard)
        self.faults[fault] += 1
        heard.append(Rejected(fault=fault, raw=raw))

    def _put_noise(self, heard: list[Heard], at: int, after: int) -> None:
        """Add the bytes from `at` up to `after` to the noise, and hand full pieces on."""
        while at < after:
            upto = min(after, at + NOISE_BYTES_MAX - len(self._noise))
            self._noise += self._buffer[at:upto]
            at = upto
            if len(self._noise) == NOISE_BYTES_MAX:
                self._hand_on_noise(heard)

    def _hand_on_noise(self, heard: list[Heard]) -> None:
        if self._noise:
            self.faults[Fault.NOISE] += 1
            heard.append(Rejected(fault=Fault.NOISE, raw=bytes(self._noise)))
            self._noise.clear()
