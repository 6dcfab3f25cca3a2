"""The edge and simulated devices over real pseudo-terminals, in lock-step on one hand clock."""

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from support.hand_clock import HandClock
from support.memory_spool import MemorySpool

from coldchain.facts import PRESENCE_KINDS, EventKind
from firmware_sim.bench import BUS, READER, Bench
from firmware_sim.faults import Fault
from firmware_sim.scenario import night_failure
from gateway.counters import Counters
from gateway.edge import Edge
from gateway.links.serial_port import Port, open_port
from gateway.plan import BusPlan, ContactPlan, EdgePlan, ReaderPlan, TemperaturePlan, door_and_mains

START_MS = 1_800_000_000_000
MINUTE, HOUR = 60_000, 3_600_000
PROBES = {0: "fridge-1-load", 1: "fridge-1-air"}


class LockStepPort:
    """A real port; the devices answer before `write` returns, and a read sees exactly what they have sent."""

    def __init__(self, port: Port, bench: Bench, name: str) -> None:
        self._port = port
        self._bench = bench
        self._name = name
        self._read_bytes = bench.handed_bytes(name)

    def read(self, timeout_ms: int) -> bytes:
        data = b""
        while self._read_bytes < self._bench.handed_bytes(self._name) or not self._plugged():
            piece = self._port.read(5_000)
            assert piece, "the kernel kept bytes back for five seconds"
            self._read_bytes += len(piece)
            data += piece
        return data

    def write(self, data: bytes) -> None:
        self._port.write(data)
        self._bench.serve(0.2)

    def flush_input(self) -> None:
        self.read(0)

    def close(self) -> None:
        self._port.close()

    def _plugged(self) -> bool:
        try:
            return bool(self._bench.bus_path if self._name == BUS else self._bench.reader_path)
        except RuntimeError:
            return False


class Fridge:
    def __init__(self, bench: Bench, links: Path) -> None:
        bench.link(links)
        self.bench = bench
        self.clock = HandClock(START_MS, on_advance=bench.advance)
        self.spool = MemorySpool()
        self.counters = Counters()
        plan = EdgePlan(
            gateway="gw-1",
            buses=(
                BusPlan(
                    port=str(links / BUS),
                    temperature=(TemperaturePlan(slave=1, channels=PROBES, poll_ms=20_000),),
                    contacts=(
                        ContactPlan(slave=2, poll_ms=1_000, inputs=door_and_mains("fridge-1-door", "fridge-1-mains")),
                    ),
                ),
            ),
            readers=(ReaderPlan(id="fridge-1-reader", port=str(links / READER), door="fridge-1-door"),),
        )
        self.edge = Edge(plan, self.clock, self.spool, self._open, self.counters)

    def run(self, ms: int) -> None:
        end_ms = self.clock.now_ms() + ms
        while self.clock.now_ms() < end_ms:
            self.clock.wait(max(1, self.edge.tick()))

    def measured(self) -> list[tuple[int, int, int | None]]:
        return [(s.taken_ms, c, s.micro_celsius) for c, probe in PROBES.items() for s in self.spool.samples(probe)]

    def sent(self) -> list[tuple[int, int, int | None]]:
        sound = [answer for answer in self.bench.record.answers if answer.sound]
        return [(a.at_ms, channel, a.registers[channel] * 100_000) for channel in PROBES for a in sound]

    def _open(self, path: str, baud: int) -> Port:
        return LockStepPort(open_port(path, baud), self.bench, Path(path).name)


@contextmanager
def fridge_of(seed: int, links: Path) -> Iterator[Fridge]:
    with Bench(night_failure(), seed, START_MS) as bench:
        fridge = Fridge(bench, links)
        yield fridge
        fridge.edge.close()


def test_what_the_devices_sent_is_what_the_gateway_accepted(tmp_path: Path) -> None:
    with fridge_of(1, tmp_path) as fridge:
        fridge.run(5 * HOUR + 30 * MINUTE)
        assert fridge.measured() == fridge.sent()
        record, spool = fridge.bench.record, fridge.spool
        assert len(spool.samples()) == 2 * (5 * HOUR + 30 * MINUTE) // 20_000
        assert not fridge.counters.rejected
        doors = spool.events(EventKind.DOOR_OPENED, EventKind.DOOR_CLOSED)
        for event, change in zip(doors, record.doors, strict=True):
            assert (event.kind is EventKind.DOOR_OPENED) == change.on
            assert (event.earliest_ms or 0) <= change.at_ms <= (event.latest_ms or 0)
        _assert_moves_are_true(fridge)


def _assert_moves_are_true(fridge: Fridge) -> None:
    events = fridge.spool.events(*PRESENCE_KINDS)
    assert {event.epc for event in events} == {
        epc for epc, bag in fridge.bench.record.bags.items() if bag.readable and bag.visits
    }
    for epc, bag in fridge.bench.record.bags.items():
        moves = [(EventKind.ARRIVED, visit.in_ms) for visit in bag.visits]
        moves += [(EventKind.LEFT, visit.out_ms) for visit in bag.visits if visit.out_ms is not None]
        said = [event for event in events if event.epc == epc]
        for event, (kind, at_ms) in zip(said, moves if bag.readable else [], strict=True):
            assert event.kind is kind
            assert (event.earliest_ms or 0) <= at_ms <= (event.latest_ms or 0)


def test_spoilt_answers_cost_a_moment_and_never_a_wrong_temperature(tmp_path: Path) -> None:
    faults = [(Fault.FLIP_BIT, 0), (Fault.DROP, 0), (Fault.LATE, 700), (Fault.CUT_SHORT, 0), (Fault.NOISE_BEFORE, 0)]
    with fridge_of(2, tmp_path) as fridge:
        for number, (fault, delay_ms) in enumerate(itertools.islice(itertools.cycle(faults), 200)):
            fridge.run(7_300)
            fridge.bench.fault((BUS, READER)[number % 2], fault, delay_ms)
        fridge.run(10 * MINUTE)
        assert fridge.measured() == fridge.sent()
        assert fridge.counters.poll_failures["no-answer"] > 50
        assert {"checksum", "truncated", "noise", "unasked"} <= set(fridge.counters.rejected)
        taken = sorted({sample.taken_ms for sample in fridge.spool.samples()})
        assert max(b - a for a, b in itertools.pairwise(taken)) <= 45_000
        assert not fridge.spool.events(EventKind.DEVICE_SILENT)
        _assert_moves_are_true(fridge)


def test_adapters_are_pulled_and_plugged_in_again(tmp_path: Path) -> None:
    with fridge_of(3, tmp_path) as fridge:
        fridge.run(5 * MINUTE)
        fridge.bench.unplug(BUS)
        fridge.run(5 * MINUTE)
        fridge.bench.replug(BUS)
        fridge.run(5 * MINUTE)
        fridge.bench.unplug(READER)
        fridge.run(10 * MINUTE)
        fridge.bench.replug(READER)
        fridge.run(5 * MINUTE)
        assert fridge.measured() == fridge.sent()
        assert len(fridge.spool.samples()) >= 2 * 3 * 24
        silent = [event.origin for event in fridge.spool.events(EventKind.DEVICE_SILENT)]
        back = [event.origin for event in fridge.spool.events(EventKind.DEVICE_BACK)]
        assert sorted(silent) == sorted(back)
        assert set(silent) == {*PROBES.values(), "fridge-1-door", "fridge-1-mains", "fridge-1-reader"}
        assert not fridge.spool.events(EventKind.LEFT, EventKind.UNCERTAIN, EventKind.UNSEEN)
