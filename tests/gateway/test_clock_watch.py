"""What the gateway says of its own clock: set, stepped, and how far from the centre's."""

from pathlib import Path

import pytest
from support.hand_clock import HandClock
from support.lossy_centre import World
from support.memory_spool import MemorySpool
from support.spools import T0_MS

from coldchain.facts import DeviceEvent, EventKind
from gateway.clock import BUILD_DATE_MS, SystemClock
from gateway.clock_watch import AGAIN_MS, DRIFT_EVERY_MS, ROUND_TRIP_MS_MAX, ClockWatch
from gateway.counters import Counters
from gateway.intake import Intake

HOUR = 3_600_000


class MachineClock(HandClock):
    """A machine whose clock begins in 1970 and that takes the centre's word, as SystemClock does."""

    offset_ms: int | None = None

    def now_ms(self) -> int:
        """The wall clock, or the centre's word while it was never set."""
        wall_ms = super().now_ms()
        told = self.offset_ms is not None and wall_ms < BUILD_DATE_MS
        return self.boottime_ms() + self.offset_ms if told and self.offset_ms is not None else wall_ms

    def told(self, offset_ms: int) -> None:
        """Take the centre's word."""
        self.offset_ms = offset_ms


def test_a_clock_that_is_right_from_the_start_is_said_once_a_boot() -> None:
    spool, clock = MemorySpool(), HandClock(T0_MS, boottime_ms=9_000)
    watch = _watch(spool, clock)
    for _ in range(5):
        watch.tick()
        clock.forward(ms=1_000)
    (event,) = _said(spool)
    assert (event.kind, event.taken_ms, event.boottime_ms) == (EventKind.CLOCK_SET, T0_MS, 9_000)
    assert event.details == {"offset_ms": T0_MS - 9_000, "source": "wall", "uncertainty_ms": 1_000}
    _watch(spool, clock).tick()  # the process starts again, the machine goes on
    assert len(_said(spool)) == 1
    _watch(spool, clock, boot="boot-2").tick()
    assert [event.kind for event in _said(spool)] == [EventKind.CLOCK_SET] * 2


@pytest.mark.parametrize("trouble", ["full", "broken"])
def test_a_word_that_the_spool_did_not_keep_is_said_again(trouble: str) -> None:
    spool, clock = MemorySpool(), HandClock(5_000, boottime_ms=5_000)
    watch = _watch(spool, clock)
    watch.tick()
    setattr(spool, trouble, True)
    clock.step_wall(T0_MS)
    watch.tick()
    setattr(spool, trouble, False)
    clock.forward(ms=AGAIN_MS)
    watch.tick()
    watch.tick()
    (word,) = spool.events(EventKind.CLOCK_SET)
    assert (word.taken_ms, word.boottime_ms) == (clock.now_ms(), clock.boottime_ms())
    setattr(spool, trouble, True)
    clock.step_wall(HOUR)
    watch.tick()
    setattr(spool, trouble, False)
    _watch(spool, clock).tick()  # killed before it could say so: the next process does
    assert [event.details["delta_ms"] for event in spool.events(EventKind.CLOCK_STEPPED)] == [HOUR]


def test_an_unset_clock_is_said_to_be_set_when_it_is() -> None:
    spool, clock = MemorySpool(), HandClock(5_000, boottime_ms=5_000)
    watch = _watch(spool, clock)
    watch.tick()
    clock.forward(ms=60_000)
    watch.tick()
    assert _said(spool) == []
    clock.step_wall(T0_MS)
    watch.tick()
    watch.tick()
    assert [(event.kind, event.taken_ms) for event in _said(spool)] == [(EventKind.CLOCK_SET, T0_MS + 65_000)]


@pytest.mark.parametrize(("step_ms", "said"), [(2_000, []), (2_001, [2_001]), (-365 * 24 * HOUR, [-365 * 24 * HOUR])])
def test_a_step_of_more_than_two_seconds_is_said(step_ms: int, said: list[int]) -> None:
    spool, clock = MemorySpool(), HandClock(T0_MS)
    watch = _watch(spool, clock)
    watch.tick()
    clock.step_wall(step_ms)
    watch.tick()
    watch.tick()
    assert [e.details["delta_ms"] for e in _said(spool) if e.kind is EventKind.CLOCK_STEPPED] == said


def test_a_step_while_the_process_was_not_running_is_said_by_the_next_one() -> None:
    spool, clock = MemorySpool(), HandClock(T0_MS)
    _watch(spool, clock).tick()
    clock.forward(ms=60_000)
    clock.step_wall(-HOUR)
    _watch(spool, clock).tick()
    _watch(spool, clock).tick()
    assert [e.details["delta_ms"] for e in _said(spool) if e.kind is EventKind.CLOCK_STEPPED] == [-HOUR]


def test_a_machine_without_a_clock_takes_the_centres_time_with_half_the_round_trip_as_uncertainty() -> None:
    spool, clock = MemorySpool(), MachineClock(1_000, boottime_ms=1_000)
    watch = _watch(spool, clock, told=True)
    watch.tick()
    watch.heard(T0_MS, 2_000, 300)
    watch.heard(T0_MS + 50, 2_025, 80)  # the more certain of the two counts
    clock.forward(ms=2_000)
    watch.tick()
    event = next(event for event in _said(spool) if event.kind is EventKind.CLOCK_SET)
    assert event.taken_ms == T0_MS + 50 + (3_000 - 1_985)
    assert (event.details["source"], event.details["uncertainty_ms"]) == ("centre", 40)
    clock.step_wall(T0_MS)  # at last a time service is reached: 1 s and a little off the centre's word
    clock.forward(ms=1)
    watch.tick()
    assert [event.kind for event in _said(spool)][-1] in {EventKind.CLOCK_STEPPED, EventKind.CLOCK_DRIFT}


def test_drift_is_measured_once_an_hour_against_the_centre() -> None:
    spool, clock = MemorySpool(), HandClock(T0_MS, boottime_ms=0)
    watch = _watch(spool, clock)
    for minute in range(121):
        # Our clocks run 50 ppm fast: the centre's is behind by 3 ms a minute.
        watch.heard(T0_MS + minute * 60_000 - minute * 3 - 20, minute * 60_000, 40)
        watch.tick()
        clock.forward(ms=60_000)
    drifts = [event.details for event in _said(spool) if event.kind is EventKind.CLOCK_DRIFT]
    assert [drift["offset_ms"] for drift in drifts] == [0, 180, 360]
    assert [drift.get("drift_ppm") for drift in drifts] == [None, 50, 50]
    assert {drift["uncertainty_ms"] for drift in drifts} == {20}
    assert DRIFT_EVERY_MS == HOUR


def test_an_ack_that_took_long_says_nothing_of_the_time() -> None:
    spool, clock = MemorySpool(), HandClock(T0_MS)
    watch = _watch(spool, clock)
    watch.heard(T0_MS, 20_000, ROUND_TRIP_MS_MAX + 1)
    watch.tick()
    assert EventKind.CLOCK_DRIFT not in {event.kind for event in _said(spool)}


def test_the_uplink_tells_the_round_trip_of_a_batch_but_not_after_sending_again(tmp_path: Path) -> None:
    world = World(tmp_path)
    told: list[tuple[int, int, int]] = []
    world.sender.on_time = lambda *time: told.append(time)
    world.connect()
    world.settle_down()
    world.forward(60_000)
    world.settle_down()
    world.accept([False])
    sent_ms = world.clock.boottime_ms()  # accepting takes its last millisecond before it sends
    world.clock.forward(ms=70)
    world.deliver_up(0)
    world.clock.forward(ms=50)
    world.deliver_ack(0)
    assert told == [(T0_MS, sent_ms + 120, 120)]
    world.accept([False])
    world.up.clear()
    world.forward(5_001)  # nothing came of it: it goes again, and the ack may be for either
    world.settle_down()
    assert len(told) == 1
    world.spool.close()


def test_the_system_clock_goes_by_the_centres_word_only_while_it_was_never_set() -> None:
    clock = SystemClock()
    before_ms = clock.now_ms()
    clock.told(10**12)
    assert before_ms > BUILD_DATE_MS
    assert abs(clock.now_ms() - before_ms) < 5_000


def _watch(spool: MemorySpool, clock: HandClock, boot: str = "boot-1", *, told: bool = False) -> ClockWatch:
    intake = Intake(spool, clock, Counters(), "gw-1")
    tell = clock.told if told and isinstance(clock, MachineClock) else None
    return ClockWatch(intake, clock, gateway="gw-1", boot=boot, told=tell)


def _said(spool: MemorySpool) -> list[DeviceEvent]:
    return [fact for fact in spool.facts if isinstance(fact, DeviceEvent)]
