"""Cases 14 and 18: what came later changes what is shown now, and never what was known before."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from fastapi.testclient import TestClient
from support.console import console_app
from support.hand_clock import HandClock
from support.intake import END, HOUR, START
from support.memory_store import MemoryStore
from support.storage_point import BOX, POINT, bags, point_on

from coldchain.ports import Store
from coldchain.units import PackBox, PlaceUnit
from ingest.pipeline import Pipeline
from stores.sqlite import open_store

UNIT = "u-1"
KNOWN = END + 1_000
LATE = END + 60_000
VIEWS = ("", "/stays", "/exposures", "/holds")


@pytest.fixture(params=["memory", "sqlite"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    opened: Store = MemoryStore() if request.param == "memory" else open_store(tmp_path / "hot.sqlite")
    yield opened
    opened.close()


@pytest.fixture
def point(store: Store) -> Pipeline:
    """A storage point; a bag was put into a fridge, as far as was known at KNOWN."""
    pipeline = point_on(store)
    for fact in bags(2):
        pipeline.record(fact, END)
    pipeline.record(PlaceUnit(unit=UNIT, place="fridge-1", at_ms=START + HOUR, actor="tech"), END)
    return pipeline


def client_at(store: Store, now_ms: int) -> TestClient:
    return TestClient(console_app(store, clock=HandClock(now_ms)), base_url="http://127.0.0.1")


def answers(client: TestClient, query: str = "") -> list[object]:
    found = [client.get(f"/api/units/{UNIT}{view}{query}") for view in VIEWS]
    found += [client.get(f"/api/places/fridge-1{view}{query}") for view in ("", "/inside")]
    assert [one.status_code for one in found] == [200] * len(found), found[0].text
    return [without_mark(one.json(), query) for one in found]


def without_mark(answer: dict[str, Any], query: str) -> dict[str, Any]:
    """Return an answer without what says as of when it is, which is looked at."""
    known_ms, beside = answer.pop("as_known_ms", None), answer.pop("not_recorded", [])
    assert query == ("" if known_ms is None else f"?as_known_ms={known_ms}")
    assert set(beside) <= {"marks", "judging"}
    return answer


def test_a_step_that_arrives_late_changes_the_view_of_now_and_not_that_of_before(store: Store, point: Pipeline) -> None:
    before = answers(client_at(store, KNOWN))
    packed = PackBox(manifest="l", box=BOX, units=(UNIT,), at_ms=START + HOUR // 2, destination=POINT, actor="late")
    point.record(packed, LATE)
    later = client_at(store, LATE)
    assert answers(later) != before
    assert answers(later, f"?as_known_ms={KNOWN}") == before
    assert answers(later, f"?as_known_ms={LATE}") == answers(later)
    assert answers(later, f"?as_known_ms={KNOWN}") == before, "also after a later view"


def test_a_corrected_slip_is_still_shown_as_it_was_known(store: Store, point: Pipeline) -> None:
    slip = answers(client_at(store, KNOWN))
    point.record(PlaceUnit(unit=UNIT, place=None, at_ms=START + HOUR + 1, actor="corrects"), LATE)
    later = client_at(store, LATE)
    assert answers(later, f"?as_known_ms={KNOWN}") == slip
    assert later.get("/api/places/fridge-1/inside").json()["items"] == []


def test_rebuilt_projections_show_the_same(store: Store, point: Pipeline) -> None:
    point.record(PlaceUnit(unit=UNIT, place=None, at_ms=START + 2 * HOUR, actor="late"), LATE)
    before, dump = answers(client_at(store, LATE)), store.projection_dump()
    store.rebuild_projections()
    assert store.projection_dump() == dump
    assert answers(client_at(store, LATE)) == before


def test_what_was_not_known_then_is_not_there(store: Store, point: Pipeline) -> None:
    client = client_at(store, LATE)
    assert client.get(f"/api/places/nowhere?as_known_ms={KNOWN}").status_code == 404
    early = client.get(f"/api/units/{UNIT}?as_known_ms={START - HOUR}")
    assert early.status_code == 422
    assert "before the first entry" in early.json()["detail"]
    assert client.get(f"/api/units/{UNIT}?as_known_ms={LATE + 1}").status_code == 422


@pytest.mark.parametrize(("lang", "said"), [("en", "This is what the record knew at"), ("zh", "并非当前状态")])
def test_the_page_says_that_it_shows_what_was_known_and_lets_nobody_decide_on_it(
    store: Store, point: Pipeline, lang: str, said: str
) -> None:
    point.record(PlaceUnit(unit=UNIT, place=None, at_ms=START + 2 * HOUR, actor="late"), LATE)
    client = client_at(store, LATE)
    local = datetime.fromtimestamp(KNOWN // 1_000, ZoneInfo("Asia/Shanghai")).strftime("%Y-%m-%dT%H:%M:%S")
    now, then = (client.get(f"/units/{UNIT}?lang={lang}{more}").text for more in ("", f"&as_known={local}"))
    assert said in then
    assert said not in now
    assert f"as_known_ms={KNOWN // 1_000 * 1_000}" in then
    assert client.get(f"/units/{UNIT}?as_known=1999-01-01T00:00").status_code == 422


@pytest.mark.parametrize("asked", ["soon", "2999-01-01T00:00", "9999-12-31T23:59:59", "0001-01-01T00:00", "2023-99-99"])
@pytest.mark.parametrize(("lang", "said"), [("en", "The record time was not taken"), ("zh", "未采用所填的记录时间")])
def test_the_page_says_that_a_time_which_cannot_be_was_not_taken(
    store: Store, point: Pipeline, asked: str, lang: str, said: str
) -> None:
    client = client_at(store, LATE)
    told = client.get(f"/units/{UNIT}?lang={lang}&as_known={asked}")
    assert told.status_code == 200
    assert told.text.count(said) == 1
    assert all(said not in client.get(f"/units/{UNIT}?lang={lang}{more}").text for more in ("", "&as_known="))
