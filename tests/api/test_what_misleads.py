"""What must neither break a page nor say more than is known: rubbish from a box, far times, many places."""

import re
from html import unescape
from zoneinfo import ZoneInfo

import pytest
from fastapi.testclient import TestClient
from msgspec.structs import replace
from support.console import READY, PipelineRecorder, console_app, scene_app
from support.console_story import FRIDGE_1, FRIDGE_2, HOUR, MINUTE, NOW, PLATELETS, SITE, story, unit_id
from support.hand_clock import HandClock
from support.memory_store import MemoryStore
from support.storage_point import BOX, POINT, batch

from api.answers import MILLIS_MAX
from api.context import Readiness
from api.finding_page import finding_steps, read_finding
from api.overview import PLACES_MAX, read_overview
from api.place_trace import LaneSpan, lane_of
from api.wording import Language, Words
from coldchain.alarms import StartAlarmTest
from coldchain.facts import DeviceEvent, EventKind
from coldchain.places import Probe, ProbeRole, Text
from coldchain.units import FindingKind, IssueUnit, PlaceUnit

BASE_URL = "http://127.0.0.1"


def pages_of(store: MemoryStore) -> TestClient:
    return TestClient(console_app(store, clock=HandClock(NOW)), base_url=BASE_URL)


def text(client: TestClient, path: str) -> str:
    response = client.get(path)
    assert response.status_code == 200, path
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", "", response.text)))


@pytest.mark.parametrize("details", [{}, {"percent": "full"}, {"latitude_e7": 310_000_000}])
def test_a_box_that_talks_rubbish_of_itself_still_has_its_page(details: dict[str, int | str]) -> None:
    store = MemoryStore()
    pipeline = story(store, "calm")
    said = [
        DeviceEvent(seq=900_001 + at, origin=BOX, taken_ms=NOW, boottime_ms=1, kind=kind, details=details)
        for at, kind in enumerate((EventKind.BATTERY, EventKind.POSITION))
    ]
    pipeline.process([batch(BOX, said, sent_ms=NOW)], NOW)
    page = text(pages_of(store), f"/places/{BOX}?lang=en")
    assert "Last position (latitude, longitude)unknown Batteryunknown" in page


@pytest.mark.parametrize("path", ["/places/fridge-1?at_ms={}", "/places/fridge-1/inside?at_ms={}"])
def test_a_moment_beyond_the_calendar_is_refused(path: str) -> None:
    client = TestClient(scene_app("calm"), base_url=BASE_URL)
    assert client.get(path.format(MILLIS_MAX)).status_code == 200
    assert client.get(path.format(MILLIS_MAX + 1)).status_code == 422


def test_an_expiry_beyond_the_calendar_is_refused_and_an_old_one_is_shown() -> None:
    client = TestClient(scene_app("calm"), base_url=BASE_URL)
    unit = client.get(f"/api/units/{unit_id(1)}").json()["unit"]
    late = client.post("/api/units", json=unit | {"id": "late", "expires_ms": MILLIS_MAX + 1})
    assert late.status_code == 422
    assert Words(language=Language.EN, zone=ZoneInfo("Asia/Shanghai")).when(2**53 - 1) == "9999-01-01 08:00:00"


def test_what_needs_somebody_first_is_looked_for_in_every_place_not_only_in_those_with_a_tile() -> None:
    store = MemoryStore()
    pipeline = story(store, "alarm")
    with store.reading() as session:
        fridge = session.records.place("fridge-1")
    assert fridge is not None
    more = [replace(fridge, id=f"a-{n}", name=Text(zh=f"箱 {n}", en=f"a {n}")) for n in range(PLACES_MAX)]
    probes = [Probe(id=f"{one.id}-load", place=one.id, gateway=POINT, role=ProbeRole.LOAD) for one in more]
    pipeline.set_up([*more, *probes], NOW)
    with store.reading() as session:
        known = read_overview(session, NOW)
    assert "fridge-1" not in {one.place for one in known.standings}
    page = text(pages_of(store), "/?lang=en")
    assert "Blood fridge 1: too warm" in page
    assert "No other place" not in text(pages_of(store), "/places/fridge-2?lang=en")


def test_a_probe_that_has_fallen_silent_is_not_said_to_measure_still() -> None:
    store = MemoryStore()
    story(store, "morning")
    words = Words(language=Language.EN, zone=ZoneInfo("Asia/Shanghai"))
    with store.reading() as session:
        fault = next(one for one in session.records.findings() if one.kind is FindingKind.SENSOR_FAULT)
        known = read_finding(session, fault, NOW)
        later = read_finding(session, fault, NOW + 3_600_000)
    assert any("The other probe" in step for step in finding_steps(known, words))
    assert not any("The other probe" in step for step in finding_steps(later, words))


@pytest.mark.parametrize("language", Language)
def test_a_unit_under_limits_that_are_not_its_own_is_not_called_within(language: Language) -> None:
    store = MemoryStore()
    pipeline = story(store, "calm")
    client = pages_of(store)
    apheresis, red = unit_id(PLATELETS[0]), unit_id(FRIDGE_2[0])
    said, title = {
        Language.ZH: ("按其自身限值的情况未知", "起在限值内"),
        Language.EN: ("by its own limits it is unknown", "Within limits since"),
    }[language]
    assert title in text(client, f"/units/{apheresis}?lang={language}")
    pipeline.record(PlaceUnit(unit=apheresis, place="fridge-2", at_ms=NOW - HOUR, actor="test"), NOW)
    page = client.get(f"/units/{apheresis}?lang={language}").text
    assert said in unescape(page)
    assert title not in unescape(page)
    assert "verdict tone-warn" in page
    assert title in text(client, f"/units/{red}?lang={language}")


def test_a_centre_that_does_not_do_its_work_says_so_before_anything_else() -> None:
    store = MemoryStore()
    story(store, "calm")
    told = {
        "store_writable": "数据库无法写入",
        "mqtt_connected": "与消息服务器没有连接",
    }
    for name, said in told.items():
        page = text(at_work(store, replace(READY, **{name: False})), "/?lang=zh")
        assert said in page
        assert "系统中心没有正常工作" in page
    page = text(at_work(store, replace(READY, unjudged=2, queue_size=READY.queue_max)), "/?lang=en")
    assert "2 probes or units are not judged, findings and holds may be missing" in page
    assert "the intake queue is full" in page
    assert "Nothing needs you first" not in page
    assert "The centre does not" not in text(at_work(store, READY), "/?lang=en")


def test_nothing_needs_you_first_is_not_said_while_an_alarm_waits_for_a_person() -> None:
    store, clock = MemoryStore(), HandClock(NOW)
    recorder = PipelineRecorder(story(store, "calm"), clock)
    client = TestClient(console_app(store, recorder=recorder, clock=clock), base_url=BASE_URL)
    assert "Nothing needs you first" in text(client, "/?lang=en")
    test = StartAlarmTest(site=SITE, name="Li", post="lead", actor="Li", at_ms=NOW)
    recorder.record(test)
    en, zh = (text(client, f"/?lang={lang}") for lang in ("en", "zh"))
    assert "1 alarm waits for a person" in en
    assert "Nothing needs you first" not in en
    assert "1 个报警等待响应" in zh
    assert "没有需要先处理" not in zh


def test_probes_that_are_judged_anew_are_no_fault_of_the_program() -> None:
    store = MemoryStore()
    story(store, "calm")
    page = text(at_work(store, replace(READY, anew=1)), "/?lang=en")
    assert "The rules are new: what was found is judged anew" in page
    assert "1 probe waits for its turn" in page
    assert "fault of the program" not in page
    assert "The centre does not" not in page
    assert "Nothing needs you first" not in page
    page = text(at_work(store, replace(READY, anew=2)), "/?lang=zh")
    assert "2 个探头等待重新判定" in page
    assert "程序故障" not in page


def at_work(store: MemoryStore, readiness: Readiness) -> TestClient:
    return TestClient(console_app(store, clock=HandClock(NOW), readiness=readiness), base_url=BASE_URL)


def test_whoever_has_an_issued_unit_is_called_also_where_more_units_are_touched_than_listed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("api.finding_page.LISTED_MAX", 2)
    store = MemoryStore()
    pipeline = story(store, "morning")
    last = max(FRIDGE_1[:-2])
    pipeline.record(IssueUnit(unit=unit_id(last), to="Ward 9", at_ms=NOW - MINUTE, actor="test"), NOW)
    words = Words(language=Language.EN, zone=ZoneInfo("Asia/Shanghai"))
    with store.reading() as session:
        warm = next(one for one in session.records.findings() if one.probe == "fridge-1-load")
        known = read_finding(session, warm, NOW)
    steps = finding_steps(known, words)
    assert len(known.touched) == 2
    assert any(step.startswith("Call Ward 9 at once") for step in steps)
    assert any(step.startswith(f"Put {known.touched_all - 1} units into quarantine") for step in steps)


def test_the_count_of_a_cause_is_of_all_units_on_hold_not_of_those_that_are_listed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("api.overview.LISTED_MAX", 2)
    store = MemoryStore()
    story(store, "morning")
    with store.reading() as session:
        known = read_overview(session, NOW)
    assert known.held_shown == 2
    page = text(pages_of(store), "/?lang=en")
    for group in known.held:
        assert group.all > len(group.units) or known.held_all == known.held_shown
        assert f"{group.all} units stay on hold" in page
        assert f"{group.all}: " in page


def test_many_alarms_do_not_push_the_units_to_call_back_off_the_page(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("api.first.LISTED_MAX", 1)
    store = MemoryStore()
    pipeline = story(store, "alarm")
    pipeline.record(IssueUnit(unit=unit_id(FRIDGE_1[0]), to="Ward 9", at_ms=NOW - MINUTE, actor="test"), NOW)
    page = text(pages_of(store), "/?lang=en")
    assert "Blood fridge 1: too warm" in page
    assert "1 issued unit is on hold" in page
    assert re.search(r"[0-9]+ units are on hold", page)
    assert re.search(r"[0-9]+ more (is|are) not listed here", page)


def test_a_lane_that_leaves_something_out_does_not_look_as_if_nothing_had_happened(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    store = MemoryStore()
    story(store, "morning")
    window = (NOW - 26 * HOUR, NOW)
    with store.reading() as session:
        door = next(one for one in session.records.contacts() if one.id == "fridge-2-door")
        whole = lane_of(session, door, window)
        monkeypatch.setattr("api.place_trace.LANE_SPANS_MAX", 1)
        cut = lane_of(session, door, window)
    last = [span for span in whole.spans if span.known][-1]
    assert (whole.cut, cut.cut) == (False, True)
    assert cut.spans[0] == LaneSpan(from_ms=window[0], to_ms=cut.spans[1].from_ms, known=False)
    assert cut.spans[1] in (last, whole.spans[-1])
