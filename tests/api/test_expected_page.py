"""A new expected time of a box on its way, given over HTTP or on its page: each word stays, with who and why."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient
from support.console import scene_app
from support.console_story import FRIDGE_2, MINUTE, NOW, unit_id
from support.page_words import local, words
from support.storage_point import BOX

OURS = {"Origin": "http://127.0.0.1"}
PAGE = f"/places/{BOX}/expected"
BAGS = [unit_id(number) for number in list(FRIDGE_2)[:3]]
PACKED = NOW - 50 * MINUTE
LIST: dict[str, Any] = {
    "id": "list-7",
    "box": BOX,
    "units": BAGS,
    "packed_ms": PACKED,
    "destination": "县医院",
    "courier": "zhao",
    "expected_ms": NOW + 10 * MINUTE,
}
WORD: dict[str, Any] = {
    "expected_ms": NOW + 40 * MINUTE,
    "reason": "traffic on the ring road",
    "at_ms": NOW - 5 * MINUTE,
    "name": "赵敏",
    "post": "courier",
}
PATH = "/api/manifests/list-7/expected"


@pytest.fixture
def calm() -> Iterator[TestClient]:
    with TestClient(scene_app("calm"), base_url="http://127.0.0.1") as client:
        assert client.post("/api/manifests", json=LIST).status_code == 201
        yield client


FORM = {
    "manifest": "list-7",
    "expected": local(NOW + 40 * MINUTE),
    "reason": "堵车",
    "name": "赵敏",
    "post": "送血员",
}


def send(client: TestClient, lang: str = "en", **changed: str) -> tuple[int, str]:
    sent = client.post(f"{PAGE}?lang={lang}", data=FORM | changed, headers=OURS, follow_redirects=False)
    return sent.status_code, words(sent.text) if sent.status_code != 303 else sent.headers["location"]


def arrival(client: TestClient, name: str = "list-7") -> Any:
    return client.get(f"/api/manifests/{name}").json()["arrival"]


def test_over_http_the_list_answers_with_every_word_and_is_expected_by_the_last_one(calm: TestClient) -> None:
    first = calm.post(PATH, json=WORD, headers={"X-Actor": "dispatch"})
    assert (first.status_code, first.json()) == (201, LIST | {"moved": [WORD]})
    again = calm.post(PATH, json=WORD)
    assert (again.status_code, again.json()) == (200, first.json())
    before = WORD | {"at_ms": NOW - 20 * MINUTE, "expected_ms": NOW + 90 * MINUTE, "reason": "another stop first"}
    assert calm.post(PATH, json=before).json()["moved"] == [before, WORD]
    assert arrival(calm) == {"at_ms": NOW + 40 * MINUTE, "journeys": 0, "moved": 2}
    sent = calm.post("/api/manifests", json=LIST)
    assert (sent.status_code, sent.json()["moved"]) == (200, [before, WORD]), "the list itself is recorded already"


@pytest.mark.parametrize(
    ("change", "status", "told"),
    [
        ({"reason": ""}, 422, "reason"),
        ({"reason": " "}, 422, "say why"),
        ({"reason": "x" * 201}, 422, "reason"),
        ({"name": ""}, 422, "name"),
        ({"expected_ms": NOW - 6 * MINUTE}, 422, "before that was said"),
        ({"expected_ms": PACKED + 7 * 24 * 60 * MINUTE + 1}, 422, "more than 7 days"),
        ({"expected_ms": NOW // 1_000}, 422, "before that was said"),
        ({"at_ms": PACKED}, 422, "said after that"),
        ({"at_ms": NOW + 10 * MINUTE}, 422, "at_ms"),
        ({"why": "x"}, 422, "why"),
    ],
)
def test_what_cannot_be_is_refused_over_http(calm: TestClient, change: dict[str, Any], status: int, told: str) -> None:
    sent = calm.post(PATH, json=WORD | change)
    assert (sent.status_code, told in sent.json()["detail"]) == (status, True), sent.json()
    assert calm.get("/api/manifests/list-7").json()["manifest"] == LIST | {"moved": []}


def test_a_list_that_is_not_known_and_one_that_was_signed_for_are_not_moved(calm: TestClient) -> None:
    assert calm.post("/api/manifests/list-9/expected", json=WORD).status_code == 404
    signed = {"party": "receiver", "units": BAGS, "at_ms": NOW - 6 * MINUTE, "name": "王芳", "post": "nurse"}
    hand = calm.post("/api/manifests/list-7/handover", json=signed | {"seal": "", "documents": []})
    assert hand.status_code == 201
    sent = calm.post(PATH, json=WORD)
    assert (sent.status_code, "the box has arrived" in sent.json()["detail"]) == (409, True)
    for lang, told in (("en", "its receiver has signed"), ("zh", "收血人已签收")):
        shown = calm.get(f"{PAGE}?lang={lang}").text
        assert told in shown
        assert f'action="{PAGE}"' not in shown
        assert PAGE not in calm.get(f"/places/{BOX}?lang={lang}").text
    for lang, told in (("en", "the box has arrived"), ("zh", "已由 王芳 于")):
        shown = send(calm, lang)[1]
        assert told in shown


def test_given_on_the_page_it_is_the_one_of_the_interface_and_the_box_tells_all_of_it(calm: TestClient) -> None:
    assert send(calm) == (303, f"/places/{BOX}")
    assert send(calm, reason="先送另一站", expected=local(NOW + 60 * MINUTE), at=local(NOW - MINUTE))[0] == 303
    assert arrival(calm) == {"at_ms": NOW + 40 * MINUTE, "journeys": 0, "moved": 2}, "the one that was said later"
    for page in (f"/places/{BOX}", PAGE, f"/places/{BOX}/pack"):
        shown = {lang: words(calm.get(f"{page}?lang={lang}").text) for lang in ("en", "zh")}
        assert re.search(r"expected .{10,30}, moved 2 times since it was packed", shown["en"])
        assert re.search(r"who packed it said .{10,40}", shown["en"])
        assert "（装箱后改过 2 次）" in shown["zh"]
        assert "装箱人所填：" in shown["zh"]
        for lang, told in (("en", "堵车 (赵敏, 送血员)"), ("zh", "：先送另一站（赵敏，送血员）")):
            assert told in shown[lang]


def test_the_page_and_the_way_to_it_are_called_what_they_are(calm: TestClient) -> None:
    for lang, called in (("en", "give a new expected time"), ("zh", "更改预计到达时间")):
        assert called in re.findall(r"<h1>(.+?)</h1>", calm.get(f"{PAGE}?lang={lang}").text)[0]
        for page in (f"/places/{BOX}", f"/places/{BOX}/pack"):
            ways = re.findall(r'href="([^"]+)">([^<]+)</a>', calm.get(f"{page}?lang={lang}").text)
            assert (PAGE, called) in ways


@pytest.mark.parametrize(
    ("changed", "en", "zh"),
    [
        ({"expected": ""}, "say when it is expected now", "请填写新的预计到达时间"),
        ({"expected": "soon"}, "is no time", "不是时间"),
        ({"expected": local(NOW - MINUTE)}, "expected before that was said", "早于说出的时间"),
        ({"expected": local(NOW + 8 * 24 * 60 * MINUTE)}, "more than 7 days", "装箱 7 天之后"),
        ({"reason": " "}, "say why", "请写明为什么"),
        ({"name": ""}, "sign with your name", "请签名"),
        ({"post": ""}, "sign with your name and your post", "请签名"),
        ({"at": local(PACKED - MINUTE)}, "said after that", "更改预计到达时间须在此之后"),
        ({"at": local(NOW + 20 * MINUTE)}, "future", "将来"),
        ({"manifest": "list-9"}, "list-9 is not known here", "list-9 未登记"),
    ],
)
def test_what_cannot_be_is_refused_on_the_page_in_its_language_and_what_was_typed_stays(
    calm: TestClient, changed: dict[str, str], en: str, zh: str
) -> None:
    for lang, told in (("en", en), ("zh", zh)):
        status, shown = send(calm, lang, **changed)
        assert (status, told in shown) == (409, True), shown
        assert lang == "en" or "原文" not in shown
    page = calm.post(f"{PAGE}?lang=en", data=FORM | changed, headers=OURS).text
    assert f'value="{changed.get("name", "赵敏")}"' in page
    assert arrival(calm) == {"at_ms": NOW + 10 * MINUTE, "journeys": 0, "moved": 0}


def test_two_words_of_one_instant_are_refused_in_both_languages(calm: TestClient) -> None:
    assert send(calm, at=local(NOW - MINUTE))[0] == 303
    for lang, told in (("en", "at that very instant"), ("zh", "同一时刻已登记")):
        status, shown = send(calm, lang, at=local(NOW - MINUTE), reason="改道")
        assert (status, told in shown) == (409, True)


@pytest.mark.parametrize("place", ["fridge-1", "nothing"])
def test_only_a_box_is_expected(calm: TestClient, place: str) -> None:
    assert calm.get(f"/places/{place}/expected").status_code == 404


def test_a_form_of_another_page_is_refused(calm: TestClient) -> None:
    sent = calm.post(PAGE, data=FORM, headers={"Origin": "http://evil.example"})
    assert sent.status_code in {403, 409}
    assert arrival(calm)["moved"] == 0
