"""The day at the storage point, for eleven seeds: what has to be found, and what must not alarm."""

import re
from typing import Any

import pytest
from support.polled_site import START_MS, storage_day

from firmware_sim.labels import labels
from firmware_sim.scenario import storage_point
from firmware_sim.timeline import What, timeline
from firmware_sim.truth import truth_of

HOUR_MS, MINUTE_MS = 3_600_000, 60_000
SCENARIO = storage_point()
MOVED, LEFT_BEFORE, TORN = 38, 35, 34
LOADED = {50, 51, 52, 55, 56}
Json = dict[str, Any]


@pytest.fixture(scope="module", params=range(1, 12), ids=lambda seed: f"seed-{seed}")
def said(request: pytest.FixtureRequest) -> Json:
    site = storage_day(request.param)
    return truth_of(site.record, site.now_ms)


def epcs(said: Json, numbers: set[int]) -> set[str]:
    return {bag["epc"] for bag in said["bags"] if bag["number"] in numbers}


def of(said: Json, probe: str) -> Json:
    return next(finding for finding in said["expected_findings"] if finding["probe"] == probe)


def channel(said: Json, probe: str) -> Json:
    found: Json = next(entry for entry in said["channels"] if entry["probe"] == probe)
    return found


def tempting(said: Json, what: str, place: str) -> list[Json]:
    return [one for one in said["must_not_alarm"] if (one["what"], one["place"]) == (what, place)]


def test_five_findings_and_no_other(said: Json) -> None:
    found = [(f["probe"], f["kind"], f["rule"], f["direction"]) for f in said["expected_findings"]]
    assert sorted(found) == [
        ("box-1-air", "excursion", "A03", "too-warm"),
        ("box-1-load", "excursion", "A03", "too-warm"),
        ("fridge-1-air", "excursion", "A01", "too-warm"),
        ("fridge-1-load", "excursion", "A01", "too-warm"),
        ("fridge-2-air", "sensor-fault", "A30", None),
    ]
    assert said["lost"] == 0
    assert said["faults"] == {}


def test_samples_show_the_physics_within_one_interval(said: Json) -> None:
    for probe in said["channels"]:
        assert probe["samples_against_physics"] == 0
        interval_ms = 60_000 if probe["place"] == "box-1" else 20_000
        assert probe["longest_interval_ms"] == interval_ms
        assert probe["late_ms_max"] <= interval_ms


def test_the_night_of_fridge_1_holds_all_that_were_inside(said: Json) -> None:
    load, air = of(said, "fridge-1-load"), of(said, "fridge-1-air")
    assert 2.5 * HOUR_MS < load["lasted_ms"] < 3.5 * HOUR_MS
    assert 7_500_000 <= load["peak_micro_celsius"] <= 9_000_000
    assert air["peak_micro_celsius"] < 10_000_000
    exposed = {bag["epc"]: bag for bag in load["bags_certain"]}
    assert [bag["epc"] for bag in load["bags_possible"]] == [*epcs(said, {TORN})]
    assert len(exposed) == 38
    assert not epcs(said, {LEFT_BEFORE}) & exposed.keys()
    (moved,) = epcs(said, {MOVED})
    assert 0 < exposed[moved]["exposed_ms"] < load["lasted_ms"]
    where = next(bag["intervals"] for bag in said["bags"] if bag["epc"] == moved)
    assert [stay["place"] for stay in where] == ["fridge-1", "fridge-2"]
    assert load["first_out_ms"] < where[0]["out_ms"] < where[1]["in_ms"] < load["first_back_ms"]


def test_the_box_is_too_warm_for_half_an_hour_or_so_with_eight_bags_in_it(said: Json) -> None:
    for probe in ("box-1-load", "box-1-air"):
        finding = of(said, probe)
        assert 25 * MINUTE_MS <= finding["lasted_ms"] <= 60 * MINUTE_MS
        assert finding["peak_micro_celsius"] > 11_000_000
        assert len(finding["bags_certain"]) == 8
        assert finding["bags_possible"] == []
        assert all(bag["exposed_ms"] == finding["lasted_ms"] for bag in finding["bags_certain"])
        others = [run for run in channel(said, probe)["runs"] if not run["finding"]]
        assert all(run["lasted_ms"] <= 3 * MINUTE_MS for run in others)
    assert of(said, "box-1-load")["peak_micro_celsius"] % 62_500 == 0


def test_the_box_tells_its_trip_by_itself(said: Json) -> None:
    """Pre-conditioned at 18:05, packed at 21:00, a tyre from 22:30 to 23:50, past the hospital, home at 25:00."""
    own = [(word["kind"], *word["details"].values()) for word in said["box_said"] if word["origin"] == "box-1"]
    (packed,) = [word for word in said["box_said"] if "until_ms" in word["details"]]
    until_ms = packed["details"]["until_ms"]
    assert own == [
        ("area-entered", "blood-station"),
        ("preconditioning-began", 30),
        ("box-not-ready", "time"),
        ("box-ready", 330),
        ("box-ready", 330, until_ms),
        ("area-left", "blood-station"),
        ("stood-still",),
        ("moved-on",),
        ("area-entered", "county-hospital"),
        ("area-left", "county-hospital"),
        ("area-entered", "storage-point"),
    ]
    times = {word["kind"]: (word["at_ms"], word["latest_ms"]) for word in said["box_said"]}
    hours = {kind: tuple((at_ms - START_MS) / HOUR_MS for at_ms in both) for kind, both in times.items()}
    assert hours["preconditioning-began"][0] == 18 + 5 / 60
    assert hours["stood-still"] == (22 + 50 / 60, 22.5)  # the tyre burst then
    assert hours["moved-on"][0] == 23 + 55 / 60
    assert until_ms - packed["at_ms"] == 5.5 * HOUR_MS
    lid = [one for one in said["doors"] if one["contact"] == "box-1-lid"]
    assert packed["at_ms"] == lid[1]["at_ms"]


def test_it_beeps_for_what_the_centre_finds_and_for_nothing_else(said: Json) -> None:
    for probe in ("box-1-load", "box-1-air"):
        finding = of(said, probe)
        raised, cleared = (word for word in said["box_said"] if word["origin"] == probe)
        assert (raised["kind"], cleared["kind"]) == ("alarm-raised", "alarm-cleared")
        assert raised["earliest_ms"] == finding["first_out_ms"]
        assert raised["at_ms"] - finding["first_out_ms"] == 10 * MINUTE_MS
        assert cleared["at_ms"] >= finding["first_back_ms"]
        assert (raised["details"]["rule"], raised["details"]["direction"]) == (finding["rule"], "too-warm")


def test_the_long_loading_tempts_and_is_excused(said: Json) -> None:
    (loading,) = tempting(said, "long-loading", "fridge-2")
    assert loading["most_tempting_micro_celsius"] > 10_000_000  # the air even passed the hard limit
    assert loading["out_ms"] > 15 * MINUTE_MS  # and was out for longer than the air probe's delay
    assert loading["to_ms"] - loading["from_ms"] == pytest.approx(35 * MINUTE_MS, abs=4_000)
    (run,) = [run for run in channel(said, "fridge-2-air")["runs"] if run["hard"]]
    assert run["lasted_ms"] - run["excused_ms"] < 5 * MINUTE_MS
    assert channel(said, "fridge-2-load")["runs"] == []


def test_three_defrosts_tempt_and_are_excused(said: Json) -> None:
    defrosts = tempting(said, "defrost", "freezer-1")
    assert len(defrosts) == 3
    for defrost in defrosts:
        assert -14_000_000 < defrost["most_tempting_micro_celsius"] < -10_000_000
        assert defrost["out_ms"] > 15 * MINUTE_MS
    assert channel(said, "freezer-1-load")["runs"] == []
    for run in channel(said, "freezer-1-air")["runs"]:
        assert not run["hard"]
        assert run["lasted_ms"] == run["excused_ms"]


def test_the_mains_fails_for_three_minutes_and_everything_of_the_site_says_so(said: Json) -> None:
    (loss,) = tempting(said, "mains-loss", "")
    assert loss["to_ms"] - loss["from_ms"] == 3 * MINUTE_MS
    contacts = {entry["contact"]: entry["noticed"] for entry in said["contacts"]}
    for contact, away in (("site-mains", False), ("site-ups", True), ("platelet-1-motion", False)):
        changes = contacts[contact]
        assert [change["on"] for change in changes] == [away, not away]
        assert changes[1]["at_ms"] - changes[0]["at_ms"] == 3 * MINUTE_MS


def test_the_faulty_probe_is_a_sensor_and_no_excursion(said: Json) -> None:
    fault = of(said, "fridge-2-air")
    assert fault["lasted_ms"] == pytest.approx(90 * MINUTE_MS, abs=20_000)
    assert (fault["bags_certain"], fault["bags_possible"]) == ([], [])
    (tempted,) = tempting(said, "sensor-fault", "fridge-2")
    assert tempted["from_ms"] == fault["first_out_ms"]


def test_ordinary_doors_are_told_beside_what_they_did_to_the_air(said: Json) -> None:
    doors = tempting(said, "door", "fridge-1")
    assert len(doors) == 9  # the two openings in the night belong to the finding
    assert max(door["most_tempting_micro_celsius"] for door in doors) > 6_000_000
    assert len(tempting(said, "lid", "box-1")) == 3


def test_platelets_stay_at_twenty_two_degrees(said: Json) -> None:
    assert channel(said, "platelet-1-air")["runs"] == []
    assert channel(said, "platelet-1-load")["answers_sent"] == 26 * 180 + 1


def test_at_the_end_two_of_the_boxs_bags_lie_in_fridge_2_and_one_is_issued(said: Json) -> None:
    packed = [move for move in said["moves"] if move["kind"] == "packed"]
    assert len(packed) == 8
    assert len({(move["manifest"], move["box"], move["at_ms"], move["destination"]) for move in packed}) == 1
    stays = {
        bag["number"]: [stay["place"] for stay in bag["intervals"]]
        for bag in said["bags"]
        if bag["epc"] in {move["epc"] for move in packed}
    }
    assert sorted(number for number, places in stays.items() if places == ["box-1", "fridge-2"]) == [71, 74]
    (issued,) = [move for move in said["moves"] if move["kind"] == "issued"]
    assert stays[issued["bag"]] == ["box-1"]
    ends = {bag["number"]: bag["intervals"][-1]["out_ms"] for bag in said["bags"] if bag["number"] in stays}
    assert [number for number, out_ms in ends.items() if out_ms is not None] == [issued["bag"]]
    home_ms = min(ends[issued["bag"]], issued["at_ms"])
    assert home_ms > of(said, "box-1-load")["first_back_ms"]


def test_a_move_is_made_known_when_it_happens(said: Json) -> None:
    stays = {bag["number"]: bag["intervals"] for bag in said["bags"]}
    for move in said["moves"]:
        if move["kind"] == "placed":
            assert (stays[move["bag"]][0]["place"], stays[move["bag"]][0]["in_ms"]) == (move["place"], move["at_ms"])
        if move["kind"] == "packed":
            assert abs(stays[move["bag"]][0]["in_ms"] - move["at_ms"]) <= 2 * MINUTE_MS
        if move["kind"] == "issued":
            assert abs(stays[move["bag"]][-1]["out_ms"] - move["at_ms"]) <= 2 * MINUTE_MS


def test_the_labels_are_those_of_a_storage_point() -> None:
    bags = labels(SCENARIO, START_MS)
    assert len(bags) == SCENARIO.bag_count == 76
    assert [bag["number"] for bag in bags] == list(range(1, 77))
    assert {(bag["place"], bag["profile"]) for bag in bags} == {
        ("fridge-1", "cn-rbc"),
        ("fridge-2", "cn-rbc"),
        ("freezer-1", "cn-ffp"),
        ("platelet-1", "cn-plt"),
        ("box-1", "cn-rbc"),
    }
    assert {bag["component"] for bag in bags} == {
        "悬浮红细胞 2U",
        "悬浮红细胞（去白） 2U",
        "机采血小板",
        "新鲜冰冻血浆",
    }
    assert len({bag["epc"] for bag in bags}) == len({(bag["issuer"], bag["donation_number"]) for bag in bags}) == 76
    for place in ("fridge-1", "fridge-2", "freezer-1", "platelet-1", "box-1"):
        assert {bag["scheme"] for bag in bags if bag["place"] == place} == {"isbt128", "local"}
    isbt = [bag["donation_number"] for bag in bags if bag["scheme"] == "isbt128"]
    assert all(re.fullmatch(r"[A-NP-Z1-9][0-9A-Z]{4}[0-9]{8}", number) for number in isbt)
    platelets = [bag for bag in bags if bag["component"] == "机采血小板"]
    assert all(26 * HOUR_MS < bag["expires_ms"] - START_MS <= 5 * 24 * HOUR_MS for bag in platelets)
    assert [bag["number"] for bag in bags if bag["blind"]] == [TORN]
    assert [len(bag["moves"]) for bag in bags].count(1) == 75


def test_a_bag_is_only_ever_taken_from_where_it_lies_whatever_the_seed() -> None:
    for seed in range(1, 40):
        where = {
            number: None if number in SCENARIO.outside_at_start else SCENARIO.series_of(number)[0].place
            for number in range(1, SCENARIO.bag_count + 1)
        }
        for event in timeline(SCENARIO, START_MS, seed):
            if event.what is What.BAG_OUT:
                assert where[event.bag] == event.place
                where[event.bag] = None
            elif event.what is What.BAG_IN:
                assert where[event.bag] is None
                where[event.bag] = event.place
        assert {bag for bag, place in where.items() if place == "fridge-2"} >= LOADED | {MOVED}
