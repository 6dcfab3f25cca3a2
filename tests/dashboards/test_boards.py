"""The boards by our own rules: language, units, colours, grid, ids, data source, variables, queries by the schema."""

import json
import re
from collections.abc import Iterator
from itertools import combinations, pairwise, product
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from support.mirror_points import an_alarm

from coldchain.facts import Quality
from coldchain.places import Text
from coldchain.standing import PlaceState
from dashboards.alarm_columns import STATES
from dashboards.boards import board_json, boards
from dashboards.panels import LEVEL_COLORS
from dashboards.provisioning import FOLDER
from dashboards.queries import SILENCE_S
from dashboards.registry import INSTALLED
from dashboards.site import STOCK_LEVELS
from dashboards.texts import TEXTS, Language, say
from rules.alarm_life import state_of
from rules.stock import Level
from stores.points import LEVELS, SCHEMA
from stores.points_devices import Installed

Json = dict[str, Any]

BOARDS: dict[str, Json] = {board.uid: json.loads(board_json(board)) for board in boards("http://127.0.0.1:8080")}
RULES: Json = json.loads(Path(__file__).with_name("board.schema.json").read_text(encoding="utf-8"))
MEASUREMENTS = {one.name: {*one.tags, *one.fields} for one in SCHEMA}
HAN = re.compile(r"[\u3400-\u9fff]")
LATIN = re.compile(r"[A-Za-z]{2,}")
SEEN = {"title", "description", "noValue", "label", "text", "content", "tooltip", "name", "alias"}
# Words that are the same in both languages.
SHARED = re.compile(r"\$\{?\w+(:\w+)?\}?|UPS|°C|cc-\w+|https?://\S+")
GIVEN = {"timeFilter", "__interval", "__from", "__to", "__value"}  # Grafana's own
# What InfluxDB 2 or 3 would not answer, or Grafana would have to write anew.
NOT_EVERYWHERE = re.compile(r"\b(SLIMIT|SOFFSET|INTO|DELETE|DROP|CREATE|sample|tz|CASE)\b|\"\.\"|\.\.", re.IGNORECASE)

NOW = re.compile(r'FROM "(place_state|alarms_now)"')  # what is said every 10 s, of the present
COUNTS = re.compile(r'SELECT sum\("(on_hold|unacknowledged)"\)|"on_hold" FROM| AS "more" FROM')

GO_AND_LOOK = {"无数据，请到现场查看", "No data: go and look"}

# Boards that begin with how a place, or every place, stands.
OF_PLACES = [uid for uid in BOARDS if uid.split("-")[1] in {"wall", "site", "device", "transport"}]
COUNTED = {"on_hold", "aside"}  # bags that a person has to decide about
SPANS = {"left_s", "to_go_s", "eta_spare_s"}  # of time that is left: below 0 words stand for it

every_board = pytest.mark.parametrize("uid", BOARDS)
every_place_board = pytest.mark.parametrize("uid", OF_PLACES)


def panels(board: Json) -> list[Json]:
    """Return the panels with data."""
    return [panel for panel in board["panels"] if "targets" in panel]


def parts(node: Any) -> Iterator[Json]:
    """Yield every object of a document."""
    if isinstance(node, dict):
        yield node
        for value in node.values():
            yield from parts(value)
    elif isinstance(node, list):
        for value in node:
            yield from parts(value)


def seen(board: Json) -> Iterator[str]:
    """Yield every text that a person may read on a board."""
    for part in parts({key: board[key] for key in ("title", "description", "panels", "links", "annotations")}):
        yield from (value for key, value in part.items() if key in SEEN and isinstance(value, str))
        if part.get("id") == "displayName":
            yield part["value"]
    for variable in board["templating"]["list"]:
        yield variable["label"]


def queries(board: Json) -> Iterator[str]:
    """Yield every query of a board."""
    yield from (target["query"] for panel in panels(board) for target in panel["targets"])
    yield from (one["query"] for one in board["templating"]["list"] if one["type"] == "query")
    yield from (one["query"] for one in board["annotations"]["list"])


@every_board
def test_a_board_has_only_what_we_know_that_grafana_understands(uid: str) -> None:
    jsonschema.Draft202012Validator.check_schema(RULES)
    faults = jsonschema.Draft202012Validator(RULES).iter_errors(BOARDS[uid])
    assert [f"{list(fault.path)}: {fault.message[:200]}" for fault in faults] == []


def test_the_schema_of_boards_refuses_what_is_not_in_it() -> None:
    board = json.loads(json.dumps(BOARDS["cc-wall-zh"]))
    validator = jsonschema.Draft202012Validator(RULES)
    assert validator.is_valid(board)
    for old, new in (
        ('"steps": [', '"steps": [{"color": "#ff0000", "value": 6}, '),
        ('"uid": "${ds}"', '"uid": "coldchain"'),
        ('"gridPos"', '"gridpos"'),
        ('"w": 24', '"w": 25'),
        ('"query": "SELECT ', '"query": "DROP '),
    ):
        text = json.dumps(board)
        assert old in text
        assert not validator.is_valid(json.loads(text.replace(old, new, 1))), new


@every_board
def test_every_text_is_in_the_language_of_its_set(uid: str) -> None:
    texts = set(seen(BOARDS[uid]))
    assert len(texts) > 30
    if uid.endswith("-en"):
        assert [text for text in texts if HAN.search(text)] == []
    else:
        strange = [text for text in texts if not HAN.search(text) and LATIN.search(SHARED.sub("", text))]
        assert strange == []


def test_every_text_is_asked_for_by_a_board(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: set[str] = set()

    class Asked(dict[str, Text]):
        def __getitem__(self, key: str) -> Text:
            asked.add(key)
            return super().__getitem__(key)

    monkeypatch.setattr("dashboards.texts.TEXTS", Asked(TEXTS))
    assert len(boards("http://127.0.0.1:8080")) == len(BOARDS)
    assert set(TEXTS) - asked == set()


def test_every_text_stands_in_both_languages_and_is_used() -> None:
    used = {text for board in BOARDS.values() for text in seen(board)}
    joined = "\n".join(used) + json.dumps(list(BOARDS.values()), ensure_ascii=False)
    for key, text in TEXTS.items():
        assert text.zh, key
        assert text.en, key
        assert json.dumps(text.zh, ensure_ascii=False)[1:-1] in joined, f"{key} is on no board"
        assert HAN.search(text.zh) or text.zh == text.en, f"{key} has no Chinese"


@every_board
def test_panels_have_ids_of_their_own_and_stand_beside_each_other(uid: str) -> None:
    listed = BOARDS[uid]["panels"]
    ids = [panel["id"] for panel in listed]
    assert len(set(ids)) == len(ids)
    for panel in listed:
        at = panel["gridPos"]
        assert at["x"] + at["w"] <= 24, panel["title"]
    for one, other in combinations(listed, 2):
        a, b = one["gridPos"], other["gridPos"]
        beside = a["x"] + a["w"] <= b["x"] or b["x"] + b["w"] <= a["x"]
        above = a["y"] + a["h"] <= b["y"] or b["y"] + b["h"] <= a["y"]
        assert beside or above, f"{one['title']} lies on {other['title']}"
    order = [(panel["gridPos"]["y"], panel["gridPos"]["x"]) for panel in listed]
    assert all(one < other for one, other in pairwise(order)), "a phone shows panels in the order of the file"


def test_boards_have_uids_and_titles_of_their_own() -> None:
    kinds = ("wall", "site", "device", "transport", "ingest", "alarms")
    assert list(BOARDS) == [f"cc-{kind}-{language}" for kind in kinds for language in ("zh", "en")]
    assert len({board["title"] for board in BOARDS.values()}) == len(BOARDS), "Grafana takes a title once a folder"
    assert FOLDER == "冷链"


@every_board
def test_no_board_names_a_data_source_or_keeps_a_variable_that_it_does_not_use(uid: str) -> None:
    board = BOARDS[uid]
    sources = [part["datasource"] for part in parts(board) if "datasource" in part]
    assert len(sources) > 10
    assert all(source == {"type": "influxdb", "uid": "${ds}"} for source in sources)
    defined = [variable["name"] for variable in board["templating"]["list"]]
    text = json.dumps({**board, "templating": {"list": [one.get("query") for one in board["templating"]["list"]]}})
    used = {found[1] for found in re.finditer(r"\$\{?(\w+)", text)} - {
        "tag_probe",
        "tag_place",
        "tag_gateway",
        "tag_device",
        "1",
    }
    assert used - GIVEN == set(defined)


@every_place_board
def test_colour_comes_from_the_state_that_the_rules_gave_and_from_nothing_else(uid: str) -> None:
    painted = [panel for panel in panels(BOARDS[uid]) if panel["options"].get("colorMode") == "background"]
    painted += [panel for panel in panels(BOARDS[uid]) if '"field": "level"' in json.dumps(panel["options"])]
    assert painted
    for panel in painted:
        words, none = panel["fieldConfig"]["defaults"]["mappings"]
        assert {key: shown["color"] for key, shown in words["options"].items()} == {
            str(level): color for level, color in LEVEL_COLORS.items()
        }
        assert none["options"]["result"]["text"] in {
            "无数据，请到现场查看",
            "No data: go and look",
            "无数据",
            "no data",
        }
        assert panel["type"] == "geomap" or panel["fieldConfig"]["defaults"]["noValue"] in GO_AND_LOOK
        assert none["options"]["result"]["color"] not in LEVEL_COLORS.values()
        assert all(re.search("level|name|latitude", target["query"]) for target in panel["targets"])


@every_board
def test_a_number_has_a_colour_only_where_it_counts_bags_on_hold_alarms_that_wait_or_what_is_left_out(
    uid: str,
) -> None:
    for panel in panels(BOARDS[uid]):
        config = panel["fieldConfig"]
        everywhere = [one for one in config["defaults"]["mappings"] if one["type"] == "range"]
        for target in panel["targets"] if everywhere else []:
            other = f"/^{target['alias']}$/" in {one["matcher"]["options"] for one in config["overrides"]}
            assert other or COUNTS.search(target["query"]), target["query"]
        for override in config["overrides"]:
            ranges = [part for part in parts(override) if part.get("type") == "range"]
            painted = [one for one in ranges if "color" in one["options"]["result"]]
            assert not painted or override["matcher"]["options"] in COUNTED
            assert not ranges or painted or override["matcher"]["options"] in SPANS


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("prefix", ["level", "short"])
def test_every_state_has_words_and_a_colour_of_its_own(prefix: str, language: Language) -> None:
    words = {state: say(language, f"{prefix}.{level}") for state, level in LEVELS.items()}
    assert set(words) == set(PlaceState)
    assert len(set(words.values())) == len(LEVEL_COLORS) == len(set(LEVEL_COLORS.values())) == len(LEVELS)
    warm, cold = ("偏高", "偏低") if language is Language.ZH else ("too warm", "too cold")
    assert (words[PlaceState.TOO_WARM], words[PlaceState.TOO_COLD]) == (warm, cold)


def test_whether_a_person_confirmed_where_a_device_hangs_has_the_words_of_the_mirror() -> None:
    assert set(INSTALLED) == {one.value for one in Installed}


def test_every_state_of_an_alarm_and_every_level_of_the_stock_has_words() -> None:
    marks = ("shelved_until_ms", "cleared_ms", "acknowledged_ms", "on_site_ms")
    told = {
        state_of(an_alarm(withdrawn=back, out_of_service=out, parent=parent, **dict(zip(marks, times, strict=True))))
        for back, out, parent in product((False, True), (False, True), ("", "a-2"))
        for times in product((None, 5_000), repeat=len(marks))
    }
    assert told == set(STATES)
    assert {level.value for level in Level} == set(STOCK_LEVELS)


@every_place_board
def test_where_an_answer_of_a_probe_has_words_every_answer_has(uid: str) -> None:
    none = {say(language, "quality.1") for language in Language}
    named = [
        part["options"]
        for part in parts(BOARDS[uid]["panels"])
        if part.get("type") == "value" and none & {one["text"] for one in part["options"].values()}
    ]
    assert all({*options} == {str(quality.value) for quality in Quality} for options in named)
    assert named or uid.startswith("cc-wall"), "its tiles have the words of the mirror"


@every_board
def test_figures_have_units_that_round_nothing_across_a_limit(uid: str) -> None:
    for panel in panels(BOARDS[uid]):
        config = panel["fieldConfig"]
        assert config["defaults"]["unit"]
        if config["defaults"]["unit"] == "celsius":
            assert config["defaults"]["decimals"] >= 4, panel["title"]
        for override in config["overrides"]:
            if override["matcher"]["options"].endswith("celsius"):
                units = [one["value"] for one in override["properties"] if one["id"] == "unit"]
                assert (units or [config["defaults"]["unit"]]) == ["string"], "written with all its digits"


@every_board
def test_limit_lines_are_named_and_the_band_lies_between_them(uid: str) -> None:
    for panel in panels(BOARDS[uid]):
        filled = [
            one["value"]
            for override in panel["fieldConfig"]["overrides"]
            for one in override["properties"]
            if one["id"] == "custom.fillBelowTo"
        ]
        if filled:
            language = Language(uid.rpartition("-")[2])
            aliases = [target["alias"] for target in panel["targets"]]
            low, lowest = say(language, "low"), say(language, "min")
            assert filled in ([low], [lowest]), "between the limits, or between the extremes"
            assert set(filled) <= set(aliases)
            assert low not in aliases or say(language, "high") in aliases


@every_board
def test_queries_ask_only_for_what_the_frozen_schema_promises(uid: str) -> None:
    asked = list(queries(BOARDS[uid]))
    assert asked
    for query in asked:
        assert not NOT_EVERYWHERE.search(query), query
        names = re.findall(r'FROM "(\w+)"', query)
        assert names, query
        known = set().union(*(MEASUREMENTS[name] for name in names))
        aliases = set(re.findall(r'AS "(\w+)"', query))
        quoted = set(re.findall(r'"(\w+)"', query)) - set(names)
        assert quoted <= known | aliases, f"{quoted - known - aliases} in {query}"


@every_place_board
def test_no_tile_shows_a_state_that_is_older_than_the_silence_limit(uid: str) -> None:
    asked = [target["query"] for panel in panels(BOARDS[uid]) for target in panel["targets"]]
    tiles = [query for query in asked if NOW.search(query) and "$timeFilter" not in query]
    assert len(tiles) >= 3
    assert all(f"time > now() - {SILENCE_S}s AND time < now() + 10s" in query for query in tiles)
    written = [text.zh + text.en for key, text in TEXTS.items() if key.endswith("about") and "60" in text.zh]
    assert written
    assert all(f"{SILENCE_S} 秒" in text and f"{SILENCE_S} s" in text for text in written)


def test_the_wall_draws_itself_anew_every_ten_seconds_and_repeats_its_row_for_every_place() -> None:
    for uid in ("cc-wall-zh", "cc-wall-en"):
        board = BOARDS[uid]
        assert board["refresh"] == "10s"
        place = next(one for one in board["templating"]["list"] if one["name"] == "place")
        assert (place["includeAll"], place["multi"], place["refresh"]) == (True, True, 2)
        assert [panel["repeat"] for panel in board["panels"] if panel["type"] == "row"] == ["place"]


def test_a_state_leads_to_the_site_board_and_into_the_console() -> None:
    for language in Language:
        tiles = [panel for panel in panels(BOARDS[f"cc-wall-{language}"]) if panel["fieldConfig"]["defaults"]["links"]]
        urls = [link["url"] for panel in tiles for link in panel["fieldConfig"]["defaults"]["links"]]
        assert urls == [
            f"/d/cc-site-{language}?${{ds:queryparam}}&${{site:queryparam}}&var-place=${{place:percentencode}}",
            "${console:raw}/places/${place:percentencode}",
        ]
        links = json.dumps(BOARDS[f"cc-site-{language}"])
        assert "${console:raw}/findings/${__value.raw:percentencode}" in links


@pytest.mark.parametrize("kind", ["wall", "site", "device", "transport", "ingest", "alarms"])
@pytest.mark.parametrize("language", Language)
def test_a_board_states_profile_edition_and_that_nobody_has_approved_it(kind: str, language: Language) -> None:
    told = [
        panel
        for panel in panels(BOARDS[f"cc-{kind}-{language}"])
        if any(
            all(f'"{name}"' in target["query"] for name in ("profile", "profile_version", "confirmed"))
            for target in panel["targets"]
        )
    ]
    assert told
    for panel in told:
        words = {say(language, "confirmed.0"), say(language, "approved.0")}  # a small tile has the shorter one
        assert words & {part["text"] for part in parts(panel) if isinstance(part.get("text"), str)}


@every_board
def test_a_query_makes_no_mean_and_no_figure_of_a_day(uid: str) -> None:
    asked = list(queries(BOARDS[uid]))
    assert asked
    for query in asked:
        measured = query.replace('median("took_s")', "")  # how long people took: no measurement
        assert not re.search(r"\b(mean|median|integral|moving_average)\(|time\(1d|time\(24h", measured), query
        days = '"place_1d"' in query or '"cooling_1d"' in query
        assert not days or "GROUP BY time" not in query, "days are as the rules wrote them"


@every_board
def test_what_is_written_every_minute_is_shown_no_longer_than_it_speaks(uid: str) -> None:
    asked = [target["query"] for panel in panels(BOARDS[uid]) for target in panel["targets"]]
    of_the_minute = re.compile(r'FROM "(gateway_state|gateway_age|probe_age|ingest|centre)"')
    now = [query for query in asked if of_the_minute.search(query) and "$timeFilter" not in query]
    assert now or uid.startswith(("cc-site", "cc-transport", "cc-alarms"))
    assert all("time > now() - 150s AND time < now() + 10s" in query for query in now)


def test_a_probe_of_the_site_board_and_a_place_of_a_list_lead_to_the_device_board() -> None:
    for language in Language:
        chosen = f"/d/cc-device-{language}?${{ds:queryparam}}&${{site:queryparam}}"
        site = json.dumps(BOARDS[f"cc-site-{language}"])
        assert f"{chosen}&var-place=${{place:percentencode}}&var-probe=${{__value.raw:percentencode}}" in site
        for kind in ("site", "ingest"):
            assert f"{chosen}&var-place=${{__value.raw:percentencode}}" in json.dumps(BOARDS[f"cc-{kind}-{language}"])
        boards_of_device = {link["url"].split("?")[0] for link in BOARDS[f"cc-device-{language}"]["links"]}
        assert boards_of_device == {
            *(f"/d/cc-{kind}-{language}" for kind in ("wall", "site", "ingest")),
            "${console:raw}/",
        }
