"""From the plan to what is asked in turns: Modbus lines, the 1-Wire folder, lines with a driver.

`Devices` also keeps the list of all of them, for whoever wants to show how each is doing.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol

from coldchain.facts import Fact
from coldchain.ports import Clock
from gateway.bus import Bus, Master, Questions, Same, Slave
from gateway.contacts import request as contacts_request
from gateway.counters import Counters
from gateway.decoders.register_map import RegisterMap
from gateway.driver_line import DriverLine
from gateway.drivers import make_driver
from gateway.links.line import Line
from gateway.links.modbus_link import Answered, ModbusLink
from gateway.links.modbus_tcp import ModbusTcp
from gateway.links.serial_port import OpenPort
from gateway.map_device import MapDevice
from gateway.maps import load_map
from gateway.plan import FRAMING, TCP_SCHEME, BusPlan, ContactPlan, DevicePlan, DriverPlan, TemperaturePlan, W1Plan
from gateway.silence import Watch
from gateway.w1_folder import W1Folder

COLLECTOR: Final = "r4dcb08"  # the map of [[bus.temperature]]
CONTACTS: Final = "contacts"


class Turned(Protocol):
    """What the edge gives turns to: call `tick` whenever boottime has reached `due_ms`; it never waits long."""

    @property
    def due_ms(self) -> int:
        """The boottime at which something is to be done next."""

    def tick(self) -> None:
        """Do what is due."""

    def close(self) -> None:
        """Release what it holds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceState:
    """How a device is doing: where it hangs, what it is, for whom it speaks, and when it last answered.

    `address` is its slave number or its sensor id, else ""; `silent` that it was said to be silent; `good_ms` the wall
    time of its last answer in this run.
    """

    port: str
    address: str
    kind: str
    origins: tuple[str, ...]
    silent: bool
    good_ms: int | None
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Device:
    port: str
    address: str
    kind: str
    watch: Watch
    message: Callable[[], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Hands:
    """What devices are given to work with. `accept` keeps samples, `report` events, `contacts` looks at contacts."""

    clock: Clock
    counters: Counters
    open_port: OpenPort
    framed: Callable[[str], OpenPort]
    watch: Callable[..., Watch]
    accept: Callable[[Sequence[Fact]], None]
    report: Callable[[Sequence[Fact]], None]
    contacts: Callable[[ContactPlan, Answered], None]


@dataclass(slots=True)
class Devices:
    """Makes what is asked in turns."""

    hands: Hands
    listed: list[_Device] = field(default_factory=list)

    def states(self) -> list[DeviceState]:
        """Return how each device is doing, in the order of the settings."""
        return [
            DeviceState(
                port=device.port,
                address=device.address,
                kind=device.kind,
                origins=device.watch.origins,
                silent=device.watch.silent,
                good_ms=device.watch.good_ms,
                message=device.message(),
            )
            for device in self.listed
        ]

    def bus(self, plan: BusPlan) -> Bus:
        """Return a line of Modbus devices; those with contacts are asked first."""
        link, message = self._master(plan)
        collector = load_map(COLLECTOR) if plan.temperature else None
        slaves = [self._contacts(plan, contacts, message) for contacts in plan.contacts]
        slaves += [self._device(plan, _as_device(old, collector), message) for old in plan.temperature if collector]
        slaves += [self._device(plan, device, message) for device in plan.devices]
        return Bus(link, slaves, self.hands.clock, self.hands.counters)

    def w1(self, plan: W1Plan) -> W1Folder:
        """Return the probes of a 1-Wire folder, each watched by itself."""
        watches: dict[str, Watch] = {}
        for sensor, probe in plan.probes.items():
            watches[sensor] = self._listed(plan.folder, sensor, "ds18b20", [probe])
        return W1Folder(plan, watches, self.hands.accept, self.hands.clock, self.hands.counters)

    def driver(self, plan: DriverPlan) -> DriverLine:
        """Return a line with a driver. The driver itself is made in its first turn: it may be a broken one."""
        made: list[DriverLine] = []
        watch = self._listed(
            plan.port, "", plan.driver, list(plan.channels.values()), lambda: made[0].message or line.message
        )
        line = self._line(plan.port, plan.baud, plan.framing)
        made.append(
            DriverLine(plan, line, make_driver, watch, self.hands.accept, self.hands.clock, self.hands.counters)
        )
        return made[0]

    def _line(self, port: str, baud: int, framing: str) -> Line:
        hands = self.hands
        open_port = hands.open_port if framing == FRAMING else hands.framed(framing)
        return Line(port, baud, open_port, hands.clock, hands.counters)

    def _master(self, plan: BusPlan) -> tuple[Master, Callable[[], str]]:
        hands = self.hands
        if plan.port.startswith(TCP_SCHEME):
            tcp = ModbusTcp(plan.port, hands.clock, hands.counters)
            return tcp, lambda: tcp.message
        line = self._line(plan.port, plan.baud, plan.framing)
        return ModbusLink(line, hands.clock, hands.counters), lambda: line.message

    def _contacts(self, bus: BusPlan, plan: ContactPlan, message: Callable[[], str]) -> Slave:
        watch = self._listed(bus.port, str(plan.slave), CONTACTS, [wired.contact for wired in plan.inputs], message)
        take = self.hands.contacts
        questions = Same(contacts_request(plan), lambda answered: take(plan, answered))
        return Slave(questions=questions, poll_ms=plan.poll_ms, watch=watch)

    def _device(self, bus: BusPlan, plan: DevicePlan, message: Callable[[], str]) -> Slave:
        origins = [*plan.channels.values(), *plan.contacts.values()]
        watch = self._listed(bus.port, str(plan.slave), plan.map.name, origins, message)
        questions: Questions = MapDevice(plan, self.hands.accept, self.hands.report, self.hands.contacts)
        return Slave(questions=questions, poll_ms=plan.poll_ms, watch=watch)

    def _listed(
        self, port: str, address: str, kind: str, origins: Sequence[str], message: Callable[[], str] = str
    ) -> Watch:
        watch = self.hands.watch(*origins)
        self.listed.append(_Device(port=port, address=address, kind=kind, watch=watch, message=message))
        return watch


def _as_device(plan: TemperaturePlan, collector: RegisterMap) -> DevicePlan:
    channels: Mapping[str, str] = {str(channel): probe for channel, probe in sorted(plan.channels.items())}
    return DevicePlan(slave=plan.slave, map=collector, channels=channels, poll_ms=plan.poll_ms)
