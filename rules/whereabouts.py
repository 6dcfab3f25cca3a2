"""Where a unit is at an instant, out of its stays and issues; and who has to be called because of it. Pure."""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from enum import StrEnum

from coldchain.entries import Issue
from coldchain.units import Hold, Stay


class WhereKind(StrEnum):
    """In one word where a unit is."""

    IN_PLACE = "in-place"
    IN_BOX = "in-box"  # on the road
    ISSUED = "issued"  # somebody has it, for a patient
    AWAY = "away"  # it left our places, and nobody said where to
    NEVER_SEEN = "never-seen"


@dataclass(frozen=True, slots=True, kw_only=True)
class Whereabouts:
    """Where a unit is. `place` and whether it is there for certain; `possibly`: other places it may be in, by name.

    `since_ms`: since when it is, or may be, in the place; when it was issued; or when it left the last place.
    `issue`: the hand-over, if nothing shows that it came back after it.
    """

    kind: WhereKind
    place: str | None = None
    certain: bool = False
    since_ms: int | None = None
    possibly: tuple[str, ...] = ()
    issue: Issue | None = None


def whereabouts(stays: Sequence[Stay], issues: Sequence[Issue], boxes: AbstractSet[str], at_ms: int) -> Whereabouts:
    """Return where a unit is at at_ms; `boxes` are the places that are boxes.

    A certain stay counts before an issue, unless it is in a box; an issue before a stay that is only possible: where a
    reader looks, a unit that was issued is possibly inside until the reader has seen it go.
    """
    here = [stay for stay in stays if _possible_at(stay, at_ms)]
    certain = [stay for stay in here if _certain_at(stay, at_ms)]
    issue = standing_issue(stays, issues, boxes, at_ms)
    if issue is not None:
        possibly = tuple(sorted({stay.place for stay in here}))
        return Whereabouts(kind=WhereKind.ISSUED, since_ms=issue.at_ms, possibly=possibly, issue=issue)
    if here:
        stay = max(certain or here, key=lambda stay: (stay.possible_from_ms, stay.place))
        return Whereabouts(
            kind=WhereKind.IN_BOX if stay.place in boxes else WhereKind.IN_PLACE,
            place=stay.place,
            certain=bool(certain),
            since_ms=stay.certain_from_ms if certain else stay.possible_from_ms,
            possibly=tuple(sorted({other.place for other in here} - {stay.place})),
        )
    left = [s.possible_to_ms for s in stays if s.possible_to_ms is not None and s.possible_from_ms <= at_ms]
    if not left:
        return Whereabouts(kind=WhereKind.NEVER_SEEN)
    return Whereabouts(kind=WhereKind.AWAY, since_ms=max(left))


def standing_issue(stays: Sequence[Stay], issues: Sequence[Issue], boxes: AbstractSet[str], at_ms: int) -> Issue | None:
    """Return the last hand-over up to at_ms that nothing contradicts since: somebody out there has the unit.

    It is contradicted by a stay that is certain at at_ms, or that became certain after it. A stay that was certain
    before and beyond the hand-over and has ended does not: a door is often opened a moment after a word was written.
    Nor does a stay in a box: bags that were issued are carried to the ward in one, and nobody says when they are used.
    """
    issue = max((one for one in issues if one.at_ms <= at_ms), key=lambda one: (one.at_ms, one.to), default=None)
    if issue is None:
        return None
    back = any(
        _certain_at(stay, at_ms) or (stay.certain_from_ms is not None and issue.at_ms < stay.certain_from_ms <= at_ms)
        for stay in stays
        if stay.place not in boxes
    )
    return None if back else issue


def urgent(
    holds: Sequence[Hold], stays: Sequence[Stay], issues: Sequence[Issue], boxes: AbstractSet[str], at_ms: int
) -> Issue | None:
    """Return the hand-over because of which somebody has to be called now: the unit is on hold and out there.

    A hold counts until a person decides, also if its basis has been withdrawn. It does not matter which came first.
    """
    return standing_issue(stays, issues, boxes, at_ms) if holds else None


def _possible_at(stay: Stay, at_ms: int) -> bool:
    return stay.possible_from_ms <= at_ms and (stay.possible_to_ms is None or at_ms < stay.possible_to_ms)


def _certain_at(stay: Stay, at_ms: int) -> bool:
    if stay.certain_from_ms is None or stay.certain_from_ms > at_ms:
        return False
    end_ms = stay.possible_to_ms if stay.certain_to_ms is None else stay.certain_to_ms
    return end_ms is None or at_ms < end_ms
