"""Which units are inside a place at an instant, and how sure that is."""

from enum import StrEnum

import msgspec

from coldchain.entries import StayRecord
from coldchain.ports import Session


class InsideKind(StrEnum):
    """How sure it is that a unit is inside."""

    CERTAIN = "certain"
    POSSIBLE = "possible"


class InsideUnit(msgspec.Struct, frozen=True, kw_only=True):
    """A unit that is inside at the instant, and by which evidence."""

    unit: str
    how: InsideKind
    stay: StayRecord


def inside_kind(stay: StayRecord, at_ms: int) -> InsideKind | None:
    """Tell whether a unit is certainly or possibly inside at an instant by this stay, or not at all."""
    if stay.withdrawn or not _covers(stay.possible_from_ms, stay.possible_to_ms, at_ms):
        return None
    certain_to_ms = stay.possible_to_ms if stay.certain_to_ms is None else stay.certain_to_ms
    certain = stay.certain_from_ms is not None and _covers(stay.certain_from_ms, certain_to_ms, at_ms)
    return InsideKind.CERTAIN if certain else InsideKind.POSSIBLE


def units_inside(session: Session, place: str, at_ms: int) -> list[InsideUnit]:
    """Return the units inside a place at an instant by unit id; certain goes before possible for the same unit."""
    found: dict[str, InsideUnit] = {}
    for stay in session.records.stays_in_place(place, at_ms, at_ms + 1):
        how = inside_kind(stay, at_ms)
        if how is not None and (stay.unit not in found or how is InsideKind.CERTAIN):
            found[stay.unit] = InsideUnit(unit=stay.unit, how=how, stay=stay)
    return list(found.values())


def _covers(from_ms: int, to_ms: int | None, at_ms: int) -> bool:
    return from_ms <= at_ms and (to_ms is None or at_ms < to_ms)
