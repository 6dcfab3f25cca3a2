"""The overview groups units on hold by what they share: how each was kept is its own hold, and no group of its own."""

import re
from html import unescape

import pytest
from fastapi.testclient import TestClient
from support.console import PipelineRecorder, console_app, scene_app
from support.console_story import NOW, story, unit_id
from support.hand_clock import HandClock
from support.memory_store import MemoryStore

from api.texts import TEXTS
from api.wording import Language
from coldchain.receiving import Visual
from coldchain.units import ReceiveUnit, Unit


@pytest.mark.parametrize("language", list(Language))
def test_units_that_were_outside_again_are_one_group_that_says_so_in_words(language: Language) -> None:
    client = TestClient(scene_app("alarm"), base_url="http://localhost")
    html = client.get(f"/?lang={language.value}").text
    groups = html.split('class="cause"')[1:]
    assert 0 < len(groups) < 6
    again = getattr(TEXTS["hold.again"], language.value)
    assert again in groups[0]
    assert groups[0].count('href="/units/') > 20
    assert "kept-" not in html


def leaking(bag: Unit) -> ReceiveUnit:
    return ReceiveUnit(
        unit=bag,
        place="fridge-1",
        at_ms=NOW,
        epc="",
        visual=Visual.DEFECT,
        note="leaks",
        micro_celsius=None,
        name="Li Hua",
        post="nurse",
        actor="Li Hua",
    )


def client_of(store: MemoryStore, recorder: PipelineRecorder, clock: HandClock) -> TestClient:
    return TestClient(console_app(store, recorder=recorder, clock=clock), base_url="http://localhost")


@pytest.mark.parametrize(
    ("language", "defect", "recalled", "ended"),
    [
        (Language.ZH, "接收时目视检查发现缺陷", "召回 r-1：late test", "异常已结束"),
        (Language.EN, "Visual defect at receiving", "Recall r-1: late test", "The condition has ended"),
    ],
)
def test_a_defect_and_a_recall_are_named_and_no_condition_of_them_has_ended(
    language: Language, defect: str, recalled: str, ended: str
) -> None:
    store, clock = MemoryStore(), HandClock(NOW)
    recorder = PipelineRecorder(story(store, "calm"), clock)
    with store.reading() as session:
        bags = [unit for number in range(1, 6) if (unit := session.records.unit(unit_id(number)))]
    for bag in bags[:2]:
        recorder.record(leaking(bag))
    recall = {"id": "r-1", "unit": bags[2].id, "reason": "late test", "name": "Li Hua", "post": "nurse"}
    assert client_of(store, recorder, clock).post("/api/recalls", json=recall).status_code == 201
    client = client_of(store, recorder, clock)
    html = unescape(client.get(f"/?lang={language.value}").text)
    defects, called = sorted(html.split('class="cause"')[1:3], key=lambda group: recalled in group)
    assert (defect in defects, recalled in called) == (True, True)
    assert len(re.findall(r'href="/units/', defects)) == 2, "one group, though each has a defect of its own"
    assert ended not in html
    assert "in-1" not in re.sub(r'<details id="[^"]*"', "", html), "no person reads the id of a look"
