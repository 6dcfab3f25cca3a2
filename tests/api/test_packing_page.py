"""The packing list of a box written on its page, with when it is expected there, and what the page then says of it."""

import re
from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient
from support.console import scene_app
from support.console_story import BOXED, FRIDGE_1, FRIDGE_2, MINUTE, NOW, unit_id
from support.page_words import local, words
from support.storage_point import BOX

OURS = {"Origin": "http://127.0.0.1"}
PAGE = f"/places/{BOX}/pack"
BAGS = [unit_id(number) for number in list(FRIDGE_2)[:3]]


@pytest.fixture
def calm() -> Iterator[TestClient]:
    with TestClient(scene_app("calm"), base_url="http://127.0.0.1") as client:
        yield client


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
        "moved": [],
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
    assert calm.get("/api/manifests/list-7").json()["arrival"] == {
        "at_ms": NOW + 55 * MINUTE,
        "journeys": 1,
        "moved": 0,
    }
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


def say_for_whom(client: TestClient, lang: str = "en", **changed: str) -> tuple[int, str]:
    said = {"form": "intent", "intent": "autologous", "patient": "pat-secret-7", "name": "李华", "post": "nurse"}
    sent = client.post(f"/units/{BAGS[0]}/act?lang={lang}", data=said | changed, headers=OURS, follow_redirects=False)
    return sent.status_code, sent.text


def test_a_unit_for_one_patient_is_packed_on_the_page_for_this_very_patient_only(calm: TestClient) -> None:
    assert say_for_whom(calm)[0] == 303
    alone = {"units": BAGS[0]}
    for number in BOXED:
        out = {"place": None, "at_ms": NOW - 10 * MINUTE}
        assert calm.post(f"/api/units/{unit_id(number)}/placements", json=out).status_code == 201
    for lang, told in (("en", "name the patient of the list"), ("zh", "请在装箱单上注明患者代号")):
        for other in ("", "pat-secret-8"):
            status, shown = send(calm, lang, **alone, patient=other)
            assert status == 409
            assert told in shown
    assert send(calm, **alone, patient="pat-secret-7") == (303, f"/places/{BOX}")
    assert "pat-secret" not in calm.get("/api/manifests/list-7").text
    assert "pat-secret" not in calm.get(f"{PAGE}?lang=en").text


@pytest.mark.parametrize(("lang", "again"), [("en", "type it again"), ("zh", "请重新输入")])
@pytest.mark.parametrize("typed", ["pat-secret-7", "13812345678", "王小明"])
def test_what_was_typed_as_the_patient_stands_on_no_page_that_refuses_a_form(
    calm: TestClient, lang: str, again: str, typed: str
) -> None:
    for status, page in (
        say_for_whom(calm, lang, patient=typed, post=""),
        say_for_whom(calm, lang, patient=typed, intent="allogeneic"),
    ):
        assert status == 409
        assert typed not in page
        assert again in page
        assert 'value="李华"' in page
    sent = calm.post(f"{PAGE}?lang={lang}", data=FORM | {"name": "", "patient": typed}, headers=OURS)
    assert sent.status_code == 409
    assert typed not in sent.text
    assert again in sent.text


def test_a_bag_on_hold_goes_to_the_station_only_and_both_languages_say_so() -> None:
    with TestClient(scene_app("morning"), base_url="http://127.0.0.1") as client:
        unit = unit_id(FRIDGE_1[0])
        for lang, told in (("en", "it leaves for the station only"), ("zh", "只送回血站")):
            status, shown = send(client, lang, units=unit, at="", expected="")
            assert status == 409
            assert told in shown
