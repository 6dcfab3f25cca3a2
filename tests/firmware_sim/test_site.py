"""A site of many places: what its contacts and probes say, and what a person may do to it."""

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from support.polled_site import READ_EIGHT, READ_EIGHT_INPUTS, START_MS, poll_to, polled

from firmware_sim.bench import Bench
from firmware_sim.control import ACTIONS, LINE_BYTES_MAX, MINUTES_MAX, CommandError, answer, parse
from firmware_sim.physics import SWITCHINGS_MAX, Build, Fridge
from firmware_sim.scenario import night_failure, storage_point
from firmware_sim.site import Site
from firmware_sim.story import build_of
from firmware_sim.timeline import What
from firmware_sim.truth import truth_of

MINUTE_MS, HOUR_MS = 60_000, 3_600_000
DOOR_1, MAINS, DOOR_2, FREEZER_DOOR, DEFROST, PLATELET_DOOR, MOTION, UPS = range(8)


@pytest.fixture
def bench() -> Iterator[Bench]:
    with Bench(storage_point(), 1, START_MS) as bench:
        yield bench


def inputs(site: Site) -> list[bool]:
    (reply,) = site.hear("bus", READ_EIGHT_INPUTS)
    bits = reply.frame[3]
    return [bool(bits >> place & 1) for place in range(8)]


def registers(site: Site) -> list[int]:
    (reply,) = site.hear("bus", READ_EIGHT)
    assert reply.temperature is not None
    return [word if word < 0x8000 else word - 0x10000 for word in reply.temperature.registers]


def set_inputs(site: Site) -> set[int]:
    return {place for place, on in enumerate(inputs(site)) if on}


def do(bench: Bench, line: str) -> dict[str, Any]:
    said: dict[str, Any] = json.loads(answer(bench, line.encode()))
    return said


def test_at_first_everything_is_normal_and_every_channel_measures(bench: Bench) -> None:
    assert set_inputs(bench.site) == {MAINS, MOTION}
    assert registers(bench.site) == [40, 40, 38, 38, -270, -270, 220, 220]
    assert bench.lines == ("bus", "reader-1", "reader-2", "dock")


def test_each_reader_hears_the_bags_of_its_own_place(bench: Bench) -> None:
    inventory = bytes.fromhex("BB002700032200645B7E".replace("645B", "64B0"))
    bags = truth_of(bench.record, bench.now_ms)["bags"]
    for line, place in (("reader-1", "fridge-1"), ("reader-2", "fridge-2")):
        bench.site.readers[line].receive(inventory, bench.now_ms)
        heard = b"".join(frame for name, frame in bench.site.advance(bench.now_ms + 10_000) if name == line)
        readable = [bag for bag in bags if bag["readable"] and bag["intervals"]]
        inside = {bag["epc"] for bag in readable if bag["intervals"][0]["place"] == place}
        others = {bag["epc"] for bag in readable} - inside
        assert all(bytes.fromhex(epc) in heard for epc in inside)
        assert not any(bytes.fromhex(epc) in heard for epc in others)
        assert len(inside) in {36, 9}


def test_without_mains_the_ups_says_so_the_agitator_stops_and_the_devices_answer(bench: Bench) -> None:
    assert do(bench, '{"do": "power-cut", "minutes": 3}')["until_ms"] == START_MS + 3 * MINUTE_MS
    assert set_inputs(bench.site) == {UPS}
    bench.advance(START_MS + 3 * MINUTE_MS - 1)
    assert set_inputs(bench.site) == {UPS}
    assert len(registers(bench.site)) == 8
    bench.advance(START_MS + 3 * MINUTE_MS)
    assert set_inputs(bench.site) == {MAINS, MOTION}
    assert bench.status()["actions"] == {}


def test_what_is_said_again_lasts_longer_and_never_shorter(bench: Bench) -> None:
    do(bench, '{"do": "open-door", "minutes": 2}')
    bench.advance(START_MS + MINUTE_MS)
    assert do(bench, '{"do": "open-door", "minutes": 10}')["until_ms"] == START_MS + 11 * MINUTE_MS
    assert do(bench, '{"do": "open-door", "minutes": 1}')["until_ms"] == START_MS + 11 * MINUTE_MS
    assert DOOR_1 in set_inputs(bench.site)
    assert do(bench, '{"do": "end", "what": "open-door"}') == {"done": True, "do": "end", "what": "open-door"}
    assert set_inputs(bench.site) == {MAINS, MOTION}
    assert do(bench, '{"do": "end", "what": "open-door"}')["done"]  # it is over already


def test_a_door_that_the_story_shuts_stays_open_while_a_person_holds_it(bench: Bench) -> None:
    bench.advance(START_MS + HOUR_MS)
    do(bench, '{"do": "open-door", "minutes": 30}')
    bench.advance(START_MS + HOUR_MS + 20 * MINUTE_MS)  # the story opened and shut it at 1:05
    assert DOOR_1 in set_inputs(bench.site)
    bench.advance(START_MS + HOUR_MS + 30 * MINUTE_MS)
    assert DOOR_1 not in set_inputs(bench.site)
    changes = [change.on for change in bench.record.contacts["fridge-1-door"].changes]
    assert changes == [True, False]


def test_a_compressor_that_dies_by_order_warms_the_air_by_about_a_kelvin_a_minute(bench: Bench) -> None:
    bench.advance(START_MS + 30 * MINUTE_MS)
    before = bench.fridge.air_celsius
    do(bench, '{"do": "compressor"}')
    bench.advance(START_MS + 35 * MINUTE_MS)
    assert 3.5 < bench.fridge.air_celsius - before < 7.5
    bench.advance(START_MS + 60 * MINUTE_MS - 1)
    assert bench.fridge.air_celsius > 10.0
    assert bench.fridge.load_celsius > 6.0
    other = bench.site.cabinets["fridge-2"]
    assert other.air_celsius < 6.0
    bench.advance(START_MS + 4 * HOUR_MS)
    assert bench.fridge.load_celsius < 6.0
    assert not bench.fridge.fan_heats


def test_an_adapter_that_is_pulled_by_order_comes_back(bench: Bench) -> None:
    do(bench, '{"do": "unplug", "minutes": 1}')
    with pytest.raises(RuntimeError, match="replug"):
        _ = bench.bus_path
    assert bench.path("reader-1")
    bench.advance(START_MS + MINUTE_MS)
    assert bench.bus_path


def test_the_status_says_what_is_so(bench: Bench) -> None:
    do(bench, '{"do": "drop-box-network"}')
    said = do(bench, '{"do": "status"}')
    assert said["actions"] == {"drop-box-network": START_MS + 5 * MINUTE_MS}
    assert said["places"]["freezer-1"] == {"load_celsius": -27.0, "air_celsius": -27.0, "open": False}
    assert said["places"].keys() == {"fridge-1", "fridge-2", "freezer-1", "platelet-1", "box-1"}
    assert (said["mains_present"], said["box"]["rows"], said["box"]["network"]) == (True, 0, False)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (b"", "not a line of JSON"),
        (b"power-cut", "not a line of JSON"),
        (b"[" * 3_000, "not a line of JSON"),
        (b"\xff\xfe", "not a line of JSON"),
        (b'"power-cut"', "not an object"),
        (b"{}", "'do' must be one of: power-cut, open-door, compressor, unplug, drop-box-network, end, status"),
        (b'{"do": "explode"}', "'do' must be"),
        (b'{"do": ["power-cut"]}', "'do' must be"),
        (b'{"do": "power-cut", "minutes": 0}', "1 to 1440"),
        (b'{"do": "power-cut", "minutes": 1441}', "1 to 1440"),
        (b'{"do": "power-cut", "minutes": 2.5}', "1 to 1440"),
        (b'{"do": "power-cut", "minutes": true}', "1 to 1440"),
        (b'{"do": "power-cut", "minutes": "5"}', "1 to 1440"),
        (b'{"do": "power-cut", "hours": 5}', "unknown: hours"),
        (b'{"do": "end", "what": "status"}', "'what' must name"),
        (b'{"do": "end", "what": ["x"]}', "'what' must name"),
        (b"x" * (LINE_BYTES_MAX + 1), "at most 4096 bytes"),
    ],
)
def test_a_line_that_cannot_be_done_is_answered_with_what_is_allowed(bench: Bench, line: bytes, message: str) -> None:
    assert message in json.loads(answer(bench, line))["error"]
    with pytest.raises(CommandError):
        parse(line)
    assert bench.status()["actions"] == {}


def test_every_action_has_its_minutes() -> None:
    assert {do: parse(json.dumps({"do": do}).encode()).minutes for do in ACTIONS} == ACTIONS
    assert parse(b'{"do": "compressor", "minutes": 1440}').minutes == MINUTES_MAX


def test_a_site_without_a_box_has_no_box_network_to_drop() -> None:
    with Bench(night_failure(), 1, START_MS) as bench:
        assert "no courier's box" in do(bench, '{"do": "drop-box-network"}')["error"]
        assert bench.status()["actions"] == {}
        assert do(bench, '{"do": "power-cut"}')["done"]


def test_two_sites_of_one_seed_say_the_same_and_another_seed_something_else() -> None:
    def said(seed: int) -> str:
        site = polled(storage_point(), seed, START_MS + 2 * HOUR_MS)
        return json.dumps(truth_of(site.record, site.now_ms))

    first = said(3)
    assert first == said(3)
    assert first != said(4)


def test_a_box_that_is_relived_in_one_step_has_the_same_memory_under_the_same_numbers() -> None:
    lived = Site(storage_point(), 2, START_MS)
    poll_to(lived, START_MS + 22 * HOUR_MS)
    relived = Site(storage_point(), 2, START_MS)
    relived.advance(START_MS + 22 * HOUR_MS)
    assert lived.box is not None
    assert relived.box is not None
    assert lived.box.memory.last_seq == relived.box.memory.last_seq > 500
    assert lived.box.batch(0, 500).payload == relived.box.batch(0, 500).payload
    assert lived.record.readings == relived.record.readings


def test_a_freezer_defrosts_on_its_controllers_clock_and_not_without_mains() -> None:
    freezer = Fridge(build_of(storage_point(), 1, "freezer-1"), START_MS, ())
    freezer.run_to(START_MS + 12 * HOUR_MS)
    assert [(s.at_ms - START_MS, s.on) for s in freezer.defrosts] == [
        (13_200_000, True),
        (14_700_000, False),
        (13_200_000 + 8 * HOUR_MS, True),
    ]
    freezer.mains_present = False
    freezer.run_to(START_MS + 12 * HOUR_MS + 1_000)
    assert freezer.defrosts[-1] == (START_MS + 12 * HOUR_MS, False)
    assert not freezer.defrosting


def test_defrosts_have_a_limit_and_what_does_not_fit_is_counted() -> None:
    build = build_of(storage_point(), 1, "freezer-1")
    hectic = Fridge(replace(build, defrost_first_s=0.0, defrost_every_s=2.0, defrost_for_s=1.0), 0, ())
    hectic.run_to((SWITCHINGS_MAX + 50) * 1_000)
    assert len(hectic.defrosts) == SWITCHINGS_MAX
    assert 40 <= hectic.defrosts_lost <= 60


def test_an_incubator_heats_in_a_cold_room_and_cools_in_a_warm_one() -> None:
    build: Build = build_of(storage_point(), 1, "platelet-1")
    for ambient in (10.0, 30.0):
        incubator = Fridge(replace(build, ambient_celsius=ambient), 0, ())
        incubator.run_to(12 * HOUR_MS)
        assert 21.0 < incubator.air_celsius < 23.0
        assert 21.0 < incubator.load_celsius < 23.0
        moves = [incubator.agitating]
        incubator.mains_present = False
        incubator.run_to(24 * HOUR_MS)
        assert [*moves, incubator.agitating] == [True, False]
        assert abs(incubator.load_celsius - ambient) < 3.0


def test_a_cut_cable_stays_cut_until_its_last_cause_is_gone(bench: Bench) -> None:
    bench.lose_sensor(3)
    bench.site.turn(What.SENSOR_LOST, "fridge-2-air", "mouse", on=True)
    bench.restore_sensor(3)
    assert registers(bench.site)[3] == -0x8000
    bench.site.turn(What.SENSOR_LOST, "fridge-2-air", "mouse", on=False)
    assert registers(bench.site)[3] == 38
