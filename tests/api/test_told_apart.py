"""Components of one donation bear one number: every list of bags says beside it which of them a line is."""

import re
from collections.abc import Mapping, Sequence
from html import unescape
from typing import Final

import msgspec
import pytest
from fastapi.testclient import TestClient
from support.console import PipelineRecorder, console_app
from support.console_story import MINUTE, NOW, PLASMA, RED, bag, story
from support.hand_clock import HandClock
from support.memory_store import MemoryStore
from support.storage_point import BOX

from api.wording import Language
from coldchain.units import IssueUnit, PackBox, PlaceUnit, RegisterUnit, Unit

ORIGIN: Final = {"Origin": "http://127.0.0.1"}
WHO: Final = {"name": "Li Hua", "post": "nurse"}
# Two halves of the red cells (they differ in their division alone) and the plasma of one donation.
RED_A: Final = msgspec.structs.replace(bag(103, RED, NOW), id="one-red-a", product_code="E0336V00", division="A0")
RED_B: Final = msgspec.structs.replace(RED_A, id="one-red-b", division="B0")
PLASMA_1: Final = msgspec.structs.replace(bag(103, PLASMA, NOW), id="one-plasma", product_code="E0713V00")
BAGS: Final = (RED_A, RED_B, PLASMA_1)
# Two more halves, of another donation, that were never put away: nothing holds them.
FRESH: Final = tuple(
    msgspec.structs.replace(one, id=f"fresh-{one.division}", donation_number="G123426000200") for one in (RED_A, RED_B)
)


class House:
    """The storage point while fridge 1 is too warm, with the components of one donation in it."""

    def __init__(self) -> None:
        store, clock = MemoryStore(), HandClock(NOW)
        self.recorder = PipelineRecorder(story(store, "alarm"), clock)
        for one in BAGS:
            self.recorder.record(RegisterUnit(unit=one, actor="test"))
            self.recorder.record(PlaceUnit(unit=one.id, place="fridge-1", at_ms=NOW - 10 * MINUTE, actor="test"))
        app = console_app(store, recorder=self.recorder, clock=clock)
        self.client = TestClient(app, base_url="http://127.0.0.1")
        with store.reading() as session:
            self.finding = session.records.holds_of_unit(RED_A.id)[0].finding

    def said(self, path: str, language: Language) -> dict[str, str]:
        """Return what a page says in the line of each of the bags, by its id."""
        return lines_of(self.client.get(path, params={"lang": language.value}).text)

    def sent(self, path: str, form: Mapping[str, str]) -> str:
        answered = self.client.post(f"{path}?lang=en", data=dict(form), headers=ORIGIN)
        assert answered.status_code == 200, answered.text
        return answered.text


@pytest.fixture
def house() -> House:
    return House()


@pytest.fixture(scope="module")
def still() -> House:
    """A house in which nobody does anything more: pages are only read."""
    return House()


def lines_of(html: str) -> dict[str, str]:
    """Return the text of the row or line in which a bag's link stands first, by the bag."""
    found: dict[str, str] = {}
    for line in re.findall(r"<(?:tr|li)\b.*?</(?:tr|li)>", html.split("<main", 1)[1], re.DOTALL):
        for unit in {one.id for one in (*BAGS, *FRESH)} & set(re.findall(r'href="/units/([^"/]+)', line)):
            found.setdefault(unit, re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", line))))
    return found


def require_kind(one: Unit, said: str) -> None:
    kind = (one.component, f"{one.product_code} / {one.division}")
    assert [part for part in kind if part not in said] == [], said


def require_told_apart(said: Mapping[str, str], bags: Sequence[Unit] = BAGS) -> None:
    assert set(said) == {one.id for one in bags}
    for one in bags:
        require_kind(one, said[one.id])


@pytest.mark.parametrize("language", list(Language))
@pytest.mark.parametrize("path", ["/tasks", "/decisions", "/issuing", "/", "/places/fridge-1"])
def test_a_list_of_bags_says_which_component_of_a_donation_each_is(still: House, path: str, language: Language) -> None:
    require_told_apart(still.said(path, language))


@pytest.mark.parametrize("language", list(Language))
def test_the_bags_of_a_finding_are_told_apart(still: House, language: Language) -> None:
    require_told_apart(still.said(f"/findings/{still.finding}", language))


@pytest.mark.parametrize("language", list(Language))
def test_who_was_in_a_place_is_told_apart(still: House, language: Language) -> None:
    require_told_apart(still.said("/places/fridge-1/who", language))


@pytest.mark.parametrize("language", list(Language))
def test_the_bags_of_a_box_are_told_apart(house: House, language: Language) -> None:
    for one in FRESH:
        house.recorder.record(RegisterUnit(unit=one, actor="test"))
    units = tuple(one.id for one in FRESH)
    packed = PackBox(manifest="list-x", box=BOX, units=units, at_ms=NOW, destination="ward", actor="test")
    house.recorder.record(packed)
    require_told_apart(house.said(f"/places/{BOX}", language), FRESH)


@pytest.mark.parametrize("language", list(Language))
def test_bags_to_call_back_are_told_apart(house: House, language: Language) -> None:
    for one in BAGS:
        house.recorder.record(IssueUnit(unit=one.id, to="ward 3", at_ms=NOW, actor="test"))
    require_told_apart(house.said("/urgent", language))


@pytest.mark.parametrize("language", list(Language))
def test_bags_that_a_count_finds_are_told_apart(house: House, language: Language) -> None:
    house.sent("/places/fridge-2/counts", {**WHO, "scanned": "\n".join(one.id for one in BAGS)})
    html = house.client.get("/places/fridge-2/rounds", params={"lang": language.value}).text
    for one in BAGS:
        said = unescape(html.split(f'href="/units/{one.id}"', 1)[1].split("<a ", 1)[0])
        require_kind(one, said)


@pytest.mark.parametrize("language", list(Language))
def test_receptions_and_their_answer_are_told_apart(house: House, language: Language) -> None:
    for one in BAGS:
        form = {**WHO, "place": "fridge-1", "visual": "not-checked", "label": one.id}
        answered = house.sent("/receive", form)
        require_kind(one, unescape(answered.split('id="answers"', 1)[1].split("</section>", 1)[0]))
    require_told_apart(house.said("/receive", language))


@pytest.mark.parametrize("language", list(Language))
def test_the_page_on_which_one_decides_says_of_which_component(still: House, language: Language) -> None:
    for one in BAGS:
        html = unescape(still.client.get(f"/units/{one.id}/decide?lang={language.value}").text)
        require_kind(one, html)
