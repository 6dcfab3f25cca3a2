"""The pages of manual rounds: which display is due; at a place what was read, what the probe said, what was counted."""

from collections.abc import Callable, Mapping
from typing import Final

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse

from api.bodies import ACTOR_UNNAMED
from api.console import Lang
from api.context import Context, Given
from api.forms import Form, answered, number_of, text_of
from api.pages import missing_page, page, words_for
from api.past import AsKnown, Past
from api.rounds import count_views, due_rounds, hours_in_force, rounds_of
from api.routes_rounds import typed_celsius, units_scanned
from coldchain.errors import ColdchainError
from coldchain.rounds import RecordCount, RecordRound
from coldchain.units import PersonFact

LISTED_MAX: Final = 50

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)


@router.get("/rounds")
def rounds(request: Request, given: Given, past: AsKnown, lang: Lang = None) -> Response:
    """List the places by when somebody has to read their display."""
    words = words_for(request, given, lang)
    with past.seen(given) as at:
        hours = hours_in_force(at.session) if past.past else given.rounds.hours
        due = due_rounds(at.session, hours, at.now_ms)
        places = {place.id: place for place in at.session.records.places()}
    return page(request, words, "rounds.html", at.now_ms, due=due, places=places, hours=hours)


@router.get("/places/{place}/rounds")
def place_rounds(request: Request, given: Given, past: AsKnown, place: str, lang: Lang = None) -> Response:
    """Show the manual readings and counts of a place, and the forms to add one."""
    return _page(request, given, past, place, lang)


@router.post("/places/{place}/rounds")
async def sign_round(request: Request, given: Given, place: str, form: Form, lang: Lang = None) -> Response:
    """Record what the display shows now."""
    return await _recorded(request, given, place, lang, form, lambda: _round(given, place, form))


@router.post("/places/{place}/counts")
async def sign_count(request: Request, given: Given, place: str, form: Form, lang: Lang = None) -> Response:
    """Record what was counted now."""
    return await _recorded(request, given, place, lang, form, lambda: _count(given, place, form))


async def _recorded(
    request: Request,
    given: Context,
    place: str,
    lang: str | None,
    form: Mapping[str, str],
    made: Callable[[], PersonFact],
) -> Response:
    return await answered(
        given,
        made,
        f"/places/{place}/rounds",
        lambda error: _page(request, given, Past(), place, lang, error, form),
    )


def _round(given: Context, place: str, form: Mapping[str, str]) -> RecordRound:
    return RecordRound(
        place=place,
        micro_celsius=typed_celsius(text_of(form, "celsius")),
        at_ms=given.clock.now_ms(),
        name=text_of(form, "name"),
        post=text_of(form, "post"),
        actor=text_of(form, "name") or ACTOR_UNNAMED,
        note=text_of(form, "note"),
        allowed_micro_celsius=given.rounds.allowed_micro_celsius,
        hours=given.rounds.hours,
    )


def _count(given: Context, place: str, form: Mapping[str, str]) -> RecordCount:
    scanned, unknown = units_scanned(given, form.get("scanned", "").splitlines())
    return RecordCount(
        place=place,
        at_ms=given.clock.now_ms(),
        counted=number_of(form, "counted"),
        scanned=scanned,
        unknown=unknown,
        name=text_of(form, "name"),
        post=text_of(form, "post"),
        actor=text_of(form, "name") or ACTOR_UNNAMED,
    )


def _page(
    request: Request,
    given: Context,
    past: Past,
    place: str,
    lang: str | None,
    error: ColdchainError | None = None,
    form: Mapping[str, str] | None = None,
) -> Response:
    words = words_for(request, given, lang)
    with past.seen(given) as at:
        session, now_ms = at.session, at.now_ms
        found = session.records.place(place)
        if found is None:
            return missing_page(request, words, now_ms, "missing.place", place)
        hours = hours_in_force(session) if past.past else given.rounds.hours
        read = rounds_of(session, found, LISTED_MAX)
        counts = count_views(session.records.stock_counts(place, LISTED_MAX))
        named = {unit for one in counts for unit in (*one.missing, *one.unexpected, *one.unread)}
        units = {name: session.records.unit(name) for name in named}
    return page(
        request,
        words,
        "place_rounds.html",
        now_ms,
        status=409 if error else 200,
        place=found,
        rounds=read,
        counts=counts,
        units=units,
        error=error,
        form=form or {},
        hours=hours,
    )
