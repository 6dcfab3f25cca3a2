"""Pages as known at an earlier time: they say so, lead on within it, and let nobody act."""

import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from urllib.parse import unquote
from zoneinfo import ZoneInfo

import pytest
from fastapi.testclient import TestClient
from support.console import console_app
from support.hand_clock import HandClock
from support.intake import END, HOUR, SITE, START
from support.storage_point import bags, point_on

from api.past import Past, in_the_past
from coldchain.ports import Store
from coldchain.units import PlaceUnit
from ingest.pipeline import Pipeline
from stores.as_known import Private
from stores.sqlite import open_store

KNOWN, LATE = END + 1_000, END + 60_000
LOCAL = datetime.fromtimestamp(KNOWN // 1_000, ZoneInfo("Asia/Shanghai")).strftime("%Y-%m-%dT%H:%M:%S")
PAGES = [
    *("/", "/units/u-1", "/units/u-1/custody", "/units?q=none", "/places/fridge-1", "/places/fridge-1/who"),
    *("/stock", f"/stock/picks?site={SITE}&component=x", "/tasks", "/urgent", "/issuing"),
    *("/findings", "/decisions", "/recalls", "/containers"),
]
BANNER = {"en": "THE PAST, not how it stands now", "zh": "过去的记录，不是现在"}


def asked(path: str, more: str) -> str:
    return f"{path}{'&' if '?' in path else '?'}{more}"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(tmp_path / "hot.sqlite")
    yield opened
    opened.close()


@pytest.fixture
def point(store: Store) -> Pipeline:
    pipeline = point_on(store)
    for fact in bags(2):
        pipeline.record(fact, END)
    pipeline.record(PlaceUnit(unit="u-1", place="fridge-1", at_ms=START + HOUR, actor="tech"), END)
    return pipeline


@pytest.fixture
def client(store: Store, point: Pipeline) -> TestClient:
    point.record(PlaceUnit(unit="u-1", place=None, at_ms=START + 2 * HOUR, actor="late"), LATE)
    return TestClient(console_app(store, clock=HandClock(LATE)), base_url="http://127.0.0.1")


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("path", PAGES)
def test_a_page_of_the_past_says_so_loudly_and_offers_nothing_to_do(client: TestClient, path: str, lang: str) -> None:
    shown = client.get(asked(path, f"lang={lang}&as_known={LOCAL}"))
    assert shown.status_code == (404 if "q=none" in path else 200)
    assert BANNER[lang] in shown.text
    assert 'class="past"' in shown.text
    assert 'method="post"' not in shown.text
    assert "refresh.js" not in shown.text
    now = client.get(asked(path, f"lang={lang}")).text
    assert BANNER[lang] not in now
    assert 'name="as_known"' in now


@pytest.mark.parametrize("path", PAGES)
def test_links_of_a_page_of_the_past_stay_there_and_one_leads_back(client: TestClient, path: str) -> None:
    text = client.get(asked(path, f"lang=en&as_known={LOCAL}")).text
    links = re.findall(r'<a\b([^>]*)\shref="([^"#]*)"', text)
    led = {href: "as_known" in href for before, href in links if href}
    assert led.pop(unquote(asked(path, "lang=en")).replace("&", "&amp;")) is False
    assert [href for href, kept in led.items() if not kept] == []
    assert len(led) > 10


@pytest.mark.parametrize(("lang", "said"), [("en", "cannot be shown as known earlier"), ("zh", "此页不能按过去")])
def test_a_page_that_cannot_show_the_past_says_so_when_asked(client: TestClient, lang: str, said: str) -> None:
    assert said in client.get(f"/keys?lang={lang}&as_known={LOCAL}").text
    assert said not in client.get(f"/keys?lang={lang}").text


@pytest.mark.parametrize(("lang", "said"), [("en", "The record time was not taken"), ("zh", "未采用所填的记录时间")])
@pytest.mark.parametrize("path", ["/", "/stock", "/urgent", "/units/u-1"])
def test_a_page_asked_for_the_past_as_the_interface_is_says_that_it_shows_the_present(
    client: TestClient, path: str, lang: str, said: str
) -> None:
    assert said in client.get(f"{path}?lang={lang}&as_known_ms={KNOWN}").text
    assert said not in client.get(f"{path}?lang={lang}").text
    assert BANNER[lang] in client.get(f"{path}?lang={lang}&as_known_ms={KNOWN}&as_known={LOCAL}").text


def test_a_page_asked_for_before_the_record_began_says_why_there_is_none(client: TestClient) -> None:
    early = client.get("/units/u-1?lang=en&as_known=1999-01-01T00:00")
    assert early.status_code == 422
    assert "before the first entry of the record" in early.text
    assert BANNER["en"] not in early.text


@pytest.mark.parametrize(("lang", "said"), [("en", "use a copy of the record"), ("zh", "请使用记录的副本")])
def test_a_record_too_long_to_be_looked_through_is_said_on_the_page(
    client: TestClient, monkeypatch: pytest.MonkeyPatch, lang: str, said: str
) -> None:
    with monkeypatch.context() as few:
        few.setattr(Private.take, "__defaults__", (3,))
        shown = client.get(f"/urgent?lang={lang}&as_known={LOCAL}")
        refused = client.get(f"/api/urgent?as_known_ms={KNOWN}")
    assert (shown.status_code, refused.status_code) == (422, 422)
    assert said in shown.text
    assert "entries are more than 3 that are looked through at once: use a copy" in refused.json()["detail"]
    assert client.get(f"/api/urgent?as_known_ms={KNOWN}").status_code == 200


def test_the_interface_does_not_answer_with_the_present_where_the_past_is_asked_for(client: TestClient) -> None:
    asked = client.post(f"/api/work?as_known_ms={KNOWN}", json={})
    assert asked.status_code == 422
    assert "has no answer as known earlier" in asked.json()["detail"]


def test_every_answer_as_known_says_so(client: TestClient) -> None:
    then = client.get(f"/api/units/u-1?as_known_ms={KNOWN}")
    assert then.headers["as-known-ms"] == str(KNOWN)
    assert (then.json()["as_known_ms"], then.json()["not_recorded"]) == (KNOWN, ["marks", "judging"])
    assert "as-known-ms" not in client.get("/api/units/u-1").headers


@pytest.mark.parametrize(
    ("address", "kept"),
    [
        ("/places/a", "/places/a?as_known=T%2B"),
        ("?hours=6&amp;until_ms=5", "?hours=6&amp;until_ms=5&amp;as_known=T%2B"),
        ("/units/a?x=1#b", "/units/a?x=1&amp;as_known=T%2B#b"),
        ("?as_known=S", "?as_known=T%2B"),
        ("/api/units/a.pdf?lang=en", "/api/units/a.pdf?lang=en&amp;as_known_ms=7"),
        ("#main", "#main"),
        ("/static/a.js", "/static/a.js"),
        ("https://example.org/", "https://example.org/"),
    ],
)
def test_a_link_keeps_the_time(address: str, kept: str) -> None:
    made = in_the_past(f'<a class="num" href="{address}">', Past(known_ms=7, text="T+"), "")
    assert made == f'<a class="num" href="{kept}">'


def test_forms_that_act_go_and_forms_that_ask_keep_the_time() -> None:
    acts = '<form method="post" action="/a"><input></form><form data-x="1"></form>'
    html = acts + '<form class="f" method="get"><b></b></form>'
    made = in_the_past(html, Past(known_ms=7, text="T"), "<none>")
    assert made == (
        '<p class="quiet">&lt;none&gt;</p><p class="quiet">&lt;none&gt;</p>'
        '<form class="f" method="get"><input type="hidden" name="as_known" value="T"><b></b></form>'
    )
