"""A place that is nearly full (A50): more than 90 % of its slots taken (catalogue, PROP). Pure."""

from typing import Final

from coldchain.alarms import Condition, Severity, SubjectKind
from coldchain.capacity import Capacity
from coldchain.places import Place

FULL_PERCENT: Final = 90


def of_capacity(place: Place, capacity: Capacity, inside: int, since_ms: int) -> Condition | None:
    """Return that a place is nearly full. `inside`: bags that are certainly there, since since_ms the newest of them.

    Without a capacity, or with none of 0, nobody asked to be told.
    """
    if capacity.slots <= 0 or inside * 100 <= capacity.slots * FULL_PERCENT:
        return None
    return Condition(
        rule="A50",
        severity=Severity.LOW,
        subject_kind=SubjectKind.PLACE,
        subject=place.id,
        since_ms=since_ms,
        due_ms=since_ms,
        site=place.site,
        place=place.id,
        values={
            "what": "full",
            "number": inside,
            "slots": capacity.slots,
            "percent": inside * 100 // capacity.slots,
        },
    )
