"""The overview's first things to do and the pages of places, in words, on scenes of a storage point."""

import re
from html import unescape
from typing import Any

import pytest
from fastapi.testclient import TestClient
from support.console import scene_app
from support.console_story import FAILS, HOUR, LEFT_BEFORE, MINUTE, MOVED, NOW, TORN, unit_id
from support.storage_point import BOX

BASE_URL = "http://127.0.0.1"


@pytest.fixture(scope="module")
def scenes() -> dict[str, TestClient]:
    """Every scene, for tests that only read."""
    return {name: TestClient(scene_app(name), base_url=BASE_URL) for name in ("calm", "morning", "alarm")}


def page(client: TestClient, path: str, status: int = 200) -> str:
    response = client.get(path)
    assert response.status_code == status
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", "", response.text)))


def part(client: TestClient, path: str, begin: str, end: str) -> str:
    text = client.get(path).text
    text = text[text.index(begin) : text.index(end)]
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", "", text)))


def first(client: TestClient, language: str) -> str:
    return part(client, f"/?lang={language}", 'id="live-first"', 'id="live-places"')


def test_an_alarm_names_place_value_probe_limit_since_when_bags_and_what_to_do(scenes: dict[str, TestClient]) -> None:
    zh = first(scenes["alarm"], "zh")
    assert "储血冰箱 1：偏高" in zh
    assert "8.3 °C（载荷探头），上限 6.0 °C，自 09:11:00 起，最高 8.3 °C" in zh
    assert "箱内 30 袋，可能在内 1 袋，其中 31 袋暂停发放" in zh
    assert "没有执行同一限值、在限值内且自身无需查看的其他设备：通知质量管理人员" in zh
    en = first(scenes["alarm"], "en")
    assert "Blood fridge 1: too warm" in en
    assert "8.3 °C (load probe), upper limit 6.0 °C, since 09:11:00, highest 8.3 °C" in en
    assert "30 units inside, 1 possibly, 31 of them on hold" in en


def test_alarms_come_first_then_delays_silence_and_notices(scenes: dict[str, TestClient]) -> None:
    en = first(scenes["alarm"], "en")
    ordered = [
        "Blood fridge 1: too warm",
        "Blood fridge 2: too warm, delay running",
        "Plasma freezer 1: no data: unknown",
        "Courier box 1: no data: unknown",
        "The whole site (4 places): mains lost",
        "Blood fridge 2: door open",
    ]
    found = [en.index(text) for text in ordered]
    assert found == sorted(found)
    assert "UPS on battery" not in en  # its cause is named
    assert "gateway silent" not in en  # the box's silence says it


def test_a_running_delay_is_counted_down(scenes: dict[str, TestClient]) -> None:
    assert "alarm in 4 min" in first(scenes["alarm"], "en")
    assert "报警倒计时 4 分" in first(scenes["alarm"], "zh")
    html = scenes["alarm"].get("/").text
    due = [int(found) for found in re.findall(r'data-due="(\d+)"', html)]
    assert min(due) == scenes["alarm"].get("/api/places/fridge-2/standing").json()["due_ms"]


def test_a_box_that_is_awaited_names_its_packing_list(scenes: dict[str, TestClient]) -> None:
    en = first(scenes["alarm"], "en")
    assert "packing list list-0312-1: 8 units, packed 07:00:00, to 城东储血点 East storage point" in en
    assert "Do not issue these units before the record is here" in en


def test_issued_units_on_hold_come_before_a_faulty_sensor(scenes: dict[str, TestClient]) -> None:
    en = first(scenes["morning"], "en")
    ordered = ["1 issued unit is on hold", "Blood fridge 2: air probe failed", "Platelet agitator 1: agitation stopped"]
    assert [en.index(text) for text in ordered] == sorted(en.index(text) for text in ordered)
    assert "G123426000083 悬浮红细胞 2U · E0336 / 00 → 市一院急诊科 (issued 2026-03-12 04:50:00)" in en
    assert "what is measured still: 4.0 °C (load probe)" in en


def test_nothing_to_do_is_said_without_calling_anything_good(scenes: dict[str, TestClient]) -> None:
    assert "Nothing needs you first at the moment." in first(scenes["calm"], "en")
    for language in ("zh", "en"):
        text = page(scenes["calm"], f"/?lang={language}")
        assert not re.search(r"合格|正常|\bOK\b|\bgood\b|\bsafe\b", text)


def test_a_condition_that_cleared_still_says_how_many_bags_stay_on_hold(scenes: dict[str, TestClient]) -> None:
    zh = page(scenes["morning"], "/?lang=zh")
    assert "仍有 31 袋暂停发放" in zh
    assert "异常已结束，这 32 袋仍暂停发放" in zh
    assert "异常已结束，这 8 袋仍暂停发放" in zh


def test_every_tile_says_whether_its_limits_are_confirmed(scenes: dict[str, TestClient]) -> None:
    html = scenes["calm"].get("/?lang=en").text
    tiles = re.findall(r"<article class=\"card tile.*?</article>", html, re.DOTALL)
    assert len(tiles) == 5
    assert all("not yet confirmed against the edition in force" in tile for tile in tiles)
    limits = r"2\.0 to 6\.0 °C|below -18\.0 °C|20\.0 to 24\.0 °C|2\.0 to 10\.0 °C"
    assert all(re.search(limits, tile) for tile in tiles)


def test_the_page_of_a_place_says_how_it_stands_and_what_of_the_day_is_unknown(scenes: dict[str, TestClient]) -> None:
    en = page(scenes["morning"], "/places/fridge-1?lang=en")
    assert "last 24 h: within limits 21 h 7 min, outside 2 h 53 min, unknown 0 min" in en
    assert "31 units stay on hold" in en
    assert "fridge-1-doorclosed" in en
    assert "site-mainsmains present" in en
    assert "not yet confirmed against the edition in force" in en
    assert "after WS 399-2012" in en


def test_the_page_of_an_alarm_says_what_to_do_and_links_to_its_finding(scenes: dict[str, TestClient]) -> None:
    client = scenes["alarm"]
    card = part(client, "/places/fridge-1?lang=en", 'id="live-state-card"', 'id="live-about"')
    assert "What to do next" in card
    assert "No other place with the same profile is within limits" in card
    finding = client.get("/api/places/fridge-1/standing").json()["findings_open"][0]
    assert f'href="/findings/{finding}"' in client.get("/places/fridge-1").text
    assert "The whole site (4 places): mains lost" in card
    assert "Blood fridge 2" not in card


def test_the_page_of_a_box_names_position_battery_and_its_list(scenes: dict[str, TestClient]) -> None:
    en = page(scenes["morning"], f"/places/{BOX}?lang=en")
    assert "31.3287500, 121.6030000" in en
    assert "21 %" in en
    assert en.count("\N{MINUS SIGN}83 dBm") == 2, "beside the battery, and in the row of its gateway"
    assert "信号 \N{MINUS SIGN}83 dBm" in page(scenes["morning"], f"/places/{BOX}?lang=zh")
    assert "dBm" not in page(scenes["morning"], "/places/fridge-1?lang=en"), "what hangs on a wire says none"
    assert "2.0 to 10.0 °C (transport limits)" in en
    assert "8 units, packed 2026-03-11 21:30:00, to 城东储血点 East storage point" in en
    assert "issued to 市一院急诊科 (2026-03-12 04:50:00)" in en
    assert en.count("on the road: Courier box 1") == 5


@pytest.mark.parametrize(
    ("before", "certain", "possible"),
    [(25 * HOUR + 30 * MINUTE, 0, 0), (20 * HOUR, 32, 1), (14 * HOUR, 31, 1), (5 * HOUR, 30, 1)],
)
def test_what_was_inside_at_a_moment(scenes: dict[str, TestClient], before: int, certain: int, possible: int) -> None:
    client = scenes["morning"]
    html = client.get(f"/places/fridge-1/inside?at_ms={NOW - before}&lang=en").text
    assert f"{certain} units inside, {possible} possibly" in html
    assert html.count('href="/units/') == certain + possible
    whole = page(client, f"/places/fridge-1?at_ms={NOW - before}&lang=en")
    assert f"{certain} units inside, {possible} possibly back to now" in whole


def test_a_bag_that_moved_is_inside_where_it_was_at_that_moment(scenes: dict[str, TestClient]) -> None:
    client = scenes["morning"]

    def inside(place: str, at_ms: int) -> bool:
        return f'/units/{unit_id(MOVED)}"' in client.get(f"/places/{place}/inside?at_ms={at_ms}").text

    moved_ms = NOW - 6 * HOUR
    assert (inside("fridge-1", moved_ms - MINUTE), inside("fridge-2", moved_ms - MINUTE)) == (True, False)
    assert (inside("fridge-1", moved_ms + HOUR), inside("fridge-2", moved_ms + HOUR)) == (False, True)


def test_the_chart_pans_and_a_moment_in_the_future_is_now(scenes: dict[str, TestClient]) -> None:
    client = scenes["morning"]

    def window(query: str) -> tuple[int, int]:
        found = re.search(r"from_ms=(\d+)&amp;to_ms=(\d+)", client.get(f"/places/fridge-1?{query}").text)
        assert found
        return int(found[1]), int(found[2])

    assert window("") == (NOW - 24 * HOUR, NOW)
    assert window("hours=6") == (NOW - 6 * HOUR, NOW)
    assert window(f"hours=6&until_ms={NOW - 3 * HOUR}") == (NOW - 9 * HOUR, NOW - 3 * HOUR)
    assert window(f"until_ms={NOW + HOUR}") == (NOW - 24 * HOUR, NOW)
    assert window("hours=6&until_ms=1") == (0, 6 * HOUR)
    back = re.search(r'href="\?hours=6&amp;until_ms=(\d+)" id="pan-back"', client.get("/places/fridge-1?hours=6").text)
    assert back
    assert int(back[1]) == NOW - 3 * HOUR


@pytest.mark.parametrize("query", ["hours=0", "hours=9999", "until_ms=-1", "at_ms=x"])
def test_a_window_that_cannot_be_is_refused(scenes: dict[str, TestClient], query: str) -> None:
    assert scenes["calm"].get(f"/places/fridge-1?{query}").status_code == 422


def trace(client: TestClient, place: str, query: str = "") -> dict[str, Any]:
    answer = client.get(f"/api/places/{place}/trace{query}").json()
    assert isinstance(answer, dict)
    return answer


def test_the_trace_of_a_place_has_every_probe_lane_and_finding(scenes: dict[str, TestClient]) -> None:
    told = trace(scenes["morning"], "freezer-1")
    assert [probe["now"]["role"] for probe in told["probes"]] == ["load", "air"]
    assert told["probes"][0]["limits"] == {
        "profile": "cn-ffp",
        "version": 1,
        "low_micro_celsius": None,
        "high_micro_celsius": -18_000_000,
        "low_inclusive": True,
        "high_inclusive": False,
    }
    lanes = {lane["kind"]: lane["spans"] for lane in told["lanes"]}
    assert list(lanes) == ["defrost", "door", "mains", "ups"]
    assert [span["to_ms"] - span["from_ms"] for span in lanes["defrost"]] == [25 * MINUTE] * 2
    assert [span["known"] for span in lanes["mains"]] == [True]
    assert told["findings"] == []
    night = trace(scenes["morning"], "fridge-1")
    assert [finding["rule"] for finding in night["findings"]] == ["A01", "A01"]
    assert any(span["condition"] == "too-warm" for span in night["probes"][0]["spans"])


def test_a_lane_goes_on_from_before_the_window_and_ends_where_its_gateway_does(scenes: dict[str, TestClient]) -> None:
    window = f"?from_ms={NOW - 10 * MINUTE}&to_ms={NOW}"
    lanes = {lane["kind"]: lane for lane in trace(scenes["morning"], "platelet-1", window)["lanes"]}
    assert [(span["from_ms"], span["known"]) for span in lanes["motion"]["spans"]] == [(NOW - 10 * MINUTE, True)]
    box = {lane["kind"]: lane for lane in trace(scenes["alarm"], BOX)["lanes"]}
    assert [(span["from_ms"], span["to_ms"], span["known"]) for span in box["lid"]["spans"]][-1] == (
        NOW - 2 * HOUR,
        NOW,
        False,
    )


def test_a_place_that_is_not_registered_has_a_page_that_says_so(scenes: dict[str, TestClient]) -> None:
    assert "No place with the id nowhere is registered here." in page(scenes["calm"], "/places/nowhere?lang=en", 404)
    assert page(scenes["calm"], "/places/nowhere/inside?lang=zh", 404)
    assert scenes["calm"].get("/api/places/nowhere/trace").status_code == 404


def test_bags_that_left_before_or_were_never_seen_are_told_apart(scenes: dict[str, TestClient]) -> None:
    html = scenes["morning"].get(f"/places/fridge-1/inside?at_ms={NOW - FAILS}&lang=en").text
    assert f'/units/{unit_id(LEFT_BEFORE)}"' not in html
    row = html[html.index(f'/units/{unit_id(TORN)}"') :]
    assert "possibly inside" in row[: row.index("</li>")]
