"""Frames of Chafon readers. Vectors: manual V2.20 and the captures of wabson/chafon-rfid; each was recomputed."""

import pytest
from support.reader_families import FAMILIES, faults, tags

from firmware_sim.devices.chafon_reader import crc16, sealed
from gateway.decoders import chafon
from gateway.decoders.chafon import ChafonDecoder, command, info_question, start_round, start_round_18
from gateway.decoders.crc16_reflected import crc16_reflected, is_sealed
from gateway.decoders.heard import (
    Fault,
    Heard,
    InventoryEnded,
    ReaderAnswer,
    ReaderError,
    ReaderInfo,
    ReaderNoTag,
    Rejected,
    TagListed,
)

CHAFON = next(family for family in FAMILIES if family.name == "chafon")
EPC_3, EPC_4 = "000000000000000000000313", "000000000000000000000314"
ONE = bytes.fromhex("1500010301010c0000000000000000000003136bb1a5")


def answer(code: int, status: int, data: bytes = b"") -> bytes:
    return sealed(bytes((0, code, status)) + data)


def listed(epc: str, antenna: int, raw: int | None, tid: str | None = None) -> TagListed:
    return TagListed(epc=epc, antenna=antenna, rssi_raw=raw, tid=tid)


@pytest.mark.parametrize(
    ("text", "heard"),
    [
        ("1100210000160c034e001e0a01000000e651", [ReaderInfo(subject=1, text="0.22 type 0C")]),
        (ONE.hex(), [listed(EPC_3, 1, 0x6B)]),
        ("0700010101001e4b", [InventoryEnded(antenna=1)]),
        (
            "2300010301020c0000000000000000000003136b0c0000000000000000000003146c70f2",
            [listed(EPC_3, 1, 0x6B), listed(EPC_4, 1, 0x6C)],
        ),
    ],
)
def test_every_answer_of_the_captures_is_heard(text: str, heard: list[Heard]) -> None:
    assert CHAFON.whole(bytes.fromhex(text)) == heard


def test_the_18_line_has_neither_antenna_nor_rssi() -> None:
    frame = bytes.fromhex("13000103010c0000000000000000000003133f39")
    decoder = ChafonDecoder(line_18=True)
    assert decoder.feed(frame) == [listed(EPC_3, 1, None)]
    assert decoder.feed(answer(0x01, 0x01, b"\x00")) == [InventoryEnded()]


@pytest.mark.parametrize(
    ("text", "built"),
    [
        ("04ff211995", info_question()),
        ("0dff010f0001000000008014c03a", start_round(0xFF, 1, 20, q=15)),
    ],
)
def test_our_commands_are_the_manuals_bytes(text: str, built: bytes) -> None:
    assert built == bytes.fromhex(text)


@pytest.mark.parametrize(
    "built", [info_question(), start_round(0xFF, 1, 3), start_round(0, 4, 3), start_round_18(0xFF)]
)
def test_the_echo_of_a_command_is_no_answer(built: bytes) -> None:
    assert len(faults(CHAFON.whole(built))) == len(CHAFON.whole(built)) > 0
    assert tags(CHAFON.whole(built + ONE)) == [EPC_3]


def test_a_bad_crc_is_refused() -> None:
    frame = ONE[:-1] + b"\xa6"
    heard = CHAFON.whole(frame)
    assert heard[0] == Rejected(fault=Fault.CHECKSUM, raw=frame)
    assert tags(heard) == []


@pytest.mark.parametrize("data", [b"", b"\x00", b"123456789", bytes(range(256))])
def test_the_crc_through_tables_is_the_one_computed_bit_by_bit(data: bytes) -> None:
    assert crc16_reflected(data) == crc16(data)
    assert is_sealed(data + crc16(data).to_bytes(2, "little"))


def test_the_crcs_have_their_published_check_values() -> None:
    assert crc16_reflected(b"123456789") == 0x6F91  # CRC-16/MCRF4XX
    assert crc16_reflected(b"123456789") ^ 0xFFFF == 0x906E  # CRC-16/X-25


@pytest.mark.parametrize(("bits", "antenna"), [(1, 1), (2, 2), (4, 3), (8, 4), (0x80, 8), (0, 0), (5, 3)])
def test_up_to_eight_antennas_are_bits(bits: int, antenna: int) -> None:
    assert CHAFON.whole(answer(1, 3, bytes((bits, 1)) + b"\x02\xab\xcd\x50")) == [listed("ABCD", antenna, 0x50)]


def test_sixteen_antennas_are_counted_from_zero() -> None:
    frame = answer(1, 3, b"\x0f\x01\x02\xab\xcd\x50")
    assert ChafonDecoder(ports=16).feed(frame) == [listed("ABCD", 16, 0x50)]


def test_a_tid_and_the_phase_stand_behind_the_epc_where_the_length_says_so() -> None:
    tid = "E28011700000020A1B2C3D4E"
    first = bytes((12 + 12 | 0x80 | 0x40,)) + bytes.fromhex(EPC_3 + tid) + b"\x6b" + bytes(7)
    second = b"\x4c" + bytes.fromhex(EPC_4) + b"\x6c" + bytes(7)
    heard = CHAFON.whole(answer(1, 3, b"\x01\x02" + first + second))
    assert heard == [listed(EPC_3, 1, 0x6B, tid), listed(EPC_4, 1, 0x6C)]


@pytest.mark.parametrize("status", [1, 2])
def test_the_tags_of_the_last_frame_count_also_where_the_time_was_over(status: int) -> None:
    heard = CHAFON.whole(answer(1, status, b"\x02\x01\x02\xab\xcd\x50"))
    assert heard == [listed("ABCD", 2, 0x50), InventoryEnded(antenna=2)]


def test_a_full_memory_is_an_error_and_its_tags_are_kept() -> None:
    heard = CHAFON.whole(answer(1, 4, b"\x01\x01\x02\xab\xcd\x50"))
    assert heard == [listed("ABCD", 1, 0x50), ReaderError(code=4, detail=b"")]


@pytest.mark.parametrize("status", [0xF8, 0xF9, 0xFA, 0xFC, 0xFD, 0xFE, 0xFF])
def test_errors_are_errors_with_a_reason(status: int) -> None:
    assert CHAFON.whole(answer(1, status)) == [ReaderError(code=status, detail=b"")]
    assert chafon.REASONS[status]


def test_no_tag_is_an_empty_round_and_a_bad_crc_of_ours_is_an_error_of_command_zero() -> None:
    assert CHAFON.whole(answer(1, 0xFB)) == [ReaderNoTag()]
    assert CHAFON.whole(answer(0, 0xFE)) == [ReaderError(code=0xFE, detail=b"")]


def test_a_pushed_tag_a_sign_of_life_and_statistics_are_heard() -> None:
    assert CHAFON.whole(answer(0xEE, 0, b"\x04\x02\xab\xcd\x50")) == [listed("ABCD", 3, 0x50)]
    assert CHAFON.whole(answer(0xEE, 0x28, bytes(9))) == [ReaderAnswer(command=0xEE, parameters=bytes(9))]
    assert CHAFON.whole(answer(1, 0x26, bytes(7))) == [ReaderAnswer(command=1, parameters=bytes(7))]


@pytest.mark.parametrize(
    ("data", "fault"),
    [
        (b"", Fault.PAYLOAD),
        (b"\x01", Fault.PAYLOAD),
        (b"\x01\x02\x02\xab\xcd\x50", Fault.PAYLOAD),
        (b"\x01\x01\x02\xab\xcd\x50\x00", Fault.PAYLOAD),
        (b"\x01\x01\x3f\xab\xcd\x50", Fault.PAYLOAD),
        (b"\x01\x01\x03\xab\xcd\xef\x50", Fault.EPC_LENGTH),
        (b"\x01\x01\x00\x50", Fault.EPC_LENGTH),
        (b"\x01\x01\x8c" + bytes(12) + b"\x50", Fault.EPC_LENGTH),
    ],
)
def test_tags_that_do_not_fill_their_frame_are_refused_all_of_them(data: bytes, fault: Fault) -> None:
    frame = answer(1, 3, data)
    heard = CHAFON.whole(frame)
    assert heard[0] == Rejected(fault=fault, raw=frame)
    assert tags(heard) == []


def test_an_answer_never_comes_from_everybody_or_from_a_command_that_nobody_gave() -> None:
    for said in (b"\xff\x01\x01\x01\x00", b"\x00\x99\x00\x01", b"\x00\x01\x77\x01"):
        heard = CHAFON.whole(sealed(said))
        assert len(faults(heard)) == len(heard) > 0


def test_a_frame_behind_noise_is_found_by_its_crc_when_enough_bytes_have_come() -> None:
    decoder = ChafonDecoder()
    assert decoder.feed(b"\x30\x00\x01\x03" + ONE) == []
    assert tags(decoder.feed(ONE * 2)) == [EPC_3, EPC_3, EPC_3]


def test_a_command_for_one_reader_bears_its_address() -> None:
    assert command(7, 0x21)[1] == 7
