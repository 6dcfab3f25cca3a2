"""A row that says another thing of a bag than its record or its label is refused whole, and an expiry can be typed."""

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
LABELLED = f"=+03000={DIN}00=%5100=<E0336V00"
DATED = f"=+04000={DIN}00=%5100=<E0336V00=>026091"  # 2026-04-01, to its 23:59
NEW = {"label": DIN, "component": "red cells", "blood_group": "O RhD+", "product_code": "E0336V00"}
DAY_MS = 86_400_000
APRIL_1 = 1_775_059_140_000  # 23:59 in Shanghai


@pytest.fixture
def client() -> TestClient:
    store, clock = MemoryStore(), HandClock(NOW)
    recorder = PipelineRecorder(story(store, "calm"), clock)
    return TestClient(console_app(store, recorder=recorder, clock=clock), base_url=BASE_URL)


def send(client: TestClient, row: dict[str, str], at_ms: int = NOW) -> dict[str, Any]:
    answered = client.post("/api/receive", json={**SIGNED, "at_ms": at_ms, "rows": [row]})
    assert answered.status_code == 200, answered.text
    (found,) = answered.json()["rows"]
    assert isinstance(found, dict)
    return found


def unit_of(client: TestClient, row: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = client.get(f"/api/units/{row['unit']}").json()["unit"]
    return found


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ({"blood_group": "A+"}, "blood group O RhD+, and not with A+"),
        ({"blood_group": "O RhD negative"}, "blood group O RhD+, and not with O RhD negative"),
        ({"component": "platelets"}, "component red cells, and not with platelets"),
        ({"scheme": "local"}, "scheme isbt128, and not with local"),
        ({"expires_ms": str(NOW + DAY_MS)}, "expiry unknown, and not with 2026-03-13 09:30"),
        ({"label": f"=+02000={DIN}00=%6200"}, "blood group O RhD+, and not with A+"),
    ],
)
def test_a_known_bag_with_another_word_than_its_record_is_refused_whole(
    client: TestClient, typed: dict[str, str], told: str
) -> None:
    first = send(client, NEW)
    refused = send(client, {"label": DIN} | typed, NOW + 1)
    assert refused["outcome"] == "refused"
    assert told in refused["why"]
    assert "set the bag aside" in refused["why"]
    assert len(client.get("/api/receptions").json()["items"]) == 1
    (kept,) = client.get("/api/receive/refusals").json()["items"]
    assert kept["rows"][0]["why"] == refused["why"]
    assert unit_of(client, first)["blood_group"] == "O RhD+"


@pytest.mark.parametrize(
    "typed",
    [{"blood_group": "O+"}, {"blood_group": "O"}, {"component": "Red  Cells"}, {"product_code": "E0336V00"}, {}],
)
def test_a_known_bag_in_the_words_of_its_record_is_received(client: TestClient, typed: dict[str, str]) -> None:
    first = send(client, NEW)
    assert send(client, {"label": DIN, **typed}, NOW + 1)["unit"] == first["unit"]
    scanned = send(client, {"label": LABELLED, "visual": "intact", **typed}, NOW + 2)
    assert (scanned["outcome"], scanned["unit"]) == ("accepted", first["unit"])


def test_a_bag_that_nobody_named_has_no_other_component(client: TestClient) -> None:
    first = send(client, {"label": LABELLED})
    assert unit_of(client, first)["component"] == "E0336V00"
    again = send(client, {"label": DIN, "component": "red cells", "visual": "intact"}, NOW + 1)
    assert (again["outcome"], again["unit"]) == ("accepted", first["unit"])


def test_a_bag_named_by_our_own_id_is_compared_too(client: TestClient) -> None:
    unit = send(client, NEW)["unit"]
    for typed, told in (({"product_code": "E0701V00"}, "product code E0336V00"), ({"issuer": "X"}, "issuer G1234")):
        assert told in send(client, {"label": unit} | typed, NOW + 1)["why"]


def test_what_is_typed_against_the_label_itself_is_refused(client: TestClient) -> None:
    assert "label says blood group O+, and A+" in send(client, {"label": LABELLED, "blood_group": "A+"})["why"]
    other = send(client, {"label": DATED, "expires_ms": "2026-04-02"})
    assert "label says expiry 2026-04-01 23:59, and 2026-04-02 23:59" in other["why"]
    same = send(client, {"label": DATED, "expires_ms": "2026-04-01"})
    assert unit_of(client, same)["expires_ms"] == APRIL_1


@pytest.mark.parametrize("typed", ["2026-04-01", "2026-04-01T23:59", "2026-04-01T15:59Z", str(APRIL_1)])
def test_the_expiry_on_the_label_is_typed_as_a_day_a_time_or_milliseconds(client: TestClient, typed: str) -> None:
    made = send(client, NEW | {"expires_ms": typed})
    assert unit_of(client, made)["expires_ms"] == APRIL_1
    sheet = ",".join([*NEW, "expires_ms"]) + "\n" + ",".join([*(NEW | {"label": "G123426000778"}).values(), typed])
    asked: dict[str, str | int] = {**SIGNED, "at_ms": NOW}
    answered = client.post("/api/receive/csv", params=asked, content=sheet, headers={"Content-Type": "text/csv"})
    assert unit_of(client, answered.json()["rows"][0])["expires_ms"] == APRIL_1


def test_an_expiry_that_cannot_be_is_refused_and_the_last_that_can_is_taken(client: TestClient) -> None:
    longest_ms = (3652 + 1) * DAY_MS  # us-rbc-frozen and us-source-plasma, to the end of the day
    for typed, told in (
        (str(NOW), "had passed when the bag came in"),
        ("2025-04-01", "had passed when the bag came in"),
        (str(NOW + longest_ms + 1), "more than 3652 days ahead"),
        ("tomorrow", "is no time"),
        ("9" * 15, "lies outside"),
    ):
        refused = send(client, NEW | {"expires_ms": typed})
        assert (refused["outcome"], told in refused["why"]) == ("refused", True), refused["why"]
    assert send(client, NEW | {"expires_ms": str(NOW + longest_ms)})["outcome"] == "accepted"


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ({"product_code": "RBC"}, "product code 'RBC' is none of ISBT 128"),
        ({"product_code": "E0336V0"}, "product code 'E0336V0' is none"),
        ({"blood_group": "red"}, "blood group 'red' is none"),
    ],
)
def test_what_is_no_code_or_group_makes_no_bag_of_isbt_128(
    client: TestClient, typed: dict[str, str], told: str
) -> None:
    assert told in send(client, NEW | typed)["why"]
    assert send(client, NEW | {"product_code": "E0336"})["outcome"] == "accepted"
    local = NEW | {"label": "0160723029785", "issuer": "station-1"} | typed
    assert send(client, local)["outcome"] == "accepted", "local words are the station's own"


def test_the_page_takes_the_expiry_and_says_what_differs_in_its_language(client: TestClient) -> None:
    assert 'type="datetime-local" name="expires_ms"' in client.get("/receive?lang=en").text
    typed = {**SIGNED, **NEW, "expires_ms": "2026-04-01T23:59"}
    assert "accepted" in words(client.post("/receive?lang=en", data=typed, headers=OURS).text)
    (unit,) = [one for one in client.get("/api/units?limit=1000").json()["items"] if one["donation_number"] == DIN]
    assert unit["expires_ms"] == APRIL_1
    for changed, told in (
        ({"blood_group": "A+"}, "登记的血型为 O RhD+，而本行为 A+：请将该袋单独放置"),
        ({"product_code": "", "component": "血浆"}, "登记的品种为 red cells，而本行为 血浆"),
        ({"expires_ms": "2026-04-02T23:59"}, "登记的失效时间为 2026-04-01 23:59，而本行为 2026-04-02 23:59"),
        ({"label": LABELLED, "blood_group": "B+"}, "标签上的血型为 O+，而填写的是 B+"),
        ({"label": "G123426000778", "blood_group": "红"}, "“红”不是血型"),
        ({"label": "G123426000778", "product_code": "RBC"}, "产品码 RBC 不是 ISBT 128 产品码"),
        ({"label": "G123426000778", "expires_ms": "2026-03-01T23:59"}, "失效时间 2026-03-01 23:59 在入库时已过"),
        ({"label": "G123426000778", "expires_ms": "2076-03-01T23:59"}, "超过任何限值方案的最长保存期"),
    ):
        page = words(client.post("/receive?lang=zh", data=typed | changed, headers=OURS).text)
        assert told in page, page[:900]
