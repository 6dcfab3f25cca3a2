"""The life of one alarm after ISA-18.2, step by step: pure functions from an alarm to what it is after something.

    raised ──► active, waiting ──acknowledged──► active, seen ──lasts on──► active, waiting again
                  │      └─ on site: a step of its own, which says that somebody stands there
                  └─cleared──► over, waiting (high and critical) ──acknowledged──► over

Beside that it may be shelved until an instant, out of service while work lasts, or explained by another alarm: then it
is said and does not sound. No step gives a version; `versioned` gives one to what has changed in a transaction.
All figures are proposals of the project (PROP); none of them is a number of a standard.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import msgspec

from coldchain.alarms import GRAVE, RANK, Alarm, AlarmAction, AlarmActionKind, Condition, Severity

MINUTE_MS: Final = 60_000
VALUES_EVERY_MS: Final = 15 * MINUTE_MS  # figures that run on are written down no more often than that
ANSWERED: Final = ("acknowledged_ms", "acknowledged_number", "on_site_ms", "waiting_ms")
COUNTING: Final = frozenset({"minutes", "hours"})  # values that only say how long it lasts: `since_ms` says that
RUNS_ON: Final = frozenset({"A36", "A40", "A41", "A50"})  # whose `number` runs on with time
NEVER_QUIET: Final = frozenset({"A02"})  # neither shelved nor silenced by work: the blood is being lost now


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmSettings:
    """How alarms behave. `again`: a grave condition that lasts so long after it was seen sounds again.

    `off_delay`: a condition must be gone for so long before its alarm clears. `chatter_raises` within `chatter` become
    one alarm that says so. More than `flood_raises` of one site within `flood` become one alarm that says how many.
    """

    again_ms: int = 15 * MINUTE_MS
    shelve_ms_max: int = 8 * 60 * MINUTE_MS
    shelve_critical_ms_max: int = 60 * MINUTE_MS
    off_delay_ms: int = MINUTE_MS
    chatter_raises: int = 4
    chatter_ms: int = 30 * MINUTE_MS
    flood_raises: int = 10
    flood_ms: int = MINUTE_MS
    test_every_ms: int = 90 * 24 * 60 * MINUTE_MS
    test_ms_max: int = 60 * MINUTE_MS  # a test that nobody answered is over then, and has failed


def raised(condition: Condition, name: str, now_ms: int) -> Alarm:
    """Return the alarm of a condition that is due."""
    return Alarm(
        id=name,
        version=1,
        rule=condition.rule,
        subject_kind=condition.subject_kind,
        subject=condition.subject,
        site=condition.site,
        place=condition.place,
        severity=condition.severity,
        now=condition.severity,
        since_ms=condition.since_ms,
        raised_ms=now_ms,
        finding=condition.finding,
        waiting_ms=now_ms,
        changed_ms=now_ms,
        values=dict(condition.values),
    )


def followed(alarm: Alarm, condition: Condition, now_ms: int) -> Alarm:
    """Return an alarm after its condition was seen again: graver, and nobody has seen that yet; or back after all.

    No shelf outlives that it gets graver. It began when it was first seen to begin: only a finding knows better.
    Who has acknowledged one of so many has not seen those that come to it: once they are more, it waits again.
    """
    rose = RANK[condition.severity] > RANK[alarm.now] or condition.rule != alarm.rule
    after = msgspec.structs.replace(
        alarm,
        rule=condition.rule,
        now=condition.severity,
        severity=_graver(alarm.severity, condition.severity),
        since_ms=condition.since_ms if condition.finding else min(alarm.since_ms, condition.since_ms),
        site=condition.site,
        place=condition.place,
        shelved_until_ms=None if rose else alarm.shelved_until_ms,
        cleared_ms=None,
        withdrawn=False,
    )
    if rose or not alarm.active or _more(alarm, condition):
        after = _waiting(after, now_ms)
    fresh = dict(condition.values)
    old = _said(fresh) == _said(alarm.values)
    if not old and (after != alarm or not 0 <= now_ms - alarm.changed_ms < VALUES_EVERY_MS):
        after = msgspec.structs.replace(after, values=fresh)
    return after


def shelf_ms_max(alarm: Alarm, settings: AlarmSettings) -> int:
    """Return for how long an alarm may be shelved as grave as it is now."""
    return settings.shelve_critical_ms_max if alarm.now is Severity.CRITICAL else settings.shelve_ms_max


def amended(alarm: Alarm, condition: Condition, at_ms: int, now_ms: int) -> Alarm:
    """Return an alarm that is over since at_ms, as facts that came later show it: it waits again only if it was graver.

    Other than `followed`, which finds its condition lasting, it wakes nobody who has answered it already.
    """
    known = {name: getattr(alarm, name) for name in ANSWERED}
    rose = RANK[condition.severity] > RANK[alarm.now] or condition.rule != alarm.rule or alarm.withdrawn
    after = followed(alarm, condition, now_ms)
    if not rose:
        after = msgspec.structs.replace(after, **known)
    return cleared(after, at_ms)


def cleared(alarm: Alarm, at_ms: int, *, withdrawn: bool = False) -> Alarm:
    """Return an alarm whose condition is over since at_ms, or (withdrawn) never was, as later facts show."""
    return msgspec.structs.replace(alarm, cleared_ms=max(at_ms, alarm.since_ms), withdrawn=withdrawn)


def over_on_arrival(alarm: Alarm) -> bool:
    """Tell whether all that an alarm says was over before the centre could raise it: nobody sees it come and go."""
    return alarm.cleared_ms is not None and alarm.cleared_ms < alarm.raised_ms


def acted(alarm: Alarm, action: AlarmAction) -> Alarm:
    """Return an alarm after somebody did something with it. Who is on site has seen it as well."""
    match action.action:
        case AlarmActionKind.ACKNOWLEDGE:
            return _seen(alarm, action.at_ms)
        case AlarmActionKind.ON_SITE:
            seen_ms = action.at_ms if alarm.acknowledged_ms is None else alarm.acknowledged_ms
            return msgspec.structs.replace(_seen(alarm, seen_ms), on_site_ms=action.at_ms)
        case AlarmActionKind.SHELVE:
            return msgspec.structs.replace(alarm, shelved_until_ms=action.until_ms)
        case AlarmActionKind.UNSHELVE:
            return _waiting(msgspec.structs.replace(alarm, shelved_until_ms=None), action.at_ms)
        case AlarmActionKind.COMMENT:
            return alarm


def explained(alarm: Alarm, parent: str, now_ms: int) -> Alarm:
    """Return an alarm under the one that explains it, or ("") on its own again: then it waits for somebody."""
    if parent == alarm.parent:
        return alarm
    after = msgspec.structs.replace(alarm, parent=parent)
    return after if parent or not alarm.active else _waiting(after, now_ms)


def at_work(alarm: Alarm, now_ms: int, *, works: bool) -> Alarm:
    """Return an alarm while somebody works on its place, or after: then it waits for somebody."""
    works = works and alarm.rule not in NEVER_QUIET
    if works == alarm.out_of_service:
        return alarm
    after = msgspec.structs.replace(alarm, out_of_service=works)
    return after if works or not alarm.active else _waiting(after, now_ms)


def passed(alarm: Alarm, now_ms: int, settings: AlarmSettings) -> Alarm:
    """Return an alarm after time has passed: off the shelf, or sounding again because it lasts though it was seen."""
    if alarm.shelved_until_ms is not None and _off_the_shelf(alarm, alarm.shelved_until_ms, now_ms, settings):
        back = msgspec.structs.replace(alarm, shelved_until_ms=None)
        return _waiting(back, now_ms) if back.active else back
    seen_ms = max(alarm.acknowledged_ms or 0, alarm.on_site_ms or 0)
    lasts = alarm.active and alarm.acknowledged_ms is not None and alarm.now in GRAVE
    quiet = alarm.parent or alarm.out_of_service or alarm.test or alarm.shelved_until_ms is not None
    if lasts and not quiet and not 0 <= now_ms - seen_ms < settings.again_ms:  # the clock may have been set back
        return _waiting(msgspec.structs.replace(alarm, agains=alarm.agains + 1), now_ms)
    return alarm


def versioned(before: Alarm, after: Alarm, now_ms: int) -> Alarm | None:
    """Return what an alarm became as its next version, None if it is what it was."""
    if before == after:
        return None
    return msgspec.structs.replace(after, version=before.version + 1, changed_ms=now_ms)


def state_of(alarm: Alarm) -> str:
    """Return the word for where an alarm stands in its life (ISA-18.2's states)."""
    quiet: Mapping[str, bool] = {
        "withdrawn": alarm.withdrawn,
        "shelved": alarm.active and alarm.shelved_until_ms is not None,
        "out-of-service": alarm.active and alarm.out_of_service,
        "suppressed": alarm.active and bool(alarm.parent),
    }
    for word, holds in quiet.items():
        if holds:
            return word
    if alarm.active:
        return "active" if alarm.acknowledged_ms is None else "on-site" if alarm.on_site_ms else "acknowledged"
    return "cleared" if alarm.waits else "over"


def _off_the_shelf(alarm: Alarm, until_ms: int, now_ms: int, settings: AlarmSettings) -> bool:
    """Tell whether a shelf is over, or longer than any can be: then the clock was set back."""
    return until_ms <= now_ms or until_ms - now_ms > shelf_ms_max(alarm, settings) or alarm.rule in NEVER_QUIET


def _said(values: Mapping[str, int | str]) -> dict[str, int | str]:
    return {name: value for name, value in values.items() if name not in COUNTING}


def _more(alarm: Alarm, condition: Condition) -> bool:
    """Tell whether an alarm that somebody acknowledged is of more than it was then."""
    number = _number(condition.values)
    if alarm.acknowledged_ms is None or number is None or condition.rule in RUNS_ON:
        return False
    seen = alarm.acknowledged_number if alarm.acknowledged_number is not None else _number(alarm.values)
    return seen is not None and number > seen


def _seen(alarm: Alarm, at_ms: int) -> Alarm:
    return msgspec.structs.replace(alarm, acknowledged_ms=at_ms, acknowledged_number=_number(alarm.values))


def _number(values: Mapping[str, int | str]) -> int | None:
    number = values.get("number")
    return number if isinstance(number, int) else None


def _waiting(alarm: Alarm, now_ms: int) -> Alarm:
    unseen = dict.fromkeys(ANSWERED)
    return msgspec.structs.replace(alarm, **unseen | {"waiting_ms": now_ms})


def _graver(one: Severity, other: Severity) -> Severity:
    return one if RANK[one] >= RANK[other] else other
