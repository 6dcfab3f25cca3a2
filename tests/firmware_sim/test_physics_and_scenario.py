"""What the fridge does in the night of the story, for ten seeds; and the story's file."""

import re
from dataclasses import dataclass
from pathlib import Path

import pytest

from firmware_sim.labels import labels, sgtin_96
from firmware_sim.physics import CROSSINGS_MAX, Build, Fridge
from firmware_sim.scenario import NIGHT_FAILURE, Scenario, ScenarioError, build_of, load, night_failure
from firmware_sim.timeline import What, timeline

START_MS = 1_790_000_000_000
HOUR_MS = 3_600_000
LEVELS = (1.95, 2.0, 6.0, 6.05)


@dataclass(frozen=True)
class Night:
    load: list[float]  # one a second
    air: list[float]
    crossings: list[tuple[int, str, float, bool]]


def live(scenario: Scenario, seed: int) -> Night:
    fridge = Fridge(build_of(scenario, seed), START_MS, LEVELS)
    ahead = timeline(scenario, START_MS, seed)
    load: list[float] = []
    air: list[float] = []
    for at_ms in range(START_MS, START_MS + scenario.history_ms, 1_000):
        fridge.run_to(at_ms)
        while ahead and ahead[0].at_ms <= at_ms:
            turn(fridge, ahead.pop(0).what)
        load.append(fridge.load_celsius)
        air.append(fridge.air_celsius)
    return Night(load, air, [(c.at_ms - START_MS, c.node, c.celsius, c.rising) for c in fridge.crossings])


def turn(fridge: Fridge, what: What) -> None:
    if what in (What.DOOR_OPENS, What.DOOR_SHUTS):
        fridge.door_open = what is What.DOOR_OPENS
    elif what in (What.COMPRESSOR_FAILS, What.COMPRESSOR_WORKS):
        fridge.compressor_works = what is What.COMPRESSOR_WORKS
    elif what in (What.MAINS_LOST, What.MAINS_BACK):
        fridge.mains_present = what is What.MAINS_BACK


def at(hours: float) -> int:
    return int(hours * 3_600)


@pytest.fixture(scope="module", params=range(10), ids=lambda seed: f"seed-{seed}")
def night(request: pytest.FixtureRequest) -> Night:
    return live(night_failure(), request.param)


def test_outside_of_the_failure_the_load_stays_well_inside(night: Night) -> None:
    ordinary = night.load[: at(13.6)] + night.load[at(20.5) :]
    assert min(ordinary) > 3.4
    assert max(ordinary) < 4.8


def test_the_air_cycles_between_about_three_and_five_degrees(night: Night) -> None:
    quiet = night.air[at(10.5) : at(13.6)]  # no door opens then
    assert 2.7 < min(quiet) < 3.0
    assert 4.6 < max(quiet) < 5.0
    turns = sum(1 for place in range(1, len(quiet)) if (quiet[place - 1] < 4.0) != (quiet[place] < 4.0))
    assert 4 <= turns <= 40


def test_the_failure_takes_the_load_out_for_about_three_hours(night: Night) -> None:
    turns = [(at_ms, rising) for at_ms, node, level, rising in night.crossings if node == "load" and level == 6.0]
    (out_ms, rises), (back_ms, rises_again) = turns
    assert rises
    assert not rises_again
    assert 2.5 < (back_ms - out_ms) / HOUR_MS < 3.5
    assert 7.5 < max(night.load) < 9.8


def test_a_door_lifts_the_air_above_six_degrees_for_minutes_only(night: Night) -> None:
    turns = [(at_ms, rising) for at_ms, node, level, rising in night.crossings if node == "air" and level == 6.0]
    assert [rising for _, rising in turns] == [True, False] * (len(turns) // 2)
    lasted = [back - out for (out, _), (back, _) in zip(turns[::2], turns[1::2], strict=True)]
    assert sum(1 for span in lasted if span > 2 * HOUR_MS) == 1  # the failure itself
    assert max(span for span in lasted if span < 2 * HOUR_MS) < 6 * 60_000
    assert sum(1 for span in lasted if 90_000 < span < 2 * HOUR_MS) >= 3


def test_nothing_reaches_a_hard_limit(night: Night) -> None:
    assert max(night.air) < 9.8
    assert min(night.air) > 1.5


def test_the_crossings_are_those_of_the_temperatures(night: Night) -> None:
    for node, celsius in (("air", night.air), ("load", night.load)):
        for level in LEVELS:
            expected = [
                (second * 1_000, node, level, celsius[second] >= level)
                for second in range(1, len(celsius))
                if (celsius[second - 1] >= level) != (celsius[second] >= level)
            ]
            assert [crossing for crossing in night.crossings if crossing[1:3] == (node, level)] == expected


def test_the_same_seed_lives_the_same_night_in_steps_of_any_length() -> None:
    scenario = night_failure()
    fine = Fridge(build_of(scenario, 5), START_MS, LEVELS)
    coarse = Fridge(build_of(scenario, 5), START_MS, LEVELS)
    for step in range(0, 600_001, 137):
        fine.run_to(START_MS + step)
    fine.run_to(START_MS + 600_000)
    coarse.run_to(START_MS + 600_000)
    assert (fine.air_celsius, fine.load_celsius) == (coarse.air_celsius, coarse.load_celsius)
    assert build_of(scenario, 5) != build_of(scenario, 6)


def test_without_mains_the_fridge_warms_as_it_does_without_its_compressor() -> None:
    def after_two_hours(what: What | None) -> float:
        fridge = Fridge(build_of(night_failure(), 1), START_MS, LEVELS)
        if what is not None:
            turn(fridge, what)
        fridge.run_to(START_MS + 2 * HOUR_MS)
        return fridge.load_celsius

    assert after_two_hours(What.MAINS_LOST) == after_two_hours(What.COMPRESSOR_FAILS) > after_two_hours(None) + 1.0


def test_crossings_have_a_limit_and_what_does_not_fit_is_counted() -> None:
    build = Build(
        ambient_celsius=20.0,
        wall_watts_per_kelvin=10.0,
        door_watts_per_kelvin=0.0,
        exchange_watts_per_kelvin=0.001,
        air_joules_per_kelvin=100.0,
        load_joules_per_kelvin=1e6,
        cooling_watts=400.0,
        on_above_celsius=4.001,
        off_below_celsius=3.999,
        start_celsius=4.0,
    )
    fridge = Fridge(build, 0, (4.0, 4.1, 4.2))  # this one turns its compressor on and off every second
    fridge.run_to(200_000_000)
    assert len(fridge.crossings) == CROSSINGS_MAX
    assert fridge.crossings_lost > 1_000


def test_the_story_has_about_forty_bags_with_sound_labels() -> None:
    scenario = night_failure()
    bags = labels(scenario, START_MS)
    assert len(bags) == scenario.bag_count == 42
    assert len({bag["epc"] for bag in bags}) == 42
    assert len({(bag["issuer"], bag["donation_number"], bag["product_code"]) for bag in bags}) == 42
    isbt = [bag["donation_number"] for bag in bags if bag["scheme"] == "isbt128"]
    local = [bag["donation_number"] for bag in bags if bag["scheme"] == "local"]
    assert len(isbt) == len(local) == 21
    assert all(re.fullmatch(r"[A-NP-Z1-9][0-9A-Z]{4}[0-9]{8}", number) for number in isbt)
    assert all(re.fullmatch(r"0[0-9]{12}", number) for number in local)
    assert all(re.fullmatch(r"[0-9A-F]{24}", bag["epc"]) for bag in bags)
    assert all(26.99 < (bag["expires_ms"] - START_MS) / (24 * HOUR_MS) <= 33 for bag in bags)
    assert all(bag["expires_ms"] % 60_000 == 0 for bag in bags)
    assert [place for place, bag in enumerate(bags, start=1) if bag["blind"]] == [34]
    strays = {stray.epc for _, reader in scenario.readers.values() for stray in reader.strays}
    assert not strays & {bag["epc"] for bag in bags}


def test_an_epc_is_the_sgtin_that_three_libraries_agree_on() -> None:
    assert sgtin_96(6901234, 56789, 1) == "3035A537C837754000000001"


def test_a_bag_that_comes_later_bears_the_time_of_its_hand_in_the_door() -> None:
    scenario = night_failure()
    for seed in range(3):
        moves = {event.bag: event.at_ms for event in timeline(scenario, START_MS, seed) if event.what is What.BAG_IN}
        bags = labels(scenario, START_MS, seed)
        for number, bag in enumerate(bags, start=1):
            assert bag["put_in_ms"] == moves.get(number, START_MS)
        assert sorted(moves) == sorted(scenario.outside_at_start)


def test_bags_move_only_while_the_door_is_open() -> None:
    for seed in range(10):
        is_open = False
        for event in timeline(night_failure(), START_MS, seed):
            if event.what in (What.DOOR_OPENS, What.DOOR_SHUTS):
                assert is_open == (event.what is What.DOOR_SHUTS)
                is_open = not is_open
            if event.what in (What.BAG_IN, What.BAG_OUT):
                assert is_open


@pytest.mark.parametrize(
    ("find", "put", "message"),
    [
        ("put_in = [40]", "put_in = [1]", "moves bags"),
        ("put_in = [40]", "put_in = [43]", "moves bags"),
        ("taken_out = [38]", "taken_out = [35]", "moves bags"),
        ('name = "night-failure"', "", "'name'"),
        ('history = "26:00:00"', 'history = "26"', "ValueError"),
        ("[places.limits]", "[places.limits", "TOMLDecodeError"),
        ('kind = "fridge"', 'kind = "oven"', "unknown kind"),
        ('place = "fridge-1"', 'place = "fridge-7"', "unknown place"),
        ("channel = 1", "channel = 0", "wired twice"),
        ("channel = 1", "channel = 8", "no such channel"),
        ("input = 1", "input = 9", "no such input"),
        ('id = "fridge-1-air"', 'id = "fridge-1-load"', "twice"),
        ("epc_item = 56790\nepc_first_serial = 20345", "epc_item = 56789\nepc_first_serial = 1030", "a bag twice"),
        ('at = "09:30:00"', 'at = "02:06:30"', "within twice the spread"),
        ("item = 56789", "item = 56789\ncolour = 3", "colour"),
    ],
)
def test_a_scenario_that_contradicts_itself_is_refused(tmp_path: Path, find: str, put: str, message: str) -> None:
    text = NIGHT_FAILURE.read_text(encoding="utf-8")
    assert find in text
    path = tmp_path / "wrong.toml"
    path.write_text(text.replace(find, put, 1), encoding="utf-8")
    with pytest.raises(ScenarioError, match=message):
        load(path)
