"""Mean kinetic temperature by published arithmetic, heat and freeze of vaccines, and never for blood."""

from dataclasses import replace

import numpy as np
import pytest
from support.histories import history_of
from support.rule_words import START, at, by_the_minute, shipped
from support.standing_facts import RBC, facts_of, probe_at

from coldchain.sums import Tally
from rules.conditions_drugs import of_kinetic, of_vaccine
from rules.kinetic import mean_kinetic_micro_celsius
from rules.limits import KineticLimit, Product, VaccineAlarm
from rules.profile_sections import KINETIC_FOR
from rules.standing import PlaceFacts

HOUR = 3_600_000
CCT, VACCINE = shipped("cct-1"), shipped("who-vaccine-1")
LIMIT = KineticLimit(
    window_ms=24 * HOUR,
    high_micro_celsius=8_000_000,
    excursion_low_micro_celsius=2_000_000,
    excursion_high_micro_celsius=15_000_000,
)


def tally(*pairs: tuple[float, float]) -> Tally:
    """Return a tally of (degrees, hours)."""
    pairs = tuple(sorted(pairs))
    return Tally(
        from_ms=START,
        to_ms=START + round(sum(hours for _, hours in pairs) * HOUR),
        readings=len(pairs),
        values=np.array([round(celsius * 1_000_000) for celsius, _ in pairs], np.int64),
        held_ms=np.array([round(hours * HOUR) for _, hours in pairs], np.int64),
    )


@pytest.mark.parametrize(
    ("pairs", "celsius"),
    [
        (((5.0, 7),), 5.0),
        (((2.0, 1), (8.0, 1)), 5.536425),
        (((5.0, 23), (15.0, 1)), 5.763546),
        (((5.0, 20), (15.0, 4)), 7.704628),
        (((4.0, 22), (12.0, 2)), 5.050676),
        (((20.0, 1), (25.0, 1), (30.0, 1)), 25.858208),
        (((25.0, 29), (40.0, 1)), 26.113034),
        (((21.0, 3), (22.0, 3), (23.0, 2), (25.0, 2), (27.0, 2), (28.0, 1)), None),
        (tuple((float(c), 1) for c in range(2, 11)), 6.398910),
        (((-20.0, 1), (-18.0, 1), (-15.0, 1)), -17.356992),
    ],
)
def test_mean_kinetic_temperature_of_known_examples(
    pairs: tuple[tuple[float, float], ...], celsius: float | None
) -> None:
    mean = mean_kinetic_micro_celsius(tally(*pairs))
    assert mean is not None
    if celsius is not None:
        assert abs(mean - celsius * 1_000_000) <= 1
    assert pairs[0][0] <= mean / 1_000_000 <= max(one for one, _ in pairs)


def test_twelve_months_of_a_room() -> None:
    months = [21, 21, 22, 23, 25, 27, 28, 27, 25, 23, 22, 21]
    mean = mean_kinetic_micro_celsius(tally(*((float(c), float(months.count(c))) for c in set(months))))
    assert mean is not None
    assert abs(mean - 24_079_182) <= 1


def facts(name: str) -> PlaceFacts:
    profile = shipped(name)
    return facts_of(probe_at(by_the_minute(5.0, 5.0), 1, profile=profile), now_min=1, profile=profile)


def test_controlled_cold_bears_fifteen_degrees_for_four_and_a_half_hours_a_day() -> None:
    place = facts("cct-1")
    assert of_kinetic(place, place.probes[0], LIMIT, tally((5.0, 24 - 4.52), (15.0, 4.52))) is None
    one = of_kinetic(place, place.probes[0], LIMIT, tally((5.0, 24 - 4.53), (15.0, 4.53)))
    assert one is not None
    assert (one.rule, one.severity, one.values["peak_micro_celsius"]) == ("A47", "high", 15_000_000)


def test_it_is_said_of_just_what_a_profile_may_ask_it_for() -> None:
    """A profile of a vaccine with [[kinetic]] is refused, so that nothing may be said of one either."""
    said = set()
    for product in Product:
        place = facts("cct-1")
        place = replace(place, profile=replace(place.profile, product=product))
        said |= {product} if of_kinetic(place, place.probes[0], LIMIT, tally((30.0, 24))) else set()
    assert said == set(KINETIC_FOR) == {Product.MEDICINE, Product.REAGENT}


def test_it_is_never_said_of_blood_cells() -> None:
    for profile in ("cn-rbc-3", "cn-plt-2", "cn-ffp-2"):
        place = facts(profile)
        assert of_kinetic(place, place.probes[0], LIMIT, tally((30.0, 24))) is None
        assert place.profile.kinetic == ()


@pytest.mark.parametrize(
    ("celsius", "minutes", "due"),
    [(8.0, 700, None), (8.01, 599, False), (8.01, 600, True), (-0.49, 90, None), (-0.5, 59, False), (-0.5, 60, True)],
)
def test_heat_and_freeze_of_vaccines(celsius: float, minutes: int, due: bool | None) -> None:
    alarm = VACCINE.vaccine
    assert alarm == VaccineAlarm(
        heat_micro_celsius=8_000_000, heat_ms=10 * HOUR, freeze_micro_celsius=-500_000, freeze_ms=HOUR
    )
    readings = by_the_minute(5.0, *[celsius] * (minutes + 1))
    place = facts_of(probe_at(readings, minutes + 1, profile=VACCINE), now_min=minutes + 1, profile=VACCINE)
    found = of_vaccine(place, place.probes[0], alarm, history_of(readings))
    assert [one.due_ms <= place.now_ms for one in found] == ([] if due is None else [due])
    assert all((one.rule, one.severity, one.since_ms) == ("A48", "critical", at(1)) for one in found)


def test_a_gap_between_readings_beyond_counts() -> None:
    assert VACCINE.vaccine is not None
    readings = [(at(0), 9_000_000), (at(600), 9_500_000)]
    place = replace(facts_of(probe_at(readings, 600, profile=RBC), now_min=600), profile=VACCINE)
    (one,) = of_vaccine(place, place.probes[0], VACCINE.vaccine, history_of(readings))
    assert (one.due_ms, one.values["peak_micro_celsius"], one.values["hours"]) == (at(600), 9_500_000, 10)
