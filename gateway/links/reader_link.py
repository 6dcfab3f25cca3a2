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
from gateway.decoders.framing import FrameDecoder
from gateway.decoders.heard import Heard, ReaderError, ReaderNoTag, ReaderStopped, TagSeen
from gateway.links.cycles import CycleDone
from gateway.links.line import Line
from gateway.links.serial_cycles import SerialCycles
from gateway.links.serial_port import Port

ROUNDS: Final = 10_000  # the vendor's own example; a reader whose gateway died comes to rest by itself
READ_EVERY_MS: Final = 50  # at 115200 baud 576 bytes come in 50 ms; the system holds at least 4,096
STOP_LOOK_MS: Final = 10
STOP_ANSWER_MS: Final = 300
STOP_ATTEMPTS: Final = 2
IDLE_MS: Final = 100  # a frame of 24 bytes takes 2 ms at 115200 baud; one that stands still so long is broken off


class _Phase(Enum):
    COLLECTING = "collecting"
    STOPPING = "stopping"


class ReaderLink(SerialCycles):
    """Drives one reader on one line. Call `step` when boottime has reached `due_ms`."""

    def __init__(self, line: Line, clock: Clock, counters: Counters) -> None:
        super().__init__(line, clock, counters, idle_ms=IDLE_MS)

    def _decoder_of(self) -> FrameDecoder:
        return Bb7eDecoder()

    def _begin(self, now_ms: int) -> None:
        self._phase = _Phase.COLLECTING
        self._stops = 0
        self._stopped = False
        self.due_ms = now_ms + READ_EVERY_MS

    def _first(self, port: Port) -> None:
        port.write(start_inventory(ROUNDS))

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

    def _hear(self, item: Heard) -> None:
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
