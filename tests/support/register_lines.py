"""An edge with simulated Modbus slaves on one line in memory, on a hand clock."""

from collections.abc import Callable, Sequence

from support.fake_ports import FakePorts, ScriptedPort
from support.hand_clock import HandClock
from support.memory_spool import MemorySpool

from coldchain.facts import Quality
from firmware_sim.bus_line import BusLine, Slave
from gateway.counters import Counters
from gateway.edge import TICK_MAX_MS, Edge
from gateway.links.serial_port import OpenPort
from gateway.plan import BusPlan, DevicePlan, EdgePlan

ANSWER_MS = 20
POLL_MS = 20_000


class RegisterLine:
    """Slaves of the simulator behind a gateway; `mute` drops what they say, `asked` counts the questions.

    `trouble` is called before each question is heard: there a fault can be put on its answer.
    """

    def __init__(self, slaves: Sequence[Slave], devices: Sequence[DevicePlan], framing: str = "8N1") -> None:
        self.clock = HandClock()
        self.spool = MemorySpool()
        self.counters = Counters()
        self.line = BusLine(slaves, seed=7)
        self.mute = False
        self._last_ms = 0
        self.trouble: Callable[[], None] | None = None
        self.asked: list[bytes] = []
        self.ports = FakePorts()
        self.port = self.ports.ports["bus"] = ScriptedPort(self.clock, self._hear)
        self.framings: list[str] = []
        self.plan = EdgePlan(gateway="gw-1", buses=(BusPlan(port="bus", devices=tuple(devices), framing=framing),))
        self.restart()

    def restart(self) -> None:
        self.edge = Edge(self.plan, self.clock, self.spool, self.ports.open, self.counters, framed=self._framed)

    def run(self, ms: int) -> None:
        end_ms = self.clock.boottime_ms() + ms
        while self.clock.boottime_ms() < end_ms:
            wait_ms = self.edge.tick()
            assert 0 <= wait_ms <= TICK_MAX_MS
            self.clock.wait(max(1, min(wait_ms, end_ms - self.clock.boottime_ms())))

    def said(self, probe: str) -> list[tuple[int | None, Quality]]:
        return [(sample.micro_celsius, sample.quality) for sample in self.spool.samples(probe)]

    def _framed(self, framing: str) -> OpenPort:
        self.framings.append(framing)
        return self.ports.open

    def _hear(self, data: bytes) -> list[tuple[int, bytes]]:
        self.asked.append(data)
        if self.trouble is not None:
            self.trouble()
        now_ms = self.clock.boottime_ms()
        out = []
        for after_ms, frame in self.line.hear(data, now_ms):
            self._last_ms = max(self._last_ms, now_ms + ANSWER_MS + after_ms)  # slaves answer in order
            out.append((self._last_ms - now_ms, frame))
        return [] if self.mute else out
