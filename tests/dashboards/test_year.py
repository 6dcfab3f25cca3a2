"""How long the boards of alarms and journeys take in a year of a large service: 3,000 alarms, 2,000 findings.

Below 100 ms for a day, below 1 s for 30 days, and all alarms of the year in one query, also below 1 s.
"""

import json
import time
from typing import Any

import pytest
from support.board_display import panel_of
from support.board_pace import ROOM, slowest
from support.board_targets import View, view_of
from support.board_year import ALARMS, STANDING, YEAR, fill_year, snapshot_of_year
from support.influx import InfluxServer

from dashboards.alarms_queries import ROWS_MAX
from dashboards.boards import board_json, boards
from dashboards.texts import Language, say

pytestmark = pytest.mark.journey

Json = dict[str, Any]

BOARDS: dict[str, Json] = {
    board.uid: json.loads(board_json(board))
    for board in boards("http://127.0.0.1:8080")
    if board.uid in {"cc-alarms-zh", "cc-transport-zh"}  # the English sets ask the same
}
EMPTY = {say(Language.ZH, key) for key in ("wall.holds", "transport.curve", "transport.lid")}  # not in the year
DAY_H, MONTH_H, YEAR_H = 24, 720, 8_784


@pytest.fixture(scope="module")
def year(day: InfluxServer) -> InfluxServer:
    print(f"{fill_year(day, int(time.time() * 1_000))} points")
    return day


def look_over(server: InfluxServer, hours: int) -> View:
    now_ms = int(time.time() * 1_000)
    server.write(YEAR, b"\n".join(snapshot_of_year(now_ms)))
    view = view_of(server, now_ms, YEAR)
    view.hours = hours
    return view


@pytest.mark.parametrize("uid", BOARDS)
@pytest.mark.parametrize(
    ("hours", "most_s"), [(DAY_H, 0.1), (MONTH_H, 1.0), (YEAR_H, 1.0)], ids=["day", "month", "year"]
)
def test_a_year_of_alarms_makes_no_board_slow(uid: str, hours: int, most_s: float, year: InfluxServer) -> None:
    view, board = look_over(year, hours), BOARDS[uid]
    view.choose(board)
    found = slowest(view, board, EMPTY)
    name = found.query.partition("FROM ")[2].split()[0]
    print(f"{uid}, {hours} h: slowest {found.seconds * 1e3:.0f} ms, of {name}")
    assert found.seconds < most_s * ROOM, found.query


def test_what_waits_stands_first_and_the_year_of_alarms_is_one_query(year: InfluxServer) -> None:
    view, board = look_over(year, YEAR_H), BOARDS["cc-alarms-zh"]
    view.choose(board)
    for key, number in (("alarms.list", 0), ("alarms.seen", 1)):
        listed = [frame.column("id") for frame in view.frames(panel_of(board, say(Language.ZH, key)))]
        assert sorted(name for names in listed for name in names if name.startswith("a-03")) == sorted(
            f"a-{ALARMS + at:05d}" for at in range(number, STANDING, 2)
        ), key
    (history,) = view.frames(panel_of(board, say(Language.ZH, "alarms.history")))
    times = history.column("Time")
    assert (len(times), times) == (ROWS_MAX, sorted(times, reverse=True))
    raised = view.frames(panel_of(board, say(Language.ZH, "alarms.raised")))
    assert sum(frame.columns[1].values[0] for frame in raised) > ALARMS
