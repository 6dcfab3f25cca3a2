"""Grafana's webhook: taken with its secret, refused clearly without, shown beside our alarms and never as one."""

import json
import re
from html import unescape
from typing import Any

import pytest
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st
from support.console import PipelineRecorder, console_app
from support.console_story import NOW, story
from support.hand_clock import HandClock
from support.intake import pipeline_on
from support.memory_store import MemoryStore

from api.grafana_message import read_message
from api.routes_grafana import WEBHOOK, WEBHOOK_BYTES_MAX
from coldchain.entries import EntryKind
from coldchain.errors import InvalidValueError, StoreError
from coldchain.grafana_alerts import AT_ONCE_MAX, LABELS_MAX, TEXT_MAX, HeardAlert
from coldchain.ports import Recorded
from coldchain.trust import SecurityKind
from coldchain.units import PersonFact

SECRET = "0123456789abcdef0123456789abcdef"
KNOWN = {"Authorization": f"Bearer {SECRET}"}
BASE_URL = "http://127.0.0.1"
STARTED, STARTED_MS = "2026-09-21T14:13:20.157076123+08:00", 1_789_971_200_157


def alert(**more: Any) -> dict[str, Any]:
    """One alert as Grafana 9.4 sends it."""
    return {
        "status": "firing",
        "labels": {"alertname": "无数据 No data from site", "severity": "critical", "site": "storage-1"},
        "annotations": {"summary": "Nothing came for 15 minutes"},
        "startsAt": STARTED,
        "endsAt": "0001-01-01T00:00:00Z",
        "generatorURL": "http://grafana.example/alerting/grafana/cc-nodata/view",
        "fingerprint": "c6eadffa33fcdf37",
        "silenceURL": "http://grafana.example/alerting/silence/new",
        "dashboardURL": "",
        "panelURL": "",
        "valueString": "[ var='A' labels={site=storage-1} value=901 ]",
    } | more


def message(*alerts: Any, **more: Any) -> dict[str, Any]:
    """A whole message; 13 adds fields of its own, which are passed over."""
    return {
        "receiver": "coldchain",
        "status": "firing",
        "orgId": 1,
        "alerts": list(alerts),
        "groupLabels": {},
        "commonLabels": {},
        "commonAnnotations": {},
        "externalURL": "http://grafana.example/",
        "version": "1",
        "groupKey": "{}:{}",
        "truncatedAlerts": 0,
        "title": "[FIRING:1]",
        "state": "alerting",
        "message": "**Firing**",
    } | more


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()


@pytest.fixture
def client(store: MemoryStore) -> TestClient:
    pipeline, clock = pipeline_on(store), HandClock(NOW)
    recorder = PipelineRecorder(pipeline, clock)
    app = console_app(store, recorder=recorder, clock=clock, grafana_secret=SECRET)
    return TestClient(app, base_url=BASE_URL)


def post(client: TestClient, body: Any, headers: Any = KNOWN) -> tuple[int, Any]:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    sent = client.post(WEBHOOK, content=content, headers=headers)
    return sent.status_code, sent.json()


def entries(store: MemoryStore) -> int:
    with store.reading() as session:
        return session.ledger.next_seq()


def page(client: TestClient, lang: str) -> str:
    html = client.get("/alarms", params={"lang": lang}).text
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", html)))


def test_what_grafana_says_is_taken_once_and_told_back(client: TestClient, store: MemoryStore) -> None:
    assert post(client, message(alert())) == (200, {"taken": 1, "refused": [], "truncated": 0})
    before = entries(store)
    assert post(client, message(alert()))[0] == 200
    assert entries(store) == before
    (item,) = client.get(WEBHOOK).json()["items"]
    said = item["alert"]
    assert (said["title"], said["summary"]) == ("无数据 No data from site", "Nothing came for 15 minutes")
    assert (said["starts_ms"], said["received_ms"], said["version"]) == (STARTED_MS, NOW, 1)
    assert said["labels"]["site"] == "storage-1"


def test_who_speaks_for_grafana_without_the_secret_is_told_and_a_flood_of_it_is_not(store: MemoryStore) -> None:
    pipeline, clock = pipeline_on(store), HandClock(NOW)
    recorder = PipelineRecorder(pipeline, clock)
    client = TestClient(console_app(store, recorder=recorder, clock=clock, grafana_secret=SECRET), base_url=BASE_URL)
    guess = "a-guess-that-nobody-should-see"
    hours, before = 48, entries(store)
    for minute in range(hours * 60):
        assert post(client, message(alert()), {"Authorization": f"Bearer {guess}"})[0] == 401
        clock.forward(60_000 + minute % 2)
    with store.reading() as session:
        events = session.records.security_events(1_000)
        payloads = b"".join(entry.payload for entry in session.ledger.entries(before - 1, 10_000))
    assert {event.kind for event in events} == {SecurityKind.WEBHOOK_REFUSED}
    assert {event.evidence for event in events} == {("from testclient",)}
    assert len(events) <= hours + 7, "one at once, then ever more rarely, down to one an hour"
    told = sum(event.times for event in events)
    assert 0 <= hours * 60 - told <= 60, "what is not told yet is of the last hour"
    assert guess.encode() not in payloads
    assert events[-1].times == 1


def test_an_end_is_shown_as_over_and_at_which_time(client: TestClient) -> None:
    post(client, message(alert()))
    post(client, message(alert(status="resolved", endsAt="2026-09-21T06:20:00Z"), status="resolved"))
    (item,) = client.get(WEBHOOK).json()["items"]
    assert (item["alert"]["status"], item["alert"]["ends_ms"]) == ("resolved", 1_789_971_600_000)


def test_a_message_of_a_later_grafana_with_more_fields_is_taken(client: TestClient) -> None:
    later = alert(orgId=1, values={"A": 901.5}, imageURL="", enrichments={"a": [1]})
    assert post(client, message(later, appVersion="13.2.1"))[1]["taken"] == 1


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": "Bearer wrong"},
        {"Authorization": f"Basic {SECRET}"},
        {"Authorization": "Bearer "},
        {"Authorization": SECRET},
        {"Authorization": "Bearer \u00e9".encode()},
    ],
)
def test_whoever_does_not_know_the_secret_is_told_what_to_set_and_nothing_is_kept(
    headers: dict[str, str | bytes], client: TestClient, store: MemoryStore
) -> None:
    before = entries(store)
    status, problem = post(client, message(alert()), headers)
    assert (status, problem["title"]) == (401, "Not known")
    assert "scheme Bearer" in problem["todo"]
    assert SECRET not in str(problem)
    with store.reading() as session:
        told = session.ledger.entries(before - 1, 100)
        assert [entry.kind for entry in told] == [EntryKind.SECURITY_EVENT]
        assert session.records.grafana_alerts(10) == ()
    assert b"wrong" not in told[0].payload.replace(b"webhook", b"")


def test_without_a_secret_in_the_settings_nothing_is_taken(store: MemoryStore) -> None:
    client = TestClient(console_app(store), base_url=BASE_URL)
    status, problem = post(client, message(alert()), {"Authorization": "Bearer "})
    assert (status, problem["title"]) == (403, "Not set up")
    assert "webhook_secret_file" in problem["todo"]


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b"", "no message of Grafana's webhook"),
        (b"{", "no message of Grafana's webhook"),
        (b"\xff\xfe", "no message of Grafana's webhook"),
        (b"[]", "no message of Grafana's webhook"),
        (b'{"alerts": 3}', "no message of Grafana's webhook"),
        (b'{"status": "firing"}', "no message of Grafana's webhook"),
        (b'{"alerts": [' + b"{}," * AT_ONCE_MAX + b"{}]}", "501 alerts in one message; at most 500"),
    ],
)
def test_rubbish_is_answered_clearly_and_nothing_is_kept(
    body: bytes, says: str, client: TestClient, store: MemoryStore
) -> None:
    before = entries(store)
    status, problem = post(client, body)
    assert status == 422
    assert says in problem["detail"]
    assert entries(store) == before


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (alert(fingerprint="../x"), "fingerprint is not 1 to 64 hex digits"),
        (alert(fingerprint="a" * 65), "fingerprint is not 1 to 64 hex digits"),
        (alert(startsAt="yesterday"), "startsAt is no time"),
        (alert(startsAt="0001-01-01T00:00:00Z"), "startsAt is no time"),
        (alert(startsAt="2026-09-21T14:13:20"), "startsAt is no time"),
        (alert(status="maybe"), "Invalid enum value 'maybe'"),
        (alert(labels=[]), "Expected `object`"),
        (3, "Expected `object`"),
    ],
)
def test_one_bad_alert_is_named_and_costs_its_neighbours_nothing(bad: Any, reason: str, client: TestClient) -> None:
    status, taken = post(client, message(bad, alert()))
    assert (status, taken["taken"]) == (200, 1)
    assert taken["refused"][0]["number"] == 0
    assert reason in taken["refused"][0]["reason"]


def test_a_message_may_be_as_long_as_grafana_makes_them_and_no_longer(client: TestClient) -> None:
    long = alert(annotations={"summary": "x" * 100_000})
    assert post(client, message(long))[1]["taken"] == 1
    assert len(client.get(WEBHOOK).json()["items"][0]["alert"]["summary"]) == TEXT_MAX
    status, problem = post(client, b" " * (WEBHOOK_BYTES_MAX + 1))
    assert (status, problem["detail"]) == (413, f"the body is larger than {WEBHOOK_BYTES_MAX} bytes")
    assert client.post("/api/units", content=b" " * 20_000).status_code == 413, "of this path alone"


def test_what_grafana_left_out_by_its_own_setting_is_counted(client: TestClient) -> None:
    assert post(client, message(alert(), truncatedAlerts=4))[1]["truncated"] == 4


def test_a_store_that_takes_nothing_lets_grafana_try_again(store: MemoryStore) -> None:
    class Busy:
        def record(self, fact: PersonFact) -> Recorded:
            raise StoreError("the disk is full")

    client = TestClient(console_app(store, recorder=Busy(), grafana_secret=SECRET), base_url=BASE_URL)
    sent = client.post(WEBHOOK, json=message(alert()), headers=KNOWN)
    assert (sent.status_code, sent.headers["Retry-After"]) == (503, "5")


def test_the_page_of_alarms_shows_it_in_both_languages_and_says_that_it_calls_nobody(client: TestClient) -> None:
    assert "Grafana says" not in page(client, "en")
    post(client, message(alert(), alert(fingerprint="dd", status="resolved", labels={}, endsAt=STARTED)))
    english, chinese = page(client, "en"), page(client, "zh")
    assert "Grafana says" in english
    assert "Grafana 的提示" in chinese
    assert "it calls nobody and is not sent on" in english
    assert "不升级、不通知任何人" in chinese
    assert "no alarm of ours for the same: have a look" in english
    assert "a rule without a name" in english
    assert english.count("goes on") >= 1
    assert "已结束" in chinese


def test_what_grafana_does_not_repeat_is_not_shown_as_if_it_were_known(store: MemoryStore) -> None:
    pipeline, clock = pipeline_on(store), HandClock(NOW)
    recorder = PipelineRecorder(pipeline, clock)
    client = TestClient(console_app(store, recorder=recorder, clock=clock, grafana_secret=SECRET), base_url=BASE_URL)
    post(client, message(alert()))
    clock.forward(2 * 86_400_000)
    assert "goes on" in page(client, "en")
    clock.forward(1)
    assert client.get(WEBHOOK).json()["items"][0]["quiet"] is True
    assert "not said again for two days: unknown" in page(client, "en")
    assert "goes on" not in page(client, "en")
    assert "两天未再提示，情况未知" in page(client, "zh")


def test_in_a_storm_what_no_alarm_of_ours_says_comes_first_and_the_page_says_how_many_it_leaves_out(
    store: MemoryStore,
) -> None:
    """All about one place that an alarm of ours is about too, but for the oldest: that the centre is silent."""
    pipeline, clock = story(store, "alarm"), HandClock(NOW)
    recorder = PipelineRecorder(pipeline, clock)
    client = TestClient(console_app(store, recorder=recorder, clock=clock, grafana_secret=SECRET), base_url=BASE_URL)
    with store.reading() as session:
        place = next(one.place for one in session.records.active_alarms() if one.place and not one.test)
    post(client, message(alert(labels={"alertname": "the centre is silent"}, fingerprint="ffff")))
    clock.forward(1_000)
    storm = [alert(labels={"alertname": "x", "place": place}, fingerprint=f"{n:x}") for n in range(1, 41)]
    assert post(client, message(*storm))[1]["taken"] == 40
    found = [one["alert"]["fingerprint"] for one in client.get(WEBHOOK).json()["items"]]
    assert (found[0], len(found)) == ("ffff", 41)
    assert "the centre is silent" in page(client, "en")
    assert "11 more are not listed here" in page(client, "en")
    assert "另有 11 条未列出" in page(client, "zh")


def test_markup_in_what_grafana_says_stays_text(client: TestClient) -> None:
    post(client, message(alert(annotations={"summary": "<script>alert(1)</script>"})))
    assert "<script>alert" not in client.get("/alarms").text


def test_an_alert_that_mirrors_an_alarm_of_ours_is_linked_and_not_a_second_one(store: MemoryStore) -> None:
    pipeline, clock = story(store, "alarm"), HandClock(NOW)
    recorder = PipelineRecorder(pipeline, clock)
    client = TestClient(console_app(store, recorder=recorder, clock=clock, grafana_secret=SECRET), base_url=BASE_URL)
    with store.reading() as session:
        of_place = next(one for one in session.records.active_alarms() if one.place and not one.test)
    before = client.get("/api/alarms").json()["items"]
    ours = alert(labels={"alertname": "Far outside", "site": of_place.site, "place": of_place.place})
    other = alert(fingerprint="ee", labels={"alertname": "Gateway", "gateway": "gw-of-nobody", "place": of_place.place})
    post(client, message(ours, other))
    found = {item["alert"]["title"]: item["alarm"] for item in client.get(WEBHOOK).json()["items"]}
    with store.reading() as session:
        same = {one.id for one in session.records.active_alarms() if one.place == of_place.place}
    assert found["Far outside"] in same
    assert found["Gateway"] == ""
    assert [item["alert"]["title"] for item in client.get(WEBHOOK).json()["items"]] == ["Gateway", "Far outside"]
    assert client.get("/api/alarms").json()["items"] == before
    assert f'href="/alarms/{found["Far outside"]}"' in client.get("/alarms").text


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**40), 2**40)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=10,
)


@given(st.dictionaries(st.sampled_from(sorted(alert())), JSON, max_size=4))
def test_whatever_stands_in_an_alert_it_is_taken_within_bounds_or_refused_with_a_reason(fields: dict[str, Any]) -> None:
    read = read_message(json.dumps(message(alert(**fields), alert())).encode())
    assert len(read.alerts) + len(read.refused) == 2
    assert all(one.reason for one in read.refused)
    for one in read.alerts:
        assert isinstance(one, HeardAlert)
        assert len(one.labels) <= LABELS_MAX
        assert one.summary.isprintable() or not one.summary


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(body: bytes) -> None:
    try:
        said = str(read_message(body).truncated)
    except InvalidValueError as error:
        said = str(error)
    assert said == "0" or "no message of Grafana's webhook" in said
