"""What is due, what failed, and what people did not read: numbers on both sides of each threshold."""

import pytest
from support.standing_facts import place

from coldchain.alarms import Severity
from coldchain.places import PlaceKind
from coldchain.register import CalibrationPoint, Certificate, Due, SubjectKind
from rules.conditions_register import of_due, of_failed, uncalibrated
from rules.conditions_rounds import never_read, of_rounds
from rules.limits import ManualCheck

DAY, HOUR = 86_400_000, 3_600_000
NOW = 1_700_000_000_000
PLACES = [place()]
WS399 = ManualCheck(per_day=2, apart_ms=8 * HOUR, unrecorded_ms=4 * HOUR)


def due(days: float, kind: SubjectKind = SubjectKind.INSTRUMENT, where: tuple[str, ...] = ("fridge-1",)) -> Due:
    subject = "SN-1" if kind is SubjectKind.INSTRUMENT else "fridge-1"
    return Due(kind=kind, subject=subject, number="C-1", done_ms=0, due_ms=NOW + round(days * DAY), where=where)


@pytest.mark.parametrize(
    ("days", "severity", "what"),
    [
        (30.01, None, ""),
        (30, "medium", "calibration"),
        (0.01, "medium", "calibration"),
        (0, "high", "calibration-over"),
        (-40, "high", "calibration-over"),
    ],
)
def test_a_calibration_is_said_thirty_days_before_and_is_high_from_its_day_on(
    days: float, severity: str | None, what: str
) -> None:
    found = of_due([due(days)], PLACES, NOW)
    assert [(one.severity, one.values["what"]) for one in found] == ([] if severity is None else [(severity, what)])
    assert all(one.values["days"] == abs(int(days)) for one in found)


def test_mapping_and_qualification_have_their_own_words_and_an_unused_instrument_none() -> None:
    found = of_due([due(3, SubjectKind.PLACE), due(-2, SubjectKind.BOX, ("cn-rbc",))], PLACES, NOW)
    assert [one.values["what"] for one in found] == ["mapping", "qualification-over"]
    assert len({one.key for one in found}) == 2
    assert of_due([due(3, where=("gone",))], PLACES, NOW) == []


def test_instruments_without_a_certificate_are_one_condition_of_their_site() -> None:
    none = [
        Due(kind=SubjectKind.INSTRUMENT, subject=name, number="", done_ms=None, due_ms=None, where=("fridge-1",))
        for name in ("SN-2", "SN-1")
    ]
    (one,) = uncalibrated(none, PLACES, NOW)
    assert (one.severity, one.subject, one.values["number"], one.values["serial"]) == (
        Severity.LOW,
        "storage-1",
        2,
        "SN-1",
    )
    assert uncalibrated([due(3)], PLACES, NOW) == []


def certificate(found_micro: int, calibrated_ms: int = NOW - DAY) -> Certificate:
    point = CalibrationPoint(at_micro_celsius=4_000_000, as_found_micro_celsius=found_micro, as_left_micro_celsius=0)
    return Certificate(
        serial="SN-1",
        number="C-9",
        lab="lab",
        calibrated_ms=calibrated_ms,
        due_ms=NOW + 365 * DAY,
        points=(point,),
        tolerance_micro_celsius=500_000,
        name="n",
        post="p",
    )


@pytest.mark.parametrize(("found_micro", "fails"), [(500_000, False), (500_001, True), (-500_001, True)])
def test_an_instrument_beyond_its_tolerance_asks_for_a_look_back(found_micro: int, fails: bool) -> None:
    one = of_failed(certificate(found_micro), NOW - 300 * DAY, ["fridge-1"], PLACES, NOW)
    assert (one is not None) is fails
    if one is not None:
        assert (one.severity, one.site, one.values["error_micro_celsius"]) == ("critical", "storage-1", found_micro)
        assert one.values["since"] == "2023-01-18"


def test_a_look_back_is_said_for_a_month() -> None:
    assert of_failed(certificate(900_000, NOW - 30 * DAY + 1), None, [], PLACES, NOW) is not None
    assert of_failed(certificate(900_000, NOW - 30 * DAY), None, [], PLACES, NOW) is None


def rounds(*hours_ago: float, measured: float | None = 0.0, check: ManualCheck | None = WS399) -> str | None:
    read = [NOW - round(hours * HOUR) for hours in hours_ago]
    measured_ms = None if measured is None else NOW - round(measured * HOUR)
    one = of_rounds(place(), check, read, measured_ms, NOW)
    return None if one is None else str(one.values["what"])


def test_two_readings_a_day_eight_hours_apart_are_enough() -> None:
    assert rounds(11.99, 20) is None
    assert rounds(1, 8.99) == "close"
    assert rounds(1, 9) is None
    assert rounds(1, 2, 14) is None  # an extra look does no harm
    assert rounds(1, 30) is None  # the first of a new day
    assert rounds(13, 20, check=None) is None


def test_where_nothing_measures_people_read_every_four_hours() -> None:
    assert rounds(4, 12, measured=None) is None
    assert rounds(4.01, 12, measured=None) == "blind"
    assert rounds(5, 13, measured=4) is None
    assert rounds(5, 13, measured=4.01) == "blind"


def test_a_box_has_no_display_and_a_place_that_was_never_read_is_said_once_a_site() -> None:
    box = place(PlaceKind.BOX)
    assert of_rounds(box, WS399, [NOW - 20 * HOUR], None, NOW) is None
    assert rounds() is None
    one = never_read("storage-1", 3, WS399, NOW)
    assert (one.values["number"], one.values["every_hours"], one.severity) == (3, 12, Severity.LOW)
