"""The record and who feeds it: chain broken (A35), clocks and replays (A36), unknown tags (A37), buffers (A44). Pure.

What is a security event or lies in quarantine exists already; here it gets its rule and severity (catalogue, PROP).
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import msgspec

from coldchain.alarms import Condition, Severity, SubjectKind
from coldchain.entries import RecordedEvent
from coldchain.facts import EventKind
from coldchain.trust import SecurityEvent, SecurityKind
from rules.conditions import HOUR_MS, MINUTE_MS, minutes

DOUBTED_MS: Final = MINUTE_MS  # A36: a clock that is off heals within a minute, or somebody has to look
BUFFER: Final = "/buffer"  # the buffer of a gateway, as the subject of an alarm of its own
REMEMBERED_MS: Final = HOUR_MS  # a security event is an alarm for so long after it was told last
_OF_GATEWAYS: Final[Mapping[SecurityKind, str]] = {
    SecurityKind.NUMBER_REUSED: "replay",
    SecurityKind.BAD_SIGNATURE: "signature",
    SecurityKind.SIGNATURE_MISSING: "signature",
    SecurityKind.KEY_ENDED: "signature",
}


def of_chain(events: Iterable[SecurityEvent], signed_ms: int, now_ms: int) -> list[Condition]:
    """Return that the chain is broken, until a checkpoint was signed again at signed_ms; and that none is delivered.

    `events`: the newest of them at least. Nothing is signed while the ledger is not what was signed before, so a newer
    checkpoint shows that it was mended.
    """
    altered = [one for one in events if one.kind is SecurityKind.LEDGER_ALTERED and one.at_ms >= signed_ms]
    stuck = [one for one in events if one.kind is SecurityKind.CHECKPOINT_UNDELIVERED]
    recent = [one for one in stuck if now_ms - one.at_ms < REMEMBERED_MS]
    found = []
    if altered:
        first_ms = min(one.at_ms for one in altered)
        found.append(_of_system("altered", Severity.CRITICAL, first_ms, now_ms))
    elif recent:
        found.append(_of_system("undelivered", Severity.HIGH, min(one.at_ms for one in recent), now_ms))
    return found


def of_clocks(waiting: Mapping[str, tuple[int, int]], sites: Mapping[str, str], now_ms: int) -> list[Condition]:
    """Return the gateways whose clocks are not believed; `waiting`: how many items, and since when the first waits."""
    return [
        _of_gateway(
            "A36",
            gateway,
            (Severity.HIGH, since_ms, since_ms + DOUBTED_MS),
            sites,
            {"what": "clock", "number": number, "minutes": minutes(since_ms, now_ms)},
        )
        for gateway, (number, since_ms) in sorted(waiting.items())
    ]


def of_replays(events: Iterable[SecurityEvent], sites: Mapping[str, str], now_ms: int) -> list[Condition]:
    """Return the gateways that sent committed numbers again with other content, or batches not signed as they owe."""
    told: dict[tuple[str, str], list[SecurityEvent]] = {}
    for one in events:
        what = _OF_GATEWAYS.get(one.kind)
        if what is not None and one.gateway in sites and 0 <= now_ms - one.at_ms < REMEMBERED_MS:
            told.setdefault((one.gateway, what), []).append(one)
    found = []
    for (gateway, what), some in sorted(told.items()):
        since_ms = min(one.at_ms for one in some)
        values: dict[str, int | str] = {"what": what, "times": sum(one.times for one in some)}
        found.append(_of_gateway("A36", gateway, (Severity.HIGH, since_ms, since_ms), sites, values))
    return found


def of_spools(last: Mapping[str, RecordedEvent | None], sites: Mapping[str, str]) -> list[Condition]:
    """Return the gateways whose buffer is full and loses readings, by their last word on it.

    The subject is the buffer: a gateway that speaks and one that is silent are two alarms, and only silence explains.
    """
    full = [
        _of_gateway("A44", gateway, (Severity.HIGH, event.taken_ms, event.taken_ms), sites, {"what": "full"})
        for gateway, event in sorted(last.items())
        if event is not None and event.kind == EventKind.SPOOL_FULL
    ]
    return [msgspec.structs.replace(one, subject=f"{one.subject}{BUFFER}") for one in full]


def of_unknown_tags(inside: Mapping[str, Sequence[tuple[str, int]]], sites: Mapping[str, str]) -> list[Condition]:
    """Return the places in which tags lie that stand for nothing: by place (tag, since_ms) of some of them."""
    return [
        Condition(
            rule="A37",
            severity=Severity.MEDIUM,
            subject_kind=SubjectKind.PLACE,
            subject=place,
            since_ms=min(at_ms for _, at_ms in tags),
            due_ms=min(at_ms for _, at_ms in tags),
            site=sites.get(place, ""),
            place=place,
            values={"what": "unknown", "number": len(tags), "tag": min(tag for tag, _ in tags)},
        )
        for place, tags in sorted(inside.items())
        if tags
    ]


def _of_system(what: str, severity: Severity, since_ms: int, now_ms: int) -> Condition:
    return Condition(
        rule="A35",
        severity=severity,
        subject_kind=SubjectKind.SYSTEM,
        subject="ledger",
        since_ms=since_ms,
        due_ms=since_ms,
        site="",
        values={"what": what, "minutes": minutes(since_ms, now_ms)},
    )


def _of_gateway(
    rule: str,
    gateway: str,
    grave: tuple[Severity, int, int],
    sites: Mapping[str, str],
    values: dict[str, int | str],
) -> Condition:
    """Return a condition of a gateway; `grave`: severity, since_ms, due_ms."""
    return Condition(
        rule=rule,
        severity=grave[0],
        subject_kind=SubjectKind.GATEWAY,
        subject=gateway,
        since_ms=grave[1],
        due_ms=grave[2],
        site=sites.get(gateway, ""),
        values={"gateway": gateway, **values},
    )
