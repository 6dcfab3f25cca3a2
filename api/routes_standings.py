"""How places stand: one word for each, whose probe decides, what else needs a look; and what contacts have said."""

from typing import Annotated

import msgspec
from fastapi import APIRouter, Query, Response

from api.answers import (
    DAY_MS,
    LIMIT_DEFAULT,
    After,
    Limit,
    Millis,
    ThingId,
    documented,
    page_of,
    require_window,
)
from api.as_known import AsKnownMs, NotRecorded, seen
from api.context import Given
from api.place_trace import PlaceTrace, place_trace
from api.probe_trace import BUCKETS_DEFAULT, BUCKETS_MAX
from api.routes_places import require_place
from api.standings import box_origins, contacts_beside, standing_of_place, standings
from coldchain.entries import RecordedEvent
from coldchain.standing import PlaceStanding

router = APIRouter(tags=["places"])


class Standings(msgspec.Struct, frozen=True, kw_only=True):
    """How places stand, a page by place id. `next` None: there are no more."""

    items: list[PlaceStanding]
    next: str | None


class Events(msgspec.Struct, frozen=True, kw_only=True):
    """A page of what contacts of a place and its site said, and a box of itself, by time (`next` None: no more)."""

    place: str
    from_ms: int
    to_ms: int
    items: list[RecordedEvent]
    next: str | None


@router.get("/api/standings", responses=documented(Standings, "A page of standings."))
def list_standings(
    given: Given, after: After = "", limit: Limit = LIMIT_DEFAULT, as_known_ms: AsKnownMs = None
) -> Response:
    """List how every place stands now: state, since when, probes, notices, open findings, units inside and on hold."""
    with seen(given, as_known_ms) as at:
        found = standings(at.session, at.now_ms)
    part, following = page_of(found, lambda one: one.place, after, limit)
    return at.answer(Standings(items=part, next=following), NotRecorded.MARKS)


@router.get("/api/places/{place}/standing", responses=documented(PlaceStanding, "How it stands."))
def one_standing(given: Given, place: ThingId, as_known_ms: AsKnownMs = None) -> Response:
    """Show how one place stands now."""
    with seen(given, as_known_ms) as at:
        return at.answer(standing_of_place(at.session, require_place(at.session, place), at.now_ms), NotRecorded.MARKS)


@router.get("/api/places/{place}/events", responses=documented(Events, "What contacts said."))
def events_of_place(
    given: Given,
    place: ThingId,
    from_ms: Millis,
    to_ms: Millis,
    after: After = "",
    limit: Limit = LIMIT_DEFAULT,
    as_known_ms: AsKnownMs = None,
) -> Response:
    """List what the contacts of a place, and those of its whole site, said in [from_ms, to_ms), and a box of itself."""
    require_window(from_ms, to_ms)
    with seen(given, as_known_ms) as at:
        known = require_place(at.session, place)
        origins = [contact.id for contact in contacts_beside(at.session, known)]
        origins += box_origins(at.session, known)
        found = [event for origin in origins for event in at.session.records.events_of(origin, from_ms, to_ms)]
    found.sort(key=lambda event: (event.taken_ms, event.gateway, event.epoch, event.seq))
    part, following = page_of(found, lambda event: f"{event.gateway}.{event.epoch}.{event.seq}", after, limit)
    return at.answer(Events(place=place, from_ms=from_ms, to_ms=to_ms, items=part, next=following))


@router.get("/api/places/{place}/trace", responses=documented(PlaceTrace, "What its chart shows."))
def trace_of_place(
    given: Given,
    place: ThingId,
    from_ms: Millis | None = None,
    to_ms: Millis | None = None,
    points: Annotated[int, Query(ge=1, le=BUCKETS_MAX, description="Buckets of the window.")] = BUCKETS_DEFAULT,
    as_known_ms: AsKnownMs = None,
) -> Response:
    """Give the trace of a place: every probe with its limits, contacts and findings (left out: the last 24 hours)."""
    now_ms = given.clock.now_ms() if as_known_ms is None else as_known_ms
    window = (now_ms - DAY_MS if from_ms is None else from_ms, now_ms if to_ms is None else to_ms)
    require_window(*window)
    with seen(given, as_known_ms) as at:
        trace = place_trace(at.session, require_place(at.session, place), window, points, now_ms)
    return at.answer(trace, NotRecorded.MARKS)
