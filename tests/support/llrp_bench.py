"""A simulated LLRP reader at the other end of a stream in memory, on the hand clock."""

import struct
from collections.abc import Callable

from support.hand_clock import HandClock

from coldchain.ports import Clock
from firmware_sim.devices.llrp_reader import FieldTag, LlrpReader
from gateway.clock import SystemClock
from gateway.counters import Counters
from gateway.links.cycles import CycleDone
from gateway.links.llrp_link import LlrpLink, LlrpPlan
from gateway.links.tcp_stream import StreamFault, StreamLostError, TlsFiles

EPC_A, EPC_B = "30751FEB705C5904E3D50D70", "E2001071000052 9B0940B402".replace(" ", "")


class ReaderStream:
    """One connection to the reader: refused while `power` of its network is off."""

    def __init__(self, network: "ReaderNetwork") -> None:
        self._network = network
        self._reader = network.reader
        self._coming = b""
        self._dialled = False  # a connection is never there at once
        self._begun = False
        self.closed = False

    def ready(self) -> bool:
        if not self._network.power:
            raise StreamLostError("reader", StreamFault.REFUSED, "switched off by the test")
        if self._network.stuck or not self._dialled:
            self._dialled = True
            return False
        if not self._begun:
            self._begun = True
            now_ms = self._network.clock.now_ms()
            held = self._reader.connected
            self._coming += self._reader.refuse(now_ms) if held else self._reader.connect(now_ms)
        return True

    def read(self) -> bytes:
        self._require()
        if not self._network.deaf:
            self._coming += self._reader.advance(self._network.clock.now_ms()) + self._network.say
            self._network.say = b""
        data, self._coming = self._network.spoil(self._coming), b""
        if not data and self._reader.hang_up:
            self.close()
            raise StreamLostError("reader", StreamFault.CLOSED, "it hung up")
        return data

    def write(self, data: bytes) -> None:
        self._require()
        self._network.written.append(data)
        if not self._network.deaf:
            self._network.before(data)
            self._coming += self._reader.receive(data, self._network.clock.now_ms()) + self._network.after(data)

    def close(self) -> None:
        if self._begun and not self.closed:
            self._reader.disconnect()
        self.closed = True

    def _require(self) -> None:
        if self.closed or not self._network.power:
            self._reader.disconnect()
            raise StreamLostError("reader", StreamFault.CLOSED, "pulled by the test")


class ReaderNetwork:
    """The way to one reader. `power` off: nothing listens; `stuck`: TCP never stands; `deaf`: it says nothing more."""

    def __init__(self, clock: HandClock, reader: LlrpReader) -> None:
        self.clock = clock
        self.reader = reader
        self.power = True
        self.stuck = False
        self.deaf = False
        self.say = b""  # bytes that come with the next read, whatever the reader does
        self.spoil: Callable[[bytes], bytes] = bytes
        self.before: Callable[[bytes], object] = bytes  # called with each request before the reader gets it
        self.after: Callable[[bytes], bytes] = lambda data: b""  # what comes right behind the answer to it
        self.written: list[bytes] = []
        self.dialled: list[int] = []

    def dial(self) -> ReaderStream:
        self.dialled.append(self.clock.boottime_ms())
        return ReaderStream(self)


class LlrpBench:
    """A link to antennas 1 and 2 of a reader with four; two tags lie before antenna 1."""

    def __init__(self, antennas: tuple[int, ...] = (1, 2), clock_off_ms: int = 0) -> None:
        self.clock = HandClock()
        self.counters = Counters()
        self.reader = LlrpReader("bench", clock_off_ms=clock_off_ms)
        for epc in (EPC_A, EPC_B):
            self.reader.enter(FieldTag(epc=epc))
        self.network = ReaderNetwork(self.clock, self.reader)
        plan = LlrpPlan(port="tcp://bench", antennas=antennas)
        self.link = LlrpLink(plan, self.clock, self.counters, dial=self.network.dial)

    def cycle(self, cycle_ms: int = 1_000) -> CycleDone:
        """Run one cycle to its end."""
        assert self.link.start(cycle_ms)
        return self.finish()

    def finish(self) -> CycleDone:
        """Run the cycle that was begun to its end; the number of steps is bounded."""
        done = self.during(10_000)
        assert done is not None, "the cycle never ended"
        return done

    def during(self, steps: int) -> CycleDone | None:
        """Go on for at most so many steps."""
        for _ in range(steps):
            self.clock.wait(self.link.due_ms - self.clock.boottime_ms())
            done = self.link.step()
            if done is not None:
                assert not self.link.busy
                return done
        return None

    def until_asked(self, kind: int) -> None:
        """Go on until the reader was asked this."""
        for _ in range(1_000):
            if kind in self.reader.asked:
                return
            assert self.during(1) is None, "the cycle ended before"
        raise AssertionError(f"message {kind} was never sent")

    def rest(self, seconds: int) -> None:
        """Let time pass between cycles, as the edge does: a look every second."""
        for _ in range(seconds):
            self.clock.wait(1_000)
            self.link.rest()


def report_of(epc: str, rospec: int = 1, antenna: int = 1) -> bytes:
    """Return a report of one tag, made by hand."""
    said = b"\x8d" + bytes.fromhex(epc) + struct.pack("!BIBH", 0x89, rospec, 0x81, antenna)
    tag = struct.pack("!HH", 240, 4 + len(said)) + said
    return struct.pack("!HII", 0x043D, 10 + len(tag), 77) + tag


def run_cycle(link: LlrpLink, clock: Clock, cycle_ms: int) -> CycleDone:
    """Run one cycle in real time, as the edge does."""
    assert link.start(cycle_ms), link.message
    for _ in range(10_000):
        clock.wait(max(1, min(link.due_ms - clock.boottime_ms(), 20)))
        done = link.step()
        if done is not None:
            return done
    raise AssertionError("the cycle never ended")


def link_to(
    port: int, antennas: tuple[int, ...] = (1,), counters: Counters | None = None, tls: TlsFiles | None = None
) -> LlrpLink:
    """Return a link to a reader on the loopback; with `tls` over TLS."""
    plan = LlrpPlan(port=f"tcp://127.0.0.1:{port}", antennas=antennas, protocol="llrp" if tls is None else "llrp+tls")
    return LlrpLink(plan, SystemClock(), counters or Counters(), tls=tls or TlsFiles())
