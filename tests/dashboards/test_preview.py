"""The boards as people see them: drawn from their own queries in a real browser, on a wall and on a phone."""

import json

import pytest
from playwright.sync_api import Browser
from support.board_data import PLACES
from support.board_screens import CUT, DRAWN, PHONE, SMALLEST, WALL, WIDER, drawn_at, sizes
from support.board_targets import View

from dashboards.boards import board_json, boards
from dashboards.texts import Language, say

pytestmark = pytest.mark.journey

BOARDS = {
    board.uid: json.loads(board_json(board))
    for board in boards("http://127.0.0.1:8080")
    if board.uid.split("-")[1] not in {"transport", "alarms"}  # test_roads_preview.py
}


@pytest.mark.parametrize("uid", ["cc-wall-zh", "cc-wall-en"])
def test_from_across_the_room_nothing_is_larger_than_the_last_value(browser: Browser, view: View, uid: str) -> None:
    tab = drawn_at(browser, BOARDS[uid], view, WALL)
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
    tab = drawn_at(browser, BOARDS[uid], view, PHONE, place=None if "wall" in uid else "fridge-1")
    assert tab.evaluate(WIDER) <= 0
    first = {say(language, "online.1") for language in Language} if "ingest" in uid else set()
    values = [size for text, size in sizes(tab).items() if " °C " in text or text in first]
    assert values
    assert min(values) >= (22 if first else 28)
    assert tab.evaluate(CUT) == []
    assert min(sizes(tab).values()) >= SMALLEST
    tab.close()


def test_the_site_board_draws_curves_lanes_and_tables(browser: Browser, view: View) -> None:
    tab = drawn_at(browser, BOARDS["cc-site-zh"], view, WALL, place="fridge-1")
    assert [drawn > 5 for drawn in tab.evaluate(DRAWN)] == [True] * 6
    text = tab.inner_text("body")
    for words in ("储血冰箱 1", "偏高", "尚未确认", "持续中", "已测得", "cn-rbc"):
        assert words in text
    tab.close()


@pytest.mark.parametrize("language", Language)
def test_the_device_board_draws_every_curve_of_a_fridge(browser: Browser, view: View, language: Language) -> None:
    tab = drawn_at(browser, BOARDS[f"cc-device-{language}"], view, WALL, place="fridge-1")
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
    tab = drawn_at(browser, BOARDS[f"cc-ingest-{language}"], view, WALL)
    assert [drawn > 3 for drawn in tab.evaluate(DRAWN)] == [True] * 7
    text = tab.inner_text("body")
    for words in ("gw-1", "gw-2", "box-1", "reader-1", "0.6.0", "cn-plt"):
        assert words in text
    for key in ("online.0", "online.1", "never", "reason.unknown-device", "reason.bad-signature", "confirmed.0"):
        assert say(language, key) in text
    assert tab.evaluate(WIDER) <= 0
    tab.close()


def test_a_dead_wall_is_dark_from_end_to_end(browser: Browser, dead_view: View) -> None:
    tab = drawn_at(browser, BOARDS["cc-wall-zh"], dead_view, WALL)
    text = tab.inner_text("body")
    overview, figures = 1, 1  # one dark tile for all, where no state came at all; the sum of bags on hold
    assert text.count("无数据，请到现场查看") >= overview + figures + 4 * len(PLACES)
    states = {say(Language.ZH, f"{words}.{level}") for words in ("level", "short") for level in range(8)}
    assert states.isdisjoint(text.splitlines()), "no tile says how a place stands"
    tab.close()
