"""Journeys of boxes: a packing list, the two signatures of its hand-over, and what the box went through meanwhile."""

from collections.abc import Iterator, Mapping
from typing import Final

from coldchain.arrival import arrival_of
from coldchain.closed_loop import Party
from coldchain.entries import Manifest
from coldchain.places import Place
from coldchain.ports import Session
from stores.mirror_told import Told
from stores.points_stock import Trip, trip_line

TRIP_MS_MAX: Final = 7 * 86_400_000  # a list that nobody signed for, of a box that nobody packed again, is over then


def trip_lines(session: Session, told: Told, box: Place, from_ms: int, now_ms: int) -> Iterator[tuple[int, bytes]]:
    """Yield (packed_ms, line) of the journeys of a box that go on, or were over at from_ms or later."""
    lists = session.records.manifests(box.id)
    for number, one in enumerate(lists):
        later = lists[number + 1].packed_ms if number + 1 < len(lists) else None
        least_ms = min(one.packed_ms + TRIP_MS_MAX, one.packed_ms + TRIP_MS_MAX if later is None else later)
        if one.packed_ms > now_ms or (least_ms < from_ms and least_ms <= now_ms):
            continue
        signed = {hand.party: hand.at_ms for hand in session.records.handovers_of(one.id)}
        over_ms = _over_ms(signed, least_ms, now_ms)
        if over_ms is None or over_ms >= from_ms:
            yield one.packed_ms, trip_line(_trip(session, told, box, one, signed, over_ms, now_ms), now_ms)


def packed_before(session: Session, box: str, at_ms: int) -> int | None:
    """Return when the list was packed with which a box travels at an instant; None if it does not."""
    lists = [one.packed_ms for one in session.records.manifests(box) if one.packed_ms <= at_ms]
    return lists[-1] if lists else None


def _over_ms(signed: Mapping[Party, int], least_ms: int, now_ms: int) -> int | None:
    """Return when a journey was over, None while it goes on."""
    known = [signed.get(Party.RECEIVER), least_ms if least_ms <= now_ms else None]
    return min((ms for ms in known if ms is not None), default=None)


def _trip(
    session: Session,
    told: Told,
    box: Place,
    one: Manifest,
    signed: Mapping[Party, int],
    over_ms: int | None,
    now_ms: int,
) -> Trip:
    arrived_ms = signed.get(Party.RECEIVER)
    to_ms = now_ms if over_ms is None else over_ms
    return Trip(
        id=one.id,
        box=box.id,
        site=box.site,
        destination=one.destination,
        packed_ms=one.packed_ms,
        departed_ms=signed.get(Party.GIVER),
        arrived_ms=arrived_ms,
        over_ms=over_ms,
        units=len(one.units),
        arrival=arrival_of(session, one),
        sums=told.trip(session, box, one.packed_ms, max(one.packed_ms, to_ms)),
    )
