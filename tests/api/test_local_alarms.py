"""What a gateway alarmed by itself stands beside the centre's finding, and alone where there is none."""

import re
from html import unescape

import pytest
from fastapi.testclient import TestClient
from support.console import scene_app
from support.console_story import MINUTE, NOW, SITE
from support.memory_store import MemoryStore

from api.local_alarms import alarms_of
from coldchain.entries import Draft, EntryKind, RecordedEvent
from coldchain.facts import EventKind
from coldchain.units import FindingStatus

RAISED, CLEARED = EventKind.ALARM_RAISED, EventKind.ALARM_CLEARED


def recorded(said: EventKind, at_ms: int, from_origin: str = "o", /, **details: int | str) -> RecordedEvent:
    return RecordedEvent(
        gateway="gw-1",
        epoch="local",
        seq=at_ms,
        place="fridge-1",
        origin=from_origin,
        kind=said,
        boot="b",
        origin_seq=None,
        taken_ms=at_ms,
        boottime_ms=at_ms,
        earliest_ms=None,
        latest_ms=None,
        epc=None,
        details=details,
    )


@pytest.fixture(scope="module")
def scene() -> tuple[TestClient, str]:
    """The alarm of the storage point with what its gateway said by itself; and the id of the open finding."""
    store = MemoryStore()
    app = scene_app("alarm", store)
    with store.reading() as session:
        (finding,) = [
            f
            for f in session.records.findings(status=FindingStatus.OPEN)
            if (f.probe, f.kind) == ("fridge-1-load", "excursion")
        ]
    told: dict[str, int | str] = {
        "kind": "excursion",
        "direction": "too-warm",
        "rule": "A01",
        "since_ms": finding.start_ms,
    }
    facts = [
        recorded(RAISED, finding.condition_ms + 3_000, "fridge-1-load", micro_celsius=8_300_000, **told),
        recorded(RAISED, NOW - 50 * MINUTE, "fridge-1-air", **{**told, "since_ms": NOW - 60 * MINUTE}),
        recorded(CLEARED, NOW - 45 * MINUTE, "fridge-1-air", **told),
        recorded(
            EventKind.STORED_EXTREMES,
            NOW - MINUTE,
            "fridge-1-load",
            min_micro_celsius=3_100_000,
            max_micro_celsius=8_400_000,
        ),
    ]
    with store.writing() as session:
        kind = EntryKind.DEVICE_EVENT
        session.ledger.append([Draft(kind=kind, actor="gw-1", site=SITE, payload=fact) for fact in facts], NOW)
    return TestClient(app, base_url="http://127.0.0.1"), finding.id


def words(client: TestClient, path: str) -> str:
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", "", client.get(path).text)))


def test_a_finding_says_when_its_gateway_alarmed(scene: tuple[TestClient, str]) -> None:
    client, finding = scene
    english = words(client, f"/findings/{finding}?lang=en")
    assert "gateway gw-1 alarmed" in english
    assert re.search(r"alarmed at [-0-9: ]+(UTC\S+)?: too warm 8\.3 °C, not cleared yet", english), english
    assert "现场报警" in words(client, f"/findings/{finding}?lang=zh")
    assert english.count("alarmed at") == 1  # not that of the other probe


def test_a_place_lists_linked_and_unlinked_alarms_and_what_its_controller_kept(scene: tuple[TestClient, str]) -> None:
    client, finding = scene
    english = words(client, "/places/fridge-1?lang=en")
    assert english.count("alarmed at") == 2
    assert "no finding of the centre belongs to it" in english
    assert f'href="/findings/{finding}"' in client.get("/places/fridge-1?lang=en").text
    assert "lowest 3.1 °C, highest 8.4 °C" in english
    assert "控制器自存：最低 3.1 °C" in words(client, "/places/fridge-1?lang=zh")
    assert "Local alarms" not in words(client, "/places/fridge-2?lang=en")


def test_one_clearing_ends_all_that_one_condition_raised_and_strange_words_do_no_harm() -> None:
    alarms = alarms_of(
        [
            recorded(CLEARED, 1, kind="excursion"),
            recorded(RAISED, 2, kind="excursion", rule="A01"),
            recorded(RAISED, 3, kind="excursion", rule="A02"),
            recorded(RAISED, 4, kind=7, rule="A25", since_ms="soon"),
            recorded(CLEARED, 5, kind="excursion"),
            recorded(RAISED, 6, kind="excursion", rule="A01", since_ms=99),
        ]
    )
    assert [(a.raised_ms, a.rule, a.cleared_ms) for a in alarms] == [
        (2, "A01", 5),
        (3, "A02", 5),
        (4, "A25", None),
        (6, "A01", None),
    ]
    assert alarms[-1].since_ms == 6  # nothing begins after it was raised
