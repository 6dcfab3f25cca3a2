"""Which reading of an instant counts depends on the readings, never on their order of arrival."""

import random
from typing import NamedTuple

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from coldchain.facts import Quality
from coldchain.history import EMPTY, NO_VALUE, History, effective


class _Reading(NamedTuple):
    taken_ms: int
    micro: int
    quality: int
    rank: int


_READINGS = st.lists(
    st.one_of(
        st.builds(_Reading, st.integers(0, 8), st.integers(-3, 3), st.just(0), st.integers(0, 2)),
        st.builds(_Reading, st.integers(0, 8), st.just(NO_VALUE), st.integers(1, 2), st.integers(0, 2)),
    ),
    max_size=30,
)


def _effective(readings: list[_Reading]) -> History:
    columns = np.array(readings, np.int64).reshape(-1, 4)
    return effective(columns[:, 0], columns[:, 1], columns[:, 2].astype(np.uint8), columns[:, 3])


def _rows(history: History) -> list[tuple[int, int, int]]:
    columns = (history.taken_ms.tolist(), history.micro_celsius.tolist(), history.quality.tolist())
    return list(zip(*columns, strict=True))


@given(_READINGS)
def test_one_reading_an_instant_counts_lowest_rank_then_good_then_highest(readings: list[_Reading]) -> None:
    chosen = {
        taken_ms: min(
            (reading for reading in readings if reading.taken_ms == taken_ms),
            key=lambda reading: (reading.rank, reading.quality, -reading.micro),
        )
        for taken_ms in {reading.taken_ms for reading in readings}
    }
    assert _rows(_effective(readings)) == [(r.taken_ms, r.micro, r.quality) for _, r in sorted(chosen.items())]


@given(_READINGS, st.integers(0, 2**32))
def test_order_and_repetition_of_arrival_do_not_show(readings: list[_Reading], seed: int) -> None:
    again = readings + readings[: len(readings) // 2]
    random.Random(seed).shuffle(again)
    assert _rows(_effective(again)) == _rows(_effective(readings))


@given(_READINGS, st.integers(-1, 10), st.integers(-1, 10))
def test_parts_begin_with_their_first_instant_and_end_before_their_last(
    readings: list[_Reading], from_ms: int, to_ms: int
) -> None:
    history = _effective(readings)
    inside = [row for row in _rows(history) if from_ms <= row[0] < to_ms]
    assert _rows(history.between(from_ms, to_ms)) == inside
    assert _rows(history.since(from_ms)) == [row for row in _rows(history) if row[0] >= from_ms]
    assert len(history) == len(_rows(history))


def test_a_faulty_answer_never_hides_a_good_one_of_the_same_rank() -> None:
    good = _Reading(5, 4_000_000, Quality.GOOD, 0)
    fault = _Reading(5, NO_VALUE, Quality.NO_SENSOR, 0)
    assert _rows(_effective([fault, good])) == [(5, 4_000_000, 0)]


def test_no_readings_are_an_empty_history() -> None:
    assert len(_effective([])) == len(EMPTY) == 0
