"""What every reader's decoder does with a line that is cut, noisy or lying, family by family."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.reader_families import FAMILIES, Family, faults, tags

from gateway.decoders.framing import NOISE_BYTES_MAX
from gateway.decoders.heard import Fault, Rejected

family_of = pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.name)


@family_of
def test_a_frame_may_be_cut_at_every_place(family: Family) -> None:
    for number in range(len(family.ids)):
        frame = family.one(number)
        for split in range(len(frame) + 1):
            assert family.sliced(frame, [split]) == family.whole(frame)
        assert tags(family.whole(frame)) == [family.ids[number]]
        assert faults(family.whole(frame)) == []


@family_of
def test_two_frames_in_a_chunk_are_two_frames(family: Family) -> None:
    assert tags(family.whole(family.one(0) + family.one(1))) == [family.ids[0], family.ids[1]]


@family_of
@pytest.mark.parametrize("garbage", [b"\x00\xff\x12", b"\x80" * 70, bytes(range(64)), b"\x05"])
def test_a_frame_inside_garbage_is_found(family: Family, garbage: bytes) -> None:
    assert tags(family.whole(garbage + family.one() + garbage)) == [family.ids[0]]


@family_of
def test_a_frame_behind_the_head_of_another_is_found(family: Family) -> None:
    for length in range(1, len(family.head) + 1):
        assert tags(family.whole(family.head[:length] + family.one())) == [family.ids[0]]


@family_of
def test_a_frame_that_is_cut_off_does_not_swallow_the_next_one(family: Family) -> None:
    frame = family.one()
    for kept in range(1, len(frame)):
        assert tags(family.whole(frame[:kept] + family.one(1))) == [family.ids[1]]


@family_of
def test_a_cut_off_frame_is_given_up_when_the_line_is_idle_and_says_so(family: Family) -> None:
    decoder = family.decoder()
    assert decoder.feed(family.one()[:-1]) == []
    assert faults(decoder.idle_flush())[0] is Fault.TRUNCATED
    assert decoder.pending == 0
    assert tags(decoder.feed(family.one(1))) == [family.ids[1]]


@family_of
def test_a_flipped_bit_gives_no_other_tag_and_never_costs_the_next_one(family: Family) -> None:
    frame = family.one()
    for position in range(len(frame)):
        for flip in (0x01, 0x10, 0x80):
            broken = bytearray(frame)
            broken[position] ^= flip
            heard = family.whole(bytes(broken) + family.one(1))
            assert tags(heard) == [family.ids[1]]
            assert faults(heard)


@family_of
def test_a_bad_sum_drops_one_byte_only(family: Family) -> None:
    """The true frame begins within the false one: whoever throws the whole buffer away loses it."""
    false = bytearray(family.one(1))
    inner = family.one()
    swallowing = bytes(false[:4]) + inner
    decoder = family.decoder()
    heard = decoder.feed(swallowing + bytes(64)) + decoder.idle_flush()
    assert tags(heard) == [family.ids[0]]


@family_of
def test_the_raw_bytes_of_a_refusal_are_handed_on(family: Family) -> None:
    broken = bytearray(family.one())
    broken[-3] ^= 0x40
    first = family.whole(bytes(broken))[0]
    assert isinstance(first, Rejected)
    assert first.raw == bytes(broken)[: len(first.raw)]
    assert len(first.raw) == len(broken)


@family_of
def test_a_megabyte_of_noise_neither_breaks_the_decoder_nor_fills_its_memory(family: Family) -> None:
    dice = random.Random(f"noise {family.name}")
    decoder = family.decoder()
    found: list[str] = []
    for _ in range(256):
        noise = bytearray(dice.randbytes(4_096))
        place = dice.randrange(4_000)
        noise[place : place + len(family.head)] = family.head
        found += tags(decoder.feed(bytes(noise)))
        assert decoder.pending <= family.frame_max + NOISE_BYTES_MAX
    assert found == []
    decoder.idle_flush()
    assert sum(decoder.faults.values()) > 10_000
    assert tags(decoder.feed(family.one())) == [family.ids[0]]


@family_of
def test_all_noise_in_one_piece_is_the_same_as_in_many(family: Family) -> None:
    noise = random.Random(5).randbytes(20_000) + family.one()
    assert family.whole(noise) == family.sliced(noise, range(len(noise)))


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.name)
@given(draw=st.data())
def test_any_slicing_of_any_bytes_gives_the_same_and_no_byte_disappears(family: Family, draw: st.DataObject) -> None:
    frame = family.one()
    known = [frame, family.one(1), family.head, frame[:9], frame[5:], family.head[:1]]
    pieces = st.one_of(st.binary(max_size=12), st.sampled_from(known))
    data = draw.draw(st.lists(pieces, max_size=10).map(b"".join))
    cuts = draw.draw(st.lists(st.integers(0, len(data)), max_size=6))
    heard = family.whole(data)
    assert family.sliced(data, cuts) == heard
    assert bool(heard) == bool(data)


@pytest.mark.parametrize("family", FAMILIES[:4], ids=lambda family: family.name)
@given(epcs=st.lists(st.binary(min_size=1, max_size=31).map(lambda b: (b * 2).hex().upper()), min_size=1, max_size=6))
def test_every_tag_that_was_sent_is_heard_with_its_epc(family: Family, epcs: list[str]) -> None:
    heard = family.whole(b"".join(family.frame(epc) for epc in epcs))
    assert tags(heard) == epcs
    assert faults(heard) == []
