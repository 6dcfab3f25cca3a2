"""The master's turns on a line: time-outs, late answers, noise and lost adapters."""

import pytest
from support.fake_ports import FakePorts, ScriptedPort
from support.hand_clock import HandClock

from gateway.counters import Counters
from gateway.decoders.heard import InputsRead, RegistersRead
from gateway.decoders.modbus_rtu import read_discrete_inputs, read_holding_registers, sealed
from gateway.links.line import Line
from gateway.links.modbus_link import ANSWER_MS, LATE_ANSWER_MS, Answered, Failed, Failure, ModbusLink

ONE = read_holding_registers(1, 0, 1)


def answer_of(tenths: int) -> bytes:
    return sealed(bytes((1, 3, 2)) + tenths.to_bytes(2, "big"))


class Bench:
    def __init__(self) -> None:
        self.clock = HandClock()
        self.counters = Counters()
        self.ports = FakePorts()
        self.port = self.ports.ports["bus"] = ScriptedPort(self.clock)
        line = Line("bus", 9_600, self.ports.open, self.clock, self.counters)
        self.link = ModbusLink(line, self.clock, self.counters)

    def answers(self, *script: tuple[int, bytes]) -> None:
        """Let the next question be answered so, those after it with silence."""
        scripts = [list(script)]
        self.port.answer = lambda _: scripts.pop(0) if scripts else []


@pytest.fixture
def bench() -> Bench:
    return Bench()


def test_an_answer_is_stamped_when_its_last_byte_has_come(bench: Bench) -> None:
    frame = answer_of(40)
    bench.answers((20, frame[:3]), (50, frame[3:]))
    asked_ms, asked_boot_ms = bench.clock.now_ms(), bench.clock.boottime_ms()
    assert bench.link.transact(ONE) == Answered(
        heard=RegistersRead(slave=1, values=(40,)), taken_ms=asked_ms + 50, boottime_ms=asked_boot_ms + 50
    )


def test_a_silent_slave_costs_one_time_out(bench: Bench) -> None:
    asked_ms = bench.clock.boottime_ms()
    assert bench.link.transact(ONE) == Failed(failure=Failure.NO_ANSWER)
    assert bench.clock.boottime_ms() == asked_ms + ANSWER_MS
    assert bench.link.free_at_ms == asked_ms + ANSWER_MS + LATE_ANSWER_MS


@pytest.mark.parametrize("late_ms", [ANSWER_MS + 1, ANSWER_MS + 500, ANSWER_MS + LATE_ANSWER_MS])
def test_a_late_answer_never_becomes_the_next_value(bench: Bench, late_ms: int) -> None:
    bench.answers((late_ms, answer_of(95)))
    assert bench.link.transact(ONE) == Failed(failure=Failure.NO_ANSWER)
    bench.answers((20, answer_of(40)))
    outcome = bench.link.transact(ONE)
    assert isinstance(outcome, Answered)
    assert outcome.heard == RegistersRead(slave=1, values=(40,))
    assert bench.counters.rejected == {"unasked": 1}


def test_a_late_answer_with_no_answer_behind_it_is_silence(bench: Bench) -> None:
    bench.answers((ANSWER_MS + 200, answer_of(95)))
    bench.link.transact(ONE)
    assert bench.link.transact(ONE) == Failed(failure=Failure.NO_ANSWER)


def test_another_slaves_answer_is_not_taken(bench: Bench) -> None:
    bench.answers((10, sealed(bytes((3, 3, 2, 0, 95)))), (40, answer_of(40)))
    outcome = bench.link.transact(ONE)
    assert isinstance(outcome, Answered)
    assert outcome.heard == RegistersRead(slave=1, values=(40,))
    assert bench.counters.rejected == {"unasked": 1}


def test_echo_and_noise_before_the_answer_do_no_harm(bench: Bench) -> None:
    bench.answers((1, ONE.frame), (10, b"\x00\xff"), (11, answer_of(40)))
    assert isinstance(bench.link.transact(ONE), Answered)
    bench.answers((1, ONE.frame + answer_of(41)))
    assert isinstance(bench.link.transact(ONE), Answered)


def test_a_wrong_crc_is_counted_and_gives_no_value(bench: Bench) -> None:
    broken = bytearray(answer_of(40))
    broken[4] ^= 4
    bench.answers((10, bytes(broken)))
    assert bench.link.transact(ONE) == Failed(failure=Failure.NO_ANSWER)
    assert bench.counters.rejected == {"checksum": 1}


def test_a_refusal_of_the_slave_is_an_answer_and_no_silence(bench: Bench) -> None:
    bench.answers((10, sealed(b"\x01\x83\x02")))
    assert bench.link.transact(ONE) == Failed(failure=Failure.EXCEPTION, code=2)
    assert bench.link.free_at_ms == 0


def test_a_line_that_never_stops_talking_is_left_after_the_time_out(bench: Bench) -> None:
    bench.port.live = lambda: b"\x55"
    asked_ms = bench.clock.boottime_ms()
    assert bench.link.transact(ONE) == Failed(failure=Failure.NO_ANSWER)
    assert bench.clock.boottime_ms() <= asked_ms + ANSWER_MS


def test_a_lost_adapter_is_no_answer_and_is_opened_again_later(bench: Bench) -> None:
    bench.port.plugged = False
    assert bench.link.transact(ONE) == Failed(failure=Failure.NO_PORT)
    bench.port.plugged = True
    assert bench.link.transact(ONE) == Failed(failure=Failure.NO_PORT), "the pause is not over"
    bench.clock.forward(500)
    bench.answers((10, answer_of(40)))
    assert isinstance(bench.link.transact(ONE), Answered)
    assert bench.counters.ports_lost == {"absent": 1}


def test_an_adapter_that_goes_between_question_and_answer_is_closed(bench: Bench) -> None:
    def pull(_: bytes) -> list[tuple[int, bytes]]:
        bench.port.plugged = False
        return []

    bench.port.answer = pull
    assert bench.link.transact(ONE) == Failed(failure=Failure.NO_PORT)
    assert bench.port.closed == 1
    assert bench.counters.ports_lost == {"unplugged": 1}


def test_the_pause_between_attempts_doubles_up_to_thirty_seconds(bench: Bench) -> None:
    bench.port.plugged = False
    pauses, last_ms = [], bench.clock.boottime_ms()
    for _ in range(200_000):
        lost = bench.counters.ports_lost.total()
        bench.link.transact(ONE)
        if bench.counters.ports_lost.total() > lost:
            pauses.append(bench.clock.boottime_ms() - last_ms)
            last_ms = bench.clock.boottime_ms()
        if len(pauses) == 10:
            break
        bench.clock.forward(100)
    assert pauses == [0, 500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000]


def test_inputs_are_read_too(bench: Bench) -> None:
    bench.answers((5, sealed(bytes((2, 2, 1, 3)))))
    outcome = bench.link.transact(read_discrete_inputs(2, 0, 2))
    assert isinstance(outcome, Answered)
    assert outcome.heard == InputsRead(slave=2, bits=(True, True))
