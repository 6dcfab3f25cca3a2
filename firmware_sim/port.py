"""One end of a serial line on a pseudo-terminal, from the device's side; it never blocks.

The device's side keeps a descriptor of the host's side open, else every read fails until a host comes. What a host
does not fetch is dropped and counted, as on a serial line, where nothing waits for a reader either.
"""

import contextlib
import errno
import os
import tty
from pathlib import Path
from typing import Final

PENDING_BYTES_MAX: Final = 16 * 1024  # beside what the kernel holds (about 18 KB)
PENDING_MS_MAX: Final = 2_000  # older bytes would look to a host like news
READ_BYTES: Final = 4_096


class Port:
    """A pseudo-terminal in raw mode. `path` is what the host opens; None while it is unplugged."""

    def __init__(self, pending_bytes_max: int = PENDING_BYTES_MAX) -> None:
        """Plug in; `pending_bytes_max` is the largest that may wait for the host."""
        self.path: str | None = None
        self.dropped_bytes = 0
        self.handed_bytes = 0
        self._master = -1
        self._slave = -1
        self._pending = bytearray()
        self._pending_since_ms = 0
        self._pending_bytes_max = pending_bytes_max
        self.plug()

    def plug(self) -> None:
        """Open a new pseudo-terminal; its path may differ from the one before. Does nothing if plugged."""
        if self.path is not None:
            return
        self._master, self._slave = os.openpty()
        tty.setraw(self._slave)
        os.set_blocking(self._master, False)
        self.path = os.ttyname(self._slave)

    def unplug(self) -> None:
        """Close both ends: the host's next read or write fails. Does nothing if unplugged."""
        if self.path is None:
            return
        self.path = None
        self.dropped_bytes += len(self._pending)
        self._pending.clear()
        os.close(self._master)
        os.close(self._slave)

    def fileno(self) -> int:
        """Return the device's descriptor for select; only while plugged."""
        return self._master

    def read(self) -> bytes:
        """Return what the host wrote, b"" if nothing."""
        with contextlib.suppress(BlockingIOError):
            return os.read(self._master, READ_BYTES)
        return b""

    def send(self, frame: bytes, now_ms: int) -> bool:
        """Take a frame whole or, if nobody is plugged in or the host fetches nothing, not at all; flush hands it over.

        Returns whether it was taken.
        """
        if len(self._pending) + len(frame) > self._pending_bytes_max:
            self.flush(now_ms)
        if self.path is None or len(self._pending) + len(frame) > self._pending_bytes_max:
            self.dropped_bytes += len(frame)
            return False
        if not self._pending:
            self._pending_since_ms = now_ms
        self._pending += frame
        return True

    def flush(self, now_ms: int) -> None:
        """Hand the kernel what waits, as far as it takes it, and forget what has waited too long."""
        while self._pending:
            try:
                written = os.write(self._master, self._pending)
            except BlockingIOError:
                break
            del self._pending[:written]
            self.handed_bytes += written
            self._pending_since_ms = now_ms
        if self._pending and now_ms - self._pending_since_ms > PENDING_MS_MAX:
            self.dropped_bytes += len(self._pending)
            self._pending.clear()


def link(path: str, name: Path) -> None:
    """Make `name` a symbolic link to path, replacing a link that stood there in one step.

    Raises OSError, FileExistsError if something else than a link stands there: it is somebody's and stays.
    """
    name.parent.mkdir(parents=True, exist_ok=True)
    if name.exists() and not name.is_symlink():
        raise FileExistsError(errno.EEXIST, f"{name.name} is there and is no link", str(name))
    fresh = name.with_name(f".{name.name}.new")
    fresh.unlink(missing_ok=True)
    fresh.symlink_to(path)
    fresh.replace(name)


def remove_link(path: str, name: Path) -> None:
    """Remove the link `name` if it leads to path; one that leads elsewhere is somebody else's."""
    with contextlib.suppress(OSError):
        if str(name.readlink()) == path:
            name.unlink()
