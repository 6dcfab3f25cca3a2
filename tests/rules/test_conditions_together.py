"""One cause must not be fifty alarms: conditions of units of one place and kind are one."""

from coldchain.alarms import Condition, Severity, SubjectKind
from coldchain.places import Place, PlaceKind, Text
from rules.conditions_units import together

FRIDGE = Place(
    id="fridge-1",
    site="site-a",
    name=Text(zh="冰箱", en="Fridge"),
    profile="cn-rbc",
    profile_version=2,
    kind=PlaceKind.FRIDGE,
)


def of_unit(unit: str, place: str, severity: Severity, since_ms: int, what: str = "again") -> Condition:
    return Condition(
        rule="A26",
        severity=severity,
        subject_kind=SubjectKind.UNIT,
        subject=unit,
        since_ms=since_ms,
        due_ms=since_ms,
        site="site-a",
        place=place,
        values={"what": what},
    )


def test_units_of_one_place_are_one_condition_of_the_gravest_and_the_earliest() -> None:
    fifty = [of_unit(f"u-{i}", "fridge-1", Severity.HIGH, 100 - i) for i in range(50)]
    graver = of_unit("u-99", "fridge-1", Severity.CRITICAL, 200)
    (one,) = together([*fifty, graver], {"fridge-1": FRIDGE})
    assert (one.subject_kind, one.subject, one.severity, one.since_ms) == (
        SubjectKind.PLACE,
        "fridge-1",
        Severity.CRITICAL,
        51,
    )
    assert one.values == {"what": "again-several", "number": 51, "unit": "u-0"}


def test_other_kinds_and_units_that_are_nowhere_stay_apart() -> None:
    found = together(
        [
            of_unit("u-1", "fridge-1", Severity.HIGH, 1),
            of_unit("u-2", "fridge-1", Severity.HIGH, 1, "possible"),
            of_unit("u-3", "", Severity.HIGH, 1),
        ],
        {"fridge-1": FRIDGE},
    )
    assert len({one.key for one in found}) == 3
    assert [one.subject for one in found if one.subject_kind is SubjectKind.UNIT] == ["u-3"]
