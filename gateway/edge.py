"""The edge: what is due on all lines, in one thread, in turns that never wait longer than one answer takes."""

from typing import Final

from coldchain.facts import DeviceEvent, EventKind, Sample
from coldchain.ports import Clock
from gateway.bus import Bus, Slave
from gateway.cabinet import Cabinet
from gateway.contacts import STATE as CONTACTS_STATE
from gateway.contacts import ContactBook
from gateway.contacts import request as contacts_request
from gateway.counters import Counters
from gateway.decoders import r4dcb08
from gateway.decoders.heard import InputsRead, RegistersRead
from gateway.intake import Intake
from gateway.links.line import Line
from gateway.links.modbus_link import Answered
from gateway.links.reader_link import ReaderLink
from gateway.links.serial_port import OpenPort
from gateway.plan import BusPlan, ContactPlan, EdgePlan, ReaderPlan, TemperaturePlan
from gateway.restating import WallWatch
from gateway.silence import Silences, Watch
from gateway.spool_port import SpoolPort

BOOK_EVERY_MS: Final = 60_000  # so old may the last look at a door seem after a restart
CENTRE_BELIEVES_MS: Final = 120_000  # so far may a clock be set, and what it stamped before is believed all the same
TICK_MAX_MS: Final = 1_000  # the promise to the spool is renewed at least so often


class Edge:
    """Call `tick`, wait as long as it says, call it again. Pace is kept on the clock that never steps."""

    def __init__(self, plan: EdgePlan, clock: Clock, spool: SpoolPort, open_port: OpenPort, counters: Counters) -> None:
        self._plan = plan
        self._spool = spool
        self._clock = clock
        self._open_port = open_port
        self._counters = counters
        self._started = False
        self._book_kept_ms = clock.boottime_ms() - BOOK_EVERY_MS
        self._intake = Intake(spool, clock, counters, plan.gateway)
        self._silences = Silences(self._intake)
        self._contacts = ContactBook(self._intake.state(CONTACTS_STATE))
        self._wall = WallWatch(clock.now_ms(), clock.boottime_ms())
        self._cabinets = [self._cabinet(reader) for reader in plan.readers]
        self._buses = [self._bus(bus) for bus in plan.buses if bus.temperature or bus.contacts]

    def tick(self) -> int:
        """Do what is due and return the milliseconds until something is due next (0: at once)."""
        if not self._started:
            self._start()
        for bus in self._buses:
            bus.tick()
            for cabinet in self._cabinets:  # a reader's bytes must not wait behind several silent lines
                cabinet.tick()
        for cabinet in self._cabinets:
            cabinet.tick()
        due = [bus.due_ms for bus in self._buses] + [cabinet.due_ms for cabinet in self._cabinets]
        self._spool.vouch(self._clock.now_ms())  # all that was stamped in this turn is accepted or refused by now
        now_ms = self._clock.boottime_ms()
        return max(0, min([*due, now_ms + TICK_MAX_MS]) - now_ms)

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
        for bus in self._buses:
            bus.close()
        for cabinet in self._cabinets:
            cabinet.close()

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

    def _cabinet(self, plan: ReaderPlan) -> Cabinet:
        line = Line(plan.port, plan.baud, self._open_port, self._clock, self._counters)
        link = ReaderLink(line, self._clock, self._counters)
        return Cabinet(plan, link, self._watch(plan.id), self._intake, self._clock, self._counters)

    def _bus(self, plan: BusPlan) -> Bus:
        line = Line(plan.port, plan.baud, self._open_port, self._clock, self._counters)
        slaves = [self._contact_slave(contacts) for contacts in plan.contacts]
        slaves += [self._temperature_slave(temperature) for temperature in plan.temperature]
        return Bus(line, slaves, self._clock, self._counters)

    def _contact_slave(self, plan: ContactPlan) -> Slave:
        origins = [wired.contact for wired in plan.inputs]
        return Slave(
            request=contacts_request(plan),
            poll_ms=plan.poll_ms,
            watch=self._watch(*origins),
            take=lambda answered: self._take_contacts(plan, answered),
        )

    def _temperature_slave(self, plan: TemperaturePlan) -> Slave:
        return Slave(
            request=r4dcb08.request(plan.slave),
            poll_ms=plan.poll_ms,
            watch=self._watch(*plan.channels.values()),
            take=lambda answered: self._take_temperatures(plan, answered),
        )

    def _take_temperatures(self, plan: TemperaturePlan, answered: Answered) -> None:
        if not isinstance(answered.heard, RegistersRead):
            return
        measured = r4dcb08.temperatures(answered.heard.values)
        samples = [
            Sample(
                seq=0,
                origin=probe,
                taken_ms=answered.taken_ms,
                boottime_ms=answered.boottime_ms,
                micro_celsius=measured[channel][0],
                quality=measured[channel][1],
            )
            for channel, probe in sorted(plan.channels.items())
        ]
        self._intake.accept(samples, self._book())

    def _take_contacts(self, plan: ContactPlan, answered: Answered) -> None:
        if not isinstance(answered.heard, InputsRead):
            return
        step = self._wall.look(self._clock.now_ms(), self._clock.boottime_ms())
        if step is not None and abs(step.delta_ms) > CENTRE_BELIEVES_MS:
            self._contacts.doubt()
        events, looks = self._contacts.take(plan, answered.heard, answered.taken_ms, answered.boottime_ms)
        states: dict[str, bytes] = {}
        for look in looks:
            for cabinet in self._cabinets:
                if cabinet.plan.door == look.contact:
                    states.update(cabinet.look(look))
        if events or states or self._clock.boottime_ms() - self._book_kept_ms >= BOOK_EVERY_MS:
            self._intake.report(events, {**states, **self._book()})

    def _book(self) -> dict[str, bytes]:
        """Return the contacts' book for a commit: after a restart it tells since when nobody looked at the door."""
        self._book_kept_ms = self._clock.boottime_ms()
        return {CONTACTS_STATE: self._contacts.encode()}
