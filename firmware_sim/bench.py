"""The bench: fridge, devices and two pseudo-terminals, moved by the time that is handed in.

`bus` is the RS-485 line with the temperature collector and the contacts, `reader` the serial line of the UHF reader.
Everything happens in the caller's thread; nothing here waits but `serve` and `run`.
"""

import random
import select
import time
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Protocol, Self

from firmware_sim.devices.bb7e_reader import Bb7eReader, Tag
from firmware_sim.devices.contacts import DOOR_OPEN_INPUT, MAINS_PRESENT_INPUT, Contacts
from firmware_sim.devices.r4dcb08 import NO_SENSOR, Answer, R4dcb08, register_of
from firmware_sim.faults import Fault, Faults, Sent
from firmware_sim.labels import labels
from firmware_sim.physics import Fridge
from firmware_sim.port import Port, link
from firmware_sim.record import BagRecord, Change, Record, TemperatureAnswer, Visit
from firmware_sim.scenario import Limits, Scenario, build_of
from firmware_sim.timeline import Happening, What, timeline

BUS: Final = "bus"
READER: Final = "reader"
_RUN_WAIT_S: Final = 0.02


class Clock(Protocol):
    """Anything that knows the time."""

    def now_ms(self) -> int:
        """Return UTC milliseconds since 1970."""


class Stop(Protocol):
    """Anything that says when to stop, a threading.Event for one."""

    def is_set(self) -> bool:
        """Return whether to stop."""


class Bench:
    """One fridge with its devices. The same scenario, seed, start and host bytes give the same answers."""

    def __init__(self, scenario: Scenario, seed: int, start_ms: int) -> None:
        """Stand at start_ms (UTC, ms) with both lines plugged in. Close it, or use it as a context."""
        self.scenario = scenario
        self.now_ms = start_ms
        self.fridge = Fridge(build_of(scenario, seed), start_ms, _watched_levels(scenario.limits))
        self.collector = R4dcb08(scenario.collector_address)
        self.contacts = Contacts(scenario.contacts_address)
        self.reader = Bb7eReader(f"{seed}:reader", start_ms)
        self.record = _record(scenario, seed, start_ms, self.fridge)
        self._ports = {BUS: Port(), READER: Port()}
        self._faults = {name: Faults(f"{seed}:{name}") for name in self._ports}
        self._late: list[tuple[int, str, bytes, Answer | None]] = []
        self._links: Path | None = None
        self._lost_sensors: set[int] = set()
        self._epcs = list(self.record.bags)
        self._tags = _tags(self.record, scenario, seed)
        self._ahead = timeline(scenario, start_ms, seed)
        self._ahead.reverse()  # the next one is at the end, where it is cheap to take away
        self._fill(start_ms)

    def __enter__(self) -> Self:
        """Return the bench."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the lines."""
        self.close()

    @property
    def bus_path(self) -> str:
        """The path that the host opens for the temperature collector and the contacts."""
        return self._path(BUS)

    @property
    def reader_path(self) -> str:
        """The path that the host opens for the UHF reader."""
        return self._path(READER)

    @property
    def dropped_bytes(self) -> int:
        """How many bytes the host never fetched."""
        return sum(port.dropped_bytes for port in self._ports.values())

    def handed_bytes(self, name: str) -> int:
        """Return how many bytes the host of `bus` or `reader` was ever handed: in lock-step it reads just as many."""
        return self._ports[name].handed_bytes

    def bags(self) -> list[dict[str, Any]]:
        """Return what a technician types in, one dict a bag (labels.labels says which keys)."""
        return [dict(bag.label) for bag in self.record.bags.values()]

    def link(self, directory: Path) -> None:
        """Keep `directory`/bus and `directory`/reader as symbolic links to the lines, also after a replug."""
        self._links = directory
        for name in self._ports:
            self._relink(name)

    def close(self) -> None:
        """Unplug both lines for good."""
        for name in self._ports:
            self.unplug(name)

    def advance(self, to_ms: int) -> None:
        """Move everything to to_ms. Raises ValueError if that lies in the past."""
        if to_ms < self.now_ms:
            message = f"the bench stands at {self.now_ms} ms and cannot go back to {to_ms} ms"
            raise ValueError(message)
        while self._ahead and self._ahead[-1].at_ms <= to_ms:
            happening = self._ahead.pop()
            self._move(happening.at_ms)
            self._happen(happening)
        self._move(to_ms)
        self._send_late()
        self._flush()

    def serve(self, timeout_s: float) -> int:
        """Answer what the host wrote, waiting up to timeout_s for its first byte and for the rest of a begun request.

        Returns how many requests were answered (a multi inventory counts, its notices come later; a request to an
        address where nobody lives does not). Answers bear the time that `advance` was told last.
        """
        deadline = time.monotonic() + timeout_s
        answered = 0
        heard = False
        self._flush()
        while True:
            wait_s = 0.0 if heard and not self._midway() else deadline - time.monotonic()
            ready = self._readable(max(0.0, wait_s))
            if not ready:
                return answered
            heard = True
            for name in ready:
                answered += self._hear(name)
            self._flush()

    def run(self, clock: Clock, stop: Stop) -> None:
        """Follow the clock in the foreground until stop is set. A clock that steps back is waited for."""
        while not stop.is_set():
            self._readable(_RUN_WAIT_S)
            self.advance(max(self.now_ms, clock.now_ms()))
            self.serve(0.0)

    def fault(self, port: str, fault: Fault, delay_ms: int = 0) -> None:
        """Spoil the next frame that goes out on `bus` or `reader` and that no fault waits for yet."""
        self._faults[port].next_answer(fault, delay_ms)

    def unplug(self, port: str) -> None:
        """Pull the adapter of `bus` or `reader`: the host's next read fails, its link goes away."""
        self._ports[port].unplug()
        if self._links is not None:
            (self._links / port).unlink(missing_ok=True)

    def replug(self, port: str) -> None:
        """Plug the adapter in again, perhaps under another path; a link points to the new one."""
        self._ports[port].plug()
        if self._links is not None:
            self._relink(port)

    def lose_sensor(self, channel: int) -> None:
        """Cut the cable of a probe: its register says that no sensor is there."""
        self._lost_sensors.add(channel)

    def restore_sensor(self, channel: int) -> None:
        """Mend the cable of a probe."""
        self._lost_sensors.discard(channel)

    def _path(self, name: str) -> str:
        path = self._ports[name].path
        if path is None:
            message = f"the line {name} is unplugged: replug it first"
            raise RuntimeError(message)
        return path

    def _relink(self, name: str) -> None:
        path = self._ports[name].path
        if self._links is not None and path is not None:
            link(path, self._links / name)

    def _fill(self, start_ms: int) -> None:
        outside = self.scenario.bags.outside_at_start
        for number in range(1, len(self._epcs) + 1):
            if number not in outside:
                self._put_in(number, start_ms)
        for stray in self.scenario.strays:
            self.reader.enter(Tag(stray.epc, stray.read_probability, stray.rssi_dbm))

    def _move(self, to_ms: int) -> None:
        """Let time pass in which nothing happens."""
        self.fridge.run_to(to_ms)
        self.record.until_ms = self.now_ms = to_ms
        self.record.crossings_lost = self.fridge.crossings_lost
        for frame in self.reader.advance(to_ms):
            self._send(READER, frame)

    def _happen(self, happening: Happening) -> None:
        what = happening.what
        if what in (What.DOOR_OPENS, What.DOOR_SHUTS):
            self._turn_door(is_open=what is What.DOOR_OPENS)
        elif what in (What.MAINS_LOST, What.MAINS_BACK):
            self._switch_mains(is_present=what is What.MAINS_BACK)
        elif what is What.BAG_IN:
            self._put_in(happening.bag, happening.at_ms)
        elif what is What.BAG_OUT:
            self._take_out(happening.bag, happening.at_ms)
        else:
            self.fridge.compressor_works = what is What.COMPRESSOR_WORKS

    def _turn_door(self, *, is_open: bool) -> None:
        self.fridge.door_open = self.contacts.inputs[DOOR_OPEN_INPUT] = is_open
        self.record.change(self.record.doors, Change(self.now_ms, is_open))

    def _switch_mains(self, *, is_present: bool) -> None:
        self.fridge.mains_present = self.contacts.inputs[MAINS_PRESENT_INPUT] = is_present
        self.record.change(self.record.mains, Change(self.now_ms, is_present))

    def _put_in(self, number: int, at_ms: int) -> None:
        epc = self._epcs[number - 1]
        self.record.bags[epc].visits.append(Visit(at_ms))
        self.reader.enter(self._tags[epc])

    def _take_out(self, number: int, at_ms: int) -> None:
        epc = self._epcs[number - 1]
        self.record.bags[epc].visits[-1].out_ms = at_ms
        self.reader.leave(epc)

    def _midway(self) -> bool:
        return self.collector.midway or self.contacts.midway or self.reader.midway

    def _readable(self, wait_s: float) -> list[str]:
        poll = select.poll()
        names: dict[int, str] = {}
        for name, port in self._ports.items():
            if port.path is not None:
                names[port.fileno()] = name
                poll.register(port.fileno(), select.POLLIN)
        return [names[descriptor] for descriptor, _ in poll.poll(wait_s * 1000)]

    def _hear(self, name: str) -> int:
        data = self._ports[name].read()
        if name == READER:
            answers = self.reader.receive(data, self.now_ms)
            for answer in answers:
                self._send(READER, answer)
            return len(answers)
        self._measure()
        temperatures = self.collector.receive(data, self.now_ms)
        for temperature in temperatures:
            self._send(BUS, temperature.frame, temperature)
        inputs = self.contacts.receive(data, self.now_ms)
        for frame in inputs:
            self._send(BUS, frame)
        return len(temperatures) + len(inputs)

    def _measure(self) -> None:
        celsius = {"load": self.fridge.load_celsius, "air": self.fridge.air_celsius}
        for channel in self.scenario.channels:
            lost = channel.channel in self._lost_sensors
            self.collector.registers[channel.channel] = NO_SENSOR if lost else register_of(celsius[channel.role])

    def _send(self, name: str, frame: bytes, temperature: Answer | None = None) -> None:
        """Send a frame, spoilt if a fault waits for it, and record what really left."""
        if not frame:
            return
        sent = self._faults[name].apply(frame)
        if sent.fault is not None:
            counts = self.record.faults
            counts[sent.fault.value] = counts.get(sent.fault.value, 0) + 1
        if sent.delay_ms:
            self._late.append((self.now_ms + sent.delay_ms, name, sent.frame, temperature))
        elif sent.frame:
            self._hand_over(name, sent, temperature)

    def _hand_over(self, name: str, sent: Sent, temperature: Answer | None) -> None:
        taken = self._ports[name].send(sent.frame, self.now_ms)
        if taken and temperature is not None and temperature.registers:
            sound = sent.fault is None or not sent.fault.spoils
            self.record.answer(TemperatureAnswer(self.now_ms, temperature.first, temperature.registers, sound))

    def _send_late(self) -> None:
        due = [late for late in self._late if late[0] <= self.now_ms]
        self._late = [late for late in self._late if late[0] > self.now_ms]
        for _, name, frame, temperature in due:
            self._hand_over(name, Sent(frame, 0, Fault.LATE), temperature)

    def _flush(self) -> None:
        for port in self._ports.values():
            port.flush(self.now_ms)


def _watched_levels(limits: Limits) -> tuple[float, ...]:
    """Return both limits, and beyond each the temperature at which the register first says so (half a tenth)."""
    cold, warm = limits.cold_tenths, limits.warm_tenths
    return (cold - 0.5) / 10, cold / 10, warm / 10, (warm + 0.5) / 10


def _record(scenario: Scenario, seed: int, start_ms: int, fridge: Fridge) -> Record:
    bags = {label["epc"]: BagRecord(label, readable=not label["blind"]) for label in labels(scenario, start_ms, seed)}
    return Record(
        scenario=scenario.name,
        seed=seed,
        start_ms=start_ms,
        until_ms=start_ms,
        limits=scenario.limits,
        channels=scenario.channels,
        bags=bags,
        strays=[stray.epc for stray in scenario.strays],
        crossings=fridge.crossings,
    )


def _tags(record: Record, scenario: Scenario, seed: int) -> dict[str, Tag]:
    dice = random.Random(f"{seed}:tags")  # noqa: S311 - a simulation must repeat, it protects nothing
    tags: dict[str, Tag] = {}
    for epc, bag in record.bags.items():
        probability = dice.uniform(*scenario.read_probability)
        rssi_dbm = dice.randint(*scenario.rssi_dbm)
        tags[epc] = Tag(epc, probability if bag.readable else 0.0, rssi_dbm)
    return tags
