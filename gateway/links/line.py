"""One line and its port: opened when it is wanted, given up when it is lost, tried again with a growing pause."""

import logging
from typing import Final

from coldchain.ports import Clock
from gateway.counters import Counters
from gateway.links.serial_port import OpenPort, Port, PortLostError

BACK_OFF_MIN_MS: Final = 500
BACK_OFF_MAX_MS: Final = 30_000
_log = logging.getLogger(__name__)


class Line:
    """Holds the port of one path. Pauses between attempts double from 0.5 s to 30 s and start anew after bytes came."""

    def __init__(self, path: str, baud: int, open_port: OpenPort, clock: Clock, counters: Counters) -> None:
        self.path = path
        self.message = ""  # of the last loss, for the operator; empty while the port is open
        self._baud = baud
        self._open_port = open_port
        self._clock = clock
        self._counters = counters
        self._port: Port | None = None
        self._back_off_ms = BACK_OFF_MIN_MS
        self._try_at_ms = 0

    def port(self) -> Port | None:
        """Return the open port; try to open it if the pause is over; None if it is not there."""
        if self._port is None and self._clock.boottime_ms() >= self._try_at_ms:
            try:
                self._port = self._open_port(self.path, self._baud)
            except PortLostError as error:
                self.lost(error)
            else:
                self._counters.port_opens += 1
                _log.info("serial port %s is open", self.path)
                self.message = ""
        return self._port

    def works(self) -> None:
        """Note that a device answered: the next loss starts with the shortest pause."""
        self._back_off_ms = BACK_OFF_MIN_MS

    def lost(self, error: PortLostError) -> None:
        """Close the port and set the time of the next attempt."""
        self._counters.ports_lost[error.fault.value] += 1
        if str(error) != self.message:  # not once more with every attempt
            _log.warning("%s", error)
        self.message = str(error)
        self.close()
        self._try_at_ms = self._clock.boottime_ms() + self._back_off_ms
        self._back_off_ms = min(2 * self._back_off_ms, BACK_OFF_MAX_MS)

    def close(self) -> None:
        """Release the port."""
        if self._port is not None:
            self._port.close()
            self._port = None
