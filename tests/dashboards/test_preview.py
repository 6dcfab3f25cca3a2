"""The boards as people see them: drawn from their own queries in a real browser, on a wall and on a phone."""

import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, sync_playwright
from support.board_data import PLACES
from support.board_preview import ARGUMENTS, FIT, page
from support.board_targets import View

from dashboards.boards import board_json, boards
from dashboards.texts import Language, say

pytestmark = pytest.mark.journey

SCREENS = Path(__file__).parents[2] / "build" / "screens"
BOARDS = {board.uid: json.loads(board_json(board)) for board in boards("http://127.0.0.1:8080")}
WALL, PHONE = 1_920, 390
SMALLEST = 10  # pixels: a heading in a tile with many figures
WIDER = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
# The letters of everything that is fitted into a tile, in pixels, with the words.
SIZES = """() => [...document.querySelectorAll('.fit > *')].map((text) =>
  [text.innerText, parseFloat(getComputedStyle(text).fontSize)])"""
# Headings that are cut off, and the least letters in a tile.
CUT = "() => [...document.querySelectorAll('h2')].filter((h) => h.scrollWidth > h.clientWidth).map((h) => h.innerText)"
# Pictures of curves and lanes: how many lines and boxes they have.
DRAWN = "() => [...document.querySelectorAll('svg')].map((svg) => svg.querySelectorAll('path, rect').length)"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    chromium = shutil.which("chromium")
    if chromium is None:
        reason = "no Chromium on this machine: apt-get install chromium fonts-noto-cjk"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=chromium, headless=True, args=list(ARGUMENTS))
        yield running
        running.close()


def opened(browser: Browser, view: View, uid: str, width: int, place: str | None = None) -> Page:
    """Return a board drawn at a width, with a picture of it kept under build/screens."""
    view.width = width
    html, height = page(BOARDS[uid], view, width=width, place=place)
    tab = browser.new_page(viewport={"width": width, "height": height})
    tab.set_content(html)
    tab.evaluate(FIT)
    SCREENS.mkdir(parents=True, exist_ok=True)
    tab.screenshot(path=str(SCREENS / f"{uid}-{width}.png"))
    return tab


def sizes(tab: Page) -> dict[str, float]:
    """Return the size of the letters by the words."""
    found: list[Any] = tab.evaluate(SIZES)
    return dict(found)


@pytest.mark.parametrize("uid", ["cc-wall-zh", "cc-wall-en"])
def test_from_across_the_room_nothing_is_larger_than_the_last_value(browser: Browser, view: View, uid: str) -> None:
    tab = opened(browser, view, uid, WALL)
    written = sizes(tab)
    values = {text: size for text, size in written.items() if " °C " in text}
    assert len(values) == 5
    others = {text: size for text, size in written.items() if text not in values and "无数据" not in text}
    others = {text: size for text, size in others.items() if not text.startswith("No data")}
    assert min(values.values()) > max(others.values()), max(others, key=lambda text: others[text])
    assert min(values.values()) > 50
    assert tab.evaluate(WIDER) <= 0
    tab.close()


@pytest.mark.parametrize("uid", BOARDS)
def test_a_board_can_be_read_on_a_phone(browser: Browser, view: View, uid: str) -> None:
    tab = opened(browser, view, uid, PHONE, place=None if "wall" in uid else "fridge-1")
    assert tab.evaluate(WIDER) <= 0
    first = {say(language, "online.1") for language in Language} if "ingest" in uid else set()
    values = [size for text, size in sizes(tab).items() if " °C " in text or text in first]
    assert values
    assert min(values) >= (22 if first else 28)
    assert tab.evaluate(CUT) == []
    assert min(sizes(tab).values()) >= SMALLEST
    tab.close()


def test_the_site_board_draws_curves_lanes_and_tables(browser: Browser, view: View) -> None:
    tab = opened(browser, view, "cc-site-zh", WALL, place="fridge-1")
    assert [drawn > 5 for drawn in tab.evaluate(DRAWN)] == [True] * 6
    text = tab.inner_text("body")
    for words in ("储血冰箱 1", "偏高", "尚未确认", "持续中", "已测得", "cn-rbc"):
        assert words in text
    tab.close()


@pytest.mark.parametrize("language", Language)
def test_the_device_board_draws_every_curve_of_a_fridge(browser: Browser, view: View, language: Language) -> None:
    tab = opened(browser, view, f"cc-device-{language}", WALL, place="fridge-1")
    drawings = ("raw", "states", "hours", "hour-minutes", "duty", "cycles", "lag")
    assert [drawn > 3 for drawn in tab.evaluate(DRAWN)] == [True] * len(drawings)
    text = tab.inner_text("body")
    for words in ("fridge-1-load", "-0.125", "O-", "28-fridge-1-air", "gw-1", "cn-rbc"):
        assert words in text
    for key in ("confirmed.0", "level.7", "empty.kinetic", "empty.battery"):
        assert say(language, key) in text
    assert tab.evaluate(WIDER) <= 0
    tab.close()


@pytest.mark.parametrize("language", Language)
def test_the_board_of_ingest_draws_every_gateway(browser: Browser, view: View, language: Language) -> None:
    tab = opened(browser, view, f"cc-ingest-{language}", WALL)
    assert [drawn > 3 for drawn in tab.evaluate(DRAWN)] == [True] * 7
    text = tab.inner_text("body")
    for words in ("gw-1", "gw-2", "box-1", "reader-1", "0.6.0", "cn-plt"):
        assert words in text
    for key in ("online.0", "online.1", "never", "reason.unknown-device", "reason.bad-signature", "confirmed.0"):
        assert say(language, key) in text
    assert tab.evaluate(WIDER) <= 0
    tab.close()


def test_a_dead_wall_is_dark_from_end_to_end(browser: Browser, dead_view: View) -> None:
    tab = opened(browser, dead_view, "cc-wall-zh", WALL)
    text = tab.inner_text("body")
    overview, figures = 1, 1  # one dark tile for all, where no state came at all; the sum of bags on hold
    assert text.count("无数据，请到现场查看") >= overview + figures + 4 * len(PLACES)
    states = {say(Language.ZH, f"{words}.{level}") for words in ("level", "short") for level in range(8)}
    assert states.isdisjoint(text.splitlines()), "no tile says how a place stands"
    tab.close()
