"""Frames of HF readers that speak 7E55. Vectors: sniffed by Cyberistic/Python-R321; each was recomputed."""

import pytest
from support.reader_families import FAMILIES, faults, tags

from firmware_sim.devices.hf_reader import crc_x25, frame
from gateway.decoders.crc16_reflected import crc16_reflected
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
from gateway.decoders.hf7e55 import PARAMETER_BYTES_MAX, Hf7e55Decoder, query, read_blocks, version_question

HF = next(family for family in FAMILIES if family.name == "hf7e55")
UID = "E0040150CABD51B9"
SEEN = TagListed(epc=UID, antenna=1, rssi_raw=None)
LIST = bytes.fromhex("7E 55 14 01 00 00 00 1F 11 00 B9 51 BD CA 50 01 04 E0 AA 00 00 CE 2B")
RECORD = bytes.fromhex("B951BDCA500104E0AA")


def answer(code: int, parameters: bytes) -> bytes:
    return frame(1, 0, bytes((0x1F, code, 0)) + parameters)


def long_answer(code: int, parameters: bytes) -> bytes:
    said = b"\0\x01\0\0\0\x1f" + bytes((code, 0)) + len(parameters).to_bytes(2, "little") + parameters
    return b"\x7e\x55" + said + crc_x25(said).to_bytes(2, "little")


@pytest.mark.parametrize(
    ("text", "heard"),
    [
        (LIST.hex(), [SEEN, InventoryEnded(reads=1)]),
        ("7E 55 0B 01 00 00 00 1F 23 00 00 00 E7 47", [ReaderAnswer(command=0x23, parameters=b"\0\0")]),
    ],
)
def test_every_answer_that_was_sniffed_is_heard(text: str, heard: list[Heard]) -> None:
    assert HF.whole(bytes.fromhex(text)) == heard


@pytest.mark.parametrize(
    ("text", "built"),
    [
        ("7E 55 08 00 00 FF FF F7 00 BD 60", version_question()),
        ("7E 55 09 00 00 01 00 11 00 00 7D FB", query(1)),
        ("7E 55 12 00 00 01 00 22 00 B9 51 BD CA 50 01 04 E0 00 03 1F 4C", read_blocks(1, UID, 0, 3)),
    ],
)
def test_our_commands_are_the_documents_bytes_and_their_echo_is_no_answer(text: str, built: bytes) -> None:
    assert built == bytes.fromhex(text)
    assert faults(HF.whole(built)) == [Fault.NOT_AN_ANSWER]


def test_the_crc_of_the_air_frame_comes_out() -> None:
    assert (crc16_reflected(bytes.fromhex("260100")) ^ 0xFFFF).to_bytes(2, "little").hex() == "f60a"


@pytest.mark.parametrize("remaining", [0, 5])
def test_what_remains_to_be_asked_for_is_said(remaining: int) -> None:
    heard = HF.whole(answer(0x11, RECORD * 3 + bytes((remaining, 0))))
    assert heard == [SEEN, SEEN, SEEN, InventoryEnded(reads=3, remaining=remaining)]


@pytest.mark.parametrize("result", [b"\x00\x00", b"\x01\x03"])
def test_an_empty_field_is_an_empty_round(result: bytes) -> None:
    assert HF.whole(answer(0x11, result)) == [ReaderNoTag()]


@pytest.mark.parametrize("code", [1, 2])
def test_a_failed_query_is_an_error(code: int) -> None:
    assert HF.whole(answer(0x11, bytes((1, code)))) == [ReaderError(code=code, detail=b"")]


def test_a_failed_write_names_its_command() -> None:
    assert HF.whole(answer(0x23, b"\x01\x02")) == [ReaderError(code=2, detail=b"\x23")]


def test_a_version_is_kept_as_the_reader_says_it() -> None:
    assert HF.whole(answer(0xF7, b"\x01\x02")) == [ReaderInfo(subject=1, text="0102")]


@pytest.mark.parametrize("rest", [b"", b"\x00\x00"])
def test_a_reader_may_push_what_it_sees_without_being_asked(rest: bytes) -> None:
    assert HF.whole(frame(1, 0, b"\x10\x00" + RECORD + rest)) == [SEEN]


@pytest.mark.parametrize(
    "parameters",
    [
        b"",
        RECORD,
        RECORD[:-1] + b"\x00\x00\x00",
        RECORD + b"\x00",
        RECORD + b"\x00\x01",
        b"\xaa" + RECORD[:-2] + b"\xaa\x00\x00",
        b"\x02\x00",
    ],
)
def test_a_list_that_is_not_what_a_query_gives_is_refused(parameters: bytes) -> None:
    whole = answer(0x11, parameters)
    heard = HF.whole(whole)
    assert heard[0] == Rejected(fault=Fault.PAYLOAD, raw=whole)
    assert tags(heard) == []


def test_a_long_frame_holds_more_tags_than_one_byte_can_count() -> None:
    records = b"".join((0xE004_0000_0000_0000 + n).to_bytes(8, "little") + b"\xaa" for n in range(100))
    heard = HF.whole(long_answer(0x11, records + b"\x00\x00"))
    assert tags(heard) == [f"E00400000000{n:04X}" for n in range(100)]
    assert heard[-1] == InventoryEnded(reads=100)


def test_a_long_frame_beyond_the_cap_is_not_waited_for() -> None:
    decoder = Hf7e55Decoder()
    claim = b"\x7e\x55\x00\x01\0\0\0\x1f\x11\0" + (PARAMETER_BYTES_MAX + 1).to_bytes(2, "little")
    assert tags(decoder.feed(claim + LIST)) == [UID]


def test_a_command_with_something_else_than_zero_behind_it_is_refused() -> None:
    assert faults(HF.whole(frame(1, 0, b"\x1f\x11\x07" + RECORD + b"\0\0")))[0] is Fault.PAYLOAD
