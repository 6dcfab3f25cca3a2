"""Who was in a place within a time: a page of stays, and how many there are. Never all of them at once."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from coldchain.entries import StayRecord
from coldchain.errors import InvalidValueError
from coldchain.ports import Session

FIRST: Final = ("", 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class LookBackPage:
    """Stays by (unit, number). `all`: how many there are, None beyond the first page. `next` None: no more follow."""

    stays: Sequence[StayRecord]
    all: int | None
    next: str | None


def stay_named(after: str) -> tuple[str, int]:
    """Return (unit, number) of the last stay of the page before; of "" what begins. Raises InvalidValueError."""
    if not after:
        return FIRST
    unit, _, number = after.rpartition(":")
    if not unit or not (number.isascii() and number.isdecimal()) or len(number) > len(str(2**31)):
        msg = f"after={after!r} names no stay: take the `next` of a page, with the same filters"
        raise InvalidValueError(msg)
    return unit, int(number)


def look_back(
    session: Session, place: str, window: tuple[int, int], after: tuple[str, int], limit: int
) -> LookBackPage:
    """Return the stays of a place within [from_ms, to_ms) that follow `after`, at most `limit`."""
    records = session.records
    every: int | None = None
    if after == FIRST:
        found, every = records.stays_begin(place, *window, limit + 1)
    else:
        found = records.stays_page(place, *window, after, limit + 1)
    stays = found[:limit]
    more = len(found) > limit
    return LookBackPage(stays=stays, all=every, next=f"{stays[-1].unit}:{stays[-1].number}" if more else None)
