"""How a place stood as it was known then is not how it stands today: what was too warm, silent or whole stays so."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from support.console import PipelineRecorder, console_app
from support.hand_clock import HandClock
from support.intake import GATEWAY, PLACE, START, pipeline_on, sample, send
from support.memory_store import MemoryStore

from coldchain.ports import Store
from coldchain.standing import DARK
from ingest.pipeline import Pipeline
from stores.sqlite import open_store

MINUTE = 60_000
COLD, WARM, FAULTY = [4_000_000], [9_000_000], [None]
Values = Sequence[int | None]


@pytest.fixture(params=["memory", "sqlite"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    opened: Store = MemoryStore() if request.param == "memory" else open_store(tmp_path / "hot.sqlite")
    yield opened
    opened.close()


def live(pipeline: Pipeline, at_ms: int, values: Values) -> int:
    """Send a reading of both probes each minute, at once; return when the next one is due."""
    for minute, value in enumerate(values):
        taken_ms = at_ms + minute * MINUTE
        seq = 2 * (taken_ms // MINUTE)
        facts = [sample(seq, taken_ms, value), sample(seq + 1, taken_ms, value, "fridge-1-air")]
        send(pipeline, facts, mark_ms=taken_ms + 1, sent_ms=taken_ms + 1_000)
    return at_ms + len(values) * MINUTE


def standings(store: Store, pipeline: Pipeline, now_ms: int, asked: str = "") -> dict[str, Any]:
    clock = HandClock(now_ms)
    app = console_app(store, recorder=PipelineRecorder(pipeline, clock), clock=clock)
    answer = TestClient(app, base_url="http://127.0.0.1").get(f"/api/standings{asked}")
    assert answer.status_code == 200, answer.text
    assert answer.json().get("not_recorded", []) == (["marks"] if asked else [])
    (place,) = answer.json()["items"]
    return dict(place)


@pytest.mark.parametrize(
    ("first", "silent_ms", "more", "state"),
    [
        pytest.param(COLD * 20, 0, WARM * 30, "within", id="an excursion that came later"),
        pytest.param(COLD * 5 + WARM * 3, 0, COLD * 30, "outside", id="an excursion that is over since"),
        pytest.param(COLD * 20, 0, FAULTY * 40, "within", id="a fault that came later"),
        pytest.param(COLD * 20 + FAULTY * 3, 0, COLD * 30, "sensor-fault", id="a fault that is over since"),
        pytest.param(COLD * 20, 90 * MINUTE, COLD * 20, "silent", id="a gateway that speaks again"),
    ],
)
def test_a_place_stands_as_it_stood_then(store: Store, first: Values, silent_ms: int, more: Values, state: str) -> None:
    pipeline = pipeline_on(store, START)
    due_ms = live(pipeline, START, first) + silent_ms
    known_ms = due_ms - MINUTE + 2_000
    before = standings(store, pipeline, known_ms)
    assert before["state"] == state
    later_ms = live(pipeline, due_ms, more)
    assert standings(store, pipeline, later_ms)["state"] != state
    assert standings(store, pipeline, later_ms, f"?as_known_ms={known_ms}") == before


def test_a_connection_that_broke_later_was_not_broken_then(store: Store) -> None:
    pipeline = pipeline_on(store, START)
    due_ms = live(pipeline, START, COLD * 20)
    before = standings(store, pipeline, due_ms)
    with store.writing() as session:
        session.books.set_cursor(DARK + GATEWAY, due_ms + MINUTE)
    assert standings(store, pipeline, due_ms + MINUTE, f"?as_known_ms={due_ms}") == before


def test_a_gateway_that_is_silent_until_today_was_heard_when_it_was(store: Store) -> None:
    pipeline = pipeline_on(store, START)
    silent_ms = live(pipeline, START, COLD * 20) + 60 * MINUTE
    before = standings(store, pipeline, silent_ms)
    assert [notice["kind"] for notice in before["notices"]] == ["gateway-silent"]
    assert standings(store, pipeline, silent_ms + 60 * MINUTE, f"?as_known_ms={silent_ms}") == before


def test_what_rests_on_the_marks_of_gateways_says_so(store: Store) -> None:
    pipeline = pipeline_on(store, START)
    due_ms = live(pipeline, START, COLD * 20)
    client = TestClient(console_app(store, clock=HandClock(due_ms)), base_url="http://127.0.0.1")
    for path in ("/api/places", f"/api/places/{PLACE}", f"/api/places/{PLACE}/standing", "/api/standings"):
        assert client.get(f"{path}?as_known_ms={due_ms}").json()["not_recorded"] == ["marks"], path
        assert "not_recorded" not in client.get(path).json(), path
