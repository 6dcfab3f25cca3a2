"""The boards of transport and of alarms as people see them: maps, tables and counts, on a screen and on a phone."""

import json
import time

import pytest
from playwright.sync_api import Browser
from support.board_roads import BOX, fill_roads
from support.board_screens import CUT, PHONE, SMALLEST, WALL, WIDER, drawn_at, sizes
from support.board_targets import View, view_of
from support.influx import InfluxServer

from dashboards.boards import board_json, boards
from dashboards.texts import Language, say

pytestmark = pytest.mark.journey

BOARDS = {
    board.uid: json.loads(board_json(board))
    for board in boards("http://127.0.0.1:8080")
    if board.uid.split("-")[1] in {"transport", "alarms"}
}
CIRCLES = "() => [...document.querySelectorAll('circle')].map((dot) => dot.getAttribute('fill'))"

every_language = pytest.mark.parametrize("language", Language)


@every_language
def test_the_transport_board_draws_two_maps_the_journeys_and_the_chosen_box(
    browser: Browser, look_at: View, language: Language
) -> None:
    tab = drawn_at(browser, BOARDS[f"cc-transport-{language}"], look_at, WALL, place=BOX)
    text = tab.inner_text("body")
    for words in ("市第一医院", "3.5625", "10.3125", "cn-rbc", "31.068628"):
        assert words in text
    for key in ("trip.over", "trip.untold", "trip.unmeasured", "confirmed.0", "transport.limits"):
        assert say(language, key) in text
    dots = tab.evaluate(CIRCLES)
    assert {"#6f42a8", "#2f8f4e"} <= set(dots), "one box unknown, one within limits"
    assert len(dots) == 2 + 31
    assert tab.evaluate(WIDER) <= 0
    tab.close()


@every_language
def test_the_board_of_alarms_draws_counts_lists_and_findings(
    browser: Browser, look_at: View, language: Language
) -> None:
    tab = drawn_at(browser, BOARDS[f"cc-alarms-{language}"], look_at, WALL)
    text = tab.inner_text("body")
    for words in ("a-101", "a-100", "王强，技术员", "f-cold", "1.4375", "06:50:"):
        assert words in text
    for key in ("alarm.state.cleared", "alarm.place.site", "severity.critical", "alarm.nobody", "confirmed.0"):
        assert say(language, key) in text
    assert tab.evaluate(WIDER) <= 0
    tab.close()


@pytest.mark.parametrize("uid", BOARDS)
def test_a_board_can_be_read_on_a_phone(browser: Browser, look_at: View, uid: str) -> None:
    tab = drawn_at(browser, BOARDS[uid], look_at, PHONE, place=BOX)
    assert tab.evaluate(WIDER) <= 0
    letters = sizes(tab)
    assert [size for text, size in letters.items() if text.isdigit()]
    assert min(size for text, size in letters.items() if text.isdigit()) >= 17
    assert all(size >= 28 for text, size in letters.items() if " °C " in text)
    assert tab.evaluate(CUT) == []
    assert min(letters.values()) >= SMALLEST
    tab.close()


@every_language
def test_a_dead_board_of_transport_has_no_bright_tile_and_no_bright_dot(
    browser: Browser, roads: InfluxServer, language: Language
) -> None:
    now_ms = int(time.time() * 1_000)
    database = f"dead-roads-{language}"
    fill_roads(roads, now_ms - 70_000, database=database)
    view = view_of(roads, now_ms, database)
    tab = drawn_at(browser, BOARDS[f"cc-transport-{language}"], view, WALL, place=BOX)
    text = tab.inner_text("body")
    assert text.count(say(language, "no-data")) >= 5
    states = {say(language, f"{words}.{level}") for words in ("level", "short") for level in range(8)}
    assert states.isdisjoint(text.splitlines())
    assert not {"#6f42a8", "#2f8f4e"} & set(tab.evaluate(CIRCLES))
    tab.close()
