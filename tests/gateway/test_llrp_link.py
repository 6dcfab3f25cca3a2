"""Event cycles of an LLRP reader on a hand clock; the reader is the simulated one, which shares no code with ours."""

import struct
from pathlib import Path

import pytest
from support.llrp_bench import EPC_A, EPC_B, LlrpBench, report_of

from coldchain.errors import InvalidValueError
from firmware_sim.devices.llrp_reader import FieldTag, LlrpFault
from gateway.links.cycles import CycleLink
from gateway.links.llrp_link import OPEN_MS, SETTLE_MAX_MS, LlrpLink, LlrpPlan
from gateway.links.llrp_session import (
    ANSWER_MS,
    BACK_OFF_MAX_MS,
    BACK_OFF_MIN_MS,
    DIAL_MS,
    KEEPALIVE_MS,
    SILENT_MS,
    State,
)
from gateway.links.resting import RestingLink
from gateway.links.tally import TAGS_MAX
from gateway.links.tcp_stream import TlsFiles

START, STOP, ADD, DELETE, CLOSE = 22, 23, 20, 21, 14
OVERFLOW = bytes.fromhex("043f 0000001e 00000000 00f60014 0080000c 0000000000000005 00fb0004")
EXCEPTION = bytes.fromhex("043f 00000024 00000000 00f6001a 0080000c 0000000000000005 00fc000a 0004 686f7421")
CLOSING = bytes.fromhex("043f 0000001e 00000000 00f60014 0080000c 0000000000000005 01010004")


@pytest.fixture
def bench() -> LlrpBench:
    return LlrpBench()


def test_the_link_is_one_for_the_cabinet_and_wants_to_rest(bench: LlrpBench) -> None:
    link: CycleLink = bench.link
    assert isinstance(link, RestingLink)


def test_a_cycle_gives_one_summary_a_tag_and_antenna(bench: LlrpBench) -> None:
    bench.reader.enter(FieldTag(epc=EPC_A, antennas=(1, 2, 3), rssi_dbm=-60))
    done = bench.cycle()
    assert done.fault == ""
    assert [(tag.epc, tag.antenna, tag.count) for tag in done.tags] == [(EPC_A, 1, 10), (EPC_A, 2, 10), (EPC_B, 1, 10)]
    assert all(-62 <= tag.best_rssi_dbm <= -58 for tag in done.tags[:2])
    assert (done.reads, done.rounds, done.rejected) == (30, 31, 0)
    assert done.start_ms < done.tags[0].first_ms <= done.tags[0].last_ms <= done.end_ms
    assert 1_000 <= done.end_ms - done.start_ms <= 1_000 + SETTLE_MAX_MS


def test_the_reader_is_set_up_once_and_started_and_stopped_with_every_cycle(bench: LlrpBench) -> None:
    for _ in range(3):
        assert bench.cycle().fault == ""
    assert bench.reader.asked == [1, 3, 2, DELETE, ADD, 24] + 3 * [START, STOP]
    assert len(bench.network.dialled) == 1


def test_an_empty_place_is_a_complete_cycle_because_the_reader_confirmed_start_and_stop(bench: LlrpBench) -> None:
    bench.reader.leave(EPC_A)
    bench.reader.leave(EPC_B)
    done = bench.cycle()
    assert (done.fault, done.tags, done.rounds) == ("", (), 1)


def test_nothing_of_the_readers_clock_gets_into_a_time(bench: LlrpBench) -> None:
    off = LlrpBench(clock_off_ms=-400_000_000_000)
    done, offset_ms = off.cycle(), off.link.clock_offset_ms
    assert done.tags == bench.cycle().tags
    assert offset_ms is not None
    assert abs(offset_ms + 400_000_000_000) <= 1


def test_a_reader_that_is_off_is_said_so_at_once_and_found_again_with_growing_pauses(bench: LlrpBench) -> None:
    bench.network.power = False
    assert not bench.link.start(1_000)
    bench.rest(120)
    pauses = [later - at for at, later in zip(bench.network.dialled, bench.network.dialled[1:], strict=False)]
    assert pauses[0] >= BACK_OFF_MIN_MS
    assert pauses == sorted(pauses)
    assert BACK_OFF_MAX_MS <= pauses[-1] <= BACK_OFF_MAX_MS + 1_000
    assert "nothing listens there" in bench.link.message
    bench.network.power = True
    bench.rest(31)
    assert bench.link.session.ready
    assert bench.link.message == ""
    assert bench.cycle().fault == ""


def test_tcp_that_never_stands_ends_in_a_known_time(bench: LlrpBench) -> None:
    bench.network.stuck = True
    began_ms = bench.clock.boottime_ms()
    assert bench.cycle().fault == "no-connection"
    assert DIAL_MS <= bench.clock.boottime_ms() - began_ms <= DIAL_MS + 100


def test_something_that_takes_the_connection_and_says_nothing_is_no_reader(bench: LlrpBench) -> None:
    bench.network.deaf = True
    bench.network.spoil = lambda data: b""
    began_ms = bench.clock.boottime_ms()
    assert bench.cycle().fault == "no-answer"
    assert ANSWER_MS <= bench.clock.boottime_ms() - began_ms <= OPEN_MS
    assert "speaks LLRP" in bench.link.message


def test_something_that_speaks_no_llrp_is_hung_up_on(bench: LlrpBench) -> None:
    bench.network.spoil = lambda data: b"SSH-2.0-OpenSSH_9.2\r\n"
    assert bench.cycle().fault == "not-llrp"
    assert bench.counters.rejected["noise"] > 0


def test_a_reader_that_another_client_holds_says_so_in_words(bench: LlrpBench) -> None:
    bench.reader.connect(bench.clock.now_ms())
    assert bench.cycle().fault == "reader-busy"
    assert "another client holds the reader" in bench.link.message


@pytest.mark.parametrize("step", range(4))
def test_a_reader_that_refuses_what_can_be_done_without_is_used_all_the_same(bench: LlrpBench, step: int) -> None:
    """Some readers, and one emulator, do not know GET_READER_CONFIG or the deletion of all ROSpecs."""
    asked: list[bytes] = []

    def refuse_one(data: bytes) -> None:
        if len(asked) == step:
            bench.reader.fault(LlrpFault.ERROR_ANSWER)
        asked.append(data)

    bench.network.before = refuse_one
    assert bench.cycle().fault == ""
    assert bench.counters.reader_errors == (2 if step == 3 else 1)  # then ours is to be deleted, and is not there


def test_a_reader_that_will_not_have_the_inventory_is_refused_with_its_words() -> None:
    bench = LlrpBench(antennas=(1, 5))
    assert bench.cycle().fault == "refused"
    assert "has 4 antenna ports, the settings name antenna 5" in bench.link.message


def test_what_was_left_in_the_reader_is_deleted_first(bench: LlrpBench) -> None:
    assert bench.link.start(1_000)
    bench.until_asked(START)
    bench.during(5)
    bench.network.power = False
    assert bench.finish().fault == "no-connection"
    bench.network.power = True
    bench.clock.wait(BACK_OFF_MIN_MS)
    done = bench.cycle()
    assert (done.fault, [tag.count for tag in done.tags]) == ("", [10, 10])


def test_what_was_heard_before_the_connection_went_is_handed_on(bench: LlrpBench) -> None:
    assert bench.link.start(1_000)
    bench.until_asked(START)
    bench.during(20)
    bench.reader.fault(LlrpFault.CUT_AND_HANG_UP)
    done = bench.finish()
    assert done.fault == "no-connection"
    assert [tag.epc for tag in done.tags] == [EPC_A, EPC_B]
    assert bench.counters.rejected["truncated"] == 1
    assert bench.link.session.state is State.OFF


def test_a_header_with_a_wrong_length_ends_the_connection_and_the_next_cycle_is_whole(bench: LlrpBench) -> None:
    bench.cycle()
    bench.reader.fault(LlrpFault.HEADER_LENGTH)
    done = bench.cycle()
    assert done.fault == "not-llrp"
    assert done.rejected > 0
    bench.clock.wait(BACK_OFF_MIN_MS)
    assert bench.cycle().fault == ""


def test_a_tag_with_a_wrong_length_costs_its_own_report_only(bench: LlrpBench) -> None:
    bench.reader.fault(LlrpFault.TAG_LENGTH)
    done = bench.cycle()
    assert (done.fault, done.rejected) == ("", 1)
    assert sorted(tag.count for tag in done.tags) == [9, 10]
    assert bench.counters.rejected == {"payload": 1}


def test_reports_of_other_rospecs_and_other_antennas_are_counted_and_not_taken(bench: LlrpBench) -> None:
    bench.reader.fault(LlrpFault.UNKNOWN_ROSPEC)
    assert bench.link.start(1_000)
    bench.until_asked(START)
    bench.during(3)
    bench.network.say = report_of(EPC_A, antenna=4)
    done = bench.finish()
    assert {tag.antenna for tag in done.tags} == {1}
    assert bench.counters.rejected == {"unasked": 2}
    assert done.fault == ""


@pytest.mark.parametrize(
    ("said", "fault"), [(OVERFLOW, "reports-lost"), (EXCEPTION, "reader-exception"), (CLOSING, "no-connection")]
)
def test_a_cycle_in_which_the_reader_lost_something_proves_nothing(bench: LlrpBench, said: bytes, fault: str) -> None:
    assert bench.link.start(1_000)
    bench.until_asked(START)
    bench.during(10)
    bench.network.say = said
    done = bench.finish()
    assert done.fault == fault
    assert [tag.epc for tag in done.tags] == [EPC_A, EPC_B]


def test_a_rospec_that_ends_by_itself_proves_nothing(bench: LlrpBench) -> None:
    assert bench.link.start(1_000)
    bench.until_asked(START)
    bench.during(10)
    ended = struct.pack("!HHBII", 249, 13, 2, 1, 9)
    data = struct.pack("!HHHHQ", 246, 16 + len(ended), 128, 12, 5) + ended
    bench.network.say = struct.pack("!HII", 0x043F, 10 + len(data), 0) + data
    assert bench.finish().fault == "ended-early"


def test_an_antenna_that_was_pulled_is_missed_until_it_is_back(bench: LlrpBench) -> None:
    assert bench.cycle().fault == ""
    bench.network.say = bench.reader.unplug_antenna(2, bench.clock.now_ms())
    done = bench.cycle()
    assert (done.fault, len(done.tags)) == ("antenna-lost", 2)
    assert "nothing is connected to antenna 2" in bench.link.message
    bench.network.say = bench.reader.plug_antenna(2, bench.clock.now_ms())
    assert bench.cycle().fault == ""
    assert bench.link.message == ""


def test_an_antenna_that_was_never_connected_is_known_from_the_first_cycle(bench: LlrpBench) -> None:
    bench.reader.unplug_antenna(1, bench.clock.now_ms())
    bench.reader.unplug_antenna(4, bench.clock.now_ms())  # not ours
    assert bench.cycle().fault == "antenna-lost"
    assert bench.link.session.missing == {1}


def test_a_start_that_is_refused_is_a_fault_and_the_reader_is_set_up_anew(bench: LlrpBench) -> None:
    bench.cycle()
    bench.reader.fault(LlrpFault.ERROR_ANSWER)
    done = bench.cycle()
    assert (done.fault, done.tags) == ("not-started", ())
    assert "a fault on purpose" in bench.link.message
    bench.clock.wait(BACK_OFF_MIN_MS)
    assert bench.cycle().fault == ""


def test_a_start_that_is_not_answered_is_a_fault(bench: LlrpBench) -> None:
    bench.cycle()
    bench.reader.fault(LlrpFault.MUTE)
    began_ms = bench.clock.boottime_ms()
    assert bench.cycle().fault == "not-started"
    assert bench.clock.boottime_ms() - began_ms <= ANSWER_MS + 100


@pytest.mark.parametrize(("times", "fault"), [(1, ""), (2, "not-stopped")])
@pytest.mark.parametrize("how", [LlrpFault.MUTE, LlrpFault.ERROR_ANSWER])
def test_a_stop_is_asked_for_twice(bench: LlrpBench, times: int, fault: str, how: LlrpFault) -> None:
    assert bench.link.start(1_000)
    bench.until_asked(START)
    bench.reader.leave(EPC_A)
    bench.reader.leave(EPC_B)
    for _ in range(times):
        bench.reader.fault(how)
    assert bench.finish().fault == fault
    assert bench.network.reader.asked.count(STOP) == 2


def test_a_late_answer_to_the_stop_before_does_not_stop_this_cycle(bench: LlrpBench) -> None:
    bench.cycle()
    assert bench.link.start(1_000)
    bench.until_asked(STOP)
    bench.during(2)
    bench.network.say = bytes.fromhex("0421 00000012 00000001 011f0008 0000 0000")
    done = bench.finish()
    assert (done.fault, done.reads) == ("", 20)
    assert bench.counters.rejected["unasked"] == 1


def test_reports_from_before_the_start_was_confirmed_belong_to_no_cycle(bench: LlrpBench) -> None:
    bench.cycle()
    bench.network.say = report_of("30AA" + EPC_A[4:])
    bench.link.rest()
    bench.network.say = report_of("30BB" + EPC_A[4:])
    done = bench.cycle()
    assert [tag.epc for tag in done.tags] == [EPC_A, EPC_B]
    assert bench.counters.rejected == {"unasked": 2}


def test_reports_that_stand_right_behind_the_confirmation_count(bench: LlrpBench) -> None:
    bench.network.after = lambda data: report_of("30CC" + EPC_A[4:]) if data[1] == START else b""
    assert "30CC" + EPC_A[4:] in {tag.epc for tag in bench.cycle().tags}


def test_the_last_reports_come_after_the_stop_and_are_waited_for(bench: LlrpBench) -> None:
    bench.network.after = lambda data: report_of("30DD" + EPC_A[4:]) if data[1] == STOP else b""
    assert "30DD" + EPC_A[4:] in {tag.epc for tag in bench.cycle().tags}


def test_a_reader_that_never_falls_quiet_does_not_hold_the_cycle(bench: LlrpBench) -> None:
    assert bench.link.start(500)
    bench.until_asked(STOP)
    began_ms = bench.clock.boottime_ms()
    done = None
    while done is None:
        bench.network.say = report_of(EPC_A)
        done = bench.during(1)
    assert bench.clock.boottime_ms() - began_ms <= SETTLE_MAX_MS + 100
    assert done.fault == ""


def test_keepalives_are_answered_in_a_cycle_and_between_two(bench: LlrpBench) -> None:
    bench.cycle(cycle_ms=KEEPALIVE_MS)
    bench.rest(60)
    assert bench.reader.keepalive_acks >= 6
    assert len(bench.network.dialled) == 1


def test_a_reader_that_falls_silent_between_two_cycles_is_noticed(bench: LlrpBench) -> None:
    bench.cycle()
    bench.network.deaf = True
    bench.rest(SILENT_MS // 1_000)
    assert bench.link.session.state is State.OFF
    assert "no keep-alive" in bench.link.message
    bench.network.deaf = False
    bench.rest(2)
    assert bench.cycle().fault == ""


def test_a_tag_that_was_never_programmed_names_nothing(bench: LlrpBench) -> None:
    bench.reader.enter(FieldTag(epc="0000" * 6))
    done = bench.cycle()
    assert [tag.epc for tag in done.tags] == [EPC_A, EPC_B]
    assert bench.counters.tags_unprogrammed == 10


def test_a_report_that_names_no_antenna_is_of_our_first_one(bench: LlrpBench) -> None:
    assert bench.link.start(1_000)
    bench.until_asked(START)
    bench.during(2)
    bench.network.say = report_of("30EE" + EPC_A[4:], antenna=0)
    tag = next(tag for tag in bench.finish().tags if tag.epc.startswith("30EE"))
    assert (tag.antenna, tag.count, tag.best_rssi_dbm) == (1, 1, -128)
    assert tag.first_ms == tag.last_ms == tag.centroid_ms


def test_more_tags_than_the_limit_are_counted_and_their_cycle_is_no_evidence(bench: LlrpBench) -> None:
    bench.reader.leave(EPC_A)
    bench.reader.leave(EPC_B)
    for number in range(TAGS_MAX + 5):
        bench.reader.enter(FieldTag(epc=f"3000{number:020X}"))
    done = bench.cycle(cycle_ms=100)
    assert len(done.tags) == TAGS_MAX
    assert done.fault == "too-many-tags"  # a bag that was heard and not kept must not count as silent
    assert bench.counters.tags_beyond_limit == 5


def test_the_link_takes_leave_so_that_the_reader_rests_and_is_free_for_the_next(bench: LlrpBench) -> None:
    assert bench.link.start(1_000)
    bench.until_asked(START)
    bench.link.close()
    assert bench.reader.asked[-2:] == [DELETE, CLOSE]
    assert not bench.reader.connected
    assert not bench.link.busy
    assert bench.reader.advance(bench.clock.now_ms() + 5_000) == b""


def test_taking_leave_of_a_reader_that_has_gone_is_no_trouble(bench: LlrpBench) -> None:
    bench.cycle()
    bench.network.power = False
    bench.link.close()
    assert bench.link.session.state is State.OFF


def test_a_reader_that_does_not_answer_the_set_up_is_given_up(bench: LlrpBench) -> None:
    bench.reader.fault(LlrpFault.MUTE)
    assert bench.cycle().fault == "no-answer"
    assert "setting-up" in bench.link.message


@pytest.mark.parametrize(
    "plan",
    [
        LlrpPlan(port="tcp://reader-1", antennas=()),
        LlrpPlan(port="tcp://reader-1", antennas=(256,)),
        LlrpPlan(port="reader-1:5084"),
        LlrpPlan(port="tcp://reader-1:99999"),
        LlrpPlan(port="tcp://reader-1:5084/path"),
        LlrpPlan(port="/dev/ttyUSB0"),
        LlrpPlan(port="tcp://reader-1", protocol="a0"),
    ],
)
def test_settings_that_cannot_be_used_are_our_mistake(bench: LlrpBench, plan: LlrpPlan) -> None:
    with pytest.raises(InvalidValueError, match=r"antenna|write tcp://host:port"):
        LlrpLink(plan, bench.clock, bench.counters)


def test_a_certificate_that_is_not_there_is_said_at_the_start(bench: LlrpBench, tmp_path: Path) -> None:
    plan, tls = LlrpPlan(port="tcp://reader-1", protocol="llrp+tls"), TlsFiles(ca=tmp_path / "ca.pem")
    with pytest.raises(InvalidValueError, match="files for TLS"):
        LlrpLink(plan, bench.clock, bench.counters, tls=tls)
    assert LlrpLink(plan, bench.clock, bench.counters).session.state is State.OFF  # whom the system trusts
