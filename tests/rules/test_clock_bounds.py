"""How far a gateway's clock may be off, out of its words: bounds that hold the truth, whatever the order of words."""

import random
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coldchain.clock_doubt import ClockDoubt
from coldchain.entries import Backdating, RecordedEvent
from coldchain.facts import EventKind
from coldchain.places import ProbeRole
from coldchain.units import Direction, FindingKind
from rules.clock_bounds import (
    BELIEVED_MS,
    DRIFT_PPM,
    REACH_MS,
    UNSAID_STEP_MS,
    UNSAID_UNCERTAINTY_MS,
    ClockBounds,
    bounds_of,
    coarse_ms,
    doubt_of,
)
from rules.fold_state import Episode

T: Final = 1_700_000_000_000
HOUR: Final = 3_600_000
MINUTE: Final = 60_000
STEP: Final = UNSAID_STEP_MS


def word(kind: EventKind, at_ms: int, seq: int = 1, **details: int | str) -> RecordedEvent:
    return RecordedEvent(
        gateway="gw-1",
        epoch="e1",
        seq=seq,
        place="",
        origin="gw-1",
        kind=kind,
        boot="b1",
        origin_seq=None,
        taken_ms=at_ms,
        boottime_ms=at_ms - T + 10**7,
        earliest_ms=None,
        latest_ms=at_ms,
        epc=None,
        details=details,
    )


def drift(at_ms: int, offset_ms: int, off_ms: int = 30, seq: int = 1) -> RecordedEvent:
    return word(EventKind.CLOCK_DRIFT, at_ms, seq, offset_ms=offset_ms, uncertainty_ms=off_ms)


def stepped(at_ms: int, delta_ms: int, off_ms: int = 100, seq: int = 2) -> RecordedEvent:
    return word(EventKind.CLOCK_STEPPED, at_ms, seq, delta_ms=delta_ms, source="wall", uncertainty_ms=off_ms)


def dated(times: list[int], anchor_ms: int, off_ms: int, seq: int = 900) -> Backdating:
    items = tuple((number + 1, 5_000, at_ms, off_ms) for number, at_ms in enumerate(times))
    return Backdating(
        gateway="gw-1",
        epoch="e1",
        boot="b1",
        anchor_seq=seq,
        anchor_ms=anchor_ms,
        anchor_boottime_ms=10**7,
        anchor_uncertainty_ms=off_ms,
        items=items,
    )


def run(start_ms: int, condition_ms: int, end_ms: int | None, rule: str = "A01") -> Episode:
    return Episode(
        kind=FindingKind.EXCURSION,
        rule=rule,
        direction=Direction.TOO_WARM,
        start_ms=start_ms,
        condition_ms=condition_ms,
        end_ms=end_ms,
    )


def test_without_a_word_nobody_knows_anything() -> None:
    bounds = bounds_of([], [])
    assert bounds.at(T) is None
    assert doubt_of(bounds, run(T, T + HOUR, T + 2 * HOUR), ProbeRole.AIR) is None


def test_a_word_that_was_worked_out_itself_or_says_nothing_counts_for_nothing() -> None:
    told = drift(T, 50, seq=1)
    assert bounds_of([told], [dated([T], T + HOUR, 40)]).words == ()
    nothing = [word(EventKind.CLOCK_DRIFT, T), word(EventKind.CLOCK_STEPPED, T, delta_ms="much")]
    assert bounds_of(nothing, []).words == ()


def test_between_two_words_all_from_one_to_the_other_may_be() -> None:
    bounds = bounds_of([drift(T, 40), drift(T + HOUR, 900, seq=2)], [])
    for at_ms in (T + STEP + 1, T + HOUR // 2, T + HOUR - STEP - 1):
        assert bounds.at(at_ms) == (10 - STEP, 930 + STEP)


def test_behind_the_last_word_it_grows_with_the_distance_until_a_word_says_nothing_any_more() -> None:
    bounds = bounds_of([drift(T, 0, 10)], [])
    day = 24 * HOUR
    assert bounds.at(T + day) == (-10 - day * DRIFT_PPM // 10**6 - STEP, 10 + day * DRIFT_PPM // 10**6 + STEP)
    assert bounds.at(T - day) == bounds.at(T + day)
    assert bounds.at(T + REACH_MS + 1) is None
    assert bounds.at(T + REACH_MS) == (-BELIEVED_MS, BELIEVED_MS)


def test_a_clock_that_was_set_says_nothing_of_the_boot_before() -> None:
    bounds = bounds_of([word(EventKind.CLOCK_SET, T, offset_ms=1, source="wall", uncertainty_ms=1_000)], [])
    assert bounds.at(T - STEP - 1) is None
    assert bounds.at(T) == (-1_000 - STEP, 1_000 + STEP)
    unsaid = bounds_of([word(EventKind.CLOCK_SET, T)], [])
    assert unsaid.at(T) == (-UNSAID_UNCERTAINTY_MS - STEP, UNSAID_UNCERTAINTY_MS + STEP)


def test_a_step_says_how_far_the_clock_was_off_before() -> None:
    forward = bounds_of([drift(T - HOUR, 0, 10), stepped(T, 9_000)], [])
    assert forward.at(T - 9_000 - STEP) == (-9_100 - STEP, 10 + STEP)
    back = bounds_of([drift(T - HOUR, 0, 10), stepped(T, -9_000)], [])
    # For nine seconds times were stamped twice: before the step, nine seconds ahead, and after it.
    assert back.at(T + 5_000) == (-101 - STEP, 9_100 + STEP)
    assert back.at(T + 20_000) == (-102 - STEP, 102 + STEP)


def test_a_step_beyond_what_the_intake_believes_says_nothing_of_what_it_believed() -> None:
    """The readings between such steps were not believed, and have times that were worked out."""
    bounds = bounds_of([drift(T - HOUR, 0, 10), stepped(T, -HOUR)], [])
    assert bounds.at(T - MINUTE) == (-10 - 354 - STEP, 10 + 354 + STEP)
    assert bounds.at(T + 10_000) == (-101 - STEP, 101 + STEP)


def test_times_that_were_worked_out_move_together_so_their_length_is_sure() -> None:
    bounds = bounds_of([], [dated([T, T + 4 * HOUR], T + 6 * HOUR, 120_000)])
    assert bounds.at(T) == (-122_160, 122_160)
    assert bounds.at(T + 5 * HOUR) is None
    assert bounds.length_off_ms(T + HOUR, T + 2 * HOUR) == 360
    found = doubt_of(bounds, run(T + HOUR, T + 2 * HOUR - 1_000, T + 2 * HOUR), ProbeRole.AIR)
    assert found == ClockDoubt(early_ms=130_000, late_ms=130_000, span_ms=1_000, reached=True)


def test_how_the_entries_were_cut_is_nothing() -> None:
    whole = dated([T, T + HOUR, T + 2 * HOUR], T + 6 * HOUR, 50)
    parts = [dated([T + HOUR], T + 6 * HOUR, 50), dated([T], T + 6 * HOUR, 50), dated([T + 2 * HOUR], T + 6 * HOUR, 50)]
    assert bounds_of([], [whole]) == bounds_of([], parts)


def test_a_clock_that_is_always_ahead_leaves_the_length_alone() -> None:
    bounds = bounds_of([drift(T, 40_000), drift(T + HOUR, 40_000, seq=2)], [])
    assert bounds.length_off_ms(T + MINUTE, T + HOUR - MINUTE) == 60 + 2 * STEP
    found = doubt_of(bounds, run(T + 1, T + 20 * MINUTE, T + 21 * MINUTE), ProbeRole.AIR)
    assert found == ClockDoubt(early_ms=50_000, late_ms=0, span_ms=5_000, reached=True)


@pytest.mark.parametrize(
    ("beyond_ms", "rule", "role", "reached"),
    [
        (5_000, "A01", ProbeRole.AIR, True),
        (4_999, "A01", ProbeRole.AIR, False),
        (0, "A05", ProbeRole.LOAD, False),
        (0, "A02", ProbeRole.AIR, False),
        (0, "A02", ProbeRole.LOAD, True),  # at once: no time is asked for
    ],
)
def test_a_delay_is_certain_once_it_was_over_for_as_long_as_the_clock_may_be_off(
    beyond_ms: int, rule: str, role: ProbeRole, reached: bool
) -> None:
    bounds = bounds_of([drift(T, 0, 30), drift(T + HOUR, 0, 30, seq=2)], [])
    condition_ms = T + 30 * MINUTE
    found = doubt_of(bounds, run(T + 1, condition_ms, condition_ms + beyond_ms, rule), role)
    assert found == ClockDoubt(early_ms=3_000, late_ms=3_000, span_ms=5_000, reached=reached)
    assert doubt_of(bounds, run(T + 1, T + 1, T + 2), ProbeRole.AIR) == ClockDoubt(
        early_ms=3_000, late_ms=3_000, span_ms=5_000
    )


def test_what_lasts_is_known_at_its_beginning_only() -> None:
    bounds = bounds_of([drift(T, 0, 30)], [])
    assert doubt_of(bounds, run(T, T + 1, None), ProbeRole.AIR) == ClockDoubt(early_ms=3_000, late_ms=3_000)


def test_a_clock_that_may_be_off_by_more_than_an_hour_says_nothing() -> None:
    bounds = bounds_of([], [dated([T, T + HOUR], T + HOUR, 3 * HOUR)])
    assert doubt_of(bounds, run(T, T + 1, T + HOUR), ProbeRole.AIR) is None


@given(st.integers(0, 10**8))
def test_doubts_are_rounded_up_and_not_by_much(off_ms: int) -> None:
    assert off_ms <= coarse_ms(off_ms) < off_ms + 10_000
    assert coarse_ms(off_ms) >= coarse_ms(off_ms - 1)


class Simulated:
    """A clock with a truth: it runs off within 100 ppm, is set right or wrong, and says what a gateway would say."""

    def __init__(self, seed: int) -> None:
        chance = self.chance = random.Random(seed)
        self.words: list[RecordedEvent] = []
        self.stamps: list[tuple[int, int]] = []  # true time, recorded time
        self.true_ms, self.error, ppm = T, chance.uniform(-3_000, 3_000), chance.uniform(-DRIFT_PPM, DRIFT_PPM)
        self._drift()
        wrong = False  # until the centre has said by how much
        for _ in range(60):
            passed_ms = chance.choice([1_000, 60_000, 1_800_000])
            self.true_ms += passed_ms
            self.error += ppm * passed_ms / 1e6
            self.stamps.append((self.true_ms, round(self.true_ms + self.error)))
            what = chance.random()
            if what < 0.2 or wrong:
                self._drift()
                wrong = False
            elif what < 0.35:  # set right, or by a person whose watch is off by up to a minute and who does not know it
                wrong = what >= 0.27
                self._step(chance.uniform(-900, 900) if what < 0.27 else chance.uniform(-60_000, 60_000))
        self.true_ms += 1_000
        self._drift()

    def _step(self, after: float) -> None:
        delta = round(after - self.error)
        if abs(delta) > UNSAID_STEP_MS:
            self.error += delta
            self.words.append(stepped(round(self.true_ms + self.error), delta, 1_000, len(self.words) + 1))

    def _drift(self) -> None:
        off_ms = self.chance.randint(1, 400)
        offset_ms = round(self.error + self.chance.uniform(1 - off_ms, off_ms - 1))
        self.words.append(drift(round(self.true_ms + self.error), offset_ms, off_ms, len(self.words) + 1))


@given(st.integers(0, 10**9))
def test_the_truth_lies_within_the_bounds_and_the_order_of_words_is_nothing(seed: int) -> None:
    clock = Simulated(seed)
    bounds = bounds_of(clock.words, [])
    shuffled = list(clock.words)
    random.Random(seed).shuffle(shuffled)
    assert bounds_of(shuffled, []) == bounds
    for true_ms, recorded_ms in clock.stamps:
        off = bounds.at(recorded_ms)
        assert off is not None
        assert off[0] <= recorded_ms - true_ms <= off[1]
    for (a_true, a), (b_true, b) in zip(clock.stamps, clock.stamps[1:], strict=False):
        length_ms = bounds.length_off_ms(a, b)
        assert length_ms is not None
        assert abs((b - a) - (b_true - a_true)) <= length_ms
        over = bounds.over(min(a, b), max(a, b))
        assert over is not None
        assert over[0] <= a - a_true <= over[1]


@given(st.integers(0, 10**9), st.integers(0, 30))
def test_words_far_away_change_nothing_between_near_ones(seed: int, at: int) -> None:
    clock = Simulated(seed)
    _, recorded_ms = clock.stamps[at]
    near = bounds_of(clock.words, [])
    far = bounds_of([*clock.words, drift(T + 10 * REACH_MS, 0, seq=999), drift(T - 10 * REACH_MS, 0, seq=0)], [])
    assert near.at(recorded_ms) == far.at(recorded_ms)
    assert ClockBounds().at(recorded_ms) is None
