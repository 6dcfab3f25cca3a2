"""From a reading to its alarm and to the letter, through the whole path: spool, uplink, Mosquitto, server, webhook.

    PYTHONPATH=. .venv/bin/python benchmarks/alarm_latency.py [--alarms 150]
    PYTHONPATH=. .venv/bin/python benchmarks/alarm_latency.py --backfill 1728000

Real processes on loopback: Mosquitto, `coldchain server` with its store on disk (every commit synced), and a gateway
(spool and uplink in a process of their own) that accepts one reading beyond the hard limit of a new load probe now and
then: one alarm each, of the same transaction. Beside them it accepts a calm reading of 20 probes every half second.
t0 is before the spool takes the reading. Stages, by the wall clock: the spool has it on disk; the centre's subscriber
has it (uplink, broker); the writer begins its transaction (until then it waited for others'); the alarm is committed;
the webhook has its letter. The alarm is seen by a reader of the server's database that asks every
millisecond, the letter by an HTTP server here that the webhook channel posts to. `--backfill`: so many calm readings of
200 probes lie in the spool before, and go up at the same time, as fast as --pace allows; it ends when either is done.
"""

import argparse
import json
import multiprocessing
import os
import queue
import sqlite3
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from multiprocessing.synchronize import Event as ProcessEvent
from pathlib import Path
from statistics import median
from typing import Final, TypeAlias

from assembly.brokers import BrokerKind, free_port, start_broker
from assembly.processes import start_coldchain
from assembly.run_gateway import boot_id
from coldchain.facts import Sample
from gateway.clock import SystemClock, clock_state
from gateway.spool import Spool
from gateway.uplink import Uplink

PROBES: Final = 200
STEP_MS: Final = 30_000
EVERY_S: Final = 0.7  # the webhook takes 120 letters a minute
SETTLE_S: Final = 4.0
SITE: Final = "storage-1"
Asked: TypeAlias = "multiprocessing.Queue[str]"
Accepted: TypeAlias = "multiprocessing.Queue[tuple[str, float, float]]"
STAGES: Final = ("spooled", "received", "taken", "alarm", "letter")


def settings(folder: Path, broker: int, page: int, hook: int, alarms: int) -> Path:
    """Write server.toml: fridges of ten calm probes, fridges of one probe each that become warm, a webhook."""
    lines = ["[server]", f'site = "{SITE}"', 'data_dir = "data"', f"http_port = {page}"]
    lines += ["[mqtt]", f'url = "mqtt://127.0.0.1:{broker}"', "[commissioning]", "required = false"]
    lines += ['[[gateway]]\nid = "gw-1"', "[[channel]]", 'id = "hook"\nkind = "webhook"']
    lines += [f'url = "http://127.0.0.1:{hook}/"', "[[escalation.plan]]"]
    lines += ['level = [{after_minutes = 0, addresses = {hook = "desk"}}]']
    names = [(f"f-{n}", [f"p-{n * 10 + i}" for i in range(10)]) for n in range(PROBES // 10)]
    names += [(f"w-{n}", [f"w-{n}-load"]) for n in range(alarms)]
    for place, probes in names:
        lines += ["[[place]]", f'id = "{place}"\nkind = "fridge"\nname_zh = "冰箱"\nname_en = "Fridge"']
        lines += ['profile = "cn-rbc"\nprofile_version = 2']
        for probe in probes:
            lines += ["[[probe]]", f'id = "{probe}"\nplace = "{place}"\ngateway = "gw-1"\nrole = "load"']
    path = folder / "server.toml"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


class Hook:
    """An HTTP server that gives receipts and notes when the letter of an alarm came."""

    def __init__(self) -> None:
        self.came: dict[str, float] = {}
        hook = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                data = body.get("data", {})
                hook.came.setdefault(str(data.get("alarm", "")), time.time())
                answer = b'{"receipt": "r"}'
                self.send_response(200)
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *_: object) -> None:
                return

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


class Desk:
    """Watches the server's database for alarms: by subject, when it was seen, and its id."""

    def __init__(self, file: Path) -> None:
        self.seen: dict[str, tuple[float, str]] = {}
        self._file = file
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def close(self) -> None:
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        db = sqlite3.connect(f"file:{self._file}?mode=ro", uri=True)
        last = -1
        while not self._stop.wait(0.001):
            (version,) = db.execute("PRAGMA data_version").fetchone()
            if version == last:
                continue
            last = version
            for name, subject in db.execute("SELECT id, subject FROM alarms WHERE rule = 'A02'"):
                self.seen.setdefault(subject, (time.time(), name))
        db.close()


def open_spool(folder: Path, boot: str) -> Spool:
    clock = SystemClock()
    state = lambda: clock_state(clock.now_ms())  # noqa: E731 - handed in
    return Spool.open(folder / "spool.db", bytes_max=2 * 1024**3, boot=boot, clock_state=state)


def calm(taken_ms: int, boottime_ms: int, probes: int) -> list[Sample]:
    return [
        Sample(
            seq=0, origin=f"p-{n}", taken_ms=taken_ms, boottime_ms=boottime_ms, micro_celsius=4_000_000 + n % 7 * 62_500
        )
        for n in range(probes)
    ]


def fill(folder: Path, readings: int) -> None:
    """Put a backlog into the spool."""
    rounds, now_ms = readings // PROBES, SystemClock().now_ms()
    with open_spool(folder, "before") as spool:
        for at in range(rounds, 0, -1):
            spool.accept(calm(now_ms - at * STEP_MS, (rounds - at) * STEP_MS, PROBES))


def gateway(folder: Path, broker: int, pace: int, asked: Asked, stop: ProcessEvent, said: Accepted) -> None:
    """Be the gateway: accept what is asked for, tell when, and a calm round every half second."""
    clock, counters = SystemClock(), Counter[str]()
    spool = open_spool(folder, boot_id())
    url = f"mqtt://127.0.0.1:{broker}"
    uplink = Uplink(spool, clock, site=SITE, gateway="gw-1", url=url, backfill_items_s=pace, counters=counters)
    spool.vouch(clock.now_ms())
    ended = threading.Event()
    carrier = threading.Thread(target=uplink.run, args=(ended,))
    carrier.start()
    next_s = time.monotonic()
    while not stop.is_set():
        if time.monotonic() >= next_s:
            next_s += 0.5
            spool.accept(calm(clock.now_ms(), clock.boottime_ms(), 20))
            spool.vouch(clock.now_ms())
        try:
            probe = asked.get(timeout=0.02)
        except queue.Empty:
            continue
        at = time.time()
        now_ms = clock.now_ms()
        hot = Sample(seq=0, origin=probe, taken_ms=now_ms, boottime_ms=clock.boottime_ms(), micro_celsius=12_000_000)
        spool.accept([hot])
        said.put((probe, at, time.time()))
    ended.set()
    carrier.join()
    spool.close()


def until(what: Callable[[], bool], seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while not what() and time.monotonic() < deadline:
        time.sleep(0.05)


def show(what: str, took: Sequence[float]) -> None:
    """Print a distribution in milliseconds."""
    ordered = sorted(1_000 * one for one in took)
    if not ordered:
        print(f"{what}: none")
        return
    p99 = ordered[min(len(ordered) - 1, len(ordered) * 99 // 100)]
    print(f"{what}: p50 {median(ordered):.0f} ms, p99 {p99:.0f} ms, worst {ordered[-1]:.0f} ms ({len(ordered)})")


def run(folder: Path, alarms: int, backfill: int, pace: int) -> None:
    if backfill:
        began = time.monotonic()
        fill(folder, backfill)
        print(f"{backfill:,} readings lie in the spool ({time.monotonic() - began:.0f} s)", flush=True)
    broker = start_broker(BrokerKind.MOSQUITTO, folder / "broker", free_port())
    hook = Hook()
    port = int(broker.url.rsplit(":", 1)[1])
    file = settings(folder, port, free_port(), hook.server.server_port, alarms)
    server = start_coldchain("server", ["server", "--config", str(file)], folder / "server.log")
    hot = folder / "data" / "hot.sqlite"
    until(hot.exists, 30)
    if not hot.exists():
        print((folder / "server.log").read_text()[-2_000:])
    time.sleep(SETTLE_S)
    asked: multiprocessing.Queue[str] = multiprocessing.Queue()
    said: Accepted = multiprocessing.Queue()
    stop = multiprocessing.Event()
    child = multiprocessing.Process(target=gateway, args=(folder, port, pace, asked, stop, said))
    child.start()
    desk = Desk(hot)
    time.sleep(SETTLE_S)
    spent = processor_s(server.pid)
    began, before = time.monotonic(), readings_in(hot)
    for n in range(alarms):
        asked.put(f"w-{n}-load")
        time.sleep(EVERY_S)
    lasted, more = time.monotonic() - began, readings_in(hot) - before
    until(lambda: len(desk.seen) == alarms, 20)
    until(lambda: len(hook.came) >= alarms, 20)
    spent = processor_s(server.pid) - spent
    print(f"{more:,} readings came in meanwhile, {more / lasted:,.0f}/s; the server's processor time {spent:.1f} s")
    stop.set()
    child.join(20)
    desk.close()
    server.stop()
    broker.stop()
    hook.server.shutdown()
    report([said.get() for _ in range(alarms)], desk, hook, hot)
    print_log(folder / "server.log")


def processor_s(pid: int) -> float:
    """Return the processor time of a process so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def readings_in(file: Path) -> int:
    """Return how many readings the server has stored."""
    db = sqlite3.connect(f"file:{file}?mode=ro", uri=True)
    try:
        return int(db.execute("SELECT coalesce(max(value), 0) FROM totals WHERE name = 'samples'").fetchone()[0])
    finally:
        db.close()


def report(accepted: Sequence[tuple[str, float, float]], desk: Desk, hook: Hook, file: Path) -> None:
    """Print each stage for itself and the whole way."""
    inside = inside_of(file)
    ways: dict[str, list[float]] = {}
    for probe, at, spooled in accepted:
        if probe not in desk.seen:
            continue
        seen, name = desk.seen[probe]
        times = [at, spooled, *inside[probe], seen, *([hook.came[name]] if name in hook.came else [])]
        for stage, before, after in zip(STAGES, times, times[1:], strict=False):
            ways.setdefault(f"  -> {stage}", []).append(after - before)
        ways.setdefault("reading -> alarm entry", []).append(seen - at)
        if name in hook.came:
            ways.setdefault("reading -> letter at the webhook", []).append(hook.came[name] - at)
    for what, took in ways.items():
        show(what, took)
    print(
        f"alarms {len(desk.seen)} of {len(accepted)}, letters {len(ways.get('reading -> letter at the webhook', []))}"
    )


def inside_of(file: Path) -> dict[str, tuple[float, float]]:
    """Return of each hot probe when its reading was received and its transaction began."""
    db = sqlite3.connect(f"file:{file}?mode=ro", uri=True)
    try:
        received = dict(db.execute("SELECT device, min(received_ms) FROM hot_readings GROUP BY device"))
        rows = db.execute("SELECT subject, body FROM alarms WHERE rule = 'A02'").fetchall()
    finally:
        db.close()
    return {subject: (received[subject] / 1_000, json.loads(body)["raised_ms"] / 1_000) for subject, body in rows}


def print_log(file: Path) -> None:
    if not file.exists():
        return
    words = Counter(json.loads(line)["event"] for line in file.read_text().splitlines() if line.startswith("{"))
    print("server's log:", dict(words.most_common(8)))


def main() -> None:
    asked = argparse.ArgumentParser()
    asked.add_argument("--alarms", type=int, default=150)
    asked.add_argument("--backfill", type=int, default=0)
    asked.add_argument("--pace", type=int, default=5_000, help="readings a second of the backlog")
    given = asked.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        run(Path(folder), given.alarms, given.backfill, given.pace)


if __name__ == "__main__":
    main()
