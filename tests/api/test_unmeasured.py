"""Unknown is not fine: units beside which nothing was measured, and pages of places that never said anything."""

import re
from html import unescape

import msgspec
import pytest
from fastapi.testclient import TestClient
from support.console import console_app, story_store
from support.memory_store import MemoryStore
from support.story import (
    HELD,
    HOUR_MS,
    LEFT_BEFORE,
    NEVER_SEEN,
    NOW_MS,
    SILENT,
    SITE,
    UNLIMITED,
    UNPROBED,
    add_unmeasured,
)

from coldchain.entries import Draft, EntryKind
from coldchain.units import Hold

BASE_URL = "http://127.0.0.1"


@pytest.fixture
def client(store: MemoryStore) -> TestClient:
    add_unmeasured(store)
    return TestClient(console_app(store), base_url=BASE_URL)


def page(client: TestClient, path: str) -> str:
    response = client.get(path)
    assert response.status_code == 200
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", "", response.text)))


@pytest.mark.parametrize("unit", [SILENT, UNPROBED, UNLIMITED])
def test_a_unit_beside_which_nothing_was_measured_is_never_within_limits(client: TestClient, unit: str) -> None:
    view = client.get(f"/api/units/{unit}").json()
    assert view["standing"] == "not-measured"
    assert view["unknown_beyond_tolerance"] is True
    assert (view["figures"]["measured_ms"], view["figures"]["unknown_ms"] >= 9 * HOUR_MS) == (0, True)
    en = page(client, f"/units/{unit}?lang=en")
    assert "Not measured: unknown for 10 h" in en
    assert "Within limits" not in en
    assert "Do not issue it; ask the quality manager." in en
    assert "No data yet" in en
    assert "无测量记录，未知 10 小时" in page(client, f"/units/{unit}?lang=zh")
    assert "tone-warn" in client.get(f"/units/{unit}").text
    assert client.get(f"/api/units/{unit}/trace").status_code == 200


def test_the_overview_shows_places_that_never_said_anything(client: TestClient) -> None:
    for language, said in (("en", "no data: unknown"), ("zh", "没有数据，情况未知")):
        text = page(client, f"/?lang={language}")
        assert said in text
        assert "shelf-1" in text
    assert "its limits are not loaded" in page(client, "/?lang=en")
    assert [place["probes"] for place in client.get("/api/places").json()["items"]][3] == []


def test_much_unknown_time_leads_the_headline_also_where_something_was_measured(client: TestClient) -> None:
    assert client.get(f"/api/units/{LEFT_BEFORE}").json()["unknown_beyond_tolerance"] is True
    assert "tone-warn" in client.get(f"/units/{LEFT_BEFORE}").text
    assert client.get(f"/api/units/{HELD}").json()["unknown_beyond_tolerance"] is False
    assert client.get(f"/api/units/{NEVER_SEEN}").json()["standing"] == "no-record"


def test_a_hold_stays_first_and_much_unknown_time_stands_beside_it(store: MemoryStore) -> None:
    add_unmeasured(store)
    hold = Hold(id="h-silent", unit=SILENT, finding="f-load-1", placed_ms=NOW_MS, certain=True)
    with store.writing() as session:
        session.ledger.append([Draft(kind=EntryKind.HOLD, actor="test", site=SITE, payload=hold)], NOW_MS)
    en = page(TestClient(console_app(store), base_url=BASE_URL), f"/units/{SILENT}?lang=en")
    assert "On hold: do not issue too warmunknown 9 h 59 min 56 s" in en.replace("  ", " ")


def test_a_record_that_is_only_on_its_way_is_awaited_and_not_called_unmeasured() -> None:
    store = story_store(awaited_ms=20 * HOUR_MS)
    add_unmeasured(store)
    view = TestClient(console_app(store), base_url=BASE_URL).get(f"/api/units/{SILENT}").json()
    assert view["standing"] == "awaiting"


def test_a_unit_that_has_just_come_to_a_silent_place_is_not_within_limits(store: MemoryStore) -> None:
    add_unmeasured(store)
    with store.writing() as session:
        stay = msgspec.structs.replace(
            session.records.stays_of_unit(SILENT)[0], possible_from_ms=NOW_MS - 5, certain_from_ms=NOW_MS - 5
        )
        session.ledger.append([Draft(kind=EntryKind.STAY, actor="test", site=SITE, payload=stay)], NOW_MS)
    view = TestClient(console_app(store), base_url=BASE_URL).get(f"/api/units/{SILENT}").json()
    assert view["standing"] == "not-measured"


def test_time_in_no_watched_place_is_a_part_of_the_trace(client: TestClient) -> None:
    told = client.get(f"/api/units/{LEFT_BEFORE}/trace").json()
    left_ms = told["stays"][-1]["possible_to_ms"]
    assert told["away"] == [{"from_ms": left_ms, "to_ms": NOW_MS}]
    assert client.get(f"/api/units/{HELD}/trace").json()["away"] == []
    assert client.get(f"/api/units/{NEVER_SEEN}/trace").json()["away"] == []
    before = client.get(f"/api/units/{LEFT_BEFORE}/trace?from_ms={NOW_MS - HOUR_MS}&to_ms={NOW_MS}").json()
    assert before["away"] == [{"from_ms": NOW_MS - HOUR_MS, "to_ms": NOW_MS}]
