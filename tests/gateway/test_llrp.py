"""LLRP messages. Vectors LL-01 to LL-04 are captures and encode targets of a reader (reference, protocols 1.5)."""

import random
import struct
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coldchain.errors import InvalidValueError
from gateway.decoders import llrp_commands as commands
from gateway.decoders.heard import Fault, Rejected
from gateway.decoders.llrp import NOISE_BYTES_MAX, LlrpDecoder
from gateway.decoders.llrp_words import (
    MESSAGE_BYTES_MAX,
    OF_CLIENTS,
    RSSI_NOT_SAID,
    TEXT_CHARACTERS_MAX,
    Event,
    LlrpAnswer,
    LlrpEvent,
    LlrpHeard,
    LlrpKeepalive,
    LlrpTag,
    Message,
)

LL_01 = bytes.fromhex("043f000000200ab288c900f600160080000c0004f8535baadaff010000060000")
LL_02 = bytes.fromhex("043d0000002c4095892f00f000228d3005fb63ac1f3841ec88046781000186ce820004ec2ea8354c09880001")
LL_03 = bytes.fromhex("043f000000200000000000f600160080000c0000000000000000010000060000")
LL_04 = bytes.fromhex("043d0000002c4095893000f000228d300833b2ddd906c00000000081000186c6820004ec2ea8355af2880001")
TAG_02 = LlrpTag("3005FB63AC1F3841EC880467", 1, -50, 1, 1_385_585_041_558_537, None, None)
TAG_04 = LlrpTag("300833B2DDD906C000000000", 1, -58, 1, 1_385_585_041_562_354, None, None)
VECTORS: list[tuple[bytes, LlrpHeard]] = [
    (LL_01, LlrpEvent(event=Event.CONNECTED, stamp_us=1_398_936_810_740_479)),
    (LL_02, TAG_02),
    (LL_03, LlrpEvent(event=Event.CONNECTED, stamp_us=0)),
    (LL_04, TAG_04),
]
EPC_96 = b"\x8d" + bytes.fromhex(TAG_02.epc)


def message(kind: int, body: bytes = b"", number: int = 7, version: int = 1) -> bytes:
    return struct.pack("!HII", version << 10 | kind, 10 + len(body), number) + body


def tlv(kind: int, body: bytes = b"") -> bytes:
    return struct.pack("!HH", kind, 4 + len(body)) + body


def report(*tags: bytes) -> bytes:
    return message(61, b"".join(tlv(240, tag) for tag in tags))


def epc_data(epc: bytes, bits: int | None = None) -> bytes:
    return tlv(241, struct.pack("!H", 8 * len(epc) if bits is None else bits) + epc)


def notification(*events: bytes) -> bytes:
    return message(63, tlv(246, tlv(128, struct.pack("!Q", 5)) + b"".join(events)))


def status(code: int, text: str = "") -> bytes:
    return tlv(287, struct.pack("!HH", code, len(text.encode())) + text.encode())


def whole(data: bytes) -> list[LlrpHeard]:
    decoder = LlrpDecoder()
    return decoder.feed(data) + decoder.end()


def faults(heard: Sequence[LlrpHeard]) -> list[Fault]:
    return [item.fault for item in heard if isinstance(item, Rejected)]


@pytest.mark.parametrize(("data", "expected"), VECTORS)
def test_every_vector_is_heard_wherever_it_is_cut(data: bytes, expected: LlrpHeard) -> None:
    for split in range(len(data) + 1):
        decoder = LlrpDecoder()
        assert decoder.feed(data[:split]) + decoder.feed(data[split:]) + decoder.end() == [expected]
        assert decoder.pending == 0


def test_version_1_1_is_understood_and_no_other() -> None:
    assert whole(message(62, number=9, version=2)) == [LlrpKeepalive(9)]
    assert faults(whole(message(62, version=3))) == [Fault.NOISE]
    assert faults(whole(message(62, version=0))) == [Fault.NOISE]


def test_a_tag_with_all_fields_and_one_with_nothing_but_its_epc() -> None:
    full = EPC_96 + bytes.fromhex("8900000001 810004 86D8") + b"\x82" + struct.pack("!Q", 11)
    full += b"\x84" + struct.pack("!Q", 12) + b"\x88\x00\x07"
    assert whole(report(full, EPC_96)) == [
        LlrpTag(TAG_02.epc, 4, -40, 7, 11, 12, 1),
        LlrpTag(TAG_02.epc, 0, RSSI_NOT_SAID, 1, None, None, None),
    ]


@pytest.mark.parametrize("words", [1, 6, 8, 13, 31])
def test_an_epc_of_any_length_comes_with_its_count_of_bits(words: int) -> None:
    epc = bytes(range(1, 2 * words + 1))
    assert [item.epc for item in whole(report(epc_data(epc))) if isinstance(item, LlrpTag)] == [epc.hex().upper()]


@pytest.mark.parametrize(
    ("tag", "fault"),
    [
        (epc_data(b""), Fault.EPC_LENGTH),
        (epc_data(bytes(3)), Fault.EPC_LENGTH),
        (epc_data(bytes(12), bits=80), Fault.EPC_LENGTH),
        (epc_data(bytes(12), bits=112), Fault.EPC_LENGTH),
        (epc_data(bytes(64)), Fault.EPC_LENGTH),
        (b"\x81\x00\x01", Fault.PAYLOAD),  # no EPC at all
        (EPC_96 + epc_data(bytes(12)), Fault.PAYLOAD),  # two
        (epc_data(bytes(12)) * 2, Fault.PAYLOAD),
        (EPC_96 + b"\x81\x00\x01" * 2, Fault.PAYLOAD),
        (EPC_96[:-1], Fault.PAYLOAD),
        (EPC_96 + b"\x81\x01\x00", Fault.PAYLOAD),  # antenna 256: our wire has no such antenna
        (EPC_96 + b"\xff\x00", Fault.PAYLOAD),  # a short parameter of unknown size cannot be stepped over
        (EPC_96 + b"\x01\x23\x00\x03", Fault.PAYLOAD),  # shorter than its own head
        (EPC_96 + b"\x01\x23\x00\x40", Fault.PAYLOAD),  # longer than what holds it
        (EPC_96 + b"\x01\x23", Fault.PAYLOAD),
        (EPC_96 + b"\x7f\x23\x00\x04", Fault.PAYLOAD),  # reserved bits
    ],
)
def test_a_tag_that_makes_no_sense_is_refused_alone(tag: bytes, fault: Fault) -> None:
    heard = whole(report(EPC_96, tag, LL_04[14:]))
    assert [item.epc for item in heard if isinstance(item, LlrpTag)] == [TAG_02.epc, TAG_04.epc]
    assert heard[1] == Rejected(fault=fault, raw=tlv(240, tag))


def test_unknown_parameters_are_stepped_over_and_counted() -> None:
    decoder = LlrpDecoder()
    vendor = tlv(1023, struct.pack("!II", 25_882, 57) + bytes(6))
    tag = EPC_96 + b"\x87\x00\x03" + vendor
    assert decoder.feed(message(61, vendor + tlv(240, tag)))[0] == LlrpTag(
        TAG_02.epc, 0, RSSI_NOT_SAID, 1, None, None, None
    )
    assert decoder.feed(message(1023, bytes(9))) == []
    assert (decoder.skipped, decoder.messages, decoder.faults) == (3, 2, {})


def test_tags_before_a_break_in_a_report_are_kept() -> None:
    heard = whole(message(61, tlv(240, EPC_96) + b"\x00\xf0\x00\x50" + bytes(3)))
    assert isinstance(heard[0], LlrpTag)
    assert faults(heard) == [Fault.PAYLOAD]


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        (tlv(256, b"\x00\x02"), {"event": Event.REFUSED, "number": 2}),
        (tlv(256, b"\x00\x04"), {"event": Event.ANOTHER_TRIED, "number": 4}),
        (tlv(249, bytes((0, 0, 0, 0, 1, 0, 0, 0, 0))), {"event": Event.STARTED, "number": 1}),
        (tlv(249, bytes((1, 0, 0, 0, 1, 0, 0, 0, 0))), {"event": Event.ENDED, "number": 1}),
        (tlv(249, bytes((2, 0, 0, 0, 1, 0, 0, 0, 9))), {"event": Event.ENDED, "number": 1}),
        (tlv(255, b"\x00\x00\x03"), {"event": Event.ANTENNA_LOST, "number": 3}),
        (tlv(255, b"\x01\x00\x03"), {"event": Event.ANTENNA_FOUND, "number": 3}),
        (tlv(250, b"\x5a"), {"event": Event.BUFFER_FILLING, "number": 90}),
        (tlv(251), {"event": Event.REPORTS_LOST}),
        (tlv(252, b"\x00\x04hot!"), {"event": Event.EXCEPTION, "text": "hot!"}),
        (tlv(257), {"event": Event.CLOSING}),
    ],
)
def test_what_a_reader_says_by_itself(event: bytes, expected: dict[str, object]) -> None:
    (heard,) = whole(notification(event))
    assert isinstance(heard, LlrpEvent)
    assert {name: getattr(heard, name) for name in ("event", *expected)} == expected
    assert heard.stamp_us == 5


@pytest.mark.parametrize("kind", [249, 250, 252, 255, 256])
def test_an_event_without_its_value_is_refused(kind: int) -> None:
    data = notification(tlv(kind))
    assert whole(data) == [Rejected(fault=Fault.PAYLOAD, raw=data)]


def test_several_events_in_one_message_and_one_that_nobody_knows() -> None:
    decoder = LlrpDecoder()
    heard = decoder.feed(notification(tlv(247, bytes(4)), tlv(255, b"\x00\x00\x01"), tlv(257)))
    assert [item.event for item in heard if isinstance(item, LlrpEvent)] == [Event.ANTENNA_LOST, Event.CLOSING]
    assert decoder.skipped == 1


def test_an_answer_has_its_status_and_the_readers_words_made_harmless() -> None:
    (heard,) = whole(message(30, status(101, "no\r\n\x1b[31m specs " + "x" * 500)))
    assert isinstance(heard, LlrpAnswer)
    assert (heard.kind, heard.id, heard.status) == (Message.ADD_ROSPEC_RESPONSE, 7, 101)
    assert heard.text.startswith("no   [31m specs xx")
    assert len(heard.text) == TEXT_CHARACTERS_MAX


def test_capabilities_and_antennas_are_read() -> None:
    device = struct.pack("!HHIIH", 4, 0x4000, 25_882, 2_001_002, 5) + b"6.4.1"
    (heard,) = whole(message(11, status(0) + tlv(137, device) + tlv(142, bytes(28))))
    assert isinstance(heard, LlrpAnswer)
    assert (heard.antennas_max, heard.manufacturer, heard.model, heard.firmware) == (4, 25_882, 2_001_002, "6.4.1")
    (heard,) = whole(message(12, status(0) + tlv(221, b"\x80\x00\x01\x02\x58") + tlv(221, b"\x00\x00\x02\x02\x58")))
    assert isinstance(heard, LlrpAnswer)
    assert heard.antennas == {1: True, 2: False}


@pytest.mark.parametrize("body", [b"", tlv(137, bytes(3)), status(0)[:-1], b"\x01\x1f\x00\x08\x00\x00\x00\x09"])
def test_an_answer_without_a_sound_status_is_refused(body: bytes) -> None:
    data = message(11, body)
    assert whole(data) == [Rejected(fault=Fault.PAYLOAD, raw=data)]


@pytest.mark.parametrize("kind", sorted(OF_CLIENTS))
def test_a_client_at_the_other_end_is_no_reader(kind: Message) -> None:
    assert faults(whole(message(kind, bytes(4)))) == [Fault.NOT_AN_ANSWER]


@pytest.mark.parametrize("size", [0, 9, MESSAGE_BYTES_MAX + 1, 0xFFFF_FFFF])
def test_an_impossible_length_breaks_the_stream_at_once(size: int) -> None:
    decoder = LlrpDecoder()
    bomb = struct.pack("!HII", 0x043D, size, 1)
    decoder.feed(bomb)
    assert decoder.broken
    assert decoder.feed(LL_02) == []
    assert decoder.end() == [Rejected(fault=Fault.NOISE, raw=bomb + LL_02)]


def test_the_longest_length_that_is_believed_is_waited_for_and_given_up() -> None:
    decoder = LlrpDecoder()
    assert decoder.feed(struct.pack("!HII", 0x043D, MESSAGE_BYTES_MAX, 1) + bytes(1_000)) == []
    assert decoder.pending == 1_010
    assert faults(decoder.end()) == [Fault.TRUNCATED]
    assert decoder.pending == 0


@pytest.mark.parametrize("seed", range(3))
def test_a_megabyte_of_noise_neither_breaks_the_decoder_nor_fills_its_memory(seed: int) -> None:
    dice = random.Random(seed)
    decoder = LlrpDecoder()
    refused = 0
    for _ in range(1_000):
        for item in decoder.feed(dice.randbytes(1_049)):
            assert isinstance(item, Rejected)
            refused += len(item.raw)
        assert decoder.pending <= MESSAGE_BYTES_MAX
    refused += sum(len(item.raw) for item in decoder.end() if isinstance(item, Rejected))
    assert refused == 1_049_000
    assert decoder.faults[Fault.NOISE] >= 1_049_000 // NOISE_BYTES_MAX


@pytest.mark.parametrize("seed", range(3))
def test_noise_within_sound_headers_is_refused_message_by_message(seed: int) -> None:
    dice = random.Random(seed)
    kinds = [61, 63, 11, 12, 30, 100]
    decoder = LlrpDecoder()
    for _ in range(2_000):
        heard = decoder.feed(message(dice.choice(kinds), dice.randbytes(dice.randrange(1, 80))))
        assert all(isinstance(item, Rejected) for item in heard)
    assert not decoder.broken
    assert decoder.feed(LL_02) == [TAG_02]


@pytest.mark.parametrize("position", range(len(LL_02)))
def test_a_flipped_byte_is_never_an_exception(position: int) -> None:
    broken = bytearray(LL_02)
    broken[position] ^= 0x55
    decoder = LlrpDecoder()
    heard = decoder.feed(bytes(broken)) + decoder.end()
    assert all(isinstance(item, LlrpTag | Rejected) for item in heard)


_PIECES = st.one_of(
    st.binary(max_size=12),
    st.sampled_from([LL_01, LL_02, LL_04, message(62), message(1023, b"\1"), report(EPC_96, b"\x81"), LL_02[:20]]),
)


@given(st.lists(_PIECES, max_size=10).map(b"".join), st.data())
def test_any_slicing_of_any_bytes_gives_the_same(data: bytes, draw: st.DataObject) -> None:
    cuts = sorted(draw.draw(st.lists(st.integers(0, len(data)), max_size=6)))
    decoder = LlrpDecoder()
    sliced = [
        item for low, high in zip([0, *cuts], [*cuts, len(data)], strict=True) for item in decoder.feed(data[low:high])
    ]
    assert sliced + decoder.end() == whole(data)
    assert decoder.pending == 0


@given(
    st.lists(
        st.tuples(
            st.binary(min_size=1, max_size=31).map(lambda half: half * 2),
            st.integers(1, 255),
            st.integers(-128, 127),
            st.integers(0, 65_535),
            st.integers(0, 2**64 - 1),
        ),
        max_size=8,
    )
)
def test_every_tag_that_was_reported_is_heard(tags: list[tuple[bytes, int, int, int, int]]) -> None:
    said = [
        (b"\x8d" + epc if len(epc) == 12 else epc_data(epc))
        + struct.pack("!BHBbBQBH", 0x81, antenna, 0x86, rssi, 0x84, seen_us, 0x88, count)
        for epc, antenna, rssi, count, seen_us in tags
    ]
    assert whole(report(*said)) == [
        LlrpTag(epc.hex().upper(), antenna, rssi, count, None, seen_us, None)
        for epc, antenna, rssi, count, seen_us in tags
    ]


@pytest.mark.parametrize(
    ("built", "text"),
    [
        (commands.get_capabilities(1), "0401 0000000b 00000001 00"),
        (commands.get_antennas(2), "0402 00000011 00000002 0000 02 0000 0000"),
        (commands.about_rospec(Message.START_ROSPEC, 3, 1), "0416 0000000e 00000003 00000001"),
        (commands.about_rospec(Message.DELETE_ROSPEC, 4, 0), "0415 0000000e 00000004 00000000"),
        (commands.keepalive_ack(5), "0448 0000000a 00000005"),
        (commands.close_connection(6), "040e 0000000a 00000006"),
        (
            commands.set_config(2, 1_000),
            (
                "0403 00000039 00000002 00 00f40020 00f50007000280 00f50007000480 00f50007000880 00f50007000380"
                " 00dc0009 01 000003e8 00e20005 00"
            ),
        ),
        (
            commands.add_rospec(5, 1, (1, 2), 1_000),
            (
                "0414 0000004d 00000005 00b10043 00000001 00 00 00b20012 00b30005 00 00b60009 01 000003e8"
                " 00b7001a 0002 0001 0002 00b80009 00 00000000 00ba0007 0001 01 00ed000d 02 0001 00ee0006 9780"
            ),
        ),
    ],
)
def test_our_requests_are_the_bytes_of_the_specification(built: bytes, text: str) -> None:
    assert built == bytes.fromhex(text)


@pytest.mark.parametrize("antennas", [(), (0,), (1, 256)])
def test_an_inventory_without_a_possible_antenna_is_our_mistake(antennas: tuple[int, ...]) -> None:
    with pytest.raises(InvalidValueError, match="antennas"):
        commands.add_rospec(1, 1, antennas, 1_000)
