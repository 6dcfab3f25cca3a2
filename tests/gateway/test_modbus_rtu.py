"""Modbus RTU answers. Vectors: vendors' manuals and the Modbus specification; each CRC was recomputed."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.decoders.heard import Fault, Heard, InputsRead, ModbusException, RegistersRead, Rejected
from gateway.decoders.modbus_rtu import (
    REFUSED_BYTES_MAX,
    AnswerScanner,
    Request,
    crc16,
    read_discrete_inputs,
    read_holding_registers,
    read_input_registers,
    sealed,
)

ONE = read_holding_registers(1, 0, 1)
ANSWERS: list[tuple[Request, str, Heard]] = [
    (read_input_registers(1, 1, 2), "01 04 04 01 31 02 22 2A CE", RegistersRead(slave=1, values=(305, 546))),
    (read_input_registers(1, 1, 1), "01 04 02 01 31 79 74", RegistersRead(slave=1, values=(305,))),
    (ONE, "01 03 02 00 DB F8 1F", RegistersRead(slave=1, values=(219,))),
    (ONE, "01 83 02 C0 F1", ModbusException(slave=1, function=3, code=2)),
    (
        read_input_registers(1, 0, 4),
        "01 04 08 00 00 40 E0 00 00 41 C8 9A DD",
        RegistersRead(slave=1, values=(0, 0x40E0, 0, 0x41C8)),
    ),
    (ONE, "01 03 02 FF D8 F9 EE", RegistersRead(slave=1, values=(0xFFD8,))),
    (ONE, "01 03 02 80 00 D9 84", RegistersRead(slave=1, values=(0x8000,))),
]


def whole(request: Request, data: bytes) -> list[Heard]:
    scanner = AnswerScanner(request)
    return scanner.feed(data) + scanner.idle_flush()


def byte_by_byte(request: Request, data: bytes) -> list[Heard]:
    scanner = AnswerScanner(request)
    heard = [item for i in range(len(data)) for item in scanner.feed(data[i : i + 1])]
    return heard + scanner.idle_flush()


def answers(heard: list[Heard]) -> list[Heard]:
    return [item for item in heard if not isinstance(item, Rejected)]


@pytest.mark.parametrize(
    ("request_", "text"),
    [
        (read_input_registers(1, 1, 2), "01 04 00 01 00 02 20 0B"),
        (ONE, "01 03 00 00 00 01 84 0A"),
        (read_holding_registers(0x11, 0x6B, 3), "11 03 00 6B 00 03 76 87"),
    ],
)
def test_requests_are_the_bytes_of_the_manuals(request_: Request, text: str) -> None:
    assert request_.frame == bytes.fromhex(text)


@pytest.mark.parametrize(("request_", "text", "expected"), ANSWERS)
def test_answers_of_the_manuals_are_read_whatever_way_they_are_sliced(
    request_: Request, text: str, expected: Heard
) -> None:
    frame = bytes.fromhex(text)
    assert whole(request_, frame) == byte_by_byte(request_, frame) == [expected]
    for noise in (b"\xff\x00\xfe", b"\x01", b"\x01\x03", request_.frame, frame[:3], frame[:-1]):
        noisy = noise + frame
        assert whole(request_, noisy) == byte_by_byte(request_, noisy)
        assert answers(whole(request_, noisy)) == [expected]


def test_discrete_inputs_come_lowest_first() -> None:
    request = read_discrete_inputs(2, 0, 2)
    assert whole(request, sealed(bytes((2, 2, 1, 0b10)))) == [InputsRead(slave=2, bits=(False, True))]
    wide = read_discrete_inputs(2, 0, 10)
    bits = (True, False, False, False, False, False, False, False, False, True)
    assert whole(wide, sealed(bytes((2, 2, 2, 0x01, 0x02)))) == [InputsRead(slave=2, bits=bits)]


@pytest.mark.parametrize(
    "other",
    [
        sealed(bytes((2, 3, 2, 0, 219))),  # another slave
        sealed(bytes((1, 4, 2, 0, 219))),  # another function
        sealed(bytes((1, 3, 4, 0, 219, 0, 1))),  # more registers than asked for
        sealed(bytes((2, 0x83, 2))),  # another slave's exception
        sealed(bytes((1, 0x84, 2))),  # the exception of another function
    ],
)
def test_a_sound_answer_that_nobody_asked_for_is_never_taken(other: bytes) -> None:
    assert whole(ONE, other) == [Rejected(fault=Fault.UNASKED, raw=other)]


def test_a_second_answer_after_the_first_is_refused() -> None:
    frame = bytes.fromhex("01 03 02 00 DB F8 1F")
    late = sealed(bytes((1, 3, 2, 0x01, 0x00)))
    assert whole(ONE, frame + late) == [
        RegistersRead(slave=1, values=(219,)),
        Rejected(fault=Fault.UNASKED, raw=late),
    ]


def test_what_is_refused_says_why() -> None:
    frame = bytes.fromhex("01 03 02 00 DB F8 1F")
    assert whole(ONE, frame[:-1] + b"\x00") == [Rejected(fault=Fault.CHECKSUM, raw=frame[:-1] + b"\x00")]
    assert whole(ONE, frame[:-2]) == [Rejected(fault=Fault.TRUNCATED, raw=frame[:-2])]
    assert whole(ONE, ONE.frame) == [Rejected(fault=Fault.ECHO, raw=ONE.frame)]
    assert whole(ONE, b"\x55\xaa") == [Rejected(fault=Fault.NOISE, raw=b"\x55\xaa")]
    assert whole(ONE, b"") == []


@pytest.mark.parametrize("position", range(21))
@pytest.mark.parametrize("bit", range(8))
def test_no_single_flipped_bit_passes_as_a_temperature(position: int, bit: int) -> None:
    request = read_holding_registers(1, 0, 8)
    frame = bytearray(sealed(bytes((1, 3, 16)) + bytes(range(16))))
    frame[position] ^= 1 << bit
    assert answers(whole(request, bytes(frame))) == []


def test_noise_is_bounded_and_the_answer_after_it_is_found() -> None:
    noise = random.Random(3).randbytes(1_000_000)
    scanner = AnswerScanner(ONE)
    for i in range(0, len(noise), 1_000):
        heard = scanner.feed(noise[i : i + 1_000])
        assert all(isinstance(item, Rejected) and len(item.raw) <= REFUSED_BYTES_MAX for item in heard)
    assert not scanner.complete
    assert answers(scanner.feed(bytes.fromhex("01 03 02 00 DB F8 1F"))) == [RegistersRead(slave=1, values=(219,))]
    assert sum(len(item.raw) for item in scanner.idle_flush() if isinstance(item, Rejected)) <= REFUSED_BYTES_MAX


@pytest.mark.parametrize(
    ("slave", "first", "count"), [(0, 0, 1), (248, 0, 1), (1, -1, 1), (1, 0x10000, 1), (1, 0, 0), (1, 0, 126)]
)
def test_a_request_that_the_standard_forbids_is_our_own_mistake(slave: int, first: int, count: int) -> None:
    with pytest.raises(ValueError, match="allowed are"):
        read_holding_registers(slave, first, count)


@given(st.lists(st.integers(0, 0xFFFF), min_size=1, max_size=125), st.binary(max_size=40), st.integers(0, 300))
def test_any_registers_are_found_behind_any_noise_at_any_cut(values: list[int], noise: bytes, cut: int) -> None:
    request = read_holding_registers(9, 0, len(values))
    data = noise + sealed(bytes((9, 3, 2 * len(values))) + b"".join(v.to_bytes(2, "big") for v in values))
    scanner = AnswerScanner(request)
    heard = scanner.feed(data[:cut]) + scanner.feed(data[cut:])
    assert heard[-1] == RegistersRead(slave=9, values=tuple(values))
    assert heard == whole(request, data)


@given(st.binary(min_size=1, max_size=60))
def test_a_sealed_frame_has_no_rest(body: bytes) -> None:
    assert crc16(sealed(body)) == 0
