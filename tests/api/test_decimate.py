"""Fewer points for a screen: the extremes of every bucket stay, nothing is made up."""

from dataclasses import replace

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from support.story import PROFILE_FILE

from api.decimate import decimate, same_spans
from coldchain.facts import Quality
from coldchain.history import NO_VALUE, History
from rules.exposure import spans
from rules.profile import load_profile

WINDOW_MS = 1_000
PROFILE = replace(load_profile(PROFILE_FILE.read_bytes()), hold_ms=25)


@st.composite
def histories(draw: st.DrawFn) -> History:
    taken = sorted(draw(st.sets(st.integers(0, WINDOW_MS - 1), max_size=200)))
    values = [draw(st.one_of(st.none(), st.integers(-5_000_000, 12_000_000))) for _ in taken]
    return History(
        taken_ms=np.array(taken, np.int64),
        micro_celsius=np.array([NO_VALUE if value is None else value for value in values], np.int64),
        quality=np.array([Quality.NO_SENSOR if v is None else Quality.GOOD for v in values], np.uint8),
    )


@given(histories(), st.integers(1, 40))
def test_each_bucket_keeps_its_extremes_and_nothing_is_made_up(history: History, buckets: int) -> None:
    few = decimate(history, 0, WINDOW_MS, buckets)
    rows = list(zip(history.taken_ms.tolist(), history.micro_celsius.tolist(), history.quality.tolist(), strict=True))
    kept = list(zip(few.taken_ms.tolist(), few.micro_celsius.tolist(), few.quality.tolist(), strict=True))
    assert kept == [row for row in rows if row in set(kept)]
    assert len(kept) <= 3 * buckets or len(rows) <= 2 * buckets
    for bucket in range(buckets):
        inside = [row for row in rows if row[0] * buckets // WINDOW_MS == bucket]
        shown = [row for row in kept if row[0] * buckets // WINDOW_MS == bucket]
        good = [value for _, value, quality in inside if quality == Quality.GOOD]
        if good:
            values = [value for _, value, quality in shown if quality == Quality.GOOD]
            assert (min(values), max(values)) == (min(good), max(good))
        assert any(row[2] != Quality.GOOD for row in inside) == any(row[2] != Quality.GOOD for row in shown)


@given(histories(), st.integers(0, WINDOW_MS), st.integers(1, WINDOW_MS), st.integers(0, 2 * WINDOW_MS))
def test_fewer_readings_make_the_same_spans(history: History, from_ms: int, length_ms: int, horizon_ms: int) -> None:
    few = same_spans(history, PROFILE)
    window = from_ms, from_ms + length_ms, horizon_ms
    assert spans(few, PROFILE, *window) == spans(history, PROFILE, *window)


def test_a_calm_month_is_cut_to_a_fraction() -> None:
    taken = np.arange(0, 100_000, dtype=np.int64)
    calm = History(taken_ms=taken, micro_celsius=np.full(100_000, 4_000_000), quality=np.zeros(100_000, np.uint8))
    assert len(same_spans(calm, PROFILE)) == 2 * 100_000 // PROFILE.hold_ms
