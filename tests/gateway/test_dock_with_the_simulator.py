"""The dock against the simulator's box, which was built from docs/dock.md too and shares no code with it."""

import pytest
from support.dock_world import TICK_MS, DockWorld, clean, spoiling

from assembly.run_sim import scenario_of
from coldchain.facts import DeviceEvent, EventKind, Sample
from firmware_sim.box_memory import Row
from firmware_sim.site import Site
from gateway.readout import IDLE_MS

START_MS = 1_800_000_000_000
HOURS = 26
HOUR_MS = 3_600_000


class SimulatedBox:
    """The courier's box of the storage point, seen as the world of the dock sees a scripted one."""

    def __init__(self) -> None:
        self.site = Site(scenario_of("storage-point"), 1, START_MS)
        for minute in range(1, HOURS * 60 + 1):
            self.site.advance(START_MS + minute * 60_000)
        assert self.site.box is not None
        self.sim = self.site.box
        self.epoch = self.sim.epoch

    @property
    def rows(self) -> dict[int, Row]:
        return {row.seq: row for row in self.sim.memory._rows}

    @property
    def given(self) -> int:
        return self.sim.memory.last_seq

    def receive(self, data: bytes, at_ms: int) -> bytes:
        self.site.advance(max(self.site.now_ms, START_MS + HOURS * HOUR_MS + at_ms))
        return b"".join(self.site.hear_dock(data, None))


@pytest.fixture
def box() -> SimulatedBox:
    return SimulatedBox()


@pytest.fixture
def world(box: SimulatedBox) -> DockWorld:
    return DockWorld(box=box)


def test_the_box_of_the_storage_point_comes_home_with_a_full_memory_and_is_read_out(world: DockWorld) -> None:
    held = world.box.given
    assert held > 1_000
    world.until(lambda: world.readout.read_out, "a read-out box")
    facts = list(world.centre.facts.values())
    assert world.at_centre()[:held] == list(range(1, held + 1))
    assert world.centre.taken == len(facts), "nothing went up twice"
    assert {fact.origin for fact in facts} == {"box-1", "box-1-load", "box-1-air", "box-1-lid"}
    kinds = {fact.kind for fact in facts if isinstance(fact, DeviceEvent)}
    assert {EventKind.POSITION, EventKind.BATTERY, EventKind.DOOR_OPENED, EventKind.DOOR_CLOSED} <= kinds
    assert max(fact.micro_celsius or 0 for fact in facts if isinstance(fact, Sample)) > 10_000_000
    assert world.centre.horizon_ms >= START_MS + HOURS * HOUR_MS, "nothing is awaited any more"
    assert world.faults == {}


def test_a_bad_line_and_a_lossy_broker_cost_it_nothing(world: DockWorld) -> None:
    world.up, world.down = spoiling(11, 0.3), spoiling(12, 0.3)
    for step in range(12):
        world.loses_up, world.loses_acks = step % 4 == 1, step % 4 == 3
        world.run(4_000)
        if step % 5 == 4:
            world.dock()
    world.up = world.down = clean
    world.loses_up = world.loses_acks = False
    world.until(lambda: not world.box.rows, "an empty box")
    assert world.at_centre() == list(range(1, world.box.given + 1))
    assert sum(world.faults.values()) > 0


def test_over_mqtt_and_on_the_dock_at_the_same_time_each_row_counts_once(world: DockWorld, box: SimulatedBox) -> None:
    for _ in range(10):
        batch = box.sim.batch(box.sim.memory.first_seq - 1, 40)
        box.sim.take_ack(world.ack_of(batch.payload))
        world.run(3 * TICK_MS)
    world.until(lambda: not box.rows, "an empty box")
    world.run(2 * IDLE_MS)
    assert world.at_centre() == list(range(1, box.given + 1))
