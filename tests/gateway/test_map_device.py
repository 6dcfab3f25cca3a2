"""Devices by register map behind the whole edge: power-on values, far registers, own contacts, stored extremes."""

from dataclasses import replace
from pathlib import Path
from random import Random

import pytest
from support.register_lines import POLL_MS, RegisterLine

from coldchain.facts import EventKind, Quality
from firmware_sim.devices.r4dcb08 import R4dcb08, register_of
from firmware_sim.devices.registers import HOLDING, FloatMeter, FridgeController, HumidityTransmitter, RegisterSlave
from firmware_sim.faults import Fault
from gateway.decoders.register_map_file import placed, read_map
from gateway.links.modbus_link import LATE_ANSWER_MS
from gateway.maps import load_map
from gateway.plan import DevicePlan

MINUTE = 60_000
CONTROLLER = b"""
format = 1
name = "own"
version = 3
en = "A controller of one's own"
zh = "controller"
source = "its sheet"
confirmed = true
[reading]
function = 3
type = "int16"
order = "ABCD"
scale = "0.1"
least = "-100"
most = "100"
no_sensor = [0x8000]
[channel.room]
register = 256
stored_min = 300
stored_max = 301
fault_bits = [{ function = 3, address = 512, bit = 5 }]
[contact.door]
function = 3
address = 512
bit = 2
kind = "door"
"""


def device(name: str, channels: dict[str, str], **more: object) -> DevicePlan:
    plan = DevicePlan(slave=1, map=load_map(name), channels=channels, poll_ms=POLL_MS)
    return replace(plan, **more)  # type: ignore[arg-type]


def controller_line() -> tuple[RegisterLine, FridgeController]:
    slave = FridgeController(1)
    plan = DevicePlan(
        slave=1,
        map=read_map(CONTROLLER, "own"),
        channels={"room": "fridge-1-air"},
        contacts={"door": "fridge-1-door"},
        poll_ms=POLL_MS,
    )
    return RegisterLine([slave], [plan]), slave


def test_a_transmitter_and_a_meter_share_a_line() -> None:
    transmitter, meter = HumidityTransmitter(1), FloatMeter(2)
    transmitter.set(4.2, 61.0)
    meter.set(7.0, 25.0)
    floats = replace(device("float32-cdab", {"1": "water"}), slave=2, map=placed(load_map("float32-cdab"), {"1": 2}))
    line = RegisterLine([transmitter, meter], [device("xy-md02-x10", {"0": "air"}), floats])
    line.run(MINUTE)
    assert set(line.said("air")) == {(4_200_000, Quality.GOOD)}
    assert set(line.said("water")) == {(25_000_000, Quality.GOOD)}
    assert len(line.said("air")) == len(line.said("water")) == 3
    assert [(state.kind, state.address, state.silent) for state in line.edge.devices()] == [
        ("xy-md02-x10", "1", False),
        ("float32-cdab", "2", False),
    ]


def test_a_transmitter_that_says_hundredths_gives_no_temperature_by_the_map_for_tenths() -> None:
    transmitter = HumidityTransmitter(1, per_degree=100)
    transmitter.set(4.0, 55.0)
    line = RegisterLine([transmitter], [device("xy-md02-x10", {"0": "air"})])
    line.run(MINUTE)
    assert set(line.said("air")) == {(None, Quality.IMPLAUSIBLE)}
    hundredths = RegisterLine([transmitter], [device("xy-md02-x100", {"0": "air"})])
    hundredths.run(MINUTE)
    assert set(hundredths.said("air")) == {(4_000_000, Quality.GOOD)}


def test_what_a_probe_says_after_a_reset_is_looked_at_once_more_a_second_later() -> None:
    collector = R4dcb08(1)
    collector.registers[:2] = [register_of(85.0), register_of(4.0)]
    line = RegisterLine([collector], [device("r4dcb08", {"0": "load", "1": "air"})])
    line.run(500)
    assert (line.said("load"), line.said("air")) == ([], [(4_000_000, Quality.GOOD)])
    collector.registers[0] = register_of(3.9)
    line.run(2_000)
    assert line.said("load") == [(3_900_000, Quality.GOOD)]
    assert len(line.said("air")) == 1, "one turn gives one sample a channel"
    line.run(MINUTE)
    assert len(line.said("load")) == len(line.said("air")) == 4


def test_a_probe_that_stays_at_its_power_on_value_is_implausible() -> None:
    collector = R4dcb08(1)
    collector.registers[0] = register_of(85.0)
    line = RegisterLine([collector], [device("r4dcb08", {"0": "load"})])
    line.run(MINUTE)
    assert set(line.said("load")) == {(None, Quality.IMPLAUSIBLE)}
    assert len(line.said("load")) == 3


def test_far_apart_registers_are_asked_for_in_turn_and_all_or_none_of_them_count() -> None:
    slave = RegisterSlave(1)
    slave.tables[HOLDING] = dict.fromkeys([0, 1, 2, 1_000, 1_001, 1_002], 0) | {0: 40, 1_000: 55}
    map_ = placed(load_map("controller-x10"), {"room": 0, "evaporator": 1_000})
    plan = device("controller-x10", {"room": "air", "evaporator": "coil"}, map=map_)
    line = RegisterLine([slave], [plan])
    line.run(500)
    assert [frame[:6].hex() for frame in line.asked] == ["010300000001", "010303e80001"]
    assert (line.said("air"), line.said("coil")) == ([(4_000_000, Quality.GOOD)], [(5_500_000, Quality.GOOD)])
    del slave.tables[HOLDING][1_000]
    line.run(5 * MINUTE)
    assert len(line.said("air")) == len(line.said("coil")) == 1
    assert {event.details["reason"] for event in line.spool.events(EventKind.DEVICE_SILENT)} == {"exception-2"}


@pytest.mark.parametrize("strict", [False, True], ids=["lenient", "strict"])
@pytest.mark.parametrize("seed", range(4))
def test_a_late_answer_is_never_the_value_of_another_register_however_late_it_is(seed: int, strict: bool) -> None:
    slave = RegisterSlave(1)
    filler = {} if strict else dict.fromkeys(range(200), 999) | dict.fromkeys(range(1_000, 1_200), 999)
    slave.tables[HOLDING] = filler | {0: 40, 1_000: 555}
    map_ = placed(load_map("controller-x10"), {"room": 0, "evaporator": 1_000})
    plan = device("controller-x10", {"room": "air", "evaporator": "coil"}, map=map_, poll_ms=2_000)
    line = RegisterLine([slave], [plan])
    random = Random(seed)

    def trouble() -> None:
        chance = random.random()
        if chance < 0.15:
            line.line.faults.next_answer(Fault.LATE, random.randrange(290, 8_000 if not strict else 1_300))
        elif chance < 0.3:
            line.line.faults.next_answer(Fault.NOISE_BEFORE)

    line.trouble = trouble
    line.run(60 * MINUTE)
    assert set(line.said("air")) == {(4_000_000, Quality.GOOD)}
    assert set(line.said("coil")) == {(55_500_000, Quality.GOOD)}
    assert line.counters.poll_failures["no-answer"] >= 30
    assert len(line.said("air")) >= 200


def test_the_devices_own_door_and_its_broken_probe_are_heard() -> None:
    line, slave = controller_line()
    line.run(MINUTE)
    slave.turn(FridgeController.DOOR_BIT, on=True)
    line.run(MINUTE)
    slave.turn(FridgeController.DOOR_BIT, on=False)
    slave.turn(FridgeController.BROKEN_BIT, on=True)
    line.run(MINUTE)
    kinds = [event.kind for event in line.spool.events(EventKind.DOOR_OPENED, EventKind.DOOR_CLOSED)]
    assert kinds[-2:] == [EventKind.DOOR_OPENED, EventKind.DOOR_CLOSED]
    said = line.said("fridge-1-air")
    assert (said[0], said[-1]) == ((4_000_000, Quality.GOOD), (None, Quality.FAULT))


def test_after_a_silence_the_extremes_that_the_controller_kept_are_reported_once() -> None:
    line, slave = controller_line()
    line.run(MINUTE)
    (first,) = line.spool.events(EventKind.STORED_EXTREMES)
    assert (first.origin, first.earliest_ms) == ("fridge-1-air", None), "at a start nobody knows since when"
    line.mute = True
    last_good_ms = line.spool.samples()[-1].taken_ms
    line.run(10 * MINUTE)
    slave.measure(11.5)
    slave.measure(4.5)
    line.mute = False
    line.run(5 * MINUTE)
    (_, after) = line.spool.events(EventKind.STORED_EXTREMES)
    assert after.details == {"min_micro_celsius": 4_000_000, "max_micro_celsius": 11_500_000}
    assert after.earliest_ms is not None
    assert last_good_ms <= after.earliest_ms <= last_good_ms + 100
    assert line.said("fridge-1-air")[-1] == (4_500_000, Quality.GOOD)


def test_extremes_that_cannot_be_read_do_not_make_a_device_silent() -> None:
    line, slave = controller_line()
    del slave.tables[HOLDING][301]
    line.run(5 * MINUTE)
    assert line.spool.events(EventKind.STORED_EXTREMES, EventKind.DEVICE_SILENT) == []
    assert len(line.said("fridge-1-air")) == 15
    asked = len(line.asked)
    line.run(5 * MINUTE)
    assert len(line.asked) == asked + 2 * 15, "after some tries they are left alone"


def test_an_adapter_that_hears_itself_and_noise_do_no_harm() -> None:
    line, _ = controller_line()
    line.line.echo = True
    for _ in range(20):
        line.line.faults.next_answer(Fault.NOISE_BEFORE)
    line.run(5 * MINUTE)
    assert set(line.said("fridge-1-air")) == {(4_000_000, Quality.GOOD)}
    assert len(line.said("fridge-1-air")) == 15


def test_wrong_crcs_and_half_frames_give_no_value_and_are_counted() -> None:
    line, _ = controller_line()
    for _ in range(6):
        line.line.faults.next_answer(Fault.FLIP_BIT)
        line.line.faults.next_answer(Fault.CUT_SHORT)
    line.run(10 * MINUTE)
    assert set(line.said("fridge-1-air")) == {(4_000_000, Quality.GOOD)}
    assert line.counters.rejected.total() >= 12


def test_a_line_with_parity_is_opened_with_it() -> None:
    line = RegisterLine([HumidityTransmitter(1)], [device("xy-md02-x10", {"0": "air"})], framing="8E1")
    line.run(MINUTE)
    assert line.framings == ["8E1"]
    assert line.said("air")


def test_a_device_that_is_gone_leaves_the_line_to_the_others(tmp_path: Path) -> None:
    plans = [replace(device("xy-md02-x10", {"0": f"air-{i}"}, poll_ms=5_000), slave=i) for i in (1, 2, 3)]
    line = RegisterLine([HumidityTransmitter(1)], plans)
    line.run(10 * MINUTE)
    gone = [frame for frame in line.asked if frame[0] in {2, 3}]
    assert len(gone) * (300 + LATE_ANSWER_MS) < MINUTE, "two dead devices cost less than a tenth of the time"
    assert len(line.said("air-1")) >= 115


def test_a_plan_that_no_map_can_read_is_our_own_mistake() -> None:
    with pytest.raises(ValueError, match="cannot read channel"):
        RegisterLine([], [device("controller-x10", {"room": "air"})])
