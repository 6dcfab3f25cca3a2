"""A real browser for tests of pages: Chromium from the system, faults of a page collected, pictures kept."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import pytest
from playwright.sync_api import Browser, Page, Request, sync_playwright

SCREENS: Final = Path(__file__).parents[2] / "build" / "screens"
DESKTOP: Final = {"width": 1280, "height": 800}
PHONE: Final = {"width": 390, "height": 844}
VIEWPORTS: Final = {"desktop": DESKTOP, "phone": PHONE}
LANGUAGES: Final = {"zh": "zh-CN", "en": "en-GB"}
ARGUMENTS: Final = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-background-networking"]
OVERFLOW: Final = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
# Scripts see what the content policy blocked; a page that needs something blocked is a fault.
WATCH_POLICY: Final = """
window.policyFaults = [];
document.addEventListener("securitypolicyviolation", (event) => window.policyFaults.push(event.violatedDirective));
"""
# For each canvas of the chart: pixels neither transparent nor nearly white, and pixels of the load line's blue.
# A copy is read, because Chromium warns about repeated reading of a canvas that is drawn on.
PAINTED: Final = """() => [...document.querySelectorAll('#chart canvas')].map((canvas) => {
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


@dataclass(slots=True)
class Opened:
    """A page, what went wrong on it, and how many bytes it fetched by address."""

    page: Page
    faults: list[str] = field(default_factory=list)
    bytes_by_path: dict[str, int] = field(default_factory=dict)

    def all_faults(self) -> list[str]:
        """Return what the console, the network and the content policy complained of."""
        return [*self.faults, *self.page.evaluate("window.policyFaults")]

    def shot(self, name: str) -> None:
        """Keep a picture of the whole page."""
        SCREENS.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=SCREENS / f"{name}.png", full_page=True)

    def close(self) -> None:
        """Close the page and its context."""
        self.page.context.close()


@contextmanager
def launched() -> Iterator[Browser]:
    """Give Chromium; without one the test is skipped, in CI it fails."""
    chromium = shutil.which("chromium")
    if chromium is None:
        reason = "no Chromium on this machine: apt-get install chromium fonts-noto-cjk"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, headless=True, args=ARGUMENTS)
        yield browser
        browser.close()


def opened(
    browser: Browser,
    url: str,
    language: str,
    viewport: dict[str, int],
    *,
    scripts: bool = True,
    hand_clock: bool = False,
) -> Opened:
    """Open an address. The browser sits in another time zone on purpose: the page has to show the site's.

    `hand_clock`: the page's timers go on only by page.clock.
    """
    context = browser.new_context(
        viewport=viewport,  # type: ignore[arg-type]
        locale=LANGUAGES[language],
        timezone_id="America/New_York",
        java_script_enabled=scripts,
    )
    context.add_init_script(WATCH_POLICY)
    page = context.new_page()
    told = Opened(page)
    page.on("console", lambda said: told.faults.append(said.text) if said.type in {"error", "warning"} else None)
    page.on("pageerror", lambda error: told.faults.append(str(error)))
    page.on("requestfailed", lambda request: _failed(told, request))
    page.on("requestfinished", lambda request: _finished(told, request))
    if hand_clock:
        page.clock.install()
    page.goto(url, wait_until="load")
    return told


def _failed(told: Opened, request: Request) -> None:
    # A stream never ends by itself: leaving the page cuts it. So it does with an icon that is still on its way, and
    # with the page itself when it is just being asked for anew (refresh.js).
    path = "/" + request.url.split("/", 3)[3].split("?")[0]
    anew = request.resource_type == "fetch" and not path.startswith("/api/")
    cut = path.endswith(("/live", "/favicon.svg")) or anew
    if not (cut and request.failure == "net::ERR_ABORTED"):
        told.faults.append(f"failed: {request.url} {request.failure}")


def _finished(told: Opened, request: Request) -> None:
    path = "/" + request.url.split("/", 3)[3].split("?")[0]
    told.bytes_by_path[path] = told.bytes_by_path.get(path, 0) + request.sizes()["responseBodySize"]
