"""Certificates, mappings and qualifications that are due (A28), and instruments that were found off (A29). Pure.

From 30 days before something is due it is said, with the days that are left, and from the day on it is high (catalogue,
PROP). A certificate that was off as found asks for a look-back at all that the instrument watched since it was last
good (EN 13486; the register's page lists it); it is said for a month, for nothing in the record says that it was done.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Final

from coldchain.alarms import Condition, Severity, SubjectKind
from coldchain.places import Place
from coldchain.register import Certificate, Due
from coldchain.register import SubjectKind as Registered
from rules.conditions import DAY_MS, Steps, graver

DUE: Final[Steps] = ((0, Severity.MEDIUM), (30 * DAY_MS, Severity.HIGH))  # counted from 30 days before it is due
AHEAD_MS: Final = 30 * DAY_MS
LOOK_BACK_MS: Final = 30 * DAY_MS
PLACES_NAMED: Final = 10

_WHAT: Final = {
    Registered.INSTRUMENT: "calibration",
    Registered.PLACE: "mapping",
    Registered.BOX: "qualification",
}


def of_due(dues: Iterable[Due], places: Sequence[Place], now_ms: int) -> list[Condition]:
    """Return what of the register is due soon or overdue. An instrument that is in use nowhere asks for nothing."""
    known = {place.id: place for place in places}
    found = []
    for one in dues:
        if one.due_ms is None or one.due_ms - AHEAD_MS > now_ms:
            continue
        where = _where(one, known)
        if where is not None:
            found.append(_due(one, one.due_ms, where, now_ms))
    return found


def uncalibrated(dues: Iterable[Due], places: Sequence[Place], now_ms: int) -> list[Condition]:
    """Return, of each site, how many instruments in use have no certificate at all: one condition, not one each."""
    known = {place.id: place for place in places}
    none: dict[str, list[str]] = {}
    for one in dues:
        if one.kind is Registered.INSTRUMENT and one.due_ms is None:
            where = _where(one, known)
            if where is not None:
                none.setdefault(where.site, []).append(one.subject)
    return [
        Condition(
            rule="A28",
            severity=Severity.LOW,
            subject_kind=SubjectKind.SITE,
            subject=site,
            since_ms=now_ms,
            due_ms=now_ms,
            site=site,
            values={"what": "none", "number": len(serials), "serial": min(serials)},
        )
        for site, serials in sorted(none.items())
    ]


def of_failed(
    failed: Certificate, since_ms: int | None, watched: Sequence[str], places: Sequence[Place], now_ms: int
) -> Condition | None:
    """Return the condition of a certificate that was off as found; None if it was not, or a month is over.

    `since_ms`: when the instrument was last good, None: never that anybody knows; `watched`: the places since then.
    """
    if not failed.failed_as_found or not failed.calibrated_ms <= now_ms < failed.calibrated_ms + LOOK_BACK_MS:
        return None
    sites = {place.id: place.site for place in places}
    found = [one.as_found_micro_celsius for one in failed.points if one.as_found_micro_celsius is not None]
    values: dict[str, int | str] = {
        "what": "failed",
        "serial": failed.serial,
        "certificate": failed.number,
        "error_micro_celsius": max(found, key=abs),
        "tolerance_micro_celsius": failed.tolerance_micro_celsius,
        "places": ", ".join(sorted(set(watched))[:PLACES_NAMED]),
    }
    if since_ms is not None:
        values["since"] = datetime.fromtimestamp(since_ms / 1_000, UTC).date().isoformat()
    return Condition(
        rule="A29",
        severity=Severity.CRITICAL,
        subject_kind=SubjectKind.PROBE,
        subject=failed.serial,
        since_ms=failed.calibrated_ms,
        due_ms=failed.calibrated_ms,
        site=next((sites[one] for one in sorted(watched) if one in sites), ""),
        values=values,
    )


def _where(one: Due, known: dict[str, Place]) -> Place | None:
    names = one.where if one.kind is Registered.INSTRUMENT else (one.subject,)
    return next((known[name] for name in names if name in known), None)


def _due(one: Due, due_ms: int, place: Place, now_ms: int) -> Condition:
    what, over = _WHAT[one.kind], due_ms <= now_ms
    values: dict[str, int | str] = {
        "what": f"{what}-over" if over else what,
        "days": abs(due_ms - now_ms) // DAY_MS,
        "certificate": one.number,
    }
    if one.kind is Registered.INSTRUMENT:
        values |= {"serial": one.subject, "places": ", ".join(one.where[:PLACES_NAMED])}
    elif one.kind is Registered.BOX:
        values["profile"] = ", ".join(one.where)
    subject = one.subject if one.kind is not Registered.BOX else f"{one.subject} {', '.join(one.where)}".strip()
    return Condition(
        rule="A28",
        severity=graver(DUE, due_ms - AHEAD_MS, now_ms),
        subject_kind=SubjectKind.PROBE if one.kind is Registered.INSTRUMENT else SubjectKind.PLACE,
        subject=subject,
        since_ms=due_ms - AHEAD_MS,
        due_ms=due_ms - AHEAD_MS,
        site=place.site,
        place="" if one.kind is Registered.INSTRUMENT else place.id,
        values=values,
    )
