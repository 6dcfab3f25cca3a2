"""The web console's pages: the overview and the page of one unit, in Chinese and English."""

import re
from pathlib import Path
from typing import Annotated, Any, Final

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from api.answers import WINDOW_MS_MAX
from api.context import Context, Given
from api.inside import inside_kind
from api.start_page import read_start
from api.unit_page import (
    LISTED_MAX,
    chart_window,
    chart_words,
    check_character,
    evidence,
    finding_title,
    number_text,
    place_name,
    place_names,
    read_unit,
    verdict,
)
from api.wording import Language, Words, language_of

COOKIE: Final = "language"
COOKIE_AGE_S: Final = 365 * 86_400
HOURS_MAX: Final = WINDOW_MS_MAX // 3_600_000
RANGES: Final = ((24, "trace.hours", 24), (48, "trace.hours", 48), (168, "trace.days", 7), (840, "trace.days", 35))

_TIME: Final = re.compile(r"(\d{4}-\d\d-\d\d(?: \d\d:\d\d:\d\d)?)")

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)

_pages = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=select_autoescape(default=True),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def _cut_at_times(text: str) -> list[str]:
    """Cut a text so that every second part is a date or time, to be kept on one line."""
    return _TIME.split(text)


def _in_fours(text: str) -> list[str]:
    """Cut an EPC into its 16-bit words, between which a line may break."""
    return [text[at : at + 4] for at in range(0, len(text), 4)]


_pages.filters["cut_at_times"] = _cut_at_times
_pages.filters["in_fours"] = _in_fours

Lang = Annotated[str | None, Query(alias="lang", max_length=8)]
Hours = Annotated[int | None, Query(ge=1, le=HOURS_MAX)]


@router.get("/")
def start(request: Request, given: Given, lang: Lang = None) -> Response:
    """Show every place and its state, the units on hold, and the findings."""
    words = _words(request, given, lang)
    with given.store.reading() as session:
        known = read_start(session, given.clock.now_ms())
    return _page(request, words, "start.html", known.now_ms, known=known, finding_title=finding_title)


@router.get("/units/{unit}")
def unit(request: Request, given: Given, unit: str, lang: Lang = None, hours: Hours = None) -> Response:
    """Show one unit: how it stands, why, what to do next, and everything that is known of it."""
    words = _words(request, given, lang)
    now_ms = given.clock.now_ms()
    with given.store.reading() as session:
        found = session.records.unit(unit)
        if found is None:
            return _page(request, words, "missing.html", now_ms, status=404, name=unit[:64])
        known = read_unit(session, found, now_ms)
    return _page(
        request,
        words,
        "unit.html",
        now_ms,
        known=known,
        verdict=verdict(known, words),
        window=chart_window(known, hours),
        hours=hours,
        ranges=RANGES,
        number=number_text(found),
        check=check_character(found),
        finding_title=finding_title,
        place_name=place_name,
        place_names=place_names,
        chart_words=chart_words,
        evidence=evidence,
        how_inside=inside_kind,
        listed_max=LISTED_MAX,
    )


@router.get("/favicon.ico")
def favicon(request: Request) -> Response:
    """Browsers ask for this name whatever the page says."""
    return Response(status_code=307, headers={"Location": str(request.url_for("static", path="favicon.svg").path)})


def _words(request: Request, given: Context, lang: str | None) -> Words:
    language = language_of(lang, request.cookies.get(COOKIE), request.headers.get("accept-language"))
    return Words(language=language, zone=given.zone)


def _page(
    request: Request,
    words: Words,
    template: str,
    now_ms: int,
    *,
    status: int = 200,
    **parts: Any,  # noqa: ANN401 - what a template asks for
) -> Response:
    other = Language.EN if words.language is Language.ZH else Language.ZH
    parts |= {"w": words, "now_ms": now_ms, "other": str(request.url.include_query_params(lang=other).query)}
    html = _pages.get_template(template).render(parts)
    response = HTMLResponse(html, status, {"Content-Language": "zh-CN" if words.language is Language.ZH else "en"})
    if request.query_params.get("lang") == words.language:
        response.set_cookie(COOKIE, words.language, max_age=COOKIE_AGE_S, httponly=True, samesite="lax")
    return response
