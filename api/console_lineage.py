"""The pages of custody: a unit's life, who was in a place, recalls with a list to print."""

from datetime import datetime
from typing import Annotated, Final

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from api.answers import MILLIS_MAX, After
from api.beside_unit import number_text
from api.bodies import ACTOR_UNNAMED
from api.console import Lang
from api.context import Given
from api.custody import custody_of, inside, recalled
from api.forms import Form, text_of
from api.looking_back import FIRST, look_back, stay_named
from api.pages import missing_page, page, words_for
from api.past import AsKnown
from api.recalling import donation_meant
from coldchain.errors import ColdchainError, InvalidValueError
from coldchain.lineage import RecallDonation
from coldchain.ports import Session

SHOWN_MAX: Final = 500
RECALLS_MAX: Final = 100
MINUTE_MS: Final = 60_000
DAY_MS: Final = 86_400_000

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)
Instant = Annotated[str, Query(max_length=16, pattern=r"^(\d{4}-\d\d-\d\dT\d\d:\d\d)?$")]


@router.get("/units/{unit}/custody")
def custody(request: Request, given: Given, past: AsKnown, unit: str, lang: Lang = None) -> Response:
    """Show a unit's life in order, and its lineage both ways."""
    words = words_for(request, given, lang)
    with past.seen(given) as at:
        session, now_ms = at.session, at.now_ms
        found = session.records.unit(unit)
        if found is None:
            return missing_page(request, words, now_ms, "missing.unit", unit)
        known = custody_of(session, found, now_ms)
        names = _names(session)
    return page(request, words, "custody.html", now_ms, known=known, names=names, number=number_text(found))


@router.get("/places/{place}/who")
def who(
    request: Request,
    given: Given,
    past: AsKnown,
    place: str,
    since: Instant = "",
    until: Instant = "",
    after: After = "",
    lang: Lang = None,
) -> Response:
    """Show who was in a place: the last day, or between two instants of the site's clock, SHOWN_MAX stays a page."""
    words = words_for(request, given, lang)
    now_ms = given.clock.now_ms() if past.known_ms is None else past.known_ms
    # Whole minutes, as the form and the link to the next page can say them: every page asks the same.
    from_ms, to_ms = _asked(given, since, until, now_ms - now_ms % -MINUTE_MS)
    with past.seen(given) as at:
        session = at.session
        found = session.records.place(place)
        if found is None:
            return missing_page(request, words, now_ms, "missing.place", place)
        known = look_back(session, place, (from_ms, to_ms), _named(after), SHOWN_MAX)
        shown = inside(session, known.stays, now_ms)
        names = _names(session)
    asked = {"since": _field(given, from_ms), "until": _field(given, to_ms)}
    return page(
        request,
        words,
        "who.html",
        now_ms,
        place=found,
        shown=shown,
        all=known.all,
        next=known.next,
        from_ms=from_ms,
        to_ms=to_ms,
        names=names,
        asked=asked,
    )


@router.get("/recalls")
def recalls(request: Request, given: Given, past: AsKnown, lang: Lang = None) -> Response:
    """List the newest recalls, with a form for a new one."""
    words = words_for(request, given, lang)
    with past.seen(given) as at:
        found = at.session.records.recalls(RECALLS_MAX)
    return page(request, words, "recalls.html", at.now_ms, found=found, told="", form={})


@router.post("/recalls")
def call_back(request: Request, given: Given, form: Form, lang: Lang = None) -> Response:
    """Take a recall from the form, and show what it reaches."""
    words = words_for(request, given, lang)
    now_ms = given.clock.now_ms()
    try:
        texts = {name: text_of(form, name) for name in ("reason", "name", "post")}
        asked, issuer, scheme = (text_of(form, name).strip() for name in ("donation_number", "issuer", "scheme"))
        with given.store.reading() as session:
            meant = donation_meant(session, given.schemes, asked, issuer, scheme, words)
        name = f"recall-{now_ms}"
        given.recorder.record(RecallDonation(id=name, at_ms=now_ms, actor=ACTOR_UNNAMED, **texts, **meant))
    except ColdchainError as error:
        with given.store.reading() as session:
            found = session.records.recalls(RECALLS_MAX)
        return page(request, words, "recalls.html", now_ms, status=400, found=found, told=str(error), form=form)
    return RedirectResponse(f"/recalls/{name}", 303)


@router.get("/recalls/{recall}")
def recall(request: Request, given: Given, past: AsKnown, recall: str, lang: Lang = None) -> Response:
    """Show what a recall reaches and where all of it is: the list to print."""
    words = words_for(request, given, lang)
    with past.seen(given) as at:
        session, now_ms = at.session, at.now_ms
        found = session.records.recall(recall)
        if found is None:
            return missing_page(request, words, now_ms, "missing.recall", recall)
        known = recalled(session, found, now_ms)
        names = _names(session)
    return page(request, words, "recall.html", now_ms, known=known, names=names)


def _named(after: str) -> tuple[str, int]:
    """Return after which stay a page goes on; what names none begins."""
    try:
        return stay_named(after)
    except InvalidValueError:
        return FIRST


def _names(session: Session) -> dict[str, object]:
    return {place.id: place.name for place in session.records.places()}


def _asked(given: Given, since: str, until: str, now_ms: int) -> tuple[int, int]:
    """Return the time to look back on. Raises InvalidValueError: another time than was asked for answers nothing."""
    to_ms = _instant(given, until) if until else now_ms
    from_ms = _instant(given, since) if since else max(0, to_ms - DAY_MS)
    if from_ms >= min(to_ms, now_ms):
        msg = (
            f"from {since or '-'} to {until or '-'} nobody can look back: "
            "it begins before it ends, and not in the future"
        )
        raise InvalidValueError(msg)
    return from_ms, to_ms


def _instant(given: Given, text: str) -> int:
    """Return an instant of the site's clock in ms. Raises InvalidValueError for no date, or one that no page shows."""
    msg = f"{text!r:.40} is no time: write it as 2026-11-27T08:00"
    try:
        at_ms = int(datetime.fromisoformat(text).replace(tzinfo=given.zone).timestamp()) * 1_000
    except (ValueError, OverflowError) as error:
        raise InvalidValueError(msg) from error
    if not 0 <= at_ms <= MILLIS_MAX:
        raise InvalidValueError(msg)
    return at_ms


def _field(given: Given, at_ms: int) -> str:
    return datetime.fromtimestamp(at_ms // 1_000, given.zone).strftime("%Y-%m-%dT%H:%M")
