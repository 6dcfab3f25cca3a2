"""A trouble that lasts, said in the log without filling it: when it begins, when its reason changes, when it is over.

While it lasts it is said once a minute, with how often it failed since it began.
"""

from collections.abc import Callable, Sequence
from typing import Final

import structlog

from coldchain.errors import StoreError

SAY_EVERY_MS: Final = 60_000
Look = Callable[[], bool]  # tells whether it has looked; raises StoreError

log = structlog.get_logger("server")


class Trouble:
    """One thing that may fail again and again. `event` is how the log calls it, `boottime_ms` never steps."""

    def __init__(self, event: str, boottime_ms: Callable[[], int], advice: str = "it is tried again by itself") -> None:
        self._event = event
        self._boottime_ms = boottime_ms
        self._advice = advice
        self._times = 0
        self._began_ms = 0
        self._said_ms: dict[str, int] = {}  # the reasons of the last minute: two may take turns

    def failed(self, reason: str) -> None:
        """Note that it failed, and say so if that is new or was not said for a minute."""
        now_ms = self._boottime_ms()
        if self._times == 0:
            self._began_ms = now_ms
        self._times += 1
        self._said_ms = {one: at_ms for one, at_ms in self._said_ms.items() if now_ms - at_ms < SAY_EVERY_MS}
        if reason not in self._said_ms:
            self._said_ms[reason] = now_ms
            log.warning(self._event, error=reason, times=self._times, advice=self._advice)

    def over(self) -> None:
        """Note that it works, and say so if it did not before."""
        if self._times:
            lasted_s = (self._boottime_ms() - self._began_ms) // 1_000
            log.info(f"{self._event}_no_more", times=self._times, lasted_s=lasted_s)
            self._times = 0
            self._said_ms.clear()


class Looks:
    """What a process looks for in turn. A database that is away must not end it: the look is made again."""

    def __init__(self, looks: Sequence[Look], boottime_ms: Callable[[], int]) -> None:
        self._looks = [(look, Trouble("look_failed", boottime_ms)) for look in looks]

    def turn(self) -> None:
        """Make each look once."""
        for look, trouble in self._looks:
            try:
                if look():
                    trouble.over()
            except StoreError as error:
                trouble.failed(str(error))
