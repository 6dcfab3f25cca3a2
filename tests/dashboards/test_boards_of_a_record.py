"""The boards of transport and of alarms over a record that the mirror has fed: they show what it holds, and no more."""

import json
import re
from collections import Counter
from random import Random
from typing import Any

import pytest
from support.board_display import panel_of, shown
from support.board_targets import View
from support.influx import InfluxServer
from support.memory_store import MemoryStore
from support.mirror_more import END, T0, Follower, hear, record, registered, some_facts

from coldchain.alarms import Alarm
from coldchain.entries import EntryKind
from dashboards.boards import board_json, boards
from dashboards.texts import Language, say
from rules.alarm_life import state_of

pytestmark = pytest.mark.journey

Json = dict[str, Any]

BOARDS: dict[str, Json] = {
    board.uid: json.loads(board_json(board))
    for board in boards("http://127.0.0.1:8080")
    if board.uid in {"cc-transport-en", "cc-alarms-en"}
}
FACTS = 200
SITE = "storage-1"


class Then(View):
    """A look from the time of the record: what a query calls now is that, whatever the clock says."""

    def filled(self, query: str, scope: dict[str, list[str]], interval_s: int) -> str:
        """Return a query with that time in it."""
        return super().filled(query, scope, interval_s).replace("now()", f"{self.now_ms}ms")


@pytest.fixture(params=[11, 12])
def told(request: pytest.FixtureRequest, day: InfluxServer) -> tuple[MemoryStore, Then]:
    """A record of three days, and a look at what its mirror wrote."""
    store = MemoryStore()
    registered(store)
    record(store, some_facts(Random(request.param), FACTS))
    hear(store, END)
    follower = Follower(store)
    follower.catch_up()
    database = re.sub(r"\W", "-", request.node.name)
    day.create(database)
    for body in follower.sink.bodies:
        day.write(database, body)
    headers: dict[str, str] = getattr(day, "headers", {})
    view = Then(day.url, database, END, hours=(END - T0) / 3_600_000 + 1, headers=headers)
    view.chosen = {"site": [SITE], "place": ["box-1"], "console": ["http://127.0.0.1:8080"]}
    return store, view


def rows(board: Json, title: str, view: View) -> list[dict[str, str]]:
    """Return the rows of the table with a title, in words."""
    panel = panel_of(board, title)
    frames = view.frames(panel)
    return shown(panel, frames, view) if frames else []


def alarms(store: MemoryStore) -> list[Alarm]:
    """Return every alarm of the record in its last version."""
    with store.reading() as session:
        return list(session.records.alarms(1_000))


def test_what_waits_and_what_lasts_on_the_board_is_what_the_record_says(told: tuple[MemoryStore, Then]) -> None:
    store, view = told
    board = BOARDS["cc-alarms-en"]
    states = {one.id: state_of(one) for one in alarms(store)}
    waiting = {name for name, state in states.items() if state in {"active", "cleared"}}
    lasting = {one.id for one in alarms(store) if one.active} - waiting
    assert waiting
    assert lasting
    listed = rows(board, say(Language.EN, "alarms.list"), view)
    assert {row["Acknowledge"] for row in listed} == waiting
    assert len(listed) == len(waiting), "one that moved to another rule stands there once"
    seen = rows(board, say(Language.EN, "alarms.seen"), view)
    assert {row["Acknowledge"] for row in seen} == lasting
    everything = rows(board, say(Language.EN, "alarms.history"), view)
    assert Counter(row["Acknowledge"] for row in everything) == Counter(list(states))
    words = {row["Acknowledge"]: row["Stands"] for row in everything}
    assert words == {name: say(Language.EN, f"alarm.state.{state}") for name, state in states.items()}


def test_counts_of_the_time_are_those_of_the_record(told: tuple[MemoryStore, Then]) -> None:
    store, view = told
    panel = panel_of(BOARDS["cc-alarms-en"], "Raised in the time")
    raised = {frame.columns[1].name: frame.columns[1].values[-1] for frame in view.frames(panel)}
    expected = Counter(one.severity.value for one in alarms(store) if not one.withdrawn)
    assert raised == expected


def test_every_journey_stands_there_once_in_the_stage_that_people_signed(told: tuple[MemoryStore, Then]) -> None:
    store, view = told
    with store.reading() as session:
        packed = [one for one in session.ledger.entries(0, 2**31) if one.kind is EntryKind.MANIFEST]
    listed = rows(BOARDS["cc-transport-en"], say(Language.EN, "transport.trips"), view)
    assert len(listed) == len(packed) > 3
    stages = {say(Language.EN, f"trip.status.{stage}") for stage in ("packed", "on-the-road", "arrived", "ended")}
    assert {row["Stage"] for row in listed} <= stages
    for row in listed:
        unmeasured = row["Measured"] == say(Language.EN, "trip.nothing")
        assert unmeasured or row["Lowest °C"] != say(Language.EN, "trip.unmeasured")


@pytest.mark.parametrize("uid", BOARDS)
def test_every_query_of_a_board_is_understood(uid: str, told: tuple[MemoryStore, Then]) -> None:
    _, view = told
    for panel in (one for one in BOARDS[uid]["panels"] if "targets" in one):
        view.frames(panel)
    assert len(view.asked) > 15
