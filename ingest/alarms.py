"""The alarm desk: what the rules found and what they see becomes alarms, and what people do with them is recorded.

Findings become alarms in the transaction that judged them. Conditions are asked for every few seconds beside that, and
their alarms clear once they have been gone for a while. Alarms are entries of the ledger: a restart forgets nothing.
"""

from collections.abc import Callable, Iterable
from typing import Final

from coldchain.alarms import (
    OF_A_FINDING,
    TEST,
    ActOnAlarm,
    Alarm,
    AlarmAction,
    AlarmActionKind,
    Condition,
    Severity,
    StartAlarmTest,
    SubjectKind,
)
from coldchain.entries import Draft, EntryKind
from coldchain.errors import ConflictError, InvalidValueError, UnknownThingError
from coldchain.ports import Session
from coldchain.units import Finding, FindingKind, FindingStatus
from ingest.alarm_desk import Turn, managed
from ingest.alarm_values import finding_values
from ingest.drafted import Drafted, require_signed
from ingest.known import site_of
from ingest.notifications import overtaken_drafts
from rules.alarm_life import NEVER_QUIET, AlarmSettings, acted, amended, cleared, shelf_ms_max, versioned
from rules.catalogue import CATALOGUE
from rules.intervals import OPEN_END_MS

SETTINGS: Final = AlarmSettings()
TESTS_LOOKED_AT: Final = 50  # a test that was started twice is among the last ones
TAKEN_OVER_MS: Final = 7 * 24 * 3_600_000  # so long an excursion that is over may wait for its alarm to clear
DESK_BEGAN: Final = "alarm-desk-began"  # cursor: the first entry of the ledger that the desk has seen made


def begin_desk(session: Session) -> None:
    """Note once where in the ledger the alarm desk begins: of what was over before it had begun it calls nobody."""
    if not session.books.cursor(DESK_BEGAN):
        session.books.set_cursor(DESK_BEGAN, 1 if session.records.alarms(1) else session.ledger.next_seq())


def finding_alarms(session: Session, findings: Iterable[str], now_ms: int, settings: AlarmSettings = SETTINGS) -> bool:
    """Bring the alarms of these findings up to what the findings say; what has changed is appended to the ledger.

    Returns whether anything has.
    """
    named = sorted(findings)
    if not named:
        return False
    turn = Turn(session, now_ms, settings)
    for name in _with_their_neighbours(session, named):
        found = session.records.finding(name)
        if found is not None:
            _of_finding(turn, found)
    drafts = turn.drafts()
    if drafts:
        session.ledger.append(drafts, now_ms)
    return bool(drafts)


def _with_their_neighbours(session: Session, named: list[str]) -> list[str]:
    """Return these findings, and those of the same probes that they may end: one whose alarm has not cleared.

    And one that is over without having cleared: when its alarm ended depends on the next one, that has changed.
    """
    active = [one for one in session.records.active_alarms() if OF_A_FINDING in one.values]
    found = [one for name in named if (one := session.records.finding(name))]
    probes = {one.probe for one in found}
    ended = {one.id for known in found for one in _not_cleared_before(session, known)}
    return sorted({*named, *ended, *(one.finding for one in active if one.subject in probes)})


def _not_cleared_before(session: Session, finding: Finding) -> list[Finding]:
    """Return the excursions of its probe that ended before a finding and never cleared, back to TAKEN_OVER_MS."""
    if finding.kind is not FindingKind.EXCURSION:
        return []
    near = (finding.start_ms - TAKEN_OVER_MS, finding.start_ms + 1)
    before = session.records.findings(probe=finding.probe, overlapping=near)
    return [one for one in before if one.end_ms is not None and one.cleared_ms is None and one.kind is finding.kind]


def _of_finding(turn: Turn, finding: Finding) -> None:
    known = alarm_of_finding(turn.session, finding)
    if finding.status is FindingStatus.WITHDRAWN:
        if known is not None and not known.withdrawn:
            turn.clear(known, turn.now_ms, withdrawn=True)
        return
    over_ms, condition = _over_ms(turn.session, finding), _condition_of(turn, finding)
    if known is None:
        if over_ms is None or not _before_the_desk(turn.session, finding):
            turn.raise_(condition, over_ms)
    elif over_ms is None:
        turn.follow(known, condition)
    else:
        turn.put(known, amended(turn.now(known), condition, over_ms, turn.now_ms))


def _before_the_desk(session: Session, finding: Finding) -> bool:
    """Tell whether a finding was entered before there was a desk; its id is the number of its first entry."""
    return int(finding.id.removeprefix("f-")) < session.books.cursor(DESK_BEGAN)


def alarm_of_finding(session: Session, finding: Finding) -> Alarm | None:
    """Return the alarm that stands for a finding."""
    found = session.records.alarms_of_finding(finding.id)
    return next((one for one in found if one.subject == finding.probe and OF_A_FINDING in one.values), None)


def _over_ms(session: Session, finding: Finding) -> int | None:
    """Return when the alarm of a finding has cleared, None while it lasts.

    An excursion that is over clears by the dead band; if the next one begins before that, its alarm goes on as that of
    the next one.
    """
    if finding.end_ms is None or finding.kind is not FindingKind.EXCURSION or finding.cleared_ms is not None:
        return finding.end_ms if finding.cleared_ms is None else finding.cleared_ms
    later = session.records.findings(probe=finding.probe, overlapping=(finding.end_ms - 1, OPEN_END_MS))
    taken_over = [
        one.start_ms
        for one in later
        if one.kind is FindingKind.EXCURSION
        and one.status is not FindingStatus.WITHDRAWN
        and one.start_ms >= finding.end_ms
    ]
    return min(taken_over, default=None)


def _condition_of(turn: Turn, finding: Finding) -> Condition:
    rule = CATALOGUE.get(finding.rule)
    return Condition(
        rule=finding.rule,
        severity=rule.severity if rule else Severity.HIGH,
        subject_kind=SubjectKind.PROBE,
        subject=finding.probe,
        since_ms=finding.start_ms,
        due_ms=finding.condition_ms,
        site=site_of(turn.session, finding.place),
        place=finding.place,
        finding=finding.id,
        values=finding_values(turn.session, finding, turn.now_ms),
    )


def reconciled(
    turn: Turn,
    conditions: Iterable[Condition],
    gone: dict[tuple[str, str, str, str], int],
    looked: Callable[[tuple[str, str, str, str]], bool],
) -> list[Draft]:
    """Return the entries that bring the alarms of conditions up to what is seen now.

    `gone`: since when conditions with an alarm have been seen no more; it is kept from turn to turn. `looked`: whether
    those that could name a condition have answered since the start, so that it is over if nobody names it.
    """
    known = {one.key: one for one in turn.active.values() if managed(one)}
    seen = set()
    for condition in conditions:
        seen.add(condition.key)
        gone.pop(condition.key, None)
        alarm = known.get(condition.key)
        if alarm is not None:
            turn.follow(alarm, condition)
        elif condition.due_ms <= turn.now_ms:
            turn.raise_(condition)
    for key, alarm in known.items():
        if key not in seen and looked(key) and _gone_long_enough(turn, gone, key):
            turn.clear(alarm, gone.pop(key))
    turn.pass_time()
    return turn.drafts()


def _gone_long_enough(turn: Turn, gone: dict[tuple[str, str, str, str], int], key: tuple[str, str, str, str]) -> bool:
    return turn.now_ms - gone.setdefault(key, turn.now_ms) >= turn.settings.off_delay_ms


def act_on_alarm(session: Session, fact: ActOnAlarm, now_ms: int) -> Drafted:
    """Return the entries of what a person did with an alarm: the act, and what the alarm became by it.

    Raises UnknownThingError for an alarm that is not there, InvalidValueError for an act without its reason, name or
    end, ConflictError for one that cannot be, with nothing changed.
    """
    alarm = session.records.alarm(fact.alarm)
    if alarm is None:
        msg = f"alarm {fact.alarm} is not known here"
        raise UnknownThingError(msg)
    _require_said(fact)
    action = AlarmAction(
        alarm=fact.alarm,
        action=fact.action,
        at_ms=fact.at_ms,
        comment=fact.comment,
        name=fact.name,
        post=fact.post,
        seen_version=alarm.version,
        until_ms=fact.until_ms,
        scanned=fact.scanned,
    )
    known = session.records.actions_of_alarm(fact.alarm)
    if any((one.action, one.at_ms, one.name) == (action.action, action.at_ms, action.name) for one in known):
        return Drafted()
    _require_possible(alarm, fact, now_ms)
    after = acted(alarm, action)
    if alarm.test and after.acknowledged_ms is not None:
        after = cleared(after, fact.at_ms)
    drafts = [Draft(kind=EntryKind.ALARM_ACTION, actor=fact.actor, site=alarm.site, payload=action)]
    if not after.sounds:
        drafts += overtaken_drafts(session, alarm.id, now_ms)
    changed = versioned(alarm, after, now_ms)
    if changed is not None:
        drafts.append(Draft(kind=EntryKind.ALARM, actor=fact.actor, site=alarm.site, payload=changed))
    return Drafted(drafts=drafts)


def _require_said(fact: ActOnAlarm) -> None:
    require_signed(fact.name, fact.post)
    if not fact.comment.strip():
        msg = "say what you saw or do about it: nothing is done with an alarm without a comment"
        raise InvalidValueError(msg)
    if (fact.until_ms is not None) != (fact.action is AlarmActionKind.SHELVE):
        msg = "shelving ends at an instant, until_ms, and nothing else does"
        raise InvalidValueError(msg)


def _require_possible(alarm: Alarm, fact: ActOnAlarm, now_ms: int) -> None:
    if fact.action is AlarmActionKind.UNSHELVE and alarm.shelved_until_ms is None:
        msg = f"alarm {alarm.id} is not shelved; nothing was changed"
        raise ConflictError(msg)
    if fact.action is not AlarmActionKind.SHELVE or fact.until_ms is None:
        return
    if alarm.rule in NEVER_QUIET:
        msg = f"alarm {alarm.id} ({alarm.rule}) is never shelved: the blood is being lost now; nothing was changed"
        raise ConflictError(msg)
    if not alarm.active:
        msg = f"alarm {alarm.id} is over: acknowledge it instead; nothing was changed"
        raise ConflictError(msg)
    longest_ms = shelf_ms_max(alarm, SETTINGS)
    if not now_ms < fact.until_ms <= now_ms + longest_ms:
        msg = f"this alarm is shelved for at most {longest_ms // 60_000} minutes from now; nothing was changed"
        raise InvalidValueError(msg)


def start_alarm_test(session: Session, fact: StartAlarmTest, now_ms: int) -> Drafted:
    """Return the entries of a test alarm: it goes the whole way to the people, marked as a test.

    Raises UnknownThingError, InvalidValueError, and ConflictError while another one of the same site or place runs.
    """
    require_signed(fact.name, fact.post)
    sites = {place.id: place.site for place in session.records.places()}
    if fact.site not in sites.values() or (fact.place and sites.get(fact.place) != fact.site):
        msg = f"site {fact.site}, place {fact.place or '(none)'}: there is no such place; nothing was changed"
        raise UnknownThingError(msg)
    kind, subject = (SubjectKind.PLACE, fact.place) if fact.place else (SubjectKind.SITE, fact.site)
    tests = [one for one in session.records.alarm_tests(TESTS_LOOKED_AT) if one.subject == subject]
    if any(one.since_ms == fact.at_ms for one in tests):
        return Drafted()
    if any(one.active for one in tests):
        msg = f"a test of {subject} still waits for somebody: acknowledge it first; nothing was changed"
        raise ConflictError(msg)
    alarm = Alarm(
        id=f"a-{session.ledger.next_seq()}",
        version=1,
        rule=TEST,
        subject_kind=kind,
        subject=subject,
        site=fact.site,
        place=fact.place,
        severity=Severity.CRITICAL,
        now=Severity.CRITICAL,
        since_ms=fact.at_ms,
        raised_ms=now_ms,
        waiting_ms=now_ms,
        changed_ms=now_ms,
        test=True,
        values={"by": fact.name, "post": fact.post},
    )
    return Drafted(drafts=[Draft(kind=EntryKind.ALARM, actor=fact.actor, site=fact.site, payload=alarm)])
