"""The packed columns give back every integer exactly."""

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support import store_words as words

from coldchain.errors import InvalidValueError, StoreError
from coldchain.facts import TagSummary
from coldchain.ports import SampleRow
from stores.columns import INTEGER_MAX, pack_samples, pack_tags, unpack_readings, unpack_samples, unpack_tags

NAMES = ("taken_ms", "micro_celsius", "quality", "seq", "boottime_ms", "device_ms", "origin_seq")

exact = st.integers(-INTEGER_MAX, INTEGER_MAX)
near = st.integers(1_790_000_000_000, 1_790_000_100_000)
small = st.integers(0, 3)


@st.composite
def rows(draw: st.DrawFn) -> SampleRow:
    n = draw(st.integers(1, 40))
    integers = st.sampled_from([exact, near, small, st.just(7), st.integers(0, 9).map(lambda tenths: tenths * 100_000)])

    def column(lacking: bool) -> list[Any]:
        one = draw(integers)
        return draw(st.lists(st.none() | one if lacking else one, min_size=n, max_size=n))

    columns = {name: column(name in {"micro_celsius", "device_ms", "origin_seq"}) for name in NAMES}
    return msgspec.structs.replace(words.samples([1], [1]), **columns)


@given(rows())
def test_samples_come_back_exactly(row: SampleRow) -> None:
    blob = pack_samples(row)
    assert unpack_samples(blob) == {name: getattr(row, name) for name in NAMES}
    assert unpack_readings(blob) == (row.taken_ms, row.micro_celsius, row.quality)


epcs = st.binary(min_size=2, max_size=62).map(lambda raw: raw.hex().upper())
tag_summaries = st.builds(
    TagSummary,
    seq=exact,
    origin=st.just("fridge-1-reader"),
    taken_ms=exact,
    boottime_ms=exact,
    epc=epcs,
    antenna=small,
    count=st.integers(0, 10_000),
    best_rssi_dbm=st.integers(-128, 127),
    first_ms=exact,
    last_ms=exact,
    origin_seq=st.none() | exact,
    centroid_ms=st.none() | exact,
)


@given(st.lists(tag_summaries, min_size=1, max_size=30))
def test_tag_summaries_come_back_exactly(summaries: list[TagSummary]) -> None:
    assert unpack_tags(pack_tags(summaries), "fridge-1-reader") == summaries


def test_the_bytes_of_version_1_stay_as_they_are() -> None:
    row = words.samples([1_000, 21_000, 41_020], [4_000_000, None, 4_100_000])
    assert pack_samples(row).hex() == PACKED_SAMPLES
    numbered = msgspec.structs.replace(row, origin_seq=[17, None, 19])
    assert pack_samples(numbered).hex() == PACKED_SAMPLES_NUMBERED
    assert pack_tags([words.tag(5_000), words.tag(6_000, origin_seq=3)]).hex() == PACKED_TAGS


def test_a_row_of_tags_from_before_the_centroids_is_read_and_one_with_them_only_goes_on() -> None:
    before = unpack_tags(bytes.fromhex(PACKED_TAGS), "fridge-1-reader")
    assert [tag.centroid_ms for tag in before] == [None, None]
    centred = [msgspec.structs.replace(tag, centroid_ms=tag.taken_ms - 400) for tag in before]
    assert pack_tags(centred).hex().startswith(PACKED_TAGS)  # so an older program still reads what it knows
    assert unpack_tags(pack_tags(centred), "fridge-1-reader") == centred


PACKED_SAMPLES = "0103d00fc0b80214010001020280a4e803c09a0c000000010201010002020000e7070000000101"
PACKED_SAMPLES_NUMBERED = PACKED_SAMPLES[:-2] + "020222040000"
PACKED_TAGS = (
    "0102904ed00f0000904ed00f0000e707000000020000000e00000079000000870e000000130000000201"
    "060ce280116060000205123456780ce28011606000020512345678"
)


def test_a_device_without_numbers_of_its_own_costs_one_byte_a_row() -> None:
    row = words.samples([1_000 * i for i in range(40)], [4_000_000] * 40)
    plain = pack_samples(row)
    assert unpack_samples(plain)["origin_seq"] == [None] * 40
    assert plain.hex().endswith("0101"), "device_ms and origin_seq: a flag each and nothing more"


def test_a_regular_row_costs_under_three_bytes_a_reading() -> None:
    times = [1_790_000_000_000 + 20_000 * i + 7 * (i % 3) for i in range(50)]
    row = words.samples(times, [4_000_000 + 100_000 * (i % 4) for i in range(50)])
    assert len(pack_samples(row)) / 50 < 3


@pytest.mark.parametrize("name", ["taken_ms", "micro_celsius", "boottime_ms"])
@pytest.mark.parametrize("value", [INTEGER_MAX + 1, -INTEGER_MAX - 1, 2**64])
def test_an_integer_beyond_the_exact_ones_is_refused_by_its_value(name: str, value: int) -> None:
    row = msgspec.structs.replace(words.samples([1, 2], [1, 2]), **{name: [1, value]})
    with pytest.raises(InvalidValueError, match=str(value)):
        pack_samples(row)


@pytest.mark.parametrize("epc", ["", "abcd", "ABC", "XYZW", "AB CD", "AA" * 256])
def test_an_epc_that_would_come_back_changed_is_refused(epc: str) -> None:
    with pytest.raises(InvalidValueError, match="EPC"):
        pack_tags([words.tag(1_000, epc=epc)])


def test_an_unknown_layout_is_told() -> None:
    with pytest.raises(StoreError, match="layout 02"):
        unpack_readings(b"\x02\x01")
    with pytest.raises(StoreError, match="layout none"):
        unpack_readings(b"")
