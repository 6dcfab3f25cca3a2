"""A box on its way: opened between seals (A22), longer on the road than its profile allows (A20). Pure.

The rest of a box is in its notices. The longest time on the road is the profile's (WS 400: red cells 24 h, V2), said
at 80 % of it. An arrival time is planned nowhere in the record, so nobody is late by a plan here.
"""

from collections.abc import Iterable
from typing import Final

from coldchain.alarms import Condition, Severity, SubjectKind
from coldchain.entries import Manifest, RecordedEvent
from coldchain.facts import EventKind
from coldchain.standing import BoxReadiness, BoxStanding
from rules.conditions import MINUTE_MS, minutes
from rules.conditions_notices import empty_box
from rules.standing import PlaceFacts

WARNED_TENTHS: Final = 8


def packed_since(box: BoxStanding | None) -> int | None:
    """Return since when a box is packed and shut, by its own word; None: it is not."""
    packed = box is not None and box.readiness in {BoxReadiness.PACKED, BoxReadiness.OVER}
    return box.since_ms if box is not None and packed else None


def of_opening(facts: PlaceFacts, box: BoxStanding | None, words: Iterable[RecordedEvent]) -> Condition | None:
    """Return that a packed box was opened while it was in no area that it knows; `words`: of its lid since then."""
    since_ms = packed_since(box)
    if box is None or since_ms is None or empty_box(facts):
        return None
    arrived_ms = box.area_since_ms
    opened = [
        one
        for one in words
        if one.kind == EventKind.DOOR_OPENED
        and since_ms < one.taken_ms <= facts.now_ms
        and (arrived_ms is None or one.taken_ms < arrived_ms)
    ]
    first = min(opened, key=lambda one: one.taken_ms, default=None)
    if first is None:
        return None
    values: dict[str, int | str] = {
        "what": "opened",
        "contact": first.origin,
        "times": len(opened),
        "minutes": minutes(first.taken_ms, facts.now_ms),
    }
    times = first.taken_ms, first.taken_ms
    return _condition(facts, "A22", Severity.HIGH, (SubjectKind.PLACE, facts.place.id), times, values)


def of_leg(facts: PlaceFacts, manifest: Manifest | None) -> Condition | None:
    """Return that the newest packing list of a box has been on the road for 80 %, or all, of its longest time."""
    road = facts.profile.transport
    if manifest is None or road is None or road.max_ms is None or empty_box(facts):
        return None
    end_ms = manifest.packed_ms + road.max_ms
    warned_ms = manifest.packed_ms + road.max_ms * WARNED_TENTHS // 10
    over = facts.now_ms > end_ms
    if facts.now_ms < warned_ms:
        return None
    values: dict[str, int | str] = {
        "what": "leg-over" if over else "leg-ending",
        "leg": manifest.id,
        "minutes": abs(end_ms - facts.now_ms) // MINUTE_MS,
    }
    severity = Severity.CRITICAL if over else Severity.HIGH
    times = manifest.packed_ms, warned_ms
    return _condition(facts, "A20", severity, (SubjectKind.LEG, manifest.id), times, values)


def _condition(
    facts: PlaceFacts,
    rule: str,
    severity: Severity,
    subject: tuple[SubjectKind, str],
    times: tuple[int, int],
    values: dict[str, int | str],
) -> Condition:
    return Condition(
        rule=rule,
        severity=severity,
        subject_kind=subject[0],
        subject=subject[1],
        since_ms=times[0],
        due_ms=times[1],
        site=facts.place.site,
        place=facts.place.id,
        values=values,
    )
