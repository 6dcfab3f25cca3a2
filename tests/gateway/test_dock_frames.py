"""The frames of the dock: the vectors of docs/dock.md, noise, half frames, wrong sums, any slicing."""

import re
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.scripted_box import frame as box_frame
from support.spools import T0_MS, sample

from coldchain.facts import ClockState
from coldchain.wire import PAYLOAD_BYTES_MAX, encode, payload_sha256, up_of
from gateway.decoders.dock import (
    FRAME_BYTES_MAX,
    REFUSED_BYTES_MAX,
    Frame,
    FrameKind,
    FrameScanner,
    Identity,
    encode_frame,
    read_batch,
    read_identity,
)
from gateway.decoders.heard import Fault, Rejected

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "dock.md"
WHO = b'{"v":1,"gateway":"box-1","site":"storage-1","epoch":"e1","boot":"b1"}'
VECTORS = {
    "01 43 43 3F 00 00 00 00 E5 53 D8 4A": (FrameKind.WHO, b""),
    "01 43 43 4E 00 00 00 00 21 E1 11 35": (FrameKind.NEXT, b""),
    "01 43 43 4E 00 00 00 14 7B 22 73 69 74 65 22 3A 22 73 74 6F 72 61 67 65 2D 31 22 7D 2F 02 DA 62": (
        FrameKind.NEXT,
        b'{"site":"storage-1"}',
    ),
    "01 43 43 52 00 00 00 00 84 F1 6B B6": (FrameKind.REWIND, b""),
    "01 43 43 45 00 00 00 00 56 31 20 24": (FrameKind.END, b""),
}


def heard(data: bytes) -> list[Frame | Rejected]:
    scanner = FrameScanner()
    return scanner.feed(data) + scanner.idle_flush()


@pytest.mark.parametrize(("text", "meant"), VECTORS.items())
def test_the_vectors_of_the_document_are_written_and_read(text: str, meant: tuple[FrameKind, bytes]) -> None:
    kind, payload = meant
    assert f"`{text}`" in DOCUMENT.read_text(encoding="utf-8")
    assert encode_frame(kind, payload) == bytes.fromhex(text)
    assert heard(bytes.fromhex(text)) == [Frame(kind=kind, payload=payload)]


def test_the_identity_of_the_document_is_read() -> None:
    raw = bytes.fromhex("01 43 43 49 00 00 00 45") + WHO + bytes.fromhex("A3 4D 8E 9D")
    assert "`01 43 43 49 00 00 00 45`, these 69 bytes, `A3 4D 8E 9D`" in DOCUMENT.read_text(encoding="utf-8")
    assert heard(raw) == [Frame(kind=FrameKind.IDENTITY, payload=WHO)]
    assert read_identity(WHO) == Identity(v=1, gateway="box-1", site="storage-1", epoch="e1", boot="b1")
    assert read_identity(WHO[:-1] + b',"colour":"red"}') is not None


def test_every_type_of_the_document_is_known() -> None:
    rows = re.findall(r"^\| `(.)` ([0-9A-F]{2}) \|", DOCUMENT.read_text(encoding="utf-8"), re.MULTILINE)
    assert {kind: int(code, 16) for kind, code in rows} == {kind.value: ord(kind.value) for kind in FrameKind}


@pytest.mark.parametrize("raw", [b"", b"[]", b'{"v":1}', WHO.replace(b"box-1", b"Box 1"), b"\xff", b"[" * 5_000])
def test_what_is_no_identity_is_none(raw: bytes) -> None:
    assert read_identity(raw) is None


def test_a_payload_that_is_too_large_is_our_own_mistake() -> None:
    assert len(encode_frame(FrameKind.ACK, bytes(PAYLOAD_BYTES_MAX))) == FRAME_BYTES_MAX
    with pytest.raises(ValueError, match="at most 262144 are allowed"):
        encode_frame(FrameKind.ACK, bytes(PAYLOAD_BYTES_MAX + 1))


def test_a_frame_of_the_greatest_size_comes_through_and_a_greater_claim_is_noise_at_once() -> None:
    payload = bytes(range(256)) * 1024
    assert heard(encode_frame(FrameKind.BATCH, payload)) == [Frame(kind=FrameKind.BATCH, payload=payload)]
    claim = b"\x01CCU" + (PAYLOAD_BYTES_MAX + 1).to_bytes(4, "big")
    scanner = FrameScanner()
    said = scanner.feed(claim + encode_frame(FrameKind.END))
    assert said == [Rejected(fault=Fault.NOISE, raw=claim), Frame(kind=FrameKind.END, payload=b"")]


def test_a_frame_with_one_wrong_bit_is_refused_once_and_the_next_is_heard() -> None:
    spoilt = bytearray(encode_frame(FrameKind.BATCH, b"x" * 300))
    spoilt[100] ^= 1
    said = heard(bytes(spoilt) + encode_frame(FrameKind.END))
    assert said == [
        Rejected(fault=Fault.CHECKSUM, raw=bytes(spoilt[:REFUSED_BYTES_MAX])),
        Frame(kind=FrameKind.END, payload=b""),
    ]


def test_a_half_frame_holds_what_follows_only_until_the_line_is_silent() -> None:
    half = encode_frame(FrameKind.BATCH, b"x" * 300)[:50]
    scanner = FrameScanner()
    assert scanner.feed(half + encode_frame(FrameKind.END)) == []
    assert scanner.idle_flush() == [
        Rejected(fault=Fault.TRUNCATED, raw=half + encode_frame(FrameKind.END)),
        Frame(kind=FrameKind.END, payload=b""),
    ]
    assert scanner.pending == 0


NOISE = st.binary(max_size=200) | st.lists(st.sampled_from([b"\x01", b"C", b"\x01C", b"\x01CC", b"\x01CCU"])).map(
    b"".join
)
FRAMES = st.builds(lambda kind, payload: box_frame(kind.value.encode(), payload), st.sampled_from(FrameKind), NOISE)


@given(parts=st.lists(NOISE | FRAMES, max_size=8), data=st.data())
def test_what_is_heard_depends_on_the_bytes_alone_and_no_byte_is_lost(parts: list[bytes], data: st.DataObject) -> None:
    line = b"".join(parts)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(line)), max_size=8)))
    scanner = FrameScanner()
    said: list[Frame | Rejected] = []
    for start, end in zip([0, *cuts], [*cuts, len(line)], strict=True):
        said += scanner.feed(line[start:end])
        assert scanner.pending < FRAME_BYTES_MAX + REFUSED_BYTES_MAX
    said += scanner.idle_flush()
    assert said == heard(line)
    assert scanner.pending == 0
    assert bool(said) == bool(line)
    assert all(0 < len(item.raw) <= REFUSED_BYTES_MAX for item in said if isinstance(item, Rejected))


@given(payload=NOISE, noise=st.binary(max_size=100).filter(lambda raw: b"\x01" not in raw))
def test_a_frame_behind_noise_is_heard_at_once(payload: bytes, noise: bytes) -> None:
    said = FrameScanner().feed(noise + box_frame(b"U", payload))
    assert said[-1] == Frame(kind=FrameKind.BATCH, payload=payload)
    assert b"".join(item.raw for item in said if isinstance(item, Rejected)) == noise


@given(frames=st.lists(FRAMES, min_size=1, max_size=5), flip=st.integers(0, 7), data=st.data())
def test_one_flipped_bit_costs_one_frame_at_most_and_makes_none(
    frames: list[bytes], flip: int, data: st.DataObject
) -> None:
    line = bytearray(b"".join(frames))
    at = data.draw(st.integers(0, len(line) - 1))
    line[at] ^= 1 << flip
    sent = [item for item in heard(b"".join(frames)) if isinstance(item, Frame)]
    left = [item for item in heard(bytes(line)) if isinstance(item, Frame)]
    assert len(left) >= len(sent) - 1
    rest = iter(sent)
    assert all(item in rest for item in left), "what is heard was sent, in that order"


def test_a_batch_is_read_as_far_as_a_dock_needs_it() -> None:
    rows = [sample(T0_MS + n) for n in range(3)]
    facts = [msgspec.structs.replace(row, seq=seq) for row, seq in zip(rows, (4, 5, 9), strict=True)]
    head = {"gateway": "box-1", "epoch": "e1", "boot": "b1", "sent_ms": T0_MS, "clock": ClockState.TRUSTED}
    payload = encode(up_of(facts, first_seq=2, last_seq=9, **head))
    batch = read_batch(payload)
    assert batch is not None
    assert (batch.gateway, batch.epoch, batch.ranges) == ("box-1", "e1", ((4, 5), (9, 9)))
    assert (batch.sha256, batch.payload) == (payload_sha256(payload), payload)
    empty = read_batch(encode(up_of([], first_seq=10, last_seq=9, **head)))
    assert empty is not None
    assert empty.ranges == ()


def test_a_batch_of_another_version_is_read_by_its_frozen_fields_and_nothing_else_is() -> None:
    later = b'{"v":2,"gateway":"box-1","epoch":"e1","first_seq":3,"last_seq":7,"new":true}'
    batch = read_batch(later)
    assert batch is not None
    assert batch.ranges == ((3, 7),)
    assert read_batch(b'{"v":1,"gateway":"box-1"}') is None
    assert read_batch(b"\x00") is None
