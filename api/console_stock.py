"""The pages of the stock: how much there is, and what of it to take first."""

from typing import Final

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse

from api.console import Lang
from api.context import Given
from api.pages import page, words_for
from api.past import AsKnown
from api.routes_stock import PickGroup, PickSite, PickWord, read_picks, read_stock

PICKS_SHOWN: Final = 50

router = APIRouter()


@router.get("/stock", include_in_schema=False, response_class=HTMLResponse)
def stock_page(request: Request, given: Given, past: AsKnown, lang: Lang = None) -> Response:
    """Show the stock by site, component and group, with its level, and the plans of the month."""
    words = words_for(request, given, lang)
    with past.seen(given) as at:
        found = read_stock(at, given.zone)
    return page(request, words, "stock.html", at.now_ms, found=found)


@router.get("/stock/picks", include_in_schema=False, response_class=HTMLResponse)
def picks_page(
    request: Request,
    given: Given,
    past: AsKnown,
    site: PickSite,
    component: PickWord,
    blood_group: PickGroup = "",
    lang: Lang = None,
) -> Response:
    """Show which units of a component and group to take first, to be printed and carried to the fridge."""
    words = words_for(request, given, lang)
    with past.seen(given) as at:
        found = read_picks(at, site, component, blood_group, PICKS_SHOWN)
    return page(request, words, "picks.html", at.now_ms, found=found)
