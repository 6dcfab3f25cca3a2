"""How places stand over the API, and in the words that console, mirror and boards share."""

import msgspec
import pytest
from fastapi.testclient import TestClient
from support.console import console_app, scene_app, story_store
from support.console_story import HOUR, LOADED, LOADING, MINUTE, NOW, story
from support.memory_store import MemoryStore
from support.storage_point import POINT, deliver, said
from support.story import add_unmeasured

from api.standings import standing_texts, standings
from api.wording import Language
from coldchain.facts import EventKind, Quality
from coldchain.places import ProbeRole, Text
from coldchain.standing import PlaceStanding, PlaceState, ProbeStanding

BASE_URL = "http://127.0.0.1"

PROBE = ProbeStanding(
    probe="fridge-1-load",
    role=ProbeRole.LOAD,
    state=PlaceState.WITHIN,
    since_ms=None,
    due_ms=None,
    taken_ms=NOW,
    micro_celsius=6_062_500,
    quality=Quality.GOOD,
)
STANDING = PlaceStanding(
    place="fridge-1",
    site="storage-1",
    kind="fridge",
    name=Text(zh="储血冰箱 1", en="Blood fridge 1"),
    as_of_ms=NOW,
    state=PlaceState.WITHIN,
    probe="fridge-1-load",
    since_ms=None,
    due_ms=None,
    probes=(PROBE,),
    notices=(),
    findings_open=(),
    inside=0,
    possible=0,
    held=0,
    profile="cn-rbc",
    profile_version=2,
    confirmed=False,
    low_micro_celsius=2_000_000,
    high_micro_celsius=6_000_000,
)


def client_of(scene: str) -> TestClient:
    return TestClient(scene_app(scene), base_url=BASE_URL)  # type: ignore[arg-type]


def states(client: TestClient) -> dict[str, str]:
    return {one["place"]: one["state"] for one in client.get("/api/standings").json()["items"]}


def test_every_state_of_a_morning_after_is_told() -> None:
    assert states(client_of("calm")) == dict.fromkeys(
        ["fridge-1", "fridge-2", "freezer-1", "platelet-1", "box-1"], "within"
    )
    assert states(client_of("morning")) == {
        "fridge-1": "within",
        "fridge-2": "sensor-fault",
        "freezer-1": "within",
        "platelet-1": "attention",
        "box-1": "within",
    }


def test_an_alarm_a_running_delay_and_silence_are_three_things_with_their_times() -> None:
    client = client_of("alarm")
    assert states(client)["fridge-1"] == "too-warm"
    alarm = client.get("/api/places/fridge-1/standing").json()
    assert (alarm["inside"], alarm["possible"], alarm["held"]) == (30, 1, 31)
    assert len(alarm["findings_open"]) == 2
    running = client.get("/api/places/fridge-2/standing").json()
    assert running["state"] == "outside"
    assert running["since_ms"] < NOW < running["due_ms"] <= running["since_ms"] + 5 * MINUTE
    silent = client.get("/api/places/freezer-1/standing").json()
    assert silent["state"] == "silent"
    assert silent["since_ms"] < NOW - 30 * MINUTE < NOW < silent["due_ms"]
    kinds = {notice["kind"] for notice in running["notices"]}
    assert {"mains-lost", "ups-on-battery", "door-open"} <= kinds


def test_a_box_keeps_the_transport_limits_of_its_profile_and_no_mains_of_the_site() -> None:
    client = client_of("alarm")
    box = client.get("/api/places/box-1/standing").json()
    fridge = client.get("/api/places/fridge-1/standing").json()
    assert (box["profile"], box["profile_version"]) == (fridge["profile"], fridge["profile_version"])
    assert (box["low_micro_celsius"], box["high_micro_celsius"]) == (2_000_000, 10_000_000)
    assert (fridge["low_micro_celsius"], fridge["high_micro_celsius"]) == (2_000_000, 6_000_000)
    assert {notice["kind"] for notice in box["notices"]} == {"gateway-silent"}


def test_a_freezer_has_no_lower_limit() -> None:
    freezer = client_of("calm").get("/api/places/freezer-1/standing").json()
    assert (freezer["low_micro_celsius"], freezer["high_micro_celsius"]) == (None, -18_000_000)


def test_standings_come_in_pages_and_a_strange_place_is_a_problem() -> None:
    client = client_of("calm")
    first = client.get("/api/standings?limit=3").json()
    assert ([one["place"] for one in first["items"]], first["next"]) == (["box-1", "freezer-1", "fridge-1"], "fridge-1")
    rest = client.get("/api/standings?after=fridge-1").json()
    assert ([one["place"] for one in rest["items"]], rest["next"]) == (["fridge-2", "platelet-1"], None)
    assert client.get("/api/places/nowhere/standing").status_code == 404


def test_a_place_without_limits_or_probes_is_never_within() -> None:
    store = story_store()
    add_unmeasured(store)
    found = states(TestClient(console_app(store), base_url=BASE_URL))
    assert found == {"fridge-1": "within", "fridge-2": "silent", "freezer-1": "silent", "shelf-1": "silent"}


def test_events_are_those_of_the_place_and_of_its_site_by_time() -> None:
    client = client_of("calm")
    window = f"from_ms={NOW - LOADING - MINUTE}&to_ms={NOW - LOADED + MINUTE}"
    events = client.get(f"/api/places/fridge-2/events?{window}").json()["items"]
    assert [(event["origin"], event["kind"]) for event in events] == [
        ("fridge-2-door", "door-opened"),
        ("fridge-2-door", "door-closed"),
    ]
    night = f"from_ms={NOW - 12 * HOUR}&to_ms={NOW - 10 * HOUR}"
    kinds = [event["kind"] for event in client.get(f"/api/places/fridge-2/events?{night}").json()["items"]]
    assert kinds == ["mains-lost", "ups-on-battery", "mains-restored", "ups-on-mains"]
    of_box = client.get(f"/api/places/box-1/events?{night}").json()["items"]
    assert {(event["origin"], event["kind"]) for event in of_box} == {
        ("box-1", "position"),
        ("box-1", "battery"),
        ("box-1", "signal"),
    }
    page = client.get(f"/api/places/fridge-2/events?{night}&limit=3").json()
    following = client.get(f"/api/places/fridge-2/events?{night}&after={page['next']}").json()
    assert [event["kind"] for event in following["items"]] == ["ups-on-mains"]
    assert client.get("/api/places/fridge-2/events?from_ms=0&to_ms=9000000000000").status_code == 422


@pytest.mark.parametrize(
    ("change", "zh", "en"),
    [
        ({}, ("在限值内", "6.0625 °C（载荷探头）"), ("within limits", "6.0625 °C (load probe)")),
        (
            {"state": PlaceState.OUTSIDE},
            ("偏高，延时计时中", "6.0625 °C（载荷探头）"),
            ("too warm, delay running", "6.0625 °C (load probe)"),
        ),
        (
            {"state": PlaceState.SILENT, "probes": (msgspec.structs.replace(PROBE, state=PlaceState.SILENT),)},
            ("没有数据，情况未知", "最后读数 6.0625 °C（载荷探头）"),
            ("no data: unknown", "last 6.0625 °C (load probe)"),
        ),
        (
            {"state": PlaceState.SENSOR_FAULT, "probe": "fridge-1-air"},
            ("载荷探头故障", "6.0625 °C（载荷探头）"),
            ("load probe failed", "6.0625 °C (load probe)"),
        ),
        (
            {"state": PlaceState.ATTENTION},
            ("空气偏高（开门或化霜后），暂缓报警", "6.0625 °C（载荷探头）"),
            ("air too warm after a door or defrost, alarm put off", "6.0625 °C (load probe)"),
        ),
        (
            {"state": PlaceState.ATTENTION, "probe": None},
            ("在限值内，需查看", "6.0625 °C（载荷探头）"),
            ("within limits, needs a look", "6.0625 °C (load probe)"),
        ),
        (
            {"state": PlaceState.SILENT, "probe": None, "probes": ()},
            ("没有数据，情况未知", "没有探头"),
            ("no data: unknown", "no probe"),
        ),
        (
            {"probes": (msgspec.structs.replace(PROBE, micro_celsius=None, quality=Quality.NO_SENSOR),)},
            ("在限值内", "无传感器（载荷探头）"),
            ("within limits", "no sensor (load probe)"),
        ),
    ],
)
def test_state_and_value_have_words_in_both_languages(
    change: dict[str, object], zh: tuple[str, str], en: tuple[str, str]
) -> None:
    standing = msgspec.structs.replace(STANDING, **change)
    assert standing_texts(standing, Language.ZH) == zh
    assert standing_texts(standing, Language.EN) == en


@pytest.mark.parametrize(
    ("micro", "limits", "said"),
    [
        (1_900_000, (2_000_000, 6_000_000), "too cold, delay running"),
        (-17_900_000, (None, -18_000_000), "too warm, delay running"),
    ],
)
def test_a_running_delay_says_to_which_side(micro: int, limits: tuple[int | None, int], said: str) -> None:
    probe = msgspec.structs.replace(PROBE, micro_celsius=micro)
    standing = msgspec.structs.replace(
        STANDING, state=PlaceState.OUTSIDE, probes=(probe,), low_micro_celsius=limits[0], high_micro_celsius=limits[1]
    )
    assert standing_texts(standing, Language.EN)[0] == said


def test_every_state_has_words() -> None:
    for state in PlaceState:
        zh, en = (standing_texts(msgspec.structs.replace(STANDING, state=state), one)[0] for one in Language)
        assert zh
        assert en.isascii()


def test_standings_are_read_in_one_session_by_place() -> None:
    store = MemoryStore()
    story(store, "calm")
    with store.reading() as session:
        found = standings(session, NOW)
    assert [one.place for one in found] == sorted(one.place for one in found)
    assert {one.as_of_ms for one in found} == {NOW}


def test_a_device_that_does_not_answer_is_noticed_until_it_is_back() -> None:
    store = MemoryStore()
    pipeline = story(store, "calm")

    def noticed(place: str) -> list[str]:
        with store.reading() as session:
            return [n.kind for one in standings(session, NOW) if one.place == place for n in one.notices]

    silent, back = EventKind.DEVICE_SILENT, EventKind.DEVICE_BACK
    assert noticed("fridge-1") == []
    deliver(pipeline, POINT, [said(10**6, "fridge-1-load", silent, NOW)], sent_ms=NOW)
    assert noticed("fridge-1") == ["device-silent"]
    assert noticed("fridge-2") == []
    deliver(pipeline, POINT, [said(10**6 + 1, "fridge-1-load", back, NOW)], sent_ms=NOW)
    assert noticed("fridge-1") == []
