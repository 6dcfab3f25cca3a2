"""Which alarm explains which: a power cut its fridges, a lost gateway its probes, one that comes and goes itself.

What is explained is said beneath its cause and does not sound while that lasts; once it is over and the other lasts,
it is an alarm of its own. Pure: alarms in, ids out. Never explained is what loses blood at once, nor by anything
less grave, shelved or silenced by work: what calls nobody must not keep others from calling.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from coldchain.alarms import CHATTER, FLOOD, RANK, TEST, Alarm, Severity

BEFORE_MS: Final = 600_000  # a probe falls silent a little before its gateway is called lost
POWER, GATEWAY_LOST = "A06", "A44"
OF_POWER: Final = frozenset(
    {"A01", "A04"}
)  # and only what gets too warm: a door is open, and cold comes of other faults
OF_GATEWAY: Final = frozenset({"A05"})
OF_LIMITS: Final = {"A01": frozenset({"A01", "A04", "A07"}), "A02": frozenset({"A01", "A04", "A07"})}
NEVER_UNDER: Final = frozenset({"A02", "A12", "A13", "A32", POWER, GATEWAY_LOST, FLOOD, TEST})


def parent_of(alarm: Alarm, active: Sequence[Alarm], gateways: Mapping[str, str]) -> str:
    """Return the id of the active alarm that explains this one, "" if none does. `gateways`: that of each probe.

    What has been put under an alarm that stands for many stays there while that one is active.
    """
    if not may_be_under(alarm):
        return ""
    heard = [one for one in active if one.id != alarm.id and _heard_over(one, alarm)]
    causes = [one for one in heard if _explains(one, alarm, gateways)]
    if causes:
        return min(causes, key=lambda one: (one.since_ms, one.id)).id
    kept = [one.id for one in heard if one.id == alarm.parent and stands_for_many(one)]
    return kept[0] if kept else ""


def gravest(many: Alarm, under: Iterable[Alarm]) -> Severity:
    """Return how grave an alarm that stands for many is: as the gravest of these, as it was if there is none."""
    return max((one.now for one in under), key=lambda severity: RANK[severity], default=many.now)


def may_explain(alarm: Alarm) -> bool:
    """Whether an alarm can be the cause of any other: few are, and of many alarms only these are looked through."""
    causes = alarm.rule in (POWER, GATEWAY_LOST) or alarm.rule in OF_LIMITS
    return alarm.active and (causes or alarm.finding != "" or stands_for_many(alarm))


def may_be_under(alarm: Alarm) -> bool:
    """Whether another alarm may explain this one at all."""
    return alarm.rule not in NEVER_UNDER and alarm.finding != CHATTER and not alarm.test


def stands_for_many(alarm: Alarm) -> bool:
    """Whether an alarm was made to stand for others."""
    return alarm.rule == FLOOD or alarm.finding == CHATTER


def children(alarm: str, active: Iterable[Alarm]) -> list[Alarm]:
    """Return the active alarms that stand under this one."""
    return [one for one in active if one.parent == alarm and one.active]


def _heard_over(cause: Alarm, alarm: Alarm) -> bool:
    """Whether people hear of a cause, and of nothing less grave than of what it would keep quiet."""
    quiet = cause.shelved_until_ms is not None or cause.out_of_service
    return cause.active and not quiet and RANK[cause.now] >= RANK[alarm.now]


def _explains(cause: Alarm, alarm: Alarm, gateways: Mapping[str, str]) -> bool:
    if cause.rule == POWER:
        here = cause.site == alarm.site and cause.place in ("", alarm.place)
        warm = alarm.rule in OF_POWER and alarm.values.get("direction") == "too-warm"
        return warm and here and cause.values.get("what") == "mains" and alarm.since_ms >= cause.since_ms
    if cause.rule == GATEWAY_LOST:
        gateway = gateways.get(alarm.subject, alarm.values.get("gateway", ""))
        lost = cause.values.get("what") == "silent" and gateway == cause.subject
        return lost and alarm.rule in OF_GATEWAY and alarm.since_ms >= cause.since_ms - BEFORE_MS
    before = (cause.since_ms, cause.id) < (alarm.since_ms, alarm.id) or cause.rule != alarm.rule
    if alarm.place and cause.place == alarm.place and alarm.rule in OF_LIMITS.get(cause.rule, ()) and before:
        return cause.values.get("direction", "") == alarm.values.get("direction", "")
    same = (cause.rule, cause.subject_kind, cause.subject) == (alarm.rule, alarm.subject_kind, alarm.subject)
    return same and not alarm.finding and cause.finding not in ("", CHATTER)  # what the rules found says more
