"""Custody over HTTP and on its pages: acts, lives, look-back, recalls, mistakes, in both languages."""

import re
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from support.console import PipelineRecorder, console_app
from support.hand_clock import HandClock
from support.intake import END, HOUR, PLACE, START
from support.lineage_story import SCHEMES, centre, donation
from support.memory_store import MemoryStore

import rules
from api import console_lineage
from rules.profile import profile_record

ACT = {
    "id": "w-1",
    "act": "wash",
    "inputs": ["rc-2"],
    "outputs": [
        {
            "id": "rc-2-w",
            "product_code": "E4",
            "division": "00",
            "component": "washed red cells",
            "profile": "cn-rbc",
            "profile_version": 1,
        }
    ],
    "at_ms": START + 5 * HOUR,
    "place": PLACE,
    "name": "李华",
    "post": "technician",
}
SIGNED = {"name": "王芳", "post": "quality manager"}


@pytest.fixture(params=SCHEMES)
def scheme(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def client(scheme: str) -> TestClient:
    store = MemoryStore()
    pipeline = centre(store, scheme)
    pipeline.set_up([profile_record((Path(rules.__file__).parent / "profiles" / "cn-ffp-2.toml").read_bytes())], END)
    recorder = PipelineRecorder(pipeline, HandClock(END))
    return TestClient(console_app(store, recorder=recorder, clock=HandClock(END)), base_url="http://127.0.0.1")


def frozen(client: TestClient) -> str:
    """Register a bag of frozen plasma with the number of rc-2: only what is frozen is thawed."""
    known = client.get("/api/units/rc-2").json()["unit"]
    body = {name: known[name] for name in ("issuer", "scheme", "donation_number", "blood_group")}
    body |= {"id": "fz-1", "product_code": "E0701V00", "division": "00", "component": "plasma"}
    made = client.post("/api/units", json=body | {"profile": "cn-ffp", "profile_version": 2, "expires_ms": END + 10**9})
    assert made.status_code == 201, made.text
    return "fz-1"


def page(client: TestClient, path: str) -> str:
    response = client.get(path)
    assert response.status_code == 200, response.text
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", "", response.text)))


def recall(client: TestClient, scheme: str) -> dict[str, object]:
    body = {"id": "r-1", "donation_number": donation(scheme, 1), "issuer": "station-1", "scheme": scheme}
    answer = client.post("/api/recalls", json=body | {"reason": "late reactive test"} | SIGNED)
    assert answer.status_code == 201, answer.text
    found: dict[str, object] = answer.json()
    return found


def test_an_act_is_recorded_once_and_makes_units(client: TestClient) -> None:
    first, again = (client.post("/api/transformations", json=ACT) for _ in range(2))
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == client.get("/api/transformations/w-1").json()
    assert client.get("/api/units/rc-2-w").json()["unit"]["expires_ms"] == START + 29 * HOUR
    other = client.post("/api/transformations", json=ACT | {"id": "w-2"})
    assert other.status_code == 409
    assert client.get("/api/transformations/none").status_code == 404


def test_a_life_is_told_in_order_of_time_and_lineage_works_both_ways(client: TestClient) -> None:
    client.post("/api/transformations", json=ACT)
    life = client.get("/api/units/rc-2/custody").json()
    times = [step["at_ms"] for step in life["steps"]]
    assert times == sorted(times)
    assert [step["what"] for step in life["steps"]] == ["entered", "made.process-donation", "left", "used.wash"]
    assert [one["unit"] for one in life["made_from"]["units"]] == ["wb-2"]
    assert [one["unit"] for one in life["made_of"]["units"]] == ["rc-2-w"]
    assert client.get("/api/units/rc-1/custody").json()["end"]["how"] == "transfused"
    assert [one["unit"] for one in client.get("/api/units/wb-1/custody").json()["made_of"]["units"]][-1] == "pool-1"


def test_a_recall_says_where_everything_is_and_whom_to_call(client: TestClient, scheme: str) -> None:
    found = recall(client, scheme)
    assert (found["held"], found["out"]) == (5, 1)
    assert client.get("/api/recalls").json()["items"][0]["id"] == "r-1"
    [urgent] = client.get("/api/urgent").json()["items"]
    assert (urgent["unit"], urgent["recalls"], urgent["findings"], urgent["transfused"]) == ("rc-1", ["r-1"], [], True)
    assert "5 units are reached, 5 of them on hold; 1 were handed out" in page(client, "/recalls/r-1?lang=en")
    assert "已输注" in page(client, "/recalls/r-1?lang=zh")
    assert "late reactive test" in page(client, "/recalls?lang=en")
    assert "/recalls/r-1" in client.get("/urgent").text
    assert "Recall r-1: late reactive test" in page(client, "/units/pool-1?lang=en")
    assert client.get("/recalls/none").status_code == 404


def test_a_recall_is_entered_on_its_page(client: TestClient, scheme: str) -> None:
    form = {"donation_number": donation(scheme, 2), "issuer": "station-1", "scheme": scheme, "reason": "test"}
    ours = {"Origin": "http://127.0.0.1"}
    answer = client.post("/recalls", data=form | SIGNED, headers=ours, follow_redirects=False)
    assert answer.status_code == 303
    assert "4 units are reached" in page(client, answer.headers["location"] + "?lang=en")
    unsigned = client.post("/recalls", data=form | {"name": "", "post": ""}, headers=ours)
    assert unsigned.status_code == 400
    assert "sign with" in unsigned.text


OURS = {"Origin": "http://127.0.0.1"}


def enter(client: TestClient, **form: str) -> tuple[int, str]:
    sent = client.post(
        "/recalls?lang=en", data={"reason": "test"} | SIGNED | form, headers=OURS | {"Accept-Language": "en"}
    )
    return sent.status_code, re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", "", sent.text)))


def test_a_recall_finds_the_donation_as_it_is_printed_and_whose_it_is(client: TestClient, scheme: str) -> None:
    number = donation(scheme, 2)
    status, shown = enter(client, donation_number=f" {number[:5]} {number[5:7]} {number[7:]} ")
    assert status == 200
    assert "4 units are reached" in shown
    [one] = client.get("/api/recalls").json()["items"]
    assert (one["donation_number"], one["issuer"], one["scheme"]) == (number, "station-1", scheme)


def test_a_recall_of_a_number_that_nobody_knows_is_refused_or_says_that_it_reaches_nothing(client: TestClient) -> None:
    status, shown = enter(client, donation_number="77")
    assert status == 400
    assert "No unit with the donation number 77 is registered, and nothing was recalled" in shown
    assert client.get("/api/recalls").json()["items"] == []
    status, shown = enter(client, donation_number="77", issuer="station-1", scheme="local")
    assert status == 200
    assert "nothing is on hold" in shown
    assert "call whoever has them" not in shown


def test_a_recall_by_a_scheme_that_no_unit_can_have_is_refused(client: TestClient) -> None:
    status, shown = enter(client, donation_number="W123426104218", issuer="W1234", scheme="ISBT128")
    assert status == 400
    assert "scheme 'ISBT128' is not known here: use isbt128, local" in shown
    form = {"donation_number": "77", "issuer": "W1234", "scheme": "zz", "reason": "test"}
    zh = client.post("/recalls?lang=zh", data=form | SIGNED, headers=OURS).text
    assert "无法识别：请用 isbt128, local。" in unescape(zh)
    asked = client.post("/api/recalls", json={"id": "r-8", **form} | SIGNED)
    assert (asked.status_code, "use isbt128, local" in asked.json()["detail"]) == (422, True)
    assert client.get("/api/recalls").json()["items"] == []


def test_an_isbt_128_number_with_spaces_is_refused_by_the_interface(client: TestClient) -> None:
    body = {"id": "r-9", "donation_number": "W1234 26 104218", "issuer": "W1234", "scheme": "isbt128", "reason": "test"}
    answer = client.post("/api/recalls", json=body | SIGNED)
    assert answer.status_code == 422, answer.text
    assert "13 characters without spaces" in answer.text


def test_who_was_in_a_place_is_asked_by_time(client: TestClient) -> None:
    def ask(from_ms: int, to_ms: int, **more: str | int) -> dict[str, Any]:
        answer = client.get(f"/api/places/{PLACE}/who", params={**more, "from_ms": from_ms, "to_ms": to_ms})
        found: dict[str, Any] = answer.json()
        return found

    assert {one["unit"]["unit"] for one in ask(START, START + 1)["items"]} == {f"wb-{n}" for n in range(1, 7)}
    late = {one["unit"]["unit"] for one in ask(START + 10 * HOUR, START + 11 * HOUR)["items"]}
    assert late == {"pl-1", "pool-1", *(f"rc-{n}" for n in range(2, 7))}
    first = ask(START, START + 1, limit=4)
    assert len(first["items"]) == 4
    assert (first["all"], first["next"]) == (6, "wb-4:1")
    second = ask(START, START + 1, limit=4, after=str(first["next"]))
    assert (len(second["items"]), second["all"], second["next"]) == (2, None, None)
    assert ask(START, START + 1, limit=6)["next"] is None
    assert ask(START, START + 1, as_known_ms=END)["all"] == 6
    assert ask(START, START + 1, as_known_ms=START - 1)["detail"].endswith("nothing was known yet")
    assert client.get("/api/places/none/who", params={"from_ms": 1, "to_ms": 2}).status_code == 404
    shown = page(client, f"/places/{PLACE}/who?lang=en")
    assert "8 stays" in shown
    for name in ("since", "until"):
        assert client.get(f"/places/{PLACE}/who?{name}=1970-01-01T09:00").status_code == 200, name


@pytest.mark.parametrize(
    "asked",
    [
        *(f"{name}={no}" for name in ("since", "until") for no in ("2023-99-99T00:00", "0001-01-01T00:00")),
        *("since=1969-12-31T00:00", "until=9999-12-31T23:59", "since=9999-12-31T23:59"),
        *("since=2023-11-15T08:00&until=2023-11-14T08:00", "since=2023-11-15T08:00&until=2023-11-15T08:00"),
        "since=2399-01-01T00:00&until=2399-01-02T00:00",
    ],
)
def test_another_time_than_was_asked_for_answers_nothing(client: TestClient, asked: str) -> None:
    told = {"Accept": "text/html"}
    zh, en = (client.get(f"/places/{PLACE}/who?lang={lang}&{asked}", headers=told) for lang in ("zh", "en"))
    assert (zh.status_code, en.status_code) == (422, 422)
    assert re.search("须早于结束|不是时间", zh.text)
    assert re.search("begins before it ends|is no time", en.text)
    assert "/custody" not in en.text


def test_who_was_in_a_place_is_refused_what_names_no_page(client: TestClient) -> None:
    for after in ("wb-4", ":1", "wb-4:x", "wb-4:-1", "wb-4:99999999999999"):
        asked = {"from_ms": START, "to_ms": START + 1, "after": after}
        assert client.get(f"/api/places/{PLACE}/who", params=asked).status_code == 422, after
        assert client.get(f"/places/{PLACE}/who?after={after}").status_code == 200, after


def test_the_page_of_who_was_there_goes_on_with_the_same_question(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(console_lineage, "SHOWN_MAX", 3)
    seen: list[str] = []
    path = f"/places/{PLACE}/who?lang=en"
    for number in range(10):
        shown = client.get(path).text
        assert ("8 stays" in shown) == (number == 0)
        seen += re.findall(r'href="/units/([^/]+)/custody"', shown)
        link = re.search(r'href="(/places/[^"]+after=[^"]+)"', shown)
        if link is None:
            break
        path = unescape(link[1]) + "&lang=en"
    assert seen == sorted(seen)
    assert len(seen) == len(set(seen)) == 8


def test_pages_of_a_life_are_in_both_languages(client: TestClient) -> None:
    client.post("/api/transformations", json=ACT)
    english, chinese = (page(client, f"/units/rc-2/custody?lang={lang}") for lang in ("en", "zh"))
    assert "Prepared from donation wb-2" in english
    assert "洗涤，成为 rc-2-w" in chinese
    assert client.get("/units/none/custody").status_code == 404


def test_ends_owners_and_errors_are_recorded(client: TestClient) -> None:
    end = {"how": "discarded", "at_ms": START + 6 * HOUR} | SIGNED
    assert client.post("/api/units/rc-3/end", json=end).status_code == 201
    assert client.post("/api/units/rc-3/end", json=end).status_code == 200
    owner = {"owner": "hospital-3", "at_ms": START}
    assert client.post("/api/units/rc-3/owner", json=owner).status_code == 201
    assert client.post("/api/units/rc-3/owner", json=owner).status_code == 200
    wrong = {"unit": "rc-3", "at_ms": START + 6 * HOUR}
    said = {"of": "unit-end", "wrong": wrong, "reason": "did_not_occur", "note": "another bag"} | SIGNED
    assert client.post("/api/error-declarations", json=said).status_code == 201
    life = client.get("/api/units/rc-3/custody").json()
    assert (life["end"], life["owner"], len(life["errors"])) == (None, "hospital-3", 1)
    assert "another bag" in page(client, "/units/rc-3/custody")


def test_samples_and_reagents_are_kept_beside_blood(client: TestClient) -> None:
    body = {"issuer": "lab", "scheme": "local", "donation_number": "S-1", "product_code": "EDTA", "division": "00"}
    rest = {"component": "sample", "blood_group": "-", "profile": "cn-rbc", "profile_version": 1, "kind": "sample"}
    made = client.post("/api/units", json=body | rest)
    assert (made.status_code, made.json()["kind"]) == (201, "sample")
    assert "sample" in page(client, f"/units/{made.json()['id']}/custody?lang=en")


@pytest.mark.parametrize("typed", ["=G1234986543{:02d}00", "g1234 98 6543{:02d}"])
def test_a_recall_is_entered_on_its_page_with_the_number_as_it_is_scanned_or_printed(
    client: TestClient, scheme: str, typed: str
) -> None:
    number = typed.format(2) if scheme == "isbt128" else f" {donation(scheme, 2)} "
    form = {"donation_number": number, "issuer": "G1234", "scheme": scheme, "reason": "test"}
    form |= {} if scheme == "isbt128" else {"issuer": "station-1"}
    ours = {"Origin": "http://127.0.0.1"}
    answer = client.post("/recalls", data=form | SIGNED, headers=ours, follow_redirects=False)
    assert answer.status_code == 303
    assert "4 units are reached" in page(client, answer.headers["location"] + "?lang=en")


@pytest.mark.parametrize(
    ("act", "changed", "marked"),
    [
        ("thaw", {}, True),
        ("irradiate", {}, True),
        ("irradiate", {"shelf_ms": 14 * 24 * HOUR}, False),
        ("wash", {}, False),
    ],
)
def test_an_expiry_by_an_unchecked_figure_says_so_wherever_it_is_shown(
    client: TestClient, act: str, changed: dict[str, int], *, marked: bool
) -> None:
    inputs = ACT["inputs"]
    if act == "thaw":
        inputs = [frozen(client)]
    made = client.post("/api/transformations", json=ACT | {"act": act, "inputs": inputs} | changed)
    assert made.status_code == 201, made.text
    assert [one["to_be_confirmed"] for one in made.json()["expiries"]] == [marked]
    assert client.get("/api/units/rc-2-w").json()["expiry_to_be_confirmed"] is marked
    assert client.get("/api/units/rc-2-w/custody").json()["expiry_to_be_confirmed"] is marked
    assert client.get("/api/units").json()["expiry_to_be_confirmed"] == (["rc-2-w"] if marked else [])
    for lang, told in (("zh", "保存期待确认"), ("en", "To be confirmed: the shelf life")):
        assert (told in page(client, f"/units/rc-2-w?lang={lang}")) is marked
    again = ACT | {"id": "f-1", "act": "filter", "inputs": ["rc-2-w"], "at_ms": START + 6 * HOUR}
    again |= {"outputs": [ACT["outputs"][0] | {"id": "rc-2-f", "division": "01"}]}  # type: ignore[index]
    assert [one["to_be_confirmed"] for one in client.post("/api/transformations", json=again).json()["expiries"]] == [
        marked
    ], "what is made of it keeps its expiry, and the mark with it"
