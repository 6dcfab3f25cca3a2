"""The pages of the register: what is due, the forms to enter it, and the look-back of a failed certificate."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Final

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import HTMLResponse

from api.bodies import ACTOR_UNNAMED
from api.console import Lang
from api.context import Context, Given
from api.forms import Form, answered, number_of, text_of
from api.pages import missing_page, page, words_for
from api.past import AsKnown, Past
from api.register import look_back, points_of
from coldchain.errors import ColdchainError, InvalidValueError
from coldchain.places import PlaceKind
from coldchain.register import (
    BoxQualification,
    Certificate,
    MappingStudy,
    OfRegister,
    RecordCertificate,
    RecordMapping,
    RecordQualification,
)
from coldchain.temperature import micro_celsius
from rules.due import due_list

SOON_MS: Final = 30 * 86_400_000
CERTIFICATES_MAX: Final = 200

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)

Numbered = Annotated[str, Query(min_length=1, max_length=64)]


@router.get("/register")
def register(request: Request, given: Given, past: AsKnown, lang: Lang = None) -> Response:
    """Show what is due and overdue, what was entered, and the forms to enter more."""
    return _page(request, given, past, lang, {})


@router.post("/register")
async def enter(request: Request, given: Given, form: Form, lang: Lang = None) -> Response:
    """Enter a certificate, a mapping study or a qualification."""
    return await answered(
        given,
        lambda: _fact(given, form),
        "/register",
        lambda error: _page(request, given, Past(), lang, form, error),
    )


@router.get("/register/look-back")
def look_back_page(
    request: Request, given: Given, past: AsKnown, serial: Numbered, number: Numbered, lang: Lang = None
) -> Response:
    """Show which places and units an instrument watched before it was found to be off."""
    words = words_for(request, given, lang)
    with past.seen(given) as at:
        session, now_ms = at.session, at.now_ms
        found = [one for one in session.records.certificates_of(serial) if one.number == number]
        if not found:
            return missing_page(request, words, now_ms, "missing.certificate", f"{serial} {number}")
        seen = look_back(session, found[0])
        units = {name: session.records.unit(name) for name in seen.units}
        places = {place.id: place for place in session.records.places()}
    return page(request, words, "look_back.html", now_ms, seen=seen, units=units, places=places)


def _fact(given: Context, form: Mapping[str, str]) -> OfRegister:
    signed = {"name": text_of(form, "name"), "post": text_of(form, "post")}
    done_ms, due_ms = _day(given, form, "done"), _day(given, form, "due")
    number = text_of(form, "number")
    actor = signed["name"] or ACTOR_UNNAMED
    match text_of(form, "what"):
        case "certificate":
            made = Certificate(
                serial=text_of(form, "serial"),
                number=number,
                lab=text_of(form, "lab"),
                calibrated_ms=done_ms,
                due_ms=due_ms,
                points=points_of(form.get("points", "")),
                tolerance_micro_celsius=micro_celsius(text_of(form, "tolerance")),
                **signed,
            )
            return RecordCertificate(certificate=made, actor=actor)
        case "mapping":
            texts = {key: text_of(form, key) for key in ("place", "load", "warmest", "coldest", "conclusion")}
            study = MappingStudy(number=number, done_ms=done_ms, due_ms=due_ms, **texts, **signed)
            return RecordMapping(study=study, actor=actor)
        case "qualification":
            texts = {key: text_of(form, key) for key in ("box", "profile", "conclusion")}
            lasts = number_of(form, "lasts_minutes") or 0
            one = BoxQualification(
                number=number, done_ms=done_ms, due_ms=due_ms, lasts_minutes=lasts, **texts, **signed
            )
            return RecordQualification(qualification=one, actor=actor)
        case other:
            msg = f"{other!r:.40} is nothing that the register holds"
            raise InvalidValueError(msg)


def _day(given: Context, form: Mapping[str, str], name: str) -> int:
    """Return when a day of the form begins at the site. Raises InvalidValueError."""
    text = text_of(form, name)
    try:
        return int(datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=given.zone).timestamp()) * 1_000
    except (ValueError, OverflowError) as error:
        msg = f"{name} {text!r:.40} is no date: write it as 2026-11-27"
        raise InvalidValueError(msg) from error


def _page(
    request: Request,
    given: Context,
    past: Past,
    lang: str | None,
    form: Mapping[str, str],
    error: ColdchainError | None = None,
) -> Response:
    words = words_for(request, given, lang)
    with past.seen(given) as at:
        session, records = at.session, at.session.records
        every = records.places()
        parts = {
            "due": due_list(session),
            "places": {place.id: place for place in every},
            "boxes": [place for place in every if place.kind is PlaceKind.BOX],
            "profiles": sorted({profile.id for profile in records.profiles()}),
            "certificates": records.certificates()[::-1][:CERTIFICATES_MAX],
            "studies": records.mapping_studies(),
            "qualifications": records.qualifications(),
        }
    status = 409 if error else 200
    return page(
        request, words, "register.html", at.now_ms, status=status, error=error, form=form, soon_ms=SOON_MS, **parts
    )
