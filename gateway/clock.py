"""The clock of the machine, and what can be said of its wall time."""

import queue
import time
from typing import Final

from coldchain.facts import ClockState

BUILD_DATE_MS: Final = 1_793_491_200_000  # 2026-11-01T00:00:00Z: no honest wall clock is earlier than the program
_NS_PER_MS: Final = 1_000_000


def clock_state(now_ms: int) -> ClockState:
    """Tell whether a wall clock can be believed: one from before the program was built was never set."""
    return ClockState.UNSET if now_ms < BUILD_DATE_MS else ClockState.TRUSTED


class SystemClock:
    """Wall clock, CLOCK_BOOTTIME (it goes on in suspend and never steps), and a wait that can be interrupted.

    A machine without a battery for its clock wakes up in 1970. While its wall clock was never set, the time counts
    that the centre told (`told`), if it did; once the wall clock is set, it counts again.
    """

    def __init__(self) -> None:
        self._told_offset_ms: int | None = None
        # Not an Event: setting one in a signal handler can wait for a lock that the interrupted wait holds.
        self._interrupted: queue.SimpleQueue[None] = queue.SimpleQueue()

    def now_ms(self) -> int:
        """Return UTC milliseconds since 1970."""
        wall_ms = time.time_ns() // _NS_PER_MS
        offset_ms = self._told_offset_ms
        if offset_ms is None or clock_state(wall_ms) is ClockState.TRUSTED:
            return wall_ms
        return self.boottime_ms() + offset_ms

    def told(self, offset_ms: int) -> None:
        """Take the centre's word: UTC minus the clock that never steps. Safe in any thread."""
        self._told_offset_ms = offset_ms

    def boottime_ms(self) -> int:
        """Return milliseconds since the machine started, suspended time included."""
        return time.clock_gettime_ns(time.CLOCK_BOOTTIME) // _NS_PER_MS

    def wait(self, milliseconds: int) -> None:
        """Let this much time pass; return at once when, or once, it was interrupted."""
        if milliseconds <= 0:
            return
        try:
            self._interrupted.get(timeout=milliseconds / 1_000)
        except queue.Empty:
            return
        self._interrupted.put(None)

    def interrupt(self) -> None:
        """End every wait, now and later: the program is told to stop. Safe in a signal handler and in any thread."""
        self._interrupted.put(None)
