"""The pages on which custody is written: acts, ends, owner and mistakes of a unit; containers; keys of gateways."""

from collections.abc import Mapping
from typing import Any, Final

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse

from api.beside_unit import number_text
from api.console import Lang
from api.context import Context, Given
from api.custody_forms import act_of, end_of, intent_of, key_end_of, mistake_of, moved_of, owner_of
from api.expiries import to_be_confirmed
from api.forms import Form, answered
from api.pages import missing_page, page, words_for
from api.past import NOW, AsKnown, Past
from api.whereabouts import whereabouts_of
from coldchain.errors import ColdchainError, InvalidValueError, UnknownThingError
from coldchain.lineage import Act, EndHow, ErrorOf, Said
from coldchain.places import CONTAINERS
from coldchain.ports import Session
from coldchain.units import PersonFact, Unit
from rules.containers import inside_of

ACTS: Final = (Act.THAW, Act.WASH, Act.IRRADIATE, Act.FILTER, Act.SPLIT, Act.POOL, Act.DIVIDE_ALIQUOT)
ENDS: Final = (EndHow.TRANSFUSED, EndHow.DISCARDED, EndHow.EXPIRED, EndHow.RETURNED)  # what people say
WORDS_MAX: Final = 40  # of each kind, the newest

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)


@router.get("/units/{unit}/act")
def unit_forms(request: Request, given: Given, unit: str, lang: Lang = None) -> Response:
    """Show the forms for what is done with a unit."""
    return _unit_page(request, given, unit, lang)


@router.post("/units/{unit}/act")
async def unit_act(request: Request, given: Given, unit: str, form: Form, lang: Lang = None) -> Response:
    """Take an act, an end, an owner or a declared mistake, whichever form was sent."""

    def fact() -> PersonFact:
        with given.store.reading() as session:
            found = session.records.unit(unit)
            if found is None:
                msg = f"unit {unit:.64} is not registered"
                raise UnknownThingError(msg)
            return _unit_fact(given, session, found, form)

    return await answered(
        given, fact, f"/units/{unit}/custody", lambda error: _unit_page(request, given, unit, lang, error, form)
    )


@router.get("/containers")
def containers(request: Request, given: Given, past: AsKnown, lang: Lang = None) -> Response:
    """Show every container, where it stands and what is in it, with the form to put in and take out."""
    return _containers_page(request, given, lang, past=past)


@router.post("/containers")
async def move(request: Request, given: Given, form: Form, lang: Lang = None) -> Response:
    """Take what was put into a container or taken out of it, or that such a word was wrong."""

    def fact() -> PersonFact:
        with given.store.reading() as session:
            return mistake_of(given, form) if form.get("form") == "mistake" else moved_of(given, session, form)

    return await answered(given, fact, "/containers", lambda error: _containers_page(request, given, lang, error, form))


@router.get("/keys")
def keys(request: Request, given: Given, lang: Lang = None) -> Response:
    """Show the keys that sign for gateways, with the form to end one."""
    return _keys_page(request, given, lang)


@router.post("/keys")
async def end_key(request: Request, given: Given, form: Form, lang: Lang = None) -> Response:
    """End a key for good."""
    return await answered(
        given, lambda: key_end_of(given, form), "/keys", lambda error: _keys_page(request, given, lang, error, form)
    )


def _unit_fact(given: Context, session: Session, unit: Unit, form: Mapping[str, str]) -> PersonFact:
    match form.get("form"):
        case "act":
            return act_of(given, session, unit, form)
        case "end":
            return end_of(given, unit, form)
        case "owner":
            return owner_of(given, unit, form)
        case "intent":
            return intent_of(given, unit, form)
        case "mistake":
            return mistake_of(given, form)
        case _:
            raise InvalidValueError("choose what was done")


def _unit_page(
    request: Request,
    given: Context,
    unit: str,
    lang: str | None,
    error: ColdchainError | None = None,
    form: Mapping[str, str] | None = None,
) -> Response:
    words, now_ms = words_for(request, given, lang), given.clock.now_ms()
    with given.store.reading() as session:
        found = session.records.unit(unit)
        if found is None:
            return missing_page(request, words, now_ms, "missing.unit", unit)
        parts: dict[str, Any] = {
            "unit": found,
            "number": number_text(found),
            "end": session.records.unit_end(unit),
            "unchecked": to_be_confirmed(session, found),
            "places": {place.id: place for place in session.records.places()},
            "profiles": session.records.profiles(),
            "said": said_of(session, unit),
            "where": whereabouts_of(session, unit, now_ms).place or "",
        }
    token = (form or {}).get("id") or f"act-{now_ms}-{unit}"[:64]
    return page(
        request,
        words,
        "custody_forms.html",
        now_ms,
        status=_status(error),
        acts=ACTS,
        ends=ENDS,
        token=token,
        error=error,
        form=form or {},
        **parts,
    )


def said_of(session: Session, unit: str) -> list[tuple[ErrorOf, Said]]:
    """Return what people said of a unit and may declare an error, the newest first."""
    records = session.records
    end = records.unit_end(unit)
    edges = [*records.made_of(unit), *records.made_from(unit)]
    acts = {edge.act: edge.at_ms for edge in edges}
    found = [
        *((ErrorOf.PLACEMENT, one.at_ms, one.place or "") for one in records.placements_of_unit(unit)[-WORDS_MAX:]),
        *((ErrorOf.BINDING, one.from_ms, one.epc) for one in records.bindings_of_unit(unit)[-WORDS_MAX:]),
        *((ErrorOf.ISSUE, one.at_ms, one.to) for one in records.issues_of_unit(unit)[-WORDS_MAX:]),
        *((ErrorOf.TRANSFORMATION, at_ms, act) for act, at_ms in acts.items()),
        *([(ErrorOf.UNIT_END, end.at_ms, "")] if end is not None and not end.act else []),
    ]
    said = [(of, Said(unit=unit, at_ms=at_ms, object=thing)) for of, at_ms, thing in found]
    return sorted(said, key=lambda pair: (-pair[1].at_ms, pair[0], pair[1].object))


def _containers_page(
    request: Request,
    given: Context,
    lang: str | None,
    error: ColdchainError | None = None,
    form: Mapping[str, str] | None = None,
    past: Past = NOW,
) -> Response:
    words = words_for(request, given, lang)
    with past.seen(given) as at:
        session, now_ms = at.session, at.now_ms
        places = {place.id: place for place in session.records.places()}
        held = [place for place in places.values() if place.kind in CONTAINERS]
        around = {place.id: inside_of(place.id, now_ms, session.records.containments_of) for place in held}
        said = [
            (ErrorOf.CONTAINMENT, Said(unit=one.container, at_ms=one.at_ms, object=one.parent or ""))
            for place in held
            for one in session.records.containments_of(place.id)[-WORDS_MAX:]
        ]
    said.sort(key=lambda pair: (-pair[1].at_ms, pair[1].unit))
    return page(
        request,
        words,
        "containers.html",
        now_ms,
        status=_status(error),
        places=places,
        containers=held,
        around=around,
        said=said,
        error=error,
        form=form or {},
    )


def _keys_page(
    request: Request,
    given: Context,
    lang: str | None,
    error: ColdchainError | None = None,
    form: Mapping[str, str] | None = None,
) -> Response:
    words, now_ms = words_for(request, given, lang), given.clock.now_ms()
    with given.store.reading() as session:
        found = session.records.gateway_keys()
    return page(request, words, "keys.html", now_ms, status=_status(error), keys=found, error=error, form=form or {})


def _status(error: ColdchainError | None) -> int:
    return 200 if error is None else 409
