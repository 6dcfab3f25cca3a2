"""The device board and the days of the site board on real servers: what each panel says of a known day."""

import json
import time
from typing import Any

import pytest
from support.board_data import DATABASE, SITE
from support.board_display import panel_of as titled
from support.board_display import shown, transformed
from support.board_points import CONTACTS, midnights
from support.board_targets import Frame, View, view_of
from support.influx import InfluxServer

from coldchain.places import ProbeRole
from dashboards.boards import board_json, boards
from dashboards.texts import Language, say
from stores.points_rollups import TEMPERATURE_1H, HourSums, hour_line

pytestmark = pytest.mark.journey

Json = dict[str, Any]

BOARDS: dict[str, Json] = {board.uid: json.loads(board_json(board)) for board in boards("http://127.0.0.1:8080")}
HOUR_MS = 3_600_000
every_language = pytest.mark.parametrize("language", Language)


def panel_of(kind: str, language: Language, key: str) -> Json:
    """Return the panel of a board by the key of its title."""
    return titled(BOARDS[f"cc-{kind}-{language}"], say(language, key))


def chosen(view: View, kind: str, language: Language, **wanted: str) -> None:
    view.choose(BOARDS[f"cc-{kind}-{language}"], **wanted)


def rows(panel: Json, view: View) -> list[dict[str, str]]:
    """Return the rows of a table in words."""
    return shown(panel, view.frames(panel), view)


def curves(panel: Json, view: View) -> dict[str, Frame]:
    """Return the series of a panel by their names."""
    return {frame.columns[1].name: frame for frame in view.frames(panel)}


def values(frame: Frame) -> list[Any]:
    """Return the values of a series that are there."""
    return [value for value in frame.columns[1].values if value is not None]


def test_the_choices_are_the_probes_of_the_place_with_the_load_probe_first_and_its_gateway(view: View) -> None:
    chosen(view, "device", Language.ZH, place="box-1")
    assert view.chosen["probe"] == ["box-1-load"]
    assert view.chosen["gateway"] == ["box-1"]
    probe = next(one for one in BOARDS["cc-device-zh"]["templating"]["list"] if one["name"] == "probe")
    assert view.values_of(probe) == ["box-1-load", "box-1-air"]
    chosen(view, "device", Language.ZH, place="fridge-3")
    assert view.chosen["probe"] == ["fridge-3-load"], "registered, and never heard"


@every_language
def test_the_probe_says_its_exact_reading_its_age_and_its_calibration(language: Language, view: View) -> None:
    chosen(view, "device", language, place="fridge-1", probe="fridge-1-load")
    reading, answer, age = view.frames(panel_of("device", language, "device.probe"))
    assert 13 < reading.column("celsius")[0] < 15
    assert answer.column("quality") == [0]
    assert age.column("age_s") == [20]
    (calibration,) = view.frames(panel_of("device", language, "device.calibration"))
    assert calibration.column("offset_celsius") == [-0.125]
    assert calibration.column("due_ms")[0] > view.now_ms > calibration.column("calibrated_ms")[0]


def test_a_reading_that_speaks_no_more_is_not_shown(view: View) -> None:
    chosen(view, "device", Language.ZH, place="box-1", probe="box-1-load")
    panel = panel_of("device", Language.ZH, "device.probe")
    (age,) = view.frames(panel)
    assert age.columns[1].name == "age_s", "the reading itself is five hours old"
    assert panel["fieldConfig"]["defaults"]["noValue"] == say(Language.ZH, "no-data")


def test_a_temperature_that_is_none_any_more_is_not_shown_beside_the_word_that_there_is_none(day: InfluxServer) -> None:
    now_ms = int(time.time() * 1_000)
    day.create("stale")
    series = f"temperature,place=fridge-1,probe=fridge-1-load,role=load,site={SITE}"
    good = f"{series} celsius=4.0,quality=0i {now_ms - 60_000}"
    amended = f"{series} celsius=4.5,quality=0i {now_ms - 9_000}", f"{series} quality=1i {now_ms - 9_000}"
    for line in (good, *amended):
        day.write("stale", line.encode())
    where = {"site": [SITE], "place": ["fridge-1"], "probe": ["fridge-1-load"]}
    look_at = view_of(day, now_ms, "stale", chosen=where)
    found = look_at.frames(panel_of("device", Language.EN, "device.probe"))
    assert [frame.columns[-1].name for frame in found] == ["quality"]
    assert found[0].column("quality") == [1]
    for kind, key, rows in (("site", "site.probes", [(None, 1)]), ("device", "device.readings", [(None, 1), (4, 0)])):
        panel = panel_of(kind, Language.EN, key)
        (table,) = transformed(panel, look_at.frames(panel))
        none = [None] * len(table)
        temperatures = table.column("celsius") if "celsius" in {one.name for one in table.columns} else none
        assert list(zip(temperatures, table.column("quality"), strict=True)) == rows


def test_when_the_mirror_is_dead_the_tiles_of_the_device_are_dark_and_its_lists_say_so(dead_view: View) -> None:
    chosen(dead_view, "device", Language.EN, place="fridge-1")
    tiles = BOARDS["cc-device-en"]["panels"][1:5]
    assert [dead_view.frames(tile) for tile in tiles] == [[], [], [], []]
    assert {tile["fieldConfig"]["defaults"]["noValue"] for tile in tiles} == {say(Language.EN, "no-data")}
    for key, none in (("device.power", "no-data"), ("device.registry", "empty.registry")):
        assert "go and look" in say(Language.EN, none)
        assert panel_of("device", Language.EN, key)["fieldConfig"]["defaults"]["noValue"] == say(Language.EN, none)


@every_language
def test_the_raw_curve_is_of_the_chosen_probe_alone_with_a_gap_and_the_limits(language: Language, view: View) -> None:
    chosen(view, "device", language, place="fridge-1", probe="fridge-1-load")
    found = curves(panel_of("device", language, "device.raw"), view)
    highest, lowest, low, high = (say(language, key) for key in ("max", "min", "low", "high"))
    assert list(found) == [highest, lowest, low, high]
    tops, feet = (found[name].columns[1].values for name in (highest, lowest))
    assert all(top >= foot for top, foot in zip(tops, feet, strict=True) if top is not None)
    assert 35 <= sum(value is None for value in tops) <= 45, "forty minutes in which nobody measured stay empty"
    assert (values(found[low]), values(found[high])) == ([2, 2], [6, 6])


def test_zoomed_in_the_band_is_every_single_reading(view: View) -> None:
    view.hours = 0.5
    chosen(view, "device", Language.ZH, place="fridge-2", probe="fridge-2-load")
    found = curves(panel_of("device", Language.ZH, "device.raw"), view)
    tops, feet = (values(found[say(Language.ZH, key)]) for key in ("max", "min"))
    assert tops == feet
    assert 85 <= len(tops) <= 90, "half an hour at one in 20 s"


@every_language
def test_hours_of_thirty_days_are_there_while_the_board_shows_one_day(language: Language, view: View) -> None:
    chosen(view, "device", language, place="fridge-2", probe="fridge-2-load")
    found = curves(panel_of("device", language, "device.hours"), view)
    assert list(found) == [say(language, key) for key in ("max", "min", "mean")]
    for frame in found.values():
        told = [at for at, value in zip(*(c.values for c in frame.columns), strict=True) if value is not None]
        assert 710 <= len(told) <= 720
        assert all(at % HOUR_MS == 0 for at in told)
        assert (told[-1] - told[0]) // HOUR_MS + 1 == len(told) + 3, "three hours are missing"
        assert len(frame) > told[-1] // HOUR_MS - told[0] // HOUR_MS, "and are there as nothing: a break"
    minutes = curves(panel_of("device", language, "device.hour-minutes"), view)
    assert list(minutes) == [say(language, "out"), say(language, "unknown")]


def test_an_hour_that_nobody_measured_has_no_temperature_and_sixty_unknown_minutes(
    day: InfluxServer, view: View
) -> None:
    at = view.now_ms // HOUR_MS * HOUR_MS - 50 * HOUR_MS
    series = TEMPERATURE_1H.series("freezer-1", "freezer-1-load", "load", SITE)
    hour = HourSums(
        from_ms=at,
        n=0,
        min_micro_celsius=None,
        max_micro_celsius=None,
        mean_micro_celsius=None,
        kinetic_micro_celsius=None,
        out_ms=0,
        unknown_ms=HOUR_MS,
    )
    day.write(DATABASE, hour_line(series, hour, complete=True))
    chosen(view, "device", Language.ZH, place="freezer-1", probe="freezer-1-load")
    hours = curves(panel_of("device", Language.ZH, "device.hours"), view)
    assert {frame.columns[1].values[frame.column("Time").index(at)] for frame in hours.values()} == {None}
    minutes = curves(panel_of("device", Language.ZH, "device.hour-minutes"), view)[say(Language.ZH, "unknown")]
    assert minutes.columns[1].values[minutes.column("Time").index(at)] == 60


def test_the_mean_kinetic_temperature_is_drawn_where_a_profile_asks_for_it(day: InfluxServer, view: View) -> None:
    day.create("drugs")
    at = view.now_ms // HOUR_MS * HOUR_MS - HOUR_MS
    series = TEMPERATURE_1H.series("drug-1", "drug-1-air", ProbeRole.AIR.value, SITE)
    hour = HourSums(
        from_ms=at,
        n=180,
        min_micro_celsius=3_000_000,
        max_micro_celsius=7_000_000,
        mean_micro_celsius=5_000_000,
        kinetic_micro_celsius=5_123_456,
        out_ms=0,
        unknown_ms=0,
    )
    day.write("drugs", hour_line(series, hour, complete=True))
    other = view_of(day, view.now_ms, "drugs")
    other.chosen = {"site": [SITE], "place": ["drug-1"], "probe": ["drug-1-air"]}
    found = curves(panel_of("device", Language.EN, "device.kinetic"), other)
    assert values(found["mean kinetic"]) == [5.123456]


def test_the_cooling_of_a_fridge_that_gets_worse_rises_and_a_day_with_few_cycles_has_no_share(view: View) -> None:
    chosen(view, "device", Language.ZH, place="fridge-2")
    (share,) = view.frames(panel_of("device", Language.ZH, "device.duty"))
    assert len(values(share)) in {29, 30}
    assert values(share) == sorted(values(share))
    assert set(share.column("Time")) <= set(midnights(view.now_ms, 32))
    chosen(view, "device", Language.ZH, place="freezer-1")
    (share,), (cycles,) = (view.frames(panel_of("device", Language.ZH, f"device.{key}")) for key in ("duty", "cycles"))
    assert len(values(cycles)) == len(values(share)) + 1
    assert 4 in values(cycles)


@every_language
def test_what_is_inside_stands_by_component_and_group_the_first_to_expire_at_the_top(
    language: Language, view: View
) -> None:
    chosen(view, "device", language, place="fridge-1")
    panel = panel_of("device", language, "device.stock")
    found = rows(panel, view)
    columns = ("group", "inside", "released", "aside", "expire.soon")
    assert [tuple(row[say(language, key)] for key in columns) for row in found] == [
        ("O-", "12", "0", "12", "2"),
        ("A+", "18", "0", "18", "0"),
    ]
    aside = next(one for one in panel["fieldConfig"]["overrides"] if one["matcher"]["options"] == "aside")
    assert "range" in json.dumps(aside), "somebody has to decide about these"
    chosen(view, "device", language, place="fridge-2")
    assert [row[say(language, "group")] for row in rows(panel, view)] == ["O+"], "what has left is gone"


@every_language
def test_the_registry_and_the_gateway_of_a_place_are_listed(language: Language, view: View) -> None:
    chosen(view, "device", language, place="box-1")
    listed = rows(panel_of("device", language, "device.registry"), view)
    assert {(row[say(language, "device")], row[say(language, "device.kind")]) for row in listed} == {
        ("box-1-load", say(language, "device-kind.probe")),
        ("box-1-air", say(language, "device-kind.probe")),
        ("box-1", say(language, "device-kind.gateway")),
        ("box-1", say(language, "device-kind.box")),
    }
    (box,) = (row for row in listed if row[say(language, "device.kind")] == say(language, "device-kind.box"))
    assert box[say(language, "due.word")] == say(language, "due_word.qualification")
    probes = [row for row in listed if row[say(language, "device.kind")] == say(language, "device-kind.probe")]
    assert {row[say(language, "device.confirmed")] for row in probes} == {say(language, "installed.not-confirmed")}
    others = {row[say(language, "device.confirmed")] for row in listed if row not in probes}
    assert say(language, "installed.confirmed") not in others
    (gateway,) = rows(panel_of("device", language, "device.power"), view)
    assert gateway[say(language, "online")] == say(language, "online.0")
    (battery,) = view.frames(panel_of("device", language, "device.battery"))
    assert 60 < min(values(battery)) < max(values(battery)) <= 100


@every_language
def test_signal_is_listed_with_its_unit_and_what_is_too_old_is_unknown(language: Language, view: View) -> None:
    panel = panel_of("device", language, "device.signals")
    chosen(view, "device", language, place="fridge-2")
    device, signal = say(language, "device"), say(language, "signal")
    listed = {row[device]: row[signal] for row in rows(panel, view)}
    assert listed.keys() == {"fridge-2-air", "fridge-2-load"}
    assert listed["fridge-2-air"].endswith(" dBm")
    assert listed["fridge-2-load"].startswith("LQI ")
    found = curves(panel_of("device", language, "device.signal"), view)
    assert list(found) == ["fridge-2-air"], "an LQI is no dBm"
    assert -79 < min(values(found["fridge-2-air"])) < max(values(found["fridge-2-air"])) <= -70
    chosen(view, "device", language, place="box-1")
    assert view.frames(panel) == [], "its modem said nothing for five hours"
    assert set(values(curves(panel_of("device", language, "device.signal"), view)["box-1"])) == {-97}
    for key in ("device.signals", "device.signal"):
        none = panel_of("device", language, key)["fieldConfig"]["defaults"]["noValue"]
        assert none == say(language, "empty.signal")
        assert any(word in none for word in ("情况未知", "unknown"))
        assert "thresholds" not in json.dumps(panel["fieldConfig"]["overrides"]), "nobody judges a strength"


def test_marks_are_findings_alarms_and_notes_that_still_stand(view: View) -> None:
    drawn = {}
    for place in ("fridge-1", "freezer-1"):
        chosen(view, "site", Language.EN, place=place)
        drawn[place] = [
            [row[series["columns"].index("text")] for series in found for row in series["values"]]
            for annotation in BOARDS["cc-site-en"]["annotations"]["list"]
            for found in [view.ask(view.filled(annotation["query"], {}, 10))]
        ]
    findings, alarms, defrosts, notes = drawn["fridge-1"]
    assert findings == ["Blood fridge 1 too warm (load probe)"]
    assert sorted(alarms) == ["Blood fridge 1 too warm", "Mains lost"], "none that was moved or taken back"
    assert defrosts == []
    assert sorted(notes) == ["Profile cn-rbc edition 2", "fridge-1-load calibrated"], "not the one taken back"
    assert drawn["freezer-1"][1:3] == [["Mains lost"], ["Defrost", "Defrost"]]
    assert set(CONTACTS.values()) > {"freezer-1"}


@every_language
def test_days_of_the_site_board_are_those_of_the_rules_with_unmeasured_ones_as_such(
    language: Language, view: View
) -> None:
    chosen(view, "site", language, place="box-1")
    table = rows(panel_of("site", language, "day.table"), view)
    assert len(table) in {29, 30}
    days = [row[say(language, "day")] for row in table]
    assert days == sorted(days, reverse=True)
    assert table[0][say(language, "complete")] == say(language, "complete.0"), "today goes on"
    unmeasured = table[7]
    assert (unmeasured[say(language, "lowest")], unmeasured[say(language, "unknown")]) == ("—", "1 d 00:00:00")
    bars = curves(panel_of("site", language, "day.minutes"), view)
    assert list(bars) == [say(language, "out"), say(language, "unknown")]
    assert max(values(bars[say(language, "unknown")])) == 24 * 60
    assert set(bars[say(language, "out")].column("Time")) <= set(midnights(view.now_ms, 32))


@every_language
def test_the_stock_of_the_site_names_what_is_low_and_below_which_number(language: Language, view: View) -> None:
    chosen(view, "site", language, place="fridge-1")
    found = {row[say(language, "group")]: row for row in rows(panel_of("site", language, "site.stock"), view)}
    columns = ("stock.level", "released", "stock.minimum")
    told = {group: tuple(row[say(language, key)] for key in columns) for group, row in found.items()}
    assert told == {
        "O-": (say(language, "stock.level.red"), "0", "6"),
        "O+": (say(language, "stock.level.enough"), "20", "—"),
    }
