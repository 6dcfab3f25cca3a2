"""SMURF per tag, the baseline that presence is compared with: an adaptive window over epochs, without a door.

After Jeffery, Garofalakis and Franklin, "Adaptive Cleaning for RFID Data Streams", VLDB 2006: the window that is wanted
is w* = ceil(ln(1/delta)/p); it grows by two epochs, halves where the reads are too few for its rate (a transition),
and starts anew where it is empty. A tag is there while its window holds a read.
"""

import math
from collections import deque
from dataclasses import dataclass, field
from typing import Final

HISTORY: Final = 60  # epochs over which a tag's rate is taken; the paper has the reader's own count of tries
DELTA: Final = 0.05  # the paper's own


@dataclass
class Window:
    """One tag's reads, newest last."""

    reads: deque[bool] = field(default_factory=lambda: deque(maxlen=HISTORY))
    size: int = 1
    there: bool = False

    def epoch(self, seen: bool) -> bool:  # noqa: FBT001
        """Take an epoch; tell whether the tag is held to be there."""
        self.reads.append(seen)
        window = list(self.reads)[-self.size :]
        hits = sum(window)
        if hits == 0:
            self.size, self.there = 1, False
            return False
        p = sum(self.reads) / len(self.reads)
        wanted = math.ceil(math.log(1 / DELTA) / p)
        expected = len(window) * p
        if expected - hits > 2 * math.sqrt(expected * (1 - p)):
            self.size = max(1, self.size // 2)
        elif wanted > self.size:
            self.size = self.size + 2
        else:
            self.size = wanted
        self.there = True
        return True


class Smurf:
    """All tags of one reader; `epoch` returns (epc, entered) for each change."""

    def __init__(self) -> None:
        self._windows: dict[str, Window] = {}

    def epoch(self, heard: set[str]) -> list[tuple[str, bool]]:
        """Take what was heard in one epoch."""
        changes = []
        for epc in heard - self._windows.keys():
            self._windows[epc] = Window()
        for epc, window in sorted(self._windows.items()):
            before = window.there
            if window.epoch(epc in heard) != before:
                changes.append((epc, window.there))
        return changes
