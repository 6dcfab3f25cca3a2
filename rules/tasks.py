"""What a hold asks to be done where its unit is, and what the urgent list says of it. Pure."""

import hashlib
from collections.abc import Iterable, Sequence

from coldchain.deciding import DecisionKind
from coldchain.decisions import Decision
from coldchain.tasks import HoldChange, PlaceUse, PlaceUseKind, TaskTick, UrgentCall
from coldchain.units import Hold, Stay

ID_CHARACTERS = 20
KEPT_APART = frozenset({PlaceUseKind.RESCUE, PlaceUseKind.ISOLATION})


def task_id(*parts: str | int) -> str:
    """Return the id of a task: the same cause gives the same task."""
    return f"t-{hashlib.sha256('|'.join(map(str, parts)).encode()).hexdigest()[:ID_CHARACTERS]}"


def mark_of(one: Hold | HoldChange) -> str:
    """Return what stands against a unit by a hold, and how sure it is."""
    return f"{one.finding}:{'certain' if one.certain else 'possible'}"


def against(holds: Iterable[Hold]) -> tuple[str, ...]:
    """Return what stands against a unit, each with how sure it is; more of it makes a new line of the urgent list."""
    return tuple(sorted({mark_of(one) for one in holds}))


def uncalled(marks: Sequence[str], calls: Sequence[UrgentCall]) -> tuple[str, ...]:
    """Return what stands against a unit that nobody has called about."""
    known = {mark for call in calls for mark in call.against}
    return tuple(mark for mark in marks if mark not in known)


def not_known(changes: Iterable[HoldChange]) -> dict[str, int]:
    """Return the units of changes that nobody confirmed, each with the number since which that is so, oldest first.

    That is the first change of a hold that stands: a lifting before it is of another hold.
    """
    by_hold: dict[tuple[str, str], list[int]] = {}
    by_unit: dict[str, int] = {}
    for one in sorted(changes, key=lambda one: one.number):
        by_unit.setdefault(one.unit, one.number)
        if one.stands:
            by_hold.setdefault((one.unit, one.hold), []).append(one.number)
        else:
            by_hold.pop((one.unit, one.hold), None)
    stand: dict[str, int] = {}
    for (unit, _), numbers in by_hold.items():
        stand[unit] = min(numbers[0], stand.get(unit, numbers[0]))
    found = {unit: stand.get(unit, number) for unit, number in by_unit.items()}
    return dict(sorted(found.items(), key=lambda one: one[1]))


def kept_apart(uses: Iterable[PlaceUse]) -> frozenset[str]:
    """Return the places in which a unit on hold may stand: declared rescue fridges and places for isolation."""
    return frozenset(one.place for one in uses if one.use in KEPT_APART)


def set_aside(stay: Stay, ticks: Iterable[TaskTick], released_ms: int | None) -> bool:
    """Tell whether a bag was scanned and set aside during this stay; one that is put anywhere again is not.

    Nor is one that was released since (`released_ms`: last): it lies among the others again, wherever it stands.
    """
    since_ms = max(stay.possible_from_ms, released_ms or 0)
    return any(tick.to in {"", stay.place} and tick.at_ms >= since_ms for tick in ticks)


def last_release_ms(decisions: Iterable[Decision]) -> int | None:
    """Return when a bag was last released from a hold, None if never; also where that was overtaken afterwards."""
    kind = DecisionKind.RELEASE_HOLD
    return max((one.at_ms for one in decisions if one.decision is kind), default=None)
