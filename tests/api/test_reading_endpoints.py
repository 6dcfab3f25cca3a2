"""Every reading endpoint on the story: what it says, how long its lists may get, and what it says of nonsense."""

from typing import Any

import pytest
from fastapi.testclient import TestClient
from support.story import (
    BEGIN_MS,
    CROWD,
    DOORS_MS,
    FAIL_MS,
    HELD,
    HOUR_MS,
    LEFT_BEFORE,
    MINUTE_MS,
    NEVER_SEEN,
    NOW_MS,
    POSSIBLE,
    REPAIR_MS,
    SILENT_FROM_MS,
    SILENT_TO_MS,
    WITHDRAWN,
    load_micro_celsius,
    units,
)


def get(client: TestClient, path: str, status: int = 200) -> Any:
    response = client.get(path)
    assert response.status_code == status, response.text
    return response.json()


def test_a_place_says_what_its_probes_say_now_and_how_many_units_are_inside(client: TestClient) -> None:
    listed = get(client, "/api/places")
    place = get(client, "/api/places/fridge-1")
    assert listed == {"items": [place], "next": None}
    assert [(probe["role"], probe["state"]) for probe in place["probes"]] == [("load", "within"), ("air", "within")]
    assert (place["units_certain"], place["units_possible"]) == (1 + CROWD, 1)
    assert place["findings_open"] == []


def test_probes_are_listed_in_pages(client: TestClient) -> None:
    first = get(client, "/api/probes?limit=1")
    second = get(client, f"/api/probes?limit=1&after={first['next']}")
    assert [probe["id"] for page in (first, second) for probe in page["items"]] == ["fridge-1-air", "fridge-1-load"]
    assert second["next"] is None


def test_raw_readings_come_in_pages_that_join_without_a_hole(client: TestClient) -> None:
    from_ms, to_ms = BEGIN_MS, BEGIN_MS + 6 * HOUR_MS
    taken: list[int] = []
    following: int | None = from_ms
    while following is not None:
        page = get(client, f"/api/probes/fridge-1-load/readings?from_ms={following}&to_ms={to_ms}&limit=300")
        assert len(page["taken_ms"]) == len(page["micro_celsius"]) == len(page["quality"]) <= 300
        taken += page["taken_ms"]
        following = page["next_from_ms"]
    assert taken == list(range(from_ms + 137, to_ms, 30_000))


def test_fewer_points_keep_the_extremes(client: TestClient) -> None:
    page = get(client, f"/api/probes/fridge-1-load/readings?from_ms={BEGIN_MS}&to_ms={NOW_MS}&points=20")
    every = [load_micro_celsius(ms) for ms in range(BEGIN_MS, NOW_MS - 5_000, 30_000)]
    assert page["decimated"] is True
    assert len(page["taken_ms"]) <= 40
    assert max(page["micro_celsius"]) == max(every)
    assert min(page["micro_celsius"]) == min(every)


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("from_ms=5&to_ms=5", "must lie before"),
        (f"from_ms=0&to_ms={25 * HOUR_MS}", "at most 86400000 are allowed"),
        (f"from_ms=0&to_ms={41 * 24 * HOUR_MS}&points=10", "ask for it in parts"),
        ("from_ms=-1&to_ms=5", "query from_ms"),
        ("from_ms=warm&to_ms=5", "not 'warm'"),
        ("to_ms=5", "query from_ms: Field required"),
        ("from_ms=1&to_ms=5&points=1001", "less than or equal to 1000"),
    ],
)
def test_a_window_that_is_none_is_refused_with_what_is_allowed(client: TestClient, query: str, said: str) -> None:
    problem = get(client, f"/api/probes/fridge-1-load/readings?{query}", 422)
    assert said in problem["detail"]
    assert problem["todo"]


@pytest.mark.parametrize(
    "path",
    [
        "/api/places",
        "/api/probes",
        "/api/units",
        "/api/findings",
        "/api/findings/f-load-1",
        "/api/holds",
        "/api/places/fridge-1/inside",
        f"/api/units/{HELD}/stays",
        f"/api/units/{HELD}/exposures",
        f"/api/units/{HELD}/holds",
    ],
)
@pytest.mark.parametrize("limit", [0, 1_001])
def test_no_list_may_be_asked_for_without_end(client: TestClient, path: str, limit: int) -> None:
    assert "query limit" in get(client, f"{path}?limit={limit}", 422)["detail"]
    assert client.get(f"{path}?limit=1000").status_code == 200


def test_a_page_that_follows_nothing_is_refused(client: TestClient) -> None:
    assert "names no hold" in get(client, "/api/holds?after=h-gone", 422)["detail"]


def test_units_come_in_pages_by_id(client: TestClient) -> None:
    first = get(client, "/api/units?limit=10")
    second = get(client, f"/api/units?limit=10&after={first['next']}")
    assert [unit["id"] for unit in first["items"] + second["items"]] == sorted(unit.id for unit in units())
    assert second["next"] is None


def test_a_unit_says_how_it_stands_and_for_how_long_what_lasted(client: TestClient) -> None:
    held = get(client, f"/api/units/{HELD}")
    assert held["standing"] == "held"
    load = held["figures"]["probes"][0]
    lasted = ("within_ms", "too_warm_ms", "too_cold_ms", "never_measured_ms", "awaited_ms")
    assert load["probe"] == "fridge-1-load"
    assert sum(load[name] for name in lasted) == NOW_MS - DOORS_MS[0]
    # The last reading before the silence speaks for five minutes.
    assert load["never_measured_ms"] == SILENT_TO_MS - SILENT_FROM_MS - 5 * MINUTE_MS + 30_000
    assert load["awaited_ms"] == 0
    assert [get(client, f"/api/units/{unit}")["standing"] for unit in (POSSIBLE, WITHDRAWN, NEVER_SEEN)] == [
        "held",
        "held",
        "no-record",
    ]


def test_time_in_no_watched_place_is_unknown(client: TestClient) -> None:
    left = get(client, f"/api/units/{LEFT_BEFORE}")
    figures = left["figures"]
    left_ms = DOORS_MS[4] + MINUTE_MS
    assert left["standing"] == "within"
    assert figures["away_since_ms"] == left_ms
    assert figures["unwatched_ms"] == NOW_MS - left_ms
    assert figures["unknown_ms"] == figures["unwatched_ms"] + figures["probes"][0]["never_measured_ms"]


def test_stays_exposures_and_holds_of_a_unit(client: TestClient) -> None:
    stays = get(client, f"/api/units/{POSSIBLE}/stays")["items"]
    assert [(stay["certain_to_ms"], stay["possible_to_ms"]) for stay in stays] == [(DOORS_MS[4], None)]
    exposures = get(client, f"/api/units/{POSSIBLE}/exposures")["items"]
    assert {view["exposure"]["finding"] for view in exposures} == {"f-load-1", "f-air-1"}
    for view in exposures:
        assert view["exposure"]["certain"] is False
        assert view["exposure"]["out_ms_min"] == 0
        assert view["exposure"]["out_ms_max"] > HOUR_MS
    holds = get(client, f"/api/units/{WITHDRAWN}/holds")["items"]
    assert [hold["basis_stands"] for hold in holds] == [False]


def test_findings_are_filtered_by_place_and_status(client: TestClient) -> None:
    named = [view["finding"]["id"] for view in get(client, "/api/findings")["items"]]
    assert named == ["f-load-1", "f-air-1", "f-withdrawn"]
    withdrawn = get(client, "/api/findings?place=fridge-1&status=withdrawn")["items"]
    assert [view["finding"]["id"] for view in withdrawn] == ["f-withdrawn"]
    assert get(client, "/api/findings?place=fridge-2")["items"] == []
    assert "query status" in get(client, "/api/findings?status=fine", 422)["detail"]


def test_a_finding_names_every_unit_that_it_touches(client: TestClient) -> None:
    details = get(client, "/api/findings/f-load-1?limit=5")
    rest = get(client, f"/api/findings/f-load-1?after={details['next']}")
    named = [view["exposure"]["unit"] for view in details["exposures"] + rest["exposures"]]
    assert named == sorted({HELD, POSSIBLE, *(unit.id for unit in units()[5:])})
    assert details["units"] == len(named)
    finding = details["finding"]["finding"]
    assert FAIL_MS < finding["start_ms"] < REPAIR_MS < finding["end_ms"]


def test_who_is_inside_is_answered_for_any_instant(client: TestClient) -> None:
    now = get(client, "/api/places/fridge-1/inside")
    assert (now["certain"], now["possible"]) == (1 + CROWD, 1)
    assert [one["unit"] for one in now["items"] if one["how"] == "possible"] == [POSSIBLE]
    evening = get(client, f"/api/places/fridge-1/inside?at_ms={DOORS_MS[3]}")
    assert (evening["certain"], evening["possible"]) == (4 + CROWD, 0)
    before = get(client, f"/api/places/fridge-1/inside?at_ms={BEGIN_MS}")
    assert (before["certain"], before["possible"], before["items"]) == (0, 0, [])


def test_all_holds_are_listed_in_order(client: TestClient) -> None:
    holds = get(client, "/api/holds?limit=1000")["items"]
    assert len(holds) == 2 * (2 + CROWD) + 1
    assert [hold["placed_ms"] for hold in holds] == sorted(hold["placed_ms"] for hold in holds)


@pytest.mark.parametrize(
    ("path", "named"),
    [
        ("/api/places/fridge-9", "place 'fridge-9'"),
        ("/api/places/fridge-9/inside", "place 'fridge-9'"),
        ("/api/probes/nothing/readings?from_ms=0&to_ms=5", "probe 'nothing'"),
        ("/api/units/nothing", "unit 'nothing'"),
        ("/api/units/nothing/stays", "unit 'nothing'"),
        ("/api/units/nothing/exposures", "unit 'nothing'"),
        ("/api/units/nothing/holds", "unit 'nothing'"),
        ("/api/units/nothing/trace", "unit 'nothing'"),
        ("/api/findings/f-0", "finding 'f-0'"),
    ],
)
def test_what_is_not_registered_is_a_problem_that_names_it(client: TestClient, path: str, named: str) -> None:
    response = client.get(path)
    assert response.status_code == 404
    assert response.headers["content-type"] == "application/problem+json"
    assert response.json()["detail"] == f"{named} is not registered"


def test_an_id_that_is_none_is_refused(client: TestClient) -> None:
    assert "path unit" in get(client, "/api/units/N0T%20AN%20ID", 422)["detail"]
