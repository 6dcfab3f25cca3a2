"""A courier's box and two ways to the centre, radio and dock: messages get lost, doubled and reordered on both."""

import hashlib
from typing import Any

from support.lossy_centre import Centre

from coldchain.facts import Fact, Gap
from coldchain.wire import Ack, Up, decode_up, encode, facts_of
from firmware_sim.box import Box
from firmware_sim.box_dock import ACK, AGAIN, NEXT, WHO, Dock, Frame, Scanner, frame
from firmware_sim.box_memory import Memory, Row, Stamp
from firmware_sim.box_physics import BoxBody, BoxBuild
from firmware_sim.box_uplink import WINDOW, Uplink
from firmware_sim.story import Courier, Probe, Waypoint

START_MS = 1_790_000_000_000
MINUTE_MS = 60_000
PROBES = (
    Probe(id="box-1-load", place="box-1", role="load", delay_ms=600_000),
    Probe(id="box-1-air", place="box-1", role="air", delay_ms=600_000),
)
COURIER = Courier(
    gateway="box-1",
    place="box-1",
    lid="box-1-lid",
    line="dock",
    on_ms=0,
    battery_percent=96,
    battery_hours_per_percent=0.4,
    waypoints=(Waypoint(at_ms=0, latitude_e7=289_421_000, longitude_e7=1_188_736_000, ambient_celsius=22.0),),
    no_network=(),
)
BUILD = BoxBuild(
    wall_watts_per_kelvin=0.12,
    lid_watts_per_kelvin=9.0,
    exchange_watts_per_kelvin=5.0,
    packs_to_air_watts_per_kelvin=4.0,
    packs_to_load_watts_per_kelvin=1.2,
    air_joules_per_kelvin=700.0,
    load_joules_per_kelvin=12_000.0,
    packs_joules_per_kelvin=220_000.0,
    start_celsius=4.0,
)


class NotingMemory(Memory):
    """A memory that remembers every row that it ever held."""

    def __init__(self, rows_max: int) -> None:
        super().__init__(rows_max)
        self.all: dict[int, Row] = {}
        self.gone: set[int] = set()

    def add(self, group: str, origin: str, stamp: Stamp, values: dict[str, Any]) -> None:
        super().add(group, origin, stamp, values)
        self.all[self.last_seq] = self._rows[-1]

    def _overwrite_oldest(self) -> None:
        before = self.held()
        super()._overwrite_oldest()
        self.gone |= before - self.held()

    def held(self) -> set[int]:
        return {row.seq for row in self._rows}

    def put_aside_ever(self) -> set[int]:
        return {row.seq for row in self.dead}


class BoxCentre(Centre):
    """Commits, acks, and refuses every batch with a poisoned number in it."""

    def __init__(self) -> None:
        super().__init__("box-1")
        self.poisoned: set[int] = set()

    def take(self, payload: bytes) -> Ack:
        up = decode_up(payload)
        assert isinstance(up, Up), f"the box sent what the format refuses: {up}"
        if self.poisoned & {fact.seq for fact in facts_of(up)}:
            self._refused.setdefault(up.epoch, []).insert(0, hashlib.sha256(payload).hexdigest())
            return self.ack(up.epoch)
        return super().take(payload)


class BoxWorld:
    """One box, one centre, two ways."""

    def __init__(self, rows_max: int = 10_000, items: int | None = None) -> None:
        self.memory = NotingMemory(rows_max)
        self.box = Box(COURIER, PROBES, START_MS, "story:1:0", self.memory)
        self.body = BoxBody(BUILD, START_MS, (), 22.0)
        self.uplink = Uplink(self.box, self._publish)
        self.dock = Dock(self.box, "storage-1")
        if items is not None:
            self.uplink._items = self.dock._items = items
        self.centre = BoxCentre()
        self.up: list[tuple[str, bytes]] = []
        self.acks: list[bytes] = []
        self.carried: list[bytes] = []  # batches that the dock's host holds
        self.connected = False
        self.most_flights = 0
        self.lid_open = False

    def live(self, ms: int) -> None:
        """Time passes."""
        self.box.advance(self.box.now_ms + ms, self.body)
        self._step()

    def turn_lid(self) -> None:
        self.lid_open = not self.lid_open
        self.box.turn_lid(self.box.now_ms, is_open=self.lid_open)

    def connect(self) -> None:
        if not self.connected:
            self.connected = True
            self.uplink.connected()
            self._step()

    def cut(self) -> None:
        self.connected = False
        self.acks.clear()
        self.uplink.disconnected()

    def deliver_up(self, index: int) -> None:
        leaf, payload = self.up.pop(index % len(self.up))
        answer = self.centre.ack(self.box.epoch) if leaf == "state" else self.centre.take(payload)
        self._note(answer)

    def deliver_ack(self, index: int) -> None:
        self.uplink.heard(self.box.take_ack(self.acks.pop(index % len(self.acks))))
        self._step()

    def ask_dock(self, request: bytes) -> list[Frame]:
        """Say something at the dock and return the frames that come back."""
        answers, heard = self.dock.receive(request, self.box.now_ms)
        for ack in heard:
            self.uplink.heard(ack)
        return [found for answer in answers for found in Scanner().feed(answer, self.box.now_ms)]

    def read_out(self) -> Frame:
        """The host asks for the next batch and keeps it."""
        (answer,) = self.ask_dock(frame(NEXT))
        if answer.kind == b"U":
            self.carried.append(answer.payload)
        return answer

    def carry(self, index: int, *, hand_down: bool) -> None:
        """The host publishes one of the batches that it holds, and perhaps hands the ack down."""
        answer = encode(self.centre.take(self.carried.pop(index % len(self.carried))))
        self.check_horizon()
        if hand_down:
            self.ask_dock(frame(ACK, answer))

    def rewind(self) -> None:
        self.ask_dock(frame(AGAIN))

    def who(self) -> Frame:
        (answer,) = self.ask_dock(frame(WHO))
        return answer

    def settle_by_radio(self) -> None:
        """Nothing is lost any more; time passes until the box holds nothing."""
        self.connect()
        for _ in range(600):
            while self.up or self.acks:
                if self.up:
                    self.deliver_up(0)
                if self.acks:
                    self.deliver_ack(0)
            if not len(self.memory):
                return
            self.live(5_000)
        raise AssertionError(f"the box does not get empty: {len(self.memory)} rows, {self.uplink}")

    def settle_by_dock(self) -> None:
        """Read out with acks handed down until the box holds nothing."""
        self.rewind()
        for _ in range(2_000):
            if self.read_out().kind == b"E" and not len(self.memory):
                return
            if self.carried:
                self.carry(0, hand_down=True)
            else:
                self.rewind()
        raise AssertionError(f"the box does not get empty: {len(self.memory)} rows")

    def at_centre(self) -> set[int]:
        return {seq for _, seq in self.centre.facts}

    def facts(self) -> list[Fact]:
        return [fact for _, fact in sorted(self.centre.facts.items())]

    def check(self) -> None:
        """Nothing is anywhere else than in the memory, at the centre, among the dead letters, or overwritten."""
        lost = self.memory.all.keys() - self.memory.held() - self.at_centre()
        lost -= self.memory.put_aside_ever() | self.memory.gone
        assert not lost, f"freed before the centre had them: {sorted(lost)}"
        assert self.most_flights <= WINDOW

    def check_horizon(self) -> None:
        """What the centre was told to be complete is complete, or it was told of the loss.

        A gap that stands for what was overwritten may come late: the rows may have been on their way.
        """
        said = [fact for fact in self.centre.facts.values() if isinstance(fact, Gap)]
        for seq in self.memory.all.keys() - self.at_centre() - self.memory.put_aside_ever():
            row = self.memory.all[seq]
            if row.values.get("reason") == "memory-full":
                continue
            told = any(
                g.origin == row.origin and g.from_ms <= row.since_ms <= g.to_ms for g in said if seq in self.memory.gone
            )
            assert told or row.since_ms >= self.centre.horizon_ms, f"the centre waits for {seq} no longer: {row}"

    def _note(self, answer: Ack) -> None:
        self.check_horizon()
        if self.connected:
            self.acks.append(encode(answer))

    def _step(self) -> None:
        self.uplink.step()
        self.most_flights = max(self.most_flights, len(self.uplink._flights))

    def _publish(self, leaf: str, payload: bytes, _retain: bool) -> bool:
        if self.connected:
            self.up.append((leaf, payload))
        return self.connected
