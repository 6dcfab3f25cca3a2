"""The pages at the fridge: confirming a probe that is warmed by hand, and work on probes and places."""

from collections.abc import Mapping
from typing import Annotated, Final

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from api.answers import MILLIS_MAX
from api.bodies import ACTOR_UNNAMED
from api.console import Lang
from api.context import Context, Given
from api.forms import Form, answered, number_of, text_of
from api.hanging import Confirming, confirming, hanging, work_now
from api.inside import units_inside
from api.pages import missing_page, page, words_for
from api.past import AsKnown, Past
from coldchain.commission import WorkKind
from coldchain.errors import ColdchainError, InvalidValueError
from coldchain.units import CommissionProbe, SayWork

HOUR_MS: Final = 3_600_000
PLANNED_HOURS: Final = (1, 2, 4, 8, 24, 72, 168, 720)

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)

Began = Annotated[int | None, Query(ge=0, le=MILLIS_MAX)]
ProbeName = Annotated[str | None, Query(max_length=32)]


@router.get("/places/{place}/commission")
def commission(
    request: Request,
    given: Given,
    past: AsKnown,
    place: str,
    probe: ProbeName = None,
    began_ms: Began = None,
    lang: Lang = None,
) -> Response:
    """Show the probes of a place to choose from, and, once one is in the hand, which channel moves."""
    return _commission_page(request, given, past, place, probe, began_ms, lang)


@router.post("/places/{place}/commission")
async def confirm(request: Request, given: Given, place: str, form: Form, lang: Lang = None) -> Response:
    """Take a signature: `began_ms` left out begins a session, else it confirms the probe."""
    probe = text_of(form, "probe")
    if number_of(form, "began_ms") is None:
        began_ms = given.clock.now_ms()
        return RedirectResponse(f"/places/{place}/commission?probe={_safe(probe)}&began_ms={began_ms}", 303)
    began = number_of(form, "began_ms")
    return await answered(
        given,
        lambda: _confirmation(given, form),
        f"/places/{place}#live-hang",
        lambda error: _commission_page(request, given, Past(), place, probe, began, lang, error, form),
    )


@router.get("/places/{place}/work")
def work(request: Request, given: Given, past: AsKnown, place: str, lang: Lang = None) -> Response:
    """Show the work that lasts on a place and its probes, and the forms to begin and to end it."""
    return _work_page(request, given, past, place, lang)


@router.post("/places/{place}/work")
async def say_work(request: Request, given: Given, place: str, form: Form, lang: Lang = None) -> Response:
    """Record that work begins or ends now."""
    return await answered(
        given,
        lambda: _work(given, place, form),
        f"/places/{place}#live-hang",
        lambda error: _work_page(request, given, Past(), place, lang, error, form),
    )


def _confirmation(given: Context, form: Mapping[str, str]) -> CommissionProbe:
    now_ms = given.clock.now_ms()
    return CommissionProbe(
        probe=text_of(form, "probe"),
        began_ms=number_of(form, "began_ms") or 0,
        at_ms=now_ms,
        name=text_of(form, "name"),
        post=text_of(form, "post"),
        actor=text_of(form, "name") or ACTOR_UNNAMED,
        good_from_ms=number_of(form, "good_from_ms"),
        reason=text_of(form, "reason"),
    )


def _work(given: Context, place: str, form: Mapping[str, str]) -> SayWork:
    now_ms = given.clock.now_ms()
    kind = text_of(form, "kind")
    if kind not in set(WorkKind):
        msg = f"kind {kind!r} is none of {', '.join(WorkKind)}"
        raise InvalidValueError(msg)
    begins = form.get("begins") == "1"
    hours = number_of(form, "hours")
    return SayWork(
        kind=WorkKind(kind),
        place=place,
        at_ms=now_ms,
        begins=begins,
        reason=text_of(form, "reason"),
        name=text_of(form, "name"),
        post=text_of(form, "post"),
        actor=text_of(form, "name") or ACTOR_UNNAMED,
        probe=text_of(form, "probe"),
        until_ms=now_ms + hours * HOUR_MS if begins and hours else None,
        counted_empty=form.get("counted_empty") == "1",
    )


def _commission_page(
    request: Request,
    given: Context,
    past: Past,
    place: str,
    probe: str | None,
    began_ms: int | None,
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
        probes = hanging(session, found, now_ms)
        chosen = next((one for one in probes if one.probe.id == probe), None)
        begun = chosen is not None and began_ms is not None and began_ms <= now_ms
        told = confirming(session, chosen.probe, began_ms or 0, now_ms) if chosen and begun else None
        names = {one.id: one for one in session.records.places()}
    return page(
        request,
        words,
        "commission.html",
        now_ms,
        status=409 if error else 200,
        place=found,
        probes=probes,
        chosen=chosen,
        told=told,
        verdict=_verdict_key(told),
        names=names,
        error=error,
        form=form or {},
    )


def _verdict_key(told: Confirming | None) -> str:
    if told is None or (told.moved is None and not told.ambiguous):
        return "commission.verdict.none"
    if told.moved is None:
        return "commission.verdict.ambiguous"
    return "commission.verdict.this" if told.moved == told.probe else "commission.verdict.other"


def _work_page(
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
        probes = hanging(session, found, now_ms)
        lasting = work_now(session, place, now_ms)
        inside = len(units_inside(session, place, now_ms))
    return page(
        request,
        words,
        "work.html",
        now_ms,
        status=409 if error else 200,
        place=found,
        probes=probes,
        lasting=lasting,
        checked={one.probe for one in lasting},
        inside=inside,
        hours=PLANNED_HOURS,
        error=error,
        form=form or {},
    )


def _safe(probe: str) -> str:
    return probe if probe.replace("-", "").isalnum() and probe.isascii() else ""
