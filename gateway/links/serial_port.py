"""A serial port that says clearly why it is not there. Thin over pyserial, which knows ttys and `socket://` URLs.

pyserial reports a lost adapter as SerialException, OSError or termios.error, depending on the call: here each becomes
a PortLostError with its fault, and nothing else leaves this file.
"""

import errno
import select
import termios
from collections.abc import Callable
from enum import StrEnum
from functools import partial
from typing import Final, Protocol, TypeAlias

import serial

READ_BYTES_MAX: Final = 4_096
WRITE_TIMEOUT_S: Final = 1.0
_LOST: Final = (serial.SerialException, OSError, termios.error, ValueError)


class Port(Protocol):
    """A line of bytes to devices. Every call but close raises PortLostError when the line is gone."""

    def read(self, timeout_ms: int) -> bytes:
        """Wait until there is something, at most so long; b"" means that all this time passed in silence."""

    def write(self, data: bytes) -> None:
        """Send all of data."""

    def flush_input(self) -> None:
        """Forget what has arrived and was not read."""

    def close(self) -> None:
        """Release the port; never fails."""


OpenPort: TypeAlias = Callable[[str, int], Port]


class PortFault(StrEnum):
    """Why a port cannot be used."""

    ABSENT = "absent"
    NO_PERMISSION = "no-permission"
    BUSY = "busy"
    UNPLUGGED = "unplugged"
    BROKEN = "broken"
    NOT_REACHED = "not-reached"


_ADVICE: Final = {
    PortFault.ABSENT: "there is no such device: check the cable and the adapter, and the path in the settings",
    PortFault.NO_PERMISSION: "no permission: add the user of the gateway to the group dialout",
    PortFault.BUSY: "another program uses it: stop that program, a line has one master",
    PortFault.UNPLUGGED: "the adapter has gone: plug it in again, the gateway tries by itself",
    PortFault.BROKEN: "it cannot be used",
    PortFault.NOT_REACHED: "nobody answers there: check the network, and host and port in the settings",
}
_FAULT_BY_ERRNO: Final = {
    errno.ENOENT: PortFault.ABSENT,
    errno.ENODEV: PortFault.ABSENT,
    errno.ENXIO: PortFault.ABSENT,
    errno.EACCES: PortFault.NO_PERMISSION,
    errno.EPERM: PortFault.NO_PERMISSION,
    errno.EAGAIN: PortFault.BUSY,
    errno.EBUSY: PortFault.BUSY,
}


class PortLostError(Exception):
    """The port cannot be opened or has gone. The message names the port and what to do; the caller tries again."""

    def __init__(self, path: str, fault: PortFault, cause: str) -> None:
        super().__init__(f"{'port' if '://' in path else 'serial port'} {path}: {_ADVICE[fault]} ({cause})")
        self.path = path
        self.fault = fault


class SerialPort:
    """An open port. It is opened exclusively: two masters on one line read each other's answers."""

    def __init__(self, path: str, baud: int, framing: str = "8N1") -> None:
        self._path = path
        try:
            self._serial = serial.serial_for_url(
                path,
                baudrate=baud,
                bytesize=int(framing[0]),
                parity=framing[1],
                stopbits=int(framing[2]),
                timeout=0,
                write_timeout=WRITE_TIMEOUT_S,
                exclusive=True,
            )
        except _LOST as error:
            raise PortLostError(path, fault_of(error), str(error)) from error

    def read(self, timeout_ms: int) -> bytes:
        """See Port.read."""
        try:
            ready, _, _ = select.select([self._serial], [], [], max(0, timeout_ms) / 1_000)
            return bytes(self._serial.read(READ_BYTES_MAX)) if ready else b""
        except _LOST as error:
            raise self._lost(error) from error

    def write(self, data: bytes) -> None:
        """See Port.write."""
        try:
            self._serial.write(data)
        except _LOST as error:
            raise self._lost(error) from error

    def flush_input(self) -> None:
        """See Port.flush_input."""
        try:
            self._serial.reset_input_buffer()
        except _LOST as error:
            raise self._lost(error) from error

    def close(self) -> None:
        """See Port.close."""
        try:
            self._serial.close()
        except _LOST:
            return  # the file descriptor is given back even where the line complains

    def _lost(self, error: Exception) -> PortLostError:
        return PortLostError(self._path, PortFault.UNPLUGGED, str(error))


def open_port(path: str, baud: int) -> Port:
    """Open a tty (prefer /dev/serial/by-id/...) or a URL of pyserial such as socket://host:port; 8N1."""
    return SerialPort(path, baud)


def framed(framing: str) -> OpenPort:
    """Return the opener for lines with other bits than 8N1, e.g. "8E1": data bits, parity (N, E, O), stop bits."""
    return partial(SerialPort, framing=framing)


def fault_of(error: Exception) -> PortFault:
    """Return why an open failed, from the error number that the system gave."""
    number = getattr(error, "errno", None)
    if isinstance(number, int):
        return _FAULT_BY_ERRNO.get(number, PortFault.BROKEN)
    return PortFault.BROKEN
