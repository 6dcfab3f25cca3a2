"""The page of retention: periods, what is due and what holds it, legal holds, and removals by two people."""

from collections.abc import Mapping
from enum import StrEnum
from typing import TypeVar

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse

from api.bodies import ACTOR_UNNAMED
from api.console import Lang
from api.context import Context, Given
from api.forms import Form, answered, number_of, text_of
from api.pages import page, words_for
from api.past import AsKnown, Past
from api.retention import SPANS_MAX, retention_view, utc_date
from coldchain.errors import ColdchainError, InvalidValueError
from coldchain.retention import (
    ConfirmDisposal,
    EndLegalHold,
    HoldScope,
    Kept,
    OfRetention,
    PlaceLegalHold,
    ProposeDisposal,
    SetRetention,
    WithdrawDisposal,
)

_E = TypeVar("_E", bound=StrEnum)

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)


@router.get("/retention")
def retention(request: Request, given: Given, past: AsKnown, lang: Lang = None) -> Response:
    """Show what is kept for how long, what is past its time, legal holds and removals, with the forms to sign."""
    return _page(request, given, past, lang, {})


@router.post("/retention")
async def sign(request: Request, given: Given, form: Form, lang: Lang = None) -> Response:
    """Take a signed form."""
    return await answered(
        given,
        lambda: _fact(form, given.clock.now_ms()),
        "/retention",
        lambda error: _page(request, given, Past(), lang, form, error),
    )


def _fact(form: Mapping[str, str], now_ms: int) -> OfRetention:
    name, post, reason = (text_of(form, key) for key in ("name", "post", "reason"))
    actor, at_ms, named = name or ACTOR_UNNAMED, now_ms, text_of(form, "id")
    match text_of(form, "act"):
        case "policy":
            return SetRetention(
                what=_choice(Kept, form, "what"),
                profile=text_of(form, "profile"),
                years=number_of(form, "years") or 0,
                source=text_of(form, "source"),
                at_ms=at_ms,
                name=name,
                post=post,
                actor=actor,
                second_name=text_of(form, "second_name"),
                second_post=text_of(form, "second_post"),
            )
        case "hold":
            scope, subject = _choice(HoldScope, form, "scope"), text_of(form, "subject")
            return PlaceLegalHold(
                id=named, scope=scope, subject=subject, reason=reason, at_ms=at_ms, name=name, post=post, actor=actor
            )
        case "end":
            return EndLegalHold(id=named, reason=reason, at_ms=at_ms, name=name, post=post, actor=actor)
        case "propose":
            probe = text_of(form, "probe")
            return ProposeDisposal(id=named, probe=probe, reason=reason, at_ms=at_ms, name=name, post=post, actor=actor)
        case "confirm":
            sha256 = text_of(form, "sha256")
            return ConfirmDisposal(id=named, sha256=sha256, at_ms=at_ms, name=name, post=post, actor=actor)
        case "withdraw":
            return WithdrawDisposal(id=named, reason=reason, at_ms=at_ms, name=name, post=post, actor=actor)
        case other:
            msg = f"{other!r:.40} is nothing that can be signed here"
            raise InvalidValueError(msg)


def _choice(kind: type[_E], form: Mapping[str, str], name: str) -> _E:
    text = text_of(form, name)
    try:
        return kind(text)
    except ValueError as error:
        msg = f"{name} {text!r:.40} is none of {', '.join(one.value for one in kind)}"
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
        session, now_ms = at.session, at.now_ms
        view = retention_view(session, now_ms)
        probes = [probe.id for probe in session.records.probes()]
        profiles = sorted({profile.id for profile in session.records.profiles()})
    status = 409 if error else 200
    return page(
        request,
        words,
        "retention.html",
        now_ms,
        status=status,
        error=error,
        form=form,
        view=view,
        probes=probes,
        profiles=profiles,
        spans_max=SPANS_MAX,
        date=utc_date,
    )
