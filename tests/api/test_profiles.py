"""Profiles over HTTP and on the console: approval by two, what places keep, and what a change would do beforehand."""

import re
from typing import Any

import pytest
from fastapi.testclient import TestClient
from support.console import PipelineRecorder, console_app
from support.console_story import NOW, story
from support.hand_clock import HandClock
from support.memory_store import MemoryStore
from support.page_words import words
from support.rule_words import shipped_toml

from ingest.conditions import conditions
from rules.conditions_words import said

BASE_URL = "http://127.0.0.1"
OURS = {"Origin": BASE_URL}
LI = {"name": "Li", "post": "quality", "reason": "trial"}
WANG = {"name": "Wang", "post": "head of quality", "reason": "validated"}
BOTH = {**LI, "second_name": "Wang", "second_post": "head of quality"}
HOUR = 3_600_000
NARROW = (
    shipped_toml("cn-rbc-2")
    .decode()
    .replace("version = 2", "version = 9", 1)
    .replace('high_celsius = "6.0"', 'high_celsius = "4.5"', 1)
)


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()


@pytest.fixture
def client(store: MemoryStore) -> TestClient:
    pipeline = story(store, "calm")
    clock = HandClock(NOW)
    return TestClient(console_app(store, recorder=PipelineRecorder(pipeline, clock), clock=clock), base_url=BASE_URL)


def post(client: TestClient, path: str, body: dict[str, Any], status: int = 201) -> Any:
    sent = client.post(path, json=body)
    assert sent.status_code == status, sent.text
    return sent.json()


def view(client: TestClient, profile: str, version: int) -> Any:
    return client.get(f"/api/profiles/{profile}/{version}").json()


def approve(client: TestClient, profile: str = "cn-rbc", version: int = 9, toml: str = NARROW) -> None:
    post(client, "/api/profile-proposals", {"profile": profile, "version": version, "toml": toml, **LI})
    sha256 = view(client, profile, version)["view"]["sha256"]
    said = {"profile": profile, "version": version, "sha256": sha256, "approved": True}
    post(client, "/api/profile-approvals", {**said, **WANG})


def test_every_shipped_profile_is_listed_unapproved_and_to_be_confirmed(client: TestClient) -> None:
    items = client.get("/api/profiles").json()["items"]
    assert len(items) > 50
    assert {one["state"] for one in items} == {"loaded"}
    assert not any(one["confirmed"] for one in items)
    assert all(one["evidence"] in {"V", "V2", "K", "PROP"} for one in items)


def test_a_version_is_proposed_by_one_and_approved_by_another(client: TestClient) -> None:
    approve(client)
    detail = view(client, "cn-rbc", 9)
    assert detail["view"]["state"] == "approved"
    assert [one["name"] for one in detail["proposals"]] == ["Li"]
    assert [one["name"] for one in detail["approvals"]] == ["Wang"]


def test_the_same_person_does_not_approve(client: TestClient) -> None:
    post(client, "/api/profile-proposals", {"profile": "cn-rbc", "version": 9, "toml": NARROW, **LI})
    sha256 = view(client, "cn-rbc", 9)["view"]["sha256"]
    said = {"profile": "cn-rbc", "version": 9, "sha256": sha256, "approved": True}
    refused = post(client, "/api/profile-approvals", {**said, **LI}, 409)
    assert "another person" in refused["detail"]
    assert view(client, "cn-rbc", 9)["view"]["state"] == "proposed"


def test_the_difference_names_key_and_both_values(client: TestClient) -> None:
    approve(client)
    found = client.get("/api/profiles/cn-rbc/9?against_profile=cn-rbc&against_version=2").json()
    assert {(one["key"], one["before"], one["after"]) for one in found["differences"]} == {
        ("storage.high_celsius", "6.0", "4.5")
    }
    page = words(client.get("/profiles/cn-rbc/9?against=cn-rbc+2&lang=en").text)
    assert "storage limits · upper limit 6.0 °C 4.5 °C" in page
    assert "储存限值 · 上限 6.0 °C 4.5 °C" in words(client.get("/profiles/cn-rbc/9?against=cn-rbc+2&lang=zh").text)


def test_a_place_keeps_an_approved_version_from_now_on_and_somebody_is_told(
    client: TestClient, store: MemoryStore
) -> None:
    body = {"profile": "cn-rbc", "version": 9, **BOTH}
    refused = post(client, "/api/places/fridge-1/profile", {**body, "version": 3}, 409)
    assert "not approved" in refused["detail"]
    approve(client)
    post(client, "/api/places/fridge-1/profile", body)
    kept = client.get("/api/places/fridge-1/profile").json()
    assert [(one["from_ms"], one["version"]) for one in kept["kept"]] == [(0, 2), (NOW, 9)]
    assert "fridge-1" in view(client, "cn-rbc", 9)["view"]["places"]
    page = words(client.get("/places/fridge-1?lang=en").text)
    assert "2.0 to 4.5 °C" in page
    with store.reading() as session:
        told = [one for one in conditions(session, NOW) if one.rule == "A34"]
        assert [(one.subject, one.values["profile_version"], one.values["before_version"]) for one in told] == [
            ("fridge-1", 9, 2)
        ]
        assert said(told[0]).en == "fridge-1 keeps cn-rbc version 9 instead of cn-rbc version 2 (Li, Wang): trial"
        assert not [one for one in conditions(session, NOW + 8 * 24 * HOUR) if one.rule == "A34"]


def test_a_change_cannot_reach_into_the_past(client: TestClient) -> None:
    approve(client)
    body = {"profile": "cn-rbc", "version": 9, **BOTH, "from_ms": NOW - 1}
    refused = post(client, "/api/places/fridge-1/profile", body, 422)
    assert "before now" in refused["detail"]


def test_the_preview_says_beforehand_what_would_change_and_records_nothing(
    client: TestClient, store: MemoryStore
) -> None:
    post(client, "/api/profile-proposals", {"profile": "cn-rbc", "version": 9, "toml": NARROW, **LI})
    with store.reading() as session:
        before = session.ledger.next_seq()
    period = {"from_ms": NOW - 24 * HOUR, "to_ms": NOW}
    found = post(client, "/api/profiles/cn-rbc/9/preview", period, 200)
    assert found["total"]["effects"]["new"] > 0
    assert found["findings_changed"] == len(found["findings"])
    same = post(client, "/api/profiles/cn-rbc/2/preview", period, 200)
    assert same["findings_changed"] == 0
    with store.reading() as session:
        assert session.ledger.next_seq() == before
    page = words(client.get("/profiles/cn-rbc/9/preview?days=1&lang=en").text)
    assert "Findings that change" in page
    assert "new" in page


def test_a_preview_that_is_too_long_is_refused_with_its_limit(client: TestClient) -> None:
    period = {"from_ms": NOW - 800 * 24 * HOUR, "to_ms": NOW}
    refused = post(client, "/api/profiles/cn-rbc/2/preview", period, 422)
    assert "a year long at most" in refused["detail"]


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("path", ["/profiles", "/profiles/uk-rbc/1", "/profiles/cct/1", "/profiles/cn-rbc/3/preview"])
def test_pages_say_what_is_to_be_confirmed_and_no_banned_word(client: TestClient, path: str, lang: str) -> None:
    page = words(client.get(f"{path}?lang={lang}").text)
    assert path.endswith("preview") or ("待确认" if lang == "zh" else "to be confirmed") in page
    assert not re.search(r"\bOK\b|合格|超温|over temperature", page)


def test_a_profile_that_nobody_loaded_is_a_page_that_says_so(client: TestClient) -> None:
    for path in ("/profiles/nothing/1?", "/profiles/nothing/1/preview?", "/profiles/cn-rbc/1?against=nothing+1&"):
        zh, en = (client.get(f"{path}lang={lang}") for lang in ("zh", "en"))
        assert (zh.status_code, en.status_code) == (404, 404)
        assert "没有载入限值方案 nothing 1。" in zh.text
        assert "No profile nothing 1 is loaded here." in en.text


def test_the_forms_of_the_console_propose_approve_and_let_a_place_keep(client: TestClient) -> None:
    sent = client.post("/profiles", data={"what": "file", "toml": NARROW, **LI}, headers=OURS, follow_redirects=False)
    assert sent.status_code == 303
    sha256 = view(client, "cn-rbc", 9)["view"]["sha256"]
    approval = {"what": "approve", "sha256": sha256}
    path = "/profiles/cn-rbc/9"
    assert client.post(path, data={**approval, **LI}, headers=OURS).status_code == 409
    assert client.post(path, data={**approval, **WANG}, headers=OURS, follow_redirects=False).status_code == 303
    keep = {"what": "keep", "place": "fridge-1", **BOTH}
    assert client.post(path, data=keep, headers=OURS, follow_redirects=False).status_code == 303
    assert "fridge-1" in view(client, "cn-rbc", 9)["view"]["places"]
    wrong = client.post("/profiles", data={"what": "file", "toml": "id = 1", **LI}, headers=OURS)
    assert wrong.status_code == 409
    assert "限值方案文件缺少" in words(wrong.text)
