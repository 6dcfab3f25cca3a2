"""The register: what is due, certificates that change no reading, and whom a failed instrument watched."""

import re
from typing import Any

import pytest
from fastapi.testclient import TestClient
from msgspec.structs import replace
from support.console import PipelineRecorder, console_app
from support.console_story import MINUTE, NOW, registry, story
from support.hand_clock import HandClock
from support.memory_store import MemoryStore
from support.page_words import words

from coldchain.places import Probe

BASE_URL = "http://127.0.0.1"
OURS = {"Origin": BASE_URL}
SIGNED = {"name": "李华", "post": "engineer"}
DAY = 24 * 60 * MINUTE
HUNG = NOW - 10 * MINUTE


@pytest.fixture
def client() -> TestClient:
    """Since ten minutes fridge 1 is watched by the instrument s-1."""
    store = MemoryStore()
    pipeline = story(store, "calm")
    probe = next(one for one in registry() if isinstance(one, Probe) and one.id == "fridge-1-load")
    pipeline.set_up([replace(probe, serial="s-1")], HUNG)
    clock = HandClock(NOW)
    return TestClient(console_app(store, recorder=PipelineRecorder(pipeline, clock), clock=clock), base_url=BASE_URL)


def certify(client: TestClient, number: str, calibrated_ms: int, status: int = 201, **changed: Any) -> Any:
    body = {
        "serial": "s-1",
        "number": number,
        "lab": "CNAS L0000",
        "calibrated_ms": calibrated_ms,
        "due_ms": calibrated_ms + 365 * DAY,
        "points": [{"at": "4.0", "as_found": "0.1"}],
        "tolerance": "0.5",
        **SIGNED,
        **changed,
    }
    sent = client.post("/api/certificates", json=body)
    assert sent.status_code == status, sent.text
    return sent.json()


def due(client: TestClient) -> dict[str, Any]:
    return {one["subject"]: one for one in client.get("/api/register").json()["due"]}


def test_what_has_no_paper_yet_is_due_and_a_certificate_sets_the_next_date(client: TestClient) -> None:
    before = client.get("/api/register").json()
    assert due(client)["s-1"]["due_ms"] is None
    assert due(client)["s-1"]["where"] == ["fridge-1"]
    assert {"fridge-1", "box-1"} <= due(client).keys()
    assert "no calibration certificate" in words(client.get("/places/fridge-1?lang=en").text)
    certify(client, "C-1", NOW - DAY)
    assert due(client)["s-1"]["due_ms"] == NOW + 364 * DAY
    assert client.get("/api/register").json()["overdue"] == before["overdue"] - 1
    assert "no calibration certificate" not in words(client.get("/places/fridge-1?lang=en").text)


def test_a_probe_whose_calibration_is_overdue_says_so_on_its_place_page(client: TestClient) -> None:
    certify(client, "C-1", NOW - 400 * DAY)
    assert "calibration overdue since" in words(client.get("/places/fridge-1?lang=en").text)
    assert "校准已逾期" in words(client.get("/places/fridge-1?lang=zh").text)
    shown = client.get("/api/places/fridge-1/probes").json()["probes"]
    assert [one["certificate"]["number"] for one in shown if one["certificate"]] == ["C-1"]
    assert "已逾期" in words(client.get("/register?lang=zh").text)


def test_a_failed_as_found_opens_the_list_of_whom_it_watched_since_it_was_good(client: TestClient) -> None:
    certify(client, "C-0", NOW - 400 * DAY)
    certify(client, "C-1", NOW - 5 * MINUTE, points=[{"at": "4.0", "as_found": "0.9", "as_left": "0.0"}])
    found = client.get("/api/serials/s-1/look-back?number=C-1").json()
    assert (found["since_number"], found["until_ms"]) == ("C-0", NOW - 5 * MINUTE)
    (watch,) = found["watched"]
    hung_ms = client.get("/api/serials/s-1").json()["positions"][0]["from_ms"]
    assert (watch["place"], watch["from_ms"], watch["to_ms"]) == ("fridge-1", hung_ms, NOW - 5 * MINUTE)
    inside = client.get("/api/places/fridge-1/inside?limit=1000").json()["items"]
    assert {one["unit"] for one in inside} <= set(found["units"])
    assert found["units_all"] == watch["units_all"] > 0
    page = words(client.get("/register/look-back?serial=s-1&number=C-1&lang=en").text)
    assert "since certificate C-0" in page
    assert "off by too much as found" in page
    assert 'href="/register/look-back?serial=s-1&amp;number=C-1"' in client.get("/register").text
    assert client.get("/register/look-back?serial=s-1&number=X").status_code == 404


def test_a_certificate_that_left_it_off_is_no_good_one_to_look_back_to(client: TestClient) -> None:
    certify(client, "C-0", NOW - 400 * DAY, points=[{"at": "4.0", "as_found": "0.9"}])
    certify(client, "C-1", NOW - 5 * MINUTE, points=[{"at": "4.0", "as_found": "-0.6", "as_left": "0.0"}])
    found = client.get("/api/serials/s-1/look-back?number=C-1").json()
    assert (found["since_ms"], found["since_number"]) == (None, "")


@pytest.mark.parametrize(
    ("changed", "status"),
    [
        ({"due_ms": NOW - 3 * DAY}, 422),
        ({"tolerance": "0"}, 422),
        ({"points": [{"at": "4.0"}]}, 422),
        ({"points": [{"at": "four", "as_found": "0"}]}, 422),
        ({"lab": "another"}, 409),
    ],
)
def test_a_paper_that_cannot_be_or_contradicts_is_refused(
    client: TestClient, changed: dict[str, Any], status: int
) -> None:
    first = certify(client, "C-1", NOW - DAY)
    assert certify(client, "C-1", NOW - DAY) == first, "said again it changes nothing"
    certify(client, "C-1", NOW - DAY, status, **changed)
    assert len(client.get("/api/serials/s-1/certificates").json()["items"]) == 1


def test_studies_and_qualifications_are_entered_on_the_page(client: TestClient) -> None:
    dates = {"done": "2026-01-05", "due": "2027-01-05", **SIGNED}
    study = {
        "what": "mapping",
        "place": "fridge-1",
        "number": "M-1",
        "load": "full",
        "warmest": "door",
        "coldest": "fan",
    }
    study |= {"conclusion": "load probe in the middle", **dates}
    box = {"what": "qualification", "box": "box-1", "number": "Q-1", "profile": "cn-rbc", "lasts_minutes": "330"}
    box |= {"conclusion": "two packs", **dates}
    paper = {"what": "certificate", "serial": "s-1", "number": "C-9", "lab": "L", "points": "4.0 +0.12 -\n22 -0.9 0"}
    paper |= {"tolerance": "0.5", **dates}
    for form in (study, box, paper):
        sent = client.post("/register", data=form, headers=OURS, follow_redirects=False)
        assert (sent.status_code, sent.headers.get("location")) == (303, "/register"), words(sent.text)
    page = words(client.get("/register?lang=en").text)
    for part in ("load probe in the middle", "two packs", "330", "4.0: 0.12 / -", "2027-01-05"):
        assert part in page
    assert due(client)["box-1"]["number"] == "Q-1"
    for wrong in ({"done": "yesterday"}, {"points": "4.0"}, {"what": "tea"}):
        refused = client.post("/register?lang=en", data=paper | {"number": "C-10"} | wrong, headers=OURS)
        assert (refused.status_code, "Not entered" in words(refused.text)) == (409, True)
    other = client.post("/register", data=box | {"box": "fridge-1", "number": "Q-2"}, headers=OURS)
    assert other.status_code == 409


def test_a_box_overdue_for_one_profile_is_not_hidden_by_another(client: TestClient) -> None:
    before = client.get("/api/register").json()["overdue"]
    body = {"box": "box-1", "lasts_minutes": 330, "conclusion": "two packs", **SIGNED}
    for number, profile, done_ms in (("Q-1", "cn-ffp", NOW - 400 * DAY), ("Q-2", "cn-rbc", NOW - DAY)):
        paper = {"number": number, "profile": profile, "done_ms": done_ms, "due_ms": done_ms + 365 * DAY}
        assert client.post("/api/qualifications", json=body | paper).status_code == 201
    told = client.get("/api/register").json()
    boxes = {tuple(one["where"]): one["number"] for one in told["due"] if one["subject"] == "box-1"}
    assert boxes == {("cn-ffp",): "Q-1", ("cn-rbc",): "Q-2"}
    assert told["overdue"] == before, "it had no paper before; one of two is overdue now"
    for lang, late in (("en", "overdue"), ("zh", "已逾期")):
        page = words(client.get(f"/register?lang={lang}").text)
        (row,) = re.findall(r"· cn-ffp Q-1 .*?" + late, page)
        assert "cn-rbc" not in row
