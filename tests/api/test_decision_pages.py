"""Deciding on a unit on hold: through the pages and through the interface."""

import re
from typing import Any

from fastapi.testclient import TestClient
from support.page_words import words
from support.story import HELD, NOW_MS

OURS = {"Origin": "http://127.0.0.1"}


def evidence(client: TestClient) -> dict[str, Any]:
    found: dict[str, Any] = client.get(f"/api/units/{HELD}/evidence").json()
    return found


def body(client: TestClient, **changed: Any) -> dict[str, Any]:
    seen = evidence(client)
    return {
        "holds": [hold["id"] for hold in seen["holds"]],
        "decision": "release-hold",
        "evidence": seen["evidence"]["version"],
        "seen": seen["evidence"]["marks"],
        "at_ms": NOW_MS,
        "name": "王敏",
        "post": "质量主管",
        "reason": "血站评估后同意发放",
        **changed,
    }


def form(client: TestClient, **changed: str) -> dict[str, str]:
    made = body(client)
    ticks = {f"hold:{name}": "1" for name in made["holds"]}
    signed = {name: made[name] for name in ("decision", "evidence", "name", "post", "reason")}
    return signed | ticks | {"seen": " ".join(made["seen"])} | changed


def test_a_signed_release_ends_the_hold_everywhere(client: TestClient) -> None:
    assert client.get(f"/api/units/{HELD}").json()["standing"] == "held"
    before = client.get("/api/places/fridge-1/standing").json()["held"]
    page = words(client.get(f"/units/{HELD}?lang=en").text)
    assert "Present version of the evidence" in page
    sent = client.post(f"/units/{HELD}/decide", data=form(client), headers=OURS, follow_redirects=False)
    assert (sent.status_code, sent.headers["location"]) == (303, f"/units/{HELD}#decisions")
    told_by = client.get(f"/api/units/{HELD}").json()
    assert (told_by["standing"], bool(told_by["released_by"])) == ("released", True), "never without a finding"
    assert client.get("/api/places/fridge-1/standing").json()["held"] == before - 1
    assert evidence(client)["holds"] == []
    (one,) = client.get(f"/api/units/{HELD}/decisions").json()["items"]
    assert one["name"] == "王敏"
    shown = words(client.get(f"/units/{HELD}?lang=zh").text)
    for part in ("解除暂停", "王敏（质量主管）", "血站评估后同意发放", f"已由决定 {one['id']} 解除", "有效"):
        assert part in shown
    assert "暂停发放已由人解除" in shown
    told = words(client.get(f"/units/{HELD}?lang=en").text)
    assert "Hold ended by a person; outside limits for" in told
    assert "王敏 (质量主管) ended the hold at" in told
    assert "there is no finding" not in told
    listed = words(client.get("/decisions?lang=en").text)
    assert "end the hold" in listed
    assert [item["id"] for item in client.get("/api/decisions").json()["items"]] == [one["id"]]
    holds = client.get(f"/api/units/{HELD}/holds").json()["items"]
    assert [hold["lifted_by"] for hold in holds] == [one["id"]] * len(holds)


def test_open_holds_are_listed_first_with_a_way_to_decide(client: TestClient) -> None:
    listed = client.get("/decisions?lang=en").text
    assert re.search(r"Waiting for a decision: \d+ units", words(listed))
    assert f'href="/units/{HELD}/decide"' in listed
    assert words(listed).index("Waiting for a decision") < words(listed).index("Latest decisions")


def test_a_decision_on_an_older_version_is_refused_and_says_what_changed(client: TestClient) -> None:
    seen = body(client, evidence="0" * 64, seen=["f-old:1234"])
    refused = client.post(f"/api/units/{HELD}/decisions", json=seen)
    assert refused.status_code == 409
    assert re.search(r"new: f-air-1, f-load-1; gone: f-old", refused.json()["detail"])
    page = client.post(f"/units/{HELD}/decide?lang=zh", data=form(client, evidence="0" * 64), headers=OURS)
    assert page.status_code == 409
    assert "没有记录" in words(page.text)
    assert 'value="王敏"' in page.text, "what was typed is kept"
    assert client.get(f"/api/units/{HELD}").json()["standing"] == "held"


def test_other_decisions_keep_the_unit_on_hold(client: TestClient) -> None:
    assert client.post(f"/api/units/{HELD}/decisions", json=body(client, decision="discard")).status_code == 201
    assert client.get(f"/api/units/{HELD}").json()["standing"] == "held"
    assert "报废" in words(client.get("/decisions?lang=zh").text)


def test_a_form_from_elsewhere_or_without_a_decision_is_refused(client: TestClient) -> None:
    assert client.post(f"/units/{HELD}/decide", data=form(client), headers={"Origin": "http://evil"}).status_code == 409
    assert client.post(f"/units/{HELD}/decide", data=form(client, decision=""), headers=OURS).status_code == 409
    assert client.get("/units/nobody/decide").status_code == 404
    assert client.get("/api/decisions").json()["items"] == []
