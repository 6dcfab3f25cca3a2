"""An RS-485 line of slaves on a pseudo-terminal, with what such lines do: echo, noise, wrong CRCs, late answers."""

import select
import time
from collections.abc import Sequence
from typing import Final, Protocol

from firmware_sim.faults import Faults
from firmware_sim.port import Port

ACCEPT_S: Final = 0.02


class _Answer(Protocol):
    @property
    def frame(self) -> bytes:
        """The bytes."""


class Slave(Protocol):
    """A device that takes the host's bytes and answers."""

    def receive(self, data: bytes, at_ms: int) -> Sequence[_Answer]:
        """Take bytes and return answers."""


class Stop(Protocol):
    """Anything that says when to stop."""

    def is_set(self) -> bool:
        """Return whether to stop."""


class BusLine:
    """Slaves on one line. `echo`: the adapter hears itself, as many two-wire ones do. Pure: bytes and times in."""

    def __init__(self, slaves: Sequence[Slave], seed: int, *, echo: bool = False) -> None:
        """Answer soundly until faults are asked for; the same seed spoils the same bits."""
        self.faults = Faults(f"{seed}:bus-line")
        self.slaves = list(slaves)
        self.echo = echo
        self.answered = 0

    def hear(self, data: bytes, at_ms: int) -> list[tuple[int, bytes]]:
        """Return what goes back on the line as (milliseconds later, bytes)."""
        out = [(0, data)] if self.echo else []
        for slave in self.slaves:
            for answer in slave.receive(data, at_ms):
                sent = self.faults.apply(answer.frame)
                self.answered += 1
                if sent.frame:
                    out.append((sent.delay_ms, sent.frame))
        return out


class LiveLine:
    """A BusLine in real time; `run` answers until it is told to stop. Close it."""

    def __init__(self, line: BusLine) -> None:
        """Plug in; `path` is what the host opens."""
        self.line = line
        self._port = Port()
        self._late: list[tuple[float, bytes]] = []
        self._last_s = 0.0

    @property
    def path(self) -> str:
        """The path that the host opens."""
        return self._port.path or ""

    def run(self, stop: Stop) -> None:
        """Answer what the host asks until stop is set."""
        poll = select.poll()
        poll.register(self._port.fileno(), select.POLLIN)
        while not stop.is_set():
            wait_s = min([ACCEPT_S, *(at_s - time.monotonic() for at_s, _ in self._late)])
            if poll.poll(max(0.0, wait_s) * 1_000):
                self._answer()
            self._send_due()

    def close(self) -> None:
        """Unplug."""
        self._port.unplug()

    def _answer(self) -> None:
        data = self._port.read()
        now_s = time.monotonic()
        for after_ms, frame in self.line.hear(data, round(now_s * 1_000)):
            self._last_s = max(self._last_s, now_s + after_ms / 1_000)  # slaves answer in order
            self._late.append((self._last_s, frame))

    def _send_due(self) -> None:
        now_s = time.monotonic()
        for at_s, frame in self._late:
            if at_s <= now_s:
                self._port.send(frame, round(now_s * 1_000))
        self._late = [late for late in self._late if late[0] > now_s]
        self._port.flush(round(now_s * 1_000))
