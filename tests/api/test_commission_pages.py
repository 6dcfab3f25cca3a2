"""The pages at the fridge: confirming a probe, work states, and that the overview says so in words."""

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
from support.storage_point import POINT, batch

from coldchain.facts import Fact, Sample
from coldchain.places import Probe

BASE_URL = "http://127.0.0.1"
OURS = {"Origin": BASE_URL}
SIGNED = {"name": "Li Hua", "post": "technician"}
BEGAN = NOW - 3 * MINUTE - 10_000


@pytest.fixture
def client() -> TestClient:
    """Fridge 2 has another load probe since four minutes, and somebody warms it by hand."""
    store = MemoryStore()
    pipeline = story(store, "calm")
    probe = next(one for one in registry() if isinstance(one, Probe) and one.id == "fridge-2-load")
    for n, serial in enumerate(("s-1", "s-2")):
        pipeline.set_up([replace(probe, serial=serial, line="bus 1")], NOW - (5 - n) * MINUTE, commissioning=True)
    facts: list[Fact] = []
    for n in range(12):
        for number, name in enumerate(("fridge-2-load", "fridge-2-air", "fridge-1-load")):
            risen = 700_000 * max(0, n - 3) if name == "fridge-2-load" else 0
            at_ms, seq = NOW - 4 * MINUTE + n * 20_000, 5_000_000 + 3 * n + number
            facts.append(Sample(seq=seq, origin=name, taken_ms=at_ms, boottime_ms=seq, micro_celsius=4_000_000 + risen))
    pipeline.process([batch(POINT, facts, sent_ms=NOW)], NOW)
    clock = HandClock(NOW)
    return TestClient(console_app(store, recorder=PipelineRecorder(pipeline, clock), clock=clock), base_url=BASE_URL)


def page(client: TestClient, path: str, status: int = 200) -> str:
    response = client.get(path)
    assert response.status_code == status
    return words(response.text)


def post(client: TestClient, path: str, form: dict[str, Any], headers: dict[str, str] | None = None) -> Any:
    return client.post(path, data=form, headers=OURS if headers is None else headers, follow_redirects=False)


def test_a_probe_that_nobody_confirmed_is_said_to_be_so_everywhere(client: TestClient) -> None:
    assert "储血冰箱 2：未确认，读数不作数" in page(client, "/?lang=zh")
    en = page(client, "/places/fridge-2?lang=en")
    assert "not confirmed: its readings do not count" in en
    assert "1 earlier position" in en
    assert "by registration, not at the fridge" in en
    standing = client.get("/api/places/fridge-2/standing").json()
    assert standing["state"] == "not-confirmed"
    shown = client.get("/api/places/fridge-2/probes").json()["probes"][0]
    assert (shown["uncounted"], shown["position"]["serial"], shown["confirmed"]) == ("not-confirmed", "s-2", None)


def test_a_probe_whose_device_numbers_nothing_says_that_its_losses_cannot_be_counted() -> None:
    store = MemoryStore()
    pipeline = story(store, "calm")
    client = TestClient(console_app(store, clock=HandClock(NOW)), base_url=BASE_URL)
    assert "its losses cannot be counted" not in page(client, "/places/fridge-2?lang=en")
    probe = next(one for one in registry() if isinstance(one, Probe) and one.id == "fridge-2-air")
    pipeline.set_up([replace(probe, unsequenced=True)], NOW)
    en = page(client, "/places/fridge-2?lang=en")
    assert re.search(r"air probe fridge-2-air\s+its losses cannot be counted", en)
    assert en.count("its losses cannot be counted") == 1
    assert "丢失无法计数" in page(client, "/places/fridge-2?lang=zh")


def test_the_channel_that_moved_is_named_and_a_person_signs(client: TestClient) -> None:
    begun = post(client, "/places/fridge-2/commission", {"probe": "fridge-2-load"})
    assert begun.headers["location"] == f"/places/fridge-2/commission?probe=fridge-2-load&began_ms={NOW}"
    path = f"/places/fridge-2/commission?probe=fridge-2-load&began_ms={BEGAN}"
    assert "It is fridge-2-load that moved: this one." in page(client, f"{path}&lang=en")
    assert client.get(f"/api/probes/fridge-2-load/warmed?began_ms={BEGAN}").json()["moved"] == "fridge-2-load"
    form = {"probe": "fridge-2-load", "began_ms": str(BEGAN), **SIGNED}
    signed = post(client, "/places/fridge-2/commission", form)
    assert (signed.status_code, signed.headers["location"]) == (303, "/places/fridge-2#live-hang")
    shown = page(client, "/places/fridge-2?lang=en")
    assert "Li Hua (technician), 2026-03-12 09:30:00" in shown
    assert "probe under check" in shown, "it is still warm from the hand"


def test_another_probe_than_the_one_in_the_hand_is_not_confirmed(client: TestClient) -> None:
    form = {"probe": "fridge-2-air", "began_ms": str(BEGAN), **SIGNED}
    refused = post(client, "/places/fridge-2/commission?lang=zh", form)
    assert refused.status_code == 409
    assert "动的是 fridge-2-load，不是要确认的这支：探头可能接反" in words(refused.text)
    early = {"probe": "fridge-2-load", "began_ms": str(NOW - 1), **SIGNED}
    assert "没有记录" in words(post(client, "/places/fridge-2/commission?lang=zh", early).text)
    asked = client.post(
        "/api/commissionings", json={"probe": "fridge-2-air", "began_ms": BEGAN, "at_ms": NOW, **SIGNED}
    )
    assert (asked.status_code, "it was probe fridge-2-load" in asked.json()["detail"]) == (409, True)


def test_a_check_begins_and_ends_with_reason_signature_and_planned_end(client: TestClient) -> None:
    form = {
        "kind": "under-check",
        "probe": "fridge-1-load",
        "begins": "1",
        "hours": "2",
        "reason": "ice bath",
        **SIGNED,
    }
    assert post(client, "/places/fridge-1/work", form).status_code == 303
    assert client.get("/api/places/fridge-1/standing").json()["state"] == "under-check"
    shown = page(client, "/places/fridge-1/work?lang=en")
    assert "fridge-1-load under check" in shown
    assert "because: ice bath; Li Hua (technician)" in shown
    assert "2026-03-12 11:30:00" in shown
    (work,) = client.get("/api/places/fridge-1/probes").json()["work"]
    body = {"kind": "under-check", "place": "fridge-1", "probe": "fridge-1-load", "begins": False, "at_ms": NOW + 1}
    ended = client.post("/api/work", json={**body, "reason": "done", **SIGNED})
    assert (work["name"], ended.status_code) == ("Li Hua", 201)


def test_a_place_with_blood_inside_does_not_go_out_of_use(client: TestClient) -> None:
    assert "32 units inside, or possibly" in page(client, "/places/fridge-1/work?lang=en")
    form = {"kind": "out-of-use", "begins": "1", "hours": "2", "reason": "cleaning", "counted_empty": "1", **SIGNED}
    refused = post(client, "/places/fridge-1/work?lang=en", form)
    assert refused.status_code == 409
    assert "32 units are, or may be, in place fridge-1" in words(refused.text)
    unsigned = post(client, "/places/fridge-1/work?lang=en", {**form, "kind": "holiday"})
    assert "none of under-check, out-of-use" in words(unsigned.text)


def test_a_form_of_another_page_is_not_taken(client: TestClient) -> None:
    form = {"kind": "under-check", "probe": "fridge-1-load", "begins": "1", "hours": "2", "reason": "x", **SIGNED}
    for headers in ({"Origin": "http://evil.example"}, {"Origin": "null"}, {}):
        assert post(client, "/places/fridge-1/work", form, headers).status_code == 409
    assert client.get("/api/places/fridge-1/probes").json()["work"] == []
    many = {"kind": "x" * 300, "begins": "1"}
    assert post(client, "/places/fridge-1/work", many).status_code == 409
    assert post(client, "/places/fridge-1/commission", {"probe": "p", "began_ms": "soon"}).status_code == 422


def test_the_history_of_an_instrument_follows_its_serial_number(client: TestClient) -> None:
    first = client.get("/api/serials/s-1").json()
    assert [one["probe"] for one in first["positions"]] == ["fridge-2-load"]
    assert first["to_ms"] == [NOW - 4 * MINUTE]
    assert client.get("/api/serials/s-2").json()["to_ms"] == [None]
    assert client.get("/api/serials/s-3").status_code == 404
    assert page(client, "/places/attic/commission", 404)
    assert page(client, "/places/attic/work", 404)
    assert client.get("/api/probes/nobody/warmed?began_ms=1").status_code == 404
