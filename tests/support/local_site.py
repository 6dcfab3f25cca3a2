"""A gateway with its local alarm on a hand clock: lines, spool and siren in memory. `restart` is a SIGKILL."""

from collections.abc import Iterator
from dataclasses import replace

from support.edge_cabinet import PLAN
from support.fake_ports import FakeBus, FakePorts
from support.hand_clock import HandClock
from support.local_limits import FakeSwitch
from support.memory_spool import MemorySpool

from coldchain.facts import ALARM_KINDS, DeviceEvent, EventKind
from gateway.alarm_spool import AlarmSpool
from gateway.counters import Counters
from gateway.edge import Edge
from gateway.plan import ButtonPlan
from gateway.siren import Siren

SECOND, MINUTE, HOUR = 1_000, 60_000, 3_600_000
BUTTON = 5


def _plan_with_button() -> object:
    bus = PLAN.buses[0]
    contacts = replace(bus.contacts[0], button=ButtonPlan(number=BUTTON))
    return replace(PLAN, buses=(replace(bus, contacts=(contacts,)),), readers=())


class LocalSite:
    """One fridge, its gateway, no centre."""

    def __init__(self, limits: bytes | None) -> None:
        self.clock = HandClock()
        self.spool = MemorySpool()
        self.bus = FakeBus(self.clock)
        self.switch = FakeSwitch()
        self._ports = FakePorts()
        self._ports.ports = {"bus": self.bus.port}
        self.restart()
        if limits is not None:
            self.local.offer_limits(limits)

    def restart(self) -> None:
        """Kill the gateway and start it again on the same spool."""
        self.siren = Siren(self.switch, self.clock)
        self.local = AlarmSpool(self.spool, self.clock, "gw-1", [self.siren])
        plan = _plan_with_button()
        self.edge = Edge(plan, self.clock, self.local, self._ports.open, Counters())  # type: ignore[arg-type]
        self.edge.on_button = lambda pressed: self.local.press(pressed=pressed)

    def run(self, ms: int) -> None:
        """Let time pass."""
        end_ms = self.clock.boottime_ms() + ms
        while self.clock.boottime_ms() < end_ms:
            wait_ms = self.edge.tick()
            self.local.tick()
            self.clock.wait(max(1, min(wait_ms, end_ms - self.clock.boottime_ms())))

    def seconds_until(self, sounding: bool, most_ms: int = HOUR) -> float:
        """Let time pass until the siren is as said; return after how many seconds."""
        began_ms = self.clock.boottime_ms()
        while self.switch.on is not sounding:
            assert self.clock.boottime_ms() - began_ms < most_ms, f"the siren stayed {'off' if sounding else 'on'}"
            self.run(SECOND)
        return (self.clock.boottime_ms() - began_ms) / 1_000

    def sounding(self) -> bool:
        """Tell whether the siren is on."""
        return self.switch.on

    def temperature(self, load: float, air: float | None = None) -> None:
        """Set what the probes measure from now on."""
        self.bus.registers[0] = round(load * 10)
        self.bus.registers[1] = round((load if air is None else air) * 10)

    def press(self) -> None:
        """Press the button for two seconds."""
        self.bus.inputs[BUTTON] = True
        self.run(2 * SECOND)
        self.bus.inputs[BUTTON] = False
        self.run(2 * SECOND)

    def alarms(self) -> list[tuple[EventKind, str, object]]:
        """Return what was raised and cleared: kind, origin, rule."""
        return [(e.kind, e.origin, e.details["rule"]) for e in self.spool.events(*ALARM_KINDS)]

    def events(self, kind: EventKind) -> Iterator[DeviceEvent]:
        """Return the events of one kind."""
        return iter(self.spool.events(kind))
