"""The page on which bags are received: one by one with the scanner, or a list as CSV."""

from collections.abc import Mapping
from typing import Final

from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import HTMLResponse

from api.bodies import ACTOR_UNNAMED
from api.console import Lang
from api.context import Context, Given
from api.forms import Form, text_of
from api.pages import page, words_for
from api.receive_csv import rows_of
from api.receiving import COLUMNS, ReceiveAnswer, Receiving, receive
from coldchain.errors import ColdchainError
from coldchain.receiving import Visual

LISTED_MAX: Final = 20
TYPED: Final = (
    *("label", "tag", "visual", "note", "temperature"),
    *("component", "blood_group", "product_code", "issuer", "expires_ms"),
)

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)


@router.get("/receive")
def receiving(request: Request, given: Given, lang: Lang = None) -> Response:
    """Show the form to receive bags, what was received last, and lots of rows that were not taken."""
    return _page(request, given, lang, {})


@router.post("/receive")
async def take(request: Request, given: Given, form: Form, lang: Lang = None) -> Response:
    """Take one bag, or the rows of a CSV; answer every row on the page."""
    answered, error = await run_in_threadpool(_try, given, form)
    return await run_in_threadpool(_page, request, given, lang, form, answered, error)


def _try(given: Context, form: Mapping[str, str]) -> tuple[ReceiveAnswer | None, ColdchainError | None]:
    try:
        who = Receiving(
            place=text_of(form, "place"),
            at_ms=given.clock.now_ms(),
            name=text_of(form, "name"),
            post=text_of(form, "post"),
            actor=text_of(form, "name") or ACTOR_UNNAMED,
        )
        sheet = form.get("csv", "")
        rows = rows_of(sheet) if sheet else [{name: form.get(name, "") for name in TYPED}]
        return receive(given, who, rows), None
    except ColdchainError as error:
        return None, error


def _page(
    request: Request,
    given: Context,
    lang: str | None,
    form: Mapping[str, str],
    answered: ReceiveAnswer | None = None,
    error: ColdchainError | None = None,
) -> Response:
    words = words_for(request, given, lang)
    now_ms = given.clock.now_ms()
    with given.store.reading() as session:
        records = session.records
        places = {place.id: place for place in records.places()}
        receptions = records.receptions(LISTED_MAX)
        units = {one.unit: records.unit(one.unit) for one in receptions}
        refusals = records.reception_refusals(LISTED_MAX)
    return page(
        request,
        words,
        "receive.html",
        now_ms,
        status=409 if error else 200,
        places=places,
        receptions=receptions,
        units=units,
        refusals=refusals,
        answered=answered,
        error=error,
        form=form,
        visuals=tuple(Visual),
        columns=COLUMNS,
    )
