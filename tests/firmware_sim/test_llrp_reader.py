"""The simulated LLRP reader against the specification: requests are written out in bytes, not encoded by it."""

import struct

import pytest

from firmware_sim.devices import llrp_frames as frames
from firmware_sim.devices.llrp_reader import FAULTS_MAX, ROUND_MS, FieldTag, LlrpFault, LlrpReader

AT_MS = 1_398_936_810_740
EPC = "300833B2DDD9014000000000"
# ROSpec 1: null or immediate start, no stop, antennas 1 and 2, reports upon N tags or at the end of the ROSpec.
ROSPEC = (
    "00b1 0043 00000001 00 00 00b20012 00b30005 {start:02x} 00b60009 00 00000000"
    "00b7001a 0002 0001 0002 00b80009 00 00000000 00ba0007 0001 01 00ed000d 02 {every:04x} 00ee0006 9780"
)


def ask(kind: int, body: bytes = b"", number: int = 7) -> bytes:
    return struct.pack("!HII", 0x0400 | kind, 10 + len(body), number) + body


def said(data: bytes) -> list[tuple[int, int, bytes]]:
    """Take messages apart: type, id, body."""
    found = []
    while data:
        first, size, number = struct.unpack_from("!HII", data)
        assert 10 <= size <= len(data)
        found.append((first & 0x3FF, number, data[10:size]))
        data = data[size:]
    return found


def code(data: bytes) -> int:
    """Return the status code of a single answer."""
    ((_, _, body),) = said(data)
    assert body[:2] == b"\x01\x1f"
    return int.from_bytes(body[4:6], "big")


def connected(*tags: FieldTag, start: int = 0, every: int = 1) -> LlrpReader:
    """Return a reader with a client and an ROSpec that is enabled."""
    reader = LlrpReader(1)
    for tag in tags:
        reader.enter(tag)
    reader.connect(AT_MS)
    rospec = bytes.fromhex(ROSPEC.format(start=start, every=every))
    assert code(reader.receive(ask(20, rospec), AT_MS)) == 0
    assert code(reader.receive(ask(24, bytes.fromhex("00000001")), AT_MS)) == 0
    return reader


def reports(data: bytes) -> list[bytes]:
    return [body for kind, _, body in said(data) if kind == 61]


def test_it_speaks_first_and_says_that_the_connection_stands() -> None:
    reader = LlrpReader(1)
    stamp = struct.pack("!Q", AT_MS * 1_000).hex()
    assert reader.connect(AT_MS).hex() == f"043f0000002000000000 00f600160080000c{stamp}010000060000".replace(" ", "")
    assert reader.refuse(AT_MS)[-6:].hex() == "010000060002"
    with pytest.raises(ValueError, match="refuse"):
        reader.connect(AT_MS)


def test_nothing_is_read_before_the_start_and_after_the_stop() -> None:
    reader = connected(FieldTag(epc=EPC))
    assert reader.advance(AT_MS + 500) == b""
    assert code(reader.receive(ask(22, bytes.fromhex("00000001")), AT_MS + 500)) == 0
    assert len(reports(reader.advance(AT_MS + 1_000))) == 5
    assert code(reader.receive(ask(23, bytes.fromhex("00000001")), AT_MS + 1_000)) == 0
    assert reader.advance(AT_MS + 9_000) == b""


def test_a_report_has_what_was_asked_for() -> None:
    reader = connected(FieldTag(epc=EPC, rssi_dbm=-60))
    reader.receive(ask(22, bytes.fromhex("00000001")), AT_MS)
    ((kind, _, body),) = said(reader.advance(AT_MS + ROUND_MS))
    assert kind == 61
    stamp = struct.pack("!Q", (AT_MS + ROUND_MS) * 1_000).hex()
    assert body[:4].hex() == "00f00030"
    assert body[4:].hex().startswith(f"8d{EPC.lower()}89000000018100018 6".replace(" ", ""))
    assert -62 <= int.from_bytes(body[26:27], "big", signed=True) <= -58
    assert body[27:].hex() == f"82{stamp}84{stamp}880001"


def test_an_immediate_start_begins_when_it_is_enabled() -> None:
    reader = connected(FieldTag(epc=EPC), start=1)
    assert len(reports(reader.advance(AT_MS + 300))) == 3


def test_reports_upon_n_tags_and_the_rest_at_the_end() -> None:
    tags = [FieldTag(epc=f"{EPC[:-2]}{number:02X}") for number in range(5)]
    reader = connected(*tags, every=3)
    reader.receive(ask(22, bytes.fromhex("00000001")), AT_MS)
    (first,) = reports(reader.advance(AT_MS + ROUND_MS))
    assert first.count(b"\x8d") == 3
    answer, rest = said(reader.receive(ask(23, bytes.fromhex("00000001")), AT_MS + ROUND_MS))
    assert (answer[0], rest[0], rest[2].count(b"\x8d")) == (33, 61, 2)


def test_without_n_all_reads_of_a_tag_are_added_up_for_one_report_at_the_end() -> None:
    reader = connected(FieldTag(epc=EPC), every=0)
    reader.receive(ask(22, bytes.fromhex("00000001")), AT_MS)
    assert reader.advance(AT_MS + 1_000) == b""
    (body,) = reports(reader.receive(ask(23, bytes.fromhex("00000001")), AT_MS + 1_000))
    assert body.hex().endswith("88000a")


def test_an_unusual_epc_comes_with_its_bits() -> None:
    reader = connected(FieldTag(epc="AABB" * 8))
    reader.receive(ask(22, bytes.fromhex("00000001")), AT_MS)
    (body,) = reports(reader.advance(AT_MS + ROUND_MS))
    assert body[4:26].hex() == "00f100160080" + "aabb" * 8


def test_the_read_rate_is_the_tags_own_and_the_same_seed_reads_the_same() -> None:
    def run() -> list[bytes]:
        reader = connected(FieldTag(epc=EPC, read_probability=0.3))
        reader.receive(ask(22, bytes.fromhex("00000001")), AT_MS)
        return reports(reader.advance(AT_MS + 100_000))

    assert 240 <= len(run()) <= 360
    assert run() == run()


def test_an_antenna_that_is_pulled_reads_nothing_and_is_told_to_who_asked() -> None:
    reader = connected(FieldTag(epc=EPC))
    assert reader.unplug_antenna(1, AT_MS) == b""
    wanted = bytes.fromhex("00 00f4000b 00f50007 0008 80")
    assert code(reader.receive(ask(3, wanted), AT_MS)) == 0
    reader.receive(ask(22, bytes.fromhex("00000001")), AT_MS)
    assert reader.advance(AT_MS + 1_000) == b""
    assert reader.plug_antenna(1, AT_MS)[-7:].hex() == "00ff0007010001"
    assert len(reports(reader.advance(AT_MS + 1_300))) == 3
    ((_, _, body),) = said(reader.receive(ask(2, bytes.fromhex("0000 02 0000 0000")), AT_MS))
    assert body.count(b"\x00\xdd\x00\x09\x80") == 4


def test_keepalives_come_as_often_as_was_asked_and_answers_are_counted() -> None:
    reader = connected()
    reader.receive(ask(3, bytes.fromhex("00 00dc0009 01 000003e8")), AT_MS)
    assert [kind for kind, _, _ in said(reader.advance(AT_MS + 5_500))] == [62] * 5
    reader.receive(ask(72), AT_MS + 5_500)
    assert reader.keepalive_acks == 1


def test_rospecs_outlive_the_connection_until_they_are_deleted() -> None:
    reader = connected()
    reader.disconnect()
    reader.connect(AT_MS)
    again = bytes.fromhex(ROSPEC.format(start=0, every=1))
    assert code(reader.receive(ask(20, again), AT_MS)) == frames.FIELD_ERROR
    assert code(reader.receive(ask(21, bytes(4)), AT_MS)) == 0
    assert code(reader.receive(ask(20, again), AT_MS)) == 0


@pytest.mark.parametrize(
    ("request_hex", "expected"),
    [
        ("0416 0000000e 00000001 00000009", frames.FIELD_ERROR),  # start what is not there
        ("0416 0000000c 00000001 0001", frames.PARAMETER_ERROR),  # half a number
        ("0414 0000000a 00000001", frames.PARAMETER_ERROR),  # add nothing
        ("0414 00000014 00000001 00b1 000a 00000001 0000", frames.FIELD_ERROR),  # an ROSpec that is there
        ("0414 0000001d 00000001 00b1 0013 00000002 0000 00b20009 00b30005 00", frames.PARAMETER_ERROR),
        ("0420 0000000a 00000001", frames.UNSUPPORTED_MESSAGE),
        ("07ff 0000000f 00000001 0000651a 15", frames.UNSUPPORTED_MESSAGE),  # a vendor's extension
        ("0c01 0000000b 00000001 00", frames.UNSUPPORTED_VERSION),
    ],
)
def test_what_it_cannot_do_is_answered_with_a_reason(request_hex: str, expected: int) -> None:
    assert code(connected().receive(bytes.fromhex(request_hex), AT_MS)) == expected


def test_half_a_request_waits_for_the_rest_and_an_impossible_one_ends_the_connection() -> None:
    reader = connected()
    request = ask(1, b"\x00")
    assert reader.receive(request[:7], AT_MS) == b""
    assert said(reader.receive(request[7:], AT_MS))[0][:2] == (11, 7)
    assert reader.receive(b"\x04\x01\xff\xff\xff\xff\0\0\0\0", AT_MS) == b""
    assert reader.hang_up


def test_taking_leave_ends_the_connection() -> None:
    reader = connected()
    assert code(reader.receive(ask(14), AT_MS)) == 0
    assert reader.hang_up


def test_each_fault_happens_once() -> None:
    reader = connected(FieldTag(epc=EPC))
    reader.receive(ask(22, bytes.fromhex("00000001")), AT_MS)
    sound = reader.advance(AT_MS + 100)
    reader.fault(LlrpFault.HEADER_LENGTH)
    spoilt = reader.advance(AT_MS + 200)
    assert (len(spoilt), spoilt[5]) == (len(sound), sound[5] - 4)
    reader.fault(LlrpFault.UNKNOWN_ROSPEC)
    assert b"\x89\x00\x00\x27\x0f" in reader.advance(AT_MS + 300)
    reader.fault(LlrpFault.OVERFLOW)
    assert reader.advance(AT_MS + 400)[-4:].hex() == "00fb0004"
    reader.fault(LlrpFault.MUTE)
    reader.fault(LlrpFault.ERROR_ANSWER)
    assert reader.receive(ask(1, b"\x00"), AT_MS) == b""
    assert said(reader.receive(ask(1, b"\x00"), AT_MS))[0][0] == 100
    reader.fault(LlrpFault.CUT_AND_HANG_UP)
    assert len(reader.advance(AT_MS + 500)) == len(sound) // 2
    assert reader.hang_up


def test_faults_do_not_pile_up_without_end() -> None:
    reader = connected()
    for _ in range(FAULTS_MAX):
        reader.fault(LlrpFault.MUTE)
    with pytest.raises(ValueError, match="already wait"):
        reader.fault(LlrpFault.MUTE)
