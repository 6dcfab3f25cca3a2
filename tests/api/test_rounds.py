"""Manual rounds beside the probe, and counts beside the record and the reader."""

from typing import Any

import msgspec
import pytest
from fastapi.testclient import TestClient
from support.console import PipelineRecorder, console_app
from support.console_story import MINUTE, NOW, story
from support.hand_clock import HandClock
from support.intake import END, PLACE, START, pipeline_on, sample, send
from support.memory_store import MemoryStore
from support.page_words import words

from api.standings import standings
from coldchain.evidence import held_reading
from coldchain.rounds import RecordRound, StockCount
from coldchain.standing import NoticeKind
from ingest.pipeline import Pipeline
from rules.work_notices import of_count

BASE_URL = "http://127.0.0.1"
OURS = {"Origin": BASE_URL}
SIGNED = {"name": "李华", "post": "technician"}
FRIDGE = "/places/fridge-1"


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()


@pytest.fixture
def client(store: MemoryStore) -> TestClient:
    pipeline: Pipeline = story(store, "calm")
    clock = HandClock(NOW)
    return TestClient(console_app(store, recorder=PipelineRecorder(pipeline, clock), clock=clock), base_url=BASE_URL)


def read(client: TestClient, celsius: str, at_ms: int = NOW - MINUTE, status: int = 201) -> Any:
    sent = client.post(f"/api{FRIDGE}/rounds", json={"celsius": celsius, "at_ms": at_ms, **SIGNED})
    assert sent.status_code == status, sent.text
    return sent.json()


def probe_at(store: MemoryStore, at_ms: int) -> int:
    with store.reading() as session:
        return int(session.readings.last_before("fridge-1-load", at_ms + 1).micro_celsius[0])


def test_what_the_display_shows_is_compared_with_the_probe_at_that_minute(
    client: TestClient, store: MemoryStore
) -> None:
    read(client, "5.5")
    (one,) = client.get(f"/api{FRIDGE}/rounds").json()["rounds"]
    held = probe_at(store, NOW - MINUTE)
    assert one["reading"]["probe"] == "fridge-1-load"
    assert one["reading"]["probe_micro_celsius"] == one["probe_now_micro_celsius"] == held
    assert one["difference_micro_celsius"] == 5_500_000 - held
    assert one["reading"]["name"] == "李华"


def test_a_difference_above_the_setting_is_a_notice_until_the_next_reading(
    client: TestClient, store: MemoryStore
) -> None:
    held = probe_at(store, NOW - MINUTE)
    read(client, str((held + 1_000_000) / 1_000_000), NOW - 2 * MINUTE)
    notices = client.get("/api/places/fridge-1/standing").json()["notices"]
    assert "display-differs" not in [one["kind"] for one in notices]
    read(client, "9.9")
    notices = client.get("/api/places/fridge-1/standing").json()["notices"]
    assert [one["origin"] for one in notices if one["kind"] == "display-differs"] == ["fridge-1-load"]
    assert "显示屏与探头差值过大" in words(client.get("/?lang=zh").text)
    assert "too far apart (allowed 1.0 °C)" in words(client.get(f"{FRIDGE}/rounds?lang=en").text)
    read(client, str(held / 1_000_000), NOW)
    notices = client.get("/api/places/fridge-1/standing").json()["notices"]
    assert "display-differs" not in [one["kind"] for one in notices]


def test_a_minute_without_a_reading_is_unknown_and_no_difference(client: TestClient) -> None:
    read(client, "4.0", NOW - 400 * 24 * 60 * MINUTE)
    (one,) = client.get(f"/api{FRIDGE}/rounds").json()["rounds"]
    assert (one["probe_now_micro_celsius"], one["difference_micro_celsius"], one["differs"]) == (None, None, False)
    assert "no reading that held" in words(client.get(f"{FRIDGE}/rounds?lang=en").text)


def test_places_that_nobody_read_are_due_first_and_boxes_never(client: TestClient) -> None:
    read(client, "4.0")
    due = client.get("/api/rounds").json()
    assert due["hours"] == 12
    named = [one["place"] for one in due["items"]]
    assert named[-1] == "fridge-1"
    assert "box-1" not in named
    assert [one["overdue"] for one in due["items"]] == [True] * (len(named) - 1) + [False]
    page = words(client.get("/rounds?lang=en").text)
    assert "every 12 hours" in page
    assert "never read" in page


@pytest.mark.parametrize(("celsius", "status"), [("warm", 422), ("900", 422), ("-4,5", 422)])
def test_what_is_no_temperature_is_refused(client: TestClient, celsius: str, status: int) -> None:
    read(client, celsius, status=status)
    assert client.get(f"/api{FRIDGE}/rounds").json()["rounds"] == []


def test_a_reading_said_twice_counts_once_and_another_at_that_instant_is_refused(client: TestClient) -> None:
    assert read(client, "4.0") == read(client, "4.0")
    read(client, "4.1", status=409)
    assert len(client.get(f"/api{FRIDGE}/rounds").json()["rounds"]) == 1


def count(client: TestClient, **said: Any) -> dict[str, Any]:
    sent = client.post(f"/api{FRIDGE}/counts", json={"at_ms": NOW, **SIGNED, **said})
    assert sent.status_code == 201, sent.text
    found: dict[str, Any] = client.get(f"/api{FRIDGE}/rounds").json()["counts"][0]
    return found


def inside(client: TestClient) -> list[str]:
    units = client.get("/api/places/fridge-1/inside?limit=1000").json()["items"]
    return [unit["unit"] for unit in units if unit["how"] == "certain"]


def test_counted_read_and_recorded_stand_side_by_side(client: TestClient) -> None:
    recorded = inside(client)
    assert len(recorded) > 1
    same = count(client, counted=len(recorded))
    assert (same["number"], same["count"]["certain"], same["differs"]) == (len(recorded), sorted(recorded), False)
    count(client, counted=len(recorded) - 1, at_ms=NOW - 1)
    (newest, older) = client.get(f"/api{FRIDGE}/rounds").json()["counts"]
    assert (newest["differs"], older["differs"]) == (False, True)


def test_scans_say_which_bag_is_missing_and_which_is_not_expected(client: TestClient) -> None:
    recorded = inside(client)
    elsewhere = client.get("/api/units?limit=1000").json()["items"]
    other = next(unit["id"] for unit in elsewhere if unit["id"] not in recorded)
    found = count(client, scanned=[*recorded[1:], other, "what is this"])
    assert (found["missing"], found["differs"]) == ([recorded[0]], True)
    assert other in found["unexpected"]
    assert found["count"]["unknown"] == ["what is this"]
    page = words(client.get(f"{FRIDGE}/rounds?lang=zh").text)
    assert "记录在内、未扫到" in page
    assert "what is this" in page


def test_the_forms_record_and_refuse(client: TestClient) -> None:
    sent = client.post(f"{FRIDGE}/rounds", data={"celsius": "4.2", **SIGNED}, headers=OURS, follow_redirects=False)
    assert (sent.status_code, sent.headers["location"]) == (303, f"{FRIDGE}/rounds")
    counted = client.post(f"{FRIDGE}/counts", data={"counted": "3", **SIGNED}, headers=OURS, follow_redirects=False)
    assert counted.status_code == 303
    page = words(client.get(f"{FRIDGE}/rounds?lang=en").text)
    assert "4.2 °C" in page
    empty = client.post(f"{FRIDGE}/counts?lang=en", data=SIGNED, headers=OURS)
    assert (empty.status_code, "say how many" in words(empty.text)) == (409, True)
    assert client.get("/places/nowhere/rounds").status_code == 404


def test_a_note_that_comes_later_is_not_dropped_without_a_word(client: TestClient) -> None:
    read(client, "4.0")
    said = {"celsius": "4.0", "at_ms": NOW - MINUTE, "note": "door stood open", **SIGNED}
    sent = client.post(f"/api{FRIDGE}/rounds", json=said)
    assert (sent.status_code, "another note" in sent.text) == (409, True)


@pytest.mark.parametrize(("celsius", "differs"), [(12, True), (4, False)])
def test_the_notice_does_not_hang_on_which_came_first_the_round_or_the_reading(celsius: int, differs: bool) -> None:
    seen = {"place": PLACE, "micro_celsius": celsius * 1_000_000, "at_ms": END - MINUTE, "actor": "t", **SIGNED}
    said = msgspec.convert(seen | {"type": "record-round"}, RecordRound)
    told = []
    for late in (False, True):
        store = MemoryStore()
        pipeline = pipeline_on(store)
        send(pipeline, [sample(1, END - 4 * MINUTE, 12_000_000)])
        if late:
            pipeline.record(said, END)
        send(pipeline, [sample(2, END - 2 * MINUTE, 4_000_000)])
        if not late:
            pipeline.record(said, END)
        with store.reading() as session:
            (standing,) = standings(session, END)
        told.append([one.origin for one in standing.notices if one.kind is NoticeKind.DISPLAY_DIFFERS])
    assert told == [["fridge-1-load"] if differs else []] * 2


def test_a_reading_holds_up_to_the_end_of_its_time_and_not_at_it() -> None:
    store = MemoryStore()
    send(pipeline_on(store), [sample(1, START, 4_000_000)])
    with store.reading() as session:
        held = [
            held_reading(session, "fridge-1-load", START + after_ms, 300_000) for after_ms in (-1, 0, 299_999, 300_000)
        ]
    assert held == [None, (4_000_000, START), (4_000_000, START), None]


def kinds(client: TestClient) -> list[str]:
    return [one["kind"] for one in client.get("/api/places/fridge-1/standing").json()["notices"]]


def test_a_count_that_differs_is_a_notice_at_the_place_until_it_is_counted_anew(client: TestClient) -> None:
    recorded = inside(client)
    count(client, counted=len(recorded) + 3, at_ms=NOW - 2 * MINUTE)
    assert "count-differs" in kinds(client)
    for lang, told in (("zh", "盘点与记录或读写器不一致"), ("en", "count, record and reader differ")):
        assert told in words(client.get(f"{FRIDGE}?lang={lang}").text)
        assert told in words(client.get(f"/?lang={lang}").text)
    again = count(client, scanned=recorded)
    assert ("count-differs" in kinds(client)) == bool(again["unread"])
    assert again["differs"] is False


@pytest.mark.parametrize(
    ("certain", "scanned", "read", "notice"),
    [
        (("a", "b"), ("a", "b"), ("a", "b"), False),
        (("a", "b"), ("a", "b"), None, False),
        (("a", "b"), ("a", "b"), ("a",), True),
        (("a", "b"), ("a",), ("a", "b"), True),
        (("a",), ("a",), ("a", "b"), True),
    ],
)
def test_counted_read_and_recorded_must_all_be_the_same(
    certain: tuple[str, ...], scanned: tuple[str, ...], read: tuple[str, ...] | None, notice: bool
) -> None:
    made = StockCount(
        place="fridge-1",
        at_ms=5,
        counted=None,
        scanned=scanned,
        unknown=(),
        certain=certain,
        possible=(),
        read=read,
        **SIGNED,
    )
    assert [(one.kind, one.origin) for one in of_count(made)] == [(NoticeKind.COUNT_DIFFERS, "fridge-1")] * notice


def test_a_round_that_is_overdue_is_a_notice_at_the_place_until_somebody_reads_the_display(client: TestClient) -> None:
    read(client, "4.0", NOW - 12 * 60 * MINUTE)
    assert "round-overdue" in kinds(client)
    assert "人工巡检超期" in words(client.get(f"{FRIDGE}?lang=zh").text)
    assert "manual reading is overdue" in words(client.get(f"{FRIDGE}?lang=en").text)
    read(client, "4.0", NOW - 12 * 60 * MINUTE + 1)
    assert "round-overdue" not in kinds(client)
