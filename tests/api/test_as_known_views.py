"""Every view of the record as it was known: histories, custody, findings, holds, decisions, recalls, alarms, limits."""

import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest
from fastapi.testclient import TestClient
from msgspec.structs import replace
from support import store_words as words
from support.console import PipelineRecorder, console_app
from support.hand_clock import HandClock
from support.histories import cn_rbc_toml
from support.intake import END, HOUR, PLACE, START, pipeline_on, sample, send
from support.lineage_story import bag
from support.memory_store import MemoryStore

from api.report_check import checked
from coldchain.alarms import Alarm, Severity, SubjectKind
from coldchain.entries import EntryKind
from coldchain.lineage import RecallDonation
from coldchain.ports import Store
from coldchain.profiles import PlaceProfile
from coldchain.units import PlaceUnit, RegisterUnit
from ingest.pipeline import Pipeline
from rules.profile import profile_record
from stores.sqlite import open_store

MINUTE, DAY = 60_000, 86_400_000
KNOWN, LATE = END + 1_000, END + 60_000
PERIOD = f"from={START}&to={END}"
SIGNED = {"name": "王敏", "post": "quality manager"}
HISTORIES = [f"/api/history/{path}" for path in (f"place/{PLACE}", "probe/fridge-1-load", "unit/p")]
VIEWS = [
    f"/api/places/{PLACE}",
    f"/api/places/{PLACE}/standing",
    f"/api/places/{PLACE}/trace?from_ms={START}&to_ms={END}",
    f"/api/probes/fridge-1-load/readings?from_ms={START}&to_ms={START + DAY}",
    "/api/standings",
    "/api/units/p/custody",
    "/api/units/p/evidence",
    "/api/units/p/decisions",
    "/api/units/p/trace",
    f"/api/places/{PLACE}/who?from_ms={START}&to_ms={END}",
    f"/api/places/{PLACE}/profile",
    "/api/findings",
    "/api/findings/{finding}",
    "/api/holds",
    "/api/decisions",
    "/api/recalls",
    "/api/recalls/r-1",
    "/api/alarms",
    "/api/alarms/newest",
    "/api/alarms/a-1",
    "/api/profiles",
]


@pytest.fixture(params=["memory", "sqlite"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    opened: Store = MemoryStore() if request.param == "memory" else open_store(tmp_path / "hot.sqlite")
    yield opened
    opened.close()


def warm(pipeline: Pipeline, first: int, count: int, now_ms: int) -> None:
    """Send an excursion of some minutes, first by this number."""
    at = [(first + n, START + HOUR + 2 * (first + n) * MINUTE) for n in range(count)]
    send(pipeline, [sample(1_000 + seq, ms, 7_000_000 + seq) for seq, ms in at], mark_ms=START, sent_ms=now_ms)


def alarm(version: int) -> Alarm:
    return Alarm(
        id="a-1",
        version=version,
        rule="A1",
        subject_kind=SubjectKind.PLACE,
        subject=PLACE,
        site="storage-1",
        place=PLACE,
        severity=Severity.HIGH,
        now=Severity.HIGH,
        since_ms=START + HOUR,
        raised_ms=START + HOUR,
        changed_ms=START + HOUR + version,
    )


def note(store: Store, kind: EntryKind, payload: msgspec.Struct, now_ms: int) -> None:
    with store.writing() as session:
        session.ledger.append([words.draft(kind, payload)], now_ms)


@pytest.fixture
def pipeline(store: Store) -> Pipeline:
    """Bag p was in the fridge while it was too warm, and was recalled: so it was known at KNOWN."""
    made = pipeline_on(store)
    made.record(RegisterUnit(unit=bag("p", "local", 1), actor="t"), END)
    made.record(PlaceUnit(unit="p", place=PLACE, at_ms=START, actor="t"), END)
    warm(made, 0, 6, END)
    made.record(RecallDonation(id="r-1", reason="b", at_ms=END, unit="p", actor="t", **SIGNED), END)
    note(store, EntryKind.ALARM, alarm(1), END)
    return made


def client_at(store: Store, pipeline: Pipeline, now_ms: int) -> TestClient:
    clock = HandClock(now_ms)
    app = console_app(store, recorder=PipelineRecorder(pipeline, clock), clock=clock)
    return TestClient(app, base_url="http://127.0.0.1")


def answers(client: TestClient, as_known: str = "") -> dict[str, Any]:
    finding = client.get("/api/findings").json()["items"][0]["finding"]["id"]
    found = {}
    for view in VIEWS:
        path = view.format(finding=finding)
        answer = client.get(f"{path}{'&' if '?' in path else '?'}{as_known}")
        assert answer.status_code == 200, (view, answer.text)
        found[view] = answer.json()
        known_ms, beside = found[view].pop("as_known_ms", None), found[view].pop("not_recorded", [])
        assert as_known == ("" if known_ms is None else f"as_known_ms={known_ms}"), view
        assert set(beside) <= {"marks", "judging"}
    return found


def what_came_later(store: Store, pipeline: Pipeline, client: TestClient) -> None:
    """Record more of everything: readings, a decision, a stay, a recall, an alarm's end, other limits."""
    seen = client.get("/api/units/p/evidence").json()
    said: dict[str, Any] = {"holds": [one["id"] for one in seen["holds"]], "decision": "keep", "at_ms": LATE}
    said |= {"evidence": seen["evidence"]["version"], "seen": seen["evidence"]["marks"], "reason": "b", **SIGNED}
    assert client.post("/api/units/p/decisions", json=said).status_code == 201
    warm(pipeline, 6, 20, LATE)
    pipeline.record(RegisterUnit(unit=bag("q", "local", 2), actor="t"), LATE)
    pipeline.record(PlaceUnit(unit="q", place=PLACE, at_ms=START, actor="t"), LATE)
    pipeline.record(PlaceUnit(unit="p", place=None, at_ms=END - HOUR, actor="t"), LATE)
    pipeline.record(RecallDonation(id="r-2", reason="b", at_ms=LATE, unit="q", actor="t", **SIGNED), LATE)
    note(store, EntryKind.ALARM, replace(alarm(2), cleared_ms=END), LATE)
    note(store, EntryKind.PROFILE, profile_record(cn_rbc_toml().replace(b"version = 1\n", b"version = 7\n")), LATE)
    kept = PlaceProfile(
        place=PLACE,
        profile="cn-rbc",
        version=7,
        from_ms=END,
        at_ms=END,
        second_name="a",
        second_post="b",
        reason="c",
        **SIGNED,
    )
    note(store, EntryKind.PLACE_PROFILE, kept, LATE)


def test_no_view_as_known_then_knows_what_came_later(store: Store, pipeline: Pipeline) -> None:
    before = answers(client_at(store, pipeline, KNOWN))
    later = client_at(store, pipeline, LATE)
    what_came_later(store, pipeline, later)
    now, then = answers(later), answers(later, f"as_known_ms={KNOWN}")
    assert {view: then[view] for view in VIEWS} == before
    assert [view for view in VIEWS if now[view] == before[view]] == []


@pytest.mark.parametrize("path", HISTORIES)
def test_a_report_as_known_then_is_that_of_then_and_says_so(store: Store, pipeline: Pipeline, path: str) -> None:
    before = client_at(store, pipeline, KNOWN).get(f"{path}?{PERIOD}").json()
    later = client_at(store, pipeline, LATE)
    what_came_later(store, pipeline, later)
    files = [later.get(f"{path}.{ending}?{PERIOD}&as_known_ms={KNOWN}").content for ending in ("json", "csv", "pdf")]
    then, now = msgspec.json.decode(files[0]), later.get(f"{path}?{PERIOD}").json()
    assert then["report"].pop("as_known_ms") == KNOWN
    assert then["report"] == before["report"]
    assert now["report"] != before["report"]
    assert then["as_known_seq"] < now["as_known_seq"]
    told = [checked(content) for content in files]
    assert len({one.code for one in told}) == 1
    assert told[2].pages is True
    assert later.get(f"/api/exports/{told[0].export}").json()["export"]["as_known_seq"] == then["as_known_seq"]
    for wrong in (LATE + 1, END - 1):
        assert later.get(f"{path}?{PERIOD}&as_known_ms={wrong}").status_code == 422


@pytest.mark.parametrize(("lang", "said"), [("en", "What the record knew at"), ("zh", "此后到达的读数")])
def test_the_page_of_a_history_says_that_it_is_of_what_was_known(
    store: Store, pipeline: Pipeline, lang: str, said: str
) -> None:
    later = client_at(store, pipeline, LATE)
    asked = f"/history?what=unit&id=p&{PERIOD}&lang={lang}"
    local = datetime.fromtimestamp(LATE // 1_000, ZoneInfo("Asia/Shanghai")).strftime("%Y-%m-%dT%H:%M:%S")
    then = later.get(f"{asked}&as_known={local}").text
    assert said in then
    assert f"as_known_ms={LATE}" in then
    assert said not in later.get(asked).text
    refused = {"en": "The record time was not taken", "zh": "未采用所填的记录时间"}[lang]
    assert refused in later.get(f"{asked}&as_known=soon").text


def test_the_page_of_a_finding_as_known_then_has_no_later_version(store: Store, pipeline: Pipeline) -> None:
    with store.reading() as session:
        (finding,) = session.records.findings()
    note(store, EntryKind.FINDING, replace(finding, version=finding.version + 1, peak_micro_celsius=9_000_000), LATE)
    later = client_at(store, pipeline, LATE)
    local = datetime.fromtimestamp(KNOWN // 1_000, ZoneInfo("Asia/Shanghai")).strftime("%Y-%m-%dT%H:%M:%S")
    pages = [later.get(f"/findings/{finding.id}?lang=en{more}").text for more in ("", f"&as_known={local}")]
    shown = [{int(n) for n in re.findall(r"\bversion (\d+)", page)} for page in pages]
    assert shown == [{finding.version, finding.version + 1}, {finding.version}]
