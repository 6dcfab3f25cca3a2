"""Manual rounds and counts as pages and the interface show them: which place is due, and what was read and counted."""

from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

from api.watching import place_profile
from coldchain.places import CONTAINERS, Place
from coldchain.ports import Session
from coldchain.rounds import ManualReading, StockCount
from coldchain.server_settings import in_force
from rules.counted import Counted, counted_in, work_of
from rules.place_facts import as_known_now

HOUR_MS: Final = 3_600_000
HOURS_KEY: Final = "rounds.hours"  # as the settings file names it


class RoundView(msgspec.Struct, frozen=True, kw_only=True):
    """A manual reading as it was recorded, and what its comparison comes to with all that is known now.

    `probe_now_micro_celsius`: the effective reading of that minute as it is known now; it may have come later.
    """

    reading: ManualReading
    probe_now_micro_celsius: int | None
    difference_micro_celsius: int | None
    differs: bool


class CountView(msgspec.Struct, frozen=True, kw_only=True):
    """A count beside the record and the reader, and where they differ: units by id."""

    count: StockCount
    number: int
    missing: list[str]
    unexpected: list[str]
    unread: list[str]
    differs: bool


class RoundDue(msgspec.Struct, frozen=True, kw_only=True):
    """A place, its newest manual reading and when the next one is due (at once where there is none)."""

    place: str
    last: RoundView | None
    due_ms: int
    overdue: bool


def due_rounds(session: Session, hours: int | None, now_ms: int) -> list[RoundDue]:
    """Return every place that stands somewhere, the longest overdue first; a courier's box has no display.

    `hours`: the setting, None where it is not known: then each reading says by when it was to be followed.
    """
    found = [_due(session, place, hours, now_ms) for place in session.records.places() if _has_display(place)]
    return sorted(found, key=lambda one: (one.due_ms, one.place))


def hours_in_force(session: Session) -> int | None:
    """Return every how many hours a display is read, by the settings that the record has; None if it has none."""
    said = in_force(session.records.settings_changes()).get(HOURS_KEY, "")
    return int(said) if said.isdecimal() else None


def _has_display(place: Place) -> bool:
    return place.kind not in CONTAINERS


def _due(session: Session, place: Place, hours: int | None, now_ms: int) -> RoundDue:
    last = next(iter(rounds_of(session, place, 1)), None)
    due_ms = last.reading.at_ms + (last.reading.hours if hours is None else hours) * HOUR_MS if last else 0
    return RoundDue(place=place.id, last=last, due_ms=due_ms, overdue=due_ms <= now_ms)


def rounds_of(session: Session, place: Place, limit: int) -> list[RoundView]:
    """Return the newest manual readings of a place."""
    profile = place_profile(session, place)
    hold_ms = profile.hold_ms if profile else 0
    counted = counted_in(work_of(session.records, place.id, session.records.probes()))
    return [_view(session, one, hold_ms, counted) for one in session.records.manual_readings(place.id, limit)]


def _view(session: Session, one: ManualReading, hold_ms: int, counted: Mapping[str, Counted]) -> RoundView:
    now = as_known_now(session, one, hold_ms, counted)
    return RoundView(
        reading=one,
        probe_now_micro_celsius=now.probe_micro_celsius,
        difference_micro_celsius=now.difference_micro_celsius,
        differs=now.differs,
    )


def count_views(counts: Sequence[StockCount]) -> list[CountView]:
    """Return counts with their differences."""
    return [
        CountView(
            count=one,
            number=one.number,
            missing=list(one.missing),
            unexpected=list(one.unexpected),
            unread=list(one.unread),
            differs=one.differs,
        )
        for one in counts
    ]
