"""Event cycles of readers that are asked for each round, with the simulated reader of each family on a hand clock."""

from collections.abc import Callable, Iterable
from itertools import pairwise

import pytest
from support.fake_ports import FakePorts
from support.hand_clock import HandClock
from support.simulated_readers import BAG, KINDS, OTHER, Kind, Wire, put

from firmware_sim.devices.a0_reader import A0Reader
from firmware_sim.devices.chafon_reader import ChafonReader
from firmware_sim.devices.hf_reader import HfReader, frame
from gateway.counters import Counters
from gateway.decoders.a0 import REAL_TIME
from gateway.decoders.chafon import start_round
from gateway.links.asked_link import ATTEMPTS
from gateway.links.cycles import CycleDone, CycleLink, Rssi
from gateway.links.readers import open_cycles
from gateway.links.tally import TAGS_MAX
from gateway.plan import ReaderPlan

A0, CHAFON, CHAFON_18, HF = KINDS
kind_of = pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.protocol)


class Bench:
    def __init__(self, kind: Kind, *antennas: int) -> None:
        self.kind = kind
        self.clock = HandClock()
        self.counters = Counters()
        self.device = kind.make()
        self.wire = Wire(self.clock, self.device)
        self.ports = FakePorts()
        self.ports.ports["reader"] = self.wire.port
        plan = ReaderPlan(id="r", port="reader", door="d", protocol=kind.protocol, antennas=antennas or (1,))
        self.link: CycleLink = open_cycles(plan, self.ports.open, self.clock, self.counters)

    def put(self, tag: str, antenna: int = 1) -> None:
        put(self.device, tag, self.kind.strength, antenna)

    def cycle(self, cycle_ms: int = 1_000, meanwhile: Callable[[], None] = lambda: None) -> CycleDone:
        assert self.link.start(cycle_ms)
        for _ in range(2_000):
            self.clock.wait(self.link.due_ms - self.clock.boottime_ms())
            meanwhile()
            done = self.link.step()
            if done is not None:
                assert not self.link.busy
                return done
        raise AssertionError("the cycle never ended")


@kind_of
def test_a_cycle_gives_one_summary_a_tag(kind: Kind) -> None:
    bench = Bench(kind)
    for bag in kind.bags:
        bench.put(bag)
    start_ms = bench.clock.now_ms()
    done = bench.cycle()
    assert (done.fault, done.rejected, done.start_ms) == ("", 0, start_ms)
    assert [tag.epc for tag in done.tags] == sorted(kind.bags)
    assert {tag.antenna for tag in done.tags} == {1}
    assert 4 <= done.rounds <= 12
    assert all(tag.count == done.rounds for tag in done.tags)
    assert done.reads == 2 * done.rounds
    assert all(start_ms < tag.first_ms < tag.last_ms <= done.end_ms for tag in done.tags)
    assert done.end_ms <= start_ms + 1_000 + 2 * kind.round_ms + 100
    assert all(kind.said - 2 <= tag.best_rssi_dbm <= kind.said + 2 for tag in done.tags)
    assert bench.cycle().fault == ""


@pytest.mark.parametrize(
    ("kind", "rssi"), [(A0, Rssi.DBM), (CHAFON, Rssi.RAW), (CHAFON_18, Rssi.NONE), (HF, Rssi.NONE)]
)
def test_a_cycle_says_what_its_signal_strengths_are(kind: Kind, rssi: Rssi) -> None:
    assert Bench(kind).cycle().rssi is rssi


@kind_of
def test_an_empty_cabinet_is_a_complete_cycle(kind: Kind) -> None:
    done = Bench(kind).cycle()
    assert (done.fault, done.tags, done.reads) == ("", (), 0)
    assert done.rounds >= 4


@kind_of
def test_a_reader_that_sleeps_gives_no_evidence_and_is_not_waited_for_long(kind: Kind) -> None:
    bench = Bench(kind)
    bench.wire.asleep = True
    start_ms = bench.clock.now_ms()
    done = bench.cycle()
    assert (done.fault, done.tags, done.rounds) == ("no-answer", (), 0)
    assert len(bench.wire.port.written) == ATTEMPTS
    assert done.end_ms - start_ms <= ATTEMPTS * 1_600


@kind_of
def test_a_reader_that_falls_asleep_in_its_cycle_gives_no_evidence_and_what_it_said_is_handed_on(kind: Kind) -> None:
    bench = Bench(kind)
    bench.put(kind.bags[0])
    end_ms = bench.clock.now_ms() + 500

    def fall_asleep() -> None:
        bench.wire.asleep = bench.clock.now_ms() >= end_ms

    done = bench.cycle(meanwhile=fall_asleep)
    assert (done.fault, [tag.epc for tag in done.tags]) == ("not-stopped", [kind.bags[0]])


@kind_of
def test_one_lost_answer_is_asked_for_again_and_the_cycle_is_complete(kind: Kind) -> None:
    bench = Bench(kind)
    bench.put(kind.bags[0])
    lost = [True]

    def lose_first(data: bytes) -> bytes:
        return b"" if lost and lost.pop() else data

    bench.wire.spoil = lose_first
    done = bench.cycle(cycle_ms=2_500)
    assert (done.fault, [tag.epc for tag in done.tags]) == ("", [kind.bags[0]])


@kind_of
def test_what_was_heard_before_the_adapter_went_is_handed_on(kind: Kind) -> None:
    bench = Bench(kind)
    bench.put(kind.bags[0])
    unplug_ms = bench.clock.now_ms() + 500

    def unplug() -> None:
        bench.wire.port.plugged = bench.clock.now_ms() < unplug_ms

    done = bench.cycle(meanwhile=unplug)
    assert (done.fault, [tag.epc for tag in done.tags]) == ("no-port", [kind.bags[0]])
    assert not bench.link.start(1_000)
    assert not bench.link.busy


@kind_of
def test_noise_on_the_line_is_counted_and_costs_at_most_rounds(kind: Kind) -> None:
    bench = Bench(kind)
    bench.put(kind.bags[0])
    number = [0]

    def spoil(data: bytes) -> bytes:
        number[0] += 1
        return b"\x00\xff\xa0\x7e" + data if number[0] % 2 else data[:-1] + bytes((data[-1] ^ 0x10,))

    bench.wire.spoil = spoil
    done = bench.cycle(cycle_ms=5_000)
    assert [tag.epc for tag in done.tags] == [kind.bags[0]]
    assert done.rejected > 3
    assert bench.counters.rejected["checksum"] > 0


@kind_of
def test_an_adapter_that_echoes_what_we_say_does_no_harm(kind: Kind) -> None:
    bench = Bench(kind)
    bench.put(kind.bags[0])
    answer = bench.wire.port.answer
    bench.wire.port.answer = lambda data: [(0, data), *answer(data)]
    done = bench.cycle()
    assert (done.fault, [tag.epc for tag in done.tags]) == ("", [kind.bags[0]])
    assert done.rejected >= done.rounds >= 3


def test_an_answer_that_comes_late_from_one_antenna_does_not_end_the_round_of_another() -> None:
    bench = Bench(CHAFON, 1, 2)
    bench.put(BAG, 1)
    bench.put(OTHER, 2)
    late = [True]

    def first_answer_late(data: bytes) -> bytes:
        if not late:
            return data
        late.clear()
        bench.wire.port.hear(data, after_ms=1_550)  # the question has been put again by then, and is answered as well
        return b""

    bench.wire.spoil = first_answer_late
    done = bench.cycle(cycle_ms=100)
    assert done.fault == ""
    assert [(tag.epc, tag.antenna) for tag in done.tags] == [(BAG, 1), (OTHER, 2)]


@pytest.mark.parametrize("kind", [A0, CHAFON], ids=lambda kind: kind.protocol)
def test_each_antenna_in_use_has_its_rounds(kind: Kind) -> None:
    bench = Bench(kind, 1, 3, 4)
    bench.put(BAG, 1)
    bench.put(BAG, 4)
    bench.put(OTHER, 3)
    bench.put("E200AAAA", 2)  # nobody asks for antenna 2
    done = bench.cycle()
    assert done.fault == ""
    assert [(tag.epc, tag.antenna) for tag in done.tags] == [(BAG, 1), (BAG, 4), (OTHER, 3)]


@pytest.mark.parametrize("kind", [A0, CHAFON], ids=lambda kind: kind.protocol)
def test_every_antenna_has_a_round_however_short_the_cycle(kind: Kind) -> None:
    bench = Bench(kind, 1, 2, 3, 4)
    for antenna in (1, 2, 3, 4):
        bench.put(f"E200000{antenna}", antenna)
    done = bench.cycle(cycle_ms=100)
    assert (done.fault, done.rounds, len(done.tags)) == ("", 4, 4)


@pytest.mark.parametrize("kind", [A0, CHAFON], ids=lambda kind: kind.protocol)
def test_an_antenna_that_fell_off_is_a_fault_and_the_others_are_still_heard(kind: Kind) -> None:
    bench = Bench(kind, 1, 2)
    bench.put(BAG, 1)
    bench.put(OTHER, 2)
    assert isinstance(bench.device, A0Reader | ChafonReader)
    bench.device.connected.discard(2)
    done = bench.cycle()
    assert (done.fault, [tag.epc for tag in done.tags]) == ("antenna-2-antenna-missing", [BAG])
    assert bench.counters.reader_errors > 0
    one = Bench(kind)
    assert isinstance(one.device, A0Reader | ChafonReader)
    one.device.connected.clear()
    assert one.cycle().fault == "antenna-missing"


def test_an_antenna_that_the_reader_does_not_have_is_a_fault() -> None:
    assert Bench(A0, 1, 7).cycle().fault == "antenna-7-bad-antenna"
    assert Bench(CHAFON, 1, 7).cycle().fault == "antenna-7-bad-parameter"


def test_a_tag_from_an_antenna_that_is_not_in_the_settings_is_a_fault() -> None:
    bench = Bench(CHAFON, 2)
    assert isinstance(bench.device, ChafonReader)
    bench.wire.port.hear(bench.device.pushed(3, OTHER, 90), after_ms=30)
    done = bench.cycle()
    assert done.fault == "antenna-3-not-in-the-settings"
    assert [(tag.epc, tag.antenna) for tag in done.tags] == [(OTHER, 3)]


def test_a_reader_with_sixteen_ports_is_read_by_index_and_never_taken_for_one_with_eight() -> None:
    many = Kind("chafon", lambda: ChafonReader(1, 0, ports=16), (BAG, OTHER), 90, -38, 90)
    bench = Bench(many, 2, 12)
    bench.put(BAG, 12)
    done = bench.cycle()
    assert (done.fault, [(tag.epc, tag.antenna) for tag in done.tags]) == ("", [(BAG, 12)])
    bench = Bench(many, 2)
    bench.put(BAG, 2)
    assert bench.cycle().fault != ""


def test_an_hf_reader_is_asked_until_nothing_remains() -> None:
    bench = Bench(HF)
    assert isinstance(bench.device, HfReader)
    bench.device.list_max = 20
    for number in range(50):
        bench.put(f"E004010000{number:06X}")
    done = bench.cycle()
    assert (done.fault, len(done.tags)) == ("", 50)
    assert done.reads == 50 * done.rounds


def test_an_hf_reader_with_which_something_always_remains_ends_its_cycle() -> None:
    bench = Bench(HF)
    some = frame(1, 0, b"\x1f\x11\x00" + bytes.fromhex(HF.bags[0])[::-1] + b"\xaa\x05\x00")
    bench.wire.port.answer = lambda _: [(50, some)]
    start_ms = bench.clock.now_ms()
    done = bench.cycle()
    assert (done.fault, done.rounds, [tag.epc for tag in done.tags]) == ("not-all-read", 0, [HF.bags[0]])
    assert bench.clock.now_ms() - start_ms < 2_000


def test_an_hf_reader_that_calls_an_empty_field_an_error_is_complete_all_the_same() -> None:
    bench = Bench(HF)
    assert isinstance(bench.device, HfReader)
    bench.device.empty_is_an_error = True
    done = bench.cycle()
    assert (done.fault, done.reads) == ("", 0)
    assert done.rounds > 3


def test_hf_commands_keep_the_readers_pause() -> None:
    bench = Bench(HF)
    asked: list[int] = []
    answer = bench.wire.port.answer

    def note(data: bytes) -> Iterable[tuple[int, bytes]]:
        asked.append(bench.clock.boottime_ms())
        return answer(data)

    bench.wire.port.answer = note
    bench.cycle()
    assert len(asked) > 3
    assert min(b - a for a, b in pairwise(asked)) >= 120 + 50


@kind_of
def test_bytes_from_before_the_cycle_are_forgotten(kind: Kind) -> None:
    bench = Bench(kind)
    bench.put(kind.bags[1])
    stale = b"".join([*bench.device.receive(bench_question(kind), bench.clock.now_ms())])
    stale += b"".join(bench.device.advance(bench.clock.now_ms() + 1_000))
    bench.wire.port.hear(stale)
    bench.device.field.leave(kind.bags[1])
    done = bench.cycle()
    assert (done.fault, done.tags) == ("", ())


def bench_question(kind: Kind) -> bytes:
    bench = Bench(kind)
    bench.link.start(100)
    return bench.wire.port.written[0] if kind is not A0 else bytes.fromhex("A0040189 01D1")


def test_more_tags_than_the_limit_are_counted_and_their_cycle_is_no_evidence() -> None:
    bench = Bench(A0)
    for number in range(TAGS_MAX + 5):
        bench.put(f"3000{number:08X}")
    done = bench.cycle(cycle_ms=50)
    assert len(done.tags) == TAGS_MAX
    assert done.fault == "too-many-tags"  # a bag that was heard and not kept must not count as silent
    assert bench.counters.tags_beyond_limit == 5 * done.rounds


def test_a_tag_that_was_never_programmed_names_nothing_but_its_round_counts() -> None:
    bench = Bench(A0)
    bench.put("0000" * 6)
    done = bench.cycle()
    assert (done.fault, done.tags) == ("", ())
    assert bench.counters.tags_unprogrammed == done.rounds > 3


def test_a_chafon_round_asks_for_its_antenna_for_three_tenths_of_a_second() -> None:
    bench = Bench(CHAFON, 4)
    assert bench.link.start(100)
    assert bench.wire.port.written == [start_round(0xFF, 4, 3)]


def test_a_late_no_tag_does_not_pass_for_the_round_of_the_next_antenna() -> None:
    """An A0 reader says "no tag" without an antenna. Antenna 2 is deaf and dumb: nobody may believe that it read."""
    bench = Bench(A0, 1, 2)
    answer = bench.wire.port.answer
    no_tag = bytes.fromhex("a0040189369c")
    rounds: list[int] = []

    def slow_then_dumb(data: bytes) -> Iterable[tuple[int, bytes]]:
        if data[3] != REAL_TIME:
            return answer(data)
        rounds.append(bench.clock.boottime_ms())
        if len(rounds) == 2:
            bench.wire.port.hear(no_tag, after_ms=200)  # the answer to the first question, when antenna 2 is asked
            return [(20, no_tag)]
        return []

    bench.wire.port.answer = slow_then_dumb
    done = bench.cycle(cycle_ms=100)
    assert len(rounds) == 4, "each antenna was asked twice"
    assert done.fault == "not-stopped"
    assert done.rounds == 1


def test_a_late_no_tag_does_not_pass_for_a_round_of_the_next_cycle() -> None:
    bench = Bench(A0, 1)
    no_tag = bytes.fromhex("a0040189369c")
    answer = bench.wire.port.answer
    rounds: list[int] = []

    def slow_then_dumb(data: bytes) -> Iterable[tuple[int, bytes]]:
        if data[3] != REAL_TIME:
            return answer(data)
        rounds.append(bench.clock.boottime_ms())
        if len(rounds) == 2:
            bench.wire.port.hear(no_tag, after_ms=300)
            return [(20, no_tag)]
        return []

    bench.wire.port.answer = slow_then_dumb
    assert bench.cycle(cycle_ms=100).fault == ""
    assert bench.cycle(cycle_ms=100).fault == "no-answer"
