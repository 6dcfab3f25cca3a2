"""Boards drawn in a real browser: what the tests of the preview have in common."""

from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page
from support.board_preview import FIT, page
from support.board_targets import Json, View

SCREENS = Path(__file__).parents[2] / "build" / "screens"
WALL, PHONE = 1_920, 390
SMALLEST = 10  # pixels: a heading in a tile with many figures
WIDER = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
# The letters of everything that is fitted into a tile, in pixels, with the words.
SIZES = """() => [...document.querySelectorAll('.fit > *')].map((text) =>
  [text.innerText, parseFloat(getComputedStyle(text).fontSize)])"""
# Headings that are cut off.
CUT = "() => [...document.querySelectorAll('h2')].filter((h) => h.scrollWidth > h.clientWidth).map((h) => h.innerText)"
# Pictures of curves and lanes: how many lines and boxes they have.
DRAWN = "() => [...document.querySelectorAll('svg')].map((svg) => svg.querySelectorAll('path, rect').length)"


def drawn_at(browser: Browser, board: Json, view: View, width: int, place: str | None = None) -> Page:
    """Return a board drawn at a width, with a picture of it kept under build/screens."""
    view.width = width
    html, height = page(board, view, width=width, place=place)
    tab = browser.new_page(viewport={"width": width, "height": height})
    tab.set_content(html)
    tab.evaluate(FIT)
    SCREENS.mkdir(parents=True, exist_ok=True)
    tab.screenshot(path=str(SCREENS / f"{board['uid']}-{width}.png"))
    return tab


def sizes(tab: Page) -> dict[str, float]:
    """Return the size of the letters by the words."""
    found: list[Any] = tab.evaluate(SIZES)
    return dict(found)
