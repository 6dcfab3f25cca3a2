"""What every serial reader's link has in common: one line, one decoder, one cycle at a time, and no waiting.

A family fills in how a cycle begins (`_first`), goes on (`_go_on`), and what it makes of what was heard (`_hear`).
"""

from abc import ABC, abstractmethod
from typing import Final

from coldchain.ports import Clock
from gateway.counters import Counters
from gateway.decoders.framing import FrameDecoder
from gateway.decoders.heard import Heard
from gateway.links.cycles import CycleDone, Rssi
from gateway.links.line import Line
from gateway.links.serial_port import Port, PortLostError
from gateway.links.tally import Tally

READS_MAX: Final = 64


class SerialCycles(ABC):
    """Drives one reader on one line. Call `step` when boottime has reached `due_ms`.

    `idle_ms`: a frame that stands still so long is broken off.
    """

    def __init__(self, line: Line, clock: Clock, counters: Counters, *, idle_ms: int, rssi: Rssi = Rssi.DBM) -> None:
        self.due_ms = 0
        self._line = line
        self._clock = clock
        self._counters = counters
        self._idle_ms = idle_ms
        self._rssi = rssi
        self._running = False
        self._reset(0)

    @property
    def busy(self) -> bool:
        """Whether a cycle is running."""
        return self._running

    def start(self, cycle_ms: int) -> bool:
        """Begin a cycle; False if the port is not there."""
        port = self._line.port()
        if port is None:
            return False
        self._reset(cycle_ms)
        try:
            port.flush_input()
            self._first(port)
        except PortLostError as error:
            self._line.lost(error)
            return False
        self._running = True
        return True

    def step(self) -> CycleDone | None:
        """Go on with the running cycle; return it when it came to its end."""
        port = self._line.port()
        if port is None:
            return self._done("no-port")
        try:
            return self._go_on(port)
        except PortLostError as error:
            self._line.lost(error)
            return self._done("no-port")

    def close(self) -> None:
        """Release the port."""
        self._line.close()

    @abstractmethod
    def _decoder_of(self) -> FrameDecoder:
        """Return a fresh decoder of the family."""

    @abstractmethod
    def _begin(self, now_ms: int) -> None:
        """Forget the cycle before."""

    @abstractmethod
    def _first(self, port: Port) -> None:
        """Send the first command of a cycle."""

    @abstractmethod
    def _go_on(self, port: Port) -> CycleDone | None:
        """Go on with the running cycle."""

    @abstractmethod
    def _hear(self, item: Heard) -> None:
        """Take one thing that was heard."""

    def _reset(self, cycle_ms: int) -> None:
        now_ms = self._clock.boottime_ms()
        self._decoder = self._decoder_of()
        self._tally = Tally(self._counters)
        self._start_ms = self._clock.now_ms()
        self._end_at_ms = now_ms + cycle_ms
        self._last_byte_ms = now_ms
        self._rounds = self._rejected = 0
        self._fault = ""
        self._begin(now_ms)

    def _done(self, fault: str) -> CycleDone:
        self._running = False
        self._take(self._decoder.idle_flush())
        return CycleDone(
            start_ms=self._start_ms,
            end_ms=self._clock.now_ms(),
            boottime_ms=self._clock.boottime_ms(),
            tags=self._tally.tags(),
            rounds=self._rounds,
            reads=self._tally.reads,
            rejected=self._rejected,
            fault=fault or self._fault or self._tally.fault,
            rssi=self._rssi,
        )

    def _listen(self, port: Port) -> None:
        """Take all that has come, without waiting."""
        now_ms = self._clock.boottime_ms()
        for _ in range(READS_MAX):
            data = port.read(0)
            if not data:
                break
            self._last_byte_ms = now_ms
            self._take(self._decoder.feed(data))
        if self._decoder.pending and now_ms - self._last_byte_ms >= self._idle_ms:
            self._take(self._decoder.idle_flush())

    def _take(self, heard: list[Heard]) -> None:
        self._rejected += self._counters.count_rejected(heard)
        for item in heard:
            self._hear(item)
