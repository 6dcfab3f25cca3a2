"""The bench: a site on its pseudo-terminals, moved by the time that is handed in.

The lines are named by the scenario: the RS-485 line with the temperature collector and the contacts, one line for
each UHF reader, and the serial line of the courier's box. Everything happens in the caller's thread; nothing here
waits but `serve` and `run`. The box's radio, where there is one, has a thread of its own.
"""

import select
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Protocol, Self

from firmware_sim.box_dock import PAYLOAD_BYTES_MAX
from firmware_sim.box_radio import Broker, Radio
from firmware_sim.box_uplink import Uplink
from firmware_sim.control import COMPRESSOR, DROP_BOX_NETWORK, OPEN_DOOR, POWER_CUT, UNPLUG, CommandError
from firmware_sim.devices.bb7e_reader import Bb7eReader
from firmware_sim.devices.contacts import Contacts
from firmware_sim.devices.r4dcb08 import R4dcb08
from firmware_sim.faults import Fault, Faults, Sent
from firmware_sim.physics import Fridge
from firmware_sim.port import Port, link, remove_link
from firmware_sim.record import Record
from firmware_sim.site import Reply, Site
from firmware_sim.story import FRIDGE, Scenario
from firmware_sim.timeline import What

BUS: Final = "bus"
READER: Final = "reader"
ACTION: Final = "action"
_RUN_WAIT_S: Final = 0.02
_DOCK_PENDING_BYTES: Final = 2 * PAYLOAD_BYTES_MAX  # a batch goes out whole


class Clock(Protocol):
    """Anything that knows the time."""

    def now_ms(self) -> int:
        """Return UTC milliseconds since 1970."""


class Stop(Protocol):
    """Anything that says when to stop, a threading.Event for one."""

    def is_set(self) -> bool:
        """Return whether to stop."""


class Bench:
    """One site with its lines. The same scenario, seed, start and host bytes give the same answers."""

    def __init__(self, scenario: Scenario, seed: int, start_ms: int, home: str = "storage-1") -> None:
        """Stand at start_ms (UTC, ms) with all lines plugged in. Close it, or use it as a context."""
        self.scenario = scenario
        self.site = Site(scenario, seed, start_ms, home)
        self._home = home
        self._bus = scenario.bus_line
        self._dock = scenario.courier.line if scenario.courier else None
        self._ports = {line: Port() for line in (self._bus, *scenario.readers)}
        if self._dock is not None:
            self._ports[self._dock] = Port(_DOCK_PENDING_BYTES)
        self._faults = {line: Faults(f"{seed}:{line}") for line in self._ports}
        self._late: list[tuple[int, str, bytes, Reply]] = []
        self._links: Path | None = None
        self._actions: dict[str, int] = {}
        self._radio: Radio | None = None
        self._uplink: Uplink | None = None

    def __enter__(self) -> Self:
        """Return the bench."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the lines and switch the radio off."""
        self.close()

    @property
    def now_ms(self) -> int:
        """The time that it stands at."""
        return self.site.now_ms

    @property
    def record(self) -> Record:
        """What was sent and what happened, for the oracle."""
        if self.site.box is not None:
            box = self.site.box
            self.site.record.box = {"gateway": box.courier.gateway, "epoch": box.epoch, "rows": box.memory.last_seq}
        return self.site.record

    @property
    def fridge(self) -> Fridge:
        """The first cabinet of the scenario."""
        return next(iter(self.site.cabinets.values()))

    @property
    def collector(self) -> R4dcb08:
        """The temperature collector."""
        return self.site.collector

    @property
    def contacts(self) -> Contacts:
        """The module with the digital inputs."""
        return self.site.contacts

    @property
    def reader(self) -> Bb7eReader:
        """The first reader of the scenario."""
        return next(iter(self.site.readers.values()))

    @property
    def lines(self) -> tuple[str, ...]:
        """The names of all lines."""
        return tuple(self._ports)

    @property
    def bus_path(self) -> str:
        """The path that the host opens for the temperature collector and the contacts."""
        return self.path(self._bus)

    @property
    def reader_path(self) -> str:
        """The path that the host opens for the first UHF reader."""
        return self.path(next(iter(self.site.readers)))

    @property
    def dropped_bytes(self) -> int:
        """How many bytes the host never fetched."""
        return sum(port.dropped_bytes for port in self._ports.values())

    def path(self, line: str) -> str:
        """Return the path that the host opens for a line. Raises RuntimeError while it is unplugged."""
        path = self._ports[line].path
        if path is None:
            message = f"the line {line} is unplugged: replug it first"
            raise RuntimeError(message)
        return path

    def handed_bytes(self, line: str) -> int:
        """Return how many bytes the host of a line was ever handed: in lock-step it reads just as many."""
        return self._ports[line].handed_bytes

    def bags(self) -> list[dict[str, Any]]:
        """Return what a technician types in, one dict a bag (labels.labels says which keys)."""
        return [dict(bag.label) for bag in self.site.record.bags.values()]

    def link(self, directory: Path) -> None:
        """Keep `directory`/LINE as a symbolic link to each line, also after a replug."""
        self._links = directory
        for name in self._ports:
            self._relink(name)

    def close(self) -> None:
        """Unplug all lines for good and switch the radio off."""
        if self._radio is not None and self.site.box is not None:
            self._radio.close(self.site.box.state(online=False))
            self._radio = None
        for name in self._ports:
            self.unplug(name)

    def switch_radio_on(self, broker: Broker) -> None:
        """Let the courier's box speak MQTT. Raises ValueError if the scenario has no box."""
        box = self.site.box
        if box is None:
            message = f"scenario {self.scenario.name} has no courier's box that could speak MQTT"
            raise ValueError(message)
        self._radio = Radio(
            broker,
            site=self._home,
            gateway=box.courier.gateway,
            client_id=f"{box.courier.gateway}-{box.who.boot[:8]}",
            will=box.state(online=False),
        )
        self._radio.set_network(is_there=self.site.has_network)
        self._uplink = Uplink(box, self._radio.send)

    def advance(self, to_ms: int) -> None:
        """Move everything to to_ms. Raises ValueError if that lies in the past."""
        if to_ms < self.now_ms:
            message = f"the bench stands at {self.now_ms} ms and cannot go back to {to_ms} ms"
            raise ValueError(message)
        while self._actions and min(self._actions.values()) <= to_ms:
            action = min(self._actions, key=lambda name: self._actions[name])
            self._live(max(self.now_ms, self._actions[action]))
            self.end(action)
        self._live(to_ms)
        if self._late:
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
            wait_s = 0.0 if heard and not self.site.midway() else deadline - time.monotonic()
            ready = self._readable(max(0.0, wait_s))
            if not ready:
                return answered
            heard = True
            for name in ready:
                answered += self._hear(name)
            self._flush()

    def run(self, clock: Clock, stop: Stop, also: Callable[[], None] | None = None) -> None:
        """Follow the clock in the foreground until stop is set. A clock that steps back is waited for.

        `also` is called in every turn, some fifty times a second.
        """
        while not stop.is_set():
            self._readable(_RUN_WAIT_S)
            self.advance(max(self.now_ms, clock.now_ms()))
            self.serve(0.0)
            self._speak()
            if also is not None:
                also()

    def act(self, action: str, until_ms: int) -> int:
        """Begin or prolong one of control.ACTIONS; return until when it lasts now. Raises CommandError."""
        if action == DROP_BOX_NETWORK and self.site.box is None:
            msg = f"scenario {self.scenario.name} has no courier's box"
            raise CommandError(msg)
        self._actions[action] = max(until_ms, self._actions.get(action, 0))
        self._turn(action, on=True)
        return self._actions[action]

    def end(self, action: str) -> None:
        """End an action; nothing if it is not going on."""
        if self._actions.pop(action, None) is not None:
            self._turn(action, on=False)

    def status(self) -> dict[str, Any]:
        """Return what is so now, with the actions that are going on and until when."""
        return {**self.site.status(), "actions": dict(self._actions), "radio": self._uplink is not None}

    def fault(self, port: str, fault: Fault, delay_ms: int = 0) -> None:
        """Spoil the next frame that goes out on a line and that no fault waits for yet."""
        self._faults[port].next_answer(fault, delay_ms)

    def unplug(self, port: str) -> None:
        """Pull the adapter of a line: the host's next read fails, its link goes away."""
        path = self._ports[port].path
        if self._links is not None and path is not None:
            remove_link(path, self._links / port)  # before the system can give the path to another
        self._ports[port].unplug()

    def replug(self, port: str) -> None:
        """Plug the adapter in again, perhaps under another path; a link points to the new one."""
        self._ports[port].plug()
        self._relink(port)

    def lose_sensor(self, channel: int) -> None:
        """Cut the cable of a probe: its register says that no sensor is there."""
        self._turn_sensor(channel, on=True)

    def restore_sensor(self, channel: int) -> None:
        """Mend the cable of a probe."""
        self._turn_sensor(channel, on=False)

    def _turn_sensor(self, channel: int, *, on: bool) -> None:
        for place in self.scenario.places:
            for probe in place.probes:
                if probe.channel == channel:
                    self.site.turn(What.SENSOR_LOST, probe.id, ACTION, on=on)

    def _turn(self, action: str, *, on: bool) -> None:
        place = next((place.id for place in self.scenario.places if place.kind == FRIDGE), "")
        if action == UNPLUG:
            self.unplug(self._bus) if on else self.replug(self._bus)
        elif action == POWER_CUT:
            self.site.turn(What.MAINS_LOST, "", ACTION, on=on)
        elif action == OPEN_DOOR:
            self.site.turn(What.DOOR_OPENS, place, ACTION, on=on)
        elif action == COMPRESSOR:
            self.site.turn(What.COMPRESSOR_FAILS, place, ACTION, on=on)
            self.site.cabinets[place].fan_heats = on
        elif action == DROP_BOX_NETWORK and self.site.box is not None:
            self.site.turn(What.NETWORK_LOST, self.site.box.courier.place, ACTION, on=on)

    def _relink(self, name: str) -> None:
        path = self._ports[name].path
        if self._links is not None and path is not None:
            link(path, self._links / name)

    def _live(self, to_ms: int) -> None:
        for line, frame in self.site.advance(to_ms):
            self._send(line, Reply(frame))

    def _speak(self) -> None:
        """Let the box and its radio hear of each other."""
        if self._radio is None or self._uplink is None:
            return
        self._radio.set_network(is_there=self.site.has_network)
        for news, payload in self._radio.news():
            if news == "up":
                self._uplink.connected()
            elif news == "down":
                self._uplink.disconnected()
            else:
                self._uplink.heard(self._uplink.box.take_ack(payload))
        self._uplink.step()

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
        if name == self._dock:
            replies = [Reply(frame) for frame in self.site.hear_dock(data, self._uplink)]
        else:
            replies = self.site.hear(name, data)
        for reply in replies:
            self._send(name, reply)
        return len(replies)

    def _send(self, name: str, reply: Reply) -> None:
        """Send a frame, spoilt if a fault waits for it, and record what really left."""
        if not reply.frame:
            return
        sent = self._faults[name].apply(reply.frame)
        if sent.fault is not None:
            counts = self.site.record.faults
            counts[sent.fault.value] = counts.get(sent.fault.value, 0) + 1
        if sent.delay_ms:
            self._late.append((self.now_ms + sent.delay_ms, name, sent.frame, reply))
        elif sent.frame:
            self._hand_over(name, sent, reply)

    def _hand_over(self, name: str, sent: Sent, reply: Reply) -> None:
        if not self._ports[name].send(sent.frame, self.now_ms):
            return
        self.site.sent(reply, sound=sent.fault is None or not sent.fault.spoils)

    def _send_late(self) -> None:
        due = [late for late in self._late if late[0] <= self.now_ms]
        self._late = [late for late in self._late if late[0] > self.now_ms]
        for _, name, frame, reply in due:
            self._hand_over(name, Sent(frame, 0, Fault.LATE), reply)

    def _flush(self) -> None:
        for port in self._ports.values():
            port.flush(self.now_ms)
