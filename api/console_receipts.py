"""The pages of receiving: the newest crates, and one crate with what is open of it and what to do."""

from typing import Final

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse

from api.console import Lang
from api.context import Given
from api.pages import missing_page, page, words_for
from api.past import AsKnown
from api.receipts import view_of
from api.unit_page import LISTED_MAX
from rules.reconcile import Advice

SHOWN_MAX: Final = 50
ADVICE: Final = {
    Advice.NOTHING: "receipt.do.nothing",
    Advice.RUN_AGAIN: "receipt.do.run-again",
    Advice.SCAN: "receipt.do.scan",
    Advice.LOOK_FOR: "receipt.do.look-for",
    Advice.WHICH_WAY: "receipt.do.which-way",
    Advice.WENT_OUT: "receipt.do.went-out",
}

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)


@router.get("/receipts")
def receipts(request: Request, given: Given, past: AsKnown, lang: Lang = None) -> Response:
    """List the newest receipts."""
    words = words_for(request, given, lang)
    with past.seen(given) as at:
        found = [view_of(at.session, one) for one in at.session.records.receipts(SHOWN_MAX)]
        names = {place.id: place for place in at.session.records.places()}
    return page(request, words, "receipts.html", at.now_ms, found=found, names=names)


@router.get("/receipts/{receipt}")
def receipt(request: Request, given: Given, past: AsKnown, receipt: str, lang: Lang = None) -> Response:
    """Show one receipt."""
    words = words_for(request, given, lang)
    with past.seen(given) as at:
        session, now_ms = at.session, at.now_ms
        found = session.records.receipt(receipt)
        if found is None:
            return missing_page(request, words, now_ms, "missing.receipt", receipt)
        known = view_of(session, found)
        place = session.records.place(found.place)
    return page(
        request,
        words,
        "receipt.html",
        now_ms,
        known=known,
        place=place,
        advice=ADVICE[known.advice],
        percent=percent,
        listed_max=LISTED_MAX,
    )


def percent(permille: int) -> str:
    """Return a per-mille figure as a percentage with one digit, exactly."""
    return f"{permille // 10}.{permille % 10} %"
