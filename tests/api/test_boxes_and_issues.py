"""Packing lists, issues and the urgent list, written and read over the API through the real pipeline."""

from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient
from support.console import scene_app
from support.console_story import BOXED, FRIDGE_2, HOME, ISSUED, MINUTE, NOW, PACKED, PLATELETS, SHELVED, unit_id
from support.storage_point import BOX

from api.bodies import MANIFEST_UNITS_MAX
from ingest.people import PACKED_UNITS_MAX

BASE_URL = "http://127.0.0.1"
PACKED_NOW = [unit_id(number) for number in list(FRIDGE_2)[:8]]
LIST: dict[str, Any] = {
    "id": "list-2",
    "box": BOX,
    "units": PACKED_NOW,
    "packed_ms": NOW - 10 * MINUTE,
    "destination": "城西储血点",
    "courier": "zhao",
    "expected_ms": NOW + 35 * MINUTE,
}


@pytest.fixture(scope="module")
def morning() -> Iterator[TestClient]:
    """The morning, for tests that only read."""
    with TestClient(scene_app("morning"), base_url=BASE_URL) as client:
        yield client


@pytest.fixture
def calm() -> Iterator[TestClient]:
    with TestClient(scene_app("calm"), base_url=BASE_URL) as client:
        yield client


def post(client: TestClient, path: str, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
    response = client.post(path, json=body, headers={"X-Actor": "courier"})
    answer = response.json()
    assert isinstance(answer, dict)
    return response.status_code, answer


def test_a_packing_list_puts_its_units_into_the_box(calm: TestClient) -> None:
    made = LIST | {"moved": []}
    assert post(calm, "/api/manifests", LIST) == (201, made)
    assert post(calm, "/api/manifests", LIST) == (200, made)
    told = calm.get("/api/manifests/list-2").json()
    assert told["manifest"] == made
    assert told["arrival"] == {"at_ms": NOW + 35 * MINUTE, "journeys": 0, "moved": 0}
    assert {(unit["where"], unit["place"]) for unit in told["units"]} == {("in-box", BOX)}
    inside = calm.get(f"/api/places/{BOX}/inside").json()
    assert set(PACKED_NOW) <= {one["unit"] for one in inside["items"]}


def test_another_list_under_the_same_id_is_refused_and_nothing_changes(calm: TestClient) -> None:
    post(calm, "/api/manifests", LIST)
    status, problem = post(calm, "/api/manifests", LIST | {"destination": "elsewhere"})
    assert (status, problem["title"]) == (409, "Contradicts what is recorded")
    assert calm.get("/api/manifests/list-2").json()["manifest"] == LIST | {"moved": []}


@pytest.mark.parametrize(
    ("change", "status", "said"),
    [
        ({"box": "fridge-1"}, 409, "fridge-1"),
        ({"box": "box-9"}, 404, "box-9"),
        ({"units": ["bag-01", "bag-999"]}, 404, "bag-999"),
        ({"units": []}, 422, "units"),
        ({"units": ["bag-01", "bag-01"]}, 422, "bag-01 more than once"),
        ({"units": [f"bag-{number}" for number in range(MANIFEST_UNITS_MAX + 1)]}, 422, "units"),
        ({"packed_ms": NOW + 10 * MINUTE}, 422, "packed_ms"),
        ({"packed_ms": NOW // 1_000}, 422, "not in seconds"),
        ({"destination": ""}, 422, "destination"),
        ({"expected_ms": NOW - 10 * MINUTE}, 422, "expected before it was packed"),
        ({"expected_ms": NOW + 8 * 24 * 60 * MINUTE}, 422, "more than 7 days after it"),
        ({"expected_ms": "09:30"}, 422, "expected_ms"),
        ({"driver": "Li"}, 422, "driver"),
    ],
)
def test_a_list_that_cannot_be_is_refused_with_what_is_wrong(
    calm: TestClient, change: dict[str, Any], status: int, said: str
) -> None:
    found, problem = post(calm, "/api/manifests", LIST | change)
    assert found == status
    assert said in problem["detail"]
    assert calm.get("/api/manifests/list-2").status_code == 404


def test_where_nobody_says_when_it_is_expected_and_no_journey_ended_it_is_unknown(calm: TestClient) -> None:
    post(calm, "/api/manifests", LIST | {"expected_ms": None})
    assert calm.get("/api/manifests/list-2").json()["arrival"] is None


def test_as_many_units_as_the_record_takes_fit_into_one_request(calm: TestClient) -> None:
    assert MANIFEST_UNITS_MAX == PACKED_UNITS_MAX
    units = [f"unit-with-a-long-name-{number:010d}" for number in range(MANIFEST_UNITS_MAX)]
    status, problem = post(calm, "/api/manifests", LIST | {"units": units})
    assert (status, "unit-with-a-long-name-0000000000" in problem["detail"]) == (404, True)


def test_lists_are_listed_the_newest_first_of_one_box_or_all(calm: TestClient) -> None:
    post(calm, "/api/manifests", LIST)
    every = calm.get("/api/manifests").json()
    assert ([one["id"] for one in every["items"]], every["next"]) == (["list-2", "list-0312-1"], None)
    assert calm.get("/api/manifests?limit=1").json()["next"] == "list-2"
    assert [one["id"] for one in calm.get("/api/manifests?after=list-2").json()["items"]] == ["list-0312-1"]
    assert calm.get("/api/manifests?box=box-9").json()["items"] == []
    assert calm.get("/api/manifests/nothing").status_code == 404


def test_a_list_says_where_each_of_its_units_is_by_now(morning: TestClient) -> None:
    told = morning.get("/api/manifests/list-0312-1").json()
    assert told["manifest"]["packed_ms"] == NOW - PACKED
    where = {unit["unit"]: (unit["where"], unit["place"], unit["to"]) for unit in told["units"]}
    for number in BOXED:
        expected: tuple[str, str | None, str | None] = ("in-box", BOX, None)
        if number in SHELVED:
            expected = ("in-place", "fridge-2", None)
        if number == ISSUED:
            expected = ("issued", None, "市一院急诊科")
        assert where[unit_id(number)] == expected
    assert all(unit["on_hold"] for unit in told["units"])


def test_an_issue_is_recorded_once(calm: TestClient) -> None:
    unit = unit_id(PLATELETS[0])
    issue = {"to": "ICU", "at_ms": NOW - MINUTE}
    status, told = post(calm, f"/api/units/{unit}/issues", issue)
    assert (status, told["on_hold"], told["advice"]) == (201, False, None)
    status, again = post(calm, f"/api/units/{unit}/issues", issue)
    assert (status, again["seq"] >= told["seq"]) == (200, True)
    assert calm.get("/api/urgent").json()["items"] == []
    assert unit not in {one["unit"] for one in calm.get("/api/places/platelet-1/inside").json()["items"]}


def test_a_unit_on_hold_that_is_issued_is_recorded_and_somebody_has_to_be_called() -> None:
    with TestClient(scene_app("morning"), base_url=BASE_URL) as client:
        unit = unit_id(BOXED[-1])
        status, told = post(client, f"/api/units/{unit}/issues", {"to": "市二院", "at_ms": NOW - MINUTE})
        assert (status, told["on_hold"]) == (201, True)
        assert told["advice"]["zh"].startswith("已记录")
        assert "call whoever has it at once" in told["advice"]["en"]
        assert [one["unit"] for one in client.get("/api/urgent").json()["items"]] == [unit, unit_id(ISSUED)]


def test_the_urgent_list_names_what_somebody_needs_to_call(morning: TestClient) -> None:
    [one] = morning.get("/api/urgent").json()["items"]
    assert one["unit"] == unit_id(ISSUED)
    assert (one["to"], one["at_ms"], one["certain"]) == ("市一院急诊科", NOW - HOME + 20 * MINUTE, True)
    assert one["component"] == "悬浮红细胞 2U"
    found = [morning.get(f"/api/findings/{name}").json()["finding"]["finding"] for name in one["findings"]]
    assert {(finding["place"], finding["rule"]) for finding in found} == {(BOX, "A03")}


@pytest.mark.parametrize(
    ("unit", "change", "status"),
    [
        ("bag-999", {}, 404),
        ("bag-01", {"to": ""}, 422),
        ("bag-01", {"at_ms": NOW + 10 * MINUTE}, 422),
        ("bag-01", {"patient": "张三"}, 422),
        ("bag-01", {"patient": "11010519491231002X"}, 422),
        ("bag-01", {"patient_name": "x"}, 422),
    ],
)
def test_an_issue_that_cannot_be_is_refused(calm: TestClient, unit: str, change: dict[str, Any], status: int) -> None:
    found, problem = post(calm, f"/api/units/{unit}/issues", {"to": "ICU", "at_ms": NOW} | change)
    assert found == status
    assert problem["todo"]
