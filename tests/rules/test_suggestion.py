"""What the rules suggest of a unit: points with their sources, and never a disposition."""

from pathlib import Path

import pytest
from msgspec.structs import replace
from support import store_words as words

import rules
from coldchain.closed_loop import ClockName, ClockState, UnitClock
from coldchain.units import Direction, Exposure, Finding, FindingKind, FindingStatus
from rules.limits import Profile
from rules.profile import load_profile
from rules.suggestion import Point, Suggestion, suggestions

MINUTE, HOUR = 60_000, 3_600_000
PROFILES = Path(rules.__file__).parent / "profiles"


def profile(name: str) -> Profile:
    return load_profile((PROFILES / f"{name}.toml").read_bytes())


UK, CN = profile("uk-rbc-1"), profile("cn-rbc-2")


def finding(**changed: object) -> Finding:
    known = words.finding("f-1", kind=FindingKind.EXCURSION, direction=Direction.TOO_WARM)
    return replace(known, **{"peak_micro_celsius": 7_100_000, "status": FindingStatus.CLOSED, "rule": "A01"} | changed)


def met(**changed: object) -> Exposure:
    known = words.exposure("u-1", "f-1", out_ms_min=25 * MINUTE, out_ms_max=25 * MINUTE)
    return replace(known, **{"peak_micro_celsius": 7_100_000} | changed)


def budget(state: ClockState = ClockState.COUNTED, **changed: object) -> UnitClock:
    known = UnitClock(clock=ClockName.BUDGET, state=state, running=False, most_ms=25 * MINUTE, occasions=1)
    return replace(known, **changed)


def said(
    one: Exposure, found: Finding, own: Profile, *clocks: UnitClock, limits: Profile | None = None
) -> list[Suggestion]:
    return list(suggestions([one], {"f-1": found}, {"f-1": limits or own}, own, clocks))


def test_each_point_cites_the_profile_its_version_and_its_section() -> None:
    outside, concession = said(met(), finding(), UK, budget())
    assert (outside.point, outside.section, outside.profile, outside.version) == (Point.OUTSIDE, "storage", "uk-rbc", 1)
    assert outside.source == "UK Red Book: core 4 +/- 2 °C"
    assert outside.values == {"out_ms": 25 * MINUTE, "peak_micro_celsius": 7_100_000}
    assert (concession.point, concession.section, concession.evidence) == (Point.WITHIN, "budget", "V")
    assert concession.values["single_ms"] == 5 * HOUR


def test_where_a_profile_knows_no_concession_none_is_made_up() -> None:
    assert [one.point for one in said(met(), finding(), CN, budget())] == [Point.OUTSIDE, Point.NO_CONCESSION]


@pytest.mark.parametrize(
    ("clock", "point"),
    [
        (budget(), Point.WITHIN),
        (budget(most_ms=5 * HOUR), Point.WITHIN),
        (budget(most_ms=5 * HOUR + 1), Point.UNSURE),
        (budget(occasions=2), Point.UNSURE),
        (budget(running=True), Point.UNSURE),
        (budget(ClockState.OVER), Point.BEYOND),
        (budget(ClockState.UNKNOWN), Point.UNSURE),
        (budget(ClockState.POSSIBLY_OVER), Point.UNSURE),
    ],
)
def test_a_concession_is_kept_only_where_every_figure_says_so(clock: UnitClock, point: Point) -> None:
    assert said(met(), finding(), UK, clock)[-1].point is point


@pytest.mark.parametrize(
    ("peak", "direction", "points"),
    [
        (9_999_999, Direction.TOO_WARM, [Point.OUTSIDE, Point.WITHIN]),
        (10_000_000, Direction.TOO_WARM, [Point.OUTSIDE, Point.BEYOND_HARD, Point.UNSURE]),
        (1_000_001, Direction.TOO_COLD, [Point.OUTSIDE, Point.WITHIN]),
        (1_000_000, Direction.TOO_COLD, [Point.OUTSIDE, Point.BEYOND_HARD, Point.UNSURE]),
        (0, Direction.TOO_COLD, [Point.OUTSIDE, Point.BEYOND_HARD, Point.FROZEN, Point.UNSURE]),
    ],
)
def test_beyond_a_hard_limit_no_concession_counts_as_kept(peak: int, direction: Direction, points: list[Point]) -> None:
    one, found = met(peak_micro_celsius=peak), finding(direction=direction, peak_micro_celsius=peak)
    assert [each.point for each in said(one, found, UK, budget())] == points


def test_a_frozen_product_that_may_have_thawed_is_said() -> None:
    ffp = profile("uk-ffp-1")
    warm = (ffp.thaw_micro_celsius or 0) + 1
    points = [one.point for one in said(met(peak_micro_celsius=warm), finding(peak_micro_celsius=warm), ffp)]
    assert Point.THAWED in points


def test_unmeasured_time_a_sensor_and_a_withdrawn_basis_are_each_said_as_what_they_are() -> None:
    gap = finding(kind=FindingKind.UNMEASURED, direction=None, rule="A05")
    (one,) = said(met(unknown_ms_max=5 * HOUR), gap, CN)
    assert (one.point, one.section, one.values) == (
        Point.NOT_MEASURED,
        "gap",
        {"unknown_ms": 5 * HOUR, "limit_ms": 4 * HOUR},
    )
    sensor = finding(kind=FindingKind.SENSOR_FAULT, direction=None, rule="A30")
    assert [each.point for each in said(met(), sensor, CN)] == [Point.SENSOR]
    gone = finding(status=FindingStatus.WITHDRAWN)
    assert [each.point for each in said(met(withdrawn=True), gone, CN)] == [Point.WITHDRAWN]


def test_no_point_is_a_disposition() -> None:
    assert not {point.value for point in Point} & {"release-hold", "keep", "discard", "return-to-station"}
    assert suggestions([], {}, {}, None, ()) == ()
