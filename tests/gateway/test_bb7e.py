"""Frames of BB..7E readers. Vectors: vendor's "Communication Protocol V2.1" and captures; each was recomputed."""

import random
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.fake_ports import NO_TAG_FRAME, STOPPED_FRAME, bb_frame, tag_notice

from gateway.decoders.bb7e import (
    FRAME_BYTES_MAX,
    Bb7eDecoder,
    command,
    start_inventory,
    stop_inventory,
)
from gateway.decoders.framing import NOISE_BYTES_MAX
from gateway.decoders.heard import (
    Fault,
    Heard,
    ReaderAnswer,
    ReaderError,
    ReaderInfo,
    ReaderNoTag,
    ReaderStopped,
    Rejected,
    TagSeen,
)

EPC = "30751FEB705C5904E3D50D70"
NOTICE = bytes.fromhex("BB 02 22 00 11 C9 34 00 30 75 1F EB 70 5C 59 04 E3 D5 0D 70 3A 76 EF 7E")
CAPTURE = bytes.fromhex("BB 02 22 00 11 C8 34 00 E2 00 10 71 00 00 52 9B 09 40 B4 02 16 3D D3 7E")
SEEN = TagSeen(rssi_dbm=-55, pc=0x3400, epc=EPC)
CAPTURED = TagSeen(rssi_dbm=-56, pc=0x3400, epc="E2001071000052 9B0940B402".replace(" ", ""))

ANSWERS = [
    (NOTICE, SEEN),
    (CAPTURE, CAPTURED),
    (bytes.fromhex("BB 01 FF 00 01 15 16 7E"), ReaderNoTag()),
    (bytes.fromhex("BB 01 28 00 01 00 2A 7E"), ReaderStopped()),
    (
        bytes.fromhex("BB 01 39 00 13 0E 34 00 30 75 1F EB 70 5C 59 04 E3 D5 0D 70 12 34 56 78 B0 7E"),
        ReaderAnswer(command=0x39, parameters=bytes.fromhex("0E3400" + EPC + "12345678")),
    ),
    (
        bytes.fromhex("BB 01 FF 00 10 16 0E 34 00 30 75 1F EB 70 5C 59 04 E3 D5 0D 70 75 7E"),
        ReaderError(code=0x16, detail=bytes.fromhex("0E3400" + EPC)),
    ),
    (bytes.fromhex("BB 01 B7 00 02 07 D0 91 7E"), ReaderAnswer(command=0xB7, parameters=b"\x07\xd0")),
    (
        bytes.fromhex("BB 01 03 00 10 00 4D 31 30 30 20 32 36 64 42 6D 20 56 31 2E 30 92 7E"),
        ReaderInfo(subject=0, text="M100 26dBm V1.0"),
    ),
]
COMMANDS = [
    ("BB 00 22 00 00 22 7E", command(0x22)),
    ("BB 00 27 00 03 22 27 10 83 7E", start_inventory(10_000)),
    ("BB 00 28 00 00 28 7E", stop_inventory()),
    (
        "BB 00 0C 00 13 01 00 00 00 20 60 00 30 75 1F EB 70 5C 59 04 E3 D5 0D 70 AD 7E",
        command(0x0C, bytes.fromhex("01000000206000" + EPC)),
    ),
    (
        "BB 00 49 00 11 00 00 00 00 03 00 00 00 04 01 02 03 04 05 06 07 08 85 7E",
        command(0x49, bytes.fromhex("0000000003000000040102030405060708")),
    ),
]
MISPRINTS = [
    "BB 01 FF 00 01 10 0A 7E",
    "BB 00 AB 00 01 01 AC 7E",
    "BB 01 03 00 10 00 4D 31 30 30 20 32 36 64 42 6D 20 56 31 2E 30 22 7E",
]


def whole(data: bytes) -> list[Heard]:
    decoder = Bb7eDecoder()
    return decoder.feed(data) + decoder.idle_flush()


def byte_by_byte(data: bytes) -> list[Heard]:
    decoder = Bb7eDecoder()
    heard = [item for i in range(len(data)) for item in decoder.feed(data[i : i + 1])]
    return heard + decoder.idle_flush()


def sound(heard: Sequence[Heard]) -> list[Heard]:
    return [item for item in heard if not isinstance(item, Rejected)]


def faults(heard: Sequence[Heard]) -> list[Fault]:
    return [item.fault for item in heard if isinstance(item, Rejected)]


@pytest.mark.parametrize(("frame", "expected"), ANSWERS)
def test_every_answer_of_the_vendor_is_heard_whatever_way_it_is_sliced(frame: bytes, expected: Heard) -> None:
    noise = b"\x00\xff\x12"
    assert whole(frame) == byte_by_byte(frame) == [expected]
    assert whole(noise + frame + noise) == byte_by_byte(noise + frame + noise)
    assert sound(whole(noise + frame + noise)) == [expected]
    assert whole(frame + frame) == [expected, expected]


@pytest.mark.parametrize(("text", "built"), COMMANDS)
def test_our_commands_are_the_vendors_bytes(text: str, built: bytes) -> None:
    assert built == bytes.fromhex(text)


@pytest.mark.parametrize(("text", "built"), COMMANDS)
def test_the_echo_of_a_command_is_no_answer(text: str, built: bytes) -> None:
    assert faults(whole(built)) == [Fault.NOT_AN_ANSWER]
    assert sound(whole(built + NOTICE)) == [SEEN]


@pytest.mark.parametrize("text", MISPRINTS)
def test_the_wrong_sums_that_the_vendor_printed_are_refused(text: str) -> None:
    frame = bytes.fromhex(text)
    assert whole(frame) == byte_by_byte(frame) == [Rejected(fault=Fault.CHECKSUM, raw=frame)]


@pytest.mark.parametrize("split", range(len(NOTICE) + 1))
def test_a_notice_may_be_cut_anywhere(split: int) -> None:
    decoder = Bb7eDecoder()
    assert decoder.feed(NOTICE[:split]) + decoder.feed(NOTICE[split:]) == [SEEN]
    assert decoder.frames == 1
    assert decoder.pending == 0


@pytest.mark.parametrize("position", range(len(NOTICE)))
@pytest.mark.parametrize("flip", [0x01, 0x80])
def test_a_flipped_bit_never_gives_a_tag_and_never_costs_the_next_one(position: int, flip: int) -> None:
    broken = bytearray(NOTICE)
    broken[position] ^= flip
    heard = whole(bytes(broken) + CAPTURE)
    assert sound(heard) == [CAPTURED]
    assert faults(heard)


@pytest.mark.parametrize("missing", range(1, len(NOTICE)))
def test_a_frame_that_is_cut_off_does_not_swallow_the_next_one(missing: int) -> None:
    heard = whole(NOTICE[:-missing] + CAPTURE)
    assert sound(heard) == [CAPTURED]


def test_a_tag_whose_own_crc_is_wrong_is_refused_although_the_frame_is_sound() -> None:
    parameters = bytearray(NOTICE[5:-2])
    parameters[6] ^= 1
    frame = bb_frame(2, 0x22, bytes(parameters))
    assert whole(frame)[0] == Rejected(fault=Fault.TAG_CRC, raw=frame)


@pytest.mark.parametrize("pc", [0x3000, 0x2C00, 0x0000])
def test_an_epc_that_is_not_as_long_as_its_pc_says_is_refused(pc: int) -> None:
    said = pc.to_bytes(2, "big") + bytes.fromhex(EPC)[: 12 if pc != 0x3000 else 10]
    frame = bb_frame(2, 0x22, b"\xc9" + said + b"\x00\x00")
    assert whole(frame)[0] == Rejected(fault=Fault.EPC_LENGTH, raw=frame)


def test_a_tag_without_any_epc_names_nothing_and_is_refused() -> None:
    assert faults(whole(bb_frame(2, 0x22, b"\xc9\x00\x00\xff\xff")))[0] is Fault.EPC_LENGTH


@pytest.mark.parametrize("epc", ["BB7E" * 6, "BB0228000100", "7E7E", "BB01280001002A7E", "00" * 62])
def test_head_and_tail_bytes_inside_a_tag_are_only_bytes(epc: str) -> None:
    frame = tag_notice(epc)
    assert whole(frame) == byte_by_byte(frame)
    assert whole(frame) == [TagSeen(rssi_dbm=-50, pc=len(epc) // 4 << 11, epc=epc)]


def test_a_frame_inside_what_looked_like_a_longer_one_is_found_once_the_line_is_idle() -> None:
    decoder = Bb7eDecoder()
    assert decoder.feed(bytes.fromhex("BB02220040") + NOTICE) == []
    heard = decoder.idle_flush()
    assert sound(heard) == [SEEN]
    assert faults(heard) == [Fault.TRUNCATED]
    assert decoder.pending == 0


def test_a_length_beyond_the_cap_is_not_waited_for() -> None:
    decoder = Bb7eDecoder()
    assert sound(decoder.feed(bytes.fromhex("BB0222FFFF") + NOTICE)) == [SEEN]


def test_a_notice_of_an_unknown_kind_and_empty_answers_are_refused() -> None:
    for frame in (bb_frame(2, 0x99, b"\x01"), bb_frame(1, 0xFF, b""), bb_frame(2, 0x22, b"\x01")):
        assert whole(frame)[0] == Rejected(fault=Fault.PAYLOAD, raw=frame)


def test_faults_and_frames_are_counted() -> None:
    decoder = Bb7eDecoder()
    decoder.feed(b"\x01\x02" + NOTICE + bytes.fromhex(MISPRINTS[0]) + STOPPED_FRAME + NO_TAG_FRAME)
    assert decoder.frames == 3
    assert decoder.faults == {Fault.NOISE: 1, Fault.CHECKSUM: 1}


@pytest.mark.parametrize("seed", range(3))
def test_a_noisy_line_neither_breaks_the_decoder_nor_fills_its_memory(seed: int) -> None:
    dice = random.Random(seed)
    decoder = Bb7eDecoder()
    pieces = [b"\xbb\x02\x22\x00\x80" if dice.randrange(200) == 0 else dice.randbytes(20) for _ in range(10_000)]
    for piece in pieces:
        decoder.feed(piece)
        assert decoder.pending <= FRAME_BYTES_MAX + NOISE_BYTES_MAX
    decoder.idle_flush()
    assert decoder.feed(NOTICE) == [SEEN]


def test_two_hundred_kilobytes_in_one_piece_are_no_different() -> None:
    noise = random.Random(7).randbytes(200_000)
    assert whole(noise + NOTICE) == byte_by_byte(noise + NOTICE)
    assert sound(whole(b"\x00" * 200_000 + NOTICE)) == [SEEN]


_PIECES = st.one_of(
    st.binary(max_size=12),
    st.sampled_from([NOTICE, CAPTURE, STOPPED_FRAME, NO_TAG_FRAME, b"\xbb", b"\xbb\x02\x22", NOTICE[:9], NOTICE[7:]]),
)


@given(st.lists(_PIECES, max_size=12).map(b"".join), st.data())
def test_any_slicing_of_any_bytes_gives_the_same(data: bytes, draw: st.DataObject) -> None:
    cuts = sorted(draw.draw(st.lists(st.integers(0, len(data)), max_size=6)))
    decoder = Bb7eDecoder()
    sliced = [
        item for low, high in zip([0, *cuts], [*cuts, len(data)], strict=True) for item in decoder.feed(data[low:high])
    ]
    assert sliced + decoder.idle_flush() == whole(data)
    assert decoder.pending == 0


@given(st.lists(st.binary(min_size=1, max_size=31).map(lambda b: (b * 2).hex().upper()), min_size=1, max_size=8))
def test_every_tag_that_was_sent_is_heard_with_its_epc(epcs: list[str]) -> None:
    heard = whole(b"".join(tag_notice(epc, -70) for epc in epcs))
    assert heard == [TagSeen(rssi_dbm=-70, pc=len(epc) // 4 << 11, epc=epc) for epc in epcs]


@given(st.binary(max_size=300))
def test_no_byte_disappears_without_a_word(data: bytes) -> None:
    heard = whole(data)
    assert bool(heard) == bool(data)
