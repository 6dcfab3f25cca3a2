"""Calibration offsets through the endpoints: recorded, listed, and said beside the values that they changed."""

from fastapi.testclient import TestClient
from support import store_words as words
from support.memory_store import MemoryStore
from support.story import BEGIN_MS, HOUR_MS

from coldchain.entries import EntryKind

OFFSET = {
    "serial": "s-load",
    "from_ms": BEGIN_MS + HOUR_MS,
    "offset_micro_celsius": -150_000,
    "certificate": "C-77",
    "name": "李明",
    "post": "设备管理",
}
PAPER = {
    "serial": "s-load",
    "number": "C-77",
    "lab": "CNAS L0000",
    "calibrated_ms": BEGIN_MS,
    "due_ms": BEGIN_MS + 365 * 24 * HOUR_MS,
    "points": [{"at": "4.0", "as_found": "0.15"}],
    "tolerance": "0.5",
    "name": "李明",
    "post": "设备管理",
}
PATH = f"/api/probes/fridge-1-load/readings?from_ms={BEGIN_MS}&to_ms={BEGIN_MS + 2 * HOUR_MS}"


def test_an_offset_is_recorded_listed_and_refused_if_it_is_nonsense(client: TestClient) -> None:
    refused = client.post("/api/calibrations", json=OFFSET)
    assert refused.status_code == 404
    assert "not in the register" in refused.text
    assert client.post("/api/certificates", json=PAPER).status_code == 201
    assert client.post("/api/calibrations", json=OFFSET).status_code == 201
    assert client.post("/api/calibrations", json=OFFSET).status_code == 201
    listed = client.get("/api/calibrations/s-load").json()["items"]
    assert [(one["version"], one["offset_micro_celsius"], one["certificate"]) for one in listed] == [
        (1, -150_000, "C-77")
    ]
    assert client.post("/api/calibrations", json=OFFSET | {"offset_micro_celsius": 9_000_000}).status_code == 422


def test_corrected_readings_say_what_was_applied_and_raw_ones_that_nothing_was(
    client: TestClient, store: MemoryStore
) -> None:
    hung = words.position(BEGIN_MS, probe="fridge-1-load", place="fridge-1", serial="s-load")
    with store.writing() as session:
        session.ledger.append([words.draft(EntryKind.POSITION, hung)], BEGIN_MS)
    raw = client.get(PATH).json()
    assert raw["calibration"] == []
    client.post("/api/certificates", json=PAPER)
    client.post("/api/calibrations", json=OFFSET)
    found = client.get(PATH + "&corrected=true").json()
    late = [ms >= BEGIN_MS + HOUR_MS for ms in raw["taken_ms"]]
    assert any(late)
    assert not all(late)
    assert found["micro_celsius"] == [
        value - 150_000 if moved else value for value, moved in zip(raw["micro_celsius"], late, strict=True)
    ]
    assert [(one["from_ms"], one["offset_micro_celsius"], one["certificate"]) for one in found["calibration"]] == [
        (BEGIN_MS, 0, ""),
        (BEGIN_MS + HOUR_MS, -150_000, "C-77"),
    ]
    assert client.get(PATH).json() == raw


def test_the_register_says_that_findings_are_judged_on_raw_values(client: TestClient) -> None:
    assert "local alarm judges raw values" in client.get("/register?lang=en").text
    assert "原始读数" in client.get("/register?lang=zh").text
