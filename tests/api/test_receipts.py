"""Receiving a crate over HTTP and on its page: numbers, lists, what to do, in both languages."""

import re
from html import unescape

import pytest
from fastapi.testclient import TestClient
from support.console import PipelineRecorder, console_app
from support.hand_clock import HandClock
from support.intake import END, START, presence, send
from support.memory_store import MemoryStore
from support.tunnel import CYCLE_MS, PASS_MS, TUNNEL, crate_of, past, sent, tunnel_centre

from coldchain.facts import EventKind
from coldchain.units import BindTag

CYCLES = 12
RECEIPT = {
    "id": "r-1",
    "reader": TUNNEL,
    "place": "fridge-1",
    "units": [f"u-{number}" for number in range(20)],
    "from_ms": PASS_MS,
    "to_ms": PASS_MS + (CYCLES + 1) * CYCLE_MS,
}


@pytest.fixture
def client() -> TestClient:
    """A centre past whose tunnel a crate with 18 of 20 listed bags and one more has gone."""
    store = MemoryStore()
    pipeline = tunnel_centre(store, 21, END)
    crate = crate_of(18, rate=0.8)
    crate.put_in("3035A537C837754000000014", PASS_MS)
    sent(pipeline, past(crate, CYCLES))
    pipeline.record(BindTag(epc="35" + "0" * 21 + "1", unit="u-1", from_ms=START, actor="tech"), END)
    send(pipeline, [presence(9_001, EventKind.ARRIVED, 1, START + 60_000, START + 61_000)])
    recorder = PipelineRecorder(pipeline, HandClock(END))
    return TestClient(console_app(store, recorder=recorder, clock=HandClock(END)), base_url="http://127.0.0.1")


def page(client: TestClient, path: str) -> str:
    response = client.get(path)
    assert response.status_code == 200
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", "", response.text)))


def test_a_crate_is_received_with_a_number_for_what_was_not_read(client: TestClient) -> None:
    answer = client.post("/api/receipts", json=RECEIPT)
    assert answer.status_code == 201
    found = answer.json()
    assert len(found["by_tag"]) == 18
    assert [one["unit"] for one in found["not_read"]] == ["u-18", "u-19"]
    assert {one["missing_permille"] for one in found["not_read"]} == {91}
    assert (found["unexpected"], found["advice"], found["verified"]) == (["u-20"], "scan", False)
    assert client.post("/api/receipts", json=RECEIPT).status_code == 200
    assert [one["id"] for one in client.get("/api/receipts").json()["items"]] == ["r-1"]


def test_scans_close_the_rest_by_id_or_number(client: TestClient) -> None:
    client.post("/api/receipts", json=RECEIPT)
    url = "/api/receipts/r-1/answers"
    scanned = client.post(url, json={"unit": "0160726000018", "here": True})
    assert (scanned.status_code, scanned.json()["by_scan"]) == (201, ["u-18"])
    gone = client.post(url, json={"unit": "u-19", "here": False, "at_ms": END})
    assert (gone.json()["absent"], gone.json()["verified"], gone.json()["advice"]) == (["u-19"], True, "nothing")
    assert client.post(url, json={"unit": "u-19", "here": False, "at_ms": END}).status_code == 200
    assert client.post(url, json={"unit": "nobody", "here": True, "at_ms": END}).status_code == 404
    assert client.post(url, json={"unit": "u-1", "here": False, "at_ms": END}).status_code == 409
    assert client.get("/api/receipts/r-1").json()["verified"] is True
    assert client.get("/api/receipts/r-9").status_code == 404


def test_outcomes_of_former_crates_move_the_number(client: TestClient) -> None:
    client.post("/api/receipts", json=RECEIPT)
    for unit in ("u-18", "u-19"):
        client.post("/api/receipts/r-1/answers", json={"unit": unit, "here": False, "at_ms": END})
    later = RECEIPT | {"id": "r-2", "to_ms": RECEIPT["to_ms"] + 1}  # type: ignore[operator]
    (one, _) = client.post("/api/receipts", json=later).json()["not_read"]
    assert one["missing_permille"] > 91, "two of twenty were missing before"


def test_a_list_of_both_kinds_or_none_is_refused(client: TestClient) -> None:
    assert client.post("/api/receipts", json=RECEIPT | {"manifest": "m-1"}).status_code == 422
    assert client.post("/api/receipts", json=RECEIPT | {"units": []}).status_code == 422
    assert client.post("/api/receipts", json=RECEIPT | {"to_ms": END + 10**9}).status_code == 422


def test_the_page_says_how_many_which_and_what_to_do(client: TestClient) -> None:
    assert "尚未经通道读写器入库" in page(client, "/receipts?lang=zh")
    client.post("/api/receipts", json=RECEIPT)
    en = page(client, "/receipts/r-1?lang=en")
    assert "18 of 20 listed units received and 2 not read" in en
    assert "Open the crate and scan the units below" in en
    assert "9.1 %" in en
    assert "Units that are not on the list" in en
    zh = page(client, "/receipts/r-1?lang=zh")
    assert "清单 20 袋，已收到 18 袋，2 袋未读到" in zh
    assert "18 of 20 listed units received and 2 not read" in page(client, "/receipts?lang=en")
    assert client.get("/receipts/r-9").status_code == 404
    assert 'src="/static/receipt.js"' in client.get("/receipts/r-1").text


def test_a_tag_is_taken_out_of_use_and_a_read_after_it_is_an_alert(client: TestClient) -> None:
    epc = "35" + "0" * 21 + "1"
    assert client.get(f"/api/tags/{epc}").json()["conflicts"] == []
    body = {"at_ms": START, "reason": "torn off"}
    answer = client.post(f"/api/tags/{epc}/retirements", json=body)
    assert answer.status_code == 201
    (alert,) = answer.json()["conflicts"]
    assert (alert["kind"], alert["place"], alert["at_ms"]) == ("retired-seen", "fridge-1", START + 61_000)
    assert client.post(f"/api/tags/{epc}/retirements", json=body).status_code == 200
    assert client.post("/api/tags/FFFF/retirements", json=body).status_code == 404
    assert client.get("/api/tags/xyz").status_code == 422


def test_where_a_tag_was_heard_and_where_the_reads_put_it(client: TestClient) -> None:
    epc = "3035A537C837754000000000"
    window = f"from_ms={PASS_MS}&to_ms={PASS_MS + 60_000}"
    found = client.get(f"/api/tags/{epc}/heard?{window}").json()
    assert {one["reader"] for one in found["heard"]} == {TUNNEL}
    (seen,) = {one["seen_by_reader"] for one in found["heard"]}
    assert sum(one["seen"] for one in found["heard"]) == seen >= 6
    assert (found["reader"], found["strays"]) == (TUNNEL, [])
    assert {one["cycles"] for one in found["heard"]} == {CYCLES}
    assert client.get(f"/api/tags/FFFF/heard?{window}").json()["reader"] is None
    assert client.get(f"/api/tags/{epc}/heard?from_ms=0&to_ms={PASS_MS}").status_code == 422
