"""The list of findings, the page of one, and the urgent list."""

from collections.abc import Mapping
from typing import Annotated, Final

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import HTMLResponse

from api.answers import page_of
from api.console import Lang
from api.context import Context, Given
from api.finding_page import finding_facts, finding_head, finding_steps, finding_window, read_finding, where_text
from api.overview import probe_roles
from api.pages import missing_page, page, words_for
from api.past import NOW, AsKnown, Past
from api.place_page import place_chart_words
from api.running import finding_view
from api.urgent import urgent_units
from coldchain.errors import ColdchainError, InvalidValueError
from coldchain.identifiers import ID_PATTERN
from coldchain.units import FindingStatus

ROWS: Final = 50  # findings on one page of the list
URGENT_MAX: Final = 500  # units on one page

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)

OfPlace = Annotated[str | None, Query(pattern=f"^({ID_PATTERN})?$")]
OfStatus = Annotated[str | None, Query(pattern=f"^({'|'.join(FindingStatus)})?$")]
After = Annotated[str, Query(max_length=64)]


@router.get("/findings")
def findings(
    request: Request,
    given: Given,
    past: AsKnown,
    lang: Lang = None,
    place: OfPlace = None,
    status: OfStatus = None,
    after: After = "",
) -> Response:
    """List findings, the newest first, of one place or one status if that is asked for."""
    words = words_for(request, given, lang)
    with past.seen(given) as at:
        session, now_ms = at.session, at.now_ms
        wanted = FindingStatus(status) if status else None
        found = session.records.findings(place=place or None, status=wanted)[::-1]
        try:
            part, following = page_of(found, lambda finding: finding.id, after, ROWS)
        except InvalidValueError:
            part, following = list(found[:ROWS]), None
        views = [finding_view(session, finding, now_ms) for finding in part]
        names = {one.id: one for one in session.records.places()}
        roles = probe_roles(session)
    return page(
        request,
        words,
        "findings.html",
        now_ms,
        views=views,
        names=names,
        roles=roles,
        all=len(found),
        following=following,
        chosen_place=place or "",
        chosen_status=status or "",
        statuses=list(FindingStatus),
    )


@router.get("/findings/{finding}")
def finding(request: Request, given: Given, past: AsKnown, finding: str, lang: Lang = None) -> Response:
    """Show one finding: what happened, under which limits, whom it touches and where they are, what to do."""
    words = words_for(request, given, lang)
    with past.seen(given) as at:
        session, now_ms = at.session, at.now_ms
        found = session.records.finding(finding)
        if found is None:
            return missing_page(request, words, now_ms, "missing.finding", finding)
        known = read_finding(session, found, now_ms)
    return page(
        request,
        words,
        "finding.html",
        now_ms,
        known=known,
        head=finding_head(known, words),
        facts=finding_facts(known, words),
        steps=finding_steps(known, words),
        window=finding_window(known),
        where_text=where_text,
        chart_words=place_chart_words,
    )


@router.get("/urgent")
def urgent(request: Request, given: Given, past: AsKnown, lang: Lang = None) -> Response:
    """List the units that are on hold and were handed out: whom to call."""
    return urgent_page(request, given, lang, past=past)


def urgent_page(
    request: Request,
    given: Context,
    lang: str | None,
    unit: str = "",
    error: ColdchainError | None = None,
    form: Mapping[str, str] | None = None,
    past: Past = NOW,
) -> Response:
    """Return the urgent list; a call about `unit` that was refused stands above it as it was filled in."""
    words = words_for(request, given, lang)
    with past.seen(given) as at:
        session, now_ms = at.session, at.now_ms
        units = urgent_units(session, now_ms)
        named = dict.fromkeys(name for one in units[:URGENT_MAX] for name in one.findings)
        found = {name: one for name in named if (one := session.records.finding(name))}
        names = {one.id: one for one in session.records.places()}
    shown = units[:URGENT_MAX]
    return page(
        request,
        words,
        "urgent.html",
        now_ms,
        status=409 if error else 200,
        refused_unit=unit,
        error=error,
        form=form or {},
        units=shown,
        all=len(units),
        waiting=sum(one.open for one in units),
        findings=found,
        names=names,
    )
