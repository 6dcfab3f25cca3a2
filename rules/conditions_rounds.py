"""Manual checks that were missed (A31): how many a day, how far apart, and where nothing else measures. Pure.

The numbers are the profile's `manual_check` (WS 399-2012, V2: with an automatic system still two records a day, at
least 8 h apart; without one a reading every 4 h). A profile that asks for none is not watched. That a
reading is late is a notice of its place, by what the site has set (rules.work_notices).
"""

from collections.abc import Sequence
from typing import Final

from coldchain.alarms import Condition, Severity, SubjectKind
from coldchain.places import CONTAINERS, Place
from rules.conditions import DAY_MS, HOUR_MS
from rules.limits import ManualCheck

READ_BACK: Final = 8  # of the newest manual readings, enough for a day of them


def of_rounds(
    place: Place, check: ManualCheck | None, read_ms: Sequence[int], measured_ms: int | None, now_ms: int
) -> Condition | None:
    """Return what is missing of a place's manual readings; a courier's box has no display.

    `read_ms`: when somebody read it, the newest first. `measured_ms`: its last automatic reading, None: there is none.
    Of a place that nobody ever read nothing is known here; its site says so once (never_read).
    """
    if check is None or place.kind in CONTAINERS or not read_ms:
        return None
    blind = _blind(place, check, read_ms, measured_ms, now_ms)
    if blind is not None or not check.per_day:
        return blind
    every_ms = DAY_MS // check.per_day
    values: dict[str, int | str] = {"every_hours": every_ms // HOUR_MS, "apart_hours": check.apart_ms // HOUR_MS}
    newest = read_ms[0]
    day = [at_ms for at_ms in read_ms if at_ms > newest - DAY_MS]
    if len(day) > 1 and len(day) < READ_BACK and day[-1] > newest - check.apart_ms:
        close: dict[str, int | str] = {"what": "close", "hours": (newest - read_ms[1]) // HOUR_MS}
        return _condition(place, Severity.MEDIUM, newest, {**values, **close})
    return None


def never_read(site: str, number: int, check: ManualCheck, now_ms: int) -> Condition:
    """Return that so many places of a site have no manual reading at all: one condition, not one each."""
    every = DAY_MS // check.per_day // HOUR_MS if check.per_day else 0
    return Condition(
        rule="A31",
        severity=Severity.LOW,
        subject_kind=SubjectKind.SITE,
        subject=site,
        since_ms=now_ms,
        due_ms=now_ms,
        site=site,
        values={"what": "never", "number": number, "every_hours": every},
    )


def _blind(
    place: Place, check: ManualCheck, read_ms: Sequence[int], measured_ms: int | None, now_ms: int
) -> Condition | None:
    if check.unrecorded_ms is None:
        return None
    known_ms = max(read_ms[0], measured_ms or 0)
    if now_ms - known_ms <= check.unrecorded_ms:
        return None
    every = check.unrecorded_ms // HOUR_MS
    values: dict[str, int | str] = {"what": "blind", "hours": (now_ms - known_ms) // HOUR_MS, "every_hours": every}
    return _condition(place, Severity.HIGH, known_ms + check.unrecorded_ms, values)


def _condition(place: Place, severity: Severity, since_ms: int, values: dict[str, int | str]) -> Condition:
    return Condition(
        rule="A31",
        severity=severity,
        subject_kind=SubjectKind.PLACE,
        subject=place.id,
        since_ms=since_ms,
        due_ms=since_ms,
        site=place.site,
        place=place.id,
        values=values,
    )
