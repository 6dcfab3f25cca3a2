"""The closed loop over HTTP on the real pipeline: members, emergencies, boxes that may not leave, picks, clocks."""

from typing import Any

import msgspec
import pytest
from fastapi.testclient import TestClient
from support.console import PipelineRecorder, console_app
from support.hand_clock import HandClock
from support.intake import END, HOUR, SITE, START, unit
from support.memory_store import MemoryStore
from support.storage_point import BOX, deliver, point_on

from api.texts_clocks import CLOCKS
from coldchain.closed_loop import ClockName, ClockState
from coldchain.facts import DeviceEvent, EventKind
from coldchain.places import Place, Text
from coldchain.register import BoxQualification, RecordQualification
from coldchain.units import RegisterUnit
from ingest.pipeline import Pipeline

DAY = 24 * HOUR
SIGNED = {"name": "李华", "post": "technician", "at_ms": END - HOUR}
LEAD = {"party": "lead", "name": "王芳", "post": "lead unit", "at_ms": END - HOUR}
STATION = {"party": "station", "name": "Chen Yu", "post": "station duty", "at_ms": END - HOUR}


class Point:
    """A storage point whose site is a member hospital, with bags in a fridge, and its interface."""

    def __init__(self, store: MemoryStore) -> None:
        self.store = store
        self.pipeline: Pipeline = point_on(store)
        clock = HandClock(END)
        recorder = PipelineRecorder(self.pipeline, clock)
        self.client = TestClient(console_app(store, recorder=recorder, clock=clock), base_url="http://127.0.0.1")

    def bag(self, name: str, number: int, place: str = "fridge-1", **changed: Any) -> None:
        made = msgspec.structs.replace(unit(name, f"01607260{number:05d}"), **changed)
        self.pipeline.record(RegisterUnit(unit=made, actor="tech"), END)
        self.post(f"/api/units/{name}/placements", {"place": place, "at_ms": START + HOUR})

    def post(self, path: str, body: dict[str, Any], status: int = 201) -> Any:
        found = self.client.post(path, json=body)
        assert found.status_code == status, found.text
        return found.json()

    def pack(self, *names: str, status: int = 201, manifest: str = "list-1", to: str = "hospital-2") -> str:
        body = {"id": manifest, "box": BOX, "units": list(names), "packed_ms": END - HOUR, "destination": to}
        return str(self.post("/api/manifests", body, status).get("detail", ""))

    def shelf(self) -> None:
        """Add a fridge without a reader: what people say of it is certain."""
        name = Text(zh="冰箱 9", en="Fridge 9")
        self.pipeline.set_up([Place(id="shelf", site=SITE, name=name, profile="cn-rbc", profile_version=2)], START)

    def says(self, seq: int, kind: EventKind, **details: int | str) -> None:
        at_ms = END - 2 * HOUR
        event = DeviceEvent(seq=seq, origin=BOX, taken_ms=at_ms, boottime_ms=1, kind=kind, details=dict(details))
        deliver(self.pipeline, BOX, [event])

    def qualify(self, profile: str, due_ms: int) -> None:
        made = BoxQualification(
            box=BOX,
            number=f"Q-{profile}",
            profile=profile,
            done_ms=START,
            due_ms=due_ms,
            lasts_minutes=360,
            conclusion="kept 2 to 10",
            name="li",
            post="qa",
        )
        self.pipeline.record(RecordQualification(qualification=made, actor="qa"), END)

    def hospitals(self) -> None:
        name = Text(zh="二院冰箱", en="Fridge of hospital 2")
        self.pipeline.set_up(
            [Place(id="far-fridge", site="hospital-2", name=name, profile="cn-rbc", profile_version=2)], START
        )
        for site in (SITE, "hospital-2"):
            self.post(f"/api/members/{site}", {"kind": "hospital"} | SIGNED)


@pytest.fixture
def point() -> Point:
    return Point(MemoryStore())


def case(point: Point, *names: str, to: str = "hospital-2", status: int = 201) -> None:
    body = {"case": "e-1", "site": SITE, "to": to, "units": list(names), "reason": "massive bleeding"}
    point.post("/api/emergencies", body | SIGNED, status)


def test_a_member_gives_to_a_member_only_in_an_emergency_that_lead_and_station_agreed_to(point: Point) -> None:
    point.hospitals()
    point.bag("u-1", 1)
    point.bag("u-2", 2)
    assert "give each other nothing" in point.pack("u-1", status=409)
    case(point, "u-1")
    assert "give each other nothing" in point.pack("u-1", status=409), "nobody has agreed"
    point.post("/api/emergencies/e-1/agreements", LEAD)
    assert "give each other nothing" in point.pack("u-1", status=409), "the station has not agreed"
    point.post("/api/emergencies/e-1/agreements", STATION)
    assert "unit u-2" in point.pack("u-1", "u-2", status=409), "the case does not name it"
    assert point.pack("u-1") == ""


def test_old_cases_that_nobody_closed_keep_no_agreed_one_from_leaving(point: Point) -> None:
    point.hospitals()
    point.bag("u-1", 1)
    said = {"site": SITE, "to": "hospital-3", "units": ["u-1"], "reason": "drill", **SIGNED, "at_ms": END - DAY}
    for number in range(201):
        point.post("/api/emergencies", {"case": f"old-{number}", **said})
    case(point, "u-1")
    point.post("/api/emergencies/e-1/agreements", LEAD)
    point.post("/api/emergencies/e-1/agreements", STATION)
    assert point.pack("u-1") == ""


def test_an_emergency_is_agreed_to_by_two_other_persons_once_each(point: Point) -> None:
    point.bag("u-1", 1)
    case(point, "u-1")
    opener = {"name": " 李 华", "post": "Technician", "at_ms": END - HOUR}
    point.post("/api/emergencies/e-1/agreements", LEAD | opener, 409)
    point.post("/api/emergencies/e-1/agreements", LEAD)
    point.post("/api/emergencies/e-1/agreements", LEAD)
    point.post("/api/emergencies/e-1/agreements", LEAD | {"name": "Wu"}, 409)
    point.post("/api/emergencies/e-1/agreements", STATION | {"name": LEAD["name"]}, 409)
    point.post("/api/emergencies/e-1/agreements", STATION)
    case(point, "u-1")
    with point.store.reading() as session:
        kept = session.records.emergency("e-1")
    assert kept is not None
    assert [one.party.value for one in kept.agreed] == ["lead", "station"], "the case sent again took nothing away"
    point.post("/api/emergencies/e-1/completion", {"note": "papers are in"} | SIGNED)
    point.post("/api/emergencies/e-9/agreements", LEAD, 404)


def test_a_case_that_is_closed_or_opened_later_lets_nothing_go(point: Point) -> None:
    point.hospitals()
    point.bag("u-1", 1)
    case(point, "u-1")
    for one in (LEAD, STATION):
        point.post("/api/emergencies/e-1/agreements", one)
    point.post("/api/emergencies/e-1/completion", {"note": ""} | SIGNED)
    assert "give each other nothing" in point.pack("u-1", status=409)


@pytest.mark.parametrize(
    ("kind", "details", "told"),
    [
        (EventKind.BOX_NOT_READY, {"reason": "lid open"}, "is not ready (lid open)"),
        (EventKind.PRECONDITIONING_BEGAN, {}, "is not ready (preconditioning-began)"),
        (EventKind.BOX_READY, {"until_ms": END - 90 * 60_000}, "ran out"),
    ],
)
def test_a_box_that_says_that_it_is_not_ready_is_not_packed(
    point: Point, kind: EventKind, details: dict[str, int | str], told: str
) -> None:
    point.shelf()
    point.bag("u-1", 1, "shelf")
    point.says(1, kind, **details)
    assert told in point.pack("u-1", status=409)
    point.says(2, EventKind.BOX_READY, until_ms=END + HOUR)
    assert point.pack("u-1") == ""


def test_a_box_travels_with_a_qualification_for_its_load_that_is_not_over(point: Point) -> None:
    point.shelf()
    point.bag("u-1", 1, "shelf")
    point.qualify("cn-plt", END + DAY)
    assert "qualified for cn-plt and not for cn-rbc" in point.pack("u-1", status=409)
    point.qualify("cn-rbc", END - HOUR)
    assert "Q-cn-rbc of box box-1 is over" in point.pack("u-1", status=409), "at its very due time it is over"


def test_a_qualification_in_force_lets_the_box_go(point: Point) -> None:
    point.shelf()
    point.bag("u-1", 1, "shelf")
    point.qualify("cn-rbc", END - HOUR + 1)
    assert point.pack("u-1") == ""


def test_the_pick_list_takes_first_what_expires_first_and_nothing_that_may_not_go(point: Point) -> None:
    point.shelf()
    point.bag("late", 1, "shelf", expires_ms=END + 9 * DAY)
    point.bag("soon", 2, "shelf", expires_ms=END + 2 * DAY)
    point.bag("over", 3, "shelf", expires_ms=END - 1)
    point.bag("unsaid", 4, "shelf")
    point.bag("in-box", 5, place=BOX, expires_ms=END + HOUR)
    point.bag("awaited", 7, "freezer-1", expires_ms=END + HOUR)  # nothing was heard of the freezer yet
    point.bag("other", 6, "shelf", expires_ms=END + HOUR, blood_group="A-")
    asked = {"site": SITE, "component": "悬浮红细胞 2U", "blood_group": "O+"}
    found = point.client.get("/api/stock/picks", params=asked).json()
    assert [one["unit"] for one in found["items"]] == ["soon", "late", "unsaid"]
    short = point.client.get("/api/stock/picks", params=asked | {"limit": 2}).json()
    assert ([one["unit"] for one in short["items"]], short["more"]) == (["soon", "late"], True)
    for lang, word in (("zh", "近效期先出"), ("en", "First expired, first out")):
        page = point.client.get("/stock/picks", params=asked | {"lang": lang})
        assert page.status_code == 200
        assert word in page.text
        assert page.text.index("0160726000002") < page.text.index("0160726000001")
    none = point.client.get("/stock/picks", params=asked | {"component": "plasma", "lang": "en"})
    assert "There is no unit to take." in none.text
    stock = point.client.get("/stock?lang=en").text
    assert "/stock/picks?site=storage-1&amp;component=" in stock


@pytest.mark.parametrize(
    ("lang", "words"), [("zh", ("计时", "离开受控储存", "未知")), ("en", ("Clocks", "Out of controlled storage"))]
)
def test_the_page_of_a_unit_shows_its_clocks(point: Point, lang: str, words: tuple[str, ...]) -> None:
    point.bag("u-1", 1, expires_ms=END - 1)
    page = point.client.get(f"/units/u-1?lang={lang}").text
    section = page[page.index('id="clocks"') :]
    section = section[: section.index("</section>")]
    over = {"zh": "已超", "en": "over"}[lang]
    assert f"<b>{over}</b>" in section, "it has expired"
    for word in words[:2]:
        assert word in section


def test_every_clock_and_every_state_has_a_name() -> None:
    named = {key for key in CLOCKS if key.startswith("clock.") and not key.startswith("clock.allowed.")}
    assert {f"clock.{one.value}" for one in (*ClockName, *ClockState)} == named


def reserved_bag(point: Point) -> None:
    point.shelf()
    label: dict[str, Any] = {"scheme": "isbt128", "donation_number": "G123498654301", "product_code": "E0336100"}
    point.bag("own", 1, "shelf", **label)
    point.bag("any", 2, "shelf")
    said = {"intent": "autologous", "patient": "p-77", "reason": "", **SIGNED}
    point.post("/api/units/own/intent", said)


def test_an_issuing_system_is_told_that_a_unit_is_for_another_patient_and_never_for_whom(point: Point) -> None:
    reserved_bag(point)
    answers = {}
    for patient in ("", "p-77", "p-78"):
        asked = point.client.get("/api/issuing/answer", params={"scan": "own"}, headers={"X-Patient": patient})
        assert "p-77" not in asked.text
        answers[patient] = asked.json()["barred"]
    assert answers == {"": ["reserved"], "p-77": [], "p-78": ["reserved"]}
    refused = point.client.get("/api/issuing/answer", params={"scan": "own"}, headers={"X-Patient": "Li Hua"})
    assert refused.status_code == 422
    told = point.client.get("/api/units/own").json()
    assert told["intent"] == {"intent": "autologous", "basis": "stated", "reserved": True, "patient_named": True}
    assert "p-77" not in point.client.get("/api/units/own/custody").text


def test_an_issue_without_the_patient_of_a_reserved_unit_says_to_call(point: Point) -> None:
    reserved_bag(point)
    issued = {"to": "ward 3", "at_ms": END - HOUR}
    told = point.post("/api/units/own/issues", issued)
    assert (told["for_another"], told["on_hold"]) == (True, False)
    assert "为一位患者保留" in told["advice"]["zh"]
    assert "p-77" not in str(told)
    told = point.post("/api/units/own/issues", issued | {"patient": "p-77"})
    assert (told["for_another"], told["advice"]) == (False, None)


@pytest.mark.parametrize(
    ("lang", "unit", "stock"),
    [
        ("zh", "自体：仅供其本人", "其中 1 袋专供一位患者"),
        ("en", "autologous: for its own", "1 of them for one patient"),
    ],
)
def test_the_pages_say_for_whom_a_unit_is_and_name_nobody(point: Point, lang: str, unit: str, stock: str) -> None:
    reserved_bag(point)
    pages = {path: point.client.get(f"{path}?lang={lang}").text for path in ("/units/own", "/stock", "/units/any")}
    assert unit in pages["/units/own"]
    assert stock in pages["/stock"]
    assert all("p-77" not in text for text in pages.values())
    rows = point.client.get("/api/stock").json()["items"]
    assert [(one["released"], one["aside"], one["reserved"]) for one in rows] == [(1, 1, 1)]


def test_for_whom_a_unit_is_can_be_said_on_its_page(point: Point) -> None:
    point.shelf()
    point.bag("any", 2, "shelf")
    form = {"form": "intent", "intent": "directed", "patient": "p-5", "name": "李华", "post": "doctor"}
    ours = {"Origin": "http://127.0.0.1", "Sec-Fetch-Site": "same-origin"}
    sent = point.client.post("/units/any/act?lang=zh", data=form, headers=ours, follow_redirects=False)
    assert sent.status_code == 303, sent.text
    assert point.client.get("/api/units/any").json()["intent"]["intent"] == "directed"
    point.bag("own", 1, "shelf")
    point.post("/api/units/own/intent", {"intent": "directed", "patient": "p-5", "reason": "", **SIGNED})
    wrong = form | {"intent": "allogeneic", "patient": ""}
    refused = point.client.post("/units/own/act?lang=zh", data=wrong, headers=ours)
    assert "请说明为何可给其他患者" in refused.text
