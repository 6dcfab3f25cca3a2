"""Sums, alarms and the rest before a real InfluxDB, asked back in InfluxQL as boards ask, and through the worker."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from random import Random
from typing import Any

from support.hand_clock import HandClock
from support.influx import InfluxServer
from support.influx_stand_in import Points
from support.memory_sink import MemorySink
from support.memory_store import MemoryStore
from support.mirror_more import (
    DAY,
    END,
    T0,
    ZONE,
    Follower,
    counting,
    hear,
    of,
    record,
    registered,
    some_facts,
)
from support.mirror_world import DirectCursors, title_of
from support.waiting import until

from assembly.mirror_told import HereTold
from coldchain.ports import Store
from stores.delivery import Pace
from stores.influx import InfluxSink, Sink, Verdict
from stores.influx_target import target_of
from stores.lines import Real
from stores.mirror import LEDGER, READINGS, TARGET, Mirror
from stores.mirror_sums import SUMS
from stores.points import SCHEMA, Snapshot
from stores.sqlite import SqliteStore

QUICK = Pace(poll_ms=1, retry_first_ms=1, retry_max_ms=10, hold_ms=1)
SUMMED = ("temperature_1h", "place_1d", "cooling_1d", "trip", "alarm", "mark")


@contextmanager
def mirroring(store: Store, sink: Sink, clock: HandClock) -> Iterator[Mirror]:
    mirror = Mirror(
        store,
        DirectCursors(store),
        sink,
        clock,
        titles=title_of,
        snapshots=lambda now_ms: Snapshot(as_of_ms=now_ms, places=()),
        told=HereTold(ZONE),
        pace=QUICK,
    )
    stop = threading.Event()
    thread = threading.Thread(target=mirror.run, args=(stop,), daemon=True)
    thread.start()
    try:
        yield mirror
    finally:
        stop.set()
        thread.join(20)
        assert not thread.is_alive()


def filled(store: Store, seed: int, number: int) -> None:
    registered(store)
    record(store, some_facts(Random(seed), number))
    hear(store, END)


def points_in(server: InfluxServer) -> Points:
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
    return points


def told_upto(store: Store) -> dict[str, int]:
    with store.reading() as session:
        return session.books.cursors(SUMS)


def anew(store: Store) -> Points:
    follower = Follower(store)
    follower.catch_up()
    return follower.sink.points


def test_influxdb_holds_what_a_mirror_has_to_hold(influx: InfluxServer, store: SqliteStore) -> None:
    filled(store, 3, 60)
    with mirroring(store, InfluxSink(target_of(influx.url)), HandClock(END)) as mirror:
        until(lambda: set(told_upto(store).values()) == {T0 + 3 * DAY} and len(told_upto(store)) == 3)
        until(lambda: mirror.status().snapshots > 0)
        assert mirror.status().dead_letters == mirror.status().faults == 0
    found = points_in(influx)
    assert of(found, *SUMMED) == of(anew(store), *SUMMED)
    assert {name for name, _, _ in found} >= {"alarms_now", "device", "gateway_state", "ingest", "centre"}


def test_boards_can_ask_for_hours_days_and_alarms(influx: InfluxServer) -> None:
    store = MemoryStore()
    filled(store, 4, 60)
    follower = Follower(store)
    follower.catch_up()
    influx.create("coldchain")
    for body in follower.sink.bodies:
        influx.write("coldchain", body)
    asked: dict[str, Any] = {
        row["probe"]: row["out"]
        for row in influx.rows("coldchain", 'SELECT sum("out_s") AS out FROM "temperature_1h" GROUP BY "probe"')
    }
    hours = of(follower.sink.points, "temperature_1h")
    expected: dict[str, Any] = {}
    for (_, tags, _), fields in hours.items():
        probe = dict(tags)["probe"]
        expected[probe] = expected.get(probe, 0) + fields["out_s"]
    assert asked == expected
    rows = influx.rows("coldchain", 'SELECT * FROM "alarm" WHERE "state" <> \'moved\'')
    with store.reading() as session:
        assert {row["id"] for row in rows} == {alarm.id for alarm in session.records.alarms(1_000)}


def test_facts_that_come_late_are_summed_up_again_by_the_worker_and_after_a_restart() -> None:
    store, sink, clock = MemoryStore(), MemorySink(), HandClock(END)
    registered(store)
    facts = some_facts(Random(9), 60)
    for some in (facts[:30], facts[30:45], facts[45:]):
        record(store, some)
        hear(store, END)
        with mirroring(store, sink, clock) as mirror:
            until(lambda: counting(of(sink.points, *SUMMED)) == counting(of(anew(store), *SUMMED)))
            assert mirror.status().faults == 0


def test_a_database_that_was_lost_has_its_sums_again() -> None:
    store, sink, clock = MemoryStore(), MemorySink(), HandClock(END)
    filled(store, 5, 40)
    with mirroring(store, sink, clock) as mirror:
        until(lambda: len(told_upto(store)) == 3)
        sink.wipe()
        clock.forward(60_000)
        until(lambda: mirror.status().rebuilds == 1)
        until(lambda: of(sink.points, "temperature_1h") == of(anew(store), "temperature_1h") != {})
    assert sink.create().verdict is Verdict.DONE


def test_a_newer_program_shows_what_an_older_one_has_passed_over_in_the_ledger() -> None:
    store, sink, clock = MemoryStore(), MemorySink(), HandClock(END)
    filled(store, 5, 40)
    with store.writing() as session:
        session.books.set_cursor(TARGET, sink.identity)
        session.books.set_cursor(LEDGER, session.ledger.next_seq() - 1)
        session.books.set_cursor(READINGS, session.readings.last_admission())
    with mirroring(store, sink, clock) as mirror:
        until(lambda: mirror.status().ledger_behind == 0 and of(sink.points, "alarm") == of(anew(store), "alarm") != {})
        until(lambda: of(sink.points, "temperature_1h") == of(anew(store), "temperature_1h"))
    assert of(sink.points, "temperature") == {}  # readings were sent by the older one
