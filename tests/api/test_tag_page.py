"""A tag that contradicts the record: on the overview, on its page, and settled by a person once."""

import re
from html import unescape

import pytest
from fastapi.testclient import TestClient
from support.console import PipelineRecorder, console_app
from support.hand_clock import HandClock
from support.intake import END, HOUR, START, epc
from support.memory_store import MemoryStore
from support.portal import portal_centre, receive
from support.two_fridges import Field, delivered, two_fridges

from coldchain.facts import EventKind
from coldchain.units import RetireTag

PUT_MS = START + HOUR
SEEN_MS = PUT_MS + 2 * HOUR


@pytest.fixture
def client() -> TestClient:
    """A centre at which a tag was read an hour after it was taken out of use."""
    store = MemoryStore()
    pipeline = two_fridges(store)
    pipeline.record(RetireTag(epc=epc(1), at_ms=SEEN_MS - HOUR, reason="torn off", actor="li"), END)
    field = Field()
    field.says(1, EventKind.ARRIVED, PUT_MS - 20_000, PUT_MS)
    field.says(1, EventKind.SEEN_AGAIN, PUT_MS, SEEN_MS)
    delivered(pipeline, field.batches())
    recorder = PipelineRecorder(pipeline, HandClock(END))
    return TestClient(console_app(store, recorder=recorder, clock=HandClock(END)), base_url="http://127.0.0.1")


def page(client: TestClient, path: str) -> str:
    response = client.get(path)
    assert response.status_code == 200
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", "", response.text)))


def test_it_is_on_the_overview_and_on_its_page_in_both_languages(client: TestClient) -> None:
    for lang, notice, what in (
        ("zh", "有标签与记录矛盾", "但该标签此前已停用"),
        ("en", "a tag contradicts the record", "after it was taken out of use"),
    ):
        assert notice in page(client, f"/?lang={lang}")
        assert what in page(client, f"/tags?lang={lang}")
    shown = client.get("/tags").text
    assert f'data-tag="{epc(1)}"' in shown
    assert "/units/u-1" in shown
    standing = {one["place"]: one for one in client.get("/api/standings").json()["items"]}
    assert [one["kind"] for one in standing["fridge-1"]["notices"]].count("tag-conflict") == 1


def test_a_person_settles_it_once(client: TestClient) -> None:
    (known,) = client.get("/api/tag-conflicts").json()["items"]
    body = {key: known[key] for key in ("epc", "kind", "place", "at_ms")} | {"reason": "it was on the floor"}
    answer = client.post("/api/tag-conflicts/settlements", json=body)
    assert (answer.status_code, answer.json()["items"][0]["reason"]) == (201, "it was on the floor")
    assert client.post("/api/tag-conflicts/settlements", json=body).status_code == 200
    assert client.post("/api/tag-conflicts/settlements", json=body | {"at_ms": 1}).status_code == 404
    assert client.post("/api/tag-conflicts/settlements", json=body | {"kind": "odd"}).status_code == 422
    assert client.get("/api/tag-conflicts").json()["items"] == []
    assert "No tag contradicts the record" in page(client, "/tags?lang=en")
    assert "a tag contradicts the record" not in page(client, "/?lang=en")


def test_a_crate_whose_way_is_open_is_on_the_overview() -> None:
    store = MemoryStore()
    pipeline = portal_centre(store, END)
    pipeline.record(receive(), END)
    client = TestClient(console_app(store, clock=HandClock(END)), base_url="http://127.0.0.1")
    assert "which way a crate went is open" in page(client, "/?lang=en")
    assert "有整箱血液通过门的方向待确认" in page(client, "/?lang=zh")
