"""Contract of coldchain.ports.ReadingLog."""

import itertools
from typing import Any

import msgspec
import pytest
from support import store_words as words

from coldchain.errors import InvalidValueError
from coldchain.facts import ClockState, Quality
from coldchain.history import NO_VALUE, History
from coldchain.ports import Store

HOUR = 3_600_000
T0 = 1_790_000_000_000


def listed(history: History) -> list[tuple[int, int, int]]:
    columns = (history.taken_ms.tolist(), history.micro_celsius.tolist(), history.quality.tolist())
    return list(zip(*columns, strict=True))


def test_samples_and_tags_share_one_admission_sequence_that_only_grows(store: Store) -> None:
    numbers = []
    for i in range(3):
        with store.writing() as session:
            numbers.append(session.readings.append_samples(words.samples([i * 1_000], [4_000_000])))
            numbers.append(session.readings.append_tags(words.tags(words.tag(i * 1_000 + 1))))
    assert numbers == sorted(set(numbers))
    assert numbers[0] == 1


def test_a_history_has_its_first_instant_and_not_its_last(store: Store) -> None:
    with store.writing() as session:
        session.readings.append_samples(words.samples([1_000, 2_000, 3_000], [1, 2, 3]))
        assert listed(session.readings.history("fridge-1-load", 1_000, 3_000)) == [(1_000, 1, 0), (2_000, 2, 0)]
        assert listed(session.readings.history("fridge-1-load", 1_001, 1_999)) == []
        assert listed(session.readings.history("fridge-1-air", 0, 9_000)) == []


def test_an_answer_without_a_sensor_is_in_the_history_as_unknown(store: Store) -> None:
    with store.writing() as session:
        session.readings.append_samples(words.samples([1_000, 2_000], [4_000_000, None]))
        found = session.readings.history("fridge-1-load", 0, 9_000)
    assert listed(found) == [(1_000, 4_000_000, Quality.GOOD), (2_000, NO_VALUE, Quality.NO_SENSOR)]
    columns = (found.taken_ms, found.micro_celsius, found.quality)
    assert [str(column.dtype) for column in columns] == ["int64", "int64", "uint8"]


CONFLICTING = [
    {"values": [5_000_000], "source_rank": 1},
    {"values": [None], "source_rank": 0},
    {"values": [4_000_000], "source_rank": 0},
    {"values": [4_500_000], "source_rank": 0},
]


@pytest.mark.parametrize("order", list(itertools.permutations(range(4))))
def test_of_conflicting_values_the_same_one_counts_in_any_order_of_arrival(store: Store, order: tuple[int]) -> None:
    with store.writing() as session:
        for i in order:
            said: dict[str, Any] = CONFLICTING[i]
            row = words.samples([T0], said["values"], source_rank=said["source_rank"])
            session.readings.append_samples(row)
        assert listed(session.readings.history("fridge-1-load", T0, T0 + 1)) == [(T0, 4_500_000, 0)]
        assert session.readings.counts().samples == 4, "what does not count is kept"


def test_a_row_of_three_days_is_found_from_any_instant_inside(store: Store) -> None:
    times = [T0 + i * HOUR // 2 for i in range(144)]
    with store.writing() as session:
        session.readings.append_samples(words.samples(times, list(range(144))))
        for i in range(144):
            found = session.readings.history("fridge-1-load", times[i], times[i] + HOUR)
            assert listed(found) == [(ms, k, 0) for k, ms in enumerate(times) if i <= k < i + 2]
        assert len(session.readings.history("fridge-1-load", 0, 2 * T0)) == 144
        assert session.readings.counts().samples == 144


def test_a_row_of_exactly_six_hours_is_found_at_its_last_instant(store: Store) -> None:
    with store.writing() as session:
        session.readings.append_samples(words.samples([T0, T0 + 6 * HOUR], [1, 2]))
        session.readings.append_samples(words.samples([T0 + 1, T0 + 6 * HOUR + 2], [3, 4]))
        found = session.readings.history("fridge-1-load", T0 + 6 * HOUR, T0 + 7 * HOUR)
        assert listed(found) == [(T0 + 6 * HOUR, 2, 0), (T0 + 6 * HOUR + 2, 4, 0)]


def test_a_clock_that_was_set_back_within_a_message_loses_nothing(store: Store) -> None:
    with store.writing() as session:
        session.readings.append_samples(words.samples([T0 + 9_000, T0, T0 + 4_000], [3, 1, 2]))
        found = session.readings.history("fridge-1-load", 0, 2 * T0)
        assert listed(found) == [(T0, 1, 0), (T0 + 4_000, 2, 0), (T0 + 9_000, 3, 0)]
        assert listed(session.readings.last_before("fridge-1-load", T0 + 1)) == [(T0, 1, 0)]


def test_the_last_reading_before_an_instant_lies_before_it(store: Store) -> None:
    with store.writing() as session:
        session.readings.append_samples(words.samples([T0, T0 + 1_000], [1, 2]))
        session.readings.append_samples(words.samples([T0 + 1_000], [9], source_rank=5))
        session.readings.append_samples(words.samples([T0 + 30 * 24 * HOUR], [7]))
        for at_ms, expected in [
            (T0, []),
            (T0 + 1, [(T0, 1, 0)]),
            (T0 + 1_000, [(T0, 1, 0)]),
            (T0 + 1_001, [(T0 + 1_000, 2, 0)]),
            (T0 + 29 * 24 * HOUR, [(T0 + 1_000, 2, 0)]),
            (T0 + 31 * 24 * HOUR, [(T0 + 30 * 24 * HOUR, 7, 0)]),
        ]:
            assert listed(session.readings.last_before("fridge-1-load", at_ms)) == expected


def test_the_last_reading_is_found_although_a_younger_row_began_later(store: Store) -> None:
    with store.writing() as session:
        session.readings.append_samples(words.samples([T0, T0 + 5 * HOUR], [1, 5]))
        session.readings.append_samples(words.samples([T0 + HOUR, T0 + 2 * HOUR], [2, 3]))
        found = session.readings.last_before("fridge-1-load", T0 + 6 * HOUR)
        assert listed(found) == [(T0 + 5 * HOUR, 5, 0)]


COLUMNS = ["seq", "origin_seq", "taken_ms", "boottime_ms", "device_ms", "micro_celsius", "quality"]


@pytest.mark.parametrize("name", COLUMNS)
def test_columns_that_differ_in_length_are_refused(store: Store, name: str) -> None:
    row = msgspec.structs.replace(words.samples([1_000, 2_000], [1, 2]), **{name: [1]})
    with store.writing() as session:
        with pytest.raises(InvalidValueError, match="columns"):
            session.readings.append_samples(row)
        with pytest.raises(InvalidValueError, match="columns"):
            session.readings.append_samples(words.samples([], []))


def test_tag_summaries_come_back_as_they_were_in_their_order(store: Store) -> None:
    other = "3034257BF400B7800004CB2F"
    said = [
        words.tag(T0 + 2_000),
        words.tag(T0 + 1_000, epc=other, antenna=2, seq=12, origin_seq=4),
        words.tag(T0 + 1_000, epc=other, antenna=1, seq=11, best_rssi_dbm=3, count=0),
        words.tag(T0 + 1_000, epc=other, antenna=1, seq=10, first_ms=T0, last_ms=T0 + 2_000),
    ]
    with store.writing() as session:
        session.readings.append_tags(words.tags(*said))
        session.readings.append_tags(words.tags(words.tag(T0 + 3_000)))
        found = session.readings.tag_summaries("fridge-1-reader", T0 + 1_000, T0 + 3_000)
        assert found == (said[3], said[2], said[1], said[0])
        assert session.readings.tag_summaries("fridge-2-reader", 0, 2 * T0) == ()
        assert session.readings.counts().tag_summaries == 5


def test_tag_summaries_of_three_days_in_one_row_are_found_from_any_instant(store: Store) -> None:
    said = [words.tag(T0 + i * HOUR) for i in range(72)]
    with store.writing() as session:
        session.readings.append_tags(words.tags(*said))
        for i in range(72):
            assert session.readings.tag_summaries("fridge-1-reader", T0 + i * HOUR, T0 + (i + 1) * HOUR) == (said[i],)


def test_a_summary_of_another_reader_is_refused(store: Store) -> None:
    with store.writing() as session, pytest.raises(InvalidValueError, match="reader fridge-2-reader"):
        session.readings.append_tags(words.tags(words.tag(1_000), reader="fridge-2-reader"))


def test_a_follower_gets_every_sample_once_in_the_order_of_admission(store: Store) -> None:
    rows = [
        words.samples([3_000, 4_000], [4_000_000, None], origin_seq=[None, 8], device_ms=[2_900, None]),
        words.samples([1_000], [1], probe="fridge-1-air", gateway="gw-2", source_rank=2, boot="b9"),
        words.samples([9_000], [5], clock=ClockState.UNSET, received_ms=17),
    ]
    with store.reading() as session:
        assert (session.readings.last_admission(), session.readings.samples_after(0, 9)) == (0, ())
    with store.writing() as session:
        numbers = [session.readings.append_samples(row) for row in rows[:2]]
        heard = session.readings.append_tags(words.tags(words.tag(1_000)))
        numbers.append(session.readings.append_samples(rows[2]))
        assert session.readings.last_admission() == numbers[-1]
    with store.writing() as session:
        last = session.readings.append_tags(words.tags(words.tag(2_000)))
    with store.reading() as session:
        after = session.readings.samples_after
        assert after(0, 9) == tuple(zip(numbers, rows, strict=True))
        assert after(0, 2) == after(0, 9)[:2]
        assert after(numbers[1], 9) == after(heard, 9) == ((numbers[2], rows[2]),)
        assert after(numbers[2], 9) == ()
        assert session.readings.last_admission() == last


def test_a_follower_gets_a_row_of_three_days_whole(store: Store) -> None:
    times = [T0 + i * HOUR // 2 for i in range(144)]
    with store.writing() as session:
        last = session.readings.append_samples(words.samples(times, list(range(144))))
        found = session.readings.samples_after(0, 1_000)
    assert [ms for _, row in found for ms in row.taken_ms] == times
    assert [seq for _, row in found for seq in row.seq] == list(range(1, 145))
    assert found[-1][0] == last
