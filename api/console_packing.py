"""The pages on which the packing list of a box is written, and on which it is said anew when it is expected."""

from collections.abc import Mapping

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse
from pydantic import ValidationError

from api.bodies import ManifestBody
from api.console import Lang
from api.context import Context, Given
from api.custody_forms import instant_of, lines_of, named_unit, signed
from api.forms import Form, answered, text_of
from api.pages import missing_page, page, words_for
from coldchain.arrival import arrival_of
from coldchain.closed_loop import ExpectAnew, Party
from coldchain.errors import ColdchainError, InvalidValueError
from coldchain.places import PlaceKind
from coldchain.units import PackBox

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)


@router.get("/places/{place}/pack")
def packing(request: Request, given: Given, place: str, lang: Lang = None) -> Response:
    """Show the form, with the newest list of the box."""
    return _page(request, given, place, lang)


@router.post("/places/{place}/pack")
async def pack(request: Request, given: Given, place: str, form: Form, lang: Lang = None) -> Response:
    """Take a packing list."""
    return await answered(
        given,
        lambda: packed_of(given, place, form),
        f"/places/{place}",
        lambda error: _page(request, given, place, lang, error, form),
    )


def packed_of(given: Context, box: str, form: Mapping[str, str]) -> PackBox:
    """Return what a form says was packed. Raises InvalidValueError for what is left out or cannot be."""
    name, to = text_of(form, "name"), text_of(form, "destination")
    if not name:
        raise InvalidValueError("sign with your name")
    if not to:
        raise InvalidValueError("say where the box goes")
    at_ms, units = instant_of(given, form), lines_of(form, "units")
    if not units:
        raise InvalidValueError("name the bags that were put in")
    with given.store.reading() as session:
        named = [named_unit(session, one) for one in units]
    said = {
        "id": text_of(form, "id") or _token(box, at_ms),
        "box": box,
        "units": named,
        "packed_ms": at_ms,
        "destination": to,
        "courier": text_of(form, "courier"),
        "patient": text_of(form, "patient"),
        "expected_ms": instant_of(given, form, "expected") if text_of(form, "expected") else None,
    }
    try:
        return ManifestBody.model_validate(said).fact(name, given.clock.now_ms())
    except ValidationError as error:
        msg = f"{error.errors()[0]['loc'][0]} cannot be taken as it is written"
        raise InvalidValueError(msg) from error


@router.get("/places/{place}/expected")
def expecting(request: Request, given: Given, place: str, lang: Lang = None) -> Response:
    """Show the form for a new expected time of the newest list, with all that were said."""
    return _page(request, given, place, lang, template="expected.html")


@router.post("/places/{place}/expected")
async def expect(request: Request, given: Given, place: str, form: Form, lang: Lang = None) -> Response:
    """Take a new expected time."""
    return await answered(
        given,
        lambda: expected_of(given, form),
        f"/places/{place}",
        lambda error: _page(request, given, place, lang, error, form, template="expected.html"),
    )


def expected_of(given: Context, form: Mapping[str, str]) -> ExpectAnew:
    """Return when a form says that a box is expected. Raises InvalidValueError for what is left out or cannot be."""
    if not text_of(form, "expected"):
        raise InvalidValueError("say when it is expected now")
    return ExpectAnew(
        manifest=text_of(form, "manifest"),
        expected_ms=instant_of(given, form, "expected"),
        reason=text_of(form, "reason"),
        at_ms=instant_of(given, form),
        **signed(form),
    )


def _page(
    request: Request,
    given: Context,
    place: str,
    lang: str | None,
    error: ColdchainError | None = None,
    form: Mapping[str, str] | None = None,
    template: str = "pack.html",
) -> Response:
    words, now_ms = words_for(request, given, lang), given.clock.now_ms()
    with given.store.reading() as session:
        box = session.records.place(place)
        if box is None or box.kind is not PlaceKind.BOX:
            return missing_page(request, words, now_ms, "missing.place", place)
        newest = next(iter(session.records.manifests(place)[-1:]), None)
        arrival = None if newest is None else arrival_of(session, newest)
        hands = () if newest is None else session.records.handovers_of(newest.id)
    return page(
        request,
        words,
        template,
        now_ms,
        status=200 if error is None else 409,
        box=box,
        newest=newest,
        arrival=arrival,
        received=any(one.party is Party.RECEIVER for one in hands),
        token=(form or {}).get("id") or _token(place, now_ms),
        error=error,
        form=form or {},
    )


def _token(box: str, at_ms: int) -> str:
    return f"list-{at_ms}-{box}"[:32].rstrip("-")
