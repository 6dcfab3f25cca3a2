"""The speed of a device is found by trying; three good frames are required."""

import random
from collections.abc import Callable

import pytest
from support.fake_ports import ScriptedPort
from support.hand_clock import HandClock

from gateway.decoders.heard import ModbusException, RegistersRead
from gateway.decoders.modbus_rtu import read_holding_registers, sealed
from gateway.links.baud import BAUDS, Found, modbus_question, try_bauds
from gateway.links.serial_port import Port, PortLostError

ASK = read_holding_registers(1, 0, 1)
ANSWER = sealed(bytes((1, 3, 2, 0, 40)))
Answers = Callable[[bytes], list[tuple[int, bytes]]]


class Line:
    """A device that speaks at one speed; at others it is noise or silence."""

    def __init__(self, baud: int, answers: Answers, *, noisy: bool = False) -> None:
        self.clock = HandClock()
        self.opened: list[int] = []
        self.ports: list[ScriptedPort] = []
        self._baud = baud
        self._answers = answers
        self._noise = random.Random(2) if noisy else None

    def open(self, path: str, baud: int) -> Port:
        self.opened.append(baud)
        port = ScriptedPort(self.clock, self._answers if baud == self._baud else self._wrong)
        self.ports.append(port)
        return port

    def search(self) -> Found | None:
        return try_bauds(self.open, "bus", modbus_question(ASK), BAUDS, self.clock)

    def _wrong(self, _: bytes) -> list[tuple[int, bytes]]:
        return [(5, self._noise.randbytes(9))] if self._noise else []


@pytest.mark.parametrize("noisy", [False, True])
@pytest.mark.parametrize("baud", BAUDS)
def test_the_speed_at_which_it_answers_is_found(baud: int, noisy: bool) -> None:
    line = Line(baud, lambda _: [(20, ANSWER)], noisy=noisy)
    assert line.search() == Found(baud=baud, answer=RegistersRead(slave=1, values=(40,)))
    assert line.opened == list(BAUDS[: BAUDS.index(baud) + 1])
    assert all(port.closed == 1 for port in line.ports)


def test_a_refusal_is_an_answer_too() -> None:
    line = Line(9_600, lambda _: [(20, sealed(b"\x01\x83\x02"))])
    assert line.search() == Found(baud=9_600, answer=ModbusException(slave=1, function=3, code=2))


def test_one_lost_answer_at_the_right_speed_does_not_pass_it_by() -> None:
    script = [[(20, ANSWER)], [], [(20, ANSWER)], [(20, ANSWER)]]
    line = Line(9_600, lambda _: script.pop(0))
    assert line.search() is not None
    assert line.opened == [9_600]
    assert script == []


def test_two_good_frames_among_noise_are_not_enough() -> None:
    script = [[(20, ANSWER)], [], [(20, ANSWER)], []]
    line = Line(9_600, lambda _: script.pop(0))
    assert line.search() is None


def test_nobody_there_is_none_within_a_known_time() -> None:
    line = Line(0, lambda _: [])
    began_ms = line.clock.boottime_ms()
    assert line.search() is None
    assert line.clock.boottime_ms() - began_ms <= len(BAUDS) * 1_600
    assert all(port.closed == 1 for port in line.ports)


def test_a_port_that_is_lost_on_the_way_is_said_and_closed() -> None:
    line = Line(9_600, lambda _: [])

    def gone(path: str, baud: int) -> Port:
        port = line.open(path, baud)
        line.ports[-1].plugged = False
        return port

    with pytest.raises(PortLostError):
        try_bauds(gone, "bus", modbus_question(ASK), BAUDS, line.clock)
    assert line.ports[-1].closed == 1
