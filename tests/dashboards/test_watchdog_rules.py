"""The watchdog that Grafana keeps: its files by our rules, and its rules on a real InfluxDB, well, silent and dead."""

import json
import re
import time
from collections.abc import Mapping
from typing import Any

import pytest
from support.alert_rules import interpolated, outcome
from support.board_data import DATABASE, SITE, snapshot_lines
from support.board_targets import View, view_of
from support.influx import InfluxServer

from dashboards.provisioning import FOLDER, MARK, export_files
from dashboards.watchdog import (
    BEHIND_MAX,
    COLDER_BY,
    CONTACT,
    FAR_S,
    HOOK,
    MAIL,
    MINUTELY_S,
    PROBE_SILENT_S,
    SITE_SILENT_S,
    UNSEEN_S,
    WARMER_BY,
    contacts_document,
    rules_document,
)
from dashboards.watchdog_texts import WATCHDOG_TEXTS
from stores.lines import Real, Value
from stores.points import NEVER_S, PLACE, PLACE_STATE, PROBE_AGE, SCHEMA, SITE_AGE, TEMPERATURE
from stores.points_alarms import ALARMS_NOW
from stores.points_devices import CENTRE

Rule = Mapping[str, Any]

DOCUMENT: Any = rules_document(FOLDER)
RULES: dict[str, Rule] = {rule["uid"].removeprefix("cc-watch-"): rule for rule in DOCUMENT["groups"][0]["rules"]}
MEASUREMENTS = {one.name: {*one.tags, *one.fields} for one in SCHEMA}
HAN = re.compile(r"[\u3400-\u9fff]")
FILES = export_files(
    console_url="http://127.0.0.1:8080", influx_url="http://127.0.0.1:8086", database="coldchain", boards_path="/b"
)

every_rule = pytest.mark.parametrize("name", RULES)


@every_rule
def test_a_rule_has_what_grafana_needs_and_alarms_when_nothing_comes(name: str) -> None:
    rule = RULES[name]
    assert len(rule["uid"]) <= 40
    assert len(rule["title"]) <= 190
    assert "/" not in rule["title"]
    assert rule["execErrState"] == "Alerting", "who cannot ask, alarms"
    assert rule["noDataState"] == ("OK" if name == "cold" else "Alerting")
    assert rule["for"] in {"1m", "2m", "10m"}
    assert rule["isPaused"] is False
    assert rule["notification_settings"]["receiver"] == CONTACT
    assert {"alertname", "grafana_folder"} <= set(rule["notification_settings"]["group_by"])
    steps = {step["refId"]: step for step in rule["data"]}
    assert rule["condition"] in steps
    for ref_id, step in steps.items():
        assert step["model"]["refId"] == ref_id
        if step["datasourceUid"] == "__expr__":
            named = re.findall(r"\w+", step["model"]["expression"].replace(" ", ""))
            assert all(one in steps for one in named if one[0].isalpha()), "an expression of what is there"
        else:
            assert step["datasourceUid"] == "coldchain"
            assert step["relativeTimeRange"]["from"] > step["relativeTimeRange"]["to"] == 0
            assert step["model"]["rawQuery"] is True


@every_rule
def test_a_rule_says_in_both_languages_what_it_is_and_what_to_do(name: str) -> None:
    rule = RULES[name]
    for part in ("title", "summary", "advice"):
        text = WATCHDOG_TEXTS[f"{name}.{part}"]
        assert HAN.search(text.zh)
        assert not HAN.search(text.en)
    title = WATCHDOG_TEXTS[f"{name}.title"]
    assert rule["title"] == f"{title.zh} · {title.en}"
    notes = rule["annotations"]
    assert HAN.search(notes["description_zh"])
    assert not HAN.search(notes["description_en"])
    assert interpolated(notes["summary"]).count("{{ with") == interpolated(notes["summary"]).count("{{ end }}")


@every_rule
def test_a_rule_asks_for_what_the_frozen_schema_promises_and_names_its_own_time(name: str) -> None:
    asked = [step["model"]["query"] for step in RULES[name]["data"] if "query" in step["model"]]
    assert asked
    for query in asked:
        assert "$" not in query, "a dollar sign in these files is a variable of Grafana's environment"
        names = re.findall(r'FROM "(\w+)"', query)
        known = set().union(*(MEASUREMENTS[one] for one in names))
        assert set(re.findall(r'"(\w+)"', query)) - set(names) <= known, query
        assert "time > now() - " in query


@pytest.mark.parametrize(
    ("name", "figures"),
    [
        ("mirror", {BEHIND_MAX, 10}),
        ("site", {SITE_SILENT_S // 60}),
        ("probe", {PROBE_SILENT_S // 60}),
        ("warm", {FAR_S // 60, WARMER_BY}),
        ("cold", {FAR_S // 60, COLDER_BY}),
        ("unseen", {UNSEEN_S // 60}),
    ],
    ids=lambda one: one if isinstance(one, str) else "",
)
def test_the_figures_of_a_text_are_those_of_its_rule(name: str, figures: set[int]) -> None:
    text = WATCHDOG_TEXTS[f"{name}.summary"]
    for words in (text.zh, text.en):
        assert {int(figure) for figure in re.findall(r"\d+", words)} == figures


def test_every_text_of_the_watchdog_is_used() -> None:
    assert {key.partition(".")[0] for key in WATCHDOG_TEXTS} == set(RULES)


def test_the_contact_point_needs_nothing_of_ours_and_has_no_address_in_it() -> None:
    document: Any = contacts_document()
    (point,) = document["contactPoints"]
    assert point["name"] == CONTACT
    mail, hook = point["receivers"]
    assert (mail["type"], mail["settings"]["addresses"]) == ("email", f"${MAIL}")
    assert (hook["type"], hook["settings"]["url"]) == ("webhook", f"${HOOK}")
    assert "http" not in json.dumps(document["contactPoints"]).replace("httpMethod", "")
    # The end of an alarm may be the end of its data (Grafana: MissingSeries): nobody is told that all is well.
    assert all(receiver["disableResolveMessage"] is True for receiver in point["receivers"])
    text = FILES["provisioning/alerting/coldchain-contacts.yaml"].decode()
    assert f"#   {MAIL}=" in text
    assert f"#   {HOOK}=" in text


def test_the_files_begin_with_our_mark_and_replace_nobodys_policies() -> None:
    alerting = {name: content.decode() for name, content in FILES.items() if "/alerting/" in name}
    assert len(alerting) == 2
    for text in alerting.values():
        assert text.startswith(MARK)
        assert "policies" not in text, "they would overwrite the whole tree of that Grafana"
    rules = alerting["provisioning/alerting/coldchain-rules.yaml"]
    assert f'folder: "{FOLDER}"\n' in rules
    assert 'expression: "($$AL - $$DL) * ($$BL >= 0)"\n' in rules
    assert 'group_by: ["grafana_folder", "alertname"]\n' in rules
    assert "                    params: [4]\n" in rules


@pytest.fixture
def small(day: InfluxServer, request: pytest.FixtureRequest) -> View:
    """A look at an empty database of its own."""
    database = re.sub(r"\W", "-", request.node.name)
    day.create(database)
    return view_of(day, int(time.time() * 1_000), database)


def well(now_ms: int) -> dict[str, bytes]:
    """Return what the mirror of a site that is well wrote just now, by a name for each line."""
    state: dict[str, Value | None] = {
        **dict.fromkeys(("level", "rank", "inside", "possible", "on_hold", "confirmed", "profile_version"), 0),
        **dict.fromkeys(("state", "text_zh", "text_en", "value_text", "profile"), "x"),
    }
    names: dict[str, Value | None] = {
        **dict.fromkeys(("name_zh", "name_en", "profile"), "x"),
        **dict.fromkeys(("profile_version", "confirmed"), 0),
        "high_celsius": Real(6_000_000, 6),
        "low_celsius": Real(2_000_000, 6),
    }
    centre = dict.fromkeys(("readings_behind", "ledger_behind", "write_queue", "uptime_s"), 0)
    return {
        "centre": CENTRE.point(CENTRE.series("centre"), {**centre, "release": "x"}, now_ms - 60_000),
        "site": SITE_AGE.point(SITE_AGE.series(SITE), {"age_s": 7}, now_ms - 60_000),
        "alarms": ALARMS_NOW.point(
            ALARMS_NOW.series("critical", SITE), {"open": 0, "unacknowledged": 0, "oldest_s": 0}, now_ms
        ),
        **{
            f"{what}.{place}": line
            for place, kind in (("fridge-1", "fridge"), ("fridge-2", "fridge"), ("box-1", "box"))
            for what, line in (
                ("state", PLACE_STATE.point(PLACE_STATE.series(kind, place, SITE), state, now_ms)),
                ("place", PLACE.point(PLACE.series(kind, place, SITE), names, now_ms - 3_000_000)),
                ("age", _age(place, 20, now_ms)),
                ("cold", _load(place, 4_000_000, now_ms - 20_000)),
            )
        },
    }


def _age(place: str, age_s: int, now_ms: int) -> bytes:
    return PROBE_AGE.point(PROBE_AGE.series(place, f"{place}-load", SITE), {"age_s": age_s}, now_ms - 60_000)


def _load(place: str, micro: int, at_ms: int) -> bytes:
    fields: dict[str, Value | None] = {"celsius": Real(micro, 6), "quality": 0}
    return TEMPERATURE.point(TEMPERATURE.series(place, f"{place}-load", "load", SITE), fields, at_ms)


def write(day: InfluxServer, view: View, lines: Mapping[str, bytes]) -> None:
    """Write lines into the database of a look."""
    day.write(view.database, b"\n".join(lines.values()))


@pytest.mark.journey
@every_rule
def test_a_site_that_is_well_alarms_nobody(name: str, day: InfluxServer, small: View) -> None:
    write(day, small, well(small.now_ms))
    states = outcome(RULES[name], small)
    assert states
    assert set(states.values()) == {"Normal"}


@pytest.mark.journey
@every_rule
def test_a_mirror_that_wrote_nothing_for_long_alarms_by_every_rule_but_the_one_of_cold(
    name: str, day: InfluxServer, small: View
) -> None:
    write(day, small, well(small.now_ms - (MINUTELY_S + 3_600) * 1_000))
    assert outcome(RULES[name], small) == {"": "OK" if name == "cold" else "Alerting"}


@pytest.mark.journey
@every_rule
def test_a_server_that_does_not_answer_a_query_alarms_by_every_rule(name: str, day: InfluxServer) -> None:
    nowhere = view_of(day, int(time.time() * 1_000), "no-such-database")
    assert outcome(RULES[name], nowhere) == {"": "Alerting"}


FAULTS: dict[str, tuple[str, Any]] = {
    "mirror": (
        "",
        lambda now: CENTRE.point(
            CENTRE.series("centre"),
            {
                **dict.fromkeys(("write_queue", "uptime_s", "ledger_behind"), 1),
                "readings_behind": BEHIND_MAX,
                "release": "x",
            },
            now,
        ),
    ),
    "site": (SITE, lambda now: SITE_AGE.point(SITE_AGE.series(SITE), {"age_s": SITE_SILENT_S + 1}, now)),
    "probe": ("fridge-2", lambda now: _age("fridge-2", PROBE_SILENT_S + 60, now + 60_000)),
    "unseen": (
        SITE,
        lambda now: ALARMS_NOW.point(
            ALARMS_NOW.series("critical", SITE), {"open": 1, "unacknowledged": 1, "oldest_s": UNSEEN_S + 1}, now + 1
        ),
    ),
}


@pytest.mark.journey
@pytest.mark.parametrize("name", FAULTS)
def test_a_rule_alarms_for_what_is_wrong_and_names_it(name: str, day: InfluxServer, small: View) -> None:
    label, fault = FAULTS[name]
    write(day, small, well(small.now_ms) | {"fault": fault(small.now_ms)})
    states = outcome(RULES[name], small)
    assert [one for one, state in states.items() if state == "Alerting"] == [label]
    assert name != "probe" or set(states) == {"fridge-1", "fridge-2"}, "a box may be silent on its way"


@pytest.mark.journey
def test_a_probe_that_never_spoke_alarms_and_one_of_a_place_out_of_use_does_not(day: InfluxServer, small: View) -> None:
    lines = well(small.now_ms) | {"never": _age("fridge-1", NEVER_S, small.now_ms + 60_000)}
    write(day, small, lines)
    assert outcome(RULES["probe"], small)["fridge-1"] == "Alerting"
    state = lines["state.fridge-1"].replace(b"level=0i", b"level=-1i")
    write(day, small, {"out-of-use": state})
    assert set(outcome(RULES["probe"], small).values()) == {"Normal"}


@pytest.mark.journey
@pytest.mark.parametrize(
    ("micro", "warm", "cold"),
    [
        (10_062_500, "Alerting", "Normal"),
        (10_000_000, "Normal", "Normal"),
        (0, "Normal", "Normal"),
        (-62_500, "Normal", "Alerting"),
    ],
)
def test_a_place_far_outside_alarms_only_if_every_load_reading_was(
    micro: int, warm: str, cold: str, day: InfluxServer, small: View
) -> None:
    lines = well(small.now_ms) | {"cold.fridge-1": _load("fridge-1", micro, small.now_ms - 30_000)}
    write(day, small, lines)
    assert (outcome(RULES["warm"], small)["fridge-1"], outcome(RULES["cold"], small)["fridge-1"]) == (warm, cold)
    write(day, small, {"once": _load("fridge-1", 4_000_000, small.now_ms - 800_000)})
    assert "Alerting" not in outcome(RULES["warm"], small).values()
    assert "Alerting" not in outcome(RULES["cold"], small).values()


@pytest.mark.journey
def test_a_site_of_freezers_has_no_lower_limit_and_nobody_is_called_for_that(day: InfluxServer, small: View) -> None:
    lines = {
        name: re.sub(rb",low_celsius=[0-9.]+", b"", line)
        for name, line in well(small.now_ms).items()
        if not name.endswith(("fridge-2", "box-1"))
    }
    write(day, small, lines)
    assert outcome(RULES["cold"], small) == {"": "OK"}
    assert outcome(RULES["warm"], small) == {"fridge-1": "Normal"}


@pytest.mark.journey
def test_on_the_day_of_the_boards_the_warm_fridge_is_named(day: InfluxServer, view: View) -> None:
    now_ms = int(time.time() * 1_000)
    day.write(DATABASE, b"\n".join(snapshot_lines(now_ms)))
    states = outcome(RULES["warm"], view)
    assert [label for label, state in states.items() if state == "Alerting"] == ["fridge-1"]
    assert outcome(RULES["unseen"], view)[SITE] == "Alerting"
    seconds = max(one.seconds for one in view.asked)
    print(f"queries of alert rules: slowest {seconds * 1e3:.0f} ms")
    assert seconds < 2.0
