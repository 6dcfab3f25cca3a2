"""Event cycles of a reader on a hand clock."""

import pytest
from support.fake_ports import STOPPED_FRAME, FakePorts, FakeReader, tag_notice
from support.hand_clock import HandClock

from gateway.counters import Counters
from gateway.decoders.bb7e import stop_inventory
from gateway.links.cycles import CycleDone, TagHeard
from gateway.links.line import Line
from gateway.links.reader_link import STOP_ANSWER_MS, STOP_ATTEMPTS, ReaderLink
from gateway.links.tally import TAGS_MAX

EPC_A, EPC_B = "30751FEB705C5904E3D50D70", "E2001071000052 9B0940B402".replace(" ", "")


class Bench:
    def __init__(self) -> None:
        self.clock = HandClock()
        self.counters = Counters()
        self.ports = FakePorts()
        self.reader = FakeReader(self.clock)
        self.ports.ports["reader"] = self.reader.port
        line = Line("reader", 115_200, self.ports.open, self.clock, self.counters)
        self.link = ReaderLink(line, self.clock, self.counters)

    def cycle(self, cycle_ms: int = 1_500) -> CycleDone:
        assert self.link.start(cycle_ms)
        for _ in range(1_000):
            self.clock.wait(self.link.due_ms - self.clock.boottime_ms())
            done = self.link.step()
            if done is not None:
                assert not self.link.busy
                return done
        raise AssertionError("the cycle never ended")


@pytest.fixture
def bench() -> Bench:
    return Bench()


def test_a_cycle_gives_one_summary_a_tag(bench: Bench) -> None:
    bench.reader.inside = {EPC_A, EPC_B}
    start_ms = bench.clock.now_ms()
    done = bench.cycle()
    assert done.fault == ""
    assert [tag.epc for tag in done.tags] == [EPC_A, EPC_B]
    assert done.tags[0] == TagHeard(
        epc=EPC_A,
        antenna=1,
        count=15,
        best_rssi_dbm=-50,
        first_ms=start_ms + 100,
        last_ms=start_ms + 1_500,
        centroid_ms=start_ms + 800,
    )
    assert (done.start_ms, done.reads, done.rounds, done.rejected) == (start_ms, 30, 30, 0)
    assert start_ms + 1_500 <= done.end_ms <= start_ms + 1_520


def test_the_best_rssi_counts(bench: Bench) -> None:
    for after_ms, rssi_dbm in ((150, -70), (250, -48), (350, -66)):
        bench.reader.port.hear(tag_notice(EPC_A, rssi_dbm), after_ms)
    done = bench.cycle()
    assert [(tag.count, tag.best_rssi_dbm) for tag in done.tags] == [(3, -48)]


def test_an_empty_cabinet_is_a_complete_cycle(bench: Bench) -> None:
    done = bench.cycle()
    assert (done.fault, done.tags, done.rounds) == ("", (), 15)


def test_a_reader_that_sleeps_gives_no_evidence(bench: Bench) -> None:
    bench.reader.asleep = True
    start_ms = bench.clock.now_ms()
    done = bench.cycle()
    assert (done.fault, done.tags) == ("no-answer", ())
    assert bench.reader.port.written.count(stop_inventory()) == STOP_ATTEMPTS
    assert done.end_ms <= start_ms + 1_500 + STOP_ATTEMPTS * STOP_ANSWER_MS + 50


def test_a_reader_that_stops_but_never_ran_gives_no_evidence(bench: Bench) -> None:
    bench.reader.lame = True
    assert bench.cycle().fault == "no-inventory"


def test_a_lost_stop_answer_is_asked_for_again(bench: Bench) -> None:
    bench.reader.inside = {EPC_A}
    answer, lost = bench.reader.port.answer, [True]

    def lose_first(data: bytes) -> list[tuple[int, bytes]]:
        said = list(answer(data))
        return [] if data == stop_inventory() and lost and lost.pop() else said

    bench.reader.port.answer = lose_first
    assert bench.cycle().fault == ""


def test_a_stop_answer_from_before_does_not_end_the_cycle(bench: Bench) -> None:
    bench.reader.inside = {EPC_A}
    bench.reader.port.hear(STOPPED_FRAME, after_ms=200)
    done = bench.cycle()
    assert (done.fault, done.reads) == ("", 15)


def test_a_stop_answer_from_before_does_not_stand_for_one_that_is_missing(bench: Bench) -> None:
    bench.reader.inside = {EPC_A}
    bench.reader.port.hear(STOPPED_FRAME, after_ms=200)
    answer = bench.reader.port.answer
    bench.reader.port.answer = lambda data: [] if data == stop_inventory() else answer(data)
    assert bench.cycle().fault == "not-stopped"


def test_bytes_from_before_the_cycle_are_forgotten(bench: Bench) -> None:
    bench.reader.port.hear(tag_notice(EPC_B))
    bench.reader.inside = {EPC_A}
    assert [tag.epc for tag in bench.cycle().tags] == [EPC_A]


def test_what_was_heard_before_the_adapter_went_is_handed_on(bench: Bench) -> None:
    bench.reader.inside = {EPC_A}
    assert bench.link.start(1_500)
    bench.clock.forward(300)
    assert bench.link.step() is None
    bench.reader.port.plugged = False
    bench.clock.forward(50)
    done = bench.link.step()
    assert done is not None
    assert (done.fault, [tag.count for tag in done.tags]) == ("no-port", [3])
    assert not bench.link.start(1_500)


def test_a_tag_that_was_never_programmed_names_nothing_but_proves_that_the_reader_works(bench: Bench) -> None:
    bench.reader.inside = {"0000" * 6}
    done = bench.cycle()
    assert (done.fault, done.tags, done.rounds) == ("", (), 15)
    assert bench.counters.tags_unprogrammed == 15


def test_a_broken_frame_is_counted_and_the_others_are_kept(bench: Bench) -> None:
    broken = bytearray(tag_notice(EPC_B))
    broken[12] ^= 1
    bench.reader.inside = {EPC_A}
    bench.reader.port.hear(bytes(broken), after_ms=400)
    done = bench.cycle()
    assert [tag.epc for tag in done.tags] == [EPC_A]
    assert done.rejected == 1
    assert bench.counters.rejected == {"checksum": 1}


def test_a_cut_off_frame_does_not_wait_for_the_next_cycle(bench: Bench) -> None:
    bench.reader.lame = True
    bench.reader.port.hear(tag_notice(EPC_A)[:9], after_ms=400)
    done = bench.cycle()
    assert bench.counters.rejected == {"truncated": 1}
    assert done.rounds == 0


def test_more_tags_than_the_limit_are_counted_and_their_cycle_is_no_evidence(bench: Bench) -> None:
    bench.reader.inside = {f"3000{number:08X}" for number in range(TAGS_MAX + 5)}
    done = bench.cycle(cycle_ms=100)
    assert len(done.tags) == TAGS_MAX
    assert done.fault == "too-many-tags"  # a bag that was heard and not kept must not count as silent
    assert bench.counters.tags_beyond_limit == 5
