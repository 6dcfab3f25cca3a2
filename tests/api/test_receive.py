"""Receiving bags: every row is answered, refused rows are kept and can be sent again, untagged bags say "scanned"."""

import re
from typing import Any

import pytest
from fastapi.testclient import TestClient
from support.console import PipelineRecorder, console_app
from support.console_story import NOW, story
from support.hand_clock import HandClock
from support.memory_store import MemoryStore
from support.page_words import words

BASE_URL = "http://127.0.0.1"
OURS = {"Origin": BASE_URL}
SIGNED = {"place": "fridge-2", "name": "李华", "post": "technician"}
DIN = "G123426000777"
COMPOUND = f"=+03000={DIN}00=%5100=<E0336V00"
TAG = "E28011606000020512345678"


@pytest.fixture
def clock() -> HandClock:
    return HandClock(NOW)


@pytest.fixture
def client(clock: HandClock) -> TestClient:
    store = MemoryStore()
    pipeline = story(store, "calm")
    return TestClient(console_app(store, recorder=PipelineRecorder(pipeline, clock), clock=clock), base_url=BASE_URL)


def send(client: TestClient, *rows: dict[str, str], **changed: Any) -> dict[str, Any]:
    answered = client.post("/api/receive", json={**SIGNED, "at_ms": NOW, "rows": list(rows), **changed})
    assert answered.status_code == 200, answered.text
    found: dict[str, Any] = answered.json()
    return found


def test_a_compound_scan_registers_tags_and_places_a_bag_once(client: TestClient) -> None:
    row = {"label": COMPOUND, "tag": TAG, "visual": "intact", "temperature": "4.5"}
    (first,) = send(client, row)["rows"]
    assert (first["outcome"], first["donation_number"]) == ("accepted", DIN)
    (again,) = send(client, row)["rows"]
    assert (again["outcome"], again["unit"]) == ("already-known", first["unit"])
    shown = client.get(f"/api/units/{first['unit']}").json()
    assert (shown["unit"]["scheme"], shown["unit"]["blood_group"], shown["unit"]["product_code"]) == (
        "isbt128",
        "O+",
        "E0336V00",
    )
    assert [tag["epc"] for tag in shown["tags"]] == [TAG]
    (stay,) = client.get(f"/api/units/{first['unit']}/stays").json()["items"]
    assert (stay["place"], stay["entered_by"]) == ("fridge-2", "scanned")
    (reception,) = client.get("/api/receptions").json()["items"]
    assert (reception["micro_celsius"], reception["visual"], reception["name"]) == (4_500_000, "intact", "李华")


def test_each_row_is_answered_and_refused_ones_are_kept_with_the_reason(client: TestClient) -> None:
    local = {"label": "0160723029785", "component": "悬浮红细胞", "blood_group": "O+", "product_code": "RBC"}
    found = send(
        client,
        {"label": COMPOUND, "tag": TAG},
        {"label": "0160723029999"},
        {**local, "issuer": "station-1"},
        {"label": f"={DIN}61"},
        {"label": DIN, "temperature": "warm"},
        {"label": DIN, "tag": "no tag"},
        {"label": DIN, "visual": "defect"},
        {**local, "label": "0160723029786", "issuer": "station-1", "tag": TAG},
    )
    assert [row["outcome"] for row in found["rows"]] == ["accepted", "refused", "accepted", *["refused"] * 5]
    told = ["not registered", "checksum", "degrees Celsius", "no tag", "what is wrong", "already bound"]
    refused = [row["why"] for row in found["rows"] if row["outcome"] == "refused"]
    assert all(part in why for part, why in zip(told, refused, strict=True)), refused
    (kept,) = client.get("/api/receive/refusals").json()["items"]
    assert (kept["id"], [row["row"] for row in kept["rows"]]) == (found["refusal"], [2, 4, 5, 6, 7, 8])
    sheet = client.get(f"/api/receive/refusals/{kept['id']}/csv")
    assert "attachment" in sheet.headers["content-disposition"]
    assert f"'={DIN}61" in sheet.text, "a table program must not run a scan as a formula"
    units = [unit["donation_number"] for unit in client.get("/api/units?limit=1000").json()["items"]]
    assert "0160723029786" not in units, "nothing of a refused row stands in the record"


def test_refused_rows_may_be_corrected_and_sent_again_as_csv(client: TestClient) -> None:
    refusal = send(client, {"label": DIN, "component": "红细胞"})["refusal"]
    sheet = client.get(f"/api/receive/refusals/{refusal}/csv").content.decode()
    lines = sheet.split("\r\n")
    cells = dict(zip(lines[0].removeprefix("\ufeff").split(","), lines[1].split(","), strict=False))
    cells |= {"product_code": "E0336V00", "blood_group": "A+", "why": "corrected"}
    fixed = "\ufeff" + ",".join(cells) + "\r\n" + ",".join(cells.values()) + "\r\n"
    asked: dict[str, str | int] = {**SIGNED, "at_ms": NOW}
    headers = {"Content-Type": "text/csv"}
    answered = client.post("/api/receive/csv", params=asked, content=fixed.encode(), headers=headers).json()
    assert [row["outcome"] for row in answered["rows"]] == ["accepted"]
    for content, why in (
        (b"a,b\n1,2\n", "label among them"),
        (b"label,colour\nx,y\n", "colour"),
        (b"\xff\xfe", "UTF-8"),
    ):
        refused = client.post("/api/receive/csv", params=asked, content=content, headers=headers)
        assert (refused.status_code, why in refused.json()["detail"]) == (422, True)
    plain = client.post(
        "/api/receive/csv", params=asked, content=fixed.encode(), headers={"Content-Type": "text/plain"}
    )
    assert plain.status_code == 422, "a foreign page may send text/plain"


def test_a_registered_bag_without_a_tag_moves_by_its_label_alone(client: TestClient) -> None:
    (first,) = send(client, {"label": COMPOUND})["rows"]
    moved = client.post(
        "/api/receive", json={**SIGNED, "place": "fridge-1", "at_ms": NOW + 60_000, "rows": [{"label": DIN}]}
    ).json()
    assert [(row["outcome"], row["unit"]) for row in moved["rows"]] == [("accepted", first["unit"])]
    stays = client.get(f"/api/units/{first['unit']}/stays").json()["items"]
    assert [(stay["place"], stay["entered_by"], stay["left_by"]) for stay in stays] == [
        ("fridge-2", "scanned", "scanned"),
        ("fridge-1", "scanned", None),
    ]
    assert "人工扫码" in words(client.get(f"/units/{first['unit']}?lang=zh").text)


def test_the_page_takes_one_bag_or_a_list_and_answers_every_row(client: TestClient, clock: HandClock) -> None:
    assert "Nothing received yet" in words(client.get("/receive?lang=en").text)
    one = client.post("/receive?lang=en", data={**SIGNED, "label": COMPOUND, "visual": "intact"}, headers=OURS)
    assert (one.status_code, "accepted" in words(one.text)) == (200, True)
    clock.forward(1_000)
    sheet = f"label;visual;note\n{DIN};defect;leaks\n12345;;\n"
    page = client.post("/receive?lang=zh", data={**SIGNED, "csv": sheet}, headers=OURS)
    assert "有缺陷 · leaks" in words(page.text)
    assert re.search(r"/api/receive/refusals/r-[0-9a-f]+/csv", page.text)
    lost = client.post("/receive?lang=en", data={**SIGNED, "place": "nowhere", "label": DIN}, headers=OURS)
    assert (lost.status_code, "Nothing was taken" in words(lost.text)) == (409, True)
    foreign = client.post("/receive", data={**SIGNED, "label": DIN}, headers={"Origin": "http://evil"})
    assert foreign.status_code == 409


def test_a_bag_that_stands_twice_in_a_list_with_other_words_keeps_its_first_row(client: TestClient) -> None:
    """All rows of a list have one time: the second look at a bag would take the place of the first."""
    leaks = {"label": COMPOUND, "visual": "defect", "note": "leaks", "temperature": "12"}
    found = send(client, leaks, leaks, {"label": COMPOUND, "visual": "intact"})
    assert [row["outcome"] for row in found["rows"]] == ["accepted", "already-known", "refused"]
    assert "very millisecond" in found["rows"][2]["why"]
    (kept,) = client.get("/api/receive/refusals").json()["items"]
    assert [(row["row"], row["sent"]["visual"]) for row in kept["rows"]] == [(3, "intact")]
    (reception,) = client.get("/api/receptions").json()["items"]
    assert (reception["visual"], reception["note"], reception["micro_celsius"]) == ("defect", "leaks", 12_000_000)
    assert send(client, {"label": COMPOUND, "visual": "intact"}, at_ms=NOW + 1)["rows"][0]["outcome"] == "accepted"


def test_a_defect_that_the_eye_sees_holds_the_bag_until_a_person_decides(client: TestClient) -> None:
    (one,) = send(client, {"label": COMPOUND, "visual": "defect", "note": "seal torn"})["rows"]
    shown = client.get(f"/api/units/{one['unit']}").json()
    (hold,) = shown["holds"]
    assert (shown["standing"], hold["basis"], hold["certain"]) == ("held", "inspection", True)
    for lang, told in (("zh", "接收时目视检查发现缺陷"), ("en", "A visual defect was seen at receiving (fridge-2")):
        page = words(client.get(f"/units/{one['unit']}?lang={lang}").text)
        assert told in page
        assert "seal torn" in page
        assert told[:9] in words(client.get(f"/units/{one['unit']}/decide?lang={lang}").text) or lang == "en"
    issued = {"to": "ward 3", "at_ms": NOW, "name": "李华", "post": "technician"}
    client.post(f"/api/units/{one['unit']}/issues", json=issued)
    seen = client.get(f"/api/units/{one['unit']}/evidence").json()
    body = {"holds": [hold["id"]], "decision": "release-hold", "evidence": seen["evidence"]["version"], "at_ms": NOW}
    answered = client.post(
        f"/api/units/{one['unit']}/decisions",
        json=body | {"seen": seen["evidence"]["marks"], "name": "王芳", "post": "qm", "reason": "outer wrap only"},
    )
    assert answered.status_code == 201, answered.text
    assert client.get(f"/api/units/{one['unit']}").json()["standing"] != "held"


def test_a_bag_that_looks_intact_or_was_not_looked_at_is_not_held(client: TestClient) -> None:
    local = {"component": "悬浮红细胞", "blood_group": "O+", "product_code": "RBC", "issuer": "station-1"}
    rows = [{"label": COMPOUND, "visual": "intact"}, {"label": "0160723029785", **local}]
    for one in send(client, *rows)["rows"]:
        assert client.get(f"/api/units/{one['unit']}").json()["holds"] == []
