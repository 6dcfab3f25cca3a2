"""The demo's storage point for journeys: lived once into a spool, then sent through real processes as often as wanted.

The gateway only sends what is in its spool. The courier's box is the simulator's own process: it lives the same trip
again at each start, with the same numbers, and remembers no ack.
"""

import os
import shutil
import sqlite3
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import msgspec
import pytest

from assembly.brokers import Broker, BrokerKind, find_program, free_port, start_broker
from assembly.demo_centre import Centre
from assembly.demo_files import BOX, GATEWAY, write_gateway, write_server
from assembly.demo_story import register
from assembly.gateway_settings import plan_of
from assembly.prelude import Past, live_through
from assembly.processes import Child, start_coldchain
from assembly.settings import load_gateway
from coldchain.ports import Session, Store
from coldchain.units import Finding, FindingStatus
from stores.sqlite import open_store

HOUR_MS: Final = 3_600_000
HOURS: Final = 26
SCENARIO: Final = "storage-point"


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """A spool with a history in it, and what is true of it."""

    spool: Path
    seed: int
    past: Past
    summaries: int
    events: int

    @property
    def box_rows(self) -> int:
        """How many facts the courier's box had in its memory when the history ended."""
        rows: int = self.past.truth["box"]["rows"]
        return rows


def require_broker(kind: BrokerKind) -> None:
    """Skip loudly where a broker is not installed; in CI that is a failure."""
    if find_program(kind) is None:
        said = f"SKIPPED JOURNEY: {kind} is not installed here; INSTALL=1 make test installs it"
        (pytest.fail if os.environ.get("CI") else pytest.skip)(said)


def live_the_story(folder: Path, seed: int) -> Story:
    """Live 26 hours into a spool, up to now: a box that goes on living must not be in the future."""
    settings = load_gateway(write_gateway(folder, "mqtt://127.0.0.1:1", folder / "lines"))
    end_ms = time.time_ns() // 1_000_000
    past = live_through(
        plan=plan_of(settings),
        scenario=SCENARIO,
        seed=seed,
        start_ms=(end_ms - HOURS * HOUR_MS) // 1_000 * 1_000,
        end_ms=end_ms,
        spool_path=settings.spool.path,
        spool_bytes_max=settings.spool.bytes_max,
        truth_path=folder / "truth.json",
        progress=lambda _part: None,
    )
    db = sqlite3.connect(f"file:{settings.spool.path}?mode=ro", uri=True)
    try:
        kinds = dict(db.execute("SELECT kind, count(*) FROM row GROUP BY kind").fetchall())
    finally:
        db.close()
    assert sum(kinds.values()) == past.facts
    return Story(spool=settings.spool.path, seed=seed, past=past, summaries=kinds["tag"], events=kinds["event"])


class StoragePoint:
    """Broker, centre, box and a gateway that only sends what is in its spool: processes that can be killed."""

    def __init__(
        self, folder: Path, story: Story, kind: BrokerKind, items_max: int, *, dock: bool, influx: str | None = None
    ) -> None:
        self._folder = folder
        self._story = story
        self._kind = kind
        self._broker_port, self._port = free_port(), free_port()
        self.centre = Centre(f"http://127.0.0.1:{self._port}")
        self.url = f"mqtt://127.0.0.1:{self._broker_port}"
        lines = folder / "lines"
        write_server(folder, self.url, self._port, influx)
        whole = write_gateway(folder, self.url, lines, items_max, dock=dock).read_text()
        head, _, devices = whole.partition("[[bus]]")  # no devices: nothing new is measured
        _, docked, at_the_counter = devices.partition("[[dock]]")
        (folder / "gateway.toml").write_text(head + docked + at_the_counter)
        shutil.copy(story.spool, folder / "spool.sqlite")
        self._broker: Broker | None = None
        self._children: dict[str, Child] = {}
        self._box_options: tuple[str, ...] = ()

    def start(self, name: str, *options: str) -> None:
        """Start broker, server, gateway or box (with the simulator's options, kept for the next start)."""
        if name == "broker":
            self._broker = start_broker(self._kind, self._folder / "broker", self._broker_port)
            return
        log = self._folder / f"{name}.log"
        if name == "box":
            self._box_options = options or self._box_options
            past = self._story.past
            life = ("--scenario", SCENARIO, "--seed", str(self._story.seed), "--start-ms", str(past.start_ms))
            arguments = ("sim", *life, "--links", str(self._folder / "lines"), *self._box_options)
        else:
            arguments = (name, "--config", str(self._folder / f"{name}.toml"))
        self._children[name] = start_coldchain(name, arguments, log)

    def kill(self, name: str) -> None:
        """SIGKILL one of them."""
        if name == "broker":
            assert self._broker is not None
            assert self._broker.process is not None
            self._broker.process.kill()
            self._broker = None
        else:
            self._children.pop(name).kill()

    def await_ready(self) -> None:
        """Wait until the centre takes requests."""
        deadline = time.monotonic() + 60
        while True:
            self._children["server"].require_alive()
            if self.centre.ready():
                return
            assert time.monotonic() < deadline, "the centre did not become ready"
            time.sleep(0.05)

    def register(self) -> None:
        """Make known what people know: bags, tags, moves, the packing list, the issue."""
        register(self.centre, self._story.past.bags, self._story.past.start_ms)

    def spooled(self) -> int:
        """Return how many rows of the history the gateway still holds."""
        db = sqlite3.connect(f"file:{self._folder / 'spool.sqlite'}?mode=ro", uri=True, timeout=10)
        try:
            rows: int = db.execute("SELECT count(*) FROM row WHERE seq <= ?", (self._story.past.facts,)).fetchone()[0]
            return rows
        finally:
            db.close()

    def received(self, gateway: str) -> int:
        """Return how many facts of a gateway the centre has committed, over all its epochs, live ones included."""
        db = sqlite3.connect(f"file:{self._folder / 'centre' / 'hot.sqlite'}?mode=ro", uri=True, timeout=10)
        try:
            found = db.execute("SELECT ranges FROM received WHERE gateway = ?", (gateway,)).fetchall()
        finally:
            db.close()
        return sum(last - first + 1 for (text,) in found for first, last in msgspec.json.decode(text))

    def await_sent(self, facts: int) -> None:
        """Wait until so many facts of the history have been acked."""
        deadline = time.monotonic() + 120
        while self._story.past.facts - self.spooled() < facts:
            assert time.monotonic() < deadline, f"only {self._story.past.facts - self.spooled()} facts were acked"
            time.sleep(0.002)

    def await_drained(self, timeout_s: float = 180) -> None:
        """Wait until the gateway holds nothing of the history any more."""
        deadline = time.monotonic() + timeout_s
        while self.spooled():
            self.require_alive()
            assert time.monotonic() < deadline, f"{self.spooled()} facts did not reach the centre"
            time.sleep(0.1)

    def await_box(self, timeout_s: float = 180) -> None:
        """Wait until the centre has all that the box had in its memory when the history ended."""
        deadline = time.monotonic() + timeout_s
        while self.received(BOX) < self._story.box_rows:
            self.require_alive()
            assert time.monotonic() < deadline, f"{self.received(BOX)} of {self._story.box_rows} facts of the box came"
            time.sleep(0.1)

    def await_box_again(self, timeout_s: float = 60) -> None:
        """Wait until a box that was just started again has been heard: it remembers no ack and asks where it stands."""
        began, deadline = time.monotonic(), time.monotonic() + timeout_s
        while self._box_age_s() > time.monotonic() - began:
            self.require_alive()
            assert time.monotonic() < deadline, "the box was started again and nothing came of it"
            time.sleep(0.2)

    def _box_age_s(self) -> float:
        ages = self.centre.metrics("coldchain_gateway_last_up_age_seconds")
        return ages[f'gateway="{BOX}"']

    def centre_events(self, gateway: str, kind: str) -> int:
        """Return how many events of a kind of a gateway the centre has of the history."""
        db = sqlite3.connect(f"file:{self._folder / 'centre' / 'hot.sqlite'}?mode=ro", uri=True, timeout=10)
        try:
            bodies = db.execute("SELECT body FROM device_events WHERE gateway = ? AND kind = ?", (gateway, kind))
            taken = [msgspec.json.decode(body)["taken_ms"] for (body,) in bodies]
        finally:
            db.close()
        return sum(at_ms <= self._story.past.end_ms for at_ms in taken)

    def require_alive(self) -> None:
        """Fail with the log of a process that has ended by itself."""
        for child in self._children.values():
            child.require_alive()

    def stop(self) -> None:
        """Stop everything."""
        for child in self._children.values():
            child.stop()
        self._children.clear()
        if self._broker is not None:
            self._broker.stop()
            self._broker = None

    def verdict(self) -> dict[str, Any]:
        """Read the stopped centre's store: what was found of the history, without identity and version, and counts."""
        store = open_store(self._folder / "centre" / "hot.sqlite")
        try:
            return verdict_of(store, self._story)
        finally:
            store.close()


def verdict_of(store: Store, story: Story) -> dict[str, Any]:
    """Return what an open store says of the history, without identity and version, and counts; rebuilds it once."""
    end_ms = story.past.end_ms
    with store.reading() as session:
        found = [f for f in session.records.findings() if f.status is not FindingStatus.WITHDRAWN]
        findings = [finding for finding in found if finding.start_ms < end_ms]
        verdict = {
            "findings": [msgspec.structs.replace(finding, id="", version=0) for finding in findings],
            "exposures": _exposures(session, findings),
            "holds": sorted({hold.unit for hold in session.records.holds()}),
            "false_gaps": len(
                [f for f in session.records.findings(status=FindingStatus.WITHDRAWN) if f.kind == "unmeasured"]
            ),
            "samples": _samples(session, end_ms),
            "summaries": session.readings.counts().tag_summaries,
            "events": _events(session, story),
        }
    before = store.projection_dump()
    store.rebuild_projections()
    assert store.projection_dump() == before
    return verdict


def _exposures(session: Session, findings: list[Finding]) -> list[Any]:
    exposures = [
        msgspec.structs.replace(exposure, finding=f"{finding.probe} {finding.kind} {finding.start_ms}")
        for finding in findings
        for exposure in session.records.exposures_of_finding(finding.id)
        if not exposure.withdrawn
    ]
    return sorted(exposures, key=repr)


def _samples(session: Session, end_ms: int) -> dict[str, int]:
    """Count every stored sample of the history by gateway, so that one that is stored twice counts twice."""
    counts: Counter[str] = Counter()
    admission, last = 0, session.readings.last_admission()
    while admission < last:
        rows = session.readings.samples_after(admission, 1_000)
        for _, row in rows:
            counts[row.gateway] += sum(taken_ms <= end_ms for taken_ms in row.taken_ms)
        admission = rows[-1][0] if rows else last
    return dict(counts)


def _events(session: Session, story: Story) -> dict[str, int]:
    """Count the events of the history by gateway; those of the processes that send it come on top and do not count."""
    counts: Counter[str] = Counter()
    for entry in session.ledger.entries(0, 10**6):
        if entry.kind == "device-event":
            event = msgspec.json.decode(entry.payload)
            of_history = event["seq"] <= story.past.facts if event["gateway"] == GATEWAY else True
            counts[event["gateway"]] += of_history and event["taken_ms"] <= story.past.end_ms
    return dict(counts)


@contextmanager
def storage_point(
    folder: Path,
    story: Story,
    kind: BrokerKind,
    items_max: int = 500,
    *,
    dock: bool = False,
    influx: str | None = None,
) -> Iterator[StoragePoint]:
    """Give a storage point whose broker and centre are up and whose bags are known; stop all at the end."""
    folder.mkdir(parents=True, exist_ok=True)
    place = StoragePoint(folder, story, kind, items_max, dock=dock, influx=influx)
    with ExitStack() as house:
        house.callback(place.stop)
        place.start("broker")
        place.start("server")
        place.await_ready()
        place.register()
        yield place
