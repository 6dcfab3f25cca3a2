"""Alarms on the console and over HTTP."""

import re
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest
from fastapi.testclient import TestClient
from support import store_words
from support.alarm_scene import Desk, condition
from support.console import PipelineRecorder, console_app
from support.console_story import NOW, story
from support.hand_clock import HandClock
from support.intake import PLACE
from support.memory_store import MemoryStore
from support.page_words import words

from api.console_alarm_places import stands_for_itself
from coldchain.alarms import Alarm, Condition, Severity, SubjectKind
from coldchain.entries import EntryKind
from rules.alarm_life import raised

BASE_URL = "http://127.0.0.1"
OURS = {"Origin": BASE_URL}
SIGNED = {"name": "李华", "post": "technician", "comment": "on my way"}


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()


@pytest.fixture
def client(store: MemoryStore) -> TestClient:
    clock = HandClock(NOW)
    app = console_app(store, recorder=PipelineRecorder(story(store, "alarm"), clock), clock=clock)
    return TestClient(app, base_url=BASE_URL)


def pressing(client: TestClient) -> dict[str, Any]:
    found: dict[str, Any] = client.get("/api/alarms").json()["items"][0]
    return found


def test_what_stands_is_listed_with_place_state_and_bags(client: TestClient) -> None:
    first = pressing(client)
    assert (first["state"], first["alarm"]["now"]) == ("active", "critical")
    assert first["units"] > 0
    page = words(client.get("/alarms?lang=en").text)
    assert first["name"]["en"] in page
    assert "not acknowledged" in page
    assert first["name"]["zh"] in words(client.get("/alarms?lang=zh").text)


def test_an_acknowledgement_needs_a_comment_and_shows_who_gave_it(client: TestClient) -> None:
    alarm = pressing(client)["alarm"]["id"]
    form = {"action": "acknowledge", **SIGNED}
    refused = client.post(f"/alarms/{alarm}?lang=zh", data={**form, "comment": ""}, headers=OURS)
    assert (refused.status_code, "没有说明不能处理报警" in refused.text) == (409, True)
    assert client.post(f"/alarms/{alarm}", data=form, headers=OURS, follow_redirects=False).status_code == 303
    page = words(client.get(f"/alarms/{alarm}?lang=en").text)
    assert "acknowledged, lasts" in page
    assert "on my way" in page
    assert client.post(f"/alarms/{alarm}", data={**form, "action": "burn"}, headers=OURS).status_code == 409


def test_the_interface_takes_actions_and_gives_the_whole_story(client: TestClient) -> None:
    alarm = pressing(client)["alarm"]["id"]
    body = {"action": "on-site", "at_ms": NOW, "scanned": True, **SIGNED}
    assert client.post(f"/api/alarms/{alarm}/actions", json=body).status_code == 201
    assert client.post(f"/api/alarms/{alarm}/actions", json={**body, "comment": ""}).status_code == 422
    story_of = client.get(f"/api/alarms/{alarm}").json()
    assert story_of["view"]["state"] == "on-site"
    assert [one["scanned"] for one in story_of["actions"]] == [True]
    assert [one["version"] for one in story_of["versions"]] == list(range(1, len(story_of["versions"]) + 1))
    assert client.get("/api/alarms/a-99999").status_code == 404
    assert client.get("/alarms/a-99999?lang=en").status_code == 404


def test_a_test_alarm_is_marked_and_started_from_the_page(client: TestClient) -> None:
    site = pressing(client)["alarm"]["site"]
    sent = client.post("/alarms", data={"where": site, **SIGNED}, headers=OURS, follow_redirects=False)
    assert sent.status_code == 303
    assert "TEST: Alarm test" in words(client.get("/alarms?lang=en").text)
    body = {"site": site, "name": "李华", "post": "technician", "at_ms": NOW - 1}
    assert client.post("/api/alarm-tests", json=body).status_code == 409


def test_the_code_at_the_door_leads_to_a_page_on_which_one_scan_answers_all_alarms_of_the_place(
    client: TestClient,
) -> None:
    first = pressing(client)["alarm"]
    place = first["place"]
    image = client.get(f"/places/{place}/code.svg")
    assert image.headers["content-type"] == "image/svg+xml"
    assert image.content.startswith(b"<?xml")
    assert f"/places/{place}/code.svg" in client.get(f"/places/{place}/code").text
    assert client.post(f"/places/{place}/here", data={**SIGNED, "comment": ""}, headers=OURS).status_code == 409
    sent = client.post(f"/places/{place}/here", data=SIGNED, headers=OURS, follow_redirects=False)
    assert sent.status_code == 303
    found = client.get("/api/alarms").json()["items"]
    here = {one["state"] for one in found if one["alarm"]["place"] == place and one["alarm"]["cleared_ms"] is None}
    assert here <= {"on-site", "suppressed"}
    assert "on-site" in here
    assert client.get(f"/api/alarms/{first['id']}").json()["actions"][0]["scanned"]
    assert client.get("/places/fridge-99/code.svg").status_code == 404
    assert client.get("/places/fridge-99/here").status_code == 404


def desk_client(desk: Desk) -> TestClient:
    return TestClient(console_app(desk.store, clock=HandClock(desk.now_ms)), base_url=BASE_URL)


def test_behind_the_code_stands_what_lasts_at_the_whole_site_and_never_that_nothing_does() -> None:
    desk = Desk()
    here = f"/places/{PLACE}/here?lang=en"
    assert "No alarm lasts here" in words(desk_client(desk).get(here).text)
    mains = condition("A06", "mains-1", place="")
    desk.look(1, mains)
    page = words(desk_client(desk).get(here).text)
    assert "No alarm lasts here" not in page
    assert ("Of the whole site" in page, "A06" in page) == (True, True)
    assert "全站报警" in words(desk_client(desk).get(f"/places/{PLACE}/here?lang=zh").text)
    desk.look(2, condition("A06", "mains-1", place="", site="elsewhere"))
    desk.look(4, condition("A06", "mains-1", place="", site="elsewhere"))
    assert "No alarm lasts here" in words(desk_client(desk).get(here).text)


def test_the_overview_and_the_list_count_the_same_what_waits_for_a_person() -> None:
    desk = Desk()
    assert "No alarm waits for a person" in words(desk_client(desk).get("/?lang=en").text)
    door, gateway = condition(), condition("A44", "gw-1", severity=Severity.HIGH, place="")
    desk.look(1, door, gateway)
    desk.look(2, gateway)
    desk.look(4, gateway)
    assert {one.active for one in desk.every()} == {True, False}
    said = "2 alarms wait for a person: 1 lasts, 1 cleared and nobody acknowledged"
    client = desk_client(desk)
    home = client.get("/?lang=en").text
    assert (said in words(home), 'href="/alarms" id="first-alarms"' in home) == (True, True)
    assert said in words(client.get("/alarms?lang=en").text)
    zh = "2 个报警等待响应：1 个持续中，1 个已解除但无人响应"
    assert (zh in words(client.get("/?lang=zh").text), zh in words(client.get("/alarms?lang=zh").text)) == (True, True)
    assert "1 waits for a person, 1 listed" in words(client.get(f"/alarms?place={PLACE}&lang=en").text)


def test_a_code_that_no_telephone_can_open_is_warned_of_and_its_address_is_printed() -> None:
    desk = Desk()
    here, code = f"/places/{PLACE}/here", f"/places/{PLACE}/code"
    local = desk_client(desk)
    page = local.get(f"{code}?lang=en").text
    assert (f"{BASE_URL}{here}" in page, "a telephone cannot open it" in page) == (True, True)
    assert "手机扫描打不开" in local.get(f"{code}?lang=zh").text
    told = console_app(desk.store, clock=HandClock(desk.now_ms), public_url="https://cold.example.org:8443")
    public = TestClient(told, base_url=BASE_URL)
    page = public.get(f"{code}?lang=en").text
    assert (f"https://cold.example.org:8443{here}" in page, "telephone cannot" in page) == (True, False)
    assert public.get(f"{code}.svg").content != local.get(f"{code}.svg").content


@pytest.mark.parametrize(
    ("host", "alone"),
    [("127.0.0.1", True), ("::1", True), ("localhost", True), ("10.0.0.5", False), ("cold.example.org", False)],
)
def test_which_names_stand_for_the_machine_itself(host: str, alone: bool) -> None:
    assert stands_for_itself(host) is alone


def test_the_alarms_of_a_place_and_of_a_unit_are_one_step_away(client: TestClient) -> None:
    first = pressing(client)["alarm"]
    assert f"/alarms?place={first['place']}" in client.get(f"/places/{first['place']}").text
    assert first["id"] in client.get(f"/alarms?place={first['place']}").text
    exposures = client.get(f"/api/findings/{first['finding']}").json()["exposures"]
    unit = exposures[0]["exposure"]["unit"]
    assert f"/alarms?unit={unit}" in client.get(f"/units/{unit}").text
    assert first["id"] in client.get(f"/alarms?unit={unit}").text
    assert first["id"] not in client.get("/alarms?unit=nobody").text


def test_the_quality_of_the_alarms_is_a_page_and_figures(client: TestClient) -> None:
    first = pressing(client)["alarm"]
    figures = client.get("/api/alarm-quality?days=2&operators=3").json()
    assert figures["alarms"] > 0
    assert first["rule"] in [one["rule"] for one in figures["rules"]]
    page = words(client.get("/alarm-quality?lang=en&days=2").text)
    assert "proposals of this program" in page
    assert first["rule"] in page
    assert client.get("/alarm-quality?days=0").status_code == 422


def told(client: TestClient, store: MemoryStore, alarm: Alarm, *later: Alarm) -> dict[str, tuple[str, str]]:
    """Record an alarm and what became of it; return by language (the list of alarms, its own page)."""
    with store.writing() as session:
        session.ledger.append([store_words.draft(EntryKind.ALARM, one) for one in (alarm, *later)], NOW)
    pages = ("/alarms?lang={}", f"/alarms/{alarm.id}?lang={{}}")
    return {
        lang: (words(client.get(pages[0].format(lang)).text), words(client.get(pages[1].format(lang)).text))
        for lang in ("zh", "en")
    }


def of_place(rule: str, **values: int | str) -> Alarm:
    condition = Condition(
        rule=rule,
        severity=Severity.CRITICAL,
        subject_kind=SubjectKind.PLACE,
        subject=PLACE,
        since_ms=NOW - 60_000,
        due_ms=NOW - 60_000,
        site="s",
        place=PLACE,
        finding="t-1",
        values=values,
    )
    return raised(condition, "a-told", NOW - 30_000)


def test_the_pages_of_alarms_say_what_their_messages_say(client: TestClient, store: MemoryStore) -> None:
    pages = told(client, store, of_place("A15", what="isolate-overdue", number=4, task="t-1"))
    with store.reading() as session:
        place = session.records.place(PLACE)
    assert place is not None
    for page in pages["en"]:
        assert f"{place.name.en}: 4 bags were not set aside in time" in page
    for page in pages["zh"]:
        assert f"{place.name.zh}：还有 4 袋未按时隔离" in page
    assert re.search(r"Since 2\S+ \S+ UTC\+08:00 \d+ bags? inside", pages["en"][1])
    assert re.search(r"起始 2\S+ \S+ UTC\+08:00 内有 \d+ 袋", pages["zh"][1])


def test_figures_that_run_on_are_said_with_the_time_of_which_they_are(client: TestClient, store: MemoryStore) -> None:
    alarm = of_place("A25", what="door", contact="d-1", minutes=3)
    seen = msgspec.structs.replace(alarm, version=2, changed_ms=NOW, acknowledged_ms=NOW)
    found, own = told(client, store, alarm, seen)["en"]
    assert "open for 3 min" not in found
    at = datetime.fromtimestamp(alarm.changed_ms // 1_000, ZoneInfo("Asia/Shanghai"))
    assert re.search(rf"open for 3 min\s+\(figures of {at:%Y-%m-%d %H:%M:%S}", own)


def test_an_address_that_is_not_understood_is_answered_by_a_page_in_both_languages(client: TestClient) -> None:
    for language, said in (("en", "This page does not take days = “abc”."), ("zh", "此页面不接受 days = “abc”。")):
        answered = client.get(f"/alarm-quality?days=abc&lang={language}")
        assert (answered.status_code, answered.headers["content-type"]) == (422, "text/html; charset=utf-8")
        assert said in words(answered.text)
    assert "<script>" not in client.get("/alarm-quality?days=<script>").text.split("<main", 1)[1]
    problem = client.get("/api/alarm-quality?days=abc")
    assert (problem.status_code, problem.headers["content-type"]) == (422, "application/problem+json")
    for asked in ("place=nowhere", "unit=nobody"):
        answered = client.get(f"/alarms?{asked}&lang=en")
        assert (answered.status_code, asked.split("=")[1] in words(answered.text)) == (404, True)
    assert "没有登记编号为 nowhere 的储存设备" in client.get("/alarms?place=nowhere&lang=zh").text
