"""A box on its way: opened between seals (A22), late, or longer on the road than its profile allows (A20). Pure.

The rest of a box is in its notices. The longest time on the road is the profile's (WS 400: red cells 24 h, V2), said
at 80 % of it. Late is what somebody expected at an instant and nobody signed for LATE_MS after it (A20, PROP): half of
all journeys last longer than the middle one of earlier ones, so that figure makes nobody late. Both say beforehand that
the qualified time of the box, or the longest time on the road, ends before the box is expected. A time that is said
anew on the road moves the instant from which it is late, and nothing else: no limit of the cold moves with it.
"""

from collections.abc import Iterable, Iterator
from typing import Final, TypeAlias

from coldchain.alarms import RANK, Condition, Severity, SubjectKind
from coldchain.arrival import Arrival, ExpectedBy
from coldchain.entries import Manifest, RecordedEvent
from coldchain.facts import EventKind
from coldchain.standing import BoxReadiness, BoxStanding
from rules.boxes import box_standing
from rules.conditions import MINUTE_MS, minutes
from rules.conditions_notices import empty_box
from rules.standing import PlaceFacts

WARNED_TENTHS: Final = 8
LATE_MS: Final = 20 * MINUTE_MS  # A20: 20 min after it was expected

_OfLeg: TypeAlias = tuple[Severity, str, int, int, int]  # how grave, what, since, due, of how many ms it speaks


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


def of_leg(
    facts: PlaceFacts, manifest: Manifest | None, arrival: Arrival | None = None, received_ms: int | None = None
) -> Condition | None:
    """Return the gravest that is to be said of the newest packing list of a box; nothing where it is empty.

    `arrival`: when it is expected, `received_ms`: when its receiver signed; from then on it is not late.
    """
    if manifest is None or empty_box(facts):
        return None
    found = [*_longest(facts, manifest)]
    if arrival is not None and received_ms is None:
        found += [*_late(facts, arrival), *_too_short(facts, manifest, arrival)]
    if not found:
        return None
    severity, what, since_ms, due_ms, lasts_ms = min(found, key=lambda one: -RANK[one[0]])
    values: dict[str, int | str] = {"what": what, "leg": manifest.id, "minutes": lasts_ms // MINUTE_MS}
    if arrival is not None and what.endswith(("-by-earlier", "-moved")):
        values["number"] = arrival.journeys or arrival.moved
    return _condition(facts, "A20", severity, (SubjectKind.LEG, manifest.id), (since_ms, due_ms), values)


def _longest(facts: PlaceFacts, manifest: Manifest) -> Iterator[_OfLeg]:
    """Yield that a list has been on the road for 80 %, or all, of its longest time."""
    end_ms = _end_of_road(facts, manifest)
    if end_ms is None:
        return
    warned_ms = manifest.packed_ms + (end_ms - manifest.packed_ms) * WARNED_TENTHS // 10
    if facts.now_ms > end_ms:
        yield Severity.CRITICAL, "leg-over", manifest.packed_ms, warned_ms, facts.now_ms - end_ms
    elif facts.now_ms >= warned_ms:
        yield Severity.HIGH, "leg-ending", manifest.packed_ms, warned_ms, end_ms - facts.now_ms


def _late(facts: PlaceFacts, arrival: Arrival) -> Iterator[_OfLeg]:
    """Yield that a box did not arrive when somebody expected it, by what was said last."""
    if arrival.by is not ExpectedBy.EARLIER and facts.now_ms >= arrival.at_ms + LATE_MS:
        what = "late-moved" if arrival.moved else "late"
        yield Severity.HIGH, what, arrival.at_ms, arrival.at_ms + LATE_MS, facts.now_ms - arrival.at_ms


def _too_short(facts: PlaceFacts, manifest: Manifest, arrival: Arrival) -> Iterator[_OfLeg]:
    """Yield that qualified time, or the longest time on the road, ends before a box is expected; until it has ended."""
    until_ms = None if facts.box is None else box_standing(facts.box, facts.now_ms).qualified_until_ms
    for what, end_ms in (("qualified-short", until_ms), ("leg-short", _end_of_road(facts, manifest))):
        if end_ms is None or not facts.now_ms < end_ms < arrival.at_ms or end_ms < manifest.packed_ms:
            continue
        said = arrival.by is not ExpectedBy.EARLIER
        severity, name = (Severity.HIGH, what) if said else (Severity.MEDIUM, f"{what}-by-earlier")
        yield severity, name, manifest.packed_ms, manifest.packed_ms, arrival.at_ms - end_ms


def _end_of_road(facts: PlaceFacts, manifest: Manifest) -> int | None:
    road = facts.profile.transport
    return None if road is None or road.max_ms is None else manifest.packed_ms + road.max_ms


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
