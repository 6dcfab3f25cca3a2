"""What makes the alarm heard: a program or a file of the system, told "on" or "off", again if it fails.

A relay that was reset by a spike, or a program that was killed, would be silent for ever if it were told once: what is
wanted is told again every REPEAT_MS. Nothing here waits: a program runs beside the edge and is ended if it hangs.
"""

import logging
import subprocess
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final, Protocol

from coldchain.ports import Clock

RUN_MS_MAX: Final = 5_000  # a program that runs longer is ended; it is to switch, not to play
RETRY_MS: Final = 2_000
REPEAT_MS: Final = 30_000
_LOG: Final = logging.getLogger(__name__)


class Switch(Protocol):
    """One way to be heard. What fails raises OSError."""

    name: str

    def begin(self, *, on: bool) -> None:
        """Begin to switch."""

    def finished(self) -> bool:
        """Tell whether what was begun is done; raises OSError if it failed."""

    def abandon(self) -> None:
        """Give up what was begun."""


class FileSwitch:
    """A file of the system that takes "1" or "0": a GPIO, or the brightness of a LED."""

    def __init__(self, path: Path) -> None:
        self.name = str(path)
        self._path = path

    def begin(self, *, on: bool) -> None:
        """See Switch.begin. The file is never made: one that is not there switches nothing."""
        with self._path.open("r+b", buffering=0) as file:
            file.write(b"1\n" if on else b"0\n")

    def finished(self) -> bool:
        """See Switch.finished."""
        return True

    def abandon(self) -> None:
        """See Switch.abandon."""


class ProgramSwitch:
    """A program, called with "on" or "off" as its last argument; no shell, no input, its end is waited for."""

    def __init__(self, argv: Sequence[str]) -> None:
        self.name = argv[0]
        self._argv = tuple(argv)
        self._child: subprocess.Popen[bytes] | None = None

    def begin(self, *, on: bool) -> None:
        """See Switch.begin."""
        self._child = subprocess.Popen(  # noqa: S603 - the operator's own program, no shell
            [*self._argv, "on" if on else "off"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

    def finished(self) -> bool:
        """See Switch.finished."""
        code = None if self._child is None else self._child.poll()
        if code is None:
            return False
        self._child = None
        if code != 0:
            msg = f"it ended with code {code}"
            raise OSError(msg)
        return True

    def abandon(self) -> None:
        """See Switch.abandon."""
        if self._child is not None:
            self._child.kill()
            with suppress(subprocess.TimeoutExpired):  # after a kill it ends at once, or hangs in the kernel
                self._child.wait(1)
            self._child = None


class Siren:
    """One switch and what is wanted of it. Call `tick` in every round of the edge."""

    def __init__(self, switch: Switch, clock: Clock) -> None:
        self.failures = 0
        self.switched = 0
        self.shown: bool | None = None  # what it was told last and took
        self._switch = switch
        self._clock = clock
        self._told: bool | None = None  # what is being told
        self._began_ms = 0
        self._due_ms = clock.boottime_ms()
        self._said_failure = False

    @property
    def name(self) -> str:
        """Return what it is."""
        return self._switch.name

    @property
    def failing(self) -> bool:
        """Tell whether it did not do what it was told last."""
        return self._said_failure

    def tick(self, *, on: bool) -> None:
        """Bring the switch to what is wanted."""
        now_ms = self._clock.boottime_ms()
        try:
            if self._told is not None:
                self._follow(now_ms)
            if self._told is None and (now_ms >= self._due_ms or (on is not self.shown and not self._said_failure)):
                self._switch.begin(on=on)
                self._told, self._began_ms = on, now_ms
                self._follow(now_ms)
        except OSError as error:
            self._failed(error, now_ms)

    def close(self) -> None:
        """Be quiet: nobody would tell it to stop later."""
        self._switch.abandon()
        if self.shown:
            with suppress(OSError):
                self._switch.begin(on=False)

    def _follow(self, now_ms: int) -> None:
        if self._switch.finished():
            self.shown, self._told = self._told, None
            self.switched += 1
            self._due_ms = now_ms + REPEAT_MS
            if self._said_failure:
                _LOG.warning("alarm output %s works again", self.name)
            self._said_failure = False
        elif now_ms - self._began_ms > RUN_MS_MAX:
            msg = f"it ran longer than {RUN_MS_MAX} ms and was ended"
            raise OSError(msg)

    def _failed(self, error: OSError, now_ms: int) -> None:
        self._switch.abandon()
        self._told = None
        self.failures += 1
        self._due_ms = now_ms + RETRY_MS
        if not self._said_failure:
            _LOG.error("alarm output %s fails: %s; it is tried again every %d ms", self.name, error, RETRY_MS)
        self._said_failure = True
