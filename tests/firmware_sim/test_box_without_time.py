"""A box whose clock was never set: read out by radio and at the dock in any order, and dated by its own word."""

from dataclasses import replace
from typing import Final

from hypothesis import given, settings
from hypothesis import strategies as st
from support.box_world import BUILD, COURIER, MINUTE_MS, PROBES, START_MS, NotingMemory
from support.intake import SITE
from support.memory_store import MemoryStore
from support.storage_point import BOX, point_on

from coldchain.canonical import INTEGER_MAX
from coldchain.facts import EventKind
from coldchain.wire import encode
from firmware_sim.box import BOOT_MS, Box
from firmware_sim.box_clock import ANSWER_MS_MAX, RESET_MS
from firmware_sim.box_dock import ACK, AGAIN, NEXT, UP, Dock, Scanner, frame
from firmware_sim.box_memory import GAPS, SAMPLES
from firmware_sim.box_physics import BoxBody
from ingest.batches import Message
from ingest.quarantine import DATED_MAX

DEAD: Final = replace(COURIER, clock_is_dead=True, buttons_ms=(2 * MINUTE_MS,))
DRIFT_MS: Final = 1_000  # 100 ppm of the longest of these journeys are less


class World:
    """The box, the intake of a real centre, and both ways between them."""

    def __init__(self, rows_max: int = 10_000) -> None:
        self.store = MemoryStore()
        self.pipeline = point_on(self.store, (BOX,))
        self.memory = NotingMemory(rows_max)
        self.box = Box(DEAD, PROBES, START_MS, "dead:1:0", self.memory)
        self.body = BoxBody(BUILD, START_MS, (), 22.0)
        self.dock = Dock(self.box, SITE)

    def live(self, ms: int) -> None:
        self.box.advance(self.box.now_ms + ms, self.body)

    def radio(self, *, ack_comes: bool = True, after_ms: int = 900) -> None:
        """One batch by MQTT, and its answer."""
        batch = self.box.batch(self.memory.first_seq - 1, 40)
        ack = self._take(batch.payload)
        self.live(after_ms)
        if ack_comes and ack is not None:
            self.box.take_ack(ack)

    def read_out(self, *, ack_comes: bool = True, after_ms: int = 900) -> None:
        """One batch at the dock, and its answer; what was read out and lost is asked for again."""
        said, _ = self.dock.receive(frame(AGAIN) + frame(NEXT), self.box.now_ms)
        for found in Scanner().feed(b"".join(said), 0):
            ack = self._take(found.payload) if found.kind == UP else None
            self.live(after_ms)
            if ack_comes and ack is not None:
                self.dock.receive(frame(ACK, ack), self.box.now_ms)

    def drain(self) -> None:
        """Let all come home."""
        for _ in range(200):
            self.radio()
            self.read_out()
            if self.box.clock.is_set and not len(self.memory):
                break
        while self.pipeline.readmit(self.box.now_ms):
            pass

    def check(self) -> None:
        """Each sample once, at the time at which it was taken, within the uncertainty that is recorded."""
        with self.store.reading() as session:
            assert [item.reason for item in session.books.quarantined()] == []
            dated = [item for entry in session.records.backdatings(BOX) for item in entry.items]
            stored = {
                probe.id: session.readings.history(probe.id, 0, INTEGER_MAX).taken_ms.tolist() for probe in PROBES
            }
        words = [row for row in self.memory.all.values() if row.values.get("kind") == EventKind.CLOCK_SET]
        assert len(words) == 1
        uncertainty_ms = words[0].values["details"]["uncertainty_ms"]
        assert 0 <= uncertainty_ms <= ANSWER_MS_MAX
        for probe in PROBES:
            rows = [row for row in self.memory.all.values() if row.group == SAMPLES and row.origin == probe.id]
            true = [row.boottime_ms - BOOT_MS + self.box.on_ms for row in rows]
            assert len(stored[probe.id]) == len(true)
            off = [abs(there - here) for there, here in zip(stored[probe.id], true, strict=True)]
            assert max(off) <= uncertainty_ms
        assert len({item[0] for item in dated}) == len(dated)
        assert all(uncertainty_ms <= item[3] <= uncertainty_ms + DRIFT_MS for item in dated)

    def _take(self, payload: bytes) -> bytes | None:
        now_ms = self.box.now_ms
        acks = self.pipeline.process([Message(site=SITE, gateway=BOX, payload=payload, received_ms=now_ms)], now_ms)
        return encode(acks[0]) if acks else None


def test_what_was_measured_before_the_time_was_known_gets_it_from_the_boxs_own_word() -> None:
    world = World()
    world.live(30 * MINUTE_MS)
    assert {row.taken_ms < RESET_MS + 31 * MINUTE_MS for row in world.memory.all.values()} == {True}
    world.radio()
    assert world.box.clock.is_set
    world.live(5 * MINUTE_MS)
    world.drain()
    world.check()
    with world.store.reading() as session:
        dated = sum(len(entry.items) for entry in session.records.backdatings(BOX))
    assert 60 < dated <= DATED_MAX


def test_a_box_learns_the_time_at_the_dock_as_well() -> None:
    world = World()
    world.live(10 * MINUTE_MS)
    world.read_out()
    assert world.box.clock.is_set
    world.drain()
    world.check()


def test_an_answer_that_took_too_long_tells_no_time() -> None:
    world = World()
    world.live(10 * MINUTE_MS)
    world.radio(after_ms=ANSWER_MS_MAX + 1)
    assert not world.box.clock.is_set
    world.drain()
    world.check()


def test_what_it_said_until_when_it_is_qualified_moves_with_its_clock() -> None:
    world = World()
    world.live(50 * MINUTE_MS)
    world.box.turn_lid(world.box.now_ms, is_open=True)
    world.box.turn_lid(world.box.now_ms, is_open=False)
    said = [row for row in world.memory.all.values() if "until_ms" in row.values.get("details", {})]
    world.drain()
    with world.store.reading() as session:
        (told,) = [
            event.details["until_ms"]
            for event in session.records.events_of(BOX, 0, INTEGER_MAX)
            if "until_ms" in event.details
        ]
    assert isinstance(told, int)
    true_ms = said[0].values["details"]["until_ms"] - RESET_MS + world.box.on_ms
    assert abs(told - true_ms) <= ANSWER_MS_MAX


def test_a_loss_of_what_an_unset_clock_stamped_is_said_in_the_time_that_is_known_later() -> None:
    world = World(rows_max=30)
    world.live(40 * MINUTE_MS)
    world.radio()
    world.drain()
    gaps = [row for row in world.memory.all.values() if row.group == GAPS and row.clock == "trusted"]
    assert all(gap.values["from_ms"] >= START_MS - ANSWER_MS_MAX for gap in gaps)
    with world.store.reading() as session:
        declared = session.records.gaps(BOX)
    assert declared
    assert all(START_MS - ANSWER_MS_MAX <= gap.from_ms <= gap.to_ms <= world.box.now_ms for gap in declared)


@settings(max_examples=60)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["radio", "dock"]), st.booleans(), st.integers(0, 12_000), st.integers(0, 20 * MINUTE_MS)
        ),
        max_size=8,
    )
)
def test_both_ways_in_any_order_count_each_reading_once(turns: list[tuple[str, bool, int, int]]) -> None:
    world = World()
    world.live(7 * MINUTE_MS)
    for way, ack_comes, after_ms, pause_ms in turns:
        send = world.radio if way == "radio" else world.read_out
        send(ack_comes=ack_comes, after_ms=after_ms)
        world.live(pause_ms)
        world.pipeline.readmit(world.box.now_ms)
    world.drain()
    world.check()
