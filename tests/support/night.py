"""The demo's night for journeys: lived once into a spool, then sent through real processes as often as wanted."""

import os
import shutil
import sqlite3
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import msgspec
import pytest

from assembly.brokers import Broker, BrokerKind, find_program, free_port, start_broker
from assembly.demo_centre import Centre
from assembly.demo_files import PLACE, write_gateway, write_server
from assembly.gateway_settings import plan_of
from assembly.prelude import Past, live_through
from assembly.processes import Child, start_coldchain
from assembly.settings import load_gateway
from coldchain.ports import Store
from coldchain.units import FindingStatus
from stores.sqlite import open_store

HOUR_MS: Final = 3_600_000
END_MS: Final = 1_795_000_000_000  # a fixed instant, so that every run has the same history
HOURS: Final = 26


@dataclass(frozen=True, slots=True, kw_only=True)
class Night:
    """A spool with a history in it, and what is true of it."""

    spool: Path
    past: Past
    summaries: int
    events: int


def require_broker(kind: BrokerKind) -> None:
    """Skip loudly where a broker is not installed; in CI that is a failure."""
    if find_program(kind) is None:
        said = f"SKIPPED JOURNEY: {kind} is not installed here; INSTALL=1 make test installs it"
        (pytest.fail if os.environ.get("CI") else pytest.skip)(said)


def live_the_night(folder: Path, seed: int) -> Night:
    """Live 26 hours into a spool."""
    settings = load_gateway(write_gateway(folder, "mqtt://127.0.0.1:1", folder / "lines"))
    past = live_through(
        plan=plan_of(settings),
        scenario="night-failure",
        seed=seed,
        start_ms=END_MS - HOURS * HOUR_MS,
        end_ms=END_MS,
        spool_path=settings.spool.path,
        spool_bytes_max=settings.spool.bytes_max,
        truth_path=folder / "truth.json",
        progress=lambda _part: None,
    )
    with sqlite3.connect(f"file:{settings.spool.path}?mode=ro", uri=True) as db:
        kinds = dict(db.execute("SELECT kind, count(*) FROM row GROUP BY kind").fetchall())
    db.close()
    assert sum(kinds.values()) == past.facts
    return Night(
        spool=settings.spool.path,
        past=past,
        summaries=kinds["tag"],
        events=kinds["event"],
    )


class Storage:
    """Broker, centre and a gateway that only sends what is in its spool: processes that can be killed."""

    def __init__(self, folder: Path, night: Night, kind: BrokerKind, items_max: int) -> None:
        self._folder = folder
        self._night = night
        self._kind = kind
        self._broker_port, self._port = free_port(), free_port()
        self.centre = Centre(f"http://127.0.0.1:{self._port}")
        url = f"mqtt://127.0.0.1:{self._broker_port}"
        write_server(folder, url, self._port)
        whole = write_gateway(folder, url, folder / "lines", items_max).read_text()
        (folder / "gateway.toml").write_text(whole.split("[[bus]]")[0])  # no devices: nothing new is measured
        shutil.copy(night.spool, folder / "spool.sqlite")
        self._broker: Broker | None = None
        self._children: dict[str, Child] = {}

    def start(self, name: str) -> None:
        """Start broker, server or gateway."""
        if name == "broker":
            self._broker = start_broker(self._kind, self._folder / "broker", self._broker_port)
            return
        arguments = (name, "--config", str(self._folder / f"{name}.toml"))
        self._children[name] = start_coldchain(name, arguments, self._folder / f"{name}.log")

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
        """Make the bags known."""
        for number, bag in enumerate(self._night.past.bags, 1):
            unit = f"bag-{number:02d}"
            fields = ("issuer", "scheme", "donation_number", "product_code", "division", "component", "blood_group")
            body: dict[str, Any] = {name: bag[name] for name in fields}
            body |= {"id": unit, "profile": "cn-rbc", "profile_version": 1, "expires_ms": bag["expires_ms"]}
            self.centre.post("/api/units", body)
            since = self._night.past.start_ms - HOUR_MS
            self.centre.post(f"/api/units/{unit}/tags", {"epc": bag["epc"], "from_ms": since})
            self.centre.post(f"/api/units/{unit}/placements", {"place": PLACE, "at_ms": bag["put_in_ms"]})

    def spooled(self) -> int:
        """Return how many rows the gateway still holds."""
        db = sqlite3.connect(f"file:{self._folder / 'spool.sqlite'}?mode=ro", uri=True, timeout=10)
        try:
            rows: int = db.execute("SELECT count(*) FROM row WHERE seq <= ?", (self._night.past.facts,)).fetchone()[0]
            return rows
        finally:
            db.close()

    def await_sent(self, facts: int) -> None:
        """Wait until so many facts of the history have been acked."""
        deadline = time.monotonic() + 120
        while self._night.past.facts - self.spooled() < facts:
            assert time.monotonic() < deadline, f"only {self._night.past.facts - self.spooled()} facts were acked"
            time.sleep(0.002)

    def await_drained(self, timeout_s: float = 180) -> None:
        """Wait until the gateway holds nothing of the history any more."""
        deadline = time.monotonic() + timeout_s
        while self.spooled():
            for child in self._children.values():
                child.require_alive()
            assert time.monotonic() < deadline, f"{self.spooled()} facts did not reach the centre"
            time.sleep(0.1)

    def stop(self) -> None:
        """Stop everything."""
        for child in self._children.values():
            child.stop()
        self._children.clear()
        if self._broker is not None:
            self._broker.stop()
            self._broker = None

    def verdict(self) -> dict[str, Any]:
        """Read the stopped centre's store: findings and exposures without identity and version, and all counts."""
        store = open_store(self._folder / "centre" / "hot.sqlite")
        try:
            return _verdict(store, self._night)
        finally:
            store.close()


def _verdict(store: Store, night: Night) -> dict[str, Any]:
    with store.reading() as session:
        findings = [f for f in session.records.findings() if f.status is not FindingStatus.WITHDRAWN]
        exposures = [
            msgspec.structs.replace(exposure, finding=f"{finding.probe} {finding.kind} {finding.start_ms}")
            for finding in findings
            for exposure in session.records.exposures_of_finding(finding.id)
            if not exposure.withdrawn
        ]
        counts = session.readings.counts()
        events = [e for e in session.ledger.entries(0, 10**6) if e.kind == "device-event"]
        numbers = [msgspec.json.decode(event.payload)["seq"] for event in events]
        verdict = {
            "findings": [msgspec.structs.replace(finding, id="", version=0) for finding in findings],
            "exposures": sorted(exposures, key=repr),
            "false_gaps": len(
                [f for f in session.records.findings(status=FindingStatus.WITHDRAWN) if f.kind == "unmeasured"]
            ),
            "samples": counts.samples,
            "summaries": counts.tag_summaries,
            "events": len([number for number in numbers if number <= night.past.facts]),
        }
    before = store.projection_dump()
    store.rebuild_projections()
    assert store.projection_dump() == before
    return verdict


@contextmanager
def storage(folder: Path, night: Night, kind: BrokerKind, items_max: int = 500) -> Iterator[Storage]:
    """Give a storage point whose broker and centre are up and whose bags are registered; stop all at the end."""
    folder.mkdir(parents=True, exist_ok=True)
    place = Storage(folder, night, kind, items_max)
    with ExitStack() as house:
        house.callback(place.stop)
        place.start("broker")
        place.start("server")
        place.await_ready()
        place.register()
        yield place
