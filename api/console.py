"""The overview and the page of one unit; the overview is kept up to date by a stream of its parts."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Final
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from api.answers import WINDOW_MS_MAX
from api.beside_unit import check_character, number_text
from api.context import Context, Given
from api.deciding import KINDS, read_deciding
from api.find import find_units
from api.finding_page import where_text
from api.first import Entry, first_entries
from api.first_centre import centre_entry
from api.first_held import held_entry
from api.live import LiveResponse, Part
from api.overview import Overview, read_overview
from api.pages import macros, missing_page, page, words_for
from api.past import NOW, AsKnown, Past
from api.unit_page import (
    LISTED_MAX,
    chart_window,
    chart_words,
    evidence,
    limits_kept,
    place_name,
    place_names,
    read_unit,
    verdict,
)
from api.wording import Words
from rules.clocks import clocks
from rules.unit_story import story_of

HOURS_MAX: Final = WINDOW_MS_MAX // 3_600_000
RANGES: Final = ((24, "trace.hours", 24), (48, "trace.hours", 48), (168, "trace.days", 7), (840, "trace.days", 35))
PARTS: Final = ("head", "first", "held", "aside", "findings")  # of the overview, beside its tiles

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)

Lang = Annotated[str | None, Query(alias="lang", max_length=8)]
Hours = Annotated[int | None, Query(ge=1, le=HOURS_MAX)]


@router.get("/")
def overview(request: Request, given: Given, past: AsKnown, lang: Lang = None) -> Response:
    """Show what needs somebody first, every place and how it stands, and what is on hold and why."""
    words = words_for(request, given, lang)
    with past.seen(given) as at:
        known = read_overview(at.session, at.now_ms)
    entries = _record_entries(known, words) if past.past else _entries(given, known, words)
    return page(request, words, "overview.html", known.now_ms, known=known, entries=entries)


@router.get("/live")
async def live(request: Request, given: Given, lang: Lang = None) -> Response:
    """Stream the parts of the overview, as they change (server-sent events)."""
    words = words_for(request, given, lang)
    return LiveResponse(given.live, f"overview {words.language}", lambda: overview_parts(given, words))


def overview_parts(given: Context, words: Words) -> Mapping[str, Part]:
    """Return the parts of the overview as they are now, by the name of their event."""
    with given.store.reading() as session:
        known = read_overview(session, given.clock.now_ms())
    made = macros("overview_parts.html", w=words)
    entries = _entries(given, known, words)
    parts = {name: Part.of(str(_part(made, name, known, entries))) for name in PARTS}
    tiles = {f"tile-{one.place}": Part.of(str(made.tile(known, one))) for one in known.standings}
    # The frame of the tiles is sent only when there is another set of places.
    frame = Part(key=" ".join(tiles), text=str(made.places(known)))
    return {**parts, "places": frame, **tiles}


def _entries(given: Context, known: Overview, words: Words) -> list[Entry]:
    return [*centre_entry(given.status(), words), *_record_entries(known, words)]


def _record_entries(known: Overview, words: Words) -> list[Entry]:
    urgent = [one for one in known.urgent if one.open]
    return first_entries(known.every, urgent, known.beside, words, held_entry(known, words))


def _part(made: Any, name: str, known: Overview, entries: Sequence[Entry]) -> Any:  # noqa: ANN401 - macros by name
    return made.first(known, entries) if name == "first" else getattr(made, name)(known)


@router.get("/units/{unit}")
def unit(
    request: Request,
    given: Given,
    past: AsKnown,
    unit: str,
    lang: Lang = None,
    hours: Hours = None,
) -> Response:
    """Show one unit: how it stands, why, what to do next, and everything that is known of it, or was earlier."""
    words = words_for(request, given, lang)
    with past.seen(given) as at:
        session, now_ms = at.session, at.now_ms
        found = session.records.unit(unit)
        if found is None:
            meant = [] if past.past else find_units(session, unit)
            if meant:
                return to_unit(meant[0].id, lang) if len(meant) == 1 else to_found(unit, lang)
            return missing_page(request, words, now_ms, "missing.unit", unit)
        known = read_unit(session, found, now_ms)
        deciding = read_deciding(session, found)
        unit_clocks = clocks(story_of(session, found, now_ms))
    return page(
        request,
        words,
        "unit.html",
        now_ms,
        known=known,
        deciding=deciding,
        unit_clocks=unit_clocks,
        hold_findings={name: view.finding for name, view in known.findings.items()},
        decision_kinds=KINDS,
        verdict=verdict(known, words),
        window=chart_window(known, hours),
        hours=hours,
        ranges=RANGES,
        number=number_text(found),
        check=check_character(found),
        place_name=place_name,
        place_names=place_names,
        chart_words=chart_words,
        evidence=evidence,
        limits_kept=limits_kept,
        where_text=where_text,
        listed_max=LISTED_MAX,
    )


def to_unit(unit: str, lang: str | None, past: Past = NOW) -> Response:
    """Send the browser to the page of a unit."""
    return RedirectResponse(f"/units/{unit}{_query(lang=lang, as_known=past.text or None)}", 303)


def to_found(asked: str, lang: str | None) -> Response:
    """Send the browser to the list of the units that a text may mean."""
    return RedirectResponse(f"/units{_query(q=asked, lang=lang)}", 303)


def _query(**parts: str | None) -> str:
    given = urlencode({name: part for name, part in parts.items() if part is not None})
    return f"?{given}" if given else ""


@router.get("/favicon.ico")
def favicon(request: Request) -> Response:
    """Browsers ask for this name whatever the page says."""
    return Response(status_code=307, headers={"Location": str(request.url_for("static", path="favicon.svg").path)})
