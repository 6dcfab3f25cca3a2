"""The pages of one fridge in a real browser: both languages, a desktop and a phone, no fault, a painted chart."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from msgspec.structs import replace
from playwright.sync_api import Browser
from support.browser import DESKTOP, LANGUAGES, OVERFLOW, PAINTED, PHONE, VIEWPORTS, launched, opened
from support.console import console_app, served, story_store
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
)

from coldchain.entries import Draft, EntryKind
from coldchain.facts import ClockState
from coldchain.ports import Quarantined

pytestmark = pytest.mark.journey

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


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with launched() as chromium:
        yield chromium


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with served(console_app(story_store())) as url:
        yield url


@pytest.mark.parametrize("viewport", VIEWPORTS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_unit_on_hold_is_shown_with_its_chart(browser: Browser, address: str, language: str, viewport: str) -> None:
    told = opened(browser, f"{address}/units/{HELD}", language, VIEWPORTS[viewport])
    page = told.page
    page.wait_for_selector("#chart[data-drawn]")
    told.shot(f"unit-held-{language}-{viewport}")
    assert page.evaluate("document.documentElement.lang") == LANGUAGES[language].replace("en-GB", "en")
    upper, lower = page.evaluate(PAINTED)
    assert upper["painted"] > 1_000
    assert upper["blue"] > 500
    assert lower["painted"] > 1_000
    assert page.evaluate(OVERFLOW) <= 0
    assert page.locator(".standing").inner_text() == {"zh": "已暂停发放", "en": "On hold: do not issue"}[language]
    assert {"zh": "偏高", "en": "too warm"}[language] in page.locator("#live-verdict").inner_text()
    assert told.all_faults() == []
    told.close()


def test_pointing_at_the_chart_tells_time_and_degrees_or_that_they_are_unknown(browser: Browser, address: str) -> None:
    told = opened(browser, f"{address}/units/{HELD}", "en", DESKTOP)
    page = told.page
    page.wait_for_selector("#chart[data-drawn]")
    page.locator("#readout").scroll_into_view_if_needed()
    box = page.locator("#chart .u-over").first.bounding_box()
    assert box

    def read_at(at_ms: int) -> str:
        share = (at_ms - (DOORS_MS[0] - HOUR_MS // 2)) / (NOW_MS - (DOORS_MS[0] - HOUR_MS // 2))
        page.mouse.move(box["x"] + share * box["width"], box["y"] + box["height"] / 2)
        return page.locator("#readout").inner_text()

    peak = read_at(REPAIR_MS)
    assert re.fullmatch(r"2026-03-12 03:4\d:\d\d · load probe 9\.[23] °C · air probe 1?[0-9.]+ °C", peak)
    silent = read_at((SILENT_FROM_MS + SILENT_TO_MS) // 2)
    assert silent.endswith("· load probe unknown · air probe unknown")
    assert told.all_faults() == []
    told.close()


@pytest.mark.parametrize("unit", [POSSIBLE, LEFT_BEFORE, WITHDRAWN, NEVER_SEEN])
def test_every_standing_is_shown_without_an_error(browser: Browser, address: str, unit: str) -> None:
    told = opened(browser, f"{address}/units/{unit}", "zh", DESKTOP)
    page = told.page
    page.wait_for_selector("#chart[data-drawn], #chart .message")
    told.shot(f"unit-{unit}-zh-desktop")
    assert told.all_faults() == []
    told.close()


@pytest.mark.parametrize("viewport", VIEWPORTS)
@pytest.mark.parametrize("unit", [SILENT, UNPROBED, UNLIMITED])
def test_units_beside_which_nothing_was_measured_are_shown_without_an_error(
    browser: Browser, unit: str, viewport: str
) -> None:
    store = story_store()
    add_unmeasured(store)
    with served(console_app(store)) as url:
        told = opened(browser, f"{url}/units/{unit}", "zh", VIEWPORTS[viewport])
        page = told.page
        page.wait_for_selector("#chart[data-drawn], #chart .message")
        told.shot(f"unit-{unit}-zh-{viewport}")
        assert page.locator(".standing").inner_text() == "无测量记录，未知 10 小时"
        assert page.evaluate(OVERFLOW) <= 0
        page.goto(f"{url}/", wait_until="networkidle")
        assert page.evaluate(OVERFLOW) <= 0
        assert told.all_faults() == []
        told.close()


def test_what_is_kept_aside_appears_on_the_overview_by_itself_and_goes_again(browser: Browser) -> None:
    store = story_store()
    with served(console_app(store)) as url:
        told = opened(browser, url, "en", PHONE)
        page = told.page
        assert page.locator("#live-aside").inner_text() == ""
        with store.writing() as session:
            session.books.quarantine(STRANGER)
        page.wait_for_selector("#live-aside li")
        told.shot("start-aside-en-phone")
        assert "1 item of devices that nobody registered" in page.locator("#live-aside").inner_text()
        assert page.evaluate(OVERFLOW) <= 0
        with store.writing() as session:
            session.books.release([1])
        page.wait_for_selector("#live-aside li", state="detached")
        assert told.all_faults() == []
        told.close()


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("viewport", VIEWPORTS)
def test_the_overview_lists_places_and_units_on_hold(
    browser: Browser, address: str, language: str, viewport: str
) -> None:
    told = opened(browser, f"{address}/", language, VIEWPORTS[viewport])
    page = told.page
    told.shot(f"start-{language}-{viewport}")
    assert page.evaluate(OVERFLOW) <= 0
    page.wait_for_selector("#live-state[data-kind=on]")
    page.click("#live-held details summary >> nth=0")
    page.click(f'#live-held a[href="/units/{HELD}"]')
    page.wait_for_selector("#chart[data-drawn]")
    assert told.all_faults() == []
    told.close()


def test_the_language_link_changes_the_page_and_is_remembered(browser: Browser, address: str) -> None:
    told = opened(browser, f"{address}/units/{HELD}?hours=24", "zh", DESKTOP)
    page = told.page
    page.click("a.language")
    page.wait_for_selector("#chart[data-drawn]")
    assert page.locator(".standing").inner_text() == "On hold: do not issue"
    assert "hours=24" in page.url
    page.goto(f"{address}/")
    assert page.evaluate("document.documentElement.lang") == "en"
    assert told.all_faults() == []
    told.close()


def test_a_page_without_a_stream_refreshes_its_figures_and_says_loudly_when_it_cannot(browser: Browser) -> None:
    store = story_store()
    with served(console_app(store)) as url:
        told = opened(browser, f"{url}/units/{NEVER_SEEN}", "en", DESKTOP, hand_clock=True)
        page = told.page
        page.wait_for_selector("#chart .message")
        with store.writing() as session:
            stay = session.records.stays_of_unit(HELD)[0]
            moved = replace(stay, unit=NEVER_SEEN)
            session.ledger.append([Draft(kind=EntryKind.STAY, actor="test", site="", payload=moved)], NOW_MS)
        page.clock.run_for(11_000)
        page.wait_for_selector("#live-identity .chip.certain")
        assert told.all_faults() == []
        assert page.locator("#stale").is_hidden()
    page.clock.run_for(11_000)
    page.wait_for_selector("#stale:not([hidden])")
    assert "what you see is of 2026-03-12 09:30:" in page.locator("#stale").inner_text()
    told.close()


def test_a_marked_text_does_not_hide_that_the_page_has_grown_old(browser: Browser) -> None:
    with served(console_app(story_store())) as url:
        told = opened(browser, f"{url}/units/{NEVER_SEEN}", "en", DESKTOP)
        page = told.page
        page.clock.install()
        page.reload(wait_until="load")
        page.wait_for_selector("#chart .message")
        page.evaluate("getSelection().selectAllChildren(document.querySelector('h1'))")
        page.clock.run_for(41_000)
        assert page.locator("#stale").is_visible()
        page.evaluate("getSelection().removeAllRanges()")
        page.clock.run_for(11_000)
        page.wait_for_selector("#stale", state="hidden")
        told.close()


def test_awaited_time_and_an_excursion_that_goes_on_are_drawn(browser: Browser) -> None:
    cases: list[tuple[str, str, dict[str, Any]]] = [
        ("awaited", LEFT_BEFORE, {"awaited_ms": 20 * HOUR_MS}),
        ("running", HELD, {"running": True}),
    ]
    for name, unit, options in cases:
        with served(console_app(story_store(**options))) as url:
            told = opened(browser, f"{url}/units/{unit}", "zh", DESKTOP)
            page = told.page
            page.wait_for_selector("#chart[data-drawn]")
            told.shot(f"unit-{name}-zh-desktop")
            assert told.all_faults() == []
            told.close()


def test_a_line_stays_broken_where_only_the_other_probe_measured(browser: Browser, address: str) -> None:
    told = opened(browser, f"{address}/units/{HELD}", "en", DESKTOP)
    told.page.wait_for_selector("#chart[data-drawn]")
    table = """async () => {
      const { columns } = await import("/static/columns.js");
      const line = (taken_ms, micro_celsius) => ({ taken_ms, micro_celsius });
      const table = columns([line([0, 3000, 4000, 12000], [5000000, null, null, 6000000]),
                             line([0, 2000, 5000, 8000, 11000, 12000], Array(6).fill(4000000))]);
      return table.map((column) => column.map((value) => (value === undefined ? "drawn through" : value)));
    }"""
    seconds, faulty, sound = told.page.evaluate(table)
    assert seconds == [0, 2, 3, 4, 5, 8, 11, 12]
    assert faulty == [5, *[None] * 6, 6]
    assert [value for value in sound if value != "drawn through"] == [4] * 6
    assert told.all_faults() == []
    told.close()


@pytest.mark.parametrize("viewport", VIEWPORTS)
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("path", ["receive", "register", "recalls", "decisions"])
def test_the_menu_opens_and_no_page_is_wider_than_its_window(
    browser: Browser, address: str, language: str, viewport: str, path: str
) -> None:
    page = opened(browser, f"{address}/{path}", language, VIEWPORTS[viewport]).page
    assert page.evaluate(OVERFLOW) <= 0
    page.click(".menu summary")
    assert page.locator(".menu a:visible").count() == 14
    assert page.evaluate(OVERFLOW) <= 0
