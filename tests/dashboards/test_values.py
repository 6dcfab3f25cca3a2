"""The last value on a tile: exact whatever it is, in the language of the board whatever the mirror's."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.board_display import look

from coldchain.temperature import ABSOLUTE_ZERO_MICRO_CELSIUS, celsius_text
from dashboards.boards import board_json, boards
from dashboards.texts import Language

PANELS: dict[str, dict[str, Any]] = {
    board.uid.rpartition("-")[2]: panel
    for board in boards("http://127.0.0.1:8080")
    if board.uid.startswith("cc-wall")
    for panel in json.loads(board_json(board))["panels"]
    if panel.get("options", {}).get("reduceOptions", {}).get("fields") == "/^value$/"
}
# What the console calls them: the words that the mirror's value_text is made of.
ROLES = {"load": ("载荷探头", "load probe"), "air": ("空气探头", "air probe")}
SHORT = {"load": ("载荷", "load"), "air": ("空气", "air")}
MIRRORS = ("zh", "en", "both")
NONE = (
    ("尚无读数", "no reading yet"),
    ("无传感器", "no sensor"),
    ("读数不可信", "implausible reading"),
    ("传感器故障", "sensor fault"),
)


def written(said: tuple[str, str], role: str, mirror: str) -> str:
    """Return a value_text as a mirror has it: in Chinese, in English, or in both."""
    zh, en = f"{said[0]}（{ROLES[role][0]}）", f"{said[1]} ({ROLES[role][1]})"
    return {"zh": zh, "en": en, "both": f"{zh} / {en}"}[mirror]


def on_board(text: str, language: Language) -> str:
    """Return what stands on the tile."""
    return look(PANELS[language], "value").display(text, 0).text


@given(
    st.integers(ABSOLUTE_ZERO_MICRO_CELSIUS, 200_000_000),
    st.sampled_from(sorted(ROLES)),
    st.sampled_from(MIRRORS),
    st.sampled_from(Language),
)
def test_a_value_keeps_every_digit_and_says_load_or_air(micro: int, role: str, mirror: str, board: Language) -> None:
    value = f"{celsius_text(micro)} °C"
    at = list(Language).index(board)
    assert on_board(written((value, value), role, mirror), board) == f"{value} {SHORT[role][at]}"
    last = written((f"最后读数 {value}", f"last {value}"), role, mirror)
    assert on_board(last, board) == f"{('上次', 'last')[at]} {value} {SHORT[role][at]}"


@pytest.mark.parametrize("board", Language)
@pytest.mark.parametrize("mirror", MIRRORS)
@pytest.mark.parametrize("said", NONE)
def test_where_there_is_no_value_the_tile_says_why(said: tuple[str, str], mirror: str, board: Language) -> None:
    at = list(Language).index(board)
    assert on_board(written(said, "air", mirror), board) == f"{said[at]} {SHORT['air'][at]}"


@pytest.mark.parametrize("board", Language)
@pytest.mark.parametrize("text", ["没有探头", "no probe", "没有探头 / no probe"])
def test_a_place_without_a_probe_says_so(text: str, board: Language) -> None:
    assert on_board(text, board) == ("没有探头" if board is Language.ZH else "no probe")


@pytest.mark.parametrize("board", Language)
def test_words_that_nobody_foresaw_are_shown_as_they_came(board: Language) -> None:
    assert on_board("4.0 °C · 回风 return", board) == "4.0 °C · 回风 return"


def test_nothing_shown_is_no_value_but_words() -> None:
    assert {panel["fieldConfig"]["defaults"]["noValue"] for panel in PANELS.values()} == {
        "无数据，请到现场查看",
        "No data: go and look",
    }
