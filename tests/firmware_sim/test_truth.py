"""The oracle on logs made by hand, where every figure can be counted on one's fingers."""

import json
from pathlib import Path
from typing import Any

import pytest
from support.hand_record import STEP_MS, record

from firmware_sim.bench import Bench
from firmware_sim.physics import Crossing
from firmware_sim.record import Change, Reading, TemperatureAnswer, Visit
from firmware_sim.scenario import night_failure
from firmware_sim.truth import truth_of, write_truth


def runs(tenths: list[int], visits: dict[str, list[Visit]] | None = None) -> list[dict[str, Any]]:
    log = record(tenths, visits)
    found: list[dict[str, Any]] = truth_of(log, log.until_ms)["channels"][0]["runs"]
    return found


def test_the_limits_themselves_are_inside() -> None:
    assert runs([20, 60, 20, 60]) == []


def test_a_run_goes_from_the_first_sample_out_to_the_first_back() -> None:
    (run,) = runs([40, 61, 75, 62, 60, 40])
    assert run["direction"] == "too-warm"
    assert (run["first_out_ms"], run["last_out_ms"], run["first_back_ms"]) == (20_000, 60_000, 80_000)
    assert (run["samples_out"], run["peak_tenths"], run["peak_celsius"]) == (3, 75, "7.5")
    assert run["lasted_ms"] == 60_000
    assert run["finding"]


def test_a_run_shorter_than_its_delay_is_no_finding_and_names_no_bags() -> None:
    (run,) = runs([61, 61, 60], {"A": [Visit(0)]})
    assert run["lasted_ms"] == 40_000
    assert not run["finding"]
    assert run["bags"] == []


def test_a_hard_limit_needs_no_delay() -> None:
    assert [run["finding"] for run in runs([100, 40, 99, 40, 10, 40, 11, 40])] == [True, False, True, False]


def test_a_run_that_goes_on_has_no_end_and_lasts_until_its_last_sample() -> None:
    (run,) = runs([40, 19, -4, -3, 15])
    assert run["direction"] == "too-cold"
    assert run["first_back_ms"] is None
    assert run["lasted_ms"] == 60_000
    assert (run["peak_tenths"], run["peak_celsius"]) == (-4, "-0.4")


def test_from_too_cold_straight_to_too_warm_are_two_runs() -> None:
    cold, warm = runs([19, 61, 40])
    assert (cold["direction"], cold["first_back_ms"]) == ("too-cold", STEP_MS)
    assert (warm["direction"], warm["first_out_ms"]) == ("too-warm", STEP_MS)


def test_bags_are_named_when_they_were_inside_at_any_moment_of_the_run() -> None:
    visits = {
        "all-the-time": [Visit(0)],
        "left-as-it-began": [Visit(0, 20_000)],
        "left-in-its-middle": [Visit(0, 50_000)],
        "came-in-its-middle": [Visit(50_000)],
        "came-as-it-ended": [Visit(100_000)],
        "came-twice": [Visit(0, 30_000), Visit(90_000, 95_000)],
    }
    (run,) = runs([40, 61, 70, 80, 65, 60], visits)
    found = [(bag["epc"], bag["exposed_from_ms"], bag["exposed_to_ms"], bag["peak_tenths"]) for bag in run["bags"]]
    assert found == [
        ("all-the-time", 20_000, 100_000, 80),
        ("left-in-its-middle", 20_000, 50_000, 70),
        ("came-in-its-middle", 50_000, 100_000, 80),
        ("came-twice", 20_000, 30_000, 61),
        ("came-twice", 90_000, 95_000, None),
    ]


def test_a_bag_that_leaves_at_the_instant_of_a_sample_is_not_exposed_to_it() -> None:
    (run,) = runs([40, 61, 70, 80, 65, 60], {"A": [Visit(0, 60_000)], "B": [Visit(60_000)]})
    assert [(bag["epc"], bag["peak_tenths"]) for bag in run["bags"]] == [("A", 70), ("B", 80)]


def test_an_open_run_exposes_without_an_end() -> None:
    (run,) = runs([61, 61, 61, 61], {"A": [Visit(0)], "B": [Visit(0, 30_000)]})
    assert [(bag["epc"], bag["exposed_to_ms"]) for bag in run["bags"]] == [("A", None), ("B", 30_000)]


def test_what_happens_after_the_asked_time_is_not_told() -> None:
    log = record([40, 61, 61, 61, 61, 40], {"A": [Visit(0, 90_000)], "B": [Visit(110_000)]})
    log.change("p-door", Change(70_000, on=True))
    said = truth_of(log, 60_000)
    (run,) = said["channels"][0]["runs"]
    assert run["first_back_ms"] is None
    assert said["channels"][0]["answers_sent"] == 4
    assert [(bag["epc"], bag["out_ms"]) for bag in truth_of(log, 85_000)["channels"][0]["runs"][0]["bags"]] == [
        ("A", None)
    ]
    assert said["bags"] == [
        {"epc": "A", "readable": True, "intervals": [{"place": "", "in_ms": 0, "out_ms": None}]},
        {"epc": "B", "readable": True, "intervals": []},
    ]
    assert said["doors"] == []


def test_spoilt_answers_and_missing_sensors_are_no_samples() -> None:
    log = record([40])
    log.answer(TemperatureAnswer(20_000, 0, (99,), sound=False))
    log.answer(TemperatureAnswer(40_000, 0, (0x8000,), sound=True))
    log.answer(TemperatureAnswer(60_000, 1, (99,), sound=True))  # only the other channel was asked for
    channel = truth_of(log, 60_000)["channels"][0]
    assert (channel["answers_sent"], channel["no_sensor_answers"], channel["runs"]) == (1, 1, [])


def crossed(at_ms: int, celsius: float, *, rising: bool) -> Crossing:
    return Crossing(at_ms, "load", celsius, rising)


def test_the_true_crossings_stand_beside_the_samples() -> None:
    log = record([40, 61, 61, 60])
    log.places["p"].crossings += [
        crossed(9_000, 6.0, rising=True),
        crossed(12_000, 6.05, rising=True),
        crossed(55_000, 6.05, rising=False),
    ]
    channel = truth_of(log, 80_000)["channels"][0]
    (run,) = channel["runs"]
    assert (run["crossed_ms"], run["back_crossed_ms"]) == (12_000, 55_000)
    assert channel["samples_against_physics"] == 0
    assert channel["late_ms_max"] == 8_000


def test_a_sample_that_the_physics_do_not_bear_out_is_counted() -> None:
    warm = record([40, 61, 61, 60])
    warm.places["p"].crossings += [crossed(12_000, 6.05, rising=True), crossed(35_000, 6.05, rising=False)]
    channel = truth_of(warm, 80_000)["channels"][0]
    assert channel["samples_against_physics"] == 1
    assert channel["runs"][0]["back_crossed_ms"] is None  # it came back before a sample that still said out
    cold = record([40, 40, 19])
    cold.places["p"].crossings += [crossed(12_000, 1.95, rising=False)]
    assert truth_of(cold, 80_000)["channels"][0]["samples_against_physics"] == 1


def test_what_the_record_could_not_keep_is_told() -> None:
    log = record([])
    for place in range(5):
        log.answer(TemperatureAnswer(place, 0, (40,), sound=True), most=3)
        log.change("p-door", Change(place, on=place % 2 == 0), most=4)
        log.reading(Reading(place, "p-load", 1), most=2)
    assert (len(log.answers), len(log.doors), len(log.readings), log.lost) == (3, 4, 2, 2 + 1 + 3)
    log.places["p"].crossings_lost = 4
    assert truth_of(log, 10)["lost"] == 10


def test_the_written_truth_is_json_and_the_same_for_the_same_seed(tmp_path: Path) -> None:
    texts: list[str] = []
    for name in ("one", "two"):
        with Bench(night_failure(), 2, 1_790_000_000_000) as bench:
            bench.advance(1_790_000_000_000 + 26 * 3_600_000)
            write_truth(bench, tmp_path / name)
        texts.append((tmp_path / name).read_text(encoding="utf-8"))
    assert texts[0] == texts[1]
    said = json.loads(texts[0])
    assert len(said["bags"]) == 42
    assert said["channels"][0]["answers_sent"] == 0
    assert "悬浮红细胞" in texts[0]


@pytest.mark.parametrize("tenths", [[], [40]])
def test_hardly_any_answers_are_no_trouble(tenths: list[int]) -> None:
    channel = truth_of(record(tenths), 0)["channels"][0]
    assert channel["longest_interval_ms"] == 0
    assert channel["runs"] == []
