"""Finding a bag by what is printed on it: one match is its page, several are a list, none is said."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import HTMLResponse

from api.beside_unit import number_text
from api.console import Lang, to_unit
from api.context import Given
from api.find import ASKED_MAX, FOUND_MAX, find_units
from api.finding_page import where_text
from api.pages import page, words_for
from api.past import AsKnown
from api.whereabouts import where_is

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)

Asked = Annotated[str, Query(max_length=4 * ASKED_MAX)]


@router.get("/units")
def find(request: Request, given: Given, past: AsKnown, q: Asked = "", lang: Lang = None) -> Response:
    """Show the unit with this id or donation number, or list those with the number."""
    words = words_for(request, given, lang)
    with past.seen(given) as at:
        session, now_ms = at.session, at.now_ms
        units = find_units(session, q)
        if len(units) == 1:
            return to_unit(units[0].id, lang, past)
        found = [(unit, number_text(unit), where_is(session, unit.id, now_ms)) for unit in units]
        names = {place.id: place for place in session.records.places()}
    return page(
        request,
        words,
        "found.html",
        now_ms,
        status=200 if found or not q.strip() else 404,
        asked=q.strip()[:ASKED_MAX],
        found=found,
        full=len(found) == FOUND_MAX,
        names=names,
        where_text=where_text,
    )
