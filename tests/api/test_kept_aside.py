"""What the intake keeps aside is seen by those who can do something about it: on the overview and by the interface."""

import re
from html import unescape
from typing import Any

import msgspec
import pytest
from fastapi.testclient import TestClient
from support.memory_store import MemoryStore
from support.story import BEGIN_MS, NOW_MS, SITE

from api.kept_aside import REASON_TEXTS
from coldchain.entries import Draft, EntryKind, RecordedEvent
from coldchain.facts import ClockState, EventKind, Sample
from coldchain.ports import Quarantined, RefusedPayload
from ingest.admission import Doubt

EPC = "E2801170000002012345678A"


def kept(reason: str, seq: int, gateway: str = "gw-1", body: bytes | None = None) -> Quarantined:
    sample = Sample(seq=seq, origin="fridge-9-load", taken_ms=BEGIN_MS + seq, boottime_ms=5, micro_celsius=4_000_000)
    return Quarantined(
        id=0,
        reason=reason,
        gateway=gateway,
        epoch="e1",
        seq=seq,
        origin="fridge-9-load",
        received_ms=NOW_MS,
        clock=ClockState.TRUSTED,
        boot="b1",
        body=body or msgspec.json.encode({"kind": "Sample", "fact": msgspec.to_builtins(sample)}),
    )


def refused(sha256: str, received_ms: int, epoch: str = "", gateway: str = "gw-1") -> RefusedPayload:
    return RefusedPayload(
        sha256=sha256, gateway=gateway, epoch=epoch, reason="not-json", detail="line 1", received_ms=received_ms
    )


def heard(store: MemoryStore, *epcs: str) -> None:
    """Let a reader report tags that nobody bound."""
    events = [
        RecordedEvent(
            gateway="gw-1",
            epoch="e9",
            seq=seq,
            place="fridge-1",
            origin="fridge-1-reader",
            kind=EventKind.ARRIVED,
            boot="b1",
            origin_seq=None,
            taken_ms=NOW_MS,
            boottime_ms=5,
            earliest_ms=None,
            latest_ms=NOW_MS,
            epc=epc,
            details={},
        )
        for seq, epc in enumerate(epcs, start=1)
    ]
    drafts = [Draft(kind=EntryKind.DEVICE_EVENT, actor="test", site=SITE, payload=event) for event in events]
    with store.writing() as session:
        session.ledger.append(drafts, NOW_MS)


def get(client: TestClient, path: str, status: int = 200) -> Any:
    response = client.get(path)
    assert response.status_code == status, response.text
    return response.json()


def overview(client: TestClient, language: str) -> str:
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", "", client.get(f"/?lang={language}").text)))


def test_quarantine_is_listed_in_pages_with_the_time_that_each_item_claims(
    client: TestClient, store: MemoryStore
) -> None:
    with store.writing() as session:
        for seq in range(1, 6):
            session.books.quarantine(kept("unknown-device" if seq < 4 else "future", seq))
        session.books.quarantine(kept("future", 6, "gw-2", b"not JSON"))
    first = get(client, "/api/quarantine?limit=4")
    second = get(client, f"/api/quarantine?limit=4&after={first['next']}")
    items = first["items"] + second["items"]
    assert [item["seq"] for item in items] == [1, 2, 3, 4, 5, 6]
    assert [item["taken_ms"] for item in items] == [BEGIN_MS + seq for seq in range(1, 6)] + [None]
    assert (items[0]["kind"], items[0]["origin"], items[0]["received_ms"]) == ("Sample", "fridge-9-load", NOW_MS)
    assert (len(second["items"]), second["next"]) == (2, None)
    assert first["counts"] == [
        {"gateway": "gw-1", "reason": "future", "items": 2},
        {"gateway": "gw-1", "reason": "unknown-device", "items": 3},
        {"gateway": "gw-2", "reason": "future", "items": 1},
    ]


def test_refused_payloads_are_listed_the_newest_first_in_every_epoch(client: TestClient, store: MemoryStore) -> None:
    with store.writing() as session:
        for number, (epoch, gateway) in enumerate([("", "gw-1"), ("e7", "gw-1"), ("", "gw-2"), ("e1", "gw-1")]):
            session.books.refuse(refused(f"{number}" * 64, NOW_MS + number, epoch, gateway), 10)
    one = get(client, "/api/refused?gateway=gw-1&limit=2")
    rest = get(client, f"/api/refused?gateway=gw-1&limit=2&after={one['next']}")
    assert [item["sha256"][0] for item in one["items"] + rest["items"]] == ["3", "1", "0"]
    assert one["counts"] == [{"gateway": "gw-1", "payloads": 3}]
    every = get(client, "/api/refused")
    assert [item["sha256"][0] for item in every["items"]] == ["3", "2", "1", "0"]
    assert get(client, "/api/refused?gateway=gw-9")["items"] == []
    assert "query gateway" in get(client, "/api/refused?gateway=GW", 422)["detail"]


def test_tags_that_nobody_knows_are_listed_until_somebody_binds_them(client: TestClient, store: MemoryStore) -> None:
    heard(store, EPC, "AAAA", "BBBB")
    of_now: dict[str, Any] = {"as_known_ms": None, "not_recorded": []}
    first = get(client, "/api/tags/unbound?limit=2")
    assert first == {"total": 3, "items": ["AAAA", "BBBB"], "next": "BBBB", **of_now}
    last = {"total": 3, "items": [EPC], "next": None, **of_now}
    assert get(client, "/api/tags/unbound?limit=2&after=BBBB") == last
    client.post("/api/units/g1234-26-000105-0/tags", json={"epc": EPC, "from_ms": NOW_MS - 1})
    assert get(client, "/api/tags/unbound")["items"] == ["AAAA", "BBBB"]


@pytest.mark.parametrize("path", ["/api/quarantine", "/api/refused", "/api/tags/unbound"])
@pytest.mark.parametrize("limit", [0, 1_001])
def test_none_of_it_may_be_asked_for_without_end(client: TestClient, path: str, limit: int) -> None:
    assert "query limit" in get(client, f"{path}?limit={limit}", 422)["detail"]


def test_the_overview_says_nothing_of_it_when_there_is_nothing(client: TestClient) -> None:
    assert "Kept aside" not in overview(client, "en")
    assert "待处理" not in overview(client, "zh")


def test_the_overview_says_how_much_is_kept_aside_and_what_to_do(client: TestClient, store: MemoryStore) -> None:
    with store.writing() as session:
        session.books.quarantine(kept("unknown-device", 1))
        for seq, reason in enumerate(("clock-wrong", "clock-unset", "future", "impossible-time"), start=2):
            session.books.quarantine(kept(reason, seq, "gw-2"))
        session.books.quarantine(kept("of-a-later-version", 9))
        session.books.refuse(refused("aa", NOW_MS), 10)
    heard(store, EPC, "AAAA")
    en = overview(client, "en")
    assert "1 item of devices that nobody registered (gateway gw-1): register them in server.toml" in en
    assert "4 items stamped by a clock that was wrong (gateway gw-2): set the gateway's clock" in en
    assert "1 item for another reason (gateway gw-1)" in en
    assert "1 refused payload (gateway gw-1): compare the versions" in en
    assert "2 tags that nobody knows: bind them to their units" in en
    zh = overview(client, "zh")
    for said in ("1 条数据来自未登记的设备", "4 条数据的时间不可信", "1 个数据包被拒收", "2 个标签没有对应的血液"):
        assert said in zh


def test_only_a_few_gateways_are_named_however_many_there_are(client: TestClient, store: MemoryStore) -> None:
    with store.writing() as session:
        for number in range(9):
            session.books.quarantine(kept("future", 1, f"gw-{number}"))
    assert "9 items stamped by a clock that was wrong (gateway gw-0, gw-1, gw-2, gw-3, gw-4, …)" in overview(
        client, "en"
    )


def test_every_doubt_of_the_intake_has_words_on_the_overview() -> None:
    assert set(REASON_TEXTS) == set(Doubt)
