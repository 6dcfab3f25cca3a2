"""A place that was renamed, on every board: it stands there once, under its id, and under the name in force."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from support.board_targets import View
from support.influx import InfluxServer
from support.mirror_more import END, T0
from support.renamed_house import NEW, OLD, House

from dashboards import queries
from dashboards.boards import board_json, boards
from dashboards.texts import Language

Json = dict[str, Any]

BOARDS: dict[str, Json] = {board.uid: json.loads(board_json(board)) for board in boards("http://127.0.0.1:8080")}


class Then(View):
    """A look from the time of the record: what a query calls now is that, whatever the clock says."""

    def filled(self, query: str, scope: dict[str, list[str]], interval_s: int) -> str:
        """Return a query with that time in it."""
        return super().filled(query, scope, interval_s).replace("now()", f"{self.now_ms}ms")


@pytest.fixture(scope="module")
def house() -> House:
    made = House()
    made.follow()
    return made


@pytest.fixture(scope="module")
def then(house: House, day: InfluxServer) -> Then:
    """A look at what was mirrored before, and then after the server started again with another name."""
    day.create("renamed")
    if not house.renamed:
        house.name(NEW)
        house.follow()
    for body in house.sink.bodies:
        day.write("renamed", body)
    headers: dict[str, str] = getattr(day, "headers", {})
    return Then(day.url, "renamed", END, hours=(END - T0) / 3_600_000 + 1, headers=headers)


def panels_of(board: Json) -> Iterator[Json]:
    for panel in board["panels"]:
        yield panel
        yield from panel.get("panels", ())


@pytest.mark.parametrize("uid", BOARDS)
def test_no_board_has_the_old_name_in_any_cell(then: Then, uid: str) -> None:
    board = BOARDS[uid]
    then.choose(board, site="storage-1", place="fridge-1")
    cells = [
        str(value)
        for panel in panels_of(board)
        for frame in then.frames(panel)
        for column in frame.columns
        for value in column.values
    ]
    assert len(cells) > 10
    assert [cell for cell in cells if OLD in cell] == []
    shows_names = uid.removesuffix("-zh").removesuffix("-en") in {"cc-wall", "cc-site", "cc-alarms"}
    assert any(NEW in cell for cell in cells) or not shows_names


@pytest.mark.parametrize("language", Language)
def test_the_place_has_one_tile(then: Then, language: Language) -> None:
    then.chosen = {"site": ["storage-1"], "place": ["fridge-1"]}
    found = then.ask(then.filled(queries.names(language), {}, 10))
    named = {one["tags"]["place"]: [row[1] for row in one["values"]] for one in found}
    assert [name for name in named if name == "fridge-1"] == ["fridge-1"]
    assert len(found) == len(named)
    assert len(named["fridge-1"]) == 1
    assert NEW in named["fridge-1"][0]
    assert re.search(r"（中文）", named["fridge-1"][0]) is not None or language is Language.EN
