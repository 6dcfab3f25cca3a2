"""The pages of a storage point in a real browser: every page, both languages, desktop and phone; live, moment, weight.

Pictures are kept in build/screens.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from urllib.request import urlopen

import msgspec
import pytest
from playwright.sync_api import Browser, Page
from support.browser import DESKTOP, LANGUAGES, OVERFLOW, PAINTED, PHONE, VIEWPORTS, Opened, launched, opened
from support.console import PipelineRecorder, console_app, scene_app, served
from support.console_story import FAILS, HOUR, ISSUED, MINUTE, MOVED, NOW, Scene, story, unit_id
from support.hand_clock import HandClock
from support.memory_store import MemoryStore
from support.storage_point import BOX, POINT, batch

from api.live import Live
from coldchain.facts import Sample
from coldchain.units import PlaceUnit

pytestmark = pytest.mark.journey

WARM = 7_500_000
PAGE_BYTES_MAX = 60_000  # one page's own HTML, as it is sent
WHOLE_BYTES_MAX = 260_000  # with scripts, styles and the curve, on a first visit
PAGES = {
    "overview": ("alarm", "/"),
    "overview-morning": ("morning", "/"),
    "fridge": ("alarm", "/places/fridge-1"),
    "freezer": ("morning", "/places/freezer-1"),
    "agitator": ("morning", "/places/platelet-1"),
    "box": ("morning", f"/places/{BOX}"),
    "expected": ("morning", f"/places/{BOX}/expected"),
    "finding": ("morning", "{fridge-1-load}"),
    "finding-open": ("alarm", "{fridge-1-load}"),
    "finding-box": ("morning", "{box-1-load}"),
    "finding-sensor": ("morning", "{fridge-2-air}"),
    "findings": ("morning", "/findings"),
    "urgent": ("morning", "/urgent"),
    "unit-issued": ("morning", f"/units/{unit_id(ISSUED)}"),
    "unit-moved": ("morning", f"/units/{unit_id(MOVED)}"),
    "unit-plasma": ("morning", "/units/bag-61"),
    "history": ("morning", f"/history?what=place&id=fridge-1&from={NOW - 24 * HOUR}&to={NOW}"),
    "history-unit": ("morning", f"/history?what=unit&id={unit_id(MOVED)}&from={NOW - 24 * HOUR}&to={NOW}"),
    "missing": ("morning", "/places/nowhere"),
}

# Text whose contrast with the nearest ground that has a colour is too low (WCAG 2.1, 1.4.3: 4.5, large text 3).
CONTRAST = """() => {
  const parts = (text) => (text.match(/[0-9.]+/g) ?? []).map(Number);
  const light = (rgb) => {
    const [r, g, b] = rgb.map((v) => (v / 255 <= 0.03928 ? v / 255 / 12.92 : ((v / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ground = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const [r, g, b, alpha = 1] = parts(getComputedStyle(at).backgroundColor);
      if (alpha > 0.5) return [r, g, b];
    }
    return [255, 255, 255];
  };
  const faint = [];
  for (const element of document.querySelectorAll("body *")) {
    const own = [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim() !== "");
    if (!own || element.closest("svg, noscript") || element.getClientRects().length === 0) continue;
    const style = getComputedStyle(element);
    const [high, low] = [light(parts(style.color).slice(0, 3)), light(ground(element))].sort((a, b) => b - a);
    const size = parseFloat(style.fontSize);
    const large = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
    if ((high + 0.05) / (low + 0.05) < (large ? 3 : 4.5)) faint.push(`${element.textContent.trim().slice(0, 40)}`);
  }
  return faint;
}"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with launched() as chromium:
        yield chromium


@pytest.fixture(scope="module")
def scenes() -> Iterator[dict[str, str]]:
    """The addresses of the scenes, for tests that only read."""
    with served(scene_app("morning")) as morning, served(scene_app("alarm")) as alarm:
        yield {"morning": morning, "alarm": alarm}


def address(scenes: dict[str, str], name: str) -> str:
    """Return the address of a page; a probe in braces stands for its latest finding."""
    scene, path = PAGES[name]
    url = scenes[scene]
    if path.startswith("{"):
        with urlopen(f"{url}/api/findings") as response:
            found = msgspec.json.decode(response.read())["items"]
        finding = next(one["finding"]["id"] for one in found if one["finding"]["probe"] == path.strip("{}"))
        path = f"/findings/{finding}"
    return url + path


def settled(page: Page) -> None:
    """Wait until the page is as a person sees it: the curve drawn, the stream heard."""
    if page.locator("#chart").count():
        page.wait_for_selector("#chart[data-drawn], #chart .message")
    if page.locator("#live").count():
        page.wait_for_selector("#live-state[data-kind=on]")


@pytest.mark.parametrize("viewport", VIEWPORTS)
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", PAGES)
def test_every_page_is_shown_without_a_fault(
    browser: Browser, scenes: dict[str, str], name: str, language: str, viewport: str
) -> None:
    told = opened(browser, address(scenes, name), language, VIEWPORTS[viewport])
    settled(told.page)
    told.shot(f"{name}-{language}-{viewport}")
    assert told.page.evaluate("document.documentElement.lang") == {"zh": "zh-CN", "en": "en"}[language]
    assert told.page.evaluate(OVERFLOW) <= 0
    assert told.page.evaluate(CONTRAST) == []
    faults = [fault for fault in told.all_faults() if name != "missing" or "404" not in fault]
    assert faults == []
    if told.page.locator("#chart[data-drawn]").count():
        upper, lower = told.page.evaluate(PAINTED)
        assert upper["blue"] > 300
        assert lower["painted"] > 500
    told.close()


def test_pages_are_light(browser: Browser, scenes: dict[str, str]) -> None:
    weights: dict[str, tuple[int, int]] = {}
    for name in PAGES:
        url = address(scenes, name)
        told = opened(browser, url, "zh", DESKTOP)
        settled(told.page)
        weights[name] = told.bytes_by_path["/" + url.split("/", 3)[3].split("?")[0]], sum(told.bytes_by_path.values())
        told.close()
    for name, (html, whole) in weights.items():
        print(f"page weight: {name} {html} bytes of HTML, {whole} bytes on a first visit")
    assert {name: html for name, (html, _) in weights.items() if html > PAGE_BYTES_MAX} == {}
    assert {name: whole for name, (_, whole) in weights.items() if whole > WHOLE_BYTES_MAX} == {}


@contextmanager
def lived(scene: Scene, clock: HandClock) -> Iterator[tuple[str, PipelineRecorder, Live]]:
    """Give the pages of a scene that goes on: where they are, what goes on, and the stream that tells of it."""
    store = MemoryStore()
    pipeline = story(store, scene)
    recorder, live = PipelineRecorder(pipeline, clock), Live(lambda: pipeline.generation)
    with served(console_app(store, recorder=recorder, live=live, clock=clock)) as url:
        yield url, recorder, live


@pytest.fixture
def living(browser: Browser) -> Iterator[tuple[Opened, PipelineRecorder, HandClock]]:
    """The calm overview of a store that goes on."""
    clock = HandClock(NOW)
    with lived("calm", clock) as (url, recorder, _):
        told = opened(browser, f"{url}/?lang=en", "en", DESKTOP)
        settled(told.page)
        yield told, recorder, clock
        told.close()


def test_a_change_is_on_the_screen_as_it_happens(living: tuple[Opened, PipelineRecorder, HandClock]) -> None:
    told, recorder, _ = living
    inside = told.page.locator("#tile-platelet-1 .counts dd").first
    assert inside.inner_text() == "4"
    begun_ms = told.page.evaluate("performance.now()")
    recorder.record(PlaceUnit(unit=unit_id(61), place="platelet-1", at_ms=NOW, actor="test"))
    told.page.wait_for_function("() => document.querySelector('#tile-platelet-1 .counts dd').textContent === '5'")
    lasted_ms = told.page.evaluate("performance.now()") - begun_ms
    print(f"from commit to screen: {lasted_ms:.0f} ms")
    assert lasted_ms < 3_000
    assert told.all_faults() == []


def test_an_alarm_appears_with_a_countdown_that_counts(living: tuple[Opened, PipelineRecorder, HandClock]) -> None:
    told, recorder, clock = living
    page = told.page
    assert "Nothing needs you first" in page.locator("#live-first").inner_text()
    clock.wait(MINUTE)
    warm = [
        Sample(
            seq=900_001 + at,
            origin="fridge-1-load",
            taken_ms=NOW + at * 1_000,
            boottime_ms=1,
            micro_celsius=WARM,
        )
        for at in range(30)
    ]
    with recorder.turn:
        recorder.pipeline.process([batch(POINT, warm, sent_ms=NOW + MINUTE)], NOW + MINUTE)
    page.wait_for_selector("#live-first .tone-outside")
    assert "Blood fridge 1: too warm, delay running" in page.locator("#live-first").inner_text()
    due = page.locator("#live-first .tone-outside [data-due]")  # gateways that were not heard for a minute count too
    shown = due.inner_text()
    page.wait_for_function(
        "(shown) => document.querySelector('#live-first .tone-outside [data-due]').textContent !== shown", arg=shown
    )
    assert due.inner_text().startswith(("4 min", "3 min"))
    assert page.locator("#tile-fridge-1 .tile.tone-outside").count() == 1
    assert told.all_faults() == []


def test_what_somebody_opened_or_marked_is_not_taken_away(browser: Browser) -> None:
    with lived("morning", HandClock(NOW)) as (url, recorder, _):
        told = opened(browser, f"{url}/?lang=zh", "zh", DESKTOP)
        page = told.page
        settled(page)
        page.click("#live-held details summary >> nth=0")
        page.focus("#to-platelet-1")
        page.evaluate("getSelection().selectAllChildren(document.querySelector('#tile-freezer-1 .value'))")
        recorder.record(PlaceUnit(unit=unit_id(61), place="platelet-1", at_ms=NOW, actor="test"))
        page.wait_for_selector("#tile-platelet-1 .counts dd >> text=/^5$/")
        assert "-26.5" in page.evaluate("getSelection().toString()")
        assert page.evaluate("document.activeElement.id") == "to-platelet-1"
        assert page.locator("#tile-freezer-1 .counts dd").first.inner_text() == "8"
        assert page.locator("#live-held details[open]").count() == 1
        page.evaluate("getSelection().removeAllRanges()")
        page.wait_for_selector("#tile-freezer-1 .counts dd >> text=/^7$/")
        assert page.locator("#live-held details[open]").count() == 1
        assert told.all_faults() == []
        told.close()


def test_a_mark_that_stays_does_not_keep_an_old_tile(browser: Browser) -> None:
    with lived("morning", HandClock(NOW)) as (url, recorder, _):
        told = opened(browser, f"{url}/?lang=zh", "zh", DESKTOP)
        page = told.page
        page.clock.install()
        page.reload(wait_until="load")
        settled(page)
        page.evaluate("getSelection().selectAllChildren(document.querySelector('#tile-platelet-1 .value'))")
        recorder.record(PlaceUnit(unit=unit_id(61), place="platelet-1", at_ms=NOW, actor="test"))
        page.wait_for_selector("#tile-freezer-1 .counts dd >> text=/^7$/")
        assert page.locator("#tile-platelet-1 .counts dd").first.inner_text() == "4"
        page.clock.run_for(31_000)
        recorder.record(PlaceUnit(unit=unit_id(62), place="platelet-1", at_ms=NOW, actor="test"))
        page.wait_for_selector("#tile-platelet-1 .counts dd >> text=/^6$/")
        assert told.all_faults() == []
        told.close()


def test_a_stream_that_is_cut_is_said_and_the_page_reads_itself_anew(browser: Browser) -> None:
    with lived("calm", HandClock(NOW)) as (url, recorder, live):
        told = opened(browser, f"{url}/?lang=en", "en", PHONE, hand_clock=True)
        page = told.page
        settled(page)
        live.stop()
        recorder.record(PlaceUnit(unit=unit_id(61), place="platelet-1", at_ms=NOW, actor="test"))
        page.clock.run_for(31_000)
        page.wait_for_selector("#live-state[data-kind=slow]")
        assert "live stream is cut" in page.locator("#live-state").inner_text()
        page.wait_for_selector("#tile-platelet-1 .counts dd >> text=/^5$/")
        assert page.locator("#stale").is_hidden()
    page.clock.run_for(31_000)
    page.wait_for_selector("#stale:not([hidden])")
    assert "This page is not up to date: what you see is of 2026-03-12 09:30" in page.locator("#stale").inner_text()
    assert told.page.evaluate(OVERFLOW) <= 0
    told.shot("overview-stale-en-phone")
    told.close()


@pytest.mark.parametrize("viewport", VIEWPORTS)
def test_pressing_on_the_chart_lists_what_was_inside_then(
    browser: Browser, scenes: dict[str, str], viewport: str
) -> None:
    told = opened(browser, f"{scenes['morning']}/places/fridge-2?lang=en", "en", VIEWPORTS[viewport])
    page = told.page
    settled(page)
    assert "15 units inside, 0 possibly" in page.locator("#inside").inner_text()
    page.locator("#chart").scroll_into_view_if_needed()
    box = page.locator("#chart .u-over").first.bounding_box()
    assert box

    def press(before: int) -> None:
        page.mouse.click(box["x"] + box["width"] * (1 - before / (24 * HOUR)), box["y"] + 40)

    press(FAILS)
    page.wait_for_function("() => document.querySelector('#inside').textContent.includes('12 units inside')")
    assert "Inside at 2026-03-12 02:" in page.locator("#inside h2").inner_text()
    told.shot(f"moment-en-{viewport}")
    press(5 * HOUR + 30 * MINUTE)
    page.wait_for_function("() => document.querySelector('#inside').textContent.includes('13 units inside')")
    assert page.locator("#moment").get_attribute("aria-valuetext", timeout=1_000)
    page.click("#inside-now")
    settled(page)
    assert "15 units inside" in page.locator("#inside").inner_text()
    assert told.all_faults() == []
    told.close()


def test_the_moment_can_be_chosen_by_keyboard_and_stays_while_the_page_refreshes(
    browser: Browser, scenes: dict[str, str]
) -> None:
    told = opened(browser, f"{scenes['morning']}/places/fridge-1?lang=zh&hours=6", "zh", DESKTOP, hand_clock=True)
    page = told.page
    settled(page)
    page.focus("#moment")
    page.keyboard.press("Home")
    page.clock.run_for(400)
    page.wait_for_function("() => document.querySelector('#inside h2').textContent.includes('03:30:00')")
    page.clock.run_for(11_000)
    assert "03:30:00" in page.locator("#inside h2").inner_text()
    assert page.evaluate("document.activeElement.id") == "moment"
    assert told.all_faults() == []
    told.close()


def test_ranges_and_earlier_and_later_are_links(browser: Browser, scenes: dict[str, str]) -> None:
    told = opened(browser, f"{scenes['morning']}/places/fridge-1?lang=en", "en", DESKTOP)
    page = told.page
    settled(page)
    page.click("text=6 h")
    settled(page)
    assert "From 2026-03-12 03:30:00 to 2026-03-12 09:30:00" in page.locator("#live-window").inner_text()
    page.click("#pan-back")
    settled(page)
    assert "From 2026-03-12 00:30:00 to 2026-03-12 06:30:00" in page.locator("#live-window").inner_text()
    page.click("#pan-on")
    settled(page)
    assert "From 2026-03-12 03:30:00 to 2026-03-12 09:30:00" in page.locator("#live-window").inner_text()
    assert told.all_faults() == []
    told.close()


def test_a_keyboard_reaches_the_content_first_and_everything_by_tab(browser: Browser, scenes: dict[str, str]) -> None:
    told = opened(browser, f"{scenes['alarm']}/?lang=en", "en", DESKTOP)
    page = told.page
    settled(page)
    page.keyboard.press("Tab")
    page.wait_for_function("() => document.activeElement.textContent === 'Skip to the content'")
    page.keyboard.press("Enter")
    page.wait_for_url("**#main")
    page.keyboard.press("Tab")
    page.wait_for_function("() => document.activeElement.getAttribute('href') === '/alarms'")
    page.keyboard.press("Tab")
    page.wait_for_function("() => document.activeElement.id.startsWith('first-fridge-1')")
    assert page.locator(":focus").inner_text() == "Blood fridge 1: too warm"
    page.keyboard.press("Enter")
    page.wait_for_url("**/findings/f-*")
    settled(page)
    assert told.all_faults() == []
    told.close()


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_overview_says_the_same_without_scripts(browser: Browser, scenes: dict[str, str], language: str) -> None:
    with_scripts = opened(browser, f"{scenes['alarm']}/", language, DESKTOP)
    settled(with_scripts.page)
    without = opened(browser, f"{scenes['alarm']}/", language, DESKTOP, scripts=False)
    for part in (".what a", ".facts", ".todo"):  # a countdown ticks on where scripts run
        said = without.page.locator(f"#live-first {part}").all_inner_texts()
        assert said == with_scripts.page.locator(f"#live-first {part}").all_inner_texts() != []
    assert {"zh": "每 30 秒重新载入", "en": "loads itself anew every 30 s"}[language] in without.page.locator(
        "main"
    ).inner_text()
    assert without.page.locator('meta[http-equiv="refresh"]').count() == 1
    told = without.page.goto(f"{scenes['morning']}/places/fridge-1?at_ms={NOW - FAILS}")
    assert told
    assert told.status == 200
    assert {"zh": "31 袋", "en": "31 units"}[language] in without.page.locator("#inside").inner_text()
    without.close()
    with_scripts.close()
