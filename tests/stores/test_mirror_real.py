"""The mirror before a real InfluxDB, asked back in InfluxQL as Grafana asks, and before one that misbehaves."""

import random
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

import pytest
from structlog.testing import capture_logs
from support.hand_clock import HandClock
from support.influx import InfluxServer
from support.influx_stand_in import HANG_UP, STORE_AND_HANG_UP, InfluxStandIn, Points, Reply, Step
from support.memory_store import MemoryStore
from support.mirror_world import MIRRORED, START_MS, DirectCursors, Story, assert_mirrors, title_of
from support.standings import shown, standing
from support.waiting import until

from coldchain.ports import Store
from stores.delivery import Pace
from stores.influx import InfluxSink
from stores.influx_target import target_of
from stores.lines import Real
from stores.mirror import LEDGER, READINGS, Mirror
from stores.points import SCHEMA, Snapshot
from stores.sqlite import SqliteStore

QUICK = Pace(poll_ms=1, retry_first_ms=1, retry_max_ms=10, hold_ms=1)


@contextmanager
def mirroring(store: Store, url: str, token: str = "", **more: Any) -> Iterator[Mirror]:
    sink = InfluxSink(target_of(url, token=token))
    clock = HandClock(START_MS + 100_000_000)
    mirror = Mirror(store, DirectCursors(store), sink, clock, titles=title_of, pace=QUICK, **more)
    stop = threading.Event()
    thread = threading.Thread(target=mirror.run, args=(stop,), daemon=True)
    thread.start()
    try:
        yield mirror
    finally:
        stop.set()
        thread.join(20)
        assert not thread.is_alive()


def points_in(server: InfluxServer) -> Points:
    """Return everything that follows the record, as a decoder of line protocol would: floats by their shortest text."""
    points: Points = {}
    for measurement in SCHEMA:
        for series in server.query("coldchain", f'SELECT * FROM "{measurement.name}" GROUP BY *'):
            tags = tuple(sorted(series["tags"].items()))
            for row in series["values"]:
                named = dict(zip(series["columns"], row, strict=True))
                at_ms = named.pop("time")
                points[measurement.name, tags, at_ms] = {
                    name: Decimal(repr(float(value))) if measurement.fields[name] is Real else value
                    for name, value in named.items()
                    if value is not None
                }
    return {key: fields for key, fields in points.items() if key[0] in MIRRORED}


def level(mirror: Mirror) -> bool:
    status = mirror.status()
    return status.readings_behind == status.ledger_behind == 0


def assert_shows(server: InfluxServer, store: Store) -> None:
    with store.reading() as session:
        assert_mirrors(points_in(server), session)


def cursors(store: Store) -> tuple[int, int]:
    with store.reading() as session:
        return session.books.cursor(READINGS), session.books.cursor(LEDGER)


def test_what_influxql_answers_is_what_the_store_holds(influx: InfluxServer, store: SqliteStore) -> None:
    story = Story(store, 21)
    story.tell(100)
    with mirroring(store, influx.url) as mirror:
        until(lambda: level(mirror))
        story.tell(30)
        until(lambda: level(mirror))
        assert mirror.status().dead_letters == 0
    assert_shows(influx, store)
    with store.reading() as session:
        for probe in session.records.probes():
            history = session.readings.history(probe.id, 0, 2**53)
            where = f"""FROM "temperature" WHERE "probe" = '{probe.id}'"""
            (row,) = influx.rows("coldchain", f'SELECT count("quality") AS n, count("celsius") AS good {where}')
            assert (row["n"], row["good"]) == (len(history), int((history.quality == 0).sum()))


@pytest.mark.parametrize("seed", [1, 2])
def test_influxdb_killed_in_the_middle_and_brought_back_lacks_nothing(influx: InfluxServer, seed: int) -> None:
    store, dice = MemoryStore(), random.Random(seed)
    story = Story(store, seed)
    with mirroring(store, influx.url) as mirror:
        for _ in range(4):
            story.tell(30)
            sent = mirror.status().points
            until(lambda sent=sent: mirror.status().points > sent + dice.randint(0, 300) or level(mirror))  # type: ignore[misc]
            influx.kill()
            story.tell(10)
            failed = mirror.status().retries
            until(lambda failed=failed: mirror.status().retries > failed)  # type: ignore[misc]
            influx.start()
        until(lambda: level(mirror))
        assert mirror.status().rebuilds == 0
    assert_shows(influx, store)


def test_a_server_that_was_wiped_is_filled_again_from_the_beginning(influx: InfluxServer) -> None:
    store = MemoryStore()
    story = Story(store, 4)
    story.tell(60)
    with mirroring(store, influx.url) as mirror:
        until(lambda: level(mirror))
        before = points_in(influx)
        influx.stop()
        influx.wipe()
        influx.start()
        story.tell(1)
        until(lambda: mirror.status().rebuilds == 1)
        until(lambda: level(mirror))
    assert influx.databases() == {"coldchain"}
    assert len(points_in(influx)) >= len(before) > 0
    assert_shows(influx, store)


def test_a_mirror_built_anew_beside_the_old_one_has_the_same_points(influx: InfluxServer) -> None:
    store = MemoryStore()
    story = Story(store, 9)
    with mirroring(store, influx.url) as mirror:
        for _ in range(20):
            story.tell(3)
            until(lambda: level(mirror))
        kept_up = points_in(influx)
        influx.query("", 'DROP DATABASE "coldchain"')
        mirror.rebuild()
        until(lambda: mirror.status().rebuilds > 0 and level(mirror))
    assert points_in(influx) == kept_up


def test_how_places_stand_can_be_asked_by_the_boards_queries(influx: InfluxServer) -> None:
    def present(now_ms: int) -> Snapshot:
        places = [shown(place, standing=standing(place, as_of_ms=now_ms)) for place in ("fridge-1", "fridge-2")]
        return Snapshot(as_of_ms=now_ms, places=tuple(places))

    store = MemoryStore()
    Story(store, 1)
    with mirroring(store, influx.url, snapshots=present) as mirror:
        until(lambda: mirror.status().snapshots == 1)
    rows = influx.rows(
        "coldchain", 'SELECT last("level") AS level, "value_text", "age_s" FROM "place_state" GROUP BY "place"'
    )
    assert [(row["place"], row["level"], row["value_text"]) for row in rows] == [
        ("fridge-1", 0, "4.0625 °C 负载 load"),
        ("fridge-2", 0, "4.0625 °C 负载 load"),
    ]
    names = influx.rows("coldchain", 'SELECT last("name_zh") AS shown FROM "place" GROUP BY "place"')
    assert [row["shown"] for row in names] == ["储血冰箱 1"] * 2
    places = influx.rows("coldchain", 'SHOW TAG VALUES FROM "place" WITH KEY = "place"')
    assert [row["value"] for row in places] == ["fridge-1", "fridge-2"]
    gateways = influx.rows("coldchain", 'SELECT last("age_s") AS age FROM "gateway_age" GROUP BY "gateway"')
    assert {row["gateway"] for row in gateways} == {"gw-1", "box-1"}


@pytest.mark.parametrize("seed", range(4))
def test_whatever_a_server_does_to_requests_the_points_are_those_of_the_record(seed: int) -> None:
    dice = random.Random(seed)
    troubles: list[Step] = [
        Reply(503),
        Reply(503, {"Retry-After": "0"}),
        Reply(500),
        Reply(429),
        Reply(408),
        Reply(413),
        Reply(401),
        Reply(403),
        Reply(404, body="404 page not found"),
        Reply(302, {"Location": "/elsewhere"}),
        HANG_UP,
        STORE_AND_HANG_UP,
    ]
    store = MemoryStore()
    story = Story(store, seed)
    with InfluxStandIn() as server:
        with mirroring(store, server.url) as mirror:
            for _ in range(15):
                server.script(*dice.choices(troubles, k=dice.randint(0, 6)))
                story.tell(4)
                until(lambda: level(mirror))
            assert mirror.status().dead_letters == 0
        with store.reading() as session:
            assert_mirrors(server.points, session)


def test_with_a_wrong_token_it_holds_and_says_so_and_goes_on_when_it_is_right() -> None:
    store = MemoryStore()
    Story(store, 3).tell(10)
    with InfluxStandIn() as server:
        server.databases.add("coldchain")
        server.token = "another-secret"
        with capture_logs() as logs, mirroring(store, server.url, token="the-secret") as mirror:
            until(lambda: mirror.status().retries > 5)
            assert cursors(store) == (0, 0)
            status = mirror.status()
            assert ("HTTP 401" in status.waiting, "token" in status.advice) == (True, True)
            server.token = "the-secret"
            until(lambda: level(mirror))
            assert mirror.status().waiting == ""
    assert "mirror_is_held" in [one["event"] for one in logs]
    assert "the-secret" not in str(logs)


def test_a_large_backfill_goes_through_a_small_door() -> None:
    store = MemoryStore()
    Story(store, 6).tell(80)
    with InfluxStandIn() as server:
        server.body_bytes_max = 2_000  # compressed
        with mirroring(store, server.url) as mirror:
            until(lambda: level(mirror))
            assert mirror.status().dead_letters == 0
        assert max(len(asked.body) for asked in server.asked) > 2_000
        with store.reading() as session:
            assert_mirrors(server.points, session)
