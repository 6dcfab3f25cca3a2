"""The page of one place, and what was inside it at a moment."""

from typing import Annotated, Final

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import HTMLResponse

from api.answers import MILLIS_MAX
from api.console import Lang
from api.context import Given
from api.finding_page import where_text
from api.local_alarms import alarm_text
from api.pages import macros, missing_page, page, words_for
from api.past import AsKnown, in_the_past
from api.place_page import (
    HOUR_MS,
    HOURS_DEFAULT,
    RANGES,
    battery_text,
    contact_text,
    place_chart_words,
    place_entries,
    place_window,
    position_text,
    read_inside,
    read_place,
    stored_text,
)
from api.report_words import share_text
from api.signals import signal_text

RANGE_HOURS_MAX: Final = 35 * 24  # as long as red cells live

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)

Hours = Annotated[int, Query(ge=1, le=RANGE_HOURS_MAX)]
Moment = Annotated[int | None, Query(ge=0, le=MILLIS_MAX)]


@router.get("/places/{place}")
def place(
    request: Request,
    given: Given,
    past: AsKnown,
    place: str,
    lang: Lang = None,
    hours: Hours = HOURS_DEFAULT,
    until_ms: Moment = None,
    at_ms: Moment = None,
) -> Response:
    """Show one place: how it stands, its curve, what happened to it, what was inside at a moment, its devices."""
    words = words_for(request, given, lang)
    with past.seen(given) as at:
        session, now_ms = at.session, at.now_ms
        found = session.records.place(place)
        if found is None:
            return missing_page(request, words, now_ms, "missing.place", place)
        known = read_place(session, found, now_ms)
        inside = read_inside(session, place, now_ms if at_ms is None else at_ms, chosen=at_ms is not None)
    window = place_window(hours, until_ms, now_ms)
    return page(
        request,
        words,
        "place.html",
        now_ms,
        known=known,
        entries=place_entries(known, words),
        inside=inside,
        window=window,
        hours=hours,
        ranges=RANGES,
        follows=until_ms is None,
        step_ms=hours * HOUR_MS // 2,
        contact_text=contact_text,
        local_text=alarm_text,
        stored_text=stored_text,
        position_text=position_text,
        battery_text=battery_text,
        signal_text=signal_text,
        chart_words=place_chart_words,
        where_text=where_text,
        share_text=share_text,
    )


@router.get("/places/{place}/inside")
def inside(
    request: Request, given: Given, past: AsKnown, place: str, at_ms: Moment = None, lang: Lang = None
) -> Response:
    """Give the part of the page that lists what was inside at a moment."""
    words = words_for(request, given, lang)
    with past.seen(given) as at:
        session, now_ms = at.session, at.now_ms
        if session.records.place(place) is None:
            return missing_page(request, words, now_ms, "missing.place", place)
        known = read_inside(session, place, now_ms if at_ms is None else at_ms, chosen=at_ms is not None)
    part = str(macros("inside.html", w=words).inside_list(known))
    return HTMLResponse(in_the_past(part, past, "") if past.past else part)
