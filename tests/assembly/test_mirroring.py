"""The mirror in the centre: its words for boards, its target, its figures; without an address there is none."""

from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from msgspec.structs import replace
from prometheus_client import CollectorRegistry, generate_latest
from support.console_story import NOW, Scene, story
from support.hand_clock import HandClock
from support.memory_records import MemoryRecords
from support.memory_store import MemoryStore

from api.first import place_words
from api.overview import place_beside
from api.standings import standings
from api.wording import Language, Words
from assembly.mirroring import snapshot, start_mirror, target_in, title_of
from assembly.server_settings import InfluxTable
from coldchain.places import Place, Probe
from coldchain.ports import Session
from coldchain.standing import PlaceStanding, PlaceState
from rules.place_facts import Registered, place_facts
from rules.standing import PlaceFacts
from stores.points import PlaceShown

ZONE = ZoneInfo("Asia/Shanghai")


def shown(scene: Scene) -> dict[str, PlaceShown]:
    store = MemoryStore()
    story(store, scene)
    return {one.standing.place: one for one in snapshot(store, NOW, ZONE).places}


def test_a_place_within_limits_says_only_that() -> None:
    place = shown("calm")["fridge-1"]
    assert (place.text_zh, place.text_en) == ("在限值内", "within limits")
    assert place.value_text == "3.8 °C（载荷探头） / 3.8 °C (load probe)"
    assert place.value_probe == "fridge-1-load"


def test_an_alarm_says_what_to_do_first_in_both_languages() -> None:
    place = shown("alarm")["fridge-1"]
    assert place.text_zh.startswith("偏高")
    assert "先做：" in place.text_zh
    assert place.text_en.startswith("too warm")
    assert " First: " in place.text_en


def test_a_notice_says_what_needs_the_look_and_since_when() -> None:
    place = shown("morning")["platelet-1"]
    assert place.text_en.startswith("within limits, needs a look; agitation stopped since 09:08:00. First: Start")
    assert "振荡已停止" in place.text_zh


def test_an_alarm_names_the_place_that_blood_can_be_moved_to() -> None:
    store = MemoryStore()
    story(store, "calm")
    with store.reading() as session:
        warm, *others = sorted(standings(session, NOW), key=lambda one: one.place != "fridge-1")
        warm = replace(warm, state=PlaceState.TOO_WARM, probe="fridge-1-load")
        texts = [
            place_words(warm, [warm, *others], place_beside(session, warm, NOW), Words(language=language, zone=ZONE))
            for language in Language
        ]
    assert "把血液移到储血冰箱 2" in texts[0]
    assert "Move the blood to Blood fridge 2" in texts[1]


@pytest.mark.parametrize("scene", ["calm", "alarm"])
def test_the_registry_is_read_for_all_places_and_findings_at_once(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Once for each is millions of rows every ten seconds in a house of a thousand places."""
    store, asked = MemoryStore(), list[int]()
    story(store, scene)
    before = MemoryRecords.probes

    def counted(records: MemoryRecords) -> tuple[Probe, ...]:
        asked.append(1)
        return before(records)

    monkeypatch.setattr(MemoryRecords, "probes", counted)
    places = snapshot(store, NOW, ZONE).places
    assert len(asked) == 2 < len(places)


def test_a_place_that_cannot_be_read_or_said_is_left_out_and_named_and_the_others_stand(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    store = MemoryStore()
    story(store, "calm")
    whole = {one.standing.place for one in snapshot(store, NOW, ZONE).places}
    read, said = place_facts, place_words

    def no_facts(session: Session, known: Registered, place: Place, *more: Any) -> PlaceFacts:
        if place.id == "fridge-1":
            raise LookupError("torn")
        return read(session, known, place, *more)

    def no_words(standing: PlaceStanding, *more: Any) -> str:
        if standing.place == "fridge-2":
            raise KeyError("words")
        return said(standing, *more)

    monkeypatch.setattr("api.standings.place_facts", no_facts)
    monkeypatch.setattr("assembly.mirroring.place_words", no_words)
    found = snapshot(store, NOW, ZONE)
    assert {one.standing.place for one in found.places} == whole - {"fridge-1", "fridge-2"}
    assert found.faults == (("state of fridge-1", "LookupError: torn"), ("state of fridge-2", "KeyError: 'words'"))
    with store.reading() as session, pytest.raises(LookupError, match="torn"):
        standings(session, NOW)


def test_a_title_names_place_and_probe() -> None:
    store = MemoryStore()
    story(store, "morning")
    with store.reading() as session:
        finding = next(f for f in session.records.findings() if f.probe == "fridge-1-load")
    title = title_of(store, finding, ZONE)
    assert title.en == "Blood fridge 1 too warm (fridge-1-load)"
    assert title.zh.startswith("储血冰箱 1 ")


def test_without_an_address_there_is_no_mirror(tmp_path: Path) -> None:
    assert target_in(InfluxTable()) is None
    clock = HandClock(NOW)
    assert start_mirror(InfluxTable(), MemoryStore(), Moves(), clock, ZONE, tmp_path) is None


@pytest.mark.parametrize(
    ("keys", "token", "bucket"),
    [
        ({}, "", "coldchain"),
        ({"username": "cc", "password": "s:cret"}, "cc:s:cret", "coldchain"),
        ({"api": "v3", "keep_days": "30", "token": "t"}, "t", "coldchain"),
        ({"token": "t", "org": "blood", "database": "db", "retention_policy": "ten-years"}, "t", "db/ten-years"),
    ],
)
def test_the_target_is_the_settings(keys: dict[str, Any], token: str, bucket: str) -> None:
    target = target_in(InfluxTable(url="http://127.0.0.1:8086", **keys))
    assert target is not None
    assert (target.token, target.bucket, target.url) == (token, bucket, "http://127.0.0.1:8086")
    assert "cret" not in repr(target)


class Moves:
    """Takes moves of cursors."""

    def move(self, name: str, value: int) -> None:
        """Let it go."""


def test_the_mirror_shows_its_figures_and_ends_when_told(tmp_path: Path) -> None:
    from assembly.mirroring import MirrorCollector

    nobody = InfluxTable(url="http://127.0.0.1:1")
    mirror = start_mirror(nobody, MemoryStore(), Moves(), HandClock(NOW), ZONE, tmp_path)
    assert mirror is not None
    registry = CollectorRegistry(auto_describe=False)
    registry.register(MirrorCollector(mirror))
    text = generate_latest(registry).decode()
    assert "coldchain_mirror_readings_behind 0.0" in text
    assert "coldchain_mirror_dead_letters_total 0.0" in text
    mirror.close()
    assert not mirror.alive
