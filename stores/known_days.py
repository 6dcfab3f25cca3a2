"""What a store remembers of sealed days between transactions, by a limit in bytes, and one day ready to be asked.

Only what was committed is remembered: a number of the ledger then names one block for ever. Which blocks count is
looked at in every transaction again, whoever wrote them (stores/block_tally.py).
"""

import threading
from bisect import bisect_left
from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from coldchain.facts import Quality
from coldchain.history import History, Int64
from coldchain.sums import Stretch

KNOWN_BYTES_MAX: Final = 64 * 1024 * 1024  # of one store: about 800 days at a reading a minute
_OVERHEAD: Final = 400  # bytes of the objects around some arrays


class Known:
    """What was used last, at most so many bytes of it. Safe to use from several threads."""

    def __init__(self, most: int = KNOWN_BYTES_MAX) -> None:
        self._most = most
        self._bytes = 0
        self._lock = threading.Lock()
        self._things: OrderedDict[Hashable, tuple[Any, int]] = OrderedDict()

    def get(self, key: Hashable) -> Any:  # noqa: ANN401 - what was put there
        """Return what is remembered under a key, None if nothing is."""
        with self._lock:
            found = self._things.get(key)
            if found is None:
                return None
            self._things.move_to_end(key)
            return found[0]

    def put(self, key: Hashable, thing: Any, size: int) -> None:  # noqa: ANN401
        """Remember a thing of so many bytes, and forget what was not used for longest."""
        with self._lock:
            before = self._things.pop(key, None)
            self._bytes += size + _OVERHEAD - (before[1] if before else 0)
            self._things[key] = (thing, size + _OVERHEAD)
            while self._bytes > self._most:
                self._bytes -= self._things.popitem(last=False)[1][1]

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._things.clear()
            self._bytes = 0

    @property
    def size(self) -> int:
        """How many bytes are remembered, about."""
        return self._bytes


@dataclass(frozen=True, slots=True)
class Heads:
    """Which blocks of a probe count: rising days, and the ledger's numbers of their blocks.

    `count` of them, and `newest` number: a block that is new has a greater number, one that goes leaves fewer. `seen`:
    the ledger's last number when that was looked at.
    """

    seen: int
    count: int
    newest: int
    days: Int64
    seqs: Int64

    def between(self, from_day: int, to_day: int) -> list[tuple[int, int]]:
        """Return (day, seq) of the sealed days from_day to to_day, both included."""
        low, high = bisect_left(self.days, from_day), bisect_left(self.days, to_day + 1)
        return list(zip(self.days[low:high].tolist(), self.seqs[low:high].tolist(), strict=True))


class Day:
    """The effective readings of a sealed day: any part of them is added up without sorting.

    Weights are floats, because numpy counts with those; a day's milliseconds are exact in them (below 2**53).
    """

    def __init__(self, history: History, hold_ms: int) -> None:
        self.history = history
        self._good = history.quality == Quality.GOOD
        self._values, self._codes = np.unique(history.micro_celsius, return_inverse=True)
        held = np.zeros(len(history), np.float64)
        held[:-1] = np.minimum(np.diff(history.taken_ms), hold_ms)
        self._held: npt.NDArray[np.float64] = np.where(self._good, held, 0.0)

    @property
    def nbytes(self) -> int:
        """How many bytes the arrays take."""
        parts = (self.history.taken_ms, self.history.micro_celsius, self._codes, self._held, self._values)
        return sum(part.nbytes for part in parts) + 2 * len(self._good)

    def within(self, from_ms: int, to_ms: int) -> Stretch | None:
        """Return the stretch of the readings in [from_ms, to_ms): that of coldchain.sums.stretch_of."""
        taken_ms = self.history.taken_ms
        low, high = bisect_left(taken_ms, from_ms), bisect_left(taken_ms, to_ms)
        if low >= high:
            return None
        spent = np.bincount(self._codes[low : high - 1], self._held[low : high - 1], len(self._values))
        there = spent.nonzero()[0]
        last = high - 1
        return Stretch(
            first_ms=int(taken_ms[low]),
            last_ms=int(taken_ms[last]),
            last_value=int(self.history.micro_celsius[last]) if self._good[last] else None,
            readings=high - low,
            values=self._values[there],
            held_ms=spent[there].astype(np.int64),
        )

    def last_before(self, from_ms: int, to_ms: int) -> History | None:
        """Return the last reading in [from_ms, to_ms), None if there is none."""
        at = bisect_left(self.history.taken_ms, to_ms)
        return self.history.part(at - 1, at) if at and self.history.taken_ms[at - 1] >= from_ms else None
