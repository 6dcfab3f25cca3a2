"""What the oracle excuses on an air probe, on logs made by hand, and its two lists."""

from dataclasses import replace
from typing import Any

import pytest
from support.hand_record import LIMITS, LOAD, STEP_MS, record

from firmware_sim.levels import TOO_COLD, TOO_WARM, is_hard, levels_of, side_of, step_outside
from firmware_sim.record import Change, Record, Visit
from firmware_sim.story import Limits
from firmware_sim.truth import truth_of
from firmware_sim.truth_runs import celsius_text

AIR = replace(LOAD, id="p-air", role="air", delay_ms=60_000)
EXCUSING = replace(
    LIMITS, hard_air_ms=60_000, door_recovery_ms=40_000, defrost_recovery_ms=100_000, excuse_at_most_ms=120_000
)
FROZEN = Limits(
    cold_tenths=None, warm_tenths=-180, hard_cold_tenths=None, hard_warm_tenths=-100, strict=True, hard_itself=False
)
Json = dict[str, Any]


def air(tenths: list[int], **options: Any) -> Record:
    return record(tenths, limits=EXCUSING, probe=AIR, **options)


def run_of(log: Record) -> Json:
    (run,) = truth_of(log, log.until_ms)["channels"][0]["runs"]
    found: Json = run
    return found


def notice(log: Record, contact: str, *changes: tuple[int, bool]) -> Record:
    for at_ms, on in changes:
        log.notice(contact, Change(at_ms, on))
    return log


def test_a_run_without_an_open_door_is_a_finding_after_its_delay() -> None:
    run = run_of(air([40, 61, 61, 61, 60]))
    assert (run["lasted_ms"], run["excused_ms"], run["finding"], run["rule"]) == (60_000, 0, True, "A01")


def test_time_with_an_open_door_and_its_recovery_does_not_count() -> None:
    log = notice(air([40, 61, 61, 61, 61, 61, 60]), "p-door", (20_000, True), (40_000, False))
    run = run_of(log)
    assert (run["lasted_ms"], run["excused_ms"], run["finding"], run["rule"]) == (100_000, 60_000, False, None)


def test_what_counts_is_the_noticed_change_and_not_the_true_one() -> None:
    log = air([40, 61, 61, 61, 60])
    log.change("p-door", Change(0, on=True))  # nobody was told
    assert run_of(log)["finding"]


def test_a_load_probe_is_never_excused() -> None:
    log = record([40, 61, 61, 61, 61, 61, 60], limits=EXCUSING)
    notice(log, "p-door", (0, True))
    assert run_of(log)["finding"]
    assert run_of(log)["excused_ms"] == 0


def test_a_door_that_stays_open_excuses_so_much_and_no_more() -> None:
    just = notice(air([40] + [61] * 8 + [60]), "p-door", (20_000, True))
    assert run_of(just)["lasted_ms"] == 160_000
    assert not run_of(just)["finding"]
    long = notice(air([40] + [61] * 9 + [60]), "p-door", (20_000, True))
    assert run_of(long)["excused_ms"] == 120_000
    assert run_of(long)["finding"]  # 180 s less 120 s are the delay
    stuck = notice(air([40] * 5 + [61] * 8 + [60]), "p-door", (0, True))
    assert run_of(stuck)["excused_ms"] == 20_000, "of an opening that nobody ended only the first 120 s excuse"
    assert run_of(stuck)["finding"]


def test_two_openings_excuse_their_united_time() -> None:
    log = air([40] + [61] * 7 + [60])
    notice(log, "p-door", (20_000, True), (30_000, False), (40_000, True), (50_000, False))
    assert run_of(log)["excused_ms"] == 90_000 - 20_000
    notice(log, "p-defrost", (20_000, True), (25_000, False))
    assert run_of(log)["excused_ms"] == 120_000 - 15_000  # the defrost's recovery lasts to 125 s


def test_a_hard_value_in_the_air_must_last_and_in_the_load_it_is_a_finding_at_once() -> None:
    hot = [40, 101, 101, 60]
    assert not run_of(air(hot))["finding"]
    assert run_of(air([*hot[:-1], 101, 60]))["rule"] == "A02"
    assert run_of(notice(air([*hot[:-1], 101, 60]), "p-door", (30_000, True)))["rule"] is None
    assert run_of(record(hot, limits=EXCUSING))["rule"] == "A02"


def test_in_a_box_the_limit_has_another_name() -> None:
    assert run_of(record([61, 61, 61, 61, 60], limits=replace(LIMITS, limit_rule="A03")))["rule"] == "A03"


def test_a_strict_limit_is_outside_itself_and_a_hard_number_may_not_count() -> None:
    assert [side_of(t * 100_000, FROZEN) for t in (-181, -180, -179, -1_000)] == ["", TOO_WARM, TOO_WARM, ""]
    assert [is_hard(t * 100_000, FROZEN) for t in (-101, -100, -99)] == [False, False, True]
    assert [side_of(t * 100_000, LIMITS) for t in (19, 20, 60, 61)] == [TOO_COLD, "", "", TOO_WARM]
    assert [is_hard(t * 100_000, LIMITS) for t in (10, 11, 99, 100)] == [True, False, False, True]


@pytest.mark.parametrize(
    ("limits", "step", "levels"),
    [
        (LIMITS, 100_000, (1_950_000, 2_000_000, 6_000_000, 6_050_000)),
        (FROZEN, 100_000, (-18_050_000, -18_000_000)),
        (replace(LIMITS, warm_tenths=100), 62_500, (1_968_750, 2_000_000, 10_000_000, 10_031_250)),
        (replace(FROZEN, cold_tenths=-300), 100_000, (-30_000_000, -29_950_000, -18_050_000, -18_000_000)),
    ],
)
def test_the_true_temperature_at_which_a_number_outside_appears(
    limits: Limits, step: int, levels: tuple[int, ...]
) -> None:
    assert levels_of(limits, step) == levels
    for direction, beyond in ((TOO_WARM, +1), (TOO_COLD, -1)):
        level = step_outside(limits, direction, step)
        if level is not None:
            shown = [(level + away * beyond + step // 2) // step * step for away in (-1_000, 1_000)]
            assert [side_of(value, limits) for value in shown] == ["", direction]


@pytest.mark.parametrize(
    ("micro", "text"), [(8_200_000, "8.2"), (-400_000, "-0.4"), (10_062_500, "10.0625"), (6_000_000, "6.0"), (0, "0.0")]
)
def test_a_temperature_is_written_exactly(micro: int, text: str) -> None:
    assert celsius_text(micro) == text


def test_a_sensor_that_says_nothing_for_long_is_a_finding_of_the_sensor() -> None:
    limits = replace(LIMITS, sensor_fault_ms=60_000)
    log = record([40, -0x8000, -0x8000, 41, -0x8000, -0x8000, -0x8000, 42], limits=limits)
    channel = truth_of(log, log.until_ms)["channels"][0]
    faults = channel["sensor_faults"]
    spans = [(f["first_out_ms"], f["first_back_ms"], f["samples_out"], f["finding"]) for f in faults]
    assert spans == [(20_000, 60_000, 2, False), (80_000, 140_000, 3, True)]
    assert channel["longest_interval_ms"] == STEP_MS
    (finding,) = truth_of(log, log.until_ms)["expected_findings"]
    assert (finding["kind"], finding["rule"], finding["direction"], finding["bags_certain"]) == (
        "sensor-fault",
        "A30",
        None,
        [],
    )
    (short,) = [one for one in truth_of(log, log.until_ms)["must_not_alarm"] if one["from_ms"] == 20_000]
    assert (short["what"], short["to_ms"]) == ("sensor-fault", 60_000)


def test_bags_are_certain_where_a_reader_reads_them_or_where_people_alone_say() -> None:
    visits = {"A": [Visit(0, place="p")], "elsewhere": [Visit(0, place="q")]}
    for readable, has_reader, certain in ((True, True, 1), (False, True, 0), (False, False, 1)):
        log = record([61, 61, 61, 61, 60], visits, has_reader=has_reader)
        log.bags["A"].readable = readable
        (finding,) = truth_of(log, log.until_ms)["expected_findings"]
        assert (len(finding["bags_certain"]), len(finding["bags_possible"])) == (certain, 1 - certain)


def test_what_looked_bad_and_was_not_is_listed_with_its_temptation() -> None:
    log = air([40, 61, 75, 61, 40, 40, 40, 40, 40, 61, 61, 61, 61, 40])
    notice(log, "p-door", (20_000, True), (30_000, False))
    notice(log, "mains", (40_000, False), (60_000, True))
    said = truth_of(log, log.until_ms)
    assert [finding["first_out_ms"] for finding in said["expected_findings"]] == [180_000]
    door, mains = said["must_not_alarm"]
    assert (door["what"], door["place"], door["from_ms"], door["to_ms"]) == ("door", "p", 20_000, 70_000)
    assert (door["most_tempting_micro_celsius"], door["most_tempting_probe"]) == (7_500_000, "p-air")
    assert door["out_ms"] == 50_000
    assert (mains["what"], mains["place"], mains["from_ms"], mains["to_ms"]) == ("mains-loss", "", 40_000, 60_000)


def test_a_temptation_inside_a_finding_of_its_place_is_none() -> None:
    log = air([40] + [61] * 12 + [60])
    notice(log, "p-door", (30_000, True), (40_000, False))
    said = truth_of(log, log.until_ms)
    assert len(said["expected_findings"]) == 1
    assert said["must_not_alarm"] == []


@pytest.mark.parametrize(("open_ms", "what"), [(599_999, "door"), (600_000, "long-loading")])
def test_a_door_that_is_open_for_ten_minutes_is_a_loading(open_ms: int, what: str) -> None:
    log = notice(air([40] * 60), "p-door", (20_000, True), (20_000 + open_ms, False))
    assert [one["what"] for one in truth_of(log, log.until_ms)["must_not_alarm"]] == [what]
