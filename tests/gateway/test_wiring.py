"""What a gateway says of its wiring: at first, and when it is another one; nothing after a mere restart."""

from collections.abc import Mapping

from support.hand_clock import HandClock
from support.memory_spool import MemorySpool
from support.spools import T0_MS

from coldchain.facts import EventKind
from gateway.counters import Counters
from gateway.intake import Intake
from gateway.maps import load_map, shipped
from gateway.plan import BusPlan, DevicePlan, EdgePlan, TemperaturePlan, W1Plan
from gateway.wiring import AGAIN_MS, TEXT_MAX, Wire, WiringWatch, wires_of


def test_the_wiring_of_a_probe_is_its_line_its_address_and_how_its_numbers_are_read() -> None:
    one, other = [load_map(name) for name in shipped()[:2]]
    device = DevicePlan(slave=7, map=one, channels={"0": "p-3"}, poll_ms=1_000)
    plan = EdgePlan(
        gateway="gw-1",
        buses=(
            BusPlan(
                port="/dev/ttyUSB0",
                temperature=(TemperaturePlan(slave=1, channels={0: "p-1", 1: "p-2"}, poll_ms=1_000),),
                devices=(device,),
            ),
        ),
        w1=(W1Plan(folder="/sys/w1", probes={"28-1": "p-4"}, poll_ms=1_000),),
    )
    wires = wires_of(plan)
    assert {probe: (wire.line, wire.channel) for probe, wire in wires.items()} == {
        "p-1": ("/dev/ttyUSB0", "1/0"),
        "p-2": ("/dev/ttyUSB0", "1/1"),
        "p-3": ("/dev/ttyUSB0", "7/0"),
        "p-4": ("/sys/w1", "28-1"),
    }
    assert len({wire.digest for wire in wires.values()}) == 4
    read_otherwise = DevicePlan(slave=7, map=other, channels={"0": "p-3"}, poll_ms=1_000)
    changed = wires_of(EdgePlan(gateway="gw-1", buses=(BusPlan(port="/dev/ttyUSB0", devices=(read_otherwise,)),)))
    assert changed["p-3"].digest != wires["p-3"].digest
    slower = DevicePlan(slave=7, map=one, channels={"0": "p-3"}, poll_ms=9_000)
    same = wires_of(EdgePlan(gateway="gw-1", buses=(BusPlan(port="/dev/ttyUSB0", baud=4_800, devices=(slower,)),)))
    assert same["p-3"].digest == wires["p-3"].digest


def test_it_is_said_at_first_and_on_change_and_not_after_a_restart() -> None:
    spool, clock = MemorySpool(), HandClock(T0_MS, boottime_ms=9_000)
    before = {"p-1": Wire(line="a", channel="1/0", meaning=""), "p-2": Wire(line="a", channel="1/1", meaning="")}
    _start(spool, clock, before)
    _start(spool, clock, before)
    assert [event.origin for event in spool.events(EventKind.WIRING)] == ["p-1", "p-2"]
    _start(spool, clock, {})  # left out of the settings for a while
    _start(spool, clock, before | {"p-2": Wire(line="b", channel="1/1", meaning="")})
    *_, last = spool.events(EventKind.WIRING)
    assert len(spool.events(EventKind.WIRING)) == 3
    assert (last.origin, last.details["line"], last.details["before"]) == ("p-2", "b", before["p-2"].digest)


def test_what_the_spool_did_not_keep_is_said_again() -> None:
    spool, clock = MemorySpool(), HandClock(T0_MS, boottime_ms=9_000)
    spool.full = True
    watch = WiringWatch(_intake(spool, clock), clock, {"p-1": Wire(line="x" * 300, channel="0", meaning="")})
    watch.tick()
    spool.full = False
    watch.tick()
    assert spool.events(EventKind.WIRING) == []
    clock.forward(ms=AGAIN_MS)
    watch.tick()
    (event,) = spool.events(EventKind.WIRING)
    assert event.details["line"] == "x" * TEXT_MAX


def test_a_word_that_was_not_kept_at_once_speaks_of_when_it_was_to_be_said() -> None:
    spool, clock = MemorySpool(), HandClock(T0_MS, boottime_ms=9_000)
    spool.full = True
    watch = WiringWatch(_intake(spool, clock), clock, {"p-1": Wire(line="a", channel="0", meaning="")})
    watch.tick()
    clock.step_wall(3_600_000)
    spool.full = False
    clock.forward(ms=AGAIN_MS)
    watch.tick()
    (event,) = spool.events(EventKind.WIRING)
    assert (event.taken_ms, event.boottime_ms) == (T0_MS + 3_600_000, 9_000), "on the clock as it goes now"
    assert event.latest_ms == event.taken_ms


def _intake(spool: MemorySpool, clock: HandClock) -> Intake:
    return Intake(spool, clock, Counters(), "gw-1")


def _start(spool: MemorySpool, clock: HandClock, wires: Mapping[str, Wire]) -> None:
    watch = WiringWatch(_intake(spool, clock), clock, wires)
    for _ in range(3):
        watch.tick()
        clock.forward(ms=AGAIN_MS)
