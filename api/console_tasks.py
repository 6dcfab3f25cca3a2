"""The pages of tasks: what is to be done, bags ticked off by scans; calls; what the issuing system does not know."""

from collections.abc import Mapping, Sequence
from typing import Final

from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import HTMLResponse

from api.bodies import ACTOR_UNNAMED
from api.console import Lang
from api.console_findings import urgent_page
from api.context import Context, Given
from api.finding_page import where_text
from api.forms import Form, answered, taken, text_of
from api.pages import page, words_for
from api.past import NOW, AsKnown, Past
from api.routes_tasks import task_view, unit_scanned
from api.whereabouts import where_is
from coldchain.errors import ColdchainError
from coldchain.tasks import CallUrgent, HoldChange, TaskKind, TickBag

LISTED_MAX: Final = 500

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)


@router.get("/tasks")
def tasks(request: Request, given: Given, past: AsKnown, lang: Lang = None) -> Response:
    """List what is to be done, with a form to tick bags off."""
    return _page(request, given, lang, past=past)


@router.post("/tasks/{task}/ticks")
async def tick(request: Request, given: Given, task: str, form: Form, lang: Lang = None) -> Response:
    """Tick a bag off."""
    error = await run_in_threadpool(taken, given, lambda: _tick(given, task, form))
    # Bags are ticked off one after the other: who does it stands there for the next one, where it went as well.
    kept = dict(form) if error else {name: form.get(name, "") for name in ("name", "post", "to")}
    return await run_in_threadpool(_page, request, given, lang, error, kept, task)


@router.post("/urgent/{unit}/calls")
async def call(request: Request, given: Given, unit: str, form: Form, lang: Lang = None) -> Response:
    """Record who was called because of a unit."""
    return await answered(
        given,
        lambda: _call(given, unit, form),
        "/urgent",
        lambda error: urgent_page(request, given, lang, unit, error, form),
    )


@router.get("/issuing")
def issuing(request: Request, given: Given, past: AsKnown, lang: Lang = None) -> Response:
    """List, to be printed, the units whose holds the issuing system has not confirmed, what is on hold first.

    Whether one is on hold is asked of the holds that stand. The newest come first; what is left out is counted.
    """
    words = words_for(request, given, lang)
    with past.seen(given) as at:
        session, now_ms = at.session, at.now_ms
        held, lifted = _newest(session.records.held_not_known()), _newest(session.records.liftings_not_known())
        waiting = [(name, True) for name in held] + [(name, False) for name in lifted]
        units = [
            (where_is(session, name, now_ms), on) for name, on in waiting[:LISTED_MAX] if session.records.unit(name)
        ]
        places = {one.id: one for one in session.records.places()}
        rules = session.records.task_rules()
    left = (max(len(held) - LISTED_MAX, 0), max(len(waiting) - max(len(held), LISTED_MAX), 0))
    return page(
        request,
        words,
        "issuing.html",
        now_ms,
        units=units,
        places=places,
        where_text=where_text,
        held=len(held),
        lifted=len(lifted),
        left=left,
        rules=rules,
    )


def _newest(changes: Sequence[HoldChange]) -> list[str]:
    """Return the units of changes in their order, that of the last one first."""
    return list(dict.fromkeys(one.unit for one in reversed(changes)))


def _tick(given: Context, task: str, form: Mapping[str, str]) -> TickBag:
    with given.store.reading() as session:
        unit = unit_scanned(session, text_of(form, "scan"))
    return TickBag(
        task=task,
        unit=unit,
        at_ms=given.clock.now_ms(),
        name=text_of(form, "name"),
        post=text_of(form, "post"),
        actor=text_of(form, "name") or ACTOR_UNNAMED,
        to=text_of(form, "to"),
    )


def _call(given: Context, unit: str, form: Mapping[str, str]) -> CallUrgent:
    return CallUrgent(
        unit=unit,
        against=tuple(form.get("line", "").split()),
        called=text_of(form, "called"),
        answer=text_of(form, "answer"),
        at_ms=given.clock.now_ms(),
        name=text_of(form, "name"),
        post=text_of(form, "post"),
        actor=text_of(form, "name") or ACTOR_UNNAMED,
    )


def _page(
    request: Request,
    given: Context,
    lang: str | None,
    error: ColdchainError | None = None,
    form: Mapping[str, str] | None = None,
    ticked: str = "",
    past: Past = NOW,
) -> Response:
    words = words_for(request, given, lang)
    with past.seen(given) as at:
        session, now_ms = at.session, at.now_ms
        views = [task_view(session, one, now_ms) for one in session.records.open_tasks()]
        places = {one.id: one for one in session.records.places()}
        units = {name: session.records.unit(name) for view in views for name in view.left}
    scanned = [view.task.id for view in views if view.task.kind is TaskKind.ISOLATE]
    focus = ticked if ticked in scanned else next(iter(scanned), "")
    parts = {
        "focus": focus,
        "ticked": ticked,
        "views": views,
        "places": places,
        "units": units,
        "error": error,
        "form": form or {},
    }
    return page(request, words, "tasks.html", now_ms, status=409 if error else 200, **parts)
