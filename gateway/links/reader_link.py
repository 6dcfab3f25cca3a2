"""One event cycle after the other of a BB..7E reader, as a small state machine that never waits.

    idle ──start: 27──► collecting ──cycle_ms over: 28──► stopping ──stop answered, or twice not──► idle, CycleDone

Silence of a tag is evidence only if the reader was working: a cycle is complete when the reader reported reads or empty
rounds *and* answered the stop. An incomplete cycle still hands on what it heard, but says nothing of what it did not.
"""

from enum import Enum
from typing import Final

from coldchain.ports import Clock
from gateway.counters import Counters
from gateway.decoders.bb7e import Bb7eDecoder, start_inventory, stop_inventory
from gateway.decoders.heard import Heard, ReaderError, ReaderNoTag, ReaderStopped, TagSeen
from gateway.links.cycles import CycleDone
from gateway.links.line import Line
from gateway.links.serial_port import Port, PortLostError
from gateway.links.tally import Tally

ROUNDS: Final = 10_000  # the vendor's own example; a reader whose gateway died comes to rest by itself
READ_EVERY_MS: Final = 50  # at 115200 baud 576 bytes come in 50 ms; the system holds at least 4,096
STOP_LOOK_MS: Final = 10
STOP_ANSWER_MS: Final = 300
STOP_ATTEMPTS: Final = 2
IDLE_MS: Final = 100  # a frame of 24 bytes takes 2 ms at 115200 baud; one that stands still so long is broken off
READS_MAX: Final = 64


class _Phase(Enum):
    IDLE = "idle"
    COLLECTING = "collecting"
    STOPPING = "stopping"


class ReaderLink:
    """Drives one reader on one line. Call `step` when boottime has reached `due_ms`."""

    def __init__(self, line: Line, clock: Clock, counters: Counters) -> None:
        self.due_ms = 0
        self._line = line
        self._clock = clock
        self._counters = counters
        self._phase = _Phase.IDLE
        self._begin(0)

    @property
    def busy(self) -> bool:
        """Whether a cycle is running."""
        return self._phase is not _Phase.IDLE

    def start(self, cycle_ms: int) -> bool:
        """Begin a cycle; False if the port is not there."""
        port = self._line.port()
        if port is None:
            return False
        self._begin(cycle_ms)
        try:
            port.flush_input()
            port.write(start_inventory(ROUNDS))
        except PortLostError as error:
            self._line.lost(error)
            return False
        self._phase = _Phase.COLLECTING
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

    def _begin(self, cycle_ms: int) -> None:
        now_ms = self._clock.boottime_ms()
        self._decoder = Bb7eDecoder()
        self._tally = Tally(self._counters)
        self._start_ms = self._clock.now_ms()
        self._end_at_ms = now_ms + cycle_ms
        self._last_byte_ms = now_ms
        self._rounds = self._rejected = self._stops = 0
        self._stopped = False
        self.due_ms = now_ms + READ_EVERY_MS

    def _go_on(self, port: Port) -> CycleDone | None:
        self._listen(port)
        now_ms = self._clock.boottime_ms()
        if self._phase is _Phase.COLLECTING:
            if now_ms < self._end_at_ms:
                self.due_ms = min(now_ms + READ_EVERY_MS, self._end_at_ms)
                return None
            self._phase = _Phase.STOPPING
            self._ask_to_stop(port, now_ms)
        if not self._stopped and now_ms >= self._stop_by_ms:
            if self._stops == STOP_ATTEMPTS:
                return self._done("no-answer" if self._rounds == 0 else "not-stopped")
            self._ask_to_stop(port, now_ms)
        self.due_ms = now_ms + STOP_LOOK_MS
        if not self._stopped:
            return None
        self._line.works()
        return self._done("" if self._rounds else "no-inventory")

    def _ask_to_stop(self, port: Port, now_ms: int) -> None:
        self._stops += 1
        self._stop_by_ms = now_ms + STOP_ANSWER_MS
        port.write(stop_inventory())
        self._listen(port)

    def _done(self, fault: str) -> CycleDone:
        self._phase = _Phase.IDLE
        self._take(self._decoder.idle_flush())
        return CycleDone(
            start_ms=self._start_ms,
            end_ms=self._clock.now_ms(),
            boottime_ms=self._clock.boottime_ms(),
            tags=self._tally.tags(),
            rounds=self._rounds,
            reads=self._tally.reads,
            rejected=self._rejected,
            fault=fault or self._tally.fault,
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
        if self._decoder.pending and now_ms - self._last_byte_ms >= IDLE_MS:
            self._take(self._decoder.idle_flush())

    def _take(self, heard: list[Heard]) -> None:
        self._rejected += self._counters.count_rejected(heard)
        for item in heard:
            if isinstance(item, TagSeen):
                self._rounds += 1
                self._tally.note(item.epc, item.antenna, item.rssi_dbm, self._clock.now_ms())
            elif isinstance(item, ReaderNoTag):
                self._rounds += 1
            elif isinstance(item, ReaderStopped):
                # An answer to the stop of an earlier cycle may come late: it does not end this one.
                self._stopped = self._phase is _Phase.STOPPING
            elif isinstance(item, ReaderError):
                self._counters.reader_errors += 1
