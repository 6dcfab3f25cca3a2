"""Probes on the machine's own 1-Wire bus: their files are read in a thread, because each read measures for 750 ms.

    due ─► all sensors are handed to the reader ─► file by file, stamped when it was read ─► samples at the next tick
                └─ 85 degrees (power-on) ─► that sensor once more; still so: implausible

The edge never waits for it. A file that hangs holds up only what comes after it in the same folder.
"""

import queue
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from coldchain.facts import Fact, Sample
from coldchain.ports import Clock
from gateway.counters import Counters
from gateway.decoders.heard import Measured
from gateway.decoders.w1 import FILE_BYTES_MAX, at_power_on, read_w1
from gateway.plan import W1Plan
from gateway.silence import Watch

FILE: Final = "w1_slave"
LISTEN_MS: Final = 100  # how often it is looked whether something was read
END_S: Final = 2.0  # longer than one file takes
_Read = Callable[[Path], bytes]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Got:
    sensor: str
    text: bytes | None  # None: there is no such file, the sensor is gone
    taken_ms: int
    boottime_ms: int


def read_file(path: Path) -> bytes:
    """Return what the kernel says of one sensor. Raises OSError if it is not there."""
    with path.open("rb") as file:
        return file.read(FILE_BYTES_MAX)


class W1Folder:
    """Reads the sensors of one folder in turns."""

    def __init__(
        self,
        plan: W1Plan,
        watches: Mapping[str, Watch],
        accept: Callable[[Sequence[Fact]], None],
        clock: Clock,
        counters: Counters,
        read: _Read = read_file,
    ) -> None:
        self.plan = plan
        self.due_ms = clock.boottime_ms()
        self._watches = watches
        self._accept = accept
        self._clock = clock
        self._counters = counters
        self._read = read
        self._turn_ms = self.due_ms
        self._waiting: set[str] = set()  # handed to the reader and not yet come back
        self._again: set[str] = set()
        self._asked: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        self._got: queue.SimpleQueue[_Got] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None

    @property
    def reading(self) -> bool:
        """Whether a sensor was handed to the reader and has not come back."""
        return bool(self._waiting)

    def tick(self) -> None:
        """Take what was read, and begin a turn that is due."""
        while True:
            try:
                got = self._got.get_nowait()
            except queue.Empty:
                break
            self._take(got)
        now_ms = self._clock.boottime_ms()
        if now_ms >= self._turn_ms:
            turns = max(1, -(-(now_ms + 1 - self._turn_ms) // self.plan.poll_ms))
            self._turn_ms += turns * self.plan.poll_ms
            for sensor in self.plan.probes:
                if sensor in self._waiting:  # a whole turn was not enough
                    self._failed(sensor, "no-answer")
                else:
                    self._hand_over(sensor)
        self.due_ms = min(self._turn_ms, now_ms + LISTEN_MS) if self._waiting else self._turn_ms

    def close(self) -> None:
        """End the reader; one that hangs in the kernel is left to its end."""
        if self._thread is not None:
            self._asked.put(None)
            self._thread.join(END_S)

    def _hand_over(self, sensor: str) -> None:
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name=f"w1 {self.plan.folder}", daemon=True)
            self._thread.start()
        self._waiting.add(sensor)
        self._asked.put(sensor)

    def _run(self) -> None:
        folder = Path(self.plan.folder)
        while (sensor := self._asked.get()) is not None:
            try:
                text: bytes | None = self._read(folder / sensor / FILE)
            except OSError:
                text = None
            taken_ms, boottime_ms = self._clock.now_ms(), self._clock.boottime_ms()
            self._got.put(_Got(sensor=sensor, text=text, taken_ms=taken_ms, boottime_ms=boottime_ms))

    def _take(self, got: _Got) -> None:
        sensor = got.sensor
        self._waiting.discard(sensor)
        again = sensor in self._again
        self._again.discard(sensor)
        if got.text is None:
            self._failed(sensor, "no-answer")
            return
        if at_power_on(got.text) and not again:
            self._again.add(sensor)
            self._hand_over(sensor)
            return
        heard = read_w1(sensor, got.text)
        if not isinstance(heard, Measured):
            self._counters.count_rejected([heard])
            self._failed(sensor, heard.fault.value)
            return
        self._counters.polls_good += 1
        self._watches[sensor].good(got.taken_ms)
        sample = Sample(
            seq=0,
            origin=self.plan.probes[sensor],
            taken_ms=got.taken_ms,
            boottime_ms=got.boottime_ms,
            micro_celsius=heard.micro_celsius,
            quality=heard.quality,
        )
        self._accept([sample])

    def _failed(self, sensor: str, reason: str) -> None:
        self._counters.polls_failed += 1
        self._counters.poll_failures[reason] += 1
        self._watches[sensor].failed(reason)
