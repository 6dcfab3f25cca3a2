"""What people work from, as it was known: units, stock, tasks, the urgent list, the issuing system, evidence packs.

The golden answers are those of the running program at KNOWN; then more of everything is recorded.
"""

import json
import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from msgspec.structs import replace
from support.console import PipelineRecorder, console_app
from support.hand_clock import HandClock
from support.intake import PLACE, START, pipeline_on, sample, send
from support.lineage_story import bag
from support.memory_store import MemoryStore
from support.page_words import local
from support.pdf_text import pages_of, squeezed

from api.report_check import checked
from coldchain.lineage import RecallDonation
from coldchain.places import Place, Text
from coldchain.ports import Store
from coldchain.tasks import SetTaskRules
from coldchain.units import IssueUnit, PlaceUnit, RegisterUnit
from ingest.pipeline import Pipeline
from stores.postgres import open_postgres
from stores.sqlite import open_store

MINUTE = 60_000
HOUR = 60 * MINUTE
T = START + 2 * HOUR
AFTER = START + 70 * MINUTE
KNOWN, LATE = T + 2_000, T + 3 * MINUTE + 2_000
SIGNED = {"name": "王敏", "post": "quality manager"}
RED = "悬浮红细胞 2U"
TOLD = ("as_known_ms", "not_recorded")
PICKS = f"site=storage-1&component={RED}&blood_group=O%2B"
VIEWS = [
    "/api/units",
    "/api/stock",
    f"/api/stock/picks?{PICKS}",
    "/api/tasks",
    "/api/tasks/{task}",
    "/api/urgent",
    "/api/issuing/changes",
    "/api/issuing/answer?scan=r",
    "/api/place-uses",
    "/api/capacities",
    "/api/identify?text=s",
    f"/api/places/{PLACE}/probes",
    "/api/units/p/evidence-pack",
    "/api/exports",
]
RESTS_BESIDE = {"/api/stock", f"/api/stock/picks?{PICKS}", "/api/issuing/answer?scan=r"}
PAGES = [
    "/",
    f"/places/{PLACE}",
    f"/places/{PLACE}/who",
    "/units/p",
    "/units/p/custody",
    "/units?q={number}",
    "/stock",
    f"/stock/picks?{PICKS}",
    "/tasks",
    "/urgent",
    "/issuing",
    "/findings",
    "/findings/{finding}",
    "/decisions",
    "/recalls",
    "/recalls/r-1",
]


@pytest.fixture(params=["memory", "sqlite", "postgres"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    opened: Store = MemoryStore()
    if request.param == "sqlite":
        opened = open_store(tmp_path / "hot.sqlite")
    elif request.param == "postgres":
        opened = open_postgres(request.getfixturevalue("postgres_url"))
    yield opened
    opened.close()


def minutes(pipeline: Pipeline, first: int, count: int, warm: range = range(0)) -> None:
    """Send a reading of both probes for each minute, all at once after the last."""
    facts = [
        sample(2 * n + of, START + n * MINUTE, 9_000_000 if n in warm else 4_000_000, f"fridge-1-{role}")
        for n in range(first, first + count)
        for of, role in enumerate(("load", "air"), 1)
    ]
    end_ms = START + (first + count) * MINUTE
    send(pipeline, facts, mark_ms=end_ms - 1, sent_ms=end_ms)


def register(pipeline: Pipeline, name: str, nth: int, now_ms: int) -> None:
    label: dict[str, Any] = {"component": RED, "blood_group": "O+", "expires_ms": START + 20 * 24 * HOUR + nth}
    pipeline.record(RegisterUnit(unit=replace(bag(name, "local", nth), **label), actor="t"), now_ms)


@pytest.fixture
def pipeline(store: Store) -> Pipeline:
    """Bags p and q were inside while it was too warm, q was handed out, r came in later: known at KNOWN."""
    made = pipeline_on(store, START)
    shown = Text(zh="储血冰箱 2", en="Blood fridge 2")  # without a reader: whoever was scanned into it is inside
    made.set_up([Place(id="fridge-2", site="storage-1", name=shown, profile="cn-rbc", profile_version=1)], START)
    made.record(SetTaskRules(issuing=True, at_ms=START, actor="t", name="王敏", post="quality manager"), START)
    for nth, name in enumerate("pqr", 1):
        register(made, name, nth, START)
    for name in "pq":
        made.record(PlaceUnit(unit=name, place=PLACE, at_ms=START, actor="t"), START)
    minutes(made, 0, 60, range(20, 40))
    made.record(IssueUnit(unit="q", to="ward 1", at_ms=START + 50 * MINUTE, actor="t"), START + HOUR)
    made.record(PlaceUnit(unit="r", place="fridge-2", at_ms=AFTER, actor="t", scanned=True), AFTER + MINUTE)
    minutes(made, 60, 60)
    made.record(RecallDonation(id="r-1", reason="b", at_ms=T, unit="p", actor="t", **SIGNED), T)
    return made


def client_at(store: Store, pipeline: Pipeline, now_ms: int) -> TestClient:
    clock = HandClock(now_ms)
    app = console_app(store, recorder=PipelineRecorder(pipeline, clock), clock=clock)
    return TestClient(app, base_url="http://127.0.0.1", headers={"Origin": "http://127.0.0.1"})


def named(client: TestClient) -> dict[str, str]:
    """Return the names that the views ask for, by what they are."""
    task = next(one["task"] for one in client.get("/api/tasks").json()["items"] if one["task"]["kind"] == "isolate")
    finding = client.get("/api/findings").json()["items"][0]["finding"]["id"]
    number = client.get("/api/units/p").json()["unit"]["donation_number"]
    return {"task": task["id"], "finding": finding, "number": number}


def answers(client: TestClient, names: dict[str, str], as_known: str = "") -> dict[str, Any]:
    found = {}
    for view in VIEWS:
        path = view.format(**names)
        answer = client.get(f"{path}{'&' if '?' in path else '?'}{as_known}")
        assert answer.status_code == 200, (view, answer.text)
        found[view] = answer.json()
    return found


def plain(view: str, answer: dict[str, Any]) -> Any:
    """Return an answer without what it says of itself, to be compared with one of another instant."""
    if "pack" in answer:
        answer = {**answer["pack"], "report": {k: v for k, v in answer["pack"]["report"].items() if k not in TOLD}}
    return {name: value for name, value in answer.items() if name not in TOLD}


def undated(view: str, answer: dict[str, Any]) -> Any:
    return re.sub(r'"(as_of|to|from)_ms": \d+', "", json.dumps(plain(view, answer), sort_keys=True))


def post(client: TestClient, path: str, **said: Any) -> None:
    answer = client.post(path, json={"at_ms": LATE, **SIGNED, **said})
    assert answer.status_code == 201, (path, answer.text)


def what_came_later(pipeline: Pipeline, client: TestClient, names: dict[str, str]) -> None:
    """Record more of everything."""
    minutes(pipeline, 120, 3)
    register(pipeline, "s", 4, LATE)
    pipeline.record(PlaceUnit(unit="s", place=PLACE, at_ms=LATE, actor="t"), LATE)
    pipeline.record(PlaceUnit(unit="r", place=None, at_ms=LATE, actor="t"), LATE)
    pipeline.record(IssueUnit(unit="r", to="ward 2", at_ms=LATE, actor="t"), LATE)
    line = client.get("/api/urgent").json()["items"][0]["line"]
    post(client, "/api/urgent/q/calls", line=line, called="ward 1", answer="comes back")
    number = client.get("/api/issuing/changes").json()["items"][0]["number"]
    receipt = client.post("/api/issuing/receipts", json={"changes": [number], "receipt": "7", "system": "his"})
    assert receipt.status_code == 201, receipt.text
    post(client, f"/api/places/{PLACE}/use", use="rescue")
    post(client, f"/api/places/{PLACE}/capacity", slots=40)
    levels = {"blue": 9, "yellow": 8, "orange": 7, "red": 6}
    post(client, "/api/stock-levels", site="storage-1", component=RED, blood_group="O+", **levels)
    post(client, f"/api/tasks/{names['task']}/ticks", scan="p")
    post(
        client,
        "/api/work",
        kind="under-check",
        place=PLACE,
        probe="fridge-1-air",
        begins=True,
        until_ms=LATE + HOUR,
        reason="b",
    )
    pipeline.record(RecallDonation(id="r-2", reason="b", at_ms=LATE, unit="r", actor="t", **SIGNED), LATE)


def test_no_view_as_known_then_knows_what_came_later(store: Store, pipeline: Pipeline) -> None:
    first = client_at(store, pipeline, KNOWN)
    names = named(first)
    before = answers(first, names)
    later = client_at(store, pipeline, LATE)
    what_came_later(pipeline, later, names)
    now, then = answers(later, names), answers(later, names, f"as_known_ms={KNOWN}")
    assert {view: plain(view, then[view]) for view in VIEWS} == {view: plain(view, before[view]) for view in VIEWS}
    assert [view for view in VIEWS if undated(view, now[view]) == undated(view, before[view])] == []


def test_every_answer_says_that_it_is_as_known_and_on_what_it_rests_beside(store: Store, pipeline: Pipeline) -> None:
    client = client_at(store, pipeline, LATE)
    names = named(client)
    now, then = answers(client, names), answers(client, names, f"as_known_ms={KNOWN}")
    told = {view: answer.get("pack", answer) for view, answer in then.items()}
    assert {answer["as_known_ms"] for answer in told.values()} == {KNOWN}
    beside = {view for view, answer in told.items() if answer.get("not_recorded")}
    assert beside == RESTS_BESIDE | {"/api/units/p/evidence-pack"}
    assert then["/api/stock"]["not_recorded"] == ["marks", "judging"]
    assert {answer.get("as_known_ms") for answer in now.values()} == {None}


@pytest.mark.parametrize("wrong_ms", [LATE + 1, START - 1])
def test_a_time_that_the_record_does_not_reach_is_refused(store: Store, pipeline: Pipeline, wrong_ms: int) -> None:
    client = client_at(store, pipeline, LATE)
    for view in VIEWS:
        path = view.format(**named(client))
        answer = client.get(f"{path}{'&' if '?' in path else '?'}as_known_ms={wrong_ms}")
        assert answer.status_code == 422, view
        assert "as_known_ms" in answer.json()["detail"]
        assert "as-known-ms" not in answer.headers


def test_a_pack_as_known_is_checked_like_any_and_its_pages_say_so(store: Store, pipeline: Pipeline) -> None:
    client = client_at(store, pipeline, LATE)
    path = "/api/units/p/evidence-pack"
    data, pages = (client.get(f"{path}{end}?lang=en&as_known_ms={KNOWN}").content for end in (".json", ".pdf"))
    assert json.loads(data)["pack"]["report"]["as_known_ms"] == KNOWN
    told, printed = checked(data), checked(pages)
    assert (told.code, printed.pages) == (printed.code, True)
    assert squeezed("THE PAST, not how it stands now") in squeezed(pages_of(pages)[0])
    export = client.get(f"/api/exports/{told.export}").json()["export"]
    assert export["as_known_seq"] == json.loads(data)["as_known_seq"]
    now = client.get(f"{path}.json").content
    assert b"as_known_ms" not in now, "a pack of now is spelled as ever"
    assert b"not_recorded" not in now


def pages(client: TestClient, names: dict[str, str], asked: str) -> dict[str, str]:
    found = {}
    for page in PAGES:
        path = page.format(**names)
        answer = client.get(f"{path}{'&' if '?' in path else '?'}{asked}")
        assert answer.status_code == 200, (page, answer.text)
        found[page] = answer.text
    return found


def told_on(html: str) -> list[str]:
    """Return the cells, items, values and headings of a page, without what somebody could do there."""
    main = html.split("<main", 1)[1]
    acting = (
        r"<form\b.*?</form>|<noscript>.*?</noscript>|<details><summary>.*?</details>"
        r"|<h2>(Recall a donation|召回一次献血)</h2>"
        r'|<p class="(quiet|past-banner|notice past-note)".*?</p>'
        r'|<a [^>]*/(decide|act|rounds|commission|work|code)(\?[^"]*)?".*?</a>'
        r"|<tr><td[^>]*><div>(gateway|网关).*?</tr>"  # when it was heard is not recorded
    )
    parts = re.findall(r"<(td|li|dd|h2|p)\b[^>]*>(.*?)</\1>", re.sub(acting, "", main, flags=re.DOTALL), re.DOTALL)
    told = [" ".join(unescape(re.sub(r"<[^>]*>", " ", part)).split()).strip(" ·") for _, part in parts]
    return [text for text in told if text]


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_page_of_the_past_shows_what_it_showed_then(store: Store, pipeline: Pipeline, lang: str) -> None:
    first = client_at(store, pipeline, KNOWN // 1_000 * 1_000)
    names = named(first)
    before = pages(first, names, f"lang={lang}")
    later = client_at(store, pipeline, LATE)
    what_came_later(pipeline, later, names)
    then = pages(later, names, f"lang={lang}&as_known={local(KNOWN)}")
    assert {page: told_on(then[page]) for page in PAGES} == {page: told_on(before[page]) for page in PAGES}
    assert all("past-banner" in then[page] and "past-banner" not in before[page] for page in PAGES)
