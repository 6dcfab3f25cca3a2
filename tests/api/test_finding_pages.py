"""The page of a finding, the list of findings, the urgent list, and units that are in a box or were issued."""

import re
from html import unescape

import pytest
from fastapi.testclient import TestClient
from support.console import console_app, scene_app, story_store
from support.console_story import BOXED, HOUR, ISSUED, MOVED, NOW, SHELVED, TORN, story, unit_id
from support.memory_store import MemoryStore
from support.storage_point import BOX

from coldchain.entries import Draft, EntryKind
from coldchain.units import Finding, FindingKind, FindingStatus

BASE_URL = "http://127.0.0.1"


@pytest.fixture(scope="module")
def morning() -> TestClient:
    return TestClient(scene_app("morning"), base_url=BASE_URL)


@pytest.fixture(scope="module")
def alarm() -> TestClient:
    return TestClient(scene_app("alarm"), base_url=BASE_URL)


def page(client: TestClient, path: str, status: int = 200) -> str:
    response = client.get(path)
    assert response.status_code == status
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", "", response.text)))


def finding_of(client: TestClient, probe: str, status: str = "") -> str:
    found = client.get("/api/findings").json()["items"]
    names = [one["finding"]["id"] for one in found if one["finding"]["probe"] == probe]
    open_names = [one["finding"]["id"] for one in found if one["finding"]["status"] == status]
    return str(next(name for name in names if not status or name in open_names))


def rows(client: TestClient, path: str) -> dict[str, str]:
    """Return the text of each row of the units' table, by unit."""
    html = client.get(path).text
    found = re.findall(r'<tr class="where-.*?</tr>', html, re.DOTALL)
    plain = [re.sub(r"</?(?:td|div|br)[^>]*>", " ", row) for row in found]
    texts = [re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", "", row))) for row in plain]
    names = [re.search(r"/units/([a-z0-9-]+)", row) for row in found]
    return {name[1]: text for name, text in zip(names, texts, strict=True) if name}


def test_a_finding_says_what_where_limit_when_peak_rule_and_profile(morning: TestClient) -> None:
    name = finding_of(morning, "fridge-1-load")
    zh = page(morning, f"/findings/{name}?lang=zh")
    assert "储血冰箱 1：温度偏高" in zh
    for said in ("2026-03-12 02:49:00 – 05:42:00", "上限 6.0 °C", "9.1 °C", "2 小时 53 分", "暂停发放 32 袋", "已结束"):
        assert said in zh
    en = page(morning, f"/findings/{name}?lang=en")
    assert "Blood fridge 1: too warm" in en
    assert "A01 storage limit, after the delay" in en
    assert "cn-rbc version 2" in en
    assert "not yet confirmed against the edition in force" in en
    assert "Put 32 units into quarantine, mark them, issue none: Blood fridge 1: 31, Blood fridge 2: 1." in en
    assert f"Tell the quality manager and name the finding {name}" in en


def test_every_unit_that_it_touches_is_named_wherever_it_is_now(morning: TestClient) -> None:
    told = rows(morning, f"/findings/{finding_of(morning, 'fridge-1-load')}?lang=en")
    assert len(told) == 32
    assert "Blood fridge 2 (since 2026-03-12 03:33:00)" in told[unit_id(MOVED)]
    assert "40 min 59 s – 42 min" in told[unit_id(MOVED)]
    assert "possibly in Blood fridge 1" in told[unit_id(TORN)]
    assert "possibly inside" in told[unit_id(TORN)]
    assert "0 min – 2 h 53 min" in told[unit_id(TORN)]


def test_issued_units_come_first_and_whoever_has_them_is_called_first(morning: TestClient) -> None:
    path = f"/findings/{finding_of(morning, 'box-1-load')}?lang=en"
    told = rows(morning, path)
    assert next(iter(told)) == unit_id(ISSUED)
    assert "issued to 市一院急诊科 (2026-03-12 04:50:00)" in told[unit_id(ISSUED)]
    assert {unit for unit, text in told.items() if "Blood fridge 2" in text} == {unit_id(number) for number in SHELVED}
    assert sum("on the road: Courier box 1" in text for text in told.values()) == len(BOXED) - 3
    text = page(morning, path)
    assert "A03 transport limit, after the delay" in text
    assert "upper limit 10.0 °C" in text
    steps = [
        text.index("Call 市一院急诊科 at once"),
        text.index("Put 7 units into quarantine"),
        text.index("Tell the quality"),
    ]
    assert steps == sorted(steps)


def test_versions_are_listed_with_when_they_were_recorded(morning: TestClient) -> None:
    en = page(morning, f"/findings/{finding_of(morning, 'fridge-1-load')}?lang=en")
    versions = en[en.index("Versions") :]
    assert re.search(r"version 2\s?2026-03-12 09:30:00\s?ended", versions)
    assert re.search(r"version 1\s?2026-03-12 09:30:00\s?going on", versions)


def test_an_open_finding_says_where_to_move_the_blood_or_that_nowhere_is(alarm: TestClient) -> None:
    en = page(alarm, f"/findings/{finding_of(alarm, 'fridge-1-load', 'open')}?lang=en")
    assert "No other place with the same limits (2.0 to 6.0 °C) is within them without needing a look itself: " in en
    assert "2026-03-12 09:11:00 – until now" in en
    assert "highest8.3 °C" in en.replace(" 8.3", "8.3")


def test_a_sensor_fault_holds_nothing_and_says_that_the_sensor_failed(morning: TestClient) -> None:
    en = page(morning, f"/findings/{finding_of(morning, 'fridge-2-air')}?lang=en")
    assert "Blood fridge 2: sensor fault" in en
    assert "the sensor failed, not the cold, and no unit is held for it" in en
    assert "The other probe of the place still measures" in en
    assert "holds no unit" in en
    assert "quarantine" not in en


def test_a_finding_that_was_withdrawn_says_that_holds_stay() -> None:
    client = TestClient(console_app(story_store()), base_url=BASE_URL)
    zh = page(client, "/findings/f-withdrawn?lang=zh")
    assert "依据已撤回：后来到达的数据改变了这项异常。已暂停发放的血液仍暂停发放。" in zh
    assert "下限 2.0 °C" in zh
    assert "另有 1 袋的影响已撤回" in zh


def test_findings_are_listed_the_newest_first_and_can_be_filtered(morning: TestClient) -> None:
    def listed(query: str) -> list[str]:
        return re.findall(r'href="/findings/(f-\d+)"', morning.get(f"/findings?{query}").text)

    every = listed("")
    assert every[0] == finding_of(morning, "fridge-2-air")
    assert len(every) == 5
    assert listed(f"place={BOX}") == [finding_of(morning, "box-1-load"), finding_of(morning, "box-1-air")]
    assert listed("status=open") == [finding_of(morning, "fridge-2-air")]
    assert listed("place=&status=") == every
    assert listed("place=freezer-1") == []
    assert listed(f"after={every[1]}") == every[2:]
    assert listed("after=f-gone") == every
    assert morning.get("/findings?status=strange").status_code == 422


def test_a_finding_that_is_not_there_has_a_page_that_says_so(morning: TestClient) -> None:
    assert "There is no finding with the id f-0 here." in page(morning, "/findings/f-0?lang=en", 404)


def test_the_urgent_page_says_whom_to_call_and_why(morning: TestClient, alarm: TestClient) -> None:
    zh = page(morning, "/urgent?lang=zh")
    assert "1 袋已发出的血液须立即追回（已暂停使用）" in zh
    assert "市一院急诊科" in zh
    assert "立即打电话给接收方：停止输注，保留血袋" in zh
    assert "尚未按现行版本确认" in zh
    assert "No unit that was issued is on hold." in page(alarm, "/urgent?lang=en")


def test_a_unit_that_was_issued_and_is_on_hold_says_whom_to_call_first(morning: TestClient) -> None:
    en = page(morning, f"/units/{unit_id(ISSUED)}?lang=en")
    assert "On hold, and already issued to 市一院急诊科" in en
    assert "Call 市一院急诊科 at once: do not transfuse it, keep the bag." in en
    assert "list-0312-1: packed 2026-03-11 21:30:00 into Courier box 1" in en
    assert "2.0 to 10.0 °C (transport limits)" in en
    assert "tone-urgent" in morning.get(f"/units/{unit_id(ISSUED)}").text
    assert "Courier box 1: the load probe was too warm" in en
    assert "13.8 °C (upper limit 10.0 °C)" in en


def test_a_unit_links_to_its_findings_and_places(morning: TestClient) -> None:
    html = morning.get(f"/units/{unit_id(MOVED)}").text
    assert f'href="/findings/{finding_of(morning, "fridge-1-load")}"' in html
    assert 'href="/places/fridge-1"' in html
    assert 'href="/places/fridge-2"' in html


def test_a_unit_of_plasma_says_its_limit_below() -> None:
    client = TestClient(scene_app("calm"), base_url=BASE_URL)
    assert "below -18.0 °C" in page(client, "/units/bag-61?lang=en")
    assert "低于 -18.0 °C" in page(client, "/units/bag-61?lang=zh")


def test_the_curve_of_a_finding_that_goes_on_for_months_shows_its_end() -> None:
    store = MemoryStore()
    story(store, "calm")
    begun_ms = NOW - 90 * 24 * HOUR
    finding = Finding(
        id="f-old",
        version=1,
        kind=FindingKind.UNMEASURED,
        rule="A05",
        place="fridge-1",
        probe="fridge-1-load",
        profile="cn-rbc",
        profile_version=2,
        status=FindingStatus.OPEN,
        holds=True,
        direction=None,
        start_ms=begun_ms,
        condition_ms=begun_ms + 4 * HOUR,
        end_ms=None,
    )
    with store.writing() as session:
        session.ledger.append([Draft(kind=EntryKind.FINDING, actor="test", site="", payload=finding)], NOW)
    client = TestClient(console_app(store), base_url=BASE_URL)
    window = re.search(r"trace\?from_ms=(\d+)&amp;to_ms=(\d+)", client.get("/findings/f-old").text)
    assert window
    assert client.get(f"/api/places/fridge-1/trace?from_ms={window[1]}&to_ms={window[2]}").status_code == 200
    assert int(window[2]) == NOW
    assert "Measure by hand with a calibrated thermometer" in page(client, "/findings/f-old?lang=en")
