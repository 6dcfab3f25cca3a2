"""The two slaves on the RS-485 line against frames that others printed or captured."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_sim.devices.contacts import DOOR_OPEN_INPUT, MAINS_PRESENT_INPUT, Contacts
from firmware_sim.devices.modbus import FRAME_BYTES_MAX, SILENCE_MS, RequestCutter, crc16, sealed
from firmware_sim.devices.r4dcb08 import CHANNELS, NO_SENSOR, R4dcb08, register_of

READ_ONE = bytes.fromhex("010300000001840A")
AT_MS = 1_000


def collector(*celsius: float) -> R4dcb08:
    device = R4dcb08()
    device.registers[: len(celsius)] = [register_of(value) for value in celsius]
    return device


def frames(device: R4dcb08 | Contacts, data: bytes) -> list[bytes]:
    return [answer.frame for answer in device.receive(data, AT_MS)]


@pytest.mark.parametrize(
    "frame",
    [
        "010400010002200B",  # SHT20 transmitter, request and answer
        "0104040131022 22ACE",
        "010402013179 74",
        "010300000001840A",  # R4DCB08 manual
        "010302 00DBF81F",
        "0183 02C0F1",
        "1103006B00037687",  # MODBUS Application Protocol
        "0104080000 40E0000041C89ADD",
        "010302FFD8F9EE",
        "0103028000D984",
    ],
)
def test_the_crc_of_every_printed_frame_comes_out(frame: str) -> None:
    whole = bytes.fromhex(frame.replace(" ", ""))
    assert sealed(whole[:-2]) == whole


def test_the_collector_answers_the_manuals_request_with_21_9_degrees() -> None:
    assert frames(collector(21.9), READ_ONE) == [bytes.fromhex("01030200DBF81F")]


def test_four_degrees_below_zero_are_twos_complement() -> None:
    assert frames(collector(-4.0), READ_ONE) == [bytes.fromhex("010302FFD8F9EE")]


def test_a_channel_without_a_probe_says_so() -> None:
    assert frames(collector(), READ_ONE) == [bytes.fromhex("0103028000D984")]


@pytest.mark.parametrize("count", range(1, CHANNELS + 1))
def test_one_to_eight_registers_come_in_one_answer(count: int) -> None:
    device = collector(4.0, 3.9)
    (answer,) = device.receive(sealed(bytes((1, 3, 0, 0, 0, count))), AT_MS)
    assert answer.first == 0
    assert answer.registers == (40, 39, *[NO_SENSOR] * 6)[:count]
    assert len(answer.frame) == 5 + 2 * count


@pytest.mark.parametrize(
    ("body", "answer"),
    [
        ("010300000009", "018302"),  # one register too many
        ("010300080001", "018302"),  # an address beyond the last channel
        ("0103FFFF0002", "018302"),
        ("010300000000", "018303"),  # no register at all
        ("01030000007E", "018303"),  # more than the standard allows
        ("010400000001", "018401"),  # the function of another kind of device
        ("010600000001", "018601"),
        ("012B0E0100", "01AB01"),  # a function whose length we do not know
    ],
)
def test_what_the_collector_cannot_do_is_an_exception(body: str, answer: str) -> None:
    assert frames(collector(4.0), sealed(bytes.fromhex(body))) == [sealed(bytes.fromhex(answer))]


def test_the_exception_for_a_bad_address_is_the_captured_one() -> None:
    assert frames(collector(), sealed(bytes.fromhex("010300080001"))) == [bytes.fromhex("018302C0F1")]


def test_another_slaves_request_gets_no_answer() -> None:
    assert frames(collector(4.0), bytes.fromhex("1103006B00037687")) == []
    assert frames(collector(4.0), sealed(bytes.fromhex("000300000001"))) == []  # a broadcast


def test_a_wrong_crc_gets_no_answer_and_a_request_after_silence_does() -> None:
    device = collector(21.9)
    assert device.receive(READ_ONE[:-1] + b"\x0b", AT_MS) == []
    assert device.receive(READ_ONE, AT_MS) == []  # no silence in between: still the same broken frame
    assert len(device.receive(READ_ONE, AT_MS + SILENCE_MS)) == 1


def test_half_a_request_is_forgotten_after_silence() -> None:
    device = collector(21.9)
    assert device.receive(READ_ONE[:5], AT_MS) == []
    assert device.midway
    assert len(device.receive(READ_ONE, AT_MS + SILENCE_MS)) == 1
    assert not device.midway


def test_endless_noise_of_an_unknown_function_is_held_to_one_frame() -> None:
    cutter = RequestCutter()
    noise = bytes((9, 100)) * 2_000
    assert cutter.cut(noise[: FRAME_BYTES_MAX - 1], AT_MS) == []
    assert cutter.midway
    assert cutter.cut(noise, AT_MS) == []
    assert not cutter.midway


@given(st.data())
def test_requests_are_answered_alike_however_they_are_chunked(data: st.DataObject) -> None:
    stream = data.draw(
        st.lists(
            st.sampled_from(
                [
                    READ_ONE,
                    sealed(b"\x01\x03\x00\x00\x00\x08"),
                    sealed(b"\x02\x02\x00\x00\x00\x02"),
                    sealed(b"\x01\x2b\x0e"),
                ]
            ),
            max_size=6,
        ).map(b"".join)
    )
    cuts = data.draw(st.lists(st.integers(0, len(stream)), max_size=8).map(sorted))
    whole = frames(collector(4.2, 3.8), stream)
    device = collector(4.2, 3.8)
    pieces = [stream[start:stop] for start, stop in zip([0, *cuts], [*cuts, len(stream)], strict=True)]
    assert [frame for piece in pieces for frame in frames(device, piece)] == whole
    assert len(whole) == sum(1 for place in range(len(stream)) if stream[place:].startswith((b"\x01\x03", b"\x01\x2b")))


@given(st.binary(max_size=600), st.lists(st.integers(0, 600), max_size=6).map(sorted))
def test_noise_is_treated_alike_however_it_is_chunked(noise: bytes, cuts: list[int]) -> None:
    whole = frames(collector(4.0), noise)
    device = collector(4.0)
    pieces = [noise[start:stop] for start, stop in zip([0, *cuts], [*cuts, len(noise)], strict=True)]
    assert [frame for piece in pieces for frame in frames(device, piece)] == whole


@given(st.binary(min_size=1, max_size=40), st.integers(0, 319))
def test_the_crc_notices_every_single_flipped_bit(body: bytes, bit: int) -> None:
    whole = bytearray(sealed(body))
    place = bit % (len(whole) * 8)
    whole[place // 8] ^= 1 << place % 8
    assert crc16(whole[:-2]).to_bytes(2, "little") != whole[-2:]


@pytest.mark.parametrize(
    ("celsius", "register"),
    [(6.0, 60), (6.049, 60), (6.051, 61), (1.951, 20), (1.949, 19), (0.0, 0), (-0.06, 0xFFFF), (200.0, 1250)],
)
def test_the_register_is_the_nearest_tenth_within_what_the_probe_can_measure(celsius: float, register: int) -> None:
    assert register_of(celsius) == register


def test_door_and_mains_are_the_two_lowest_bits() -> None:
    device = Contacts()
    request = sealed(bytes.fromhex("020200000002"))
    assert frames(device, request) == [sealed(bytes.fromhex("02020102"))]
    device.inputs[DOOR_OPEN_INPUT] = True
    assert frames(device, request) == [sealed(bytes.fromhex("02020103"))]
    device.inputs[MAINS_PRESENT_INPUT] = False
    assert frames(device, request) == [sealed(bytes.fromhex("02020101"))]
    assert frames(device, sealed(bytes.fromhex("020200010001"))) == [sealed(bytes.fromhex("02020100"))]
    assert frames(device, sealed(bytes.fromhex("020200000008"))) == [sealed(bytes.fromhex("02020101"))]


def test_an_answer_says_which_inputs_it_speaks_of() -> None:
    device = Contacts()
    device.inputs[7] = True
    (answer,) = device.receive(sealed(bytes.fromhex("020200050003")), AT_MS)
    assert (answer.frame, answer.first, answer.inputs) == (sealed(bytes.fromhex("02020104")), 5, (False, False, True))
    (refusal,) = device.receive(sealed(bytes.fromhex("020200080001")), AT_MS)
    assert refusal.inputs == ()


@pytest.mark.parametrize(
    ("body", "answer"),
    [("020200000009", "028202"), ("020200080001", "028202"), ("020200000000", "028203"), ("020300000001", "028301")],
)
def test_what_the_contacts_cannot_do_is_an_exception(body: str, answer: str) -> None:
    assert [said.frame for said in Contacts().receive(sealed(bytes.fromhex(body)), AT_MS)] == [
        sealed(bytes.fromhex(answer))
    ]


def test_the_contacts_stay_silent_to_the_collectors_requests_and_to_a_wrong_crc() -> None:
    device = Contacts()
    assert device.receive(READ_ONE, AT_MS) == []
    assert device.receive(bytes.fromhex("0202000000020000"), AT_MS) == []
