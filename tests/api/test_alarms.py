"""Alarms on the console and over HTTP."""

import re
from html import unescape
from typing import Any

import pytest
from fastapi.testclient import TestClient
from support.console import PipelineRecorder, console_app
from support.console_story import NOW, story
from support.hand_clock import HandClock
from support.memory_store import MemoryStore

BASE_URL = "http://127.0.0.1"
OURS = {"Origin": BASE_URL}
SIGNED = {"name": "李华", "post": "technician", "comment": "on my way"}


@pytest.fixture
def client() -> TestClient:
    store = MemoryStore()
    clock = HandClock(NOW)
    app = console_app(store, recorder=PipelineRecorder(story(store, "alarm"), clock), clock=clock)
    return TestClient(app, base_url=BASE_URL)


def words(html: str) -> str:
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", html)))


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
    refused = client.post(f"/alarms/{alarm}", data={**form, "comment": ""}, headers=OURS)
    assert (refused.status_code, "without a comment" in refused.text) == (409, True)
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
