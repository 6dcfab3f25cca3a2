"""What the alarm desk sees of itself: alarms that nobody acknowledges (A32), and tests that are overdue (A33).

The chain of 5, 15 and 30 minutes and the 90 days are proposals of the project (PROP).
"""

from typing import Final

from coldchain.alarms import GRAVE, Alarm, Condition, Severity, SubjectKind
from coldchain.ports import Session
from rules.alarm_life import MINUTE_MS, AlarmSettings

UNANSWERED, TEST_OVERDUE = "A32", "A33"
STEPS: Final = ((30, Severity.CRITICAL), (15, Severity.CRITICAL), (5, Severity.HIGH))  # minutes, the longest first
TESTS_READ: Final = 500  # the newest tests; a site with none among them is overdue
SETTINGS: Final = AlarmSettings()


def unanswered(session: Session, now_ms: int) -> list[Condition]:
    """Return one condition for each site in which a grave alarm has waited too long for an acknowledgement."""
    waiting: dict[str, list[Alarm]] = {}
    for alarm in session.records.active_alarms():
        if alarm.sounds and alarm.rule != UNANSWERED and alarm.now in GRAVE:
            waiting.setdefault(alarm.site, []).append(alarm)
    return [_unanswered(site, alarms, now_ms) for site, alarms in sorted(waiting.items())]


def _unanswered(site: str, alarms: list[Alarm], now_ms: int) -> Condition:
    oldest = min(alarms, key=lambda one: (one.waiting_ms, one.id))
    waited = (now_ms - oldest.waiting_ms) // MINUTE_MS
    minutes, severity = next((step for step in STEPS if waited >= step[0]), STEPS[-1])
    late = sum(now_ms - one.waiting_ms >= STEPS[-1][0] * MINUTE_MS for one in alarms)
    return Condition(
        rule=UNANSWERED,
        severity=severity,
        subject_kind=SubjectKind.SITE,
        subject=site,
        since_ms=oldest.waiting_ms,
        due_ms=oldest.waiting_ms + STEPS[-1][0] * MINUTE_MS,
        site=site,
        values={"alarm": oldest.id, "alarms": late, "minutes": minutes},
    )


def overdue_tests(session: Session, now_ms: int) -> list[Condition]:
    """Return one condition for each site whose alarms were not tested for too long, or whose last test has failed."""
    places = {place.id: place.site for place in session.records.places()}
    watched: dict[str, int] = {}
    for probe in session.records.probes():
        site = places.get(probe.place, "")
        if site and probe.since_ms is not None:
            watched[site] = min(probe.since_ms, watched.get(site, probe.since_ms))
    answered: dict[str, int] = {}
    for test in session.records.alarm_tests(TESTS_READ):
        if test.acknowledged_ms is not None:
            answered[test.site] = max(test.acknowledged_ms, answered.get(test.site, 0))
    since = {site: max(first_ms, answered.get(site, 0)) for site, first_ms in watched.items()}
    return [
        Condition(
            rule=TEST_OVERDUE,
            severity=Severity.MEDIUM,
            subject_kind=SubjectKind.SITE,
            subject=site,
            since_ms=since_ms,
            due_ms=since_ms + SETTINGS.test_every_ms,
            site=site,
            values={"days": SETTINGS.test_every_ms // (24 * 60 * MINUTE_MS)},
        )
        for site, since_ms in sorted(since.items())
        if now_ms >= since_ms + SETTINGS.test_every_ms
    ]
