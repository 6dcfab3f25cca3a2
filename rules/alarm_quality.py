"""How good alarms are for those who answer them: how many, which come and go, which stand too long, which nobody needs.

Pure: alarms and what was done with them in, figures out. The limits used are proposals of the project (PROP): no number
of a standard is claimed. A delay is suggested from the alarms themselves, and says how many it would have spared.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import msgspec

from coldchain.alarms import FLOOD, TEST, Alarm, AlarmAction, AlarmActionKind

HOUR_MS: Final = 3_600_000
STALE_MS: Final = 24 * HOUR_MS  # active for longer: it describes a state that nobody changes
CHATTER_MS: Final = 30 * 60_000
CHATTER_TIMES: Final = 3
SPARED_TENTHS: Final = 8  # a delay is suggested that would have spared at least eight of ten, or none
DELAYS_MS: Final = tuple(minutes * 60_000 for minutes in (1, 2, 5, 10, 15, 30))
LISTED_MAX: Final = 20


class RuleQuality(msgspec.Struct, frozen=True, kw_only=True):
    """One rule over a period. `suggested_ms` None: no delay of DELAYS_MS would have spared enough of its alarms.

    `spared`: how many of its alarms were shorter than that. A hard limit has no suggestion: it is never delayed.
    """

    rule: str
    alarms: int
    acknowledged: int
    never_acted: int
    median_ack_ms: int | None
    chattering: int
    stale: int
    suggested_ms: int | None
    spared: int


class Subject(msgspec.Struct, frozen=True, kw_only=True):
    """A rule and a subject with how often it came, or for how long it stands."""

    rule: str
    subject: str
    site: str
    alarms: int
    longest_ms: int


class Quality(msgspec.Struct, frozen=True, kw_only=True):
    """Alarms of a period. `per_operator_hour_milli`: thousandths of an alarm an hour for each of `operators`.

    Alarms that are explained by another and tests are counted apart: nobody was called for them.
    """

    from_ms: int
    to_ms: int
    operators: int
    alarms: int
    explained: int
    tests: int
    withdrawn: int
    per_operator_hour_milli: int
    busiest_ms: int | None
    busiest_alarms: int
    rules: list[RuleQuality]
    chattering: list[Subject]
    stale: list[Subject]


NO_DELAY: Final = frozenset({"A02", "A12", "A13"})


def quality(
    alarms: Sequence[Alarm], actions: Iterable[AlarmAction], span: tuple[int, int], now_ms: int, operators: int = 1
) -> Quality:
    """Return the figures of the alarms raised in span (from_ms, to_ms), as they stand at now_ms."""
    from_ms, to_ms = span
    own = [one for one in alarms if not one.parent and not one.test and one.rule != TEST]
    seen = _first_seen(actions)
    by_rule: dict[str, list[Alarm]] = defaultdict(list)
    for one in own:
        by_rule[one.rule].append(one)
    hours = Counter(one.raised_ms // HOUR_MS for one in own)
    busiest, most = min(hours.items(), key=lambda pair: (-pair[1], pair[0]), default=(None, 0))
    lasted = max(1, min(to_ms, now_ms) - from_ms)
    return Quality(
        from_ms=from_ms,
        to_ms=to_ms,
        operators=operators,
        alarms=len(own),
        explained=sum(bool(one.parent) for one in alarms),
        tests=sum(one.test for one in alarms),
        withdrawn=sum(one.withdrawn for one in own),
        per_operator_hour_milli=len(own) * 1_000 * HOUR_MS // (lasted * max(1, operators)),
        busiest_ms=None if busiest is None else busiest * HOUR_MS,
        busiest_alarms=most,
        rules=[_rule(rule, found, seen, now_ms) for rule, found in sorted(by_rule.items())],
        chattering=_chattering(alarms, now_ms),
        stale=_stale(own, now_ms),
    )


def suggested_delay(lengths_ms: Sequence[int]) -> tuple[int | None, int]:
    """Return the shortest delay that would have spared most alarms of these lengths, and how many; (None, 0): none."""
    for delay_ms in DELAYS_MS:
        spared = sum(length < delay_ms for length in lengths_ms)
        if len(lengths_ms) >= CHATTER_TIMES and spared * 10 >= len(lengths_ms) * SPARED_TENTHS:
            return delay_ms, spared
    return None, 0


def _rule(rule: str, alarms: Sequence[Alarm], seen: Mapping[str, int], now_ms: int) -> RuleQuality:
    waits = sorted(seen[one.id] - one.raised_ms for one in alarms if one.id in seen)
    lengths = [one.cleared_ms - one.since_ms for one in alarms if one.cleared_ms is not None and not one.withdrawn]
    delay_ms, spared = (None, 0) if rule in NO_DELAY or rule == FLOOD else suggested_delay(lengths)
    return RuleQuality(
        rule=rule,
        alarms=len(alarms),
        acknowledged=len(waits),
        never_acted=sum(one.id not in seen and not one.active for one in alarms),
        median_ack_ms=waits[len(waits) // 2] if waits else None,
        chattering=sum(one.alarms for one in _chattering(alarms, now_ms)),
        stale=len(_stale(alarms, now_ms)),
        suggested_ms=delay_ms,
        spared=spared,
    )


def _first_seen(actions: Iterable[AlarmAction]) -> dict[str, int]:
    seen: dict[str, int] = {}
    for one in actions:
        if one.action is not AlarmActionKind.COMMENT:
            seen[one.alarm] = min(one.at_ms, seen.get(one.alarm, one.at_ms))
    return seen


def _chattering(alarms: Sequence[Alarm], now_ms: int) -> list[Subject]:
    """Return the rules and subjects of which CHATTER_TIMES alarms came within CHATTER_MS, most first."""
    groups: dict[tuple[str, str, str], list[Alarm]] = defaultdict(list)
    for one in alarms:
        if not one.test and one.rule != FLOOD:
            groups[one.rule, one.subject, one.site].append(one)
    found = []
    for (rule, subject, site), group in groups.items():
        at = sorted(one.raised_ms for one in group)
        last = CHATTER_TIMES - 1
        if any(at[i + last] - at[i] <= CHATTER_MS for i in range(len(at) - last)):
            longest = max(_length(one, now_ms) for one in group)
            found.append(Subject(rule=rule, subject=subject, site=site, alarms=len(group), longest_ms=longest))
    return sorted(found, key=lambda one: (-one.alarms, one.rule, one.subject))[:LISTED_MAX]


def _stale(alarms: Sequence[Alarm], now_ms: int) -> list[Subject]:
    found = [
        Subject(rule=one.rule, subject=one.subject, site=one.site, alarms=1, longest_ms=_length(one, now_ms))
        for one in alarms
        if one.active and _length(one, now_ms) >= STALE_MS
    ]
    return sorted(found, key=lambda one: (-one.longest_ms, one.rule, one.subject))[:LISTED_MAX]


def _length(alarm: Alarm, now_ms: int) -> int:
    return (now_ms if alarm.cleared_ms is None else alarm.cleared_ms) - alarm.since_ms
