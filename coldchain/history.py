"""A probe's history as numpy columns, ordered by time, one effective reading an instant."""

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

NO_VALUE: Final = -(2**31)  # in micro_celsius where quality is not GOOD

Int64 = npt.NDArray[np.int64]
UInt8 = npt.NDArray[np.uint8]
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """Effective readings of one probe: strictly rising taken_ms, int64 each; quality as uint8 (facts.Quality)."""

    taken_ms: Int64
    micro_celsius: Int64
    quality: UInt8

    def __len__(self) -> int:
        """Return the number of readings."""
        return len(self.taken_ms)

    def since(self, from_ms: int) -> "History":
        """Return the part with taken_ms >= from_ms."""
        return self.part(int(np.searchsorted(self.taken_ms, from_ms, "left")), len(self))

    def between(self, from_ms: int, to_ms: int) -> "History":
        """Return the part with from_ms <= taken_ms < to_ms."""
        low, high = np.searchsorted(self.taken_ms, [from_ms, to_ms], "left")
        return self.part(int(low), int(high))

    def part(self, start: int, stop: int) -> "History":
        """Return readings start..stop by index."""
        return History(
            taken_ms=self.taken_ms[start:stop],
            micro_celsius=self.micro_celsius[start:stop],
            quality=self.quality[start:stop],
        )


EMPTY: Final = History(
    taken_ms=np.empty(0, np.int64), micro_celsius=np.empty(0, np.int64), quality=np.empty(0, np.uint8)
)


def effective(taken_ms: Int64, micro_celsius: Int64, quality: UInt8, source_rank: Int64) -> History:
    """Order readings by time and keep one per instant; any order of input gives the same history.

    The lowest source rank counts, then good before fault, then the higher value. Arrival plays no part, and the
    readings that do not count stay in the log.
    """
    if not len(taken_ms):
        return EMPTY
    if (taken_ms[1:] > taken_ms[:-1]).all():  # one an instant and in order, which is nearly always
        return History(taken_ms=taken_ms, micro_celsius=micro_celsius, quality=quality)
    order = np.lexsort((-micro_celsius, quality, source_rank, taken_ms))
    sorted_ms = taken_ms[order]
    first = np.ones(len(order), np.bool_)
    first[1:] = sorted_ms[1:] != sorted_ms[:-1]
    kept = order[first]
    return History(taken_ms=taken_ms[kept], micro_celsius=micro_celsius[kept], quality=quality[kept])
