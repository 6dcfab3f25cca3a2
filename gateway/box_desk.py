"""A gateway that is a courier's box: its probes, lid, receiver, battery and button go to the mind of the box.

    edge ──samples──> BoxEar ──> spool                receiver ──bytes──> NmeaDecoder ──position──┐
      │                  └──────> BoxDesk <──────────────── battery file, button file ────────────┘
      └──every look at the lid──────┘ └──> BoxWatch ──said──> events in the spool, lamp, beeper

The mind counts on the clock that never steps, so that no step of the wall clock can make a box ready; what it says
carries the wall clock's time of the moment. It is not kept over a restart: then the box is neither ready nor not until
somebody presses the button, and what it said before stands at the centre (docs/boxes.md). The lid is heard of by looks
and not by words: a lid that stands open over a restart has no new word to say.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from coldchain.facts import DeviceEvent, EventKind, Fact, Sample
from coldchain.ports import Clock
from coldchain.radio import signal_details
from gateway.box_watch import BoxWatch
from gateway.box_words import Reading, Said
from gateway.contacts import DoorLook
from gateway.counters import Counters
from gateway.decoders.heard import Rejected
from gateway.decoders.nmea import Fix, NmeaDecoder, NmeaHeard, NoFix
from gateway.intake import Intake
from gateway.links.line import Line
from gateway.links.serial_port import PortLostError
from gateway.plan import BoxPlan
from gateway.radio import RadioWords
from gateway.siren import Siren
from gateway.spool_port import NO_STATES, SpoolPort

LOOK_MS: Final = 60_000  # readiness is looked at so often (docs/boxes.md)
STALE_MS: Final = 180_000  # not read for so long, a probe gives no temperature and a lid is neither open nor shut
POSITION_MS: Final = 300_000
FIX_OLD_MS: Final = 30_000  # an older position says where the box was
BATTERY_MS: Final = 1_800_000
READS_MAX: Final = 16  # in one look, so that a receiver that never stops does not hold the gateway
SILENCE_MS: Final = 2_000  # a sentence that stopped in its middle for so long is refused
FILE_BYTES_MAX: Final = 16
TIMES: Final = frozenset({"until_ms", "since_ms", "raised_ms"})  # details that are instants of the wall clock


@dataclass(slots=True)
class _Known:
    """What was heard last, on the clock that never steps."""

    readings: dict[str, tuple[int, int | None]] = field(default_factory=dict)
    fix: tuple[int, Fix] | None = None
    lid_ms: int | None = None
    pressed: bool = False
    percent: int | None = None


class BoxDesk:
    """One thread only. `hear` takes what the spool has accepted, `tick` belongs into every round of the edge."""

    def __init__(
        self,
        plan: BoxPlan,
        intake: Intake,
        clock: Clock,
        counters: Counters,
        line: Line | None,
        lamp: Sequence[Siren] = (),
        beeper: Sequence[Siren] = (),
        alarm_elsewhere: Callable[[str], bool] = lambda _probe: False,
    ) -> None:
        """`alarm_elsewhere`: whether the gateway's own alarm (gateway/alarm.py) judges this probe, and says so."""
        self.watch = BoxWatch(plan.rules, has_lid=plan.lid is not None)
        self._plan = plan
        self._intake = intake
        self._clock = clock
        self._counters = counters
        self._line = line
        self._lamp = tuple(lamp)
        self._beeper = tuple(beeper)
        self._alarm_elsewhere = alarm_elsewhere
        self._raised: set[str] = set()  # probes of which the box itself said that it beeps
        self._decoder = NmeaDecoder()
        self._radio = RadioWords(intake, clock)
        self._known = _Known()
        self._said: list[Said] = []
        self._heard_ms = now_ms = clock.boottime_ms()
        self._look_ms, self._position_ms, self._battery_ms = now_ms + LOOK_MS, now_ms, now_ms

    def hear(self, facts: Sequence[Fact]) -> None:
        """Take what was accepted of the box's own probes."""
        for fact in facts:
            if isinstance(fact, Sample) and fact.origin in (*self._plan.load, *self._plan.air):
                self._known.readings[fact.origin] = fact.boottime_ms, fact.micro_celsius

    def look(self, look: DoorLook, boottime_ms: int) -> None:
        """Take one look at a door; that of the lid counts at once."""
        if look.contact == self._plan.lid:
            self._known.lid_ms = boottime_ms
            self._said += self.watch.lid(boottime_ms, is_open=look.is_open)

    def tick(self) -> None:
        """Listen to the receiver, look at files and probes where it is time, say what follows, set lamp and beeper."""
        now_ms = self._clock.boottime_ms()
        own = self._receiver(now_ms) + self._battery(now_ms)
        own += self._signal()
        self._button(now_ms)
        if now_ms >= self._look_ms:
            self._look_ms = now_ms + LOOK_MS
            if self._known.lid_ms is not None and now_ms - self._known.lid_ms >= STALE_MS:
                self._known.lid_ms = None
                self.watch.lid_lost()
            self._said += self.watch.measured(now_ms, self._readings(now_ms))
        shift_ms = self._clock.now_ms() - now_ms
        events = [*own, *(self._event(said, shift_ms) for said in self._said if self._to_say(said))]
        self._said = []
        if events:
            self._intake.report(events)
        for lamp in self._lamp:
            lamp.tick(on=self.watch.ready)
        for beeper in self._beeper:
            beeper.tick(on=self.watch.beeping)

    def close(self) -> None:
        """Release the receiver's port; lamp and beeper go out."""
        if self._line is not None:
            self._line.close()
        for output in (*self._lamp, *self._beeper):
            output.close()

    def _to_say(self, said: Said) -> bool:
        """Leave out alarms that the gateway's own alarm says; one that was said here is ended here."""
        if said.kind is EventKind.ALARM_RAISED:
            if self._alarm_elsewhere(said.origin):
                return False
            self._raised.add(said.origin)
        elif said.kind is EventKind.ALARM_CLEARED:
            if said.origin not in self._raised:
                return False
            self._raised.discard(said.origin)
        return True

    def _readings(self, now_ms: int) -> list[Reading]:
        found = []
        for probe in (*self._plan.load, *self._plan.air):
            at_ms, micro = self._known.readings.get(probe, (now_ms - STALE_MS, None))
            fresh = now_ms - at_ms < STALE_MS
            found.append(Reading(probe=probe, load=probe in self._plan.load, micro_celsius=micro if fresh else None))
        return found

    def _receiver(self, now_ms: int) -> list[DeviceEvent]:
        self._listen(now_ms)
        if now_ms < self._position_ms or self._known.fix is None:
            return []
        at_ms, fix = self._known.fix
        if now_ms - at_ms > FIX_OLD_MS:
            return []
        self._position_ms = now_ms + POSITION_MS
        self._said += self.watch.fix(at_ms, fix.latitude_e7, fix.longitude_e7)
        details: dict[str, int | str] = {"latitude_e7": fix.latitude_e7, "longitude_e7": fix.longitude_e7}
        return [self._own(EventKind.POSITION, at_ms, details)]

    def _listen(self, now_ms: int) -> None:
        port = None if self._line is None else self._line.port()
        if port is None or self._line is None:
            return
        try:
            for _ in range(READS_MAX):
                data = port.read(0)
                if not data:
                    break
                self._heard_ms = now_ms
                self._take(self._decoder.feed(data), now_ms)
        except PortLostError as error:
            self._line.lost(error)
        if self._decoder.pending and now_ms - self._heard_ms >= SILENCE_MS:
            self._take(self._decoder.idle_flush(), now_ms)

    def _take(self, heard: Sequence[NmeaHeard], now_ms: int) -> None:
        for one in heard:
            if isinstance(one, Rejected):
                self._counters.count_rejected([one])
                continue
            if self._line is not None:
                self._line.works()
            if isinstance(one, Fix):
                self._known.fix = now_ms, one
            elif isinstance(one, NoFix):
                self._known.fix = None

    def _battery(self, now_ms: int) -> list[DeviceEvent]:
        if self._plan.battery is None or now_ms < self._battery_ms:
            return []
        self._battery_ms = now_ms + BATTERY_MS
        text = _content(self._plan.battery)
        if not text.isdigit() or int(text) > 100:
            return []
        self.watch.battery(int(text))
        return [self._own(EventKind.BATTERY, now_ms, {"percent": int(text)})]

    def _signal(self) -> list[DeviceEvent]:
        gateway = self._plan.gateway
        if self._plan.signal is None or not self._radio.due(gateway):
            return []
        path, unit = self._plan.signal
        text = _content(path)
        details = signal_details(unit, int(text)) if text.removeprefix("-").isdecimal() and text.isascii() else {}
        return [self._radio.event(gateway, details)] if details else []

    def _button(self, now_ms: int) -> None:
        """One press is one beginning, however long it lasts."""
        pressed = self._plan.button is not None and _content(self._plan.button) == "1"
        if pressed and not self._known.pressed:
            self._said += self.watch.button(now_ms)
        self._known.pressed = pressed

    def _own(self, kind: EventKind, at_ms: int, details: Mapping[str, int | str]) -> DeviceEvent:
        shift_ms = self._clock.now_ms() - self._clock.boottime_ms()
        said = Said(kind=kind, taken_ms=at_ms, earliest_ms=at_ms, latest_ms=at_ms, details=details)
        return self._event(said, shift_ms)

    def _event(self, said: Said, shift_ms: int) -> DeviceEvent:
        return DeviceEvent(
            seq=0,
            origin=said.origin or self._plan.gateway,
            taken_ms=said.taken_ms + shift_ms,
            boottime_ms=said.taken_ms,
            kind=said.kind,
            earliest_ms=None if said.earliest_ms is None else said.earliest_ms + shift_ms,
            latest_ms=said.latest_ms + shift_ms,
            details={
                name: value + shift_ms if name in TIMES and isinstance(value, int) else value
                for name, value in said.details.items()
            },
        )


class BoxEar:
    """A spool that lets the box hear what was accepted. Implements SpoolPort."""

    def __init__(self, spool: SpoolPort, desk: BoxDesk) -> None:
        self._spool = spool
        self._desk = desk

    def accept(self, drafts: Sequence[Fact], states: Mapping[str, bytes] = NO_STATES) -> list[int]:
        """See SpoolPort.accept. What was not kept is heard all the same: a disk that fails must not make it deaf."""
        try:
            return self._spool.accept(drafts, states)
        finally:
            self._desk.hear(drafts)

    def vouch(self, from_ms: int) -> None:
        """See SpoolPort.vouch."""
        self._spool.vouch(from_ms)

    def state(self, name: str) -> bytes | None:
        """See SpoolPort.state."""
        return self._spool.state(name)


def _content(path: Path) -> str:
    """Return what stands in a small file; "" if it cannot be read: a box without a button still measures."""
    try:
        with path.open("rb") as file:
            return file.read(FILE_BYTES_MAX).decode("ascii", "replace").strip()
    except OSError:
        return ""
