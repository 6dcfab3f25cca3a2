"""Rounds, crates, tags, the register, retention, alarms, gateways and what is kept aside, as they were known then."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from msgspec.structs import replace
from support.console import PipelineRecorder, console_app
from support.hand_clock import HandClock
from support.intake import END, GATEWAY, HOUR, PLACE, START, pipeline_on, sample, send
from support.memory_store import MemoryStore
from support.retention import CONFIRM, NOW, Centre, centre_on
from support.store_words import EPC
from support.two_times import EXPORT, KNOWN, LATE, MINUTE, PROBE, SERIAL, first, keep_aside, later, note

from coldchain.entries import EntryKind
from coldchain.ports import Store
from coldchain.proof import Checkpoint
from coldchain.retention import SetRetention
from coldchain.server_settings import Changed, SettingsChange
from ingest.pipeline import Pipeline
from stores.sqlite import open_store

HEARD = f"from_ms={START}&to_ms={START + 10 * MINUTE}"
VIEWS = [
    "/api/rounds",
    f"/api/places/{PLACE}/rounds",
    "/api/receipts",
    "/api/receipts/receipt-1",
    f"/api/tags/{EPC}",
    f"/api/tags/{EPC}/heard?{HEARD}",
    "/api/tag-conflicts",
    f"/api/strays?{HEARD}",
    "/api/tags/unbound",
    "/api/manifests",
    "/api/manifests/list-1",
    "/api/identify?text=01607260297",
    "/api/register",
    f"/api/serials/{SERIAL}",
    f"/api/serials/{SERIAL}/certificates",
    f"/api/serials/{SERIAL}/look-back?number=C-1",
    f"/api/calibrations/{SERIAL}",
    "/api/capacities",
    f"/api/places/{PLACE}/probes",
    f"/api/probes/{PROBE}/warmed?began_ms={END - 5 * MINUTE}",
    "/api/retention",
    "/api/receptions",
    "/api/receive/refusals",
    "/api/exports",
    f"/api/exports/{EXPORT}",
    "/api/alarm-quality?days=2",
    "/api/grafana/alerts",
    "/api/claims",
    f"/api/gateways/{GATEWAY}/keys",
    f"/api/gateways/{GATEWAY}/commands",
    "/api/security-events",
    "/api/quarantine",
    "/api/refused",
]
SAME_NOW = {f"/api/exports/{EXPORT}"}  # an export never changes; what covers it does, and has a test of its own
BESIDE = {"/api/rounds": ["settings"], "/api/quarantine": ["kept-aside"], "/api/refused": ["kept-aside"]}
ASIDE = ("/api/quarantine", "/api/refused")


@pytest.fixture(params=["memory", "sqlite"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    opened: Store = MemoryStore() if request.param == "memory" else open_store(tmp_path / "hot.sqlite")
    yield opened
    opened.close()


def read(pipeline: Pipeline, from_minute: int, celsius: int, received_ms: int) -> None:
    """Send readings of five minutes before END, from so many minutes before it on."""
    times = [END - (from_minute - n) * MINUTE for n in range(5)]
    samples = [sample(at_ms // MINUTE, at_ms, celsius * 1_000_000 + n) for n, at_ms in enumerate(times)]
    send(pipeline, samples, mark_ms=START, sent_ms=received_ms)


@pytest.fixture
def pipeline(store: Store) -> Pipeline:
    """What was known at KNOWN."""
    made = pipeline_on(store)
    note(store, first(), END)
    keep_aside(store, 1, END)
    read(made, 12, 4, END)
    return made


def what_came_later(store: Store, pipeline: Pipeline) -> None:
    note(store, later(), LATE)
    keep_aside(store, 2, LATE)
    read(pipeline, 4, 9, LATE)


def client_at(store: Store, pipeline: Pipeline, now_ms: int) -> TestClient:
    clock = HandClock(now_ms)
    app = console_app(store, recorder=PipelineRecorder(pipeline, clock), clock=clock)
    return TestClient(app, base_url="http://127.0.0.1")


def answers(client: TestClient, as_known: str = "") -> dict[str, Any]:
    found = {}
    for view in VIEWS:
        answer = client.get(f"{view}{'&' if '?' in view else '?'}{as_known}")
        assert answer.status_code == 200, (view, answer.text)
        found[view] = answer.json()
    return found


def test_no_view_as_known_then_knows_what_came_later(store: Store, pipeline: Pipeline) -> None:
    before = answers(client_at(store, pipeline, KNOWN))
    what_came_later(store, pipeline)
    client = client_at(store, pipeline, LATE)
    now, then = answers(client), answers(client, f"as_known_ms={KNOWN}")
    assert {view for view in VIEWS if now[view] == before[view]} == SAME_NOW
    assert {view: then[view].pop("not_recorded") for view in VIEWS if then[view]["not_recorded"]} == BESIDE
    assert {then[view].pop("as_known_ms") for view in VIEWS} == {KNOWN}
    assert {before[view].pop("as_known_ms") for view in VIEWS} == {None}
    assert (then["/api/rounds"].pop("hours"), before["/api/rounds"].pop("hours")) == (None, 12)
    assert {view: then[view] for view in VIEWS if {**then[view], "not_recorded": []} != before[view]} == {}
    latest = answers(client, f"as_known_ms={LATE}")["/api/register"]
    assert {**latest, "as_known_ms": None} == now["/api/register"]


def test_how_often_displays_were_read_then_is_told_by_the_settings_that_the_record_has(
    store: Store, pipeline: Pipeline
) -> None:
    for at_ms, was, hours in ((KNOWN - 1, None, "8"), (LATE, "8", "24")):
        changed = (Changed(key="rounds.hours", was=was, now=hours),)
        note(store, [(EntryKind.SERVER_SETTINGS, SettingsChange(at_ms=at_ms, version="1", changed=changed))], at_ms)
    then = client_at(store, pipeline, LATE).get(f"/api/rounds?as_known_ms={KNOWN}").json()
    (due,) = [one["due_ms"] for one in then["items"]]
    assert (then["hours"], then["not_recorded"], due) == (8, [], START + 9 * HOUR)


def test_what_was_not_there_then_is_missing(store: Store, pipeline: Pipeline) -> None:
    what_came_later(store, pipeline)
    client = client_at(store, pipeline, LATE)
    gone = ["/api/manifests/list-2", f"/api/exports/{'f' * 16}", "/api/receive/refusals/rows-2/csv", "/api/serials/s-2"]
    for path in gone:
        assert client.get(path).status_code == 200, path
        assert client.get(f"{path}?as_known_ms={KNOWN}").status_code == 404, path
    assert client.get(f"/api/serials/{SERIAL}/look-back?number=C-2&as_known_ms={KNOWN}").status_code == 404
    rows = client.get(f"/api/receive/refusals/rows-1/csv?as_known_ms={KNOWN}")
    assert rows.content == client.get("/api/receive/refusals/rows-1/csv").content


def test_a_time_to_come_is_refused_by_every_view(store: Store, pipeline: Pipeline) -> None:
    client = client_at(store, pipeline, KNOWN)
    for view in VIEWS:
        refused = client.get(f"{view}{'&' if '?' in view else '?'}as_known_ms={KNOWN + 1}")
        assert (refused.status_code, "lies in the future" in refused.json()["detail"]) == (422, True), view


def test_a_page_of_what_is_kept_aside_goes_on_as_known_then(store: Store, pipeline: Pipeline) -> None:
    for nth in (2, 3, 4):
        keep_aside(store, nth, END)
    what_came_later(store, pipeline)
    client = client_at(store, pipeline, LATE)
    for path in ASIDE:
        page = client.get(f"{path}?limit=2&as_known_ms={KNOWN}").json()
        rest = client.get(f"{path}?limit=2&after={page['next']}&as_known_ms={KNOWN}").json()
        left = 2 if path == "/api/quarantine" else 1  # a payload that came again later is forgotten as it was then
        assert (len(page["items"]), len(rest["items"]), rest["next"]) == (2, left, None)


def test_a_checkpoint_that_was_signed_later_covered_nothing_then(store: Store, pipeline: Pipeline) -> None:
    with store.reading() as session:
        entries = session.ledger.entries(0, 1_000)
    signed = Checkpoint(size=len(entries), root=b"r" * 32, at_ms=LATE - 1, key="k", note=b"n")
    with store.writing() as session:
        session.proofs.add([], signed)
    client = client_at(store, pipeline, LATE)
    covered = {
        known_ms: client.get(f"/api/exports/{EXPORT}?as_known_ms={known_ms}").json()["checkpoint"]
        for known_ms in (KNOWN, LATE - 1)
    }
    assert covered[KNOWN] is None
    assert (covered[LATE - 1] or {}).get("at_ms") == LATE - 1


@pytest.fixture
def centre(store: Store) -> Centre:
    return centre_on(store)


def retention(centre: Centre, now_ms: int, known_ms: int | None = None) -> Any:
    clock = HandClock(now_ms)
    app = console_app(centre.store, recorder=PipelineRecorder(centre.pipeline, clock), clock=clock)
    asked = {} if known_ms is None else {"as_known_ms": known_ms}
    found = TestClient(app, base_url="http://127.0.0.1").get("/api/retention", params=asked).json()
    assert found.pop("as_known_ms") == known_ms
    return found


def test_what_was_past_its_time_then_is_told_though_it_was_removed_since(centre: Centre) -> None:
    before = retention(centre, NOW + 5)
    assert before["past"]
    proposed = centre.propose(now_ms=NOW + 10)
    waiting = retention(centre, NOW + 15)
    centre.record(replace(CONFIRM, sha256=proposed.sha256, at_ms=NOW + 20), NOW + 20)
    assert centre.pipeline.dispose(NOW + 30) == 3
    now = retention(centre, NOW + 40)
    assert (now["past"], now["disposals"][0]["state"]) == ([], "removed")
    assert retention(centre, NOW + 40, NOW + 5) == before
    assert retention(centre, NOW + 40, NOW + 15) == waiting
    assert retention(centre, NOW + 40, NOW + 35)["past"] == []


def test_a_period_that_was_set_later_did_not_hold_then(centre: Centre) -> None:
    before = retention(centre, NOW + 5)
    signed = {"name": "a", "post": "b", "actor": "c"}
    longer = SetRetention(what="readings", profile="", years=30, source="house", at_ms=NOW + 10, **signed)  # type: ignore[arg-type]
    centre.record(longer, NOW + 10)
    assert retention(centre, NOW + 20)["past"] == []
    assert retention(centre, NOW + 20, NOW + 5) == before
