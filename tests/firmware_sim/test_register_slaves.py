"""Simulated transmitters, controllers and meters against frames that others printed; a line with its faults."""

import os
import threading
import time

import pytest
from support.waiting import until

from firmware_sim.bus_line import BusLine, LiveLine
from firmware_sim.devices.loggers import logger_line, w1_text
from firmware_sim.devices.modbus import sealed
from firmware_sim.devices.registers import (
    COILS,
    HOLDING,
    INPUTS,
    FloatMeter,
    FridgeController,
    HumidityTransmitter,
    RegisterSlave,
    RenkeTransmitter,
)
from firmware_sim.faults import Fault

AT_MS = 1_000
ASK = bytes.fromhex("010400010002200B")  # the SHT20 transmitter's printed request


def frames(slave: RegisterSlave, body: str) -> list[bytes]:
    return [answer.frame for answer in slave.receive(sealed(bytes.fromhex(body)), AT_MS)]


def test_the_transmitter_gives_the_printed_answer_to_the_printed_request() -> None:
    transmitter = HumidityTransmitter(1)
    transmitter.set(30.5, 54.6)
    assert [answer.frame for answer in transmitter.receive(ASK, AT_MS)] == [bytes.fromhex("010404013102222ACE")]
    assert frames(transmitter, "010400010001") == [bytes.fromhex("010402 01317974".replace(" ", ""))]


def test_a_transmitter_of_the_other_kind_says_hundredths_at_the_same_address() -> None:
    transmitter = HumidityTransmitter(1, per_degree=100)
    transmitter.set(-4.0, 54.6)
    (answer,) = transmitter.receive(ASK, AT_MS)
    assert answer.words == (0x10000 - 400, 5_460)


def test_the_meter_gives_the_printed_floats() -> None:
    meter = FloatMeter(1)
    meter.set(7.0, 25.0)
    assert frames(meter, "010400000004") == [bytes.fromhex("0104080000 40E0000041C89ADD".replace(" ", ""))]


def test_the_renke_kind_says_humidity_first() -> None:
    transmitter = RenkeTransmitter(2)
    transmitter.set(4.0, 55.0)
    assert frames(transmitter, "020300000002") == [sealed(bytes.fromhex("02030402260028"))]


def test_the_controller_keeps_its_extremes_and_its_bits() -> None:
    controller = FridgeController(1)
    for celsius in (11.5, -1.5, 4.0):
        controller.measure(celsius)
    (room,) = controller.receive(sealed(bytes.fromhex("010301000001")), AT_MS)
    (kept,) = controller.receive(sealed(bytes.fromhex("0103012C0002")), AT_MS + 100)
    assert (room.words, kept.words) == ((40,), (0x10000 - 15, 115))
    controller.turn(FridgeController.DOOR_BIT, on=True)
    controller.turn(FridgeController.BROKEN_BIT, on=True)
    controller.turn(FridgeController.DOOR_BIT, on=False)
    assert controller.tables[HOLDING][512] == 1 << FridgeController.BROKEN_BIT


def test_bits_come_lowest_first() -> None:
    slave = RegisterSlave(1)
    slave.tables[COILS] = {0: 1, 1: 0, 2: 1}
    slave.tables[INPUTS] = dict.fromkeys(range(10), 1)
    assert frames(slave, "010100000003") == [sealed(bytes.fromhex("01010105"))]
    assert frames(slave, "01020000000A") == [sealed(bytes.fromhex("010202FF03"))]


@pytest.mark.parametrize(
    ("body", "answer"),
    [
        ("010300000001", "018301"),  # a table that it does not have
        ("010400000001", "018402"),  # an address that it does not have
        ("010400010003", "018402"),
        ("010400010000", "018403"),
        ("01040001007E", "018403"),
        ("010600010001", "018601"),
    ],
)
def test_what_a_slave_cannot_do_is_refused(body: str, answer: str) -> None:
    assert frames(HumidityTransmitter(1), body) == [sealed(bytes.fromhex(answer))]


def test_lines_and_files_are_written_as_the_sheets_say() -> None:
    assert logger_line(1, 4.25) == b"T1=+4.25C*2D\r\n"
    assert w1_text(23.125, 0x0E) == (b"72 01 4b 46 7f ff 0e 10 57 : crc=57 YES\n72 01 4b 46 7f ff 0e 10 57 t=23125\n")
    assert w1_text(85.0).endswith(b"1c t=85000\n")


def test_a_line_echoes_spoils_and_delays_what_its_slaves_say() -> None:
    transmitter = HumidityTransmitter(1)
    transmitter.set(30.5, 54.6)
    line = BusLine([transmitter, RenkeTransmitter(2)], seed=3, echo=True)
    sound = bytes.fromhex("010404013102222ACE")
    assert line.hear(ASK, AT_MS) == [(0, ASK), (0, sound)]
    line.echo = False
    for fault, delay_ms in ((Fault.LATE, 400), (Fault.DROP, 0), (Fault.FLIP_BIT, 0), (Fault.NOISE_BEFORE, 0)):
        line.faults.next_answer(fault, delay_ms)
    said = [line.hear(ASK, AT_MS + 100 * turn) for turn in range(4)]
    assert said[:2] == [[(400, sound)], []]
    ((_, flipped),), ((_, noisy),) = said[2:]
    assert (flipped != sound, len(flipped)) == (True, len(sound))
    assert noisy.endswith(sound)
    assert len(noisy) > len(sound)
    assert line.answered == 5


def test_a_live_line_answers_in_real_time_and_late_ones_later() -> None:
    live = LiveLine(BusLine([HumidityTransmitter(1)], seed=3))
    stop = threading.Event()
    thread = threading.Thread(target=live.run, args=(stop,))
    thread.start()
    host = os.open(live.path, os.O_RDWR | os.O_NOCTTY)
    try:
        live.line.faults.next_answer(Fault.LATE, 150)
        began_s = time.monotonic()
        os.write(host, ASK)
        heard = bytearray()

        def come() -> bool:
            heard.extend(os.read(host, 64))
            return len(heard) == 9

        until(come)
        assert time.monotonic() - began_s >= 0.149
        assert heard == sealed(bytes.fromhex("010404") + bytes((0, 200, 1, 0xF4)))
    finally:
        stop.set()
        thread.join(10)
        os.close(host)
        live.close()
    assert live.path == ""
