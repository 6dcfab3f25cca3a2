"""Gateways, intake and centre in a snapshot: what nobody said is absent, what nobody sent is of no gateway."""

from collections.abc import Mapping
from typing import Any

import msgspec
from support import store_words as words
from support.line_protocol import decode
from support.memory_store import MemoryStore
from support.mirror_more import T0, ZONE, registered

from assembly.mirror_told import HereTold, Machines
from coldchain.entries import EntryKind
from coldchain.facts import ClockState
from coldchain.ports import Quarantined, RefusedPayload
from coldchain.wire import GatewayHealth
from stores.mirror_health import MINUTELY
from stores.mirror_told import CentreNow, Labels
from stores.points import NEVER_S, setup_of

NOW = T0 + 1_000_000
CENTRE = CentreNow(disk_free_bytes=9, store_bytes=None, write_queue=3, uptime_s=60, release="0.6.0")
HEALTH = GatewayHealth(
    made_ms=NOW,
    started_ms=T0,
    clock=ClockState.TRUSTED,
    spool_rows=40,
    oldest_unsent_ms=NOW - 90_000,
    limits_version=3,
)


class Minute:
    """What is said in a minute of a registered site."""

    def __init__(
        self, health: Mapping[str, GatewayHealth] | None = None, counted: Mapping[tuple[str, Labels], int] | None = None
    ) -> None:
        self.store = MemoryStore()
        registered(self.store)
        machines = Machines(health=lambda: health or {}, counted=lambda: counted or {}, centre=lambda: CENTRE)
        self.told = HereTold(ZONE, machines)

    def points(self) -> dict[tuple[str, ...], dict[str, Any]]:
        """Return the fields by measurement and values of tags."""
        with self.store.reading() as session:
            setup = setup_of(session.records)
            lines = [line for made in MINUTELY.values() for line in made(session, setup, self.told, NOW)]
        found = [point for line in lines for point in decode(line)]
        assert {point.at_ms for point in found} == {NOW}
        return {(point.measurement, *(value for _, value in point.tags)): dict(point.fields) for point in found}


def test_a_gateway_that_was_never_heard_is_there_and_says_so() -> None:
    fields = Minute().points()["gateway_state", "gw-1", "storage-1"]
    assert fields == {"lag_s": NEVER_S, "online": 0}


def test_a_gateway_says_what_waits_with_it_and_how_its_clock_and_battery_are() -> None:
    minute = Minute({"gw-1": HEALTH, "box-1": msgspec.structs.replace(HEALTH, oldest_unsent_ms=None, spool_rows=0)})
    with minute.store.writing() as session:
        session.books.raise_horizon("gw-1", NOW - 40_000, NOW - 5_000)
        drift = words.event(1, kind="clock-drift", origin="gw-1", place="", details={"offset_ms": -250}, taken_ms=T0)
        power = words.event(2, kind="battery", origin="box-1", gateway="box-1", details={"percent": 81}, taken_ms=T0)
        session.ledger.append([words.draft(EntryKind.DEVICE_EVENT, one) for one in (drift, power)], T0)
    points = minute.points()
    assert points["gateway_state", "gw-1", "storage-1"] == {
        "lag_s": 40,
        "online": 1,
        "spool_rows": 40,
        "oldest_unsent_s": 90,
        "clock_skew_ms": -250,
        "clock_state": "trusted",
        "limits_version": 3,
    }
    box = points["gateway_state", "box-1", "storage-1"]
    assert (box["oldest_unsent_s"], box["battery_percent"], box["online"]) == (0, 81, 0)
    assert points["centre", "centre"]["spool_behind_s"] == 90


def test_the_intake_is_counted_by_gateway_and_what_was_not_taken_by_reason() -> None:
    gw = ("gateway", "gw-1")
    counted: dict[tuple[str, Labels], int] = {
        ("readings_total", (gw, ("kind", "samples"))): 10,
        ("readings_total", (gw, ("kind", "tags"))): 5,
        ("duplicates_total", (gw,)): 2,
        ("late_total", (gw,)): 3,
        ("holes_closed_total", (gw,)): 1,
        ("quarantined_total", (gw, ("reason", "future"))): 4,
        ("scattered_total", (("gateway", "stranger"),)): 6,
        ("refused_total", (("reason", "not-json"),)): 7,
        ("security_total", (gw, ("kind", "bad-signature"))): 8,
        ("messages_total", (("leaf", "up"),)): 99,
    }
    minute = Minute(counted=counted)
    where: dict[str, Any] = {"gateway": "gw-1", "epoch": "e1", "received_ms": T0}
    item = Quarantined(
        id=0, reason="future", seq=1, origin="x", clock=ClockState.TRUSTED, boot="b", body=b"{}", **where
    )
    with minute.store.writing() as session:
        session.books.quarantine(item)
        session.books.refuse(RefusedPayload(sha256="0" * 64, reason="not-json", detail="", **where), 10)
    points = minute.points()
    assert points["ingest", "gw-1", "storage-1"] == {
        "readings": 15,
        "duplicates": 2,
        "late": 3,
        "quarantined": 4,
        "waiting": 1,
        "refused": 1,
        "holes": 1,
    }
    assert set(points["ingest", "box-1", "storage-1"].values()) == {0}
    rejected = {key[1:]: fields["times"] for key, fields in points.items() if key[0] == "rejected"}
    assert rejected == {
        ("gw-1", "future", "storage-1"): 4,
        ("gw-1", "bad-signature", "storage-1"): 8,
        ("none", "scattered", "none"): 6,
        ("none", "not-json", "none"): 7,
    }


def test_the_centre_says_how_far_behind_its_mirror_is_and_leaves_out_what_it_cannot_know() -> None:
    minute = Minute()
    with minute.store.writing() as session:
        session.readings.append_samples(words.samples([T0], [4_000_000]))
        session.books.set_cursor("mirror:ledger", session.ledger.next_seq() - 3)
    assert minute.points()["centre", "centre"] == {
        "disk_free_bytes": 9,
        "readings_behind": 1,
        "ledger_behind": 2,
        "write_queue": 3,
        "uptime_s": 60,
        "release": "0.6.0",
    }
