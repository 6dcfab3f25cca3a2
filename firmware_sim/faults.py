"""Answers spoilt on purpose, one at a time and seeded. Pure: frames in, what goes out on the wire comes back."""

import random
from collections import deque
from enum import Enum
from typing import Final, NamedTuple

NOISE_BYTES_MAX: Final = 5
WAITING_MAX: Final = 1_000


class Fault(Enum):
    """What is done to the next answer."""

    FLIP_BIT = "flip-bit"
    DROP = "drop"
    LATE = "late"
    CUT_SHORT = "cut-short"
    NOISE_BEFORE = "noise-before"  # turn-around noise of a driver; the answer itself is sound

    @property
    def spoils(self) -> bool:
        """Whether a careful host must not take the answer for the one that it waits for."""
        return self is not Fault.NOISE_BEFORE


class Sent(NamedTuple):
    """What goes out: the bytes, how much later, and what was done to them."""

    frame: bytes
    delay_ms: int = 0
    fault: Fault | None = None


class Faults:
    """The faults that wait for one port's next answers, first in, first out."""

    def __init__(self, seed: int | str) -> None:
        """Spoil nothing yet; the same seed spoils the same bits."""
        self._random = random.Random(seed)  # noqa: S311 - a simulation must repeat, it protects nothing
        self._waiting: deque[tuple[Fault, int]] = deque()

    def next_answer(self, fault: Fault, delay_ms: int = 0) -> None:
        """Spoil one more answer. Raises ValueError beyond WAITING_MAX, or if LATE has no delay."""
        if len(self._waiting) >= WAITING_MAX:
            message = f"{WAITING_MAX} faults already wait for an answer; let the host ask first"
            raise ValueError(message)
        if (fault is Fault.LATE) != (delay_ms > 0):
            message = f"delay_ms {delay_ms} is not allowed for {fault.value}: a late answer has one, no other"
            raise ValueError(message)
        self._waiting.append((fault, delay_ms))

    def apply(self, frame: bytes) -> Sent:
        """Return what goes out in place of a sound answer."""
        if not self._waiting:
            return Sent(frame)
        fault, delay_ms = self._waiting.popleft()
        return Sent(self._spoilt(frame, fault), delay_ms, fault)

    def _spoilt(self, frame: bytes, fault: Fault) -> bytes:
        if fault is Fault.DROP:
            return b""
        if fault is Fault.FLIP_BIT:
            place, bit = self._random.randrange(len(frame)), self._random.randrange(8)
            return frame[:place] + bytes((frame[place] ^ 1 << bit,)) + frame[place + 1 :]
        if fault is Fault.CUT_SHORT:
            return frame[: self._random.randrange(1, len(frame))]
        if fault is Fault.NOISE_BEFORE:
            return self._random.randbytes(self._random.randint(1, NOISE_BYTES_MAX)) + frame
        return frame
