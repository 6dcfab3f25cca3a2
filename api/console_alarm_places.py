"""At the fridge: its code to print, and the page behind it, on which a person says that he is on site."""

import io
import ipaddress
from collections.abc import Mapping
from typing import Final
from urllib.parse import urlsplit

import segno
from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import HTMLResponse, RedirectResponse

from api.alarm_views import alarm_title, alarm_view
from api.bodies import ACTOR_UNNAMED
from api.console import Lang
from api.context import Context, Given
from api.forms import Form, text_of
from api.pages import missing_page, page, words_for
from api.past import AsKnown, Past
from api.problems import missing
from coldchain.alarms import ActOnAlarm, Alarm, AlarmActionKind
from coldchain.errors import ColdchainError

MODULE_PIXELS: Final = 6
ACTS_MAX: Final = 50  # alarms of one place that one scan answers

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)


@router.get("/places/{place}/code.svg")
def code(request: Request, given: Given, place: str) -> Response:
    """Give the QR code of a place: the address of its page for those who stand before it."""
    with given.store.reading() as session:
        if session.records.place(place) is None:
            raise missing("place", place)
    out = io.BytesIO()
    segno.make(_address(request, given, place), micro=False, error="q").save(
        out, kind="svg", scale=MODULE_PIXELS, border=4
    )
    return Response(out.getvalue(), media_type="image/svg+xml")


@router.get("/places/{place}/code")
def code_page(request: Request, given: Given, place: str, lang: Lang = None) -> Response:
    """Show the code of a place with its name, to be printed and put on the door."""
    words = words_for(request, given, lang)
    now_ms = given.clock.now_ms()
    with given.store.reading() as session:
        found = session.records.place(place)
    if found is None:
        return missing_page(request, words, now_ms, "missing.place", place)
    address = _address(request, given, place)
    unreachable = stands_for_itself(urlsplit(address).hostname or "")
    return page(request, words, "place_code.html", now_ms, place=found, address=address, unreachable=unreachable)


def _address(request: Request, given: Context, place: str) -> str:
    return f"{(given.public_url or str(request.base_url)).rstrip('/')}/places/{place}/here"


def stands_for_itself(host: str) -> bool:
    """Tell whether a name leads nowhere from another machine: it stands for the machine itself."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


@router.get("/places/{place}/here")
def here(request: Request, given: Given, past: AsKnown, place: str, lang: Lang = None) -> Response:
    """Show what is wrong at this place, and the form to say that one stands there."""
    return _here_page(request, given, past, place, lang)


@router.post("/places/{place}/here")
async def arrive(request: Request, given: Given, place: str, form: Form, lang: Lang = None) -> Response:
    """Record for every active alarm of the place that somebody is on site."""
    error = await run_in_threadpool(_arrive, given, place, form)
    if error is None:
        return RedirectResponse(f"/places/{place}/here", 303)
    return await run_in_threadpool(_here_page, request, given, Past(), place, lang, error, form)


def _arrive(given: Context, place: str, form: Mapping[str, str]) -> ColdchainError | None:
    now_ms = given.clock.now_ms()
    with given.store.reading() as session:
        alarms = _of_place(session.records.active_alarms(), place)
    try:
        for alarm in alarms:
            fact = ActOnAlarm(
                alarm=alarm.id,
                action=AlarmActionKind.ON_SITE,
                at_ms=now_ms,
                comment=text_of(form, "comment"),
                name=text_of(form, "name"),
                post=text_of(form, "post"),
                actor=text_of(form, "name") or ACTOR_UNNAMED,
                scanned=True,
            )
            given.recorder.record(fact)
    except ColdchainError as error:
        return error
    return None


def _of_place(alarms: tuple[Alarm, ...], place: str) -> list[Alarm]:
    return [one for one in alarms if one.place == place][:ACTS_MAX]


def _of_site(alarms: tuple[Alarm, ...], site: str) -> list[Alarm]:
    """Return those of the whole site, which name no place: they concern each of its places."""
    return [one for one in alarms if not one.place and one.site == site][:ACTS_MAX]


def _here_page(
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
        active = session.records.active_alarms()
        views = [alarm_view(session, one, active, now_ms) for one in _of_place(active, place)]
        of_site = [alarm_view(session, one, active, now_ms) for one in _of_site(active, found.site)]
        over = [one for one in session.records.alarms(ACTS_MAX, place) if not one.active]
        names = {found.id: found}
    return page(
        request,
        words,
        "place_here.html",
        now_ms,
        status=409 if error else 200,
        place=found,
        views=views,
        of_site=of_site,
        over=over,
        names=names,
        title=alarm_title,
        error=error,
        form=form or {},
    )
