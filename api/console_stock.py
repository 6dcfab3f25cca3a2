"""The page of the stock."""

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse

from api.console import Lang
from api.context import Given
from api.pages import page, words_for
from api.routes_stock import read_stock

router = APIRouter()


@router.get("/stock", include_in_schema=False, response_class=HTMLResponse)
def stock_page(request: Request, given: Given, lang: Lang = None) -> Response:
    """Show the stock by site, component and group, with its level, and the plans of the month."""
    words = words_for(request, given, lang)
    now_ms = given.clock.now_ms()
    with given.store.reading() as session:
        found = read_stock(session, now_ms, given.zone)
    return page(request, words, "stock.html", now_ms, found=found)
