"""How long the queries of the boards take over a day and over 30 days, on real servers: below 100 ms and below 1 s."""

import json
import time
from dataclasses import replace
from typing import Any

import pytest
from support.board_data import snapshot_lines
from support.board_month import MONTH, PLACE, fill_month
from support.board_pace import ROOM, slowest
from support.board_points import point_snapshot
from support.board_targets import View, view_of
from support.influx import InfluxServer

from dashboards.boards import board_json, boards
from dashboards.texts import Language, say

pytestmark = pytest.mark.journey

Json = dict[str, Any]

BOARDS: dict[str, Json] = {
    board.uid: json.loads(board_json(board))
    for board in boards("http://127.0.0.1:8080")
    if board.uid in {"cc-site-zh", "cc-device-zh", "cc-ingest-zh"}  # the English sets ask the same
}
EMPTY = {
    say(Language.ZH, key)
    for key in (
        *("site.findings", "site.findings.more", "device.kinetic", "device.battery", "device.signal", "device.signals"),
    )
}
POINTS_MIN = 900_000
MONTH_S, DAY_S = 1.0, 0.1


@pytest.fixture(scope="module")
def month(day: InfluxServer) -> View:
    now_ms = int(time.time() * 1_000)
    points = fill_month(day, now_ms)
    print(f"{points} points")
    assert points > POINTS_MIN
    return view_of(day, now_ms, MONTH)


@pytest.mark.parametrize("uid", BOARDS)
@pytest.mark.parametrize(("hours", "most_s"), [(24, DAY_S), (720, MONTH_S)], ids=["day", "month"])
def test_a_board_answers_while_a_person_waits(
    uid: str, hours: int, most_s: float, day: InfluxServer, month: View
) -> None:
    now_ms = int(time.time() * 1_000)
    day.write(MONTH, b"\n".join([*snapshot_lines(now_ms), *point_snapshot(now_ms)]))
    view, board = replace(month, hours=hours, asked=[], chosen={}), BOARDS[uid]
    view.choose(board, **({"place": PLACE} if "place" in json.dumps(board["templating"]) else {}))
    found = slowest(view, board, EMPTY)
    name = found.query.partition("FROM ")[2].split()[0]
    print(f"{uid}, {hours} h: slowest {found.seconds * 1e3:.0f} ms, of {name}")
    assert found.seconds < most_s * ROOM, found.query
