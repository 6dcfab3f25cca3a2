"""Serial ports on real pseudo-terminals: opening, unplugging, plugging in again."""

import errno
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.hand_clock import HandClock
from support.pty_adapter import Adapter

from gateway.counters import Counters
from gateway.decoders.heard import RegistersRead
from gateway.decoders.modbus_rtu import read_holding_registers, sealed
from gateway.links.line import Line
from gateway.links.modbus_link import Answered, Failed, Failure, ModbusLink
from gateway.links.serial_port import PortFault, PortLostError, SerialPort, fault_of, framed, open_port


@pytest.fixture
def adapter(tmp_path: Path) -> Iterator[Adapter]:
    adapter = Adapter(tmp_path / "usb-rs485")
    yield adapter
    adapter.unplug()


def test_bytes_go_both_ways_unchanged(adapter: Adapter) -> None:
    port = open_port(str(adapter.name), 9_600)
    everything = bytes(range(256))
    port.write(everything)
    assert os.read(adapter.master, 1_000) == everything
    os.write(adapter.master, everything)
    heard = b""
    while len(heard) < len(everything):
        heard += port.read(1_000)
    assert heard == everything
    assert port.read(0) == b""
    port.close()


def test_flushed_bytes_are_gone(adapter: Adapter) -> None:
    port = SerialPort(str(adapter.name), 9_600)
    os.write(adapter.master, b"old")
    assert port.read(1_000) == b"old"
    os.write(adapter.master, b"older")
    port.read(1_000)
    port.flush_input()
    assert port.read(0) == b""
    port.close()


def test_a_port_that_is_not_there_is_told_apart(tmp_path: Path) -> None:
    with pytest.raises(PortLostError, match="no such device") as caught:
        open_port(str(tmp_path / "nothing"), 9_600)
    assert caught.value.fault is PortFault.ABSENT


def test_a_port_that_another_gateway_uses_is_told_apart(adapter: Adapter) -> None:
    first = open_port(str(adapter.name), 9_600)
    with pytest.raises(PortLostError, match="another program uses it") as caught:
        open_port(str(adapter.name), 9_600)
    assert caught.value.fault is PortFault.BUSY
    first.close()
    open_port(str(adapter.name), 9_600).close()


def test_a_file_that_is_no_serial_port_is_told_apart(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no tty")
    with pytest.raises(PortLostError, match="cannot be used"):
        open_port(str(tmp_path / "file"), 9_600)


@pytest.mark.parametrize(
    ("number", "fault"),
    [
        (errno.ENOENT, PortFault.ABSENT),
        (errno.EACCES, PortFault.NO_PERMISSION),
        (errno.EBUSY, PortFault.BUSY),
        (errno.EAGAIN, PortFault.BUSY),
        (errno.EIO, PortFault.BROKEN),
    ],
)
def test_the_systems_error_numbers_become_advice(number: int, fault: PortFault) -> None:
    assert fault_of(OSError(number, "told by the system")) is fault
    assert "serial port /dev/ttyUSB0: " in str(PortLostError("/dev/ttyUSB0", fault, "x"))


def test_missing_rights_name_the_group(adapter: Adapter) -> None:
    assert "dialout" in str(PortLostError("/dev/ttyUSB0", PortFault.NO_PERMISSION, "x"))


@pytest.mark.parametrize("call", ["read", "write", "flush_input"])
def test_every_call_on_an_unplugged_adapter_says_so(adapter: Adapter, call: str) -> None:
    port = open_port(str(adapter.name), 9_600)
    adapter.unplug()
    with pytest.raises(PortLostError, match="has gone") as caught:
        {"read": lambda: port.read(100), "write": lambda: port.write(b"x"), "flush_input": port.flush_input}[call]()
    assert caught.value.fault is PortFault.UNPLUGGED
    port.close()
    port.close()


class AnsweringPort:
    """A real port whose device answers before `write` returns."""

    def __init__(self, port: SerialPort, adapter: Adapter, answer: bytes) -> None:
        self._port = port
        self._adapter = adapter
        self._answer = answer

    def read(self, timeout_ms: int) -> bytes:
        return self._port.read(timeout_ms)

    def write(self, data: bytes) -> None:
        self._port.write(data)
        os.read(self._adapter.master, 100)
        os.write(self._adapter.master, self._answer)

    def flush_input(self) -> None:
        self._port.flush_input()

    def close(self) -> None:
        self._port.close()


def test_an_adapter_is_found_again_after_it_was_pulled_and_plugged_in(adapter: Adapter) -> None:
    clock, counters = HandClock(), Counters()
    answer = sealed(bytes((1, 3, 2, 0, 40)))
    line = Line(
        str(adapter.name),
        9_600,
        lambda path, baud: AnsweringPort(SerialPort(path, baud), adapter, answer),
        clock,
        counters,
    )
    link = ModbusLink(line, clock, counters)
    one = read_holding_registers(1, 0, 1)
    assert isinstance(link.transact(one), Answered)
    adapter.unplug()
    assert link.transact(one) == Failed(failure=Failure.NO_PORT)
    assert "has gone" in line.message
    clock.forward(500)
    assert link.transact(one) == Failed(failure=Failure.NO_PORT)
    assert "no such device" in line.message
    adapter.plug()
    clock.forward(1_000)
    outcome = link.transact(one)
    assert isinstance(outcome, Answered)
    assert outcome.heard == RegistersRead(slave=1, values=(40,))
    assert counters.snapshot()["ports_lost"] == {"unplugged": 1, "absent": 1}
    assert counters.port_opens == 2
    assert line.message == ""
    line.close()


@pytest.mark.parametrize("framing", ["8N1", "8E1", "8O1", "8N2", "7E1"])
def test_a_line_is_opened_with_the_bits_of_its_devices(framing: str) -> None:
    port = framed(framing)("loop://", 19_200)
    assert isinstance(port, SerialPort)
    line = port._serial
    assert (line.baudrate, f"{line.bytesize}{line.parity}{line.stopbits}") == (19_200, framing)
    port.close()
