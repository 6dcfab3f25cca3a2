"""Every query of every board on a real InfluxDB with a day of data: no error, what is expected, how long it took."""

import json
import time
from itertools import pairwise
from typing import Any

import pytest
from support.board_data import DATABASE, MIDDLE, PLACES, SITE, UNTOLD, snapshot_lines
from support.board_display import look, panel_of, shown, transformed
from support.board_targets import Frame, QueryError, View, view_of
from support.influx import InfluxServer

from dashboards.boards import board_json, boards
from dashboards.texts import Language, say
from stores.lines import Value
from stores.points import PLACE

pytestmark = pytest.mark.journey

Json = dict[str, Any]

OTHER_DAY = {"transport", "alarms"}  # boards with a day of their own: test_roads.py
BOARDS: dict[str, Json] = {
    board.uid: json.loads(board_json(board))
    for board in boards("http://127.0.0.1:8080")
    if board.uid.split("-")[1] not in OTHER_DAY
}
NO_DATA = {"zh": "无数据，请到现场查看", "en": "No data: go and look"}
WITH_FINDINGS = {"fridge-1", "fridge-2"}
# Where nothing comes, and in which places: blood never has a mean kinetic temperature.
NOTHING = {
    "site.findings": set(MIDDLE) - WITH_FINDINGS,
    "site.findings.more": set(MIDDLE) - WITH_FINDINGS,
    "device.kinetic": set(MIDDLE),
    "device.battery": set(MIDDLE) - {"box-1"},
    "device.signals": set(MIDDLE) - {"fridge-2"},
    "device.signal": set(MIDDLE) - {"fridge-2", "box-1"},
    "device.duty": {"platelet-1", "box-1"},
    "device.cycles": {"platelet-1", "box-1"},
}
OVERVIEW = 0  # the first panel of the wall
SLOWEST_S = 2.0  # a machine that tests several things at once; the figure itself is printed

every_board = pytest.mark.parametrize("uid", BOARDS)
every_language = pytest.mark.parametrize("language", Language)


def panels(board: Json) -> list[Json]:
    """Return the panels with data."""
    return [panel for panel in board["panels"] if "targets" in panel]


def names_of(board: Json) -> set[str]:
    """Return the names of a board's variables."""
    return {one["name"] for one in board["templating"]["list"]}


def tile(board: Json, number: int, view: View, place: str) -> list[Frame]:
    """Return the frames of the first, second, ... tile of a place on the wall."""
    row = next(at for at, panel in enumerate(board["panels"]) if panel["type"] == "row")
    return view.frames(board["panels"][row + number], place=place)


@every_board
@pytest.mark.parametrize("place", MIDDLE)
def test_every_query_is_answered_with_values(uid: str, place: str, view: View) -> None:
    board = BOARDS[uid]
    view.choose(board, **({"place": place} if "place" in names_of(board) else {}))
    nothing = {say(Language(uid[-2:]), key): places for key, places in NOTHING.items()}
    for panel in panels(board):
        frames = view.frames(panel)
        if place in nothing.get(panel["title"], ()):
            assert frames == []
            continue
        assert frames, f"{panel['title']}: nothing came"
        named = {one["matcher"]["options"] for one in panel["fieldConfig"]["overrides"]}
        assert panel["type"] != "table" or {c.name for f in transformed(panel, frames) for c in f.columns} <= named
        for frame in frames:
            values = [value for column in frame.columns[1:] for value in column.values]
            assert any(value is not None for value in values), f"{panel['title']}: only nulls"
    for annotation in board["annotations"]["list"]:
        view.ask(view.filled(annotation["query"], {}, 10))
    slowest = max(view.asked, key=lambda one: one.seconds)
    total = sum(one.seconds for one in view.asked)
    print(f"{uid} {place}: {len(view.asked)} queries in {total * 1e3:.0f} ms, slowest {slowest.seconds * 1e3:.0f} ms")
    assert slowest.seconds < SLOWEST_S, slowest.query


@every_board
def test_the_choices_are_the_registered_places_also_the_one_that_never_spoke(uid: str, view: View) -> None:
    view.choose(BOARDS[uid])
    assert view.chosen["site"] == [SITE]
    if "place" not in names_of(BOARDS[uid]):
        return
    place = next(one for one in BOARDS[uid]["templating"]["list"] if one["name"] == "place")
    assert set(view.values_of(place)) >= set(PLACES)


@every_language
def test_the_overview_has_a_tile_for_every_place_and_the_one_that_never_spoke_is_dark(
    language: Language, view: View
) -> None:
    board = BOARDS[f"cc-wall-{language}"]
    view.choose(board)
    panel = board["panels"][OVERVIEW]
    rows = shown(panel, view.frames(panel), view)
    told = {row["name"]: row["level"] for row in rows}
    names = {place.id: getattr(place.name, language) for place in PLACES.values()}
    assert {name: told[name] for name in names.values()} == {
        names["fridge-1"]: say(language, "short.7"),
        names["fridge-2"]: say(language, "short.2"),
        names["freezer-1"]: say(language, "short.0"),
        names["platelet-1"]: say(language, "short.1"),
        names["box-1"]: say(language, "short.3"),
        names[UNTOLD]: say(language, "short.no-data"),
    }
    assert rows[0]["name"] == names["fridge-1"], "the gravest comes first"


@every_language
def test_a_line_of_tiles_says_what_the_place_is_how_it_stands_and_its_exact_value(
    language: Language, view: View
) -> None:
    board = BOARDS[f"cc-wall-{language}"]
    view.choose(board)
    frames = (tile(board, number, view, "fridge-1") for number in (1, 2, 3, 4, 5, 6))
    (name,), (level,), (value,), (bags,), (standing,), (edition,) = frames
    assert name.column("name") == [getattr(PLACES["fridge-1"].name, language)]
    assert level.column("level") == [7]
    words = look(panel_at(board, 3), "value").display(value.column("value")[0], view.now_ms).text
    number, probe = words.split(" °C ")
    assert probe == ("载荷" if language is Language.ZH else "load")
    assert number == str(float(number))
    assert 13 < float(number) < 15
    assert [bags.column(column) for column in ("inside", "possible", "on_hold")] == [[30], [1], [31]]
    assert standing.column("age_s") == [20]
    assert [edition.column(column) for column in ("profile", "profile_version", "confirmed")] == [["cn-rbc"], [2], [0]]


def panel_at(board: Json, number: int) -> Json:
    """Return the first, second, ... tile of a place on the wall."""
    row = next(at for at, panel in enumerate(board["panels"]) if panel["type"] == "row")
    panel: Json = board["panels"][row + number]
    return panel


@every_language
def test_when_the_mirror_is_dead_every_tile_of_the_wall_is_dark_and_says_go_and_look(
    language: Language, dead_view: View
) -> None:
    board = BOARDS[f"cc-wall-{language}"]
    dead_view.choose(board)
    overview = board["panels"][OVERVIEW]
    rows = shown(overview, dead_view.frames(overview), dead_view)
    assert len(rows) == len(PLACES)
    assert all("level" not in row for row in rows), "one dark tile for all of them"
    for place in PLACES:
        assert [tile(board, number, dead_view, place) for number in (2, 3, 4, 5, 6)] == [[], [], [], [], []]
        assert tile(board, 1, dead_view, place), "the name stays"
    for number in (2, 3, 4, 5, 6):
        assert panel_at(board, number)["fieldConfig"]["defaults"]["noValue"] == NO_DATA[language]
    assert dead_view.frames(panel_of(board, say(language, "wall.held"))) == []


def test_words_that_a_wrong_clock_dated_ahead_do_not_keep_a_tile_bright(day: InfluxServer) -> None:
    now_ms = int(time.time() * 1_000)
    day.create("ahead")
    day.write("ahead", b"\n".join(snapshot_lines(now_ms + 300_000)))
    view = view_of(day, now_ms, "ahead", chosen={"site": [SITE]})
    assert tile(BOARDS["cc-wall-zh"], 2, view, "fridge-1") == []
    day.write("ahead", b"\n".join(snapshot_lines(now_ms)))
    assert len(tile(BOARDS["cc-wall-zh"], 2, view, "fridge-1")) == 1


def test_a_place_that_is_registered_later_appears_by_itself(day: InfluxServer, view: View) -> None:
    board = BOARDS["cc-wall-zh"]
    series = PLACE.series("fridge", "fridge-9", SITE)
    names: dict[str, Value | None] = {"name_zh": "储血冰箱 9", "name_en": "Blood fridge 9"}
    fields = {**names, "profile": "cn-rbc", "profile_version": 2, "confirmed": 0}
    day.write(DATABASE, PLACE.point(series, fields, view.now_ms))
    view.choose(board)
    assert "fridge-9" in view.chosen["place"]
    panel = board["panels"][OVERVIEW]
    assert {"name": "储血冰箱 9", "level": "无数据"} in shown(panel, view.frames(panel), view)


@every_language
def test_the_strip_names_what_needs_a_person_and_how_many_bags_stay_on_hold(language: Language, view: View) -> None:
    board = BOARDS[f"cc-wall-{language}"]
    view.choose(board)
    needs, findings, holds = (
        shown(panel, view.frames(panel), view)
        for panel in (panel_of(board, say(language, f"wall.{key}")) for key in ("needs", "findings", "holds"))
    )
    place, bags = say(language, "place"), say(language, "units")
    assert [row[place] for row in needs] == ["fridge-1", "box-1", "fridge-2", "platelet-1"]
    assert [row[place] for row in findings] == ["fridge-1", "fridge-2"], "the gravest first"
    assert {row[place]: row[bags] for row in holds} == {"fridge-1": "32", "fridge-2": "2"}, "also of what is over"
    (held,) = view.frames(panel_of(board, say(language, "wall.held")))
    assert held.column("on_hold") == [33]


@every_language
def test_the_curve_has_every_probe_the_band_over_the_whole_time_and_a_gap(language: Language, view: View) -> None:
    board = BOARDS[f"cc-site-{language}"]
    view.choose(board, place="fridge-1")
    panel = panel_of(board, say(language, "site.curve"))
    curves = {frame.columns[1].name: frame for frame in view.frames(panel)}
    load, air = (say(language, f"role.{role}") for role in ("load", "air"))
    highest, lowest = say(language, "max"), say(language, "min")
    low, high = say(language, "low"), say(language, "high")
    assert list(curves) == [
        *(f"fridge-1-load {load} {highest}", f"fridge-1-load {load} {lowest}"),
        *(f"fridge-1-air {air} {highest}", f"fridge-1-air {air} {lowest}"),
        *(low, high),
    ]
    assert curves[low].columns[1].values == [2, 2]
    assert curves[high].columns[1].values == [6, 6]
    from_ms, to_ms = curves[high].column("Time")
    assert from_ms == view.from_ms
    assert view.now_ms - to_ms < 60_000
    empty = sum(value is None for value in curves[f"fridge-1-load {load} {highest}"].columns[1].values)
    assert 35 <= empty <= 45, "forty minutes in which nobody measured stay empty"


def test_a_freezer_has_an_upper_limit_only_and_its_defrosts_on_the_time_axis(view: View) -> None:
    board = BOARDS["cc-site-zh"]
    view.choose(board, place="freezer-1")
    curves = [frame.columns[1].name for frame in view.frames(panel_of(board, say(Language.ZH, "site.curve")))]
    assert curves[-1] == "上限"
    assert "下限" not in curves
    lanes = {f.columns[1].name: f for f in view.frames(panel_of(board, say(Language.ZH, "site.contacts")))}
    assert list(lanes) == ["门", "除霜", "市电", "UPS", "freezer-1-air", "freezer-1-load"]
    states = [one for one in lanes["除霜"].columns[1].values if one is not None]
    assert sum(now > before for before, now in pairwise(states)) == 2


def test_the_table_of_findings_has_figures_only_of_what_is_over(view: View) -> None:
    board = BOARDS["cc-site-en"]
    view.choose(board, place="fridge-2")
    panel = panel_of(board, "Findings")
    fault, cold = shown(panel, view.frames(panel), view)
    assert (cold["Direction"], cold["Peak °C"], cold["Outside"], cold["Unknown"]) == (
        *("too cold", "1.4375", "00:59:00", "00:01:00"),
    )
    assert (cold["Status"], fault["Status"], fault["End"], fault["Peak °C"]) == ("ended", "open", "going on", "—")
    assert fault["Kind"] == "sensor fault"


def test_a_finding_that_began_before_the_chosen_time_and_reaches_into_it_is_shown(view: View) -> None:
    board = BOARDS["cc-site-en"]
    view.hours = 1
    view.choose(board, place="fridge-1")
    panel = panel_of(board, "Findings")
    assert [row["Record"] for row in shown(panel, view.frames(panel), view)] == ["f-warm"]
    (mark,) = view.ask(view.filled(board["annotations"]["list"][0]["query"], {}, 10))
    assert dict(zip(mark["columns"], mark["values"][0], strict=True)) == {
        "time": mark["values"][0][0],
        "text": "Blood fridge 1 too warm (load probe)",
        "timeEnd": None,
        "tags": "fridge-1-load",
    }
    view.choose(board, place="fridge-2")
    assert [row["Record"] for row in shown(panel, view.frames(panel), view)] == ["f-fault"], "the cold is long over"


def test_a_sensor_fault_is_a_lane_of_its_own_and_no_temperature(view: View) -> None:
    board = BOARDS["cc-site-zh"]
    view.choose(board, place="fridge-2")
    lanes = {f.columns[1].name: f for f in view.frames(panel_of(board, say(Language.ZH, "site.contacts")))}
    faulty = sum(value == 1 for value in lanes["fridge-2-air"].columns[1].values)
    assert 44 <= faulty <= 46, "an hour and a half in spans of two minutes"
    panel = panel_of(board, say(Language.ZH, "site.probes"))
    load, air = shown(panel, view.frames(panel), view)
    assert (load["读数"], air["读数"], air["温度 °C"]) == ("已测得", "无传感器", "—")


def test_a_query_with_an_unknown_variable_or_a_mistake_does_not_pass_unnoticed(view: View) -> None:
    with pytest.raises(QueryError, match="nothing is known of"):
        view.filled('SELECT "x" FROM "y" WHERE "z" =~ /^${nowhere:regex}$/', {}, 10)
    with pytest.raises(QueryError, match=r"found FRM, expected"):
        view.ask('SELECT "x" FRM "y"')


def test_states_that_are_said_again_move_the_day_on(day: InfluxServer, view: View) -> None:
    board = BOARDS["cc-wall-zh"]
    view.choose(board)
    later_ms = int(time.time() * 1_000)
    day.write(DATABASE, b"\n".join(snapshot_lines(later_ms)))
    (bags,) = tile(board, 4, view, "fridge-1")
    assert bags.column("Time") == [later_ms]
