"""The courier's box as a gateway of its own: two probes, lid, position and battery, a memory, and the centre's acks.

What it concludes by itself (ready or not, its alarm, areas, stops) is in box_mind and box_compass. Its receiver gives
it sentences (box_gps), as a real one would.

Source: docs/wire.md. Pure: time is handed in, and what is to be sent is handed out. The same scenario, seed and start
give the same rows under the same numbers, so a box that lives its day a second time says nothing new.
"""

import hashlib
import json
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from firmware_sim import box_gps, box_modem
from firmware_sim.box_clock import BoxClock
from firmware_sim.box_compass import Compass
from firmware_sim.box_memory import EVENTS, SAMPLES, TRUSTED, UNSET, Batch, Identity, Memory, Stamp
from firmware_sim.box_mind import Mind, Word
from firmware_sim.box_physics import BoxBody
from firmware_sim.story import Courier, Limits, Probe, Waypoint

SAMPLE_MS: Final = 60_000
POSITION_MS: Final = 300_000
BATTERY_MS: Final = 1_800_000
BATTERY_PERCENT_MIN: Final = 35  # the charger in the car keeps it from falling further
BOOT_MS: Final = 4_000  # what the clock that never steps shows when the box is ready
SENT_KEPT: Final = 64  # payloads whose refusal can still be told
ACK_BYTES_MAX: Final = 256 * 1024
STEP_MICRO_CELSIUS: Final = 62_500  # DS18B20 data sheet: 12 bits are 1/16 degree
WORDS_MAX: Final = 1_000  # said and not yet taken by `told`
TIMES: Final = frozenset({"until_ms", "since_ms", "raised_ms"})  # details that are instants
NO_LIMITS: Final = Limits(cold_tenths=None, warm_tenths=None, hard_cold_tenths=None, hard_warm_tenths=None)

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Heard:
    """What an ack meant: `ours` (else nothing else counts), rows freed, batches refused by their items, new epoch."""

    ours: bool = False
    freed: int = 0
    refused: tuple[Batch, ...] = ()
    new_epoch: bool = False


class Box:
    """A box that is switched on at the scenario's time. `advance` moves it, `take_ack` frees its memory."""

    def __init__(
        self,
        courier: Courier,
        probes: tuple[Probe, ...],
        start_ms: int,
        name: str,
        memory: Memory | None = None,
        limits: Limits = NO_LIMITS,
    ) -> None:
        """Lie switched off; `name` stands for scenario, seed and start, and makes epoch and boot.

        `limits`: what its inside has to keep to, of its place.
        """
        self.courier = courier
        self.on_ms = start_ms + courier.on_ms
        self.now_ms = start_ms
        self.lid_open = False
        self.memory = Memory() if memory is None else memory  # an empty one is false
        self.last_percent = courier.battery_percent
        self.acks_ignored = 0
        self.mind = Mind(limits.cold_tenths, limits.warm_tenths, limits.hard_cold_tenths, courier.watch)
        self.compass = Compass(courier.watch)
        self._buttons_ms = [start_ms + at_ms for at_ms in sorted(courier.buttons_ms, reverse=True)]
        self._told: list[Word] = []
        self._probes = probes
        self._start_ms = start_ms
        self._name = name
        self._epochs = 0
        self._boot = _hex(f"{name}:boot")
        self._next_ms = self.on_ms
        self._sent: OrderedDict[str, Batch] = OrderedDict()
        self.clock = BoxClock(self.on_ms, is_dead=courier.clock_is_dead)

    @property
    def who(self) -> Identity:
        """Whose batches these are."""
        return Identity(self.courier.gateway, self.epoch, self._boot)

    @property
    def epoch(self) -> str:
        """The name of its numbers."""
        return _hex(f"{self._name}:epoch:{self._epochs}")

    @property
    def is_on(self) -> bool:
        """Whether it has been switched on."""
        return self.now_ms >= self.on_ms

    def advance(self, to_ms: int, body: BoxBody) -> list[tuple[int, str, int]]:
        """Move to to_ms with its inside; return what was measured: (time, probe, micro-degrees)."""
        measured: list[tuple[int, str, int]] = []
        while self._next_ms <= to_ms:
            self._press(self._next_ms)
            self.now_ms = self._next_ms
            body.run_to(self.now_ms)
            self._report(self.now_ms)
            measured += self._measure(body)
            self._next_ms += SAMPLE_MS
        self._press(to_ms)
        body.run_to(to_ms)
        self.now_ms = to_ms
        return measured

    def turn_lid(self, at_ms: int, *, is_open: bool) -> None:
        """Note that the lid was opened or shut just now."""
        if is_open == self.lid_open:
            return
        self.lid_open = is_open
        if self.is_on:
            self._event(at_ms, self.courier.lid, "door-opened" if is_open else "door-closed", {})
            self.mind.turn_lid(at_ms, is_open=is_open)
            self._tell(self.mind.words())

    def told(self) -> list[Word]:
        """Hand out what it concluded since it was asked last; of more than WORDS_MAX the newest."""
        told, self._told = self._told, []
        return told

    def batch(self, after_seq: int, items_max: int) -> Batch:
        """Make a batch of the rows behind after_seq, and remember it for as long as it may be refused."""
        batch = self.memory.batch(after_seq, items_max, self.who, self._stamp(self.now_ms))
        self.clock.asked(batch.last_seq, self.now_ms)
        self._sent[batch.sha256] = batch
        if len(self._sent) > SENT_KEPT:
            self._sent.popitem(last=False)
        return batch

    def state(self, *, online: bool) -> bytes:
        """Return the `state` message."""
        who = self.who
        message = {"v": 1, "gateway": who.gateway, "epoch": who.epoch, "boot": who.boot, "online": online}
        return json.dumps(message, separators=(",", ":")).encode()

    def take_ack(self, payload: bytes) -> Heard:
        """Take what the centre says it has. What is not an ack of this box and epoch is counted and changes nothing."""
        ack = _ack(payload)
        if ack is None or ack["gateway"] != self.courier.gateway or ack["epoch"] != self.epoch:
            self.acks_ignored += 1
            return Heard()
        spans = [(1, ack["contiguous_seq"]), *ack["ranges"]]
        if max(last for _, last in spans) > self.memory.last_seq:
            # It names numbers that were never given: this memory is an older copy of itself (docs/wire.md 5).
            self._epochs += 1
            self._sent.clear()
            self.clock.forget()
            return Heard(ours=True, new_epoch=True)
        self._learn_time(ack["centre_ms"], max(last for _, last in spans))
        freed = sum(self.memory.free(first, last) for first, last in spans)
        refused = tuple(self._sent[name] for name in ack["refused"] if name in self._sent)
        for batch in refused:
            if batch.items:  # an ack names it again and again; that an empty one is refused must be heard each time
                del self._sent[batch.sha256]
        return Heard(ours=True, freed=freed, refused=refused)

    def _learn_time(self, centre_ms: int, newest_seq: int) -> None:
        """Set a clock that was never set by the centre's, and say so: it dates what was stamped before."""
        shown_ms = self.clock.shown(self.now_ms)
        uncertainty_ms = self.clock.hear(centre_ms, self.now_ms, newest_seq)
        if uncertainty_ms is None:
            return
        self.memory.clock_set(self.clock.shown(self.now_ms) - shown_ms)
        stamp = self._stamp(self.now_ms)
        details = {"offset_ms": stamp.wall_ms - stamp.boottime_ms, "source": "centre", "uncertainty_ms": uncertainty_ms}
        self._event(self.now_ms, self.courier.gateway, "clock-set", details)

    def put_aside(self, batch: Batch) -> None:
        """Give up the one row of a batch that the centre does not take."""
        self.memory.put_aside(batch.first_seq, batch.last_seq, self._stamp(self.now_ms))

    def _measure(self, body: BoxBody) -> list[tuple[int, str, int]]:
        celsius = {"load": body.load_celsius, "air": body.air_celsius}
        measured: list[tuple[int, str, int]] = []
        for probe in self._probes:
            micro = sixteenths(celsius[probe.role]) * STEP_MICRO_CELSIUS
            values = {"device_ms": None, "micro_celsius": micro, "quality": 0}
            self.memory.add(SAMPLES, probe.id, self._stamp(self.now_ms), values)
            measured.append((self.now_ms, probe.id, micro))
        load = next((probe.id for probe in self._probes if probe.role == "load"), "")
        self.mind.look(self.now_ms, {probe: micro for _, probe, micro in measured}, load)
        self._tell(self.mind.words())
        return measured

    def _report(self, at_ms: int) -> None:
        """Say what is due beside the temperatures."""
        on_for_ms, gateway = at_ms - self.on_ms, self.courier.gateway
        if on_for_ms == 0:
            self._event(at_ms, gateway, "gateway-started", {})
        if on_for_ms % POSITION_MS == 0:
            self._locate(at_ms)
        if on_for_ms % BATTERY_MS == 0:
            used = on_for_ms / 3_600_000 / self.courier.battery_hours_per_percent
            self.last_percent = max(BATTERY_PERCENT_MIN, self.courier.battery_percent - int(used))
            self.mind.percent = self.last_percent
            self._event(at_ms, gateway, "battery", {"percent": self.last_percent})
            self._say_signal(at_ms)

    def _say_signal(self, at_ms: int) -> None:
        """Say how strongly the network is heard.

        That the centre reads it is part of the story: a box that asked its acks would not give the same rows the same
        numbers when it lives its day again.
        """
        after_ms = at_ms - self._start_ms
        lost = any(span.from_ms <= after_ms < span.to_ms for span in self.courier.no_network)
        dbm = box_modem.decibels(box_modem.csq(at_ms - self.on_ms, has_network=not lost))
        if self.courier.has_modem and dbm is not None:
            self._event(at_ms, self.courier.gateway, "signal", {"rssi_dbm": dbm})

    def _locate(self, at_ms: int) -> None:
        """Ask the receiver where the box is. Without a fix there is nothing to say."""
        after_ms = at_ms - self._start_ms
        blind = any(span.from_ms <= after_ms < span.to_ms for span in self.courier.no_fix)
        found = box_gps.read(box_gps.sentence(at_ms, None if blind else position(self.courier.waypoints, after_ms)))
        if found is None:
            return
        details = {"latitude_e7": found[0], "longitude_e7": found[1]}
        self._event(at_ms, self.courier.gateway, "position", details)
        self.compass.look(at_ms, *found)
        self._tell(self.compass.words())

    def _press(self, to_ms: int) -> None:
        """Somebody presses the button when the story says so; before it is switched on nothing comes of it."""
        while self._buttons_ms and self._buttons_ms[-1] <= to_ms:
            at_ms = self._buttons_ms.pop()
            if at_ms >= self.on_ms:
                self.mind.press(at_ms)
                self._tell(self.mind.words())

    def _tell(self, words: list[Word]) -> None:
        """Write down what the box concluded."""
        for word in words:
            values = {
                "kind": word.kind,
                "earliest_ms": None if word.earliest_ms is None else self.clock.shown(word.earliest_ms),
                "latest_ms": None if word.latest_ms is None else self.clock.shown(word.latest_ms),
                "epc": None,
                "details": self._shown(word.details),
            }
            self.memory.add(EVENTS, word.origin or self.courier.gateway, self._stamp(word.at_ms), values)
        self._told = [*self._told, *words][-WORDS_MAX:]

    def _shown(self, details: Mapping[str, Any]) -> Json:
        """Return details with the instants in them as the box's clock shows them."""
        return {name: self.clock.shown(value) if name in TIMES else value for name, value in details.items()}

    def _event(self, at_ms: int, origin: str, kind: str, details: Json) -> None:
        shown_ms = self.clock.shown(at_ms)
        values = {"kind": kind, "earliest_ms": shown_ms, "latest_ms": shown_ms, "epc": None, "details": details}
        self.memory.add(EVENTS, origin, self._stamp(at_ms), values)

    def _stamp(self, at_ms: int) -> Stamp:
        clock = TRUSTED if self.clock.is_set else UNSET
        return Stamp(self.clock.shown(at_ms), at_ms - self.on_ms + BOOT_MS, clock)


def sixteenths(celsius: float) -> int:
    """Return what the probe's register shows: sixteenths of a degree, half of one upwards."""
    return int((celsius * 16 + 0.5) // 1)


def position(waypoints: tuple[Waypoint, ...], after_ms: int) -> tuple[int, int]:
    """Return where the box is after_ms after the start: (latitude, longitude) in 1e-7 degrees."""
    before = waypoints[0]
    for point in waypoints:
        if point.at_ms > after_ms:
            span_ms, gone_ms = point.at_ms - before.at_ms, max(0, after_ms - before.at_ms)
            if not span_ms:
                break
            latitude = before.latitude_e7 + (point.latitude_e7 - before.latitude_e7) * gone_ms // span_ms
            longitude = before.longitude_e7 + (point.longitude_e7 - before.longitude_e7) * gone_ms // span_ms
            return latitude, longitude
        before = point
    return before.latitude_e7, before.longitude_e7


def _ack(payload: bytes) -> Json | None:
    """Read an ack; None if it is none. Fields that are not known are ignored, as docs/wire.md 9 wants it."""
    if len(payload) > ACK_BYTES_MAX:
        return None
    try:
        said = json.loads(payload)
        gateway, epoch = said["gateway"], said["epoch"]
        contiguous, centre_ms = said["contiguous_seq"], said["centre_ms"]
        ranges = [(first, last) for first, last in said["ranges"]]
        refused = list(said["refused"])
    except (ValueError, TypeError, KeyError, RecursionError):
        return None
    numbers = [contiguous, centre_ms, *(number for span in ranges for number in span)]
    if any(type(number) is not int or number < 0 for number in numbers):
        return None
    names_sound = all(isinstance(name, str) for name in (gateway, epoch, *refused))
    return (
        {
            "gateway": gateway,
            "epoch": epoch,
            "contiguous_seq": contiguous,
            "ranges": ranges,
            "refused": refused,
            "centre_ms": centre_ms,
        }
        if names_sound
        else None
    )


def _hex(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]
