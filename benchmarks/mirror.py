"""Points per second into InfluxDB: the mirror's encoder and sender beside influxdb-client's modes and tutorials.

    .venv/bin/python benchmarks/mirror.py

All send the same temperatures of ten probes, one round after the other, to the same sink: an HTTP server in a process
of its own that reads a body, throws it away and says 204. Ours is compressed; the client has its default, which is not:
that is faster here and not over a network. Rounds are interleaved; trust the ratios only. The client's batching mode is
timed up to the end of close(), the only way to be sure that it has sent anything.
"""

import multiprocessing
import time
from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from multiprocessing.connection import Connection
from statistics import median
from typing import Any

import numpy as np
from influxdb_client.client.influxdb_client import InfluxDBClient
from influxdb_client.client.write.point import Point
from influxdb_client.client.write_api import SYNCHRONOUS, WriteOptions

from coldchain.history import History
from coldchain.mirroring import Dialect
from coldchain.places import Gateway, Place, Probe, ProbeRole, Text
from stores.influx import InfluxSink, Verdict
from stores.influx_target import target_of
from stores.lines import body_of
from stores.points import Setup, temperature_lines

ROUNDS = 3
PROBES = 10
POINTS = 5_000  # of each probe
BATCH = 5_000
SINGLE_POINTS = 1_000  # sent one by one: enough to measure
START_MS = 1_795_000_000_000
STEP_MS = 10_000
SITE = "storage-1"
_POINT: Any = Point  # without types
BATCHING = WriteOptions(batch_size=BATCH, flush_interval=1_000)


@dataclass(frozen=True)
class Task:
    """Where to send what."""

    url: str
    histories: dict[str, History]

    @property
    def points(self) -> int:
        return sum(len(history) for history in self.histories.values())


class Discard(BaseHTTPRequestHandler):
    """Reads a body and says 204."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(204)
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002, ANN401 - the library's names
        """Say nothing."""


def serve(line: Connection) -> None:
    """Serve on a free loopback port until the process is ended; tell the port."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Discard)
    line.send(server.server_address[1])
    server.serve_forever()


def histories() -> dict[str, History]:
    """Return calm readings, a few of them faulty."""
    i = np.arange(POINTS)
    made = {}
    for number in range(PROBES):
        quality = (i % 97 == number).astype(np.uint8)
        made[f"probe-{number}"] = History(
            taken_ms=START_MS + i * STEP_MS, micro_celsius=4_000_000 + (i * 7 + number) % 23 * 62_500, quality=quality
        )
    return made


def setup() -> Setup:
    """Return what is registered."""
    name = Text(zh="冰箱", en="Fridge")
    place = Place(id="fridge-1", site=SITE, name=name, profile="cn-rbc", profile_version=1)
    probes = [Probe(id=f"probe-{i}", place="fridge-1", gateway="gw-1", role=ProbeRole.LOAD) for i in range(PROBES)]
    gateways = {"gw-1": Gateway(id="gw-1", site=SITE)}
    return Setup(places={place.id: place}, probes={p.id: p for p in probes}, contacts={}, gateways=gateways)


def ours(task: Task) -> int:
    """Encode and send as the mirror does: gzip, one batch a request."""
    sink, known = InfluxSink(target_of(task.url, api=Dialect.V2)), setup()
    for probe, history in task.histories.items():
        lines = list(temperature_lines(known, probe, history))
        for start in range(0, len(lines), BATCH):
            assert sink.write(body_of(lines[start : start + BATCH])).verdict is Verdict.DONE
    sink.close()
    return task.points


def rows(task: Task, limit: int) -> list[tuple[str, int, float | None, int]]:
    """Return readings as a script has them: probe, time, degrees, quality."""
    return [
        (probe, taken_ms, None if quality else micro / 1e6, quality)
        for probe, history in task.histories.items()
        for taken_ms, micro, quality in zip(
            history.taken_ms.tolist(), history.micro_celsius.tolist(), history.quality.tolist(), strict=True
        )
    ][:limit]


def point(probe: str, taken_ms: int, celsius: float | None, quality: int) -> Any:  # noqa: ANN401 - as below
    """Return a Point as the tutorials make it."""
    made: Any = _POINT("temperature").tag("site", SITE).tag("place", "fridge-1").tag("probe", probe).tag("role", "load")
    made = made.field("quality", quality).time(taken_ms, "ms")
    return made if celsius is None else made.field("celsius", celsius)


def client(task: Task) -> Any:  # noqa: ANN401 - the client's types are its own
    return InfluxDBClient(url=task.url, token="-", org="-")


def batching_points(task: Task) -> int:
    """Let the client's batching mode take Points."""
    with client(task) as connected, connected.write_api(write_options=BATCHING) as api:
        for row in rows(task, task.points):
            api.write("coldchain", record=point(*row), write_precision="ms")
    return task.points


def batching_lines(task: Task) -> int:
    """Let the client's batching mode take our lines as text."""
    known = setup()
    with client(task) as connected, connected.write_api(write_options=BATCHING) as api:
        for probe, history in task.histories.items():
            for line in temperature_lines(known, probe, history):
                api.write("coldchain", record=line.decode(), write_precision="ms")
    return task.points


def synchronous_points(task: Task) -> int:
    """Send lists of Points in SYNCHRONOUS mode, a batch a request."""
    with client(task) as connected:
        api = connected.write_api(write_options=SYNCHRONOUS)
        given = rows(task, task.points)
        for start in range(0, len(given), BATCH):
            made = [point(*row) for row in given[start : start + BATCH]]
            api.write("coldchain", record=made, write_precision="ms")
    return task.points


def one_by_one(task: Task) -> int:
    """Do as the tutorials do: a Point and a request for each reading."""
    with client(task) as connected:
        api = connected.write_api(write_options=SYNCHRONOUS)
        for row in rows(task, SINGLE_POINTS):
            api.write("coldchain", record=point(*row), write_precision="ms")
    return SINGLE_POINTS


WAYS: dict[str, Callable[[Task], int]] = {
    "ours": ours,
    "client, batching mode, lines": batching_lines,
    "client, SYNCHRONOUS, lists of Points": synchronous_points,
    "client, batching mode, Points": batching_points,
    "tutorial, a Point a request": one_by_one,
}


def main() -> None:
    """Run the rounds and print points per second and how many times as fast ours is."""
    here, there = multiprocessing.Pipe()
    server = multiprocessing.Process(target=serve, args=(there,), daemon=True)
    server.start()
    task = Task(url=f"http://127.0.0.1:{here.recv()}", histories=histories())
    rates: dict[str, list[float]] = {name: [] for name in WAYS}
    for _ in range(ROUNDS):
        for name, way in WAYS.items():
            began = time.perf_counter()
            points = way(task)
            rates[name].append(points / (time.perf_counter() - began))
    server.terminate()
    best = median(rates["ours"])
    print(f"{task.points:,} points a round, {ROUNDS} rounds, batches of {BATCH:,}; median")
    for name, found in rates.items():
        print(f"{name:40} {median(found):10,.0f} points/s   ours is {best / median(found):6.1f} times as fast")


if __name__ == "__main__":
    main()
