"""Frames of A0 readers. Vectors: IND903 protocol V2.2, rust-invelion and captures; each was recomputed."""

import pytest
from support.reader_families import FAMILIES, faults

from gateway.decoders import a0
from gateway.decoders.a0 import check_byte, command, firmware_question, rssi_dbm, set_antenna, start_round
from gateway.decoders.heard import (
    Fault,
    Heard,
    InventoryEnded,
    ReaderAnswer,
    ReaderError,
    ReaderInfo,
    ReaderNoTag,
    Rejected,
    TagSeen,
)

A0 = next(family for family in FAMILIES if family.name == "a0")
TAG = bytes.fromhex("A0 13 01 89 8C 30 00 30 08 33 B2 DD D9 01 40 00 00 00 01 37 BB")


def framed(code: int, data: bytes) -> bytes:
    return command(1, code, data)


@pytest.mark.parametrize(
    ("text", "heard"),
    [
        (TAG.hex(), TagSeen(rssi_dbm=-75, pc=0x3000, epc="300833B2DDD9014000000001", antenna=1, khz=916_000)),
        (
            "A0 13 01 89 74 30 00 E2 00 40 74 85 0A 01 03 16 30 70 E1 36 29",
            TagSeen(rssi_dbm=-76, pc=0x3000, epc="E2004074850A0103163070E1", antenna=1, khz=913_000),
        ),
        ("A0 0A 01 89 00 00 11 00 00 00 05 B6", InventoryEnded(antenna=1, reads=5)),
        ("A0 08 01 89 01 00 00 00 01 CC", InventoryEnded(antenna=2, reads=1)),
        ("A0 05 01 72 01 09 DE", ReaderInfo(subject=1, text="1.9")),
        ("A0 04 01 74 10 D7", ReaderAnswer(command=0x74, parameters=b"\x10")),
        ("A0 04 01 89 11 C1", ReaderError(code=0x11, detail=b"\x89")),
    ],
)
def test_every_answer_of_the_documents_is_heard(text: str, heard: Heard) -> None:
    assert A0.whole(bytes.fromhex(text)) == [heard]


@pytest.mark.parametrize(
    ("text", "built"),
    [
        ("A0 04 01 89 01 D1", start_round(1)),
        ("A0 03 01 72 EA", firmware_question(1)),
        ("A0 04 01 74 00 E7", set_antenna(1, 1)),
        ("A0 06 01 8B 01 00 01 CC", command(1, a0.SESSION, b"\x01\x00\x01")),
        (
            "A0 11 01 85 00 0C 11 22 33 44 55 66 77 88 99 00 AA BB 5B",
            command(1, 0x85, bytes.fromhex("000C112233445566778899 00AABB")),
        ),
    ],
)
def test_our_commands_are_the_documents_bytes(text: str, built: bytes) -> None:
    assert built == bytes.fromhex(text)


@pytest.mark.parametrize("text", ["A0 0A 01 89 00 00 1D 00 00 00 01 BC", "A0 04 01 89 11 BD"])
def test_the_wrong_sums_that_others_printed_are_refused(text: str) -> None:
    frame = bytes.fromhex(text)
    assert A0.whole(frame)[0] == Rejected(fault=Fault.CHECKSUM, raw=frame)


@pytest.mark.parametrize(
    ("data", "check"),
    [("01020304", 0xF6), ("86C803FD", 0xB2), ("DC04031E", 0xFF), ("142D031E96E678", 0xAA)],
)
def test_the_check_byte_makes_the_sum_of_all_zero(data: str, check: int) -> None:
    assert check_byte(bytes.fromhex(data)) == check


@pytest.mark.parametrize(
    "built", [start_round(1), firmware_question(), set_antenna(1, 2), command(1, 0x8B, b"\x01\0\x01")]
)
def test_the_echo_of_a_command_is_no_answer(built: bytes) -> None:
    assert faults(A0.whole(built)) == [Fault.NOT_AN_ANSWER]


@pytest.mark.parametrize(("index", "dbm"), [(31, -99), (65, -65), (89, -41), (90, -39), (98, -31)])
def test_rssi_follows_the_table_with_its_step(index: int, dbm: int) -> None:
    assert rssi_dbm(index) == dbm


@pytest.mark.parametrize("antenna", range(1, 9))
def test_an_antenna_of_eight_is_told_by_two_bits_and_the_top_bit_of_rssi(antenna: int) -> None:
    place, top = (antenna - 1) % 4, 0x80 if antenna > 4 else 0
    said = bytes((35 << 2 | place,)) + b"\x08\x00\xab\xcd" + bytes((55 | top,))
    assert A0.whole(framed(0x8B, said)) == [TagSeen(rssi_dbm=-75, pc=0x0800, epc="ABCD", antenna=antenna, khz=916_000)]


def test_the_low_channels_are_european() -> None:
    assert [a0.channel_khz(channel) for channel in (0, 6, 7, 59)] == [865_000, 868_000, 902_000, 928_000]


@pytest.mark.parametrize("code", [0x89, 0x8A, 0x8B])
def test_a_missing_antenna_is_an_error_and_no_tag_is_none(code: int) -> None:
    assert A0.whole(framed(code, b"\x22")) == [ReaderError(code=0x22, detail=bytes((code,)))]
    assert A0.whole(framed(code, b"\x36")) == [ReaderNoTag()]
    assert a0.REASONS[0x22] == "antenna-missing"


def test_the_end_of_a_switched_inventory_names_no_antenna() -> None:
    assert A0.whole(framed(0x8A, bytes.fromhex("00000500000410"))) == [InventoryEnded(reads=5)]


@pytest.mark.parametrize("pc", [0x2800, 0x3800, 0x0000])
def test_an_epc_that_is_not_as_long_as_its_pc_says_is_refused(pc: int) -> None:
    frame = framed(0x89, b"\x8c" + pc.to_bytes(2, "big") + bytes(12) + b"\x37")
    assert A0.whole(frame)[0] == Rejected(fault=Fault.EPC_LENGTH, raw=frame)


def test_a_tag_without_any_epc_names_nothing_and_is_refused() -> None:
    assert faults(A0.whole(framed(0x89, b"\x8c\x00\x00\x37"))) == [Fault.EPC_LENGTH]


def test_a_length_beyond_the_cap_is_not_waited_for() -> None:
    decoder = a0.A0Decoder()
    assert decoder.feed(b"\xa0\xff\x01\x89" + TAG)[-1] == A0.whole(TAG)[0]


def test_a_tag_of_an_odd_length_is_refused() -> None:
    frame = framed(0x89, b"\x8c\x10\x00" + bytes(5) + b"\x37")
    assert A0.whole(frame)[0] == Rejected(fault=Fault.PAYLOAD, raw=frame)
