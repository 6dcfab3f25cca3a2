"""The boards of transport and of alarms on a real InfluxDB: a day with three boxes, four journeys and eight alarms."""

import json
import time
from typing import Any

import pytest
from support.board_data import snapshot_lines
from support.board_display import look, transformed
from support.board_points_b import BOX, ROADS, extra_snapshot_lines, fill_roads
from support.board_targets import Frame, View
from support.influx import InfluxServer

from dashboards.boards import board_json, boards
from dashboards.texts import Language, say

pytestmark = pytest.mark.journey

Json = dict[str, Any]

BOARDS: dict[str, Json] = {
    board.uid: json.loads(board_json(board))
    for board in boards("http://127.0.0.1:8080")
    if board.uid.split("-")[1] in {"transport", "alarms"}
}
SLOWEST_S = 2.0  # a machine that tests several things at once; the figure itself is printed
BOXES = (BOX, "box-2", "box-3")
SAYS_NOTHING = {  # what a box that never spoke has no answer to
    "box-3": {"transport.way", "transport.curve", "transport.lid"},
    "box-2": {"transport.curve", "transport.lid"},
}

every_board = pytest.mark.parametrize("uid", BOARDS)
every_language = pytest.mark.parametrize("language", Language)


@pytest.fixture(scope="session")
def roads(day: InfluxServer) -> InfluxServer:
    """The server with the database ROADS."""
    fill_roads(day, int(time.time() * 1_000))
    return day


@pytest.fixture
def look_at(roads: InfluxServer) -> View:
    """A look at the last 24 hours; how everything stands was said just now."""
    now_ms = int(time.time() * 1_000)
    roads.write(ROADS, b"\n".join([*snapshot_lines(now_ms), *extra_snapshot_lines(now_ms)]))
    return View(roads.url, ROADS, now_ms)


def panel_of(board: Json, title: str) -> Json:
    """Return the panel with a title."""
    panel: Json = next(panel for panel in board["panels"] if panel["title"] == title)
    return panel


def shown(panel: Json, frames: list[Frame], view: View) -> list[dict[str, str]]:
    """Return the rows of a table, in words, by the names of their columns."""
    (frame,) = transformed(panel, frames)
    looks = {column.name: look(panel, column.name) for column in frame.columns}
    return [
        {looks[c.name].name: looks[c.name].display(c.values[at], view.now_ms).text for c in frame.columns}
        for at in range(len(frame))
    ]


def rows_of(board: Json, title: str, view: View) -> list[dict[str, str]]:
    """Return the rows of the table with a title, in words."""
    panel = panel_of(board, title)
    return shown(panel, view.frames(panel), view)


def tiles_of(board: Json, title: str, view: View) -> dict[str, Any]:
    """Return the last value of each tile of a panel by its name."""
    found = view.frames(panel_of(board, title))
    return {frame.columns[1].name: frame.columns[1].values[-1] for frame in found}


@every_board
@pytest.mark.parametrize("box", BOXES)
def test_every_query_is_answered_with_values(uid: str, box: str, look_at: View) -> None:
    board = BOARDS[uid]
    look_at.choose(board, **({"place": box} if "transport" in uid else {}))
    silent = {say(Language(uid[-2:]), key) for key in SAYS_NOTHING.get(box, ()) if "transport" in uid}
    for panel in (one for one in board["panels"] if "targets" in one):
        frames = look_at.frames(panel)
        if panel["title"] in silent:
            continue
        assert frames, f"{panel['title']} {panel['description']}: nothing came"
        for frame in frames:
            values = [value for column in frame.columns[1:] for value in column.values]
            assert any(value is not None for value in values), f"{panel['title']}: only nulls"
    for annotation in board["annotations"]["list"]:
        look_at.ask(look_at.filled(annotation["query"], {}, 10))
    slowest = max(look_at.asked, key=lambda one: one.seconds)
    print(f"{uid} {box}: {len(look_at.asked)} queries, slowest {slowest.seconds * 1e3:.0f} ms: {slowest.query[:80]}")
    assert slowest.seconds < SLOWEST_S, slowest.query
