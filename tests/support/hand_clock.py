"""A clock that moves only when it is told to."""

from collections.abc import Callable


class HandClock:
    """Wall clock and boot clock of a test; `wait` lets time pass at once, `step_wall` moves the wall clock alone.

    `on_advance` is called with the wall time after every move: there a simulated device may live its life.
    """

    def __init__(
        self, now_ms: int = 1_800_000_000_000, boottime_ms: int = 1_000, on_advance: Callable[[int], None] | None = None
    ) -> None:
        self._now_ms = now_ms
        self._boottime_ms = boottime_ms
        self.on_advance = on_advance

    def now_ms(self) -> int:
        """Return UTC milliseconds since 1970."""
        return self._now_ms

    def boottime_ms(self) -> int:
        """Return milliseconds of the clock that never steps."""
        return self._boottime_ms

    def wait(self, milliseconds: int) -> None:
        """Let this much time pass; nothing happens for zero or less."""
        if milliseconds <= 0:
            return
        self._now_ms += milliseconds
        self._boottime_ms += milliseconds
        if self.on_advance is not None:
            self.on_advance(self._now_ms)

    def forward(self, ms: int) -> None:
        """Let this much time pass."""
        self.wait(ms)

    def step_wall(self, ms: int) -> None:
        """Step the wall clock as NTP would; the boot clock does not notice."""
        self._now_ms += ms
