"""The edge: what is due on all lines, in one thread, in turns that never wait longer than one answer takes."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final

from coldchain.facts import DeviceEvent, EventKind, Fact
from coldchain.ports import Clock
from gateway.cabinet import Cabinet
from gateway.contacts import STATE as CONTACTS_STATE
from gateway.contacts import ContactBook, DoorLook, pressed
from gateway.counters import Counters
from gateway.decoders.heard import InputsRead
from gateway.intake import Intake
from gateway.lines import Devices, DeviceState, Hands, Turned
from gateway.links.cycles import CycleLink
from gateway.links.json_devices import Hearing, JsonDevices
from gateway.links.modbus_link import Answered
from gateway.links.readers import open_cycles
from gateway.links.serial_port import OpenPort
from gateway.links.serial_port import framed as serial_framed
from gateway.plan import ContactPlan, EdgePlan, ListenPlan, ReaderPlan
from gateway.restating import WallWatch
from gateway.silence import Silences, Watch
from gateway.spool_port import SpoolPort
from gateway.zones import SharedReader

BOOK_EVERY_MS: Final = 60_000  # so old may the last look at a door seem after a restart
CENTRE_BELIEVES_MS: Final = 120_000  # so far may a clock be set, and what it stamped before is believed all the same
TICK_MAX_MS: Final = 1_000  # the promise to the spool is renewed at least so often


class Edge:
    """Call `tick`, wait as long as it says, call it again. Pace is kept on the clock that never steps."""

    def __init__(
        self,
        plan: EdgePlan,
        clock: Clock,
        spool: SpoolPort,
        open_port: OpenPort,
        counters: Counters,
        hearing: Hearing | None = None,
        framed: Callable[[str], OpenPort] = serial_framed,
    ) -> None:
        self._plan = plan
        self._spool = spool
        self._clock = clock
        self._open_port = open_port
        self._counters = counters
        self._started = False
        self.on_button: Callable[[bool], None] = _nobody
        self.on_look: Callable[[DoorLook, int], None] = _nobody_looks  # of every door at every poll, with its boottime
        self._book_kept_ms = clock.boottime_ms() - BOOK_EVERY_MS
        self._intake = Intake(spool, clock, counters, plan.gateway)
        self._silences = Silences(self._intake)
        self._contacts = ContactBook(self._intake.state(CONTACTS_STATE))
        self._wall = WallWatch(clock.now_ms(), clock.boottime_ms())
        self._cabinets = [cabinet for reader in plan.readers for cabinet in self._cabinets_of(reader)]
        self._devices = Devices(
            Hands(
                clock=clock,
                counters=counters,
                open_port=open_port,
                framed=framed,
                watch=self._watch,
                accept=self._accept,
                report=self._intake.report,
                contacts=self._take_contacts,
            )
        )
        self._buses = [self._devices.bus(bus) for bus in plan.buses if not bus.empty]
        self._lines: list[Turned] = [*self._buses]
        self._lines += [self._devices.w1(folder) for folder in plan.w1]
        self._lines += [self._devices.driver(line) for line in plan.drivers]
        self._json = self._json_devices(plan.listening, hearing)

    def tick(self) -> int:
        """Do what is due and return the milliseconds until something is due next (0: at once)."""
        if not self._started:
            self._start()
        for line in self._lines:
            line.tick()
            for cabinet in self._cabinets:  # a reader's bytes must not wait behind several silent lines
                cabinet.tick()
        for cabinet in self._cabinets:
            cabinet.tick()
        due = [line.due_ms for line in self._lines] + [cabinet.due_ms for cabinet in self._cabinets]
        for devices in self._json:
            devices.tick()
            due.append(devices.due_ms)
        self._spool.vouch(self._clock.now_ms())  # all that was stamped in this turn is accepted or refused by now
        now_ms = self._clock.boottime_ms()
        return max(0, min([*due, now_ms + TICK_MAX_MS]) - now_ms)

    def devices(self) -> list[DeviceState]:
        """Return how each device on a bus, in a 1-Wire folder or behind a driver is doing; no readers."""
        return self._devices.states()

    def poll_now(self) -> None:
        """Ask all devices as soon as their lines are free."""
        for bus in self._buses:
            bus.poll_now()

    def set_pace(self, poll_ms: int | None) -> None:
        """Ask collectors this often until the next start; None: as planned."""
        for bus in self._buses:
            bus.set_pace(poll_ms)

    def close(self) -> None:
        """Release all ports."""
        for line in self._lines:
            line.close()
        for cabinet in self._cabinets:
            cabinet.close()
        for devices in self._json:
            devices.close()

    def _json_devices(self, plan: ListenPlan | None, hearing: Hearing | None) -> list[JsonDevices]:
        if plan is None or hearing is None:
            return []
        watches = [self._watch(*sorted(device.channels.values())) for device in plan.devices]
        return [JsonDevices(plan, hearing, self._intake, watches, self._clock, self._counters.json_devices)]

    def _start(self) -> None:
        self._started = True
        now_ms = self._clock.now_ms()
        started = DeviceEvent(
            seq=0,
            origin=self._plan.gateway,
            taken_ms=now_ms,
            boottime_ms=self._clock.boottime_ms(),
            kind=EventKind.GATEWAY_STARTED,
            latest_ms=now_ms,
        )
        self._intake.report([started])

    def _watch(self, *origins: str) -> Watch:
        return Watch(origins, self._silences, self._intake, self._clock)

    def _cabinets_of(self, plan: ReaderPlan) -> list[Cabinet]:
        link = open_cycles(plan, self._open_port, self._clock, self._counters)
        if not plan.zones:
            return [self._cabinet(plan, link)]
        shared = SharedReader(link, self._clock)
        zones = [(replace(plan, id=zone.id, door=zone.door, zones=()), zone.antennas) for zone in plan.zones]
        return [self._cabinet(zone, shared.zone(antennas)) for zone, antennas in zones]

    def _cabinet(self, plan: ReaderPlan, link: CycleLink) -> Cabinet:
        return Cabinet(plan, link, self._watch(plan.id), self._intake, self._clock, self._counters)

    def _accept(self, samples: Sequence[Fact]) -> None:
        self._intake.accept(samples, self._book())

    def _take_contacts(self, plan: ContactPlan, answered: Answered) -> None:
        if not isinstance(answered.heard, InputsRead):
            return
        step = self._wall.look(self._clock.now_ms(), self._clock.boottime_ms())
        if step is not None and abs(step.delta_ms) > CENTRE_BELIEVES_MS:
            self._contacts.doubt()
        again = not self._intake.refusing
        events, looks = self._contacts.take(plan, answered.heard, answered.taken_ms, answered.boottime_ms, again=again)
        button = pressed(plan, answered.heard)
        if button is not None:
            self.on_button(button)
        states: dict[str, bytes] = {}
        for look in looks:
            self.on_look(look, answered.boottime_ms)
            for cabinet in self._cabinets:
                if cabinet.plan.door == look.contact:
                    states.update(cabinet.look(look))
        due = events or states or self._clock.boottime_ms() - self._book_kept_ms >= BOOK_EVERY_MS
        if due and not self._intake.told(events, {**states, **self._book()}):
            self._contacts.not_kept(events)

    def _book(self) -> dict[str, bytes]:
        """Return the contacts' book for a commit: after a restart it tells since when nobody looked at the door."""
        self._book_kept_ms = self._clock.boottime_ms()
        return {CONTACTS_STATE: self._contacts.encode()}


def _nobody(_pressed: bool) -> None:  # noqa: FBT001 - the button's callback
    """Nobody listens to the button."""


def _nobody_looks(_look: DoorLook, _boottime_ms: int) -> None:
    """Nobody but the cabinets cares for doors."""
