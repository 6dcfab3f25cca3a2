"""What a courier's box says of itself: on its tile, its page, and among what needs somebody first."""

import re
from html import unescape

import pytest
from fastapi.testclient import TestClient
from support.console import scene_app
from support.console_story import HOUR, MINUTE, NOW, SITE
from support.memory_store import MemoryStore
from support.storage_point import BOX

from coldchain.entries import Draft, EntryKind, RecordedEvent
from coldchain.facts import EventKind

Said = tuple[EventKind, int, str, dict[str, int | str]]
PACKED_AT, UNTIL = NOW - 4 * HOUR - 50 * MINUTE, NOW + 40 * MINUTE
READY: Said = (EventKind.BOX_READY, PACKED_AT, BOX, {"qualified_min": 330, "until_ms": UNTIL})


def client_of(*words: Said) -> TestClient:
    """Return the morning's console, with five units in the box and what it said of itself besides."""
    store = MemoryStore()
    app = scene_app("morning", store)
    with store.writing() as session:
        session.ledger.append([_draft(seq, word) for seq, word in enumerate(words, 900_000)], NOW)
    return TestClient(app, base_url="http://127.0.0.1")


def _draft(seq: int, word: Said) -> Draft:
    kind, at_ms, origin, details = word
    event = RecordedEvent(
        gateway=BOX,
        epoch="told",
        seq=seq,
        place=BOX,
        origin=origin,
        kind=kind,
        boot="b",
        origin_seq=None,
        taken_ms=at_ms,
        boottime_ms=at_ms,
        earliest_ms=None,
        latest_ms=at_ms,
        epc=None,
        details=details,
    )
    return Draft(kind=EntryKind.DEVICE_EVENT, actor=f"gateway:{BOX}", site=SITE, payload=event)


def text(client: TestClient, path: str, begin: str = "", end: str = "") -> str:
    html = client.get(path).text
    html = html[html.index(begin) : html.index(end) if end else None]
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", "", html)))


def page_of(client: TestClient, language: str) -> str:
    return text(client, f"/places/{BOX}?lang={language}", 'id="live-about"', 'class="card trace"')


def tile_of(client: TestClient, language: str) -> str:
    return text(client, f"/?lang={language}", f'id="tile-{BOX}"')


def first_of(client: TestClient, language: str) -> str:
    return text(client, f"/?lang={language}", 'id="live-first"', 'id="live-places"')


def test_a_packed_box_shows_until_when_it_is_qualified_and_what_is_left() -> None:
    client = client_of(READY)
    for shown in (page_of, tile_of):
        assert "packed at 04:40:00, qualified until 10:10:00" in shown(client, "en")
        assert "qualification left 40 min" in shown(client, "en")
        assert "04:40:00 装箱完毕，保温验证时间到 10:10:00" in shown(client, "zh")
        assert "保温验证时间还剩 40 分" in shown(client, "zh")
    assert "Courier box 1: 80 % of its qualification time is used needs a look in 40 min" in first_of(client, "en")
    standing = client.get(f"/api/places/{BOX}/standing").json()
    assert (standing["box"]["readiness"], standing["box"]["qualified_until_ms"]) == ("packed", UNTIL)
    assert client.get("/api/places/fridge-1/standing").json()["box"] is None


def test_over_with_units_inside_it_is_said_what_to_do() -> None:
    over: Said = (EventKind.BOX_READY, PACKED_AT - HOUR, BOX, {"qualified_min": 330, "until_ms": UNTIL - HOUR})
    client = client_of(over)
    assert "its qualification ended at 09:10:00" in page_of(client, "en")
    assert "qualification left" not in page_of(client, "en")
    assert "保温验证时间已于 09:10:00 用完" in tile_of(client, "zh")
    assert "Move the blood into a watched place now" in first_of(client, "en")
    assert "保温验证时间已用完，箱内仍有血液" in first_of(client, "zh")


@pytest.mark.parametrize(
    ("word", "en", "zh"),
    [
        ((EventKind.PRECONDITIONING_BEGAN, {}), "cooling down since 09:20:00", "预冷中，09:20:00 开始"),
        ((EventKind.BOX_READY, {"qualified_min": 330}), "ready to be packed since 09:20:00", "已就绪，可以装箱"),
        ((EventKind.BOX_NOT_READY, {"reason": "too-cold"}), "not ready: too cold inside", "未就绪：箱内偏低"),
        ((EventKind.BOX_NOT_READY, {"reason": "time"}), "not long enough within limits yet", "时间还不够"),
        ((EventKind.BOX_NOT_READY, {"reason": "<of a newer box>"}), "not ready: <of a newer box>", "<of a newer box>"),
        ((EventKind.AREA_ENTERED, {"area": "hospital"}), "in the area hospital since 09:20:00", "在区域 hospital 内"),
        ((EventKind.STOOD_STILL, {}), "stands still since 09:20:00", "自 09:20:00 起停留不动"),
        ((EventKind.ROUTE_LEFT, {}), "beside its route since 09:20:00", "自 09:20:00 起偏离路线"),
    ],
)
def test_every_word_of_a_box_is_said_in_both_languages(
    word: tuple[EventKind, dict[str, int | str]], en: str, zh: str
) -> None:
    kind, details = word
    client = client_of((kind, NOW - 10 * MINUTE, BOX, details))
    assert en in page_of(client, "en")
    assert zh in page_of(client, "zh")


def test_its_alarm_is_said_and_stands_beside_the_finding() -> None:
    told: dict[str, int | str] = {"kind": "excursion", "rule": "A03", "direction": "too-warm"}
    raised = (
        EventKind.ALARM_RAISED,
        NOW - 8 * HOUR - 30 * MINUTE,
        f"{BOX}-load",
        {**told, "micro_celsius": 11_000_000},
    )
    client = client_of(raised)
    assert "the box beeps since 01:00:00" in page_of(client, "en")
    whole = text(client, f"/places/{BOX}?lang=en")
    assert "alarmed at 2026-03-12 01:00:00: too warm 11.0 °C, not cleared yet" in whole
    assert "no finding of the centre belongs to it" not in whole
    cleared = (EventKind.ALARM_CLEARED, NOW - 8 * HOUR, f"{BOX}-load", {**told, "micro_celsius": 9_750_000})
    assert "beeps" not in page_of(client_of(raised, cleared), "en")


def test_what_needs_somebody_comes_first_only_with_units_inside() -> None:
    words: list[Said] = [
        (EventKind.BOX_NOT_READY, NOW - 9 * MINUTE, BOX, {"reason": "too-warm"}),
        (EventKind.STOOD_STILL, NOW - 30 * MINUTE, BOX, {}),
        (EventKind.ROUTE_LEFT, NOW - 30 * MINUTE, BOX, {}),
    ]
    client = client_of(*words)
    en, zh = first_of(client, "en"), first_of(client, "zh")
    for said in ("packed although the box was not ready", "stands still on its way", "route left"):
        assert f"Courier box 1: {said}" in en
    for said in ("箱子未就绪却已装血", "途中停留过久", "偏离路线"):
        assert f"运血箱 1：{said}" in zh
    kinds = {one["kind"] for one in client.get(f"/api/places/{BOX}/standing").json()["notices"]}
    assert {"box-not-ready", "stood-still", "route-left"} <= kinds


def test_its_own_words_come_with_the_events_of_its_place_and_nobody_elses() -> None:
    client = client_of(READY)
    window = f"from_ms={PACKED_AT - MINUTE}&to_ms={NOW}&limit=1000"
    kinds = [event["kind"] for event in client.get(f"/api/places/{BOX}/events?{window}").json()["items"]]
    assert "box-ready" in kinds
    origins = {event["origin"] for event in client.get(f"/api/places/fridge-1/events?{window}").json()["items"]}
    assert BOX not in origins
