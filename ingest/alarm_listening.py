"""What the centre could not hear because it did not listen itself: nobody else is silent for that.

After an outage of its own the silence of probes and gateways counts from when the centre could hear them again; the
outage is said once, of the centre.
"""

from collections.abc import Iterable
from typing import Final

import msgspec

from coldchain.alarms import Alarm, Condition, Severity, SubjectKind
from coldchain.places import ON_THE_ROAD
from coldchain.ports import Session
from rules.alarm_life import MINUTE_MS
from rules.conditions import Steps, graver, minutes
from rules.conditions_notices import BOX_GATEWAY, GATEWAY
from rules.conditions_silence import IN_A_BOX, IN_STORE

LISTENED: Final = "centre-listened"  # cursor: when the centre could last hear gateways, to a minute or so
DEAF_MS: Final = 5 * MINUTE_MS  # PROP: a shorter outage is no news
SAID_FOR_MS: Final = 60 * MINUTE_MS  # PROP: of one that is over
SILENT: Final = frozenset({("A05", "probe"), ("A05", "never"), ("A44", "silent")})


class Listening:
    """Since when the centre listens, and when it did last before that."""

    def __init__(self) -> None:
        self._last_ms: int | None = None
        self._gap: tuple[int, int] | None = None

    def conditions(self, session: Session, now_ms: int, listening_ms: int) -> list[Condition]:
        """Return one condition while the centre hears nobody, and for a while after."""
        last_ms = session.books.cursor(LISTENED) if self._last_ms is None else self._last_ms
        self._last_ms = last_ms
        if listening_ms <= 0:
            return [_deaf(last_ms, now_ms)] if last_ms and now_ms - last_ms >= DEAF_MS else []
        from_ms = now_ms - listening_ms
        if last_ms and from_ms - last_ms >= DEAF_MS:
            self._gap = last_ms, from_ms
        self._last_ms = now_ms
        return [_deaf(*self._gap)] if self._gap and 0 <= now_ms - self._gap[1] < SAID_FOR_MS else []


def _deaf(from_ms: int, to_ms: int) -> Condition:
    return Condition(
        rule="A32",
        severity=Severity.MEDIUM,
        subject_kind=SubjectKind.SYSTEM,
        subject="centre",
        since_ms=from_ms,
        due_ms=from_ms,
        site="",
        values={"what": "deaf", "minutes": minutes(from_ms, to_ms)},
    )


def as_heard(
    session: Session, seen: Iterable[Condition], active: Iterable[Alarm], now_ms: int, listening_ms: int
) -> list[Condition]:
    """Return conditions with silence counted only while the centre listened; what was an alarm before stays so."""
    from_ms = now_ms - listening_ms
    before = {one.key for one in active if one.raised_ms < from_ms}
    return [
        _counted(session, one, from_ms, now_ms) if _of_silence(one) and one.key not in before else one for one in seen
    ]


def _of_silence(one: Condition) -> bool:
    return (one.rule, one.values.get("what")) in SILENT


def _counted(session: Session, one: Condition, from_ms: int, now_ms: int) -> Condition:
    if one.since_ms >= from_ms:
        return one
    place = session.records.place(one.place) if one.place else None
    road = place is not None and place.kind in ON_THE_ROAD
    steps: Steps = (BOX_GATEWAY if road else GATEWAY) if one.rule == "A44" else (IN_A_BOX if road else IN_STORE)
    if one.rule == "A05" and one.due_ms - one.since_ms < steps[0][0]:
        return one  # its gateway has said so
    severity = graver(steps, from_ms, now_ms)
    return msgspec.structs.replace(one, due_ms=max(one.due_ms, from_ms + steps[0][0]), severity=severity)
