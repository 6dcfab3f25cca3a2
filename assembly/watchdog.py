"""A word to systemd: ready, still turning, stopping. Without systemd nothing happens."""

import os
import socket
from contextlib import suppress
from typing import Final

MICRO: Final = 1_000_000


def sd_notify(text: str) -> bool:
    """Send one datagram to NOTIFY_SOCKET (sd_notify(3)); tell whether somebody listens. Never fails."""
    address = os.environ.get("NOTIFY_SOCKET", "")
    if address[:1] not in {"/", "@"}:
        return False
    if address.startswith("@"):
        address = "\0" + address[1:]
    with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as line:
        line.sendto(text.encode(), address)
        return True
    return False


class Watchdog:
    """Says WATCHDOG=1 at most every half of the time that systemd waits; called only by a loop that has turned."""

    def __init__(self) -> None:
        watched = os.environ.get("WATCHDOG_PID", str(os.getpid())) == str(os.getpid())
        usec = os.environ.get("WATCHDOG_USEC", "")
        self.every_ms = int(usec) * 1_000 // MICRO // 2 if watched and usec.isdigit() else 0
        self._said_ms: int | None = None

    def turned(self, boottime_ms: int) -> None:
        """Note that the loop has turned: the first time it is ready, later it lives."""
        if self._said_ms is None:
            sd_notify("READY=1")
        elif not self.every_ms or boottime_ms - self._said_ms < self.every_ms:
            return
        self._said_ms = boottime_ms
        if self.every_ms:
            sd_notify("WATCHDOG=1")
