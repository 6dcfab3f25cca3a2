"""Retention on the page and over HTTP: what is due, what holds it, and a removal that two people sign."""

import msgspec
import pytest
from fastapi.testclient import TestClient
from msgspec.structs import replace
from support import store_words
from support.console import PipelineRecorder, console_app
from support.hand_clock import HandClock
from support.memory_store import MemoryStore
from support.page_words import words
from support.retention import CONFIRM, NOW, OLD, PROBE, Centre, centre_on

from api.report_pdf import report_html
from api.retention import utc_date
from api.wording import Language
from coldchain.blocks import DAY_MS
from coldchain.entries import EntryKind
from coldchain.reports import Issued

BASE_URL = "http://127.0.0.1"
OURS = {"Origin": BASE_URL}
FIRST = {"name": "李华", "post": "QA"}
SECOND = {"name": "王芳", "post": "director"}


@pytest.fixture
def centre() -> Centre:
    return centre_on(MemoryStore())


@pytest.fixture
def client(centre: Centre) -> TestClient:
    clock = HandClock(NOW)
    app = console_app(centre.store, recorder=PipelineRecorder(centre.pipeline, clock), clock=clock)
    return TestClient(app, base_url=BASE_URL)


def test_the_default_and_its_source_are_told_and_what_is_never_removed(client: TestClient) -> None:
    found = client.get("/api/retention").json()
    told = {one["what"]: one for one in found["policies"]}
    assert told["readings"]["years"] == told["unit-records"]["years"] == 10
    assert "21 CFR 606.160" in told["readings"]["source"]
    assert told["ledger"]["years"] is None
    assert [(one["probe"], one["from_day"], one["days"]) for one in found["past"]] == [
        ("fridge-1-air", OLD, 1),
        (PROBE, OLD, 2),
    ]


def test_two_people_remove_what_is_due_over_http(client: TestClient, centre: Centre) -> None:
    body = {"id": "d-1", "reason": "ten years have passed", "at_ms": NOW, **FIRST}
    assert client.post("/api/disposals", json=body).status_code == 201
    (proposed,) = client.get("/api/retention").json()["disposals"]
    assert (proposed["state"], proposed["blocks"], proposed["readings"]) == ("proposed", 3, 15)
    confirm = {"sha256": proposed["sha256"], "at_ms": NOW}
    alone = client.post("/api/disposals/d-1/confirm", json=confirm | FIRST)
    assert (alone.status_code, "another person" in alone.json()["detail"]) == (409, True)
    assert client.post("/api/disposals/d-1/confirm", json=confirm | SECOND).status_code == 201
    assert centre.pipeline.dispose(NOW) == 3
    found = client.get("/api/retention").json()
    assert (found["disposals"][0]["state"], found["past"]) == ("removed", [])


def test_a_hold_is_placed_and_ended_over_http(client: TestClient) -> None:
    body = {"id": "h-1", "scope": "place", "subject": "fridge-1", "reason": "court", "at_ms": NOW, **FIRST}
    assert client.post("/api/legal-holds", json=body).status_code == 201
    assert {one["held_by"] for one in client.get("/api/retention").json()["past"]} == {"legal-hold"}
    proposal = {"id": "d-1", "reason": "over", "at_ms": NOW, **FIRST}
    assert client.post("/api/disposals", json=proposal).status_code == 409
    ended = {"reason": "judged", "at_ms": NOW, **SECOND}
    assert client.post("/api/legal-holds/h-1/end", json=ended).status_code == 201
    assert {one["held_by"] for one in client.get("/api/retention").json()["past"]} == {""}


@pytest.mark.parametrize("years", [9, 101])
def test_a_period_is_never_shorter_than_the_law_allows(client: TestClient, years: int) -> None:
    body = {"what": "readings", "years": years, "source": "house rule", "at_ms": NOW, **FIRST}
    assert client.post("/api/retention/policies", json=body).status_code == 422
    assert client.post("/api/retention/policies", json=body | {"years": 30}).status_code == 201
    assert client.get("/api/retention").json()["past"] == []


def test_all_of_it_is_signed_on_the_page(client: TestClient, centre: Centre) -> None:
    def send(status: int, **form: str) -> str:
        sent = client.post("/retention?lang=en", data=form, headers=OURS, follow_redirects=False)
        assert sent.status_code == status, words(sent.text)
        return words(sent.text)

    page = words(client.get("/retention?lang=zh").text)
    assert "保存期限与销毁" in page
    assert "可提议销毁" in page
    send(303, act="hold", id="h-1", scope="everything", subject="", reason="court", **FIRST)
    assert "legal hold h-1" in words(client.get("/retention?lang=en").text)
    send(303, act="end", id="h-1", reason="judged", **SECOND)
    send(303, act="propose", id="d-1", probe="", reason="over", **FIRST)
    send(303, act="withdraw", id="d-1", reason="too soon", **FIRST)
    send(303, act="propose", id="d-2", probe=PROBE, reason="over", **FIRST)
    with centre.store.reading() as session:
        proposed = session.records.disposal("d-2")
    assert proposed is not None
    assert "Not recorded" in send(409, act="confirm", id="d-2", sha256="0" * 64, **SECOND)
    send(303, act="confirm", id="d-2", sha256=proposed.sha256, **SECOND)
    centre.pipeline.dispose(NOW)
    send(303, act="policy", what="readings", profile="", years="15", source="house rule", **FIRST)
    page = words(client.get("/retention?lang=en").text)
    for part in ("removed", "withdrawn: too soon", "15 years", "house rule", "ended", "never removed"):
        assert part in page
    for wrong in ({"act": "tea"}, {"act": "policy", "what": "tea"}, {"act": "policy", "what": "readings"}):
        send(409, **wrong, **FIRST)


@pytest.mark.parametrize(("lang", "said"), [("zh", "已按期限销毁"), ("en", "removed by policy on")])
def test_a_history_tells_removed_time_from_unknown_and_never_calls_it_measured(lang: str, said: str) -> None:
    centre = centre_on(MemoryStore(), registry=True)
    clock = HandClock(NOW)
    app = console_app(centre.store, recorder=PipelineRecorder(centre.pipeline, clock), clock=clock)
    client = TestClient(app, base_url=BASE_URL)
    window = f"from={OLD * DAY_MS}&to={(OLD + 3) * DAY_MS}"
    before = client.get(f"/api/history/probe/{PROBE}?{window}").json()["report"]["probes"][0]
    assert "removed_ms" not in before
    assert before["measured_ms"] > 0
    made = centre.propose()
    centre.record(replace(CONFIRM, sha256=made.sha256))
    centre.pipeline.dispose(NOW)
    told = client.get(f"/api/history/probe/{PROBE}?{window}").json()["report"]["probes"][0]
    assert (told["measured_ms"], told["removed_ms"], told["unknown_ms"]) == (0, 2 * DAY_MS, 3 * DAY_MS)
    assert [one.get("removed", False) for one in told["unknown"]] == [True, False]
    assert [(day["day"], day["confirmed_name"]) for day in told["removed"]] == [(OLD, "王芳"), (OLD + 1, "王芳")]
    times = f"from={utc_date(OLD)} 08:00&to={utc_date(OLD + 3)} 08:00"
    page = client.get(f"/history?what=probe&id={PROBE}&{times}&lang={lang}")
    issued = client.get(f"/api/history/probe/{PROBE}?{window}")
    html = report_html(msgspec.json.decode(issued.content, type=Issued), Language(lang))
    assert said in words(page.text)
    assert said in words(html)


@pytest.mark.parametrize(("lang", "said"), [("zh", "不短于"), ("en", "at least as long")])
def test_the_periods_that_profiles_ask_for_are_listed_with_their_reason(
    client: TestClient, centre: Centre, lang: str, said: str
) -> None:
    asked = '[retention]\nyears = {}\nsource = "{}"\n'
    for version, years, source in ((1, 30, "2005/61/EC art. 4"), (2, 10, "house rule")):
        record = store_words.profile(version, "uk-rbc")
        centre.note(EntryKind.PROFILE, replace(record, toml=asked.format(years, source)))
    floors = client.get("/api/retention").json()["floors"]
    assert floors == [{"profile": "uk-rbc", "version": 1, "years": 30, "source": "2005/61/EC art. 4"}]
    shown = words(client.get(f"/retention?lang={lang}").text)
    assert "2005/61/EC art. 4" in shown
    assert said in shown


def test_where_no_profile_asks_for_a_period_none_is_listed(client: TestClient) -> None:
    assert client.get("/api/retention").json()["floors"] == []
    assert "at least as long" not in words(client.get("/retention?lang=en").text)
