"""The gateway's own page: what it says, in both languages, escaped and bounded; looked at in a real browser."""

import datetime
import http.client
import socket
from collections.abc import Iterator
from contextlib import closing

import pytest
from msgspec.structs import replace
from playwright.sync_api import Browser
from support.browser import OVERFLOW, PHONE, launched, opened
from support.local_limits import FRIDGE, limits
from support.waiting import until

from coldchain.errors import ColdchainError
from coldchain.places import Text
from coldchain.wire_limits import LimitsFault, encode_limits
from gateway.health import STATUS_VERSION, AlarmStatus, LocalStatus, OutputStatus, PortStatus, SpoolStatus, Status
from gateway.limits import Loaded, load_limits
from gateway.page import REQUESTS_MAX, PageServer
from gateway.page_html import page
from gateway.seen import DeviceSeen, Rates

NOW = 1_800_000_600_000
UTC = datetime.UTC


def loaded(**changes: object) -> Loaded:
    read = load_limits(encode_limits(limits(7, **changes)), "gw-1")
    assert not isinstance(read, LimitsFault)
    return read


ALARM = AlarmStatus(
    origin="fridge-1-load",
    kind="excursion",
    rule="A01",
    direction="too-warm",
    since_ms=NOW - 400_000,
    micro_celsius=8_062_500,
    limit_micro_celsius=6_000_000,
)
STATUS = Status(
    v=STATUS_VERSION,
    gateway="gw-1",
    site="storage-1",
    pid=1,
    made_ms=NOW,
    started_ms=NOW - 86_400_000,
    clock="trusted",
    link="offline",
    broker="mqtt://broker",
    ports=(PortStatus(port="/dev/ttyUSB9", role="bus", devices=("fridge-1-load",), present=False),),
    devices=(
        DeviceSeen(id="fridge-1-load", kind="probe", taken_ms=NOW - 8_000, micro_celsius=8_062_500, quality=0),
        DeviceSeen(id="fridge-1-air", kind="probe", taken_ms=NOW - 8_000, quality=1),
        DeviceSeen(id="fridge-1-door", kind="contact", taken_ms=NOW - 1_000, on=False),
        DeviceSeen(id="fridge-1-mains", kind="contact", taken_ms=NOW - 1_000, on=False, word="mains-lost"),
        DeviceSeen(id="fridge-1-reader", kind="reader", taken_ms=NOW - 100_000, inside=2),
        DeviceSeen(id="strange-1", kind="probe", taken_ms=NOW - 7_300_000, micro_celsius=1_000_000, quality=0),
    ),
    rates=Rates(samples=6, tags=80, events=1),
    counters={},
    spool=SpoolStatus(rows=9_120, rows_ms=NOW, bytes_used=1, dead_letters=0, oldest_ms=NOW - 86_400_000),
    local=LocalStatus(
        limits_version=7,
        limits_made_ms=NOW - 90_000_000,
        alarms=(ALARM,),
        sounding=True,
        muted_until_ms=0,
        outputs=(OutputStatus(name="/dev/siren", on=False, failing=True, failures=3),),
    ),
)


def test_it_says_what_is_wrong_where_and_since_when_in_both_languages() -> None:
    chinese = page(STATUS, loaded(), "zh", NOW, UTC)
    english = page(STATUS, loaded(), "en", NOW, UTC)
    for text in (
        "偏高",
        "8.0625 °C",
        "限值 6.0 °C",
        "1 号储血冰箱",
        "自 2027-01-15 08:03:20 起",
        "市电断电",
        "正在鸣响",
    ):
        assert text in chinese, text
    for text in ("too warm", "8.0625 °C", "limit 6.0 °C", "Fridge 1", "since 2027-01-15 08:03:20", "mains lost"):
        assert text in english, text
    assert "no temperature" in english
    assert "2 bags inside, 1 more possibly" in english
    assert "the reader now holds 2 tags" in english
    assert "9120 rows" in english
    assert "port is not there: /dev/ttyUSB9" in english
    assert "an alarm output fails: /dev/siren" in english
    assert "not yet confirmed" in english
    assert "strange-1" in english
    assert english.count(">old<") == 1  # the value of two hours ago


def test_without_limits_it_says_loudly_that_nothing_will_sound() -> None:
    bare = replace(STATUS, local=replace(STATUS.local, alarms=(), sounding=False, limits_version=0))
    assert "raises no alarm" in page(bare, None, "en", NOW, UTC)
    assert "不会报警" in page(bare, None, "zh", NOW, UTC)
    assert "fridge-1-load" in page(bare, None, "en", NOW, UTC)


def test_whatever_is_said_is_escaped() -> None:
    evil = '<script>alert("1")</script>'
    place = replace(FRIDGE, name=Text(zh=evil, en=evil), units=(evil,), possible_units=(evil,))
    status = replace(
        STATUS,
        ports=(replace(STATUS.ports[0], port=evil),),
        local=replace(STATUS.local, alarms=(replace(ALARM, rule=evil),)),
    )
    text = page(status, loaded(places=(place,)), "en", NOW, UTC)
    assert "<script" not in text
    assert text.count("&lt;script&gt;") >= 4


@pytest.fixture
def server() -> Iterator[PageServer]:
    serving = PageServer("127.0.0.1", 0, lambda language: page(STATUS, loaded(), language, NOW, UTC))
    yield serving
    serving.close()


def ask(port: int, method: str, path: str, language: str = "") -> tuple[int, str]:
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=5)) as line:
        line.request(method, path, headers={"Accept-Language": language} if language else {})
        answer = line.getresponse()
        return answer.status, answer.read().decode()


def test_it_answers_get_of_one_path_and_changes_nothing(server: PageServer) -> None:
    assert ask(server.port, "GET", "/")[0] == 200
    assert 'lang="zh-CN"' in ask(server.port, "GET", "/")[1]
    assert 'lang="en"' in ask(server.port, "GET", "/", "en-GB,en;q=0.9")[1]
    assert 'lang="zh-CN"' in ask(server.port, "GET", "/?lang=zh", "en")[1]
    assert ask(server.port, "HEAD", "/") == (200, "")
    assert ask(server.port, "GET", "/etc/passwd")[0] == 404
    assert ask(server.port, "GET", "/?" + "a" * 2_000)[0] == 404
    for method in ("POST", "PUT", "DELETE"):
        assert ask(server.port, method, "/")[0] == 501


def test_too_many_at_once_are_turned_away_and_the_next_one_is_served(server: PageServer) -> None:
    idle = [socket.create_connection(("127.0.0.1", server.port)) for _ in range(REQUESTS_MAX)]

    def served() -> bool:
        try:
            return ask(server.port, "GET", "/")[0] == 200
        except (OSError, http.client.HTTPException):
            return False

    until(lambda: not served())
    for line in idle:
        line.close()
    until(served)
    assert served()


def test_an_address_that_is_not_ours_is_said(server: PageServer) -> None:
    with pytest.raises(ColdchainError, match=r"page\.host and page\.port"):
        PageServer("127.0.0.1", server.port, lambda _: "")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with launched() as one:
        yield one


@pytest.mark.parametrize("language", ["zh", "en"])
def test_on_a_phone_it_fits_and_complains_of_nothing(server: PageServer, browser: Browser, language: str) -> None:
    told = opened(browser, f"http://127.0.0.1:{server.port}/?lang={language}", language, PHONE)
    told.shot(f"gateway-page-{language}")
    assert told.page.evaluate(OVERFLOW) <= 0
    assert "8.0625" in told.page.inner_text("main")
    assert told.all_faults() == []
    told.close()
