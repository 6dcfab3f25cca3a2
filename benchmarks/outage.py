"""A 72 h outage of 200 probes every 30 s, and everything that can happen while the backlog goes up.

    .venv/bin/python benchmarks/outage.py            # 1,728,000 readings
    .venv/bin/python benchmarks/outage.py --quick    # 86,400 readings, 6 kills, 4 cuts
    .venv/bin/python benchmarks/outage.py --rounds 2160  # 432,000 readings
    .venv/bin/python benchmarks/outage.py --seed 7

Three processes: a gateway (spool and uplink; new readings are accepted all the while), Mosquitto, and a centre (store,
rules, subscriber). The three days are written into the spool beforehand. While the backlog goes up, at random parts of
the way: SIGKILL of one of the three 30 times, the line cut 20 times, 5 % of the messages sent twice, the gateway's wall
clock stepped back a year and forward an hour for some seconds each. In the end every number that the spool ever gave
must be at the centre exactly once: as a reading, an event, a gap, or in quarantine. Both figures that count are 0.
"""

import argparse
import contextlib
import json
import random
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from assembly.brokers import Broker, BrokerKind, free_port, start_broker
from assembly.run_gateway import boot_id
from coldchain.facts import DeviceEvent, EventKind, Fact, Sample
from coldchain.places import Gateway, Place, Probe, ProbeRole, Text
from gateway.clock import SystemClock, clock_state
from gateway.clock_watch import ClockWatch
from gateway.counters import Counters as EdgeCounters
from gateway.intake import Intake
from gateway.spool import Spool
from gateway.uplink import Uplink
from ingest.counters import Counters
from ingest.pipeline import Pipeline
from ingest.subscriber import Subscriber
from ingest.writer import Writer
from rules.profile import profile_record
from stores.sqlite import open_store

PROBES: Final = 200
STEP_MS: Final = 30_000
ROUNDS, QUICK_ROUNDS, KILLS, CUTS = 8_640, 432, 30, 20
DOUBLED: Final = 0.05
SPOOL_BYTES: Final = 2 * 1024**3
YEAR_MS, HOUR_MS = 365 * 86_400_000, 3_600_000
WRONG_S, LIVE_S = 8.0, 0.5  # so long the clock stays stepped; between two rounds of new readings
SITE, GATEWAY = "s-1", "gw-1"


class SteppedClock(SystemClock):
    """The machine's clock, and steps of the wall clock that a file tells."""

    def __init__(self, file: Path) -> None:
        super().__init__()
        self._file = file
        self._looked_at, self._step_ms = 0.0, 0

    def now_ms(self) -> int:
        """Return the stepped wall clock."""
        if time.monotonic() - self._looked_at > 0.1:
            self._looked_at = time.monotonic()
            self._step_ms = int(self._file.read_text() or 0)
        return super().now_ms() + self._step_ms


class DoublingUplink(Uplink):
    """Says every twentieth message twice."""

    chance = random.Random(5)

    def _publish(self, leaf: str, payload: bytes, retain: bool) -> bool:  # noqa: FBT001 - as in Uplink
        sent = super()._publish(leaf, payload, retain)
        if sent and self.chance.random() < DOUBLED:
            super()._publish(leaf, payload, retain)
        return sent


def gateway(folder: Path, port: int) -> None:
    """Be the gateway until killed: the spool, its uplink, and new readings twice a second."""
    clock = SteppedClock(folder / "step")
    spool = open_spool(folder, clock)
    uplink = DoublingUplink(
        spool,
        clock,
        site=SITE,
        gateway=GATEWAY,
        url=f"mqtt://127.0.0.1:{port}",
        backfill_items_s=1_000_000,
        counters=Counter(),
    )
    intake = Intake(spool, clock, EdgeCounters(), GATEWAY)
    watch = ClockWatch(intake, clock, gateway=GATEWAY, boot=spool.boot)  # and no word of the centre's time is taken
    uplink.tell_time(watch.heard)
    spool.vouch(clock.now_ms())
    stop = threading.Event()
    carrier = threading.Thread(target=uplink.run, args=(stop,))
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    carrier.start()
    while not stop.wait(LIVE_S):
        watch.tick()
        if not (folder / "quiet").exists():
            intake.accept(readings(clock.now_ms(), clock.boottime_ms(), range(20)))
        spool.vouch(clock.now_ms())
    carrier.join()
    spool.close()


def centre(folder: Path, port: int) -> None:
    """Be the centre until killed."""
    clock, counters = SystemClock(), Counters()
    store = open_store(folder / "hot.sqlite")
    pipeline = Pipeline(store, counters)
    toml = (Path(__file__).parent.parent / "rules" / "profiles" / "cn-rbc.toml").read_bytes()
    name = Text(zh="冰箱", en="Fridge")
    places = [
        Place(id=f"f-{n}", site=SITE, name=name, profile="cn-rbc", profile_version=1) for n in range(PROBES // 10)
    ]
    probes = [Probe(id=f"p-{n}", place=f"f-{n // 10}", gateway=GATEWAY, role=ProbeRole.LOAD) for n in range(PROBES)]
    pipeline.set_up([profile_record(toml), Gateway(id=GATEWAY, site=SITE), *places, *probes], clock.now_ms())

    def known() -> tuple[tuple[str, str], ...]:
        with store.reading() as session:
            return session.books.epochs()

    writer = Writer(pipeline, clock, counters, known, lambda: subscriber.listening_ms())  # noqa: PLW0108 - made below
    subscriber = Subscriber(f"mqtt://127.0.0.1:{port}", f"centre-{time.time_ns()}", writer, clock, counters)
    subscriber.learn_sites({GATEWAY: SITE})
    writer.start(subscriber.send)
    subscriber.start()
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    stop.wait()
    subscriber.stop()
    writer.stop()
    store.close()


def open_spool(folder: Path, clock: SystemClock, boot: str | None = None) -> Spool:
    """Open the spool of the run."""
    boot = boot or boot_id()
    state = lambda: clock_state(clock.now_ms())  # noqa: E731 - handed in twice
    return Spool.open(folder / "spool.db", bytes_max=SPOOL_BYTES, boot=boot, clock_state=state)


def readings(taken_ms: int, boottime_ms: int, probes: range) -> list[Fact]:
    """Return one calm reading of each probe."""
    return [
        Sample(
            seq=0,
            origin=f"p-{n}",
            taken_ms=taken_ms,
            boottime_ms=boottime_ms,
            micro_celsius=4_000_000 + (taken_ms // STEP_MS + n) % 7 * 62_500,
        )
        for n in probes
    ]


def fill(folder: Path, rounds: int) -> float:
    """Write the outage into the spool; return the seconds that it took."""
    clock = SystemClock()
    (folder / "step").write_text("0")
    began = time.perf_counter()
    # Of an earlier boot: this machine may not have been up for three days.
    with open_spool(folder, clock, "before") as spool:
        now_ms = clock.now_ms()
        for at in range(rounds, 0, -1):
            spool.accept(readings(now_ms - at * STEP_MS, (rounds - at) * STEP_MS, range(PROBES)))
        spool.accept([_alarm(now_ms, rounds * STEP_MS)])  # by the same two clocks as the readings before it
    return time.perf_counter() - began


def _alarm(now_ms: int, up_ms: int) -> DeviceEvent:
    return DeviceEvent(seq=0, origin="p-0", taken_ms=now_ms, boottime_ms=up_ms, kind=EventKind.ALARM_RAISED)


class Line:
    """A TCP line between gateway and broker that can be cut."""

    def __init__(self, port: int) -> None:
        self.port = free_port()
        self._to = port
        self._ends: list[socket.socket] = []
        self._listening = socket.create_server(("127.0.0.1", self.port))
        threading.Thread(target=self._serve, daemon=True).start()

    def cut(self) -> None:
        """Break every connection; new ones are taken."""
        ends, self._ends = self._ends, []
        for end in ends:
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def _serve(self) -> None:
        while True:
            near, _ = self._listening.accept()
            try:
                far = socket.create_connection(("127.0.0.1", self._to), timeout=5)
            except OSError:
                near.close()
                continue
            far.settimeout(None)
            for end in (near, far):
                end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._ends += [near, far]
            for one, other in ((near, far), (far, near)):
                threading.Thread(target=_pump, args=(one, other), daemon=True).start()


def _pump(source: socket.socket, sink: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(65_536):
            sink.sendall(data)
    for end in (source, sink):
        with contextlib.suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)


class World:
    """The three processes of one run."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._port = free_port()
        self._broker: Broker | None = None
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        self.line = Line(self._port)

    def start(self, name: str) -> None:
        """Start one of them."""
        if name == "broker":
            self._broker = start_broker(BrokerKind.MOSQUITTO, self.folder / "broker", self._port)
            return
        port = self.line.port if name == "gateway" else self._port
        command = [sys.executable, __file__, "--role", name, "--folder", str(self.folder), "--port", str(port)]
        with (self.folder / f"{name}.log").open("ab") as log:
            self._running[name] = subprocess.Popen(command, stdout=log, stderr=log)

    def kill(self, name: str) -> None:
        """SIGKILL one and start it again."""
        if name == "broker" and self._broker is not None and self._broker.process is not None:
            self._broker.process.kill()
        else:
            self._running[name].kill()
            self._running[name].wait()
        self.start(name)

    def stop(self) -> None:
        """End all politely."""
        for name in ("gateway", "centre"):
            if name in self._running:
                self._running[name].terminate()
                self._running.pop(name).wait(60)
        if self._broker is not None:
            self._broker.stop()
            self._broker = None


def left(folder: Path) -> int:
    """Return how many numbers lie between the oldest and the newest row of the spool; counting rows takes too long."""
    with contextlib.closing(sqlite3.connect(f"file:{folder}/spool.db?mode=ro", uri=True, timeout=30)) as db:
        first, last = db.execute("SELECT (SELECT min(seq) FROM row), (SELECT max(seq) FROM row)").fetchone()
    return 0 if first is None else int(last - first + 1)


def drain(world: World, chance: random.Random, rows: int, *, kills: int, cuts: int) -> tuple[float, dict[str, int]]:
    """Let the backlog go up under all that can happen; return seconds and what happened."""
    happenings = [(chance.uniform(0.02, 0.95), "kill") for _ in range(kills)]
    happenings += [(chance.uniform(0.02, 0.95), "cut") for _ in range(cuts)]
    happenings += [(0.30, "year"), (0.60, "hour")]
    happened: Counter[str] = Counter()
    began = time.perf_counter()
    for name in ("broker", "centre", "gateway"):
        world.start(name)
    for part, what in sorted(happenings):
        while left(world.folder) > rows * (1 - part):
            time.sleep(0.1)
        victim = chance.choice(["gateway", "broker", "centre"])
        if what == "kill":
            world.kill(victim)
            happened[f"killed {victim}"] += 1
        elif what == "cut":
            world.line.cut()
            happened["line cut"] += 1
        else:
            (world.folder / "step").write_text(str(-YEAR_MS if what == "year" else HOUR_MS))
            time.sleep(WRONG_S)
            (world.folder / "step").write_text("0")
            happened[f"clock stepped by a {what}"] += 1
    (world.folder / "quiet").touch()
    while left(world.folder):
        time.sleep(0.1)
    seconds = time.perf_counter() - began
    time.sleep(12)  # quarantine is looked through every 5 s
    world.stop()
    return seconds, dict(happened)


def numbers_at_centre(folder: Path) -> tuple[Counter[tuple[str, int]], Counter[str]]:
    """Return how often each (epoch, seq) is at the centre, and how many of each kind."""
    found: Counter[tuple[str, int]] = Counter()
    kinds: Counter[str] = Counter()
    store = open_store(folder / "hot.sqlite")
    with store.reading() as session:
        after = 0
        while rows := session.readings.samples_after(after, 2_000):
            after = rows[-1][0]
            for _, row in rows:
                found.update((row.epoch, seq) for seq in row.seq)
                kinds[f"readings, clock {row.clock}"] += len(row.seq)
        for event in _events(session.ledger.entries):
            found[event[1], event[2]] += 1
            kinds[event[0]] += 1
        for item in session.books.quarantined():
            found[item.epoch, item.seq] += 1
            kinds[f"quarantined {item.reason}"] += 1
    store.close()
    return found, kinds


def _events(entries: Callable[[int, int], tuple[object, ...]]) -> Iterator[tuple[str, str, int]]:
    after = 0
    while page := entries(after, 2_000):
        for entry in page:
            if getattr(entry, "kind", "") in {"device-event", "gap"}:
                body = json.loads(getattr(entry, "payload", b"{}"))
                yield str(body.get("kind", "gap")), body["epoch"], body["seq"]
        after = getattr(page[-1], "seq", 0)


def report(folder: Path) -> tuple[int, int, Counter[str]]:
    """Return numbers lost, numbers stored twice, and what is at the centre."""
    with open_spool(folder, SystemClock()) as spool:
        last, epoch, dead = spool.last_seq(), spool.epoch, spool.dead_letters()
    found, kinds = numbers_at_centre(folder)
    lost = sum((epoch, seq) not in found for seq in range(1, last + 1))
    twice = sum(count > 1 for count in found.values())
    kinds["dead letters at the gateway"] = dead
    kinds["numbers given by the spool"] = last
    return lost, twice, kinds


def run(seed: int, rounds: int, *, quick: bool) -> int:
    """One run; return the exit code."""
    chance = random.Random(seed)
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        seconds = fill(folder, rounds)
        rows = rounds * PROBES
        size = (folder / "spool.db").stat().st_size
        print(
            f"seed {seed}: {rows:,} readings spooled in {seconds:.0f} s ({rows / seconds:,.0f}/s), {size / 1e6:,.0f} MB"
        )
        world = World(folder)
        try:
            kills, cuts = (6, 4) if quick else (KILLS, CUTS)
            seconds, happened = drain(world, chance, rows, kills=kills, cuts=cuts)
        finally:
            world.stop()
        hot = sum(file.stat().st_size for file in folder.glob("hot.sqlite*"))
        lost, twice, kinds = report(folder)
        print(
            f"  {', '.join(f'{what}: {n}' for what, n in sorted(happened.items()))}; {DOUBLED:.0%} of messages doubled"
        )
        print(f"  drained in {seconds:.0f} s: {rows / seconds:,.0f} readings/s; centre's file {hot / 1e6:,.0f} MB")
        for kind, number in sorted(kinds.items()):
            print(f"  {kind}: {number:,}")
        print(f"  LOST OF THOSE ACCEPTED: {lost}   STORED TWICE: {twice}")
    return int(lost > 0 or twice > 0)


def main() -> int:
    """Parse the command line; children of a run are this program too."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--role", choices=["gateway", "centre"])
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--port", type=int)
    asked = parser.parse_args()
    if asked.role:
        {"gateway": gateway, "centre": centre}[asked.role](asked.folder, asked.port)
        return 0
    return run(asked.seed, QUICK_ROUNDS if asked.quick else asked.rounds, quick=asked.quick)


if __name__ == "__main__":
    sys.exit(main())
