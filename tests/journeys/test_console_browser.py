"""The console in a real browser: both languages, a desktop and a phone, no error in its console, a painted chart."""

import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, sync_playwright
from support.console import console_app, served, story_store
from support.memory_store import MemoryStore
from support.story import (
    DOORS_MS,
    HELD,
    HOUR_MS,
    LEFT_BEFORE,
    NEVER_SEEN,
    NOW_MS,
    POSSIBLE,
    REPAIR_MS,
    SILENT,
    SILENT_FROM_MS,
    SILENT_TO_MS,
    UNLIMITED,
    UNPROBED,
    WITHDRAWN,
    add_unmeasured,
    fill,
)

from coldchain.facts import ClockState
from coldchain.ports import Quarantined

pytestmark = pytest.mark.journey

SCREENS = Path(__file__).parents[2] / "build" / "screens"
DESKTOP = {"width": 1280, "height": 900}
PHONE = {"width": 390, "height": 844}
VIEWPORTS = {"desktop": DESKTOP, "phone": PHONE}
LANGUAGES = {"zh": "zh-CN", "en": "en-GB"}
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-background-networking"]

STRANGER = Quarantined(
    id=0,
    reason="unknown-device",
    gateway="gw-1",
    epoch="e1",
    seq=1,
    origin="fridge-9-load",
    received_ms=NOW_MS,
    clock=ClockState.TRUSTED,
    boot="b1",
    body=b"{}",
)

# For each canvas of the chart: pixels neither transparent nor nearly white, and pixels of the load line's blue.
# A copy is read, because Chromium warns about repeated reading of a canvas that is drawn on.
PAINTED = """() => [...document.querySelectorAll('#chart canvas')].map((canvas) => {
  const copy = new OffscreenCanvas(canvas.width, canvas.height).getContext('2d', { willReadFrequently: true });
  copy.drawImage(canvas, 0, 0);
  const { data } = copy.getImageData(0, 0, canvas.width, canvas.height);
  let painted = 0, blue = 0;
  for (let at = 0; at < data.length; at += 4) {
    if (data[at + 3] > 0 && data[at] + data[at + 1] + data[at + 2] < 740) painted++;
    if ([15, 76, 129].every((value, part) => Math.abs(data[at + part] - value) < 12)) blue++;
  }
  return { painted, blue };
})"""
OVERFLOW = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    chromium = shutil.which("chromium")
    if chromium is None:
        reason = "no Chromium on this machine: apt-get install chromium fonts-noto-cjk"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=chromium, headless=True, args=ARGUMENTS)
        yield launched
        launched.close()


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with served(console_app(story_store())) as url:
        yield url


def _open(browser: Browser, url: str, language: str, viewport: dict[str, int]) -> tuple[Page, list[str]]:
    # The browser sits in another time zone on purpose: the page has to show the site's.
    context = browser.new_context(
        viewport=viewport,  # type: ignore[arg-type]
        locale=LANGUAGES[language],
        timezone_id="America/New_York",
    )
    page = context.new_page()
    faults: list[str] = []
    page.on("console", lambda message: faults.append(message.text) if message.type in {"error", "warning"} else None)
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("requestfailed", lambda request: faults.append(f"failed: {request.url}"))
    page.goto(url, wait_until="networkidle")
    return page, faults


def _shot(page: Page, name: str) -> None:
    SCREENS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=SCREENS / f"{name}.png", full_page=True)


@pytest.mark.parametrize("viewport", VIEWPORTS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_unit_on_hold_is_shown_with_its_chart(browser: Browser, address: str, language: str, viewport: str) -> None:
    page, faults = _open(browser, f"{address}/units/{HELD}", language, VIEWPORTS[viewport])
    page.wait_for_selector("#chart[data-drawn]")
    _shot(page, f"unit-held-{language}-{viewport}")
    assert page.evaluate("document.documentElement.lang") == LANGUAGES[language].replace("en-GB", "en")
    upper, lower = page.evaluate(PAINTED)
    assert upper["painted"] > 1_000
    assert upper["blue"] > 500
    assert lower["painted"] > 1_000
    assert page.evaluate(OVERFLOW) <= 0
    assert page.locator(".standing").inner_text() == {"zh": "已暂停发放", "en": "On hold: do not issue"}[language]
    assert {"zh": "偏高", "en": "too warm"}[language] in page.locator("#live-verdict").inner_text()
    assert faults == []
    page.context.close()


def test_pointing_at_the_chart_tells_time_and_degrees_or_that_they_are_unknown(browser: Browser, address: str) -> None:
    page, faults = _open(browser, f"{address}/units/{HELD}", "en", DESKTOP)
    page.wait_for_selector("#chart[data-drawn]")
    page.locator("#readout").scroll_into_view_if_needed()
    box = page.locator("#chart .u-over").first.bounding_box()
    assert box

    def told(at_ms: int) -> str:
        share = (at_ms - (DOORS_MS[0] - HOUR_MS // 2)) / (NOW_MS - (DOORS_MS[0] - HOUR_MS // 2))
        page.mouse.move(box["x"] + share * box["width"], box["y"] + box["height"] / 2)
        return page.locator("#readout").inner_text()

    peak = told(REPAIR_MS)
    assert re.fullmatch(r"2026-03-12 03:4\d:\d\d · load probe 9\.[23] °C · air probe 1?[0-9.]+ °C", peak)
    silent = told((SILENT_FROM_MS + SILENT_TO_MS) // 2)
    assert silent.endswith("· load probe unknown · air probe unknown")
    assert faults == []
    page.context.close()


@pytest.mark.parametrize("unit", [POSSIBLE, LEFT_BEFORE, WITHDRAWN, NEVER_SEEN])
def test_every_standing_is_shown_without_an_error(browser: Browser, address: str, unit: str) -> None:
    page, faults = _open(browser, f"{address}/units/{unit}", "zh", DESKTOP)
    page.wait_for_selector("#chart[data-drawn], #chart .message")
    _shot(page, f"unit-{unit}-zh-desktop")
    assert faults == []
    page.context.close()


@pytest.mark.parametrize("viewport", VIEWPORTS)
@pytest.mark.parametrize("unit", [SILENT, UNPROBED, UNLIMITED])
def test_units_beside_which_nothing_was_measured_are_shown_without_an_error(
    browser: Browser, unit: str, viewport: str
) -> None:
    store = story_store()
    add_unmeasured(store)
    with served(console_app(store)) as url:
        page, faults = _open(browser, f"{url}/units/{unit}", "zh", VIEWPORTS[viewport])
        page.wait_for_selector("#chart[data-drawn], #chart .message")
        _shot(page, f"unit-{unit}-zh-{viewport}")
        assert page.locator(".standing").inner_text() == "无测量记录，未知 10 小时"
        assert page.evaluate(OVERFLOW) <= 0
        page.goto(f"{url}/", wait_until="networkidle")
        assert page.evaluate(OVERFLOW) <= 0
        assert faults == []
        page.context.close()


def test_what_is_kept_aside_appears_on_the_overview_by_itself(browser: Browser) -> None:
    store = story_store()
    with served(console_app(store)) as url:
        page, faults = _open(browser, url, "en", PHONE)
        assert page.locator("#live-aside").inner_text() == ""
        page.clock.install()
        page.reload(wait_until="networkidle")
        with store.writing() as session:
            session.books.quarantine(STRANGER)
        page.clock.run_for(11_000)
        page.wait_for_selector("#live-aside li")
        _shot(page, "start-aside-en-phone")
        assert "1 item of devices that nobody registered" in page.locator("#live-aside").inner_text()
        assert page.evaluate(OVERFLOW) <= 0
        assert faults == []
        page.context.close()


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("viewport", VIEWPORTS)
def test_the_overview_lists_places_and_units_on_hold(
    browser: Browser, address: str, language: str, viewport: str
) -> None:
    page, faults = _open(browser, f"{address}/", language, VIEWPORTS[viewport])
    _shot(page, f"start-{language}-{viewport}")
    assert page.evaluate(OVERFLOW) <= 0
    page.click(f'#live-held a[href="/units/{HELD}"]')
    page.wait_for_selector("#chart[data-drawn]")
    assert faults == []
    page.context.close()


def test_the_language_link_changes_the_page_and_is_remembered(browser: Browser, address: str) -> None:
    page, faults = _open(browser, f"{address}/units/{HELD}?hours=24", "zh", DESKTOP)
    page.click("a.language")
    page.wait_for_selector("#chart[data-drawn]")
    assert page.locator(".standing").inner_text() == "On hold: do not issue"
    assert "hours=24" in page.url
    page.goto(f"{address}/")
    assert page.evaluate("document.documentElement.lang") == "en"
    assert faults == []
    page.context.close()


def test_the_page_refreshes_its_figures_and_says_when_it_cannot(browser: Browser) -> None:
    store = MemoryStore()
    app = console_app(store)
    with served(app) as url:
        page, faults = _open(browser, url, "en", DESKTOP)
        assert "No place is registered yet" in page.locator("#live-places").inner_text()
        page.clock.install()
        page.reload(wait_until="networkidle")
        fill(store)
        page.clock.run_for(11_000)
        page.wait_for_selector("#live-places .place")
        assert faults == []
    page.clock.run_for(11_000)
    page.wait_for_selector("#stale:not([hidden])")
    page.context.close()


def test_awaited_time_and_an_excursion_that_goes_on_are_drawn(browser: Browser) -> None:
    cases: list[tuple[str, str, dict[str, Any]]] = [
        ("awaited", LEFT_BEFORE, {"awaited_ms": 20 * HOUR_MS}),
        ("running", HELD, {"running": True}),
    ]
    for name, unit, options in cases:
        with served(console_app(story_store(**options))) as url:
            page, faults = _open(browser, f"{url}/units/{unit}", "zh", DESKTOP)
            page.wait_for_selector("#chart[data-drawn]")
            _shot(page, f"unit-{name}-zh-desktop")
            assert faults == []
            page.context.close()
