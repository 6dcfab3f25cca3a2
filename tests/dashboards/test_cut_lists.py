"""Lists that are cut, on real InfluxDB servers: the gravest stand, and how many are left out is said."""

import json
import time
from typing import Any

import pytest
from support.board_data import SITE
from support.board_display import look, panel_of, shown
from support.board_targets import View, view_of
from support.influx import InfluxServer

from coldchain.places import Text
from coldchain.units import Direction, Finding, FindingKind, FindingStatus
from dashboards.boards import board_json, boards
from dashboards.queries import FINDINGS_MAX, PLACE_FINDINGS_MAX, PLACES_MAX
from dashboards.texts import Language, say
from stores.points import PLACE, finding_line

pytestmark = pytest.mark.journey

BOARDS: dict[str, Any] = {board.uid: json.loads(board_json(board)) for board in boards("http://127.0.0.1:8080")}


def finding(name: str, start_ms: int, **changed: Any) -> Finding:
    kind = changed.pop("kind", FindingKind.SENSOR_FAULT)
    said: dict[str, Any] = {"rule": "A30", "direction": None, "status": FindingStatus.OPEN, "end_ms": None}
    return Finding(
        id=name,
        version=1,
        kind=kind,
        place="fridge-1",
        probe=name,
        profile="cn-rbc",
        profile_version=2,
        holds=True,
        start_ms=start_ms,
        condition_ms=start_ms,
        **(said | changed),
    )


def lines(*found: Finding) -> bytes:
    return b"\n".join(finding_line(SITE, one, Text(zh=one.id, en=one.id)) for one in found)


def view_on(server: InfluxServer, database: str, written: bytes, now_ms: int) -> View:
    server.create(database)
    server.write(database, written)
    return view_of(server, now_ms, database, chosen={"site": [SITE], "place": ["fridge-1"]})


def test_the_wall_lists_the_gravest_findings_first_and_says_how_many_more_there_are(day: InfluxServer) -> None:
    now_ms = int(time.time() * 1_000)
    storm = [finding(f"s-{n:03d}", now_ms - n * 1_000) for n in range(1, 150)]
    excursion = {"kind": FindingKind.EXCURSION, "direction": Direction.TOO_WARM}
    old = [
        finding("hard", now_ms - 80_000_000, rule="A02", **excursion),
        finding("warm", now_ms - 70_000_000, rule="A01", **excursion),
        finding("blind", now_ms - 60_000_000, rule="A05", kind=FindingKind.UNMEASURED),
    ]
    view = view_on(day, "storm-of-findings", lines(*storm, *old), now_ms)
    for language in Language:
        board = BOARDS[f"cc-wall-{language}"]
        panel = panel_of(board, say(language, "wall.findings"))
        rows = shown(panel, view.frames(panel), view)
        told = [row[say(language, "id")] for row in rows]
        assert told[:5] == ["hard", "warm", "blind", "s-001", "s-002"]
        assert len(told) == FINDINGS_MAX
        assert more(board, say(language, "wall.findings.more"), view) == "52"


def test_a_place_lists_what_goes_on_before_what_is_over_and_says_how_many_more_there_are(day: InfluxServer) -> None:
    now_ms = int(time.time() * 1_000)
    ended = {"status": FindingStatus.CLOSED, "end_ms": now_ms - 500}
    storm = [finding(f"s-{n:03d}", now_ms - n * 1_000, **ended) for n in range(1, PLACE_FINDINGS_MAX + 9)]
    view = view_on(day, "storm-of-one", lines(finding("old", now_ms - 80_000_000), *storm), now_ms)
    board = BOARDS["cc-site-en"]
    panel = panel_of(board, "Findings")
    rows = shown(panel, view.frames(panel), view)
    assert [row["Number"] if "Number" in row else row[say(Language.EN, "id")] for row in rows[:2]] == ["old", "s-001"]
    assert len(rows) == PLACE_FINDINGS_MAX
    assert more(board, say(Language.EN, "site.findings.more"), view) == "9"


def test_where_all_are_listed_it_says_none(day: InfluxServer) -> None:
    now_ms = int(time.time() * 1_000)
    view = view_on(day, "one-finding", lines(finding("one", now_ms - 1_000)), now_ms)
    for language in Language:
        board = BOARDS[f"cc-wall-{language}"]
        assert more(board, say(language, "wall.findings.more"), view) == say(language, "more.none")


def test_an_empty_mirror_does_not_say_that_all_are_listed(day: InfluxServer) -> None:
    day.create("never-fed")
    view = view_of(day, int(time.time() * 1_000), "never-fed", chosen={"site": [SITE], "place": ["fridge-1"]})
    for language in Language:
        keys = ("wall.findings.more", "site.findings.more", "transport.more", "places.more")
        titles = {say(language, key) for key in keys}
        every = [panel for uid, board in BOARDS.items() if uid.endswith(language) for panel in board["panels"]]
        tiles = [panel for panel in every if panel["type"] == "stat" and panel["title"] in titles]
        assert len(tiles) == 5
        assert [view.frames(panel) for panel in tiles] == [[]] * 5
        assert {panel["fieldConfig"]["defaults"]["noValue"] for panel in tiles} == {"—"}


@pytest.mark.parametrize("uid", ["cc-wall-en", "cc-transport-en"])
def test_places_that_have_no_tile_are_counted(uid: str, day: InfluxServer) -> None:
    now_ms = int(time.time() * 1_000)
    fields: dict[str, Any] = {"name_zh": "z", "name_en": "e", "profile": "cn-rbc", "profile_version": 2, "confirmed": 0}
    number = PLACES_MAX + 3
    written = [
        PLACE.point(PLACE.series(kind, f"{kind}-{n}", SITE), fields, now_ms - 1_000 - back * 3_600_000)
        for n in range(number)
        for kind in ("fridge", "box")
        for back in (0, 1)
    ]
    view = view_on(day, f"many-{uid}", b"\n".join(written), now_ms)
    expected = number if "transport" in uid else 2 * number
    assert more(BOARDS[uid], say(Language.EN, "places.more"), view) == str(expected - PLACES_MAX)


def more(board: Any, title: str, view: View) -> str:
    """Return what the tile beside a list says."""
    panel = panel_of(board, title)
    (frame,) = view.frames(panel)
    return look(panel, "more").display(frame.columns[1].values[0], view.now_ms).text
