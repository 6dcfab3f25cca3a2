"""The boards of transport and of alarms on a real InfluxDB: a day with three boxes, four journeys and eight alarms."""

import json
import time
from typing import Any

import msgspec
import pytest
from support.board_data import MINUTE_MS, SILENT_MS, SITE
from support.board_display import look, panel_of, shown, transformed
from support.board_roads import BOX, ROADS, alarms, extra_snapshot_lines, trips
from support.board_targets import View, view_of
from support.influx import InfluxServer

from coldchain.arrival import Arrival
from dashboards.alarms_queries import ROWS_MAX
from dashboards.boards import board_json, boards
from dashboards.texts import Language, say
from dashboards.transport_queries import TRIPS_MAX
from stores.points_alarms import alarm_list_line
from stores.points_stock import trip_line

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


def test_no_number_of_newer_alarms_pushes_a_graver_one_off_the_list(roads: InfluxServer) -> None:
    now_ms = int(time.time() * 1_000)
    kept = list(alarms(now_ms))
    gravest, said, by, units = next(one for one in kept if one[0].id == "a-101")
    small = next(one for one, *_ in kept if one.id == "a-103")
    roads.create("storm")
    storm = (
        msgspec.structs.replace(small, id=f"s-{n}", subject=f"s-{n}", raised_ms=now_ms - 1_000 - n)
        for n in range(ROWS_MAX + 1)
    )
    roads.write(
        "storm",
        b"\n".join(
            [alarm_list_line(gravest, said, by, units, 0), *(alarm_list_line(o, said, "", 0, 0) for o in storm)]
        ),
    )
    board = BOARDS["cc-alarms-en"]
    look_at = view_of(roads, now_ms, "storm")
    look_at.choose(board, site=SITE)
    rows = rows_of(board, say(Language.EN, "alarms.list"), look_at)
    assert rows[0]["Acknowledge"] == "a-101"
    assert len(rows) == ROWS_MAX + 1


@every_language
def test_boxes_are_listed_the_gravest_first_and_the_map_has_them_in_the_colour_of_their_state(
    language: Language, look_at: View
) -> None:
    board = BOARDS[f"cc-transport-{language}"]
    look_at.choose(board)
    tiles = shown(board["panels"][0], look_at.frames(board["panels"][0]), look_at)
    names = "运血箱 {}" if language is Language.ZH else "Courier box {}"
    unknown, within = say(language, "short.3"), say(language, "short.0")
    assert {row["name"]: row["level"] for row in tiles} == {
        names.format(1): unknown,
        names.format(2): within,
        names.format(3): unknown,
    }
    panel = panel_of(board, say(language, "transport.map"))
    (frame,) = transformed(panel, look_at.frames(panel))
    rows = {
        place: (latitude, level)
        for place, latitude, level in zip(*(frame.column(c) for c in ("place", "latitude", "level")), strict=True)
    }
    assert rows[BOX] == (31.068628, 3)
    assert rows["box-2"][1] == 0
    assert rows["box-3"] == (None, 3), "it never said where it is: it is in the tiles, not on the map"
    told = rows_of(board, say(language, "transport.positions"), look_at)
    assert [row[say(language, "box")] for row in told] == ["box-2", BOX], "the newest first"


def test_a_map_asks_no_server_and_a_box_that_is_dead_is_dark_on_it(roads: InfluxServer) -> None:
    old = view_of(roads, int(time.time() * 1_000) + 120_000, ROADS)
    board = BOARDS["cc-transport-zh"]
    old.choose(board)
    panel = panel_of(board, say(Language.ZH, "transport.map"))
    base = panel["options"]["basemap"]
    assert (base["type"], base["config"]["url"][:22]) == ("xyz", "data:image/png;base64,")
    assert "http" not in json.dumps(panel)
    shown_as = look(panel, "level").display(None, old.now_ms)
    assert (shown_as.text, shown_as.color) == ("无数据，请到现场查看", "#23262b")


@every_language
def test_a_journey_says_from_where_to_where_how_cold_how_long_unknown_and_what_time_is_left(
    language: Language, look_at: View
) -> None:
    board = BOARDS[f"cc-transport-{language}"]
    look_at.choose(board)
    rows = rows_of(board, say(language, "transport.trips"), look_at)
    by_end = {row[say(language, "to")]: row for row in rows}
    assert [row[say(language, "to")] for row in rows] == ["中医院", "妇幼保健院", "市第一医院", "县医院"]
    figures = ("from", "trip.min", "trip.max", "out", "unknown", "units")
    columns = [say(language, key) for key in figures]
    assert [by_end["市第一医院"][one] for one in columns] == [SITE, "3.5625", "7.9375", "00:00:00", "05:00:00", "5"]
    assert [by_end["县医院"][one] for one in columns] == [SITE, "2.4375", "10.3125", "00:07:00", "00:00:00", "12"]
    eta, by, n, to_go, spare = (say(language, f"trip.{key}") for key in ("eta", "eta-by", "journeys", "to-go", "spare"))
    assert [by_end["中医院"][one] for one in (eta, by, n, to_go, spare)] == [
        *(say(language, "trip.eta.unknown"), say(language, "trip.eta-by.none")),
        *("—", "—", "—"),
    ]
    assert [by_end["市第一医院"][one] for one in (by, n, to_go)] == [
        *(say(language, "trip.eta-by.moved"), "—", say(language, "trip.late")),
    ]
    assert [by_end["妇幼保健院"][one] for one in (by, n)] == [say(language, "trip.eta-by.earlier"), "3"]
    assert by_end["妇幼保健院"][to_go].startswith("00:2")
    assert by_end["妇幼保健院"][spare] == "04:15:00"
    assert by_end["县医院"][spare] == "—"
    assert [by_end["中医院"][one] for one in columns[1:3]] == [say(language, "trip.unmeasured")] * 2
    assert by_end["中医院"][say(language, "trip.measured")] == say(language, "trip.nothing")
    left, status = say(language, "trip.left"), say(language, "trip.status")
    assert by_end["市第一医院"][left] == say(language, "trip.over")
    assert by_end["中医院"][left] == say(language, "trip.untold")
    assert by_end["县医院"][left] == "02:00:00", "as it was on arrival"
    assert by_end["妇幼保健院"][left].startswith("04:")
    assert {row[status] for row in rows} == {
        say(language, f"trip.status.{one}") for one in ("packed", "on-the-road", "arrived")
    }


@every_language
def test_a_journey_that_is_expected_after_its_qualified_time_says_so(language: Language, roads: InfluxServer) -> None:
    now_ms = int(time.time() * 1_000)
    (fresh,) = (one for one in trips(now_ms) if one.id == "pl-13")
    late = msgspec.structs.replace(fresh, arrival=Arrival(at_ms=now_ms + 281 * MINUTE_MS))
    database = f"short-{language}"
    roads.create(database)
    roads.write(database, trip_line(late, now_ms))
    board = BOARDS[f"cc-transport-{language}"]
    view = view_of(roads, now_ms, database)
    view.choose(board, site=SITE)
    (row,) = rows_of(board, say(language, "transport.trips"), view)
    assert row[say(language, "trip.spare")] == say(language, "trip.short")


def test_no_number_of_newer_journeys_pushes_one_that_goes_on_off_the_list_and_it_says_how_many_more(
    roads: InfluxServer,
) -> None:
    now_ms = int(time.time() * 1_000)
    known = {one.id: one for one in trips(now_ms)}
    going = msgspec.structs.replace(known["pl-12"], id="old", packed_ms=now_ms - 20 * 60 * MINUTE_MS)
    over = (
        msgspec.structs.replace(known["pl-10"], id=f"o-{n}", packed_ms=now_ms - n * 1_000, arrived_ms=now_ms - n)
        for n in range(1, TRIPS_MAX + 12)
    )
    roads.create("busy")
    roads.write("busy", b"\n".join(trip_line(one, now_ms) for one in (going, *over)))
    view = view_of(roads, now_ms, "busy")
    board = BOARDS["cc-transport-en"]
    view.choose(board, site=SITE)
    rows = rows_of(board, "Journeys", view)
    assert (rows[0]["Box"], rows[0]["To"]) == (going.box, going.destination)
    assert len(rows) == TRIPS_MAX
    (more,) = view.frames(panel_of(board, "Not listed"))
    assert more.columns[1].values == [12]


def test_time_that_is_left_goes_on_although_the_journey_is_not_said_again(look_at: View) -> None:
    board = BOARDS["cc-transport-en"]
    look_at.choose(board)
    before = {row["To"]: row["Time left"] for row in rows_of(board, "Journeys", look_at)}
    look_at.now_ms += 60_000
    after = {row["To"]: row["Time left"] for row in rows_of(board, "Journeys", look_at)}
    assert before["妇幼保健院"] > after["妇幼保健院"]
    assert before["县医院"] == after["县医院"]


def test_the_way_is_drawn_in_the_order_of_time_and_the_lid_stands_under_the_curve(look_at: View) -> None:
    board = BOARDS["cc-transport-zh"]
    look_at.choose(board, place=BOX)
    panel = panel_of(board, say(Language.ZH, "transport.way"))
    (frame,) = transformed(panel, look_at.frames(panel))
    assert len(frame) == 31
    assert frame.column("Time") == sorted(frame.column("Time"))
    lanes = {f.columns[1].name: f for f in look_at.frames(panel_of(board, say(Language.ZH, "transport.lid")))}
    assert list(lanes) == ["箱盖", "box-1-air", "box-1-load"]
    times, stood = (lanes["箱盖"].columns[at].values for at in (0, 1))
    assert {0, 1, None} == set(stood)
    silent = [one for at, one in zip(times, stood, strict=True) if at > look_at.now_ms - SILENT_MS + 2 * MINUTE_MS]
    assert len(silent) > 100
    assert set(silent) == {None}, "nobody knows how the lid stands while the box is silent"
    journeys = look_at.ask(look_at.filled(board["annotations"]["list"][0]["query"], {}, 10))
    assert [row[1] for series in journeys for row in series["values"]] == ["市第一医院"]


@every_language
def test_what_waits_is_counted_by_severity_and_listed_the_gravest_first_with_its_age(
    language: Language, look_at: View
) -> None:
    board = BOARDS[f"cc-alarms-{language}"]
    look_at.choose(board)
    severities = [say(language, f"severity.{one}") for one in ("critical", "high", "medium", "low")]
    assert tiles_of(board, say(language, "alarms.waiting"), look_at) == dict(zip(severities, (1, 1, 1, 0), strict=True))
    assert tiles_of(board, say(language, "alarms.open"), look_at) == dict(zip(severities, (2, 2, 1, 0), strict=True))
    rows = rows_of(board, say(language, "alarms.list"), look_at)
    told = [(row[say(language, "severity")], row[say(language, "alarm.id")]) for row in rows]
    assert told == list(zip(severities, ("a-101", "a-100", "a-103"), strict=False))
    assert rows[0][say(language, "alarm.age")].startswith("06:50:")
    assert rows[0][say(language, "alarm.units")] == "31"
    assert rows[1][say(language, "alarm.state")] == say(language, "alarm.state.cleared"), "over, and nobody looked"


def test_who_acknowledged_and_how_long_it_took_stands_below(look_at: View) -> None:
    board = BOARDS["cc-alarms-en"]
    look_at.choose(board)
    seen = {row["Acknowledge"]: row for row in rows_of(board, say(Language.EN, "alarms.seen"), look_at)}
    assert set(seen) == {"a-102", "a-104", "a-105"}
    assert seen["a-105"]["Place"] == "whole site", "an alarm of the whole system is on every board"
    assert (seen["a-102"]["By"], seen["a-104"]["Stands"]) == ("王强，技术员", "shelved")
    assert tiles_of(board, "Raised in the time", look_at) == {"critical": 2, "high": 3, "medium": 2}, "no test"
    assert tiles_of(board, "Of these, not acknowledged yet", look_at) == {"critical": 1, "high": 1, "medium": 1}
    assert tiles_of(board, "Time to acknowledge, median", look_at)["high"] == 1_200
    assert tiles_of(board, "Time to acknowledge, longest", look_at)["high"] == 1_800


def test_the_number_of_an_alarm_opens_its_page_in_the_console() -> None:
    for language in Language:
        board = BOARDS[f"cc-alarms-{language}"]
        tables = [panel for panel in board["panels"] if "/alarms/" in json.dumps(panel)]
        assert len(tables) == 3
        for panel in tables:
            links = [
                link
                for override in panel["fieldConfig"]["overrides"]
                for one in override["properties"]
                if one["id"] == "links" and override["matcher"]["options"] == "id"
                for link in one["value"]
            ]
            assert [link["url"] for link in links] == ["${console:raw}/alarms/${__value.raw:percentencode}"]


@every_language
def test_a_box_in_a_list_leads_to_its_way_and_the_wall_to_both_boards(language: Language) -> None:
    board = json.dumps(BOARDS[f"cc-transport-{language}"])
    chosen = (
        f"/d/cc-transport-{language}?${{ds:queryparam}}&${{site:queryparam}}&var-place=${{__value.raw:percentencode}}"
    )
    assert board.count(json.dumps(chosen)) == 3, "positions, journeys, limits"
    wall = next(json.loads(board_json(one)) for one in boards("http://x") if one.uid == f"cc-wall-{language}")
    led_to = {link["url"].partition("?")[0] for link in wall["links"]}
    assert {f"/d/cc-transport-{language}", f"/d/cc-alarms-{language}"} <= led_to


@every_language
def test_when_the_mirror_is_dead_the_counts_say_go_and_look(language: Language, roads: InfluxServer) -> None:
    database = f"dead-{language}"
    roads.create(database)
    now_ms = int(time.time() * 1_000)
    roads.write(database, b"\n".join(extra_snapshot_lines(now_ms - 70_000)))
    board = BOARDS[f"cc-alarms-{language}"]
    dead = view_of(roads, now_ms, database, chosen={"site": [SITE]})
    for key in ("alarms.waiting", "alarms.open", "alarms.oldest"):
        panel = panel_of(board, say(language, key))
        assert dead.frames(panel) == []
        assert panel["fieldConfig"]["defaults"]["noValue"] == say(language, "no-data")
    roads.write(database, b"\n".join(extra_snapshot_lines(now_ms)))
    assert dead.frames(panel_of(board, say(language, "alarms.waiting")))


def test_findings_of_all_places_stand_on_the_board_with_figures_of_what_is_over(look_at: View) -> None:
    board = BOARDS["cc-alarms-en"]
    look_at.choose(board)
    rows = rows_of(board, "Findings and excursions", look_at)
    assert [(row["Place"], row["Status"]) for row in rows] == [
        ("fridge-2", "open"),
        ("fridge-1", "open"),
        ("fridge-2", "ended"),
    ]
    assert (rows[2]["Peak °C"], rows[2]["Outside"], rows[2]["Direction"]) == ("1.4375", "00:59:00", "too cold")
    assert rows[1]["Peak °C"] == "—"
