"""Against a server that others wrote: Modbus RTU over a pseudo-terminal, and Modbus TCP."""

import builtins
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from support.hand_clock import HandClock
from support.memory_spool import MemorySpool
from support.pymodbus_peer import rtu_server, tcp_server

from coldchain.facts import EventKind, Quality
from gateway.clock import SystemClock
from gateway.counters import Counters
from gateway.decoders.heard import RegistersRead
from gateway.decoders.modbus_rtu import read_discrete_inputs, read_holding_registers, read_input_registers
from gateway.edge import Edge
from gateway.links.line import Line
from gateway.links.modbus_link import Answered, Failed, Failure, ModbusLink, Outcome
from gateway.links.modbus_tcp import MissingTcpError, ModbusTcp
from gateway.links.serial_port import open_port
from gateway.maps import load_map
from gateway.plan import BusPlan, DevicePlan, EdgePlan

COLLECTOR = [40, 45, 0x8000, 850, 0xFFD8, 0, 0, 0]
READ = read_holding_registers(1, 0, 8)
ABSENT = Failed(failure=Failure.NO_ANSWER)


def registers(outcome: Outcome) -> tuple[int, ...]:
    assert isinstance(outcome, Answered)
    assert isinstance(outcome.heard, RegistersRead)
    return outcome.heard.values


def test_an_rtu_server_that_others_wrote_is_read_and_an_absent_slave_is_silent() -> None:
    with rtu_server({1: COLLECTOR, 7: [300, 301]}) as port:
        link = ModbusLink(
            Line("pty", 9_600, lambda path, baud: port, SystemClock(), Counters()), SystemClock(), Counters()
        )
        assert registers(link.transact(READ)) == tuple(COLLECTOR)
        assert registers(link.transact(read_input_registers(7, 1, 1))) == (301,)
        assert link.transact(read_holding_registers(1, 90, 1)) == Failed(failure=Failure.EXCEPTION, code=2)
        assert link.transact(read_holding_registers(3, 0, 1)) == ABSENT
        assert registers(link.transact(READ)) == tuple(COLLECTOR)


def test_a_tcp_server_that_others_wrote_is_read_and_an_absent_slave_is_silent() -> None:
    counters = Counters()
    with tcp_server({1: COLLECTOR, 7: [300, 301]}) as url:
        link = ModbusTcp(url, SystemClock(), counters)
        assert registers(link.transact(READ)) == tuple(COLLECTOR)
        assert registers(link.transact(read_input_registers(7, 0, 2))) == (300, 301)
        assert isinstance(link.transact(read_discrete_inputs(1, 0, 3)), Answered)
        assert link.transact(read_holding_registers(1, 90, 1)) == Failed(failure=Failure.EXCEPTION, code=2)
        assert link.transact(read_holding_registers(3, 0, 1)) == ABSENT
        assert registers(link.transact(READ)) == tuple(COLLECTOR)
        link.close()
    assert counters.port_opens == 2, "the connection on which nobody answered is given up"


def test_a_device_behind_tcp_gives_the_same_samples_as_on_a_line() -> None:
    with tcp_server({1: COLLECTOR}) as url:
        device = DevicePlan(
            slave=1, map=load_map("r4dcb08"), channels={"0": "load", "2": "torn", "4": "freezer"}, poll_ms=20_000
        )
        plan = EdgePlan(gateway="gw-1", buses=(BusPlan(port=url, devices=(device,)),))
        spool = MemorySpool()
        edge = Edge(plan, SystemClock(), spool, open_port, Counters())
        edge.tick()
        edge.close()
        assert [(s.origin, s.micro_celsius, s.quality) for s in spool.samples()] == [
            ("load", 4_000_000, Quality.GOOD),
            ("torn", None, Quality.NO_SENSOR),
            ("freezer", -4_000_000, Quality.GOOD),
        ]


def test_nobody_at_the_address_is_silence_with_growing_pauses_and_words_for_the_operator() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound and not listening: refused at once
        clock, counters, spool = HandClock(), Counters(), MemorySpool()
        url = f"tcp://127.0.0.1:{taken.getsockname()[1]}"
        device = DevicePlan(slave=1, map=load_map("r4dcb08"), channels={"0": "load"}, poll_ms=1_000)
        edge = Edge(
            EdgePlan(gateway="gw-1", buses=(BusPlan(port=url, devices=(device,)),)), clock, spool, open_port, counters
        )
        for _ in range(120):
            edge.tick()
            clock.forward(1_000)
        (state,) = edge.devices()
        edge.close()
    assert [event.details["reason"] for event in spool.events(EventKind.DEVICE_SILENT)] == ["no-port"]
    assert counters.ports_lost["absent"] <= 12
    assert url in state.message


@contextmanager
def scripted_tcp(*answers: list[bytes]) -> Iterator[str]:
    """Serve one connection after the other; each answers its requests with the bytes scripted for it, then is silent.

    The transaction number of the request is put in front of an answer that begins with b"ID".
    """
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        listener.settimeout(10)

        def serve() -> None:
            for script in answers:
                connection, _ = listener.accept()
                with connection:
                    connection.settimeout(10)
                    while request := connection.recv(256):
                        if script:
                            answer = script.pop(0)
                            connection.sendall(request[:2] + answer[2:] if answer[:2] == b"ID" else answer)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"tcp://127.0.0.1:{listener.getsockname()[1]}"
        thread.join(10)


def tcp_frame(number: bytes, body: bytes) -> bytes:
    return number + b"\0\0" + len(body).to_bytes(2, "big") + body


GOOD = tcp_frame(b"ID", bytes((1, 3, 2, 0, 40)))


@pytest.mark.parametrize(
    "wrong",
    [
        tcp_frame(b"\x77\x77", bytes((1, 3, 2, 0, 99))),  # the answer to another question
        tcp_frame(b"ID", bytes((2, 3, 2, 0, 99))),  # another slave's
        tcp_frame(b"ID", bytes((1, 4, 2, 0, 99))),  # another function
        tcp_frame(b"ID", bytes((1, 3, 4, 0, 99, 0, 98))),  # more than was asked for
        GOOD[:-1],
        b"HTTP/1.1 400 Bad Request\r\n\r\n",
        bytes(random_byte % 256 for random_byte in range(7, 2_000, 37)),
    ],
)
def test_a_wrong_tcp_answer_is_never_a_value_and_the_next_connection_is_read(wrong: bytes) -> None:
    with scripted_tcp([wrong], [GOOD]) as url:
        link = ModbusTcp(url, SystemClock(), Counters())
        one = read_holding_registers(1, 0, 1)
        assert link.transact(one) == ABSENT
        assert registers(link.transact(one)) == (40,)
        link.close()


def test_without_pymodbus_the_message_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def refuse(name: str, *rest: Any, **more: Any) -> Any:
        if name.startswith("pymodbus"):
            raise ImportError(name)
        return real(name, *rest, **more)

    monkeypatch.setattr(builtins, "__import__", refuse)
    with pytest.raises(MissingTcpError, match=r"coldchain\[tcp\]"):
        ModbusTcp("tcp://127.0.0.1:502", SystemClock(), Counters())
