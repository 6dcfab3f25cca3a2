"""Modbus RTU beside what one would take instead: pymodbus and minimalmodbus, at the same simulated slave on a pty.

    .venv/bin/python -m pip install --group bench
    .venv/bin/python benchmarks/modbus.py [--quick] [--seed N]

First polls a second: one question for eight registers. Then what is stored when answers come late or behind noise: two
registers are asked for in turn, each by a question of its own (the harder case for us: where they lie together we ask
once), and every value that is handed on is compared with what the register holds. The slave answers in order, as a
serial device does; it runs in a process of its own. All get the same time-out. Rounds are interleaved; trust ratios.
"""

import argparse
import contextlib
import logging
import multiprocessing
import random
import time
from collections import Counter
from collections.abc import Callable, Iterator
from multiprocessing.connection import Connection
from multiprocessing.synchronize import Event
from statistics import median
from typing import Any

import minimalmodbus
from pymodbus.client import ModbusSerialClient
from pymodbus.exceptions import ModbusException

from firmware_sim.bus_line import BusLine, LiveLine
from firmware_sim.devices.registers import HOLDING, RegisterSlave
from firmware_sim.faults import Fault
from gateway.clock import SystemClock
from gateway.counters import Counters
from gateway.decoders.heard import RegistersRead
from gateway.decoders.modbus_rtu import read_holding_registers
from gateway.links.line import Line
from gateway.links.modbus_link import ANSWER_MS, Answered, ModbusLink
from gateway.links.serial_port import open_port

BAUD = 115_200
TRUTH = {0: 40, 1_000: 555}  # 4.0 and 55.5 degrees
LATE_MS = (ANSWER_MS + 50, 4_000)  # a busy slave, or a serial server with a slow network
SHARE_LATE, SHARE_NOISE = 0.06, 0.06

Read = Callable[[int, int], list[int] | None]  # first register, count -> values, or None if there was no answer


class TroubledSlave(RegisterSlave):
    """A slave that puts a fault on some of its answers, by chance with a seed."""

    def __init__(self, seed: int, line: BusLine) -> None:
        super().__init__(1)
        self.tables[HOLDING] = dict.fromkeys(range(2_000), 0) | TRUTH
        self._random = random.Random(seed)
        self._line = line

    def receive(self, data: bytes, at_ms: int) -> list[Any]:
        answers = super().receive(data, at_ms)
        for _ in answers:
            chance = self._random.random()
            if chance < SHARE_LATE:
                self._line.faults.next_answer(Fault.LATE, self._random.randrange(*LATE_MS))
            elif chance < SHARE_LATE + SHARE_NOISE:
                self._line.faults.next_answer(Fault.NOISE_BEFORE)
        return answers


def serve(ready: Connection, stop: Event, seed: int | None) -> None:
    """Run a slave; with a seed it makes trouble."""
    line = BusLine([], seed or 0)
    slave: RegisterSlave = RegisterSlave(1)
    slave.tables[HOLDING] = dict.fromkeys(range(2_000), 0) | TRUTH
    line.slaves.append(slave if seed is None else TroubledSlave(seed, line))
    live = LiveLine(line)
    ready.send(live.path)
    live.run(stop)
    live.close()


@contextlib.contextmanager
def slave_at(seed: int | None) -> Iterator[str]:
    """Yield the path of a line with one slave."""
    here, there = multiprocessing.Pipe()
    stop = multiprocessing.Event()
    process = multiprocessing.Process(target=serve, args=(there, stop, seed), daemon=True)
    process.start()
    try:
        yield here.recv()
    finally:
        stop.set()
        process.join(10)


@contextlib.contextmanager
def ours(path: str) -> Iterator[Read]:
    """Our link, as the gateway uses it."""
    clock, counters = SystemClock(), Counters()
    line = Line(path, BAUD, open_port, clock, counters)
    link = ModbusLink(line, clock, counters)
    questions = {(first, count): read_holding_registers(1, first, count) for first in TRUTH for count in (1, 8)}

    def read(first: int, count: int) -> list[int] | None:
        outcome = link.transact(questions[first, count])
        if isinstance(outcome, Answered) and isinstance(outcome.heard, RegistersRead):
            return list(outcome.heard.values)
        return None

    yield read
    line.close()


@contextlib.contextmanager
def with_pymodbus(path: str) -> Iterator[Read]:
    """pymodbus's synchronous client with its own defaults, but for the time-out."""
    logging.getLogger("pymodbus.logging").setLevel(logging.CRITICAL)
    client: Any = ModbusSerialClient(path, baudrate=BAUD, timeout=ANSWER_MS / 1_000)
    client.connect()

    def read(first: int, count: int) -> list[int] | None:
        try:
            answer = client.read_holding_registers(first, count=count, device_id=1)
        except ModbusException:
            client.connect()
            return None
        return None if answer.isError() else list(answer.registers)

    yield read
    client.close()


@contextlib.contextmanager
def with_minimalmodbus(path: str) -> Iterator[Read]:
    """minimalmodbus with its own defaults, but for the time-out."""
    instrument = minimalmodbus.Instrument(path, 1)
    instrument.serial.baudrate = BAUD
    instrument.serial.timeout = ANSWER_MS / 1_000

    def read(first: int, count: int) -> list[int] | None:
        try:
            return list(instrument.read_registers(first, count))
        except (OSError, ValueError):
            return None

    yield read
    instrument.serial.close()


CLIENTS = {"ours": ours, "pymodbus": with_pymodbus, "minimalmodbus": with_minimalmodbus}


def polls_a_second(name: str, path: str, seconds: float) -> float:
    """Return polls a second of one client at a sound slave."""
    with CLIENTS[name](path) as read:
        assert read(0, 8) == [40, 0, 0, 0, 0, 0, 0, 0]
        count, began = 0, time.perf_counter()
        while (passed := time.perf_counter() - began) < seconds:
            assert read(0, 8) is not None
            count += 1
    return count / passed


def stored(name: str, seed: int, questions: int) -> tuple[Counter[str], float]:
    """Return how many values were right, wrong or missing at a troubled slave, and the seconds that it took."""
    found: Counter[str] = Counter()
    with slave_at(seed) as path, CLIENTS[name](path) as read:
        began = time.perf_counter()
        for number in range(questions):
            first = tuple(TRUTH)[number % 2]
            values = read(first, 1)
            found["missing" if values is None else "right" if values == [TRUTH[first]] else "WRONG"] += 1
        return found, time.perf_counter() - began


def main() -> None:
    """Print rates and what was stored."""
    parser = argparse.ArgumentParser(description="Modbus RTU: polls a second, and wrong values under trouble")
    parser.add_argument("--quick", action="store_true", help="a short run")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    rounds, seconds, questions = (2, 0.5, 80) if options.quick else (5, 2.0, 400)
    rates: dict[str, list[float]] = {name: [] for name in CLIENTS}
    for _ in range(rounds):
        for name in CLIENTS:
            with slave_at(None) as path:
                rates[name].append(polls_a_second(name, path, seconds))
    print(f"polls a second over a pty, 8 registers, median of {rounds} rounds of {seconds} s")
    for name, found in rates.items():
        ratio = median(rates["ours"]) / median(found)
        print(f"  {name:14} {median(found):8,.0f} polls/s   ours is {ratio:.2f} times as fast")
    print(
        f"two registers asked in turn, {questions} questions, seed {options.seed}: {SHARE_LATE:.0%} of the answers "
        f"come {LATE_MS[0]} to {LATE_MS[1]} ms late, {SHARE_NOISE:.0%} behind noise, time-out {ANSWER_MS} ms"
    )
    for name in CLIENTS:
        values, took_s = stored(name, options.seed, questions)
        print(
            f"  {name:14} wrong {values['WRONG']:4}   right {values['right']:4}   missing {values['missing']:4}"
            f"   in {took_s:.0f} s"
        )


if __name__ == "__main__":
    main()
