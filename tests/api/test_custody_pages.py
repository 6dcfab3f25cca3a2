"""Custody written on pages: acts, ends, owners, mistakes, containers and keys, in both languages, refused clearly."""

import re
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from support.console import PipelineRecorder, console_app
from support.hand_clock import HandClock
from support.intake import END, GATEWAY, HOUR, PLACE, SITE, START
from support.lineage_story import SCHEMES, centre
from support.memory_store import MemoryStore
from support.page_words import local, words

import rules
from coldchain.places import Place, PlaceKind, Text
from coldchain.trust import GatewayKey
from rules.profile import profile_record

OURS = {"Origin": "http://127.0.0.1"}
SIGNED = {"name": "李华", "post": "technician"}
KEY = "ab" * 32


@pytest.fixture(params=SCHEMES)
def client(request: pytest.FixtureRequest) -> TestClient:
    store = MemoryStore()
    pipeline = centre(store, str(request.param))
    kept: dict[str, Any] = {"site": SITE, "profile": "cn-rbc", "profile_version": 2}
    toml = (Path(rules.__file__).parent / "profiles" / "cn-rbc-2.toml").read_bytes()
    boxes = [
        Place(id="basket-1", kind=PlaceKind.BASKET, name=Text(zh="血篮一", en="Basket one"), **kept),
        Place(id="crate-1", kind=PlaceKind.CRATE, name=Text(zh="周转箱一", en="Crate one"), **kept),
    ]
    key = GatewayKey(gateway=GATEWAY, key=KEY, from_ms=START)
    frozen = (Path(rules.__file__).parent / "profiles" / "cn-ffp-2.toml").read_bytes()
    pipeline.set_up([profile_record(toml), profile_record(frozen), *boxes], END, [key])
    return TestClient(
        console_app(store, recorder=PipelineRecorder(pipeline, HandClock(END)), clock=HandClock(END)),
        base_url="http://127.0.0.1",
    )


def send(client: TestClient, path: str, form: dict[str, str], lang: str = "zh") -> tuple[int, str]:
    sent = client.post(f"{path}?lang={lang}", data=form | SIGNED, headers=OURS, follow_redirects=False)
    return sent.status_code, words(sent.text) if sent.status_code != 303 else sent.headers["location"]


def act(client: TestClient, form: dict[str, str], lang: str = "zh") -> tuple[int, str]:
    return send(client, "/units/rc-2/act", {"form": "act", "id": "a-7"} | form, lang)


FROZEN = "fz-1"  # plasma: it can be thawed


def freeze(client: TestClient) -> None:
    """Register a bag of frozen plasma, which has the number of rc-2."""
    body = client.get("/api/units/rc-2").json()["unit"]
    names = ("issuer", "scheme", "donation_number", "blood_group")
    body = {name: body[name] for name in names} | {"id": FROZEN, "product_code": "E0701V00", "division": "00"}
    body |= {"component": "plasma", "profile": "cn-ffp", "profile_version": 2, "expires_ms": END + 10**9}
    made = client.post("/api/units", json=body)
    assert made.status_code == 201, made.text


def test_a_bag_that_is_not_kept_frozen_is_not_thawed_and_says_why(client: TestClient) -> None:
    form = {"act": "thaw", "product_code": "E0400V00", "place": PLACE}
    for lang, told in (("zh", "不是冷冻保存的，不能登记融化"), ("en", "is not kept frozen and cannot be thawed")):
        status, shown = act(client, form, lang)
        assert (status, told in shown) == (409, True), shown
    assert client.get("/api/units/rc-2/custody").json()["end"] is None


def test_a_thaw_of_a_frozen_bag_makes_a_unit_and_ends_the_old_one(client: TestClient) -> None:
    freeze(client)
    form = {"form": "act", "id": "a-7", "act": "thaw", "product_code": "E0400V00", "place": PLACE}
    assert send(client, f"/units/{FROZEN}/act", form) == (303, f"/units/{FROZEN}/custody")
    custody = client.get(f"/api/units/{FROZEN}/custody").json()
    assert [one["product_code"] for one in custody["made_of"]["units"]] == ["E0400V00"]
    assert custody["end"]["how"] == "transformed"
    assert send(client, f"/units/{FROZEN}/act", form)[0] == 303, "sent twice it is once"
    assert len(client.get(f"/api/units/{FROZEN}/custody").json()["made_of"]["units"]) == 1
    assert client.get("/api/transformations/a-7").json()["place"] == PLACE


@pytest.mark.parametrize("how", ["wash", "irradiate", "filter"])
def test_an_act_on_the_page_makes_a_unit_and_ends_the_old_one(client: TestClient, how: str) -> None:
    form = {"act": how, "product_code": "E0400V00", "place": PLACE}
    assert act(client, form) == (303, "/units/rc-2/custody")
    (made,) = client.get("/api/units/rc-2/custody").json()["made_of"]["units"]
    assert made["product_code"] == "E0400V00"
    assert client.get("/api/units/rc-2/custody").json()["end"]["how"] == "transformed"
    assert act(client, form)[0] == 303, "sent twice it is once"
    assert len(client.get("/api/units/rc-2/custody").json()["made_of"]["units"]) == 1
    assert client.get("/api/transformations/a-7").json()["place"] == PLACE


def test_the_form_offers_the_place_where_the_bag_is_and_says_what_is_missing_of_an_owner(client: TestClient) -> None:
    shown = client.get("/units/rc-2/act").text
    (chosen,) = re.findall(
        r'<option value="([^"]*)" selected>', shown.split('name="place"', 1)[1].split("</select>")[0]
    )
    assert chosen == PLACE
    for lang, told in (("zh", "请填写血袋现在归谁所有"), ("en", "say to whom the unit belongs")):
        status, said = send(client, "/units/rc-2/act", {"form": "owner", "owner": ""}, lang)
        assert (status, told in said) == (409, True), said
    unsigned = client.post("/units/rc-2/act?lang=zh", data={"form": "owner", "owner": "B"}, headers=OURS)
    assert (unsigned.status_code, "请签名：填写姓名。" in unsigned.text) == (409, True)


def test_a_split_makes_a_bag_for_each_division_and_a_part_leaves_the_bag(client: TestClient) -> None:
    form = {"act": "divide-aliquot", "product_code": "E0400V00", "divisions": "A0，B0", "kept": "1"}
    assert act(client, form)[0] == 303
    custody = client.get("/api/units/rc-2/custody").json()
    assert sorted(one["division"] for one in custody["made_of"]["units"]) == ["A0", "B0"]
    assert custody["end"] is None


def test_a_pool_takes_the_others_that_are_named(client: TestClient) -> None:
    number = client.get("/api/units/rc-4").json()["unit"]["donation_number"]
    assert client.get("/api/units/rc-4").json()["unit"]["id"] == "rc-4"
    form = {"act": "pool", "product_code": "E3088V00", "others": "rc-3\nrc-4", "donation_number": number[:-2] + "88"}
    assert act(client, form)[0] == 303
    assert client.get("/api/transformations/a-7").json()["inputs"] == ["rc-2", "rc-3", "rc-4"]


@pytest.mark.parametrize(
    ("form", "zh", "en"),
    [
        ({}, "请选择做了什么", "choose what was done"),
        ({"act": "wash"}, "请填写制成的血袋", "say which bags were made"),
        ({"act": "split", "product_code": "E9"}, "2 至 100 袋产物", "makes 2 to 100"),
        ({"act": "wash", "product_code": "E9", "at": "soon"}, "at soon 不是时间", "at soon is no time"),
        ({"act": "wash", "product_code": "E9", "at": "2099-01-01T00:00"}, "在将来", "lies in the future"),
        ({"act": "pool", "product_code": "E9", "others": "x"}, "血袋 x 未登记", "unit x is not registered"),
        ({"act": "wash", "product_code": "E" * 40}, "product_code 不符合要求", "product_code is not allowed"),
    ],
)
def test_what_cannot_be_is_refused_in_the_language_of_the_page_and_kept_in_the_form(
    client: TestClient, form: dict[str, str], zh: str, en: str
) -> None:
    for lang, told in (("zh", zh), ("en", en)):
        status, shown = act(client, form, lang)
        assert (status, told in shown) == (409, True), shown
    assert client.get("/api/units/rc-2/custody").json()["made_of"]["units"] == []


def test_an_end_and_an_owner_are_said_on_the_page(client: TestClient) -> None:
    assert send(client, "/units/rc-2/act", {"form": "owner", "owner": "第三医院"})[0] == 303
    assert send(client, "/units/rc-2/act", {"form": "end", "how": "discarded", "note": "bag torn"})[0] == 303
    custody = client.get("/api/units/rc-2/custody").json()
    assert (custody["owner"], custody["end"]["how"], custody["end"]["note"]) == ("第三医院", "discarded", "bag torn")
    status, shown = send(client, "/units/rc-2/act", {"form": "end", "how": "transfused"})
    assert (status, "已于" in shown) == (409, True)
    assert "这袋血已到终点" in words(client.get("/units/rc-2/act?lang=zh").text)
    assert client.get("/units/nobody/act").status_code == 404


def test_a_mistake_is_chosen_from_what_was_said_and_put_right(client: TestClient) -> None:
    client.post("/api/units/rc-2/placements", json={"place": PLACE, "at_ms": START + 3 * HOUR})
    page = client.get("/units/rc-2/act?lang=zh").text
    word = f"placement|rc-2|{START + 3 * HOUR}|{PLACE}"
    assert f'value="{word}"' in page
    form = {"form": "mistake", "word": word, "note": "另一袋", "instead": "1", "instead_unit": "rc-3"}
    at = local(START + 3 * HOUR)
    assert send(client, "/units/rc-2/act", form | {"instead_at": at})[0] == 303
    (error,) = client.get("/api/units/rc-2/custody").json()["errors"]
    assert (error["reason"], error["instead"]["unit"], error["instead"]["object"]) == ("incorrect_data", "rc-3", PLACE)
    status, shown = send(client, "/units/rc-2/act", {"form": "mistake", "word": word, "note": ""})
    assert (status, "备注" in shown or "没有这样一条记录" in shown) == (409, True)


def test_containers_are_put_in_taken_out_and_declared_wrong_on_their_page(client: TestClient) -> None:
    assert send(client, "/containers", {"action": "ADD", "parent": "basket-1", "units": "rc-2 rc-3"})[0] == 303
    moved = {"action": "ADD", "parent": "crate-1", "container": "basket-1"}
    assert send(client, "/containers", moved)[0] == 303
    shown = words(client.get("/containers?lang=en").text)
    assert "Basket one basket-1 basket Crate one" in shown
    status, told = send(client, "/containers", {"action": "ADD", "parent": "basket-1", "container": "crate-1"})
    assert (status, "不能放入装在它里面的容器" in told) == (409, True)
    word = f"containment|basket-1|{END}|crate-1"
    assert send(client, "/containers", {"form": "mistake", "word": word, "note": "other basket"})[0] == 303
    assert "nowhere that is known" in words(client.get("/containers?lang=en").text)
    assert "不在任何已知的地方" in words(client.get("/containers?lang=zh").text)


def test_a_key_is_ended_on_its_page_by_somebody_who_signs(client: TestClient) -> None:
    assert KEY[:16] in client.get("/keys?lang=zh").text
    sent = client.post("/keys?lang=zh", data={"which": f"{GATEWAY}|{KEY}", "reason": ""} | SIGNED, headers=OURS)
    assert (sent.status_code, "请填写原因并签名" in words(sent.text)) == (409, True)
    assert send(client, "/keys", {"which": f"{GATEWAY}|{KEY}", "reason": "stolen"})[0] == 303
    shown = words(client.get("/keys?lang=en").text)
    assert "ended by 李华 (technician): stolen" in shown
    (key,) = client.get(f"/api/gateways/{GATEWAY}/keys").json()["items"]
    assert (key["until_ms"], key["reason"]) == (END, "stolen")


@pytest.mark.parametrize("path", ["/units/rc-2/act", "/containers", "/keys"])
def test_a_form_of_a_foreign_page_is_refused(client: TestClient, path: str) -> None:
    assert client.post(path, data=SIGNED, headers={"Origin": "http://evil.example"}).status_code == 409


@pytest.mark.parametrize("path", ["/units/rc-2/act", "/containers", "/keys"])
def test_the_pages_are_in_both_languages(client: TestClient, path: str) -> None:
    zh, en = (words(client.get(f"{path}?lang={lang}").text) for lang in ("zh", "en"))
    assert zh != en
    assert not re.search(r"[\u4e00-\u9fff]", en.replace("中文", "").replace("悬浮红细胞", "").replace("李华", "")), en
