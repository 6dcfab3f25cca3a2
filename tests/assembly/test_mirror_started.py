"""The mirror of a centre, started as the centre starts it, before a real InfluxDB: what it shows comes by itself."""

from pathlib import Path
from random import Random
from zoneinfo import ZoneInfo

from support.hand_clock import HandClock
from support.influx import InfluxServer
from support.memory_store import MemoryStore
from support.mirror_more import END, hear, record, registered, some_facts
from support.mirror_world import DirectCursors
from support.waiting import until

from assembly.mirror_machines import machines_of
from assembly.mirroring import start_mirror
from assembly.server_settings import InfluxTable
from ingest.counters import Counters
from ingest.pipeline import Pipeline
from ingest.subscriber import Subscriber
from ingest.writer import Writer

FOLLOWING = {"temperature", "contact", "finding", "alarm", "mark", "temperature_1h", "place_1d", "cooling_1d", "trip"}
PRESENT = {"place_state", "place", "gateway_age", "probe_age", "site_age", "alarms_now", "device"}
RUNNING = {"gateway_state", "ingest", "centre"}


def test_a_centre_that_starts_fills_its_mirror(influx: InfluxServer, tmp_path: Path) -> None:
    store, clock, counters = MemoryStore(), HandClock(END), Counters()
    registered(store)
    record(store, some_facts(Random(7), 70))
    hear(store, END)
    counters.add("readings_total", 5, gateway="gw-1", kind="samples")
    writer = Writer(Pipeline(store, counters), clock, counters, lambda: (), lambda: 0)
    subscriber = Subscriber("mqtt://127.0.0.1:1", "nobody", writer, clock, counters)
    machines = machines_of(counters, subscriber, writer, clock, tmp_path)
    settings = InfluxTable(url=influx.url)
    zone = ZoneInfo("Asia/Shanghai")
    mirror = start_mirror(settings, store, DirectCursors(store), clock, zone, tmp_path, machines)
    assert mirror is not None
    names = FOLLOWING | PRESENT | RUNNING
    until(lambda: names <= {row["name"] for row in influx.rows("coldchain", "SHOW MEASUREMENTS")})
    assert (mirror.status().dead_letters, mirror.status().faults) == (0, 0)
    mirror.close()
    (intake,) = influx.rows("coldchain", """SELECT last("readings") AS n FROM "ingest" WHERE "gateway" = 'gw-1'""")
    assert intake["n"] == 5
    (centre,) = influx.rows("coldchain", 'SELECT last("disk_free_bytes") AS free FROM "centre"')
    assert centre["free"] > 0
