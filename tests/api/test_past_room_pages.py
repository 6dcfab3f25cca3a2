"""The pages of the rooms as known at an earlier time: what they said then, in both languages, and nothing to act on."""

import re
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime
from html import unescape
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from fastapi.testclient import TestClient
from msgspec.structs import replace
from support.console import console_app
from support.console_story import MINUTE, NOW, Scene, story
from support.hand_clock import HandClock
from support.intake import END, PLACE, pipeline_on, sample
from support.storage_point import POINT, deliver
from support.two_times import KNOWN, LATE, PROBE, SERIAL, first, keep_aside, later, note

from coldchain.ports import Store
from stores.sqlite import open_store

LOCAL = datetime.fromtimestamp(KNOWN // 1_000, ZoneInfo("Asia/Shanghai")).strftime("%Y-%m-%dT%H:%M:%S")
BANNER = {"en": "THE PAST, not how it stands now", "zh": "过去的记录，不是现在"}
NOTHING = {"en": "Nothing can be done on a view of the past", "zh": "此处仅供查看过去的记录，不能操作"}
PAGES = [
    "/",
    "/rounds",
    f"/places/{PLACE}/rounds",
    f"/places/{PLACE}/commission",
    f"/places/{PLACE}/commission?probe={PROBE}&began_ms={END - 60_000}",
    f"/places/{PLACE}/work",
    f"/places/{PLACE}/here",
    "/receipts",
    "/receipts/receipt-1",
    "/register",
    f"/register/look-back?serial={SERIAL}&number=C-1",
    "/retention",
    "/tags",
    "/alarms",
    f"/alarms?place={PLACE}",
    "/alarms/a-1",
    "/alarm-quality?days=2",
    "/profiles",
    "/profiles/cn-rbc/1",
    "/profiles/cn-rbc/1/preview?days=7",
]
ACTING = [page for page in PAGES if page.split("?")[0] not in {"/", "/rounds", "/receipts", "/alarm-quality"}]
ACTING = [page for page in ACTING if "look-back" not in page and "preview" not in page and "?place" not in page]
CHANGED = {
    "/",
    "/rounds",
    f"/places/{PLACE}/rounds",
    f"/places/{PLACE}/here",
    "/receipts",
    "/receipts/receipt-1",
    "/register",
    f"/register/look-back?serial={SERIAL}&number=C-1",
    "/retention",
    "/tags",
    "/alarms",
    f"/alarms?place={PLACE}",
    "/alarms/a-1",
    "/alarm-quality?days=2",
    "/profiles",
}


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    folder: Path = tmp_path_factory.mktemp("past")
    opened = open_store(folder / "hot.sqlite")
    pipeline_on(opened)
    note(opened, first(), END)
    keep_aside(opened, 1, END)
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def before(store: Store) -> dict[tuple[str, str], str]:
    """What every page said at the second that is asked for, before anything more was recorded."""
    client = client_at(store, KNOWN)
    return {(page, lang): told(client, page, lang) for page in PAGES for lang in BANNER}


@pytest.fixture(scope="module")
def client(store: Store, before: dict[tuple[str, str], str]) -> TestClient:
    assert before
    note(store, later(), LATE)
    keep_aside(store, 2, LATE)
    return client_at(store, LATE)


def client_at(store: Store, now_ms: int) -> TestClient:
    return TestClient(console_app(store, clock=HandClock(now_ms)), base_url="http://127.0.0.1")


def told(client: TestClient, page: str, lang: str, asked: str = "") -> str:
    shown = client.get(f"{page}{'&' if '?' in page else '?'}lang={lang}{asked}")
    assert shown.status_code == 200, (page, shown.text)
    return shown.text


def rows(html: str) -> list[str]:
    """Return what stands in the cells of tables and in lists of what is known, without what is there to be signed."""
    html = re.sub(r"<form\b.*?</form>", "", html, flags=re.DOTALL)
    cells = re.findall(r"<(?:td|dd|h3)\b[^>]*>(.*?)</(?:td|dd|h3)>", html, flags=re.DOTALL)
    plain = [re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", cell))).strip() for cell in cells]
    return [cell for cell in plain if cell]


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("page", PAGES)
def test_a_page_says_what_it_said_then_and_that_it_is_the_past(
    client: TestClient, before: dict[tuple[str, str], str], page: str, lang: str
) -> None:
    past = told(client, page, lang, f"&as_known={LOCAL}")
    now = told(client, page, lang)
    assert BANNER[lang] in past
    assert BANNER[lang] not in now
    assert rows(past) == rows(before[page, lang])
    assert (rows(past) != rows(now)) == (page in CHANGED)


@pytest.mark.parametrize("page", PAGES)
def test_nothing_on_it_acts_or_brings_itself_up_to_date(client: TestClient, page: str) -> None:
    past = told(client, page, "en", f"&as_known={LOCAL}")
    assert [form for form in re.findall(r"<form\b[^>]*>", past) if 'method="get"' not in form] == []
    assert [name for name in ("refresh.js", "live.js", "receipt.js", "tags.js", "sse-connect") if name in past] == []
    assert 'http-equiv="refresh"' not in past


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("page", ACTING)
def test_where_something_can_be_signed_now_it_says_why_not_here(client: TestClient, page: str, lang: str) -> None:
    past = told(client, page, lang, f"&as_known={LOCAL}")
    assert NOTHING[lang] in past
    assert NOTHING[lang] not in told(client, page, lang)
    assert not re.search(r"<section class=\"card\">\s*</section>", past)


@pytest.mark.parametrize(
    ("path", "lang", "said"),
    [
        ("/", "en", "how the server itself did then"),
        ("/", "zh", "服务器当时的运行情况"),
        ("/rounds", "en", "the setting of then is in no entry"),
        ("/rounds", "zh", "当时设置的间隔没有记录"),
    ],
)
def test_what_is_in_no_entry_is_said(client: TestClient, path: str, lang: str, said: str) -> None:
    assert said in told(client, path, lang, f"&as_known={LOCAL}")
    assert said not in told(client, path, lang)


def test_work_that_began_later_did_not_last_then(client: TestClient) -> None:
    path = f"/places/{PLACE}/work"
    assert "torn door" in told(client, path, "en")
    assert "torn door" not in told(client, path, "en", f"&as_known={LOCAL}")


@pytest.mark.parametrize("page", ["/receipts/receipt-2", "/alarms/a-2", "/profiles/cn-rbc/9"])
def test_what_was_not_known_then_is_missing_then(client: TestClient, page: str) -> None:
    missing = client.get(f"{page}?lang=en&as_known={LOCAL}")
    assert missing.status_code == 404
    assert "did not know" in missing.text
    assert BANNER["en"] in missing.text


@pytest.mark.parametrize("scene", ["morning"])
def test_the_overview_says_what_it_said_before_an_hour_of_warmth_came(tmp_path: Path, scene: Scene) -> None:
    with closing(open_store(tmp_path / "hot.sqlite")) as store:
        pipeline = story(store, scene)
        live = told(client_at(store, NOW), "/", "en")
        times = [NOW + minute * MINUTE for minute in range(1, 60)]
        probes = [f"fridge-{n}-{role}" for n in (1, 2) for role in ("load", "air")]
        warm = [sample(0, at_ms, 9_000_000, probe) for at_ms in times for probe in probes]
        facts = [replace(fact, seq=1_000_000 + nth) for nth, fact in enumerate(warm)]
        deliver(pipeline, POINT, facts, mark_ms=times[-1] + 1, sent_ms=times[-1] + 1_000)
        later = client_at(store, times[-1] + 2_000)
        asked = datetime.fromtimestamp(NOW // 1_000, ZoneInfo("Asia/Shanghai")).strftime("%Y-%m-%dT%H:%M:%S")
        assert rows(told(later, "/", "en")) != rows(live)
        assert rows(told(later, "/", "en", f"&as_known={asked}")) == rows(live)
        assert entries(told(later, "/", "en", f"&as_known={asked}")) == entries(live)


def entries(html: str) -> list[str]:
    """Return what needs somebody first."""
    found = re.findall(r'<li class="entry.*?</li>', html, flags=re.DOTALL)
    return [re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", one)) for one in found]
