"""The pages on which people decide: a unit with its evidence and a form to sign, and the list of what is open."""

from collections.abc import Mapping

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse

from api.beside_unit import number_text
from api.bodies import ACTOR_UNNAMED
from api.console import Lang
from api.context import Context, Given
from api.deciding import DECISIONS_MAX, KINDS, open_holds, read_deciding
from api.forms import Form, answered, text_of
from api.pages import missing_page, page, words_for
from api.past import AsKnown
from coldchain.deciding import DecideUnit, DecisionKind
from coldchain.errors import ColdchainError, InvalidValueError

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)


@router.get("/decisions")
def decisions(request: Request, given: Given, past: AsKnown, lang: Lang = None) -> Response:
    """List the units on which somebody has to decide, then what was decided last."""
    words = words_for(request, given, lang)
    with past.seen(given) as at:
        session, now_ms = at.session, at.now_ms
        opened, opened_all = open_holds(session)
        decided = session.records.decisions(DECISIONS_MAX)
        units = {one.unit: session.records.unit(one.unit) for one in decided}
    return page(
        request,
        words,
        "decisions.html",
        now_ms,
        opened=opened,
        opened_all=opened_all,
        decided=decided,
        units=units,
        number_text=number_text,
    )


@router.get("/units/{unit}/decide")
def decide(request: Request, given: Given, unit: str, lang: Lang = None) -> Response:
    """Show the evidence against a unit, and the form to decide on it."""
    return _decide_page(request, given, unit, lang)


@router.post("/units/{unit}/decide")
async def sign(request: Request, given: Given, unit: str, form: Form, lang: Lang = None) -> Response:
    """Take a signed decision."""
    return await answered(
        given,
        lambda: _decision(given, unit, form),
        f"/units/{unit}#decisions",
        lambda error: _decide_page(request, given, unit, lang, error, form),
    )


def _decision(given: Context, unit: str, form: Mapping[str, str]) -> DecideUnit:
    decision = text_of(form, "decision")
    if decision not in set(DecisionKind):
        msg = "choose what is to be done with the unit"
        raise InvalidValueError(msg)
    return DecideUnit(
        unit=unit,
        holds=tuple(sorted(name.removeprefix("hold:") for name in form if name.startswith("hold:"))),
        decision=DecisionKind(decision),
        evidence=text_of(form, "evidence"),
        seen=tuple(form.get("seen", "").split()),
        at_ms=given.clock.now_ms(),
        name=text_of(form, "name"),
        post=text_of(form, "post"),
        reason=text_of(form, "reason"),
        actor=text_of(form, "name") or ACTOR_UNNAMED,
        second_name=text_of(form, "second_name"),
        second_post=text_of(form, "second_post"),
    )


def _decide_page(
    request: Request,
    given: Context,
    unit: str,
    lang: str | None,
    error: ColdchainError | None = None,
    form: Mapping[str, str] | None = None,
) -> Response:
    words = words_for(request, given, lang)
    now_ms = given.clock.now_ms()
    with given.store.reading() as session:
        found = session.records.unit(unit)
        if found is None:
            return missing_page(request, words, now_ms, "missing.unit", unit)
        deciding = read_deciding(session, found)
        findings = {hold.finding: session.records.finding(hold.finding) for hold in deciding.holds}
    return page(
        request,
        words,
        "decide.html",
        now_ms,
        status=409 if error else 200,
        deciding=deciding,
        findings=findings,
        kinds=KINDS,
        error=error,
        form=form or {},
        number=number_text(found),
    )
