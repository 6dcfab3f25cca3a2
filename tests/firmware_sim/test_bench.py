"""The bench over real pseudo-terminals, with plain os.read and os.write as host."""

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.sim_host import (
    INVENTORY_15_ROUNDS,
    READ_CONTACTS,
    READ_EIGHT,
    READ_LOAD_AND_AIR,
    STOP,
    Host,
    reads,
    registers,
)

from firmware_sim.bench import Bench
from firmware_sim.devices.modbus import crc16, sealed
from firmware_sim.faults import WAITING_MAX, Fault, Faults
from firmware_sim.port import PENDING_BYTES_MAX, PENDING_MS_MAX, Port
from firmware_sim.scenario import night_failure
from firmware_sim.truth import truth

START_MS = 1_790_000_000_000
HOUR_MS = 3_600_000


@pytest.fixture
def bench() -> Iterator[Bench]:
    with Bench(night_failure(), 1, START_MS) as bench:
        yield bench


@pytest.fixture
def bus(bench: Bench) -> Iterator[Host]:
    with Host(bench, bench.bus_path) as host:
        yield host


@pytest.fixture
def reader(bench: Bench) -> Iterator[Host]:
    with Host(bench, bench.reader_path) as host:
        yield host


def sound(answer: bytes) -> bool:
    return len(answer) > 4 and crc16(answer[:-2]).to_bytes(2, "little") == answer[-2:]


def test_one_request_gives_one_answer_with_load_and_air(bench: Bench, bus: Host) -> None:
    bench.advance(START_MS + 20_000)
    answer = bus.ask(READ_EIGHT)
    assert sound(answer)
    assert registers(answer)[2:] == (0x8000,) * 6
    assert all(25 <= value <= 50 for value in registers(answer)[:2])
    assert bench.record.answers[-1].at_ms == START_MS + 20_000
    assert bench.record.answers[-1].registers == registers(answer)


def test_both_slaves_share_the_line_and_a_third_is_silence(bench: Bench, bus: Host) -> None:
    assert bus.ask(READ_CONTACTS) == sealed(b"\x02\x02\x01\x02")
    assert len(bus.ask(READ_LOAD_AND_AIR)) == 9
    assert bus.ask(sealed(b"\x07\x03\x00\x00\x00\x02"), answers=0) == b""
    assert bus.ask(READ_CONTACTS + READ_LOAD_AND_AIR, answers=2)


def test_a_request_in_two_pieces_is_answered_once_it_is_whole(bench: Bench, bus: Host) -> None:
    bus.write(READ_LOAD_AND_AIR[:3])
    assert bench.serve(0.02) == 0
    assert sound(bus.ask(READ_LOAD_AND_AIR[3:]))


def test_serve_without_a_host_comes_back_empty(bench: Bench) -> None:
    assert bench.serve(0.0) == 0
    before_s = time.monotonic()
    assert bench.serve(0.05) == 0
    assert time.monotonic() - before_s > 0.04


def test_the_contacts_follow_every_door_and_the_mains(bench: Bench, bus: Host) -> None:
    seen: list[tuple[int, bool]] = []
    lost: list[int] = []
    before = False
    for at_ms in range(START_MS, START_MS + 5 * HOUR_MS, 2_000):
        bench.advance(at_ms)
        bits = bus.ask(READ_CONTACTS)[3]
        is_open, present = bool(bits & 1), bool(bits & 2)
        if is_open != before:
            seen.append((at_ms, is_open))
        if not present:
            lost.append(at_ms)
        before = is_open
    said = [(door["at_ms"], door["open"]) for door in truth(bench)["doors"]]
    assert len(said) == 6
    assert [is_open for _, is_open in seen] == [is_open for _, is_open in said]
    assert all(0 <= heard_ms - true_ms < 2_000 for (heard_ms, _), (true_ms, _) in zip(seen, said, strict=True))
    assert len(lost) == 90  # three minutes


def test_an_inventory_hears_the_bags_inside_and_never_the_blind_one(bench: Bench, reader: Host) -> None:
    bench.advance(START_MS + 300_000)
    reader.write(INVENTORY_15_ROUNDS)
    assert bench.serve(0.5) == 1
    bench.advance(START_MS + 301_500)
    found = reads(reader.read(1_000))
    inside = {bag["epc"] for bag in truth(bench)["bags"] if bag["intervals"] and bag["readable"]}
    strays = set(truth(bench)["strays"])
    assert len(inside) == 36
    assert {epc for epc, _ in found} - strays <= inside
    assert len(inside - {epc for epc, _ in found}) <= 2
    assert 15 * 36 * 0.55 < len(found) < 15 * 36 * 0.9
    assert all(-64 <= rssi <= -43 for epc, rssi in found if epc in inside)
    assert bench.dropped_bytes == 0


def test_a_lock_step_night_gives_the_story(bench: Bench, bus: Host) -> None:
    for at_ms in range(START_MS, START_MS + 26 * HOUR_MS + 1, 20_000):
        bench.advance(at_ms)
        bus.ask(READ_LOAD_AND_AIR)
    said = truth(bench)
    load, air = said["channels"]
    assert load["answers_sent"] == air["answers_sent"] == 26 * 180 + 1
    assert said["lost"] == 0
    for channel in (load, air):
        assert channel["samples_against_physics"] == 0
        assert channel["longest_interval_ms"] == 20_000
        assert channel["late_ms_max"] <= 20_000
        assert sum(run["finding"] for run in channel["runs"]) == 1
    (run,) = load["runs"]
    assert 2.5 * HOUR_MS < run["lasted_ms"] < 3.5 * HOUR_MS
    assert 75 <= run["peak_tenths"] <= 98
    assert len(air["runs"]) > 5
    who = {bag["epc"]: bag for bag in run["bags"]}
    labels = [bag["epc"] for bag in said["bags"]]
    assert len(who) == 39
    assert labels[34] not in who  # left before
    assert labels[39] not in who  # was inside by day only
    assert labels[41] not in who  # came after
    assert not who[labels[33]]["readable"]
    assert who[labels[37]]["exposed_to_ms"] == who[labels[37]]["out_ms"] < run["first_back_ms"]
    assert who[labels[38]]["exposed_from_ms"] == who[labels[38]]["in_ms"] > run["first_out_ms"]
    assert who[labels[0]]["exposed_to_ms"] == run["first_back_ms"]


def test_a_day_passes_quickly_where_nobody_asks(bench: Bench) -> None:
    bench.advance(START_MS + 10 * 24 * HOUR_MS)
    assert bench.fridge.at_ms == START_MS + 10 * 24 * HOUR_MS
    assert 3.4 < bench.fridge.load_celsius < 4.8


def test_the_host_reads_exactly_as_many_bytes_as_it_was_handed(bench: Bench, bus: Host) -> None:
    before = bench.handed_bytes("bus")
    read = len(bus.ask(READ_LOAD_AND_AIR)) + len(bus.ask(READ_CONTACTS))
    bench.fault("bus", Fault.CUT_SHORT)
    read += len(bus.ask(READ_EIGHT))
    assert bench.handed_bytes("bus") - before == read
    assert bench.handed_bytes("reader") == 0


def test_time_does_not_go_back(bench: Bench) -> None:
    bench.advance(START_MS + 1)
    with pytest.raises(ValueError, match="cannot go back"):
        bench.advance(START_MS)


def test_two_benches_of_one_seed_say_the_same_bytes() -> None:
    streams: list[bytes] = []
    for seed in (3, 3, 4):
        with Bench(night_failure(), seed, START_MS) as bench, Host(bench, bench.reader_path) as host:
            host.write(INVENTORY_15_ROUNDS)
            bench.serve(0.5)
            bench.advance(START_MS + 1_500)
            streams.append(host.read(1_000))
    assert streams[0] == streams[1] != streams[2]


def test_a_flipped_bit_breaks_the_crc_and_is_not_in_the_truth(bench: Bench, bus: Host) -> None:
    bench.fault("bus", Fault.FLIP_BIT)
    broken = bus.ask(READ_LOAD_AND_AIR)
    assert len(broken) == 9
    assert not sound(broken)
    assert sound(bus.ask(READ_LOAD_AND_AIR))
    said = truth(bench)
    assert said["channels"][0]["answers_sent"] == 1
    assert said["faults"] == {"flip-bit": 1}


def test_a_dropped_answer_is_silence(bench: Bench, bus: Host) -> None:
    bench.fault("bus", Fault.DROP)
    bus.write(READ_LOAD_AND_AIR)
    assert bench.serve(0.5) == 1
    assert bus.read(20) == b""
    assert bench.record.answers == []


def test_an_answer_cut_short_is_a_beginning_of_it(bench: Bench, bus: Host) -> None:
    bench.fault("bus", Fault.CUT_SHORT)
    short = bus.ask(READ_LOAD_AND_AIR)
    whole = bus.ask(READ_LOAD_AND_AIR)
    assert 0 < len(short) < len(whole)
    assert whole.startswith(short)
    assert truth(bench)["channels"][0]["answers_sent"] == 1


def test_noise_before_an_answer_leaves_the_answer_sound_and_in_the_truth(bench: Bench, bus: Host) -> None:
    bench.fault("bus", Fault.NOISE_BEFORE)
    answer = bus.ask(READ_LOAD_AND_AIR)
    assert len(answer) > 9
    assert sound(answer[-9:])
    assert truth(bench)["channels"][0]["answers_sent"] == 1


def test_a_late_answer_comes_when_its_time_has_come_and_is_not_in_the_truth(bench: Bench, bus: Host) -> None:
    bench.fault("bus", Fault.LATE, delay_ms=400)
    bus.write(READ_LOAD_AND_AIR)
    assert bench.serve(0.5) == 1
    bench.advance(START_MS + 399)
    assert bus.read(20) == b""
    bench.advance(START_MS + 400)
    assert sound(bus.read(1_000))
    assert truth(bench)["channels"][0]["answers_sent"] == 0
    assert [(answer.at_ms, answer.sound) for answer in bench.record.answers] == [(START_MS + 400, False)]


def test_a_fault_on_the_readers_line_spoils_one_notice(bench: Bench, reader: Host) -> None:
    bench.fault("reader", Fault.DROP)
    reader.write(STOP)
    assert bench.serve(0.5) == 1
    assert reader.read(20) == b""
    assert reader.ask(STOP) == bytes.fromhex("BB01280001002A7E")


def test_faults_have_a_limit_and_only_a_late_answer_has_a_delay() -> None:
    faults = Faults(1)
    for _ in range(WAITING_MAX):
        faults.next_answer(Fault.DROP)
    with pytest.raises(ValueError, match="already wait"):
        faults.next_answer(Fault.DROP)
    with pytest.raises(ValueError, match="delay_ms"):
        Faults(1).next_answer(Fault.LATE)
    with pytest.raises(ValueError, match="delay_ms"):
        Faults(1).next_answer(Fault.DROP, 5)


def test_an_unplugged_line_fails_the_host_and_a_replugged_one_serves_again(bench: Bench, tmp_path: Path) -> None:
    bench.link(tmp_path / "lines")
    name = tmp_path / "lines" / "bus"
    with Host(bench, str(name)) as host:
        assert sound(host.ask(READ_LOAD_AND_AIR))
        bench.unplug("bus")
        with pytest.raises(OSError, match="Input/output"):
            host.write(READ_LOAD_AND_AIR)
    assert not name.is_symlink()
    with pytest.raises(RuntimeError, match="replug"):
        _ = bench.bus_path
    bench.advance(START_MS + 60_000)
    assert bench.serve(0.0) == 0
    bench.replug("bus")
    assert str(name.readlink()) == bench.bus_path
    with Host(bench, str(name)) as host:
        assert sound(host.ask(READ_LOAD_AND_AIR))


def test_links_replace_links_that_stood_there_and_nothing_else(bench: Bench, tmp_path: Path) -> None:
    (tmp_path / "bus").symlink_to("/nowhere")
    (tmp_path / "reader").write_text("mine")
    with pytest.raises(FileExistsError, match="reader is there and is no link"):
        bench.link(tmp_path)
    assert (tmp_path / "reader").read_text() == "mine"
    (tmp_path / "reader").unlink()
    bench.link(tmp_path)
    assert str((tmp_path / "bus").readlink()) == bench.bus_path
    assert str((tmp_path / "reader").readlink()) == bench.reader_path
    assert sorted(path.name for path in tmp_path.iterdir()) == ["bus", "reader"]


def test_a_lost_sensor_is_said_and_not_counted_as_a_temperature(bench: Bench, bus: Host) -> None:
    bench.lose_sensor(1)
    assert registers(bus.ask(READ_LOAD_AND_AIR))[1] == 0x8000
    bench.restore_sensor(1)
    assert registers(bus.ask(READ_LOAD_AND_AIR))[1] < 100
    load, air = truth(bench)["channels"]
    assert (load["answers_sent"], load["no_sensor_answers"]) == (2, 0)
    assert (air["answers_sent"], air["no_sensor_answers"]) == (1, 1)


def test_a_host_that_fetches_nothing_blocks_nobody_and_the_loss_is_counted() -> None:
    port = Port()
    try:
        frame = bytes(range(24))
        taken = 0
        for place in range(10_000):
            taken += port.send(frame, place // 100)
            port.flush(place // 100)
        assert taken < 10_000
        assert port.dropped_bytes == (10_000 - taken) * 24
        assert PENDING_BYTES_MAX <= taken * 24 < 3 * PENDING_BYTES_MAX
        port.flush(PENDING_MS_MAX + 101)  # what waited too long would look like news
        assert len(port._pending) == 0
    finally:
        port.unplug()


class Wall:
    """A clock that a test turns; it stops the bench after its last time."""

    def __init__(self, times_ms: list[int], stop: threading.Event) -> None:
        self._times_ms = times_ms
        self._stop = stop

    def now_ms(self) -> int:
        if len(self._times_ms) == 1:
            self._stop.set()
            return self._times_ms[0]
        return self._times_ms.pop(0)


def test_running_follows_the_clock_waits_for_one_that_steps_back_and_stops(bench: Bench, bus: Host) -> None:
    stop = threading.Event()
    bus.write(READ_LOAD_AND_AIR)
    bench.run(Wall([START_MS + 26 * HOUR_MS, START_MS, START_MS + 26 * HOUR_MS + 500], stop), stop)
    assert bench.now_ms == START_MS + 26 * HOUR_MS + 500
    assert sound(bus.read(1_000))
    assert bench.record.answers[0].at_ms == START_MS + 26 * HOUR_MS


def test_closing_gives_every_descriptor_back() -> None:
    before = len(list(Path("/proc/self/fd").iterdir()))
    for _ in range(3):
        with Bench(night_failure(), 1, START_MS) as bench:
            bench.replug("bus")
            bench.unplug("reader")
            bench.replug("reader")
    assert len(list(Path("/proc/self/fd").iterdir())) == before
