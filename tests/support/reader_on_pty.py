"""A simulated reader on a real pseudo-terminal under an edge, in lock-step on a hand clock."""

import os
import random
import select
from collections.abc import Callable
from pathlib import Path

from support.fake_ports import FakeBus, FakePorts
from support.hand_clock import HandClock
from support.memory_spool import MemorySpool
from support.pty_adapter import Adapter
from support.simulated_readers import START_MS, Kind

from gateway.counters import Counters
from gateway.edge import Edge
from gateway.links.serial_port import Port, open_port
from gateway.plan import BusPlan, ContactPlan, EdgePlan, ReaderPlan, door_and_mains

DOOR, READER = "fridge-1-door", "fridge-1-reader"
WAIT_MS = 5_000


class LockStepPort:
    """A real port; a read sees exactly what the device has said by then, and a write reaches it before it returns."""

    def __init__(self, port: Port, world: "PtyWorld") -> None:
        self._port = port
        self._world = world
        self._read_bytes = world.handed_bytes

    def read(self, timeout_ms: int) -> bytes:
        data = b""
        while self._read_bytes < self._world.handed_bytes or not self._world.plugged:
            piece = self._port.read(WAIT_MS)
            assert piece, "the kernel kept bytes back for five seconds"
            self._read_bytes += len(piece)
            data += piece
        return data

    def write(self, data: bytes) -> None:
        self._port.write(data)
        self._world.serve()

    def flush_input(self) -> None:
        self.read(0)

    def close(self) -> None:
        self._port.close()


class PtyWorld:
    """A fridge whose door is watched by a fake bus, and its reader on a pseudo-terminal; `spoil` changes its bytes."""

    def __init__(self, kind: Kind, folder: Path) -> None:
        self.device = kind.make()
        self.adapter = Adapter(folder / "reader")
        self.plugged = True
        self.handed_bytes = 0
        self.spoil: Callable[[bytes], bytes] = lambda data: data
        self.cut_next = False  # pull the adapter in the middle of the next frame
        self.clock = HandClock(START_MS, on_advance=self._advance)
        self.spool = MemorySpool()
        self.counters = Counters()
        self.bus = FakeBus(self.clock)
        self._ports = FakePorts()
        self._ports.ports = {"bus": self.bus.port}
        self._spare: list[tuple[int, int]] = []
        contacts = ContactPlan(slave=2, poll_ms=1_000, inputs=door_and_mains(DOOR, None))
        reader = ReaderPlan(id=READER, port=str(self.adapter.name), door=DOOR, protocol=kind.protocol)
        plan = EdgePlan(gateway="gw-1", buses=(BusPlan(port="bus", contacts=(contacts,)),), readers=(reader,))
        self.edge = Edge(plan, self.clock, self.spool, self._open, self.counters)

    def run(self, ms: int) -> None:
        end_ms = self.clock.now_ms() + ms
        while self.clock.now_ms() < end_ms:
            self.clock.wait(max(1, self.edge.tick()))

    def open_for(self, ms: int) -> None:
        self.bus.door_open = True
        self.run(ms)
        self.bus.door_open = False

    def serve(self) -> None:
        """Let the device take what the host wrote."""
        while self.plugged and select.select([self.adapter.master], [], [], 0)[0]:
            self._say(self.device.receive(os.read(self.adapter.master, 4_096), self.clock.now_ms()))

    def unplug(self) -> None:
        self.plugged = False
        self.adapter.unplug()

    def plug_elsewhere(self) -> None:
        """Plug in again: the system gives another path, and the stable name leads there."""
        self._spare.append(os.openpty())  # takes the number that became free
        self.adapter.plug()
        self.plugged = True

    def noise(self, data: bytes) -> bytes:
        """What a wrong baud makes of a frame."""
        return random.Random(data + bytes(str(self.handed_bytes), "ascii")).randbytes(len(data))

    def close(self) -> None:
        self.edge.close()
        self.adapter.unplug()
        for pair in self._spare:
            for end in pair:
                os.close(end)

    def _advance(self, now_ms: int) -> None:
        if self.plugged:
            self._say(self.device.advance(now_ms))

    def _say(self, frames: list[bytes]) -> None:
        said = b"".join(frames)
        if said and self.cut_next:
            self.cut_next = False
            os.write(self.adapter.master, said[: len(said) // 2])
            self.unplug()
        elif said:
            spoilt = self.spoil(said)
            self.handed_bytes += os.write(self.adapter.master, spoilt)

    def _open(self, path: str, baud: int) -> Port:
        if path == "bus":
            return self._ports.open(path, baud)
        return LockStepPort(open_port(path, baud), self)
