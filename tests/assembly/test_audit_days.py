"""The auditor's own hash over a sealed day is that of the record, and it takes signatures as the record does."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from support import store_words as words

from assembly.audit_days import Packed, one_alone, sealed_hash
from coldchain.block_columns import block_hash, columns_of
from coldchain.facts import Quality
from coldchain.persons import same_person, same_post
from coldchain.ports import SampleRow
from stores.columns import pack_samples

PROBE, DAY = "fridge-1-load", 19_990
SIGNED = st.sampled_from(["", "李华", "李 华", "Li", "LI", "·", "\u200b", "QA", "ＱＡ", "Li QA", "director"])
INTEGERS = st.integers(-(2**53) + 1, 2**53 - 1)
NAMES = st.sampled_from(["gw-1", "gw-2", '网关 "3" \\ \n\x7f'])


@st.composite
def rows(draw: st.DrawFn) -> SampleRow:
    n = draw(st.integers(1, 20))

    def column(values: st.SearchStrategy[Any]) -> list[Any]:
        return draw(st.lists(values, min_size=n, max_size=n))

    small = st.integers(0, 86_399_999).map(lambda ms: DAY * 86_400_000 + ms)
    return words.samples(
        column(st.one_of(small, INTEGERS)),
        column(st.none() | INTEGERS),
        gateway=draw(NAMES),
        source_rank=draw(st.integers(0, 3)),
        received_ms=draw(INTEGERS),
        seq=column(INTEGERS),
        boottime_ms=column(st.integers(0, 2**40)),
        device_ms=column(st.none() | INTEGERS),
        origin_seq=column(st.none() | INTEGERS),
        quality=column(st.sampled_from(list(Quality))),
    )


def said_of(admission: int, row: SampleRow) -> dict[str, Any]:
    names = ("gateway", "epoch", "boot", "source_rank", "received_ms")
    told = {name: getattr(row, name) for name in names}
    return {**told, "admission": admission, "clock": row.clock.value, "body": pack_samples(row).hex()}


@given(st.lists(rows(), min_size=1, max_size=6))
def test_the_auditor_makes_the_hash_of_a_sealed_day_again(several: list[SampleRow]) -> None:
    pairs = list(enumerate(several, 1))
    assert sealed_hash(PROBE, DAY, [said_of(*pair) for pair in pairs]) == block_hash(columns_of(PROBE, DAY, pairs))


@given(rows())
def test_the_auditor_reads_the_times_as_they_were_packed(row: SampleRow) -> None:
    assert Packed(pack_samples(row)).columns()["taken_ms"] == row.taken_ms


@given(SIGNED, SIGNED, SIGNED, SIGNED)
def test_the_auditor_takes_two_signatures_for_one_persons_just_as_the_record_does(
    name: str, post: str, other: str, other_post: str
) -> None:
    alone = same_person(name, post, other, other_post) or same_post(post, other_post)
    assert one_alone(name, post, other, other_post) == alone


def test_a_signature_without_a_post_is_not_that_of_another_person() -> None:
    assert one_alone("李华", "", "王芳", "director")
    assert one_alone("李华", "QA", "王芳", "·")
    assert not one_alone("李华", "QA", "王芳", "director")
