"""The packing list of a box written on its page, with when it is expected there, and what the page then says of it."""

import re
from collections.abc import Iterator
from datetime import datetime
from html import unescape
from zoneinfo import ZoneInfo

import pytest
from fastapi.testclient import TestClient
from support.console import scene_app
from support.console_story import FRIDGE_2, MINUTE, NOW, unit_id
from support.storage_point import BOX

OURS = {"Origin": "http://127.0.0.1"}
PAGE = f"/places/{BOX}/pack"
BAGS = [unit_id(number) for number in list(FRIDGE_2)[:3]]


@pytest.fixture
def calm() -> Iterator[TestClient]:
    with TestClient(scene_app("calm"), base_url="http://127.0.0.1") as client:
        yield client


def local(at_ms: int) -> str:
    return datetime.fromtimestamp(at_ms // 1_000, ZoneInfo("Asia/Shanghai")).strftime("%Y-%m-%dT%H:%M:%S")


def words(html: str) -> str:
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", html)))


FORM = {
    "id": "list-7",
    "units": "\n".join(BAGS),
    "destination": "县医院",
    "courier": "zhao",
    "at": local(NOW - 5 * MINUTE),
    "expected": local(NOW + 40 * MINUTE),
    "name": "李华",
}


def send(client: TestClient, lang: str = "en", **changed: str) -> tuple[int, str]:
    sent = client.post(f"{PAGE}?lang={lang}", data=FORM | changed, headers=OURS, follow_redirects=False)
    return sent.status_code, words(sent.text) if sent.status_code != 303 else sent.headers["location"]


def test_a_list_written_on_the_page_is_the_one_of_the_interface_and_the_box_says_when_it_is_expected(
    calm: TestClient,
) -> None:
    assert send(calm) == (303, f"/places/{BOX}")
    made = calm.get("/api/manifests/list-7").json()
    assert made["manifest"] | {"units": sorted(made["manifest"]["units"])} == {
        "id": "list-7",
        "box": BOX,
        "units": sorted(BAGS),
        "packed_ms": NOW - 5 * MINUTE,
        "destination": "县医院",
        "courier": "zhao",
        "expected_ms": NOW + 40 * MINUTE,
    }
    shown = words(calm.get(f"/places/{BOX}?lang=en").text)
    assert re.search(r"expected .{10,30}, as who packed it said", shown)
    assert "（装箱人所填）" in words(calm.get(f"/places/{BOX}?lang=zh").text)
    assert "list-7" in words(calm.get(f"{PAGE}?lang=en").text)


def test_the_page_and_the_way_to_it_are_called_what_they_are(calm: TestClient) -> None:
    for lang, title, link in (
        ("en", "record a packing list", "record a packing list"),
        ("zh", "登记装箱单", "登记装箱单"),
    ):
        assert title in re.findall(r"<h1>(.+?)</h1>", calm.get(f"{PAGE}?lang={lang}").text)[0]
        ways = re.findall(r'href="([^"]+)">([^<]+)</a>', calm.get(f"/places/{BOX}?lang={lang}").text)
        assert (PAGE, link) in ways
        fridge = calm.get(f"/places/fridge-1?lang={lang}").text
        assert "/pack" not in "".join(re.findall(r'href="([^"]+)"', fridge))


def test_left_out_it_is_unknown_and_the_page_says_so(calm: TestClient) -> None:
    assert send(calm, expected="")[0] == 303
    assert "nobody said it, and there is no earlier journey" in words(calm.get(f"/places/{BOX}?lang=en").text)
    assert "预计到达时间未知" in words(calm.get(f"/places/{BOX}?lang=zh").text)


def test_after_an_earlier_journey_of_the_same_way_it_says_from_how_many(calm: TestClient) -> None:
    assert send(calm, id="list-6", at=local(NOW - 120 * MINUTE), expected="")[0] == 303
    signed = {"party": "receiver", "units": BAGS, "at_ms": NOW - 60 * MINUTE, "name": "王芳", "post": "nurse"}
    assert calm.post("/api/manifests/list-6/handover", json=signed | {"seal": "", "documents": []}).status_code == 201
    assert send(calm, expected="")[0] == 303
    assert calm.get("/api/manifests/list-7").json()["arrival"] == {"at_ms": NOW + 55 * MINUTE, "journeys": 1}
    assert "from 1 earlier journey between the same two places" in words(calm.get(f"/places/{BOX}?lang=en").text)
    assert "按以往 1 次相同路线" in words(calm.get(f"/places/{BOX}?lang=zh").text)


@pytest.mark.parametrize(
    ("changed", "en", "zh"),
    [
        ({"name": ""}, "sign with your name", "请签名"),
        ({"destination": ""}, "say where the box goes", "送往哪里"),
        ({"units": " "}, "name the bags", "装入的血袋"),
        ({"units": "bag-999"}, "bag-999", "bag-999"),
        ({"expected": "soon"}, "is no time", "不是时间"),
        ({"expected": local(NOW - 6 * MINUTE)}, "expected before it was packed", "早于装箱"),
        ({"expected": local(NOW + 8 * 24 * 60 * MINUTE)}, "more than 7 days", "7 天之后"),
        ({"at": local(NOW + 20 * MINUTE), "expected": ""}, "packed_ms", "在将来"),
        ({"id": "No Such Id"}, "id cannot be taken", "id 的写法"),
        ({"destination": "x" * 65}, "destination cannot be taken", "destination 的写法"),
    ],
)
def test_what_cannot_be_is_refused_on_the_page_in_its_language_and_what_was_typed_stays(
    calm: TestClient, changed: dict[str, str], en: str, zh: str
) -> None:
    for lang, told in (("en", en), ("zh", zh)):
        status, shown = send(calm, lang, **changed)
        assert status == 409
        assert told in shown
    page = calm.post(f"{PAGE}?lang=en", data=FORM | changed, headers=OURS).text
    assert f'value="{changed.get("courier", "zhao")}"' in page
    assert calm.get("/api/manifests/list-7").status_code == 404


@pytest.mark.parametrize("place", ["fridge-1", "nothing"])
def test_only_a_box_is_packed(calm: TestClient, place: str) -> None:
    assert calm.get(f"/places/{place}/pack").status_code == 404


def test_a_form_of_another_page_is_refused(calm: TestClient) -> None:
    sent = calm.post(PAGE, data=FORM, headers={"Origin": "http://evil.example"})
    assert sent.status_code in {403, 409}
    assert calm.get("/api/manifests/list-7").status_code == 404
