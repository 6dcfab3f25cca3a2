"""What adds up over a day, and what makes a probe not believed: with numbers, and against slow sums by hand."""

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.histories import Reading, cn_rbc, history_of

from coldchain.errors import InvalidValueError
from coldchain.units import Direction, FindingKind
from rules.intervals import OPEN_END_MS, Interval, clipped, united
from rules.limits import Cumulative, Plausibility
from rules.plausible import JUMP, STUCK, disagree, jumps, stuck
from rules.profile import load_profile
from rules.rolling import HOUR_MS, cumulative, over_budget, sparse

MINUTE = 60_000
START = 1_700_000_000_000 // HOUR_MS * HOUR_MS
RULES = Plausibility(
    flat_micro_celsius=0,
    flat_ms=6 * HOUR_MS,
    jump_micro_celsius_per_min=5_000_000,
    siblings_micro_celsius=1_500_000,
    siblings_ms=30 * MINUTE,
)
PROFILE = replace(cn_rbc(), cumulative=Cumulative(budget_ms=10 * MINUTE, window_ms=6 * HOUR_MS), plausibility=RULES)


def minutes(*celsius: float, step: int = 1) -> list[Reading]:
    return [(START + i * step * MINUTE, round(c * 1_000_000)) for i, c in enumerate(celsius)]


def at(minute: int) -> int:
    return START + minute * MINUTE


def test_four_minutes_three_times_an_hour_are_no_excursion_and_yet_add_up() -> None:
    history = history_of(minutes(*([4.0] * 16 + [6.4] * 4) * 3, *[4.0] * 60))
    (found,) = cumulative(history, PROFILE, at(120))
    assert (found.rule, found.detail, found.direction) == ("A27", "cumulative", Direction.TOO_WARM)
    assert (found.start_ms, found.condition_ms, found.end_ms) == (at(16), at(58), at(60))
    assert (found.out_ms, found.peak_micro_celsius, found.samples_out) == (12 * MINUTE, 6_400_000, 3)
    assert cumulative(history, replace(PROFILE, cumulative=None), at(120)) == []


def test_warm_and_cold_do_not_add_up_to_one_finding() -> None:
    history = history_of(minutes(*[4.0] * 5, *[6.4] * 6, *[4.0] * 5, *[1.5] * 6, *[4.0] * 60))
    assert cumulative(history, PROFILE, at(80)) == []


def test_what_lasts_at_the_last_full_hour_is_open() -> None:
    (found,) = cumulative(history_of(minutes(*[4.0] * 30, *[6.4] * 60)), PROFILE, at(60))
    assert (found.condition_ms, found.end_ms) == (at(40), None)


def test_a_reading_every_three_hours_and_fifty_nine_minutes_cannot_look_fine() -> None:
    history = history_of(minutes(*[4.0] * 7, step=239))
    (found,) = sparse(history, PROFILE, (), OPEN_END_MS, at(7 * 239))
    assert (found.kind, found.rule, found.detail) == (FindingKind.UNMEASURED, "A05", "sparse")
    assert found.start_ms == at(5)
    assert found.condition_ms == at(239 + 5 + 6)  # 234 min of the first stretch, 6 of the second: 4 h
    assert found.end_ms == at(6 * 239)
    assert sparse(history, PROFILE, (), at(239), at(7 * 239)) == [], "what is awaited decides nothing"
    assert sparse(history, PROFILE, [(at(0), at(7 * 239))], OPEN_END_MS, at(7 * 239)) == []


def test_a_gap_that_is_a_finding_for_itself_is_not_one_of_sparse_data_too() -> None:
    history = history_of([(at(0), 4_000_000), (at(600), 4_000_000), (at(601), 4_000_000)])
    assert sparse(history, PROFILE, (), OPEN_END_MS, at(660)) == []


def by_hand(stretches: list[Interval], window: int, budget: int) -> list[tuple[int, int, int]]:
    """Look at every instant: episodes as (start, condition, end)."""
    inside = {at for begin, end in stretches for at in range(begin, end)}
    found: list[tuple[int, int, int]] = []
    for now in range(200):
        if not any(begin < now + 1 and now <= end for begin, end in stretches if begin <= now <= end):
            continue
        seen = [at for at in range(now - window, now) if at in inside]
        if len(seen) < budget:
            continue
        _, end = next(one for one in stretches if one[0] <= now <= one[1])
        start = next(one[0] for one in stretches if one[1] > now - window)
        if found and start <= found[-1][2]:
            found[-1] = (found[-1][0], found[-1][1], end)
        else:
            found.append((start, now, end))
    return found


@given(
    st.lists(st.tuples(st.integers(0, 90), st.integers(1, 20)), max_size=8),
    st.integers(3, 60),
    st.integers(1, 40),
)
def test_rolling_sums_equal_those_by_hand(parts: list[tuple[int, int]], window: int, budget: int) -> None:
    stretches = united((begin, begin + length) for begin, length in parts)
    found = [(one.start_ms, one.condition_ms, one.end_ms) for one in over_budget(stretches, window, budget)]
    assert found == by_hand(stretches, window, budget)


def test_a_probe_that_says_the_same_for_six_full_hours_is_stuck() -> None:
    moving = [4.0, 4.1] * 60
    history = history_of(minutes(*moving, *[4.0] * 60 * 7, *moving))
    (found,) = stuck(history, RULES, START, at(60 * 11))
    assert (found.detail, found.rule, found.kind) == (STUCK, "A30", FindingKind.SENSOR_FAULT)
    assert (found.start_ms, found.condition_ms, found.end_ms) == (at(120), at(480), at(540))
    assert stuck(history.between(START, at(60 * 7)), RULES, START, at(60 * 7)) == []
    (open_still,) = stuck(history.between(START, at(60 * 8)), RULES, START, at(60 * 8))
    assert open_still.end_ms is None
    noisy = history_of(minutes(*[4.0, 4.05] * 60 * 4))
    (within_noise,) = stuck(noisy, replace(RULES, flat_micro_celsius=50_000), START, at(480))
    assert within_noise.start_ms == START


def test_a_jump_that_comes_back_is_of_the_sensor_and_one_that_stays_is_not() -> None:
    (found,) = jumps(history_of(minutes(4.0, 4.0, 12.0, 12.0, 4.0, 4.0)), RULES, at(60))
    assert (found.detail, found.start_ms, found.end_ms) == (JUMP, at(2), at(4))
    assert jumps(history_of(minutes(4.0, 4.0, *[12.0] * 30)), RULES, at(60)) == []
    assert jumps(history_of(minutes(4.0, *[4.0 + i for i in range(9)], 4.5)), RULES, at(60)) == []
    assert jumps(history_of(minutes(4.0, 9.0, 4.0)), RULES, at(60)) == [], "exactly 5 degrees a minute is no jump"


def test_what_a_defrost_explains_is_no_disagreement_and_what_outlasts_it_is() -> None:
    load = minutes(*[-20.0] * 200)
    defrost = minutes(*[-20.0] * 10, *[-12.0] * 40, *[-20.0] * 150)
    stuck_warm = minutes(*[-20.0] * 10, *[-12.0] * 150, *[-20.0] * 40)

    def excused(from_ms: int, to_ms: int) -> list[Interval]:
        return clipped([(at(5), at(55))], from_ms, to_ms)

    assert disagree(history_of(defrost), history_of(load), PROFILE, "load", at(180)) != []
    assert disagree(history_of(defrost), history_of(load), PROFILE, "load", at(180), excused) == []
    (found,) = disagree(history_of(stuck_warm), history_of(load), PROFILE, "load", at(180), excused)
    assert (found.start_ms, found.condition_ms, found.end_ms) == (at(10), at(85), at(160))


def test_time_between_two_openings_of_a_door_adds_up_to_a_disagreement() -> None:
    load, air = minutes(*[4.0] * 120), minutes(*[7.0] * 120)
    doors = [(at(10), at(30)), (at(40), at(60)), (at(70), at(90))]

    def excused(from_ms: int, to_ms: int) -> list[Interval]:
        return clipped(doors, from_ms, to_ms)

    (found,) = disagree(history_of(air), history_of(load), PROFILE, "load", at(110), excused)
    assert (found.start_ms, found.condition_ms, found.end_ms) == (at(0), at(70), None)


def test_two_probes_of_a_place_that_differ_for_half_an_hour_disagree() -> None:
    load, air = minutes(*[4.0] * 100), minutes(*[4.0] * 10, *[5.6] * 40, *[4.0] * 50)
    (found,) = disagree(history_of(air), history_of(load), PROFILE, "load", at(90))
    assert (found.detail, found.start_ms, found.end_ms) == ("siblings:load", at(10), at(50))
    assert found.condition_ms == at(40)
    assert disagree(history_of(minutes(*[5.5] * 100)), history_of(load), PROFILE, "load", at(90)) == []
    silent = [reading for reading in air if not at(25) <= reading[0] < at(35)]
    assert disagree(history_of(silent), history_of(load), PROFILE, "load", at(90)) == [], "nobody knows in between"


def test_a_profile_file_gives_the_budget_and_a_misspelt_one_is_refused() -> None:
    text = Path("rules/profiles/cn-rbc-3.toml").read_text(encoding="utf-8")
    more = '\n[cumulative]\noutside_min = 30\nwithin_hours = 24\nsource = "test"\nevidence = "PROP"\n'
    assert load_profile((text + more).encode()).cumulative == Cumulative(budget_ms=30 * MINUTE, window_ms=24 * HOUR_MS)
    with pytest.raises(InvalidValueError, match="within"):
        load_profile((text + more.replace("within_hours", "within_hour")).encode())
    for wrong in ("0", "1441"):
        with pytest.raises(InvalidValueError, match="outside_min"):
            load_profile((text + more.replace("= 30", f"= {wrong}")).encode())
