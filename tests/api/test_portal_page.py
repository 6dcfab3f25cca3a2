"""A crate through a portal over HTTP and on its page: the task, its buttons, and the one answer."""

import re
from html import unescape

import pytest
from fastapi.testclient import TestClient
from support.console import PipelineRecorder, console_app
from support.hand_clock import HandClock
from support.intake import END
from support.memory_store import MemoryStore
from support.portal import PORTAL, UNITS, portal_centre, through
from support.tunnel import PASS_MS, sent

RECEIPT = {
    "id": "r-1",
    "reader": PORTAL,
    "place": "fridge-1",
    "units": [f"u-{number}" for number in range(UNITS)],
    "from_ms": PASS_MS,
    "to_ms": PASS_MS + 10_000,
}


def client_of(outer_ms: int, inner_ms: int) -> TestClient:
    store = MemoryStore()
    pipeline = portal_centre(store, END)
    sent(pipeline, through(outer_ms, inner_ms))
    recorder = PipelineRecorder(pipeline, HandClock(END))
    return TestClient(console_app(store, recorder=recorder, clock=HandClock(END)), base_url="http://127.0.0.1")


def page(client: TestClient, path: str) -> str:
    response = client.get(path)
    assert response.status_code == 200
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", "", response.text)))


def test_an_open_way_is_a_task_on_both_pages_until_a_person_has_said_it_once() -> None:
    client = client_of(1_200, 1_500)
    found = client.post("/api/receipts", json=RECEIPT).json()
    assert (found["way_open"], found["advice"], found["verified"]) == (True, "which-way", False)
    for lang, task, short in (
        ("zh", "请当时在场的人说明这箱血液是进来还是出去", "方向待确认"),
        ("en", "says whether the crate came in or went out", "which way is open"),
    ):
        assert task in page(client, f"/receipts/r-1?lang={lang}")
        assert short in page(client, f"/receipts?lang={lang}")
    assert "0 of 20 listed units received" in page(client, "/receipts/r-1?lang=en")
    assert 'data-way="r-1"' in client.get("/receipts/r-1").text
    answer = client.post("/api/receipts/r-1/way", json={"inwards": True})
    assert (answer.status_code, answer.json()["manual"], answer.json()["advice"]) == (201, True, "run-again")
    assert client.post("/api/receipts/r-1/way", json={"inwards": True}).status_code == 200
    assert client.post("/api/receipts/r-1/way", json={"inwards": False}).status_code == 409
    assert client.post("/api/receipts/r-9/way", json={"inwards": True}).status_code == 404
    said = page(client, "/receipts/r-1?lang=en")
    assert "19 of 20 listed units received" in said
    assert "the way was said by a person" in said
    assert 'data-way="r-1"' not in client.get("/receipts/r-1").text


@pytest.mark.parametrize(("lang", "said"), [("zh", "这箱血液是出去的，没有入库"), ("en", "so nothing was received")])
def test_a_crate_that_went_out_is_no_receipt(lang: str, said: str) -> None:
    client = client_of(3_000, 1_200)
    assert client.post("/api/receipts", json=RECEIPT).json()["advice"] == "went-out"
    shown = page(client, f"/receipts/r-1?lang={lang}")
    assert said in shown
    assert client.post("/api/receipts/r-1/way", json={"inwards": True}).status_code == 409
