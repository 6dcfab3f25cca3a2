"""What the chart of a unit is given: every condition where it was, and no line where nobody measured."""

from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from fastapi.testclient import TestClient
from support.console import console_app, scene_app, story_store
from support.console_story import MOVED, unit_id
from support.story import (
    DOORS_MS,
    HELD,
    HOUR_MS,
    LEFT_BEFORE,
    MINUTE_MS,
    NEVER_SEEN,
    NOW_MS,
    SILENT_FROM_MS,
    SILENT_TO_MS,
)

from api.probe_trace import curve_points
from coldchain.facts import Quality
from coldchain.history import NO_VALUE, History


def trace(client: TestClient, unit: str, query: str = "") -> Any:
    response = client.get(f"/api/units/{unit}/trace{query}")
    assert response.status_code == 200, response.text
    return response.json()


def test_conditions_cover_the_stay_without_a_hole(client: TestClient) -> None:
    told = trace(client, HELD)
    for probe in told["probes"]:
        spans = probe["spans"]
        assert spans[0]["from_ms"] == DOORS_MS[0]
        assert spans[-1]["to_ms"] == NOW_MS
        assert all(one["to_ms"] == other["from_ms"] for one, other in pairwise(spans))
    load = told["probes"][0]["spans"]
    assert [span["condition"] for span in load] == ["within", "never-measured", "within", "too-warm", "within"]


@pytest.mark.parametrize("points", [5, 50, 800])
def test_the_line_breaks_where_nobody_measured(client: TestClient, points: int) -> None:
    for probe in trace(client, HELD, f"?points={points}")["probes"]:
        rows = list(zip(probe["taken_ms"], probe["micro_celsius"], strict=True))
        assert [ms for ms, _ in rows] == sorted(ms for ms, _ in rows)
        breaks = [ms for ms, value in rows if value is None]
        assert any(SILENT_FROM_MS - MINUTE_MS < ms < SILENT_TO_MS for ms in breaks)
        assert not any(SILENT_FROM_MS < ms < SILENT_TO_MS for ms, value in rows if value is not None)
        assert len(rows) <= 2 * points + 3 or probe["readings"] <= 2 * points


def test_the_peak_is_on_the_line_however_few_points_are_asked_for(client: TestClient) -> None:
    peak = client.get("/api/findings/f-load-1").json()["finding"]["finding"]["peak_micro_celsius"]
    load = trace(client, HELD, "?points=3")["probes"][0]
    assert max(value for value in load["micro_celsius"] if value is not None) == peak


def test_a_place_is_shown_only_while_the_unit_was_in_it(client: TestClient) -> None:
    told = trace(client, LEFT_BEFORE)
    left_ms = DOORS_MS[4] + MINUTE_MS
    for probe in told["probes"]:
        assert probe["spans"][-1]["to_ms"] == left_ms
        assert max(probe["taken_ms"]) <= left_ms
    assert all(mark["taken_ms"] <= left_ms for mark in told["marks"])


def test_a_unit_that_was_never_seen_has_an_empty_trace(client: TestClient) -> None:
    told = trace(client, NEVER_SEEN)
    assert (told["probes"], told["stays"], told["marks"]) == ([], [], [])


def test_time_that_a_gateway_still_keeps_is_awaited() -> None:
    client = TestClient(console_app(story_store(awaited_ms=3 * HOUR_MS)), base_url="http://127.0.0.1")
    spans = trace(client, HELD)["probes"][0]["spans"]
    assert spans[-1]["condition"] == "awaited"
    assert spans[-1]["to_ms"] == NOW_MS
    assert client.get("/api/places/fridge-1").json()["probes"][0]["state"] == "awaited"


@pytest.mark.parametrize("query", [f"?from_ms=0&to_ms={NOW_MS}", "?points=0", "?points=1001", "?from_ms=9&to_ms=8"])
def test_a_window_without_bounds_is_refused(client: TestClient, query: str) -> None:
    assert client.get(f"/api/units/{HELD}/trace{query}").status_code == 422


def test_a_sensor_without_an_answer_breaks_its_line_for_as_long_as_it_gives_none() -> None:
    minutes = np.arange(30, dtype=np.int64)
    faulty = (minutes >= 10) & (minutes < 20)
    history = History(
        taken_ms=minutes * MINUTE_MS,
        micro_celsius=np.where(faulty, NO_VALUE, 4_000_000),
        quality=np.where(faulty, Quality.NO_SENSOR, Quality.GOOD).astype(np.uint8),
    )
    taken, values = curve_points(history, (0, 30 * MINUTE_MS), 800, 5 * MINUTE_MS)
    drawn = [at_ms // MINUTE_MS for at_ms, value in zip(taken, values, strict=True) if value is not None]
    assert drawn == [*range(10), *range(20, 30)]
    assert [at_ms // MINUTE_MS for at_ms, value in zip(taken, values, strict=True) if value is None] == [10, 29]


def test_after_a_move_the_first_places_curves_end_and_the_other_places_begin() -> None:
    client = TestClient(scene_app("morning"), base_url="http://127.0.0.1")
    told = trace(client, unit_id(MOVED))
    assert [stay["place"] for stay in told["stays"]] == ["fridge-1", "fridge-2"]
    for stay in told["stays"]:
        end_ms = stay["possible_to_ms"] or told["to_ms"]
        lines = [probe["taken_ms"] for probe in told["probes"] if probe["now"]["place"] == stay["place"]]
        assert len(lines) == 2
        assert all(stay["possible_from_ms"] <= line[0] < line[-1] <= end_ms for line in lines)
    page = client.get(f"/units/{unit_id(MOVED)}?lang=en").text
    for name, nth in (("Blood fridge 1", 0), ("Blood fridge 2", 1)):
        assert f'<i class="swatch load place-{nth}"></i>{name} · load probe' in page
