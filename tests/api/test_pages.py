"""The pages in words: why a unit stands as it does, what to do next, and what must never be missing."""

import re
from html import unescape
from zoneinfo import ZoneInfo

import msgspec
import pytest
from fastapi.testclient import TestClient
from support.console import console_app, scene_app, story_store
from support.memory_store import MemoryStore
from support.story import BEGIN_MS, HELD, HOUR_MS, LEFT_BEFORE, NEVER_SEEN, NOW_MS, POSSIBLE, SITE, WITHDRAWN, units

from api.wording import Language, Words
from coldchain.entries import Draft, EntryKind
from coldchain.units import Hold

BASE_URL = "http://127.0.0.1"


def page(client: TestClient, path: str, status: int = 200) -> str:
    response = client.get(path)
    assert response.status_code == status
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", "", response.text)))


def test_a_unit_on_hold_says_why_and_what_to_do_next(client: TestClient) -> None:
    zh = page(client, f"/units/{HELD}?lang=zh")
    assert "已暂停发放" in zh
    assert "这袋血液当时确定在内，超出限值 1 小时 36 分。" in zh
    assert "储血冰箱 1 的载荷探头测得温度偏高，2026-03-12 02:45:00 – 04:21:00，最高 9.3 °C（上限 6.0 °C）" in zh
    assert "不要发放、不要输注：移到隔离区（2.0–6.0 °C）" in zh
    assert "通知质量管理人员，并告知异常编号：f-load-1, f-air-1。" in zh
    en = page(client, f"/units/{HELD}?lang=en")
    assert "On hold: do not issue" in en
    assert "This unit was certainly inside: outside limits for 1 h 36 min." in en
    assert (
        "Blood fridge 1: the load probe was too warm, 2026-03-12 02:45:00 – 04:21:00; highest 9.3 °C (upper limit 6.0"
        in en
    )
    assert "Tell the quality manager, and name the finding: f-load-1, f-air-1." in en


def test_a_unit_that_was_possibly_inside_says_so_and_asks_to_look(client: TestClient) -> None:
    en = page(client, f"/units/{POSSIBLE}?lang=en")
    assert "This unit was possibly inside (nobody could tell): outside limits for 0 min – 1 h 36 min." in en
    assert "Look whether the unit really is inside" in en


def test_within_limits_is_never_said_without_what_is_unknown(client: TestClient) -> None:
    en = page(client, f"/units/{LEFT_BEFORE}?lang=en")
    assert "Unknown for 14 h 28 min 30 s; within limits only while measured" in en
    assert "In no watched place since 2026-03-11 19:38:00: its temperature since then is unknown." in en
    assert "Nothing to do" not in en
    assert "do not put it back into stock or issue it without the quality manager" in en
    assert "tone-warn" in client.get(f"/units/{LEFT_BEFORE}").text
    assert "More time is unknown than its limits tolerate: do not issue it" in en
    assert "No data yet" not in en
    assert "未知 14 小时 28 分 30 秒；其余已测得的在限值内" in page(client, f"/units/{LEFT_BEFORE}?lang=zh")


def test_a_hold_whose_basis_was_withdrawn_stays_a_hold_and_cold_is_called_cold(client: TestClient) -> None:
    zh = page(client, f"/units/{WITHDRAWN}?lang=zh")
    assert "已暂停发放" in zh
    assert "依据已撤回：后来到达的数据改变了这项异常。暂停发放仍然有效，须由人决定。" in zh
    assert "温度偏低" in zh
    assert "最低 1.4 °C（下限 2.0 °C）" in zh


def test_a_unit_that_was_never_seen_is_no_unit_within_limits(client: TestClient) -> None:
    en = page(client, f"/units/{NEVER_SEEN}?lang=en")
    assert "No temperature record" in en
    assert "Do not issue it." in en
    assert "Within limits" not in en


def test_limits_that_nobody_confirmed_are_marked_on_every_page(client: TestClient) -> None:
    for path in ("/", f"/units/{HELD}", f"/units/{NEVER_SEEN}"):
        assert "尚未按现行版本确认" in page(client, f"{path}?lang=zh")
        assert "not yet confirmed against the edition in force" in page(client, f"{path}?lang=en").lower()


def test_a_record_that_is_still_on_its_way_keeps_the_unit_from_being_issued() -> None:
    client = TestClient(console_app(story_store(awaited_ms=20 * HOUR_MS)), base_url=BASE_URL)
    en = page(client, f"/units/{LEFT_BEFORE}?lang=en")
    assert "Unknown for 13 h 52 min, and waiting for the record: not to be issued yet" in en
    assert "A gateway still keeps 6 h 3 min 30 s of its record." in en
    assert "power and network: gw-1." in en
    assert "Blood fridge 1: no data: unknown" in page(client, "/?lang=en")


def test_an_excursion_that_goes_on_has_running_figures_and_says_to_move_the_blood() -> None:
    client = TestClient(console_app(story_store(running=True)), base_url=BASE_URL)
    en = page(client, f"/units/{HELD}?lang=en")
    assert "first move the blood to a place that is" in en
    assert "2026-03-12 06:55:00 – until now; highest 7.1 °C" in en
    assert "outside limits for 2 h 35 min." in en
    assert "Blood fridge 1: too warm" in page(client, "/?lang=en")


def test_an_expired_unit_says_so_first(store: MemoryStore) -> None:
    expired = msgspec.structs.replace(units()[2], expires_ms=NOW_MS - HOUR_MS)
    with store.writing() as session:
        session.ledger.append([Draft(kind=EntryKind.UNIT, actor="test", site=SITE, payload=expired)], NOW_MS)
    client = TestClient(console_app(store), base_url=BASE_URL)
    assert "This unit expired at 2026-03-12 08:30:00: do not issue it." in page(client, f"/units/{LEFT_BEFORE}?lang=en")


def test_limits_that_are_not_loaded_are_no_error(store: MemoryStore) -> None:
    stranger = msgspec.structs.replace(units()[0], id="stranger", issuer="Elsewhere", profile="cn-plt")
    hold = Hold(id="h-gone", unit="stranger", finding="f-gone", placed_ms=NOW_MS, certain=False)
    drafts = [
        Draft(kind=EntryKind.UNIT, actor="test", site=SITE, payload=stranger),
        Draft(kind=EntryKind.HOLD, actor="test", site=SITE, payload=hold),
    ]
    with store.writing() as session:
        session.ledger.append(drafts, NOW_MS)
    client = TestClient(console_app(store), base_url=BASE_URL)
    en = page(client, "/units/stranger?lang=en")
    assert "The limits cn-plt version 1 are not loaded" in en
    assert "put it in quarantine and mark it" in en
    assert "f-gone" in en


def test_the_overview_names_places_units_on_hold_and_what_stays_on_hold_when_it_is_over(client: TestClient) -> None:
    en = page(client, "/?lang=en")
    assert "Blood fridge 1 fridge · fridge-1" in en
    assert "Units on hold (15)" in en
    assert "14 units stay on hold" in en
    assert "The condition has ended, and 14 units stay on hold." in en
    assert "G123426000101" in en


def test_units_on_hold_that_are_nowhere_are_counted_and_named(client: TestClient) -> None:
    first = re.sub(r"\s+", " ", client.get("/?lang=en").text.split('id="live-places"')[0])
    assert "15 units are on hold" in first
    found = re.search(r"(\d+) in watched places \(one that may be in two counts once\), 0 issued, (\d+) nobody", first)
    assert found
    inside, lost = map(int, found.groups())
    assert inside + lost == 15
    assert lost == 1
    assert f'1 of them: nobody knows where; look for it</span><span><a class="num" href="/units/{WITHDRAWN}">' in first
    assert "1 袋去向不明，请查找" in page(client, "/?lang=zh")


def test_within_limits_says_since_when_anything_is_known() -> None:
    client = TestClient(scene_app("calm"), base_url=BASE_URL)
    en = page(client, "/units/bag-61?lang=en")
    assert re.search(r"Within limits since 2026-03-11 \d\d:\d\d:00 \(unknown [^)]+\), before that unknown", en)
    assert re.search(
        r"自 2026-03-11 \d\d:\d\d:00 起在限值内（其间未知 .+?），此前未知", page(client, "/units/bag-61?lang=zh")
    )


def test_the_first_screen_says_why_units_are_on_hold_and_what_comes_next(client: TestClient) -> None:
    zh, en = (page(client, f"/?lang={language}") for language in ("zh", "en"))
    first = en[: en.index("Places")]
    assert re.search(r"\d+ units are on hold \d+: Blood fridge 1 .*too warm, 2026-03-12 02:4", first)
    assert "Keep them apart and do not issue them; the quality manager decides." in first
    assert "隔离存放，不要发放；由质量管理人员决定。" in zh[: zh.index("储存设备")]


def test_what_units_are_held_for_is_said_once_for_all_that_share_it(client: TestClient) -> None:
    html = client.get("/?lang=en").text
    held = html[html.index('id="live-held"') : html.index('id="live-aside"')]
    assert held.count('href="/findings/f-load-1"') == 1
    assert held.count('href="/units/') == 15
    assert "14 units" in page(client, "/?lang=en")
    assert "1 unit " in page(client, "/?lang=en")


def test_one_is_not_called_many() -> None:
    words = Words(language=Language.EN, zone=ZoneInfo("Asia/Shanghai"))
    said = [words.say("start.inside", certain=n, possible=0) for n in (0, 1, 2)]
    assert said == ["0 units inside, 0 possibly", "1 unit inside, 0 possibly", "2 units inside, 0 possibly"]


def test_an_epc_is_shown_in_fours_and_copied_as_one_word(client: TestClient) -> None:
    epc = "E2801170000002012345678A"
    client.post(f"/api/units/{HELD}/tags", json={"epc": epc, "from_ms": NOW_MS - HOUR_MS})
    assert '<span class="four">E280</span><span class="four">1170</span>' in client.get(f"/units/{HELD}").text
    assert epc in page(client, f"/units/{HELD}")


def test_an_empty_centre_has_a_page() -> None:
    client = TestClient(console_app(MemoryStore()), base_url=BASE_URL)
    assert "No place is registered yet." in page(client, "/?lang=en")
    assert "还没有登记储存设备。" in page(client, "/?lang=zh")


def test_a_unit_that_is_not_registered_has_a_page_that_says_so(client: TestClient) -> None:
    assert "No unit with the id nothing is registered here." in page(client, "/units/nothing?lang=en", 404)
    escaped = client.get("/units/%3Cscript%3Ealert(1)?lang=en")
    assert escaped.status_code == 404
    assert "<script>alert" not in escaped.text


def test_the_language_is_asked_for_remembered_or_the_browsers(client: TestClient) -> None:
    def language(path: str = "/", accept: str = "") -> str:
        return client.get(path, headers={"Accept-Language": accept}).headers["content-language"]

    assert language() == "zh-CN"
    assert language(accept="fr-FR, en-GB;q=0.8, zh;q=0.5") == "en"
    assert language(accept="de") == "zh-CN"
    assert language("/?lang=en") == "en"
    assert language() == "en"  # the cookie
    assert language("/?lang=zh", "en") == "zh-CN"
    assert language("/?lang=fr") == "zh-CN"


def test_times_are_the_sites_with_the_zone_named(client: TestClient) -> None:
    assert "Times: Asia/Shanghai (UTC+08:00)" in page(client, f"/units/{HELD}?lang=en")
    assert "Page of 2026-03-12 09:30:00" in page(client, f"/units/{HELD}?lang=en")


@pytest.mark.parametrize("hours", [0, 961, "many"])
def test_the_chart_cannot_be_asked_for_without_end(client: TestClient, hours: object) -> None:
    assert client.get(f"/units/{HELD}?hours={hours}").status_code == 422


def test_the_chart_reaches_back_before_the_finding_that_holds(client: TestClient) -> None:
    found = re.search(r"from_ms=(\d+)&amp;to_ms=(\d+)", client.get(f"/units/{HELD}").text)
    assert found
    assert BEGIN_MS <= int(found[1]) < NOW_MS - 24 * HOUR_MS
    assert int(found[2]) == NOW_MS


MENU = (
    "/", "/alarms", "/findings", "/urgent", "/decisions", "/receive", "/tasks", "/issuing",
    "/alarm-quality", "/history", "/recalls",
    "/containers", "/rounds", "/register", "/profiles", "/retention", "/stock", "/receipts", "/tags", "/keys",
)  # fmt: skip


@pytest.mark.parametrize("path", MENU)
@pytest.mark.parametrize("language", Language)
def test_every_page_of_the_menu_answers_and_is_marked_in_it(client: TestClient, path: str, language: str) -> None:
    response = client.get(f"{path}?lang={language}")
    assert response.status_code == 200
    nav = response.text.split("<nav", 1)[1].split("</nav>", 1)[0]
    assert tuple(re.findall(r'href="([^"]+)"', nav)) == MENU
    assert re.findall(r'href="([^"]+)" aria-current="page"', nav) == [path]


def test_a_page_below_one_of_the_menu_marks_that_one(client: TestClient) -> None:
    nav = client.get("/findings/f-load-1").text.split("<nav", 1)[1].split("</nav>", 1)[0]
    assert re.findall(r'href="([^"]+)" aria-current="true"', nav) == ["/findings"]
