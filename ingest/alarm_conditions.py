"""What the alarm desk sees of itself: alarms and messages that reach nobody (A32), and tests that are overdue (A33).

The chain of 5, 15 and 30 minutes and the 90 days are proposals of the project (PROP).
"""

from typing import Final

import msgspec

from coldchain.alarms import GRAVE, Alarm, Condition, Severity, SubjectKind
from coldchain.notifications import NotificationState
from coldchain.ports import Session
from rules.alarm_life import MINUTE_MS, AlarmSettings

UNANSWERED, TEST_OVERDUE = "A32", "A33"
STEPS: Final = ((30, Severity.CRITICAL), (15, Severity.CRITICAL), (5, Severity.HIGH))  # minutes, the longest first
UNREACHED: Final = "unreached"
CHANNEL_FAILS_MS: Final = 10 * MINUTE_MS  # messages that still wait after so long: their channel reaches nobody
MESSAGES_READ: Final = 500  # the newest ones
REMEMBERED_MS: Final = 24 * 60 * MINUTE_MS  # a message that failed is an alarm for so long, if none got there since
TESTS_READ: Final = 500  # the newest tests; a site with none among them is overdue
SETTINGS: Final = AlarmSettings()
_ARRIVED: Final = frozenset({NotificationState.DELIVERED, NotificationState.ACCEPTED})


def unanswered(session: Session, now_ms: int) -> list[Condition]:
    """Return one condition for each site in which a grave alarm has waited too long for an acknowledgement."""
    waiting: dict[str, list[Alarm]] = {}
    for alarm in session.records.active_alarms():
        if alarm.sounds and alarm.rule != UNANSWERED and alarm.now in GRAVE:
            waiting.setdefault(alarm.site, []).append(alarm)
    return [_unanswered(session, site, alarms, now_ms) for site, alarms in sorted(waiting.items())]


def _unanswered(session: Session, site: str, alarms: list[Alarm], now_ms: int) -> Condition:
    alarms = [one if one.waiting_ms <= now_ms else _set_back(one, now_ms) for one in alarms]
    oldest = min(alarms, key=lambda one: (one.waiting_ms, one.id))
    waited = (now_ms - oldest.waiting_ms) // MINUTE_MS
    minutes, severity = next((step for step in STEPS if waited >= step[0]), STEPS[-1])
    place = session.records.place(oldest.place) if oldest.place else None
    late = sum(now_ms - one.waiting_ms >= STEPS[-1][0] * MINUTE_MS for one in alarms)
    return Condition(
        rule=UNANSWERED,
        severity=severity,
        subject_kind=SubjectKind.SITE,
        subject=site,
        since_ms=oldest.waiting_ms,
        due_ms=oldest.waiting_ms + STEPS[-1][0] * MINUTE_MS,
        site=site,
        values={
            "what": "unanswered",
            "alarm": oldest.id,
            "alarm_rule": oldest.rule,
            "where": oldest.subject if place is None else f"{place.name.zh} / {place.name.en}",
            "alarms": late,
            "minutes": minutes,
        },
    )


def _set_back(alarm: Alarm, now_ms: int) -> Alarm:
    """Return an alarm of before the clock was set back: nobody knows how long it has waited, so it is long enough."""
    return msgspec.structs.replace(alarm, waiting_ms=now_ms - STEPS[0][0] * MINUTE_MS)


def unreached(session: Session, now_ms: int) -> list[Condition]:
    """Return one condition for each channel over which messages of grave alarms reach nobody.

    A message that was refused or given up, until another one got to the same address; and what was tried and still
    waits after CHANNEL_FAILS_MS.
    """
    got: dict[tuple[str, str], int] = {}
    failed: dict[str, list[tuple[int, int]]] = {}
    for one in session.records.notifications(MESSAGES_READ):
        to, at_ms = (one.channel, one.to), one.queued_ms if one.at_ms is None else one.at_ms
        if one.state in _ARRIVED:
            got[to] = max(at_ms, got.get(to, at_ms))
        elif one.severity in GRAVE and one.failed and now_ms - at_ms < REMEMBERED_MS and at_ms >= got.get(to, at_ms):
            failed.setdefault(one.channel, []).append((at_ms, at_ms))
        elif one.waiting and one.attempts and one.queued_ms >= got.get(to, one.queued_ms):
            failed.setdefault(one.channel, []).append((one.queued_ms, one.queued_ms + CHANNEL_FAILS_MS))
    return [_unreached(channel, times) for channel, times in sorted(failed.items())]


def _unreached(channel: str, times: list[tuple[int, int]]) -> Condition:
    return Condition(
        rule=UNANSWERED,
        severity=Severity.CRITICAL,
        subject_kind=SubjectKind.SYSTEM,
        subject=f"channel/{channel}",
        since_ms=min(since_ms for since_ms, _ in times),
        due_ms=min(due_ms for _, due_ms in times),
        site="",
        values={"what": UNREACHED, "channel": channel, "messages": len(times)},
    )


def overdue_tests(session: Session, now_ms: int) -> list[Condition]:
    """Return one condition for each site whose alarms were not tested for too long, or whose last test has failed.

    A test counts that somebody acknowledged and of which at least one message got to somebody: a click on the page
    shows nothing of the way there.
    """
    places = {place.id: place.site for place in session.records.places()}
    watched: dict[str, int] = {}
    for probe in session.records.probes():
        site = places.get(probe.place, "")
        if site and probe.since_ms is not None:
            watched[site] = min(probe.since_ms, watched.get(site, probe.since_ms))
    answered: dict[str, int] = {}
    for test in session.records.alarm_tests(TESTS_READ):
        if test.acknowledged_ms is not None and _arrived(session, test.id):
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


def _arrived(session: Session, test: str) -> bool:
    return any(one.state in _ARRIVED for one in session.records.notifications_of_alarm(test))
