"""A centre for the acceptance cases: the real application and pipeline on a real database, in one of the two schemes.

    S1 station      station-fridge        no reader: people's words
    S2 storage-1    fridge-1              reader, door, probes; gateway gw-1 (support.intake)
    S3 hospital     hospital-fridge       no reader
                    box-1                 a courier's box

What people do goes over HTTP, what devices say comes as batches of the wire, and what an administrator asks over the
command line, as in the field. Time moves by hand.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from fastapi.testclient import TestClient
from support.console import PipelineRecorder, console_app
from support.hand_clock import HandClock
from support.intake import GATEWAY, START, message, setup
from support.lineage_story import donation
from support.signed_ledger import signed_pipeline
from typer.testing import CliRunner

import rules
from assembly.cli import app
from assembly.starting import starter_text
from coldchain.alarms import Alarm
from coldchain.facts import Fact
from coldchain.places import Place, PlaceKind, Text
from ingest.batches import Message
from ingest.pipeline import Pipeline
from rules.profile import profile_record
from stores.session import SqlStore

DATABASES: Final = ("sqlite", "postgres")
STATION, FRIDGE, HOSPITAL, BOX = "station-fridge", "fridge-1", "hospital-fridge", "box-1"
SIGNED: Final = {"name": "李华", "post": "technician"}
MANAGER: Final = {"name": "王芳", "post": "quality manager"}


@dataclass(slots=True, kw_only=True)
class House:
    """One centre. `database` and `scheme` are what the case runs on."""

    database: str
    scheme: str
    store: SqlStore
    folder: Path
    url: str
    pipeline: Pipeline
    clock: HandClock
    client: TestClient

    def get(self, path: str, **asked: Any) -> Any:
        """Return what the interface answers; anything but 200 fails the test."""
        found = self.client.get(path, params=asked)
        assert found.status_code == 200, found.text
        return found.json()

    def post(self, path: str, body: dict[str, Any], status: int = 201) -> Any:
        """Send something that a person does; any other status fails the test."""
        found = self.client.post(path, json=body)
        assert found.status_code == status, found.text
        return found.json()

    def register(self, name: str, nth: int, product: str = "E0398V00") -> dict[str, Any]:
        """Make a bag known in this house's scheme."""
        return dict(
            self.post(
                "/api/units",
                {
                    "id": name,
                    "issuer": "station-1",
                    "scheme": self.scheme,
                    "donation_number": donation(self.scheme, nth),
                    "product_code": product,
                    "division": "00",
                    "component": "red cells",
                    "blood_group": "O+",
                    "profile": "cn-rbc",
                    "profile_version": 1,
                },
            )
        )

    def put(self, name: str, place: str | None, at_ms: int) -> None:
        """Say where a bag was put."""
        self.post(f"/api/units/{name}/placements", {"place": place, "at_ms": at_ms})

    def act(
        self, name: str, how: str, inputs: Sequence[str], outputs: Sequence[dict[str, Any]], at_ms: int, place: str
    ) -> None:
        """Record an act."""
        body = {"id": name, "act": how, "inputs": list(inputs), "outputs": list(outputs), "at_ms": at_ms}
        self.post("/api/transformations", body | {"place": place} | SIGNED)

    def hear(self, facts: Sequence[Fact], **how: Any) -> None:
        """Take a batch of the gateway, received now."""
        sent = {"sent_ms": self.clock.now_ms(), "received_ms": self.clock.now_ms()}
        self.pipeline.process([message(facts, **(sent | how))], self.clock.now_ms())

    def message(self, facts: Sequence[Fact], now_ms: int, gateway: str = GATEWAY) -> Message:
        """Return a batch of a gateway that is sent and received at now_ms."""
        return message(facts, sent_ms=now_ms, received_ms=now_ms, gateway=gateway)

    def excursion_alarms(self) -> list[Alarm]:
        """Return the alarms of excursions that stand or stood."""
        with self.store.reading() as session:
            found = session.records.alarms(1_000)
        return [one for one in found if one.values.get("finding_kind") == "excursion" and not one.withdrawn]

    def stays(self, name: str) -> list[tuple[str, int, int | None]]:
        """Return where a bag was, as it counts now, in order of time: (place, from, to)."""
        found = self.get(f"/api/units/{name}/stays", limit=100)["items"]
        counted = sorted((one for one in found if not one["withdrawn"]), key=lambda one: int(one["possible_from_ms"]))
        return [(one["place"], one["possible_from_ms"], one["possible_to_ms"]) for one in counted]

    def entries(self) -> list[tuple[int, str, bytes]]:
        """Return the whole ledger: (number, kind, payload)."""
        with self.store.reading() as session:
            return [(one.seq, one.kind.value, one.payload) for one in session.ledger.entries(0, 100_000)]

    def command(self, *arguments: str) -> tuple[int, str]:
        """Run a command of `coldchain` on the record, with the centre at rest; return its exit code and output."""
        if self.database == "sqlite":
            where = ["--data", str(self.folder)]
        else:
            config = self.folder / "server.toml"
            config.write_text(starter_text("server.toml") + f'\n[store]\nurl = "{self.url}"\n', encoding="utf-8")
            where = ["--config", str(config)]
        answer = CliRunner().invoke(app, [*arguments, *where])
        assert answer.exception is None or isinstance(answer.exception, SystemExit), answer.exception
        return answer.exit_code, answer.output

    def require_rebuildable(self) -> None:
        """The gate of every case: the record verifies, and all tables are what the ledger makes of them."""
        self.pipeline.attest(self.clock.now_ms(), self.clock.boottime_ms())
        self.store.close()
        code, told = self.command("verify", "--projections")
        assert code == 0, told
        code, told = self.command("ledger", "rebuild", "--check")
        assert code == 0, told


def output(name: str, product: str, **changed: Any) -> dict[str, Any]:
    """Return what an act makes, as the interface takes it."""
    made = {"id": name, "product_code": product, "division": "00", "component": "component", "profile": "cn-rbc"}
    return made | {"profile_version": 1} | changed


def house_on(database: str, scheme: str, store: SqlStore, folder: Path, url: str) -> House:
    """Return a centre on a store that is empty."""
    clock = HandClock(START)
    pipeline, _ = signed_pipeline(store, folder)
    toml = (Path(rules.__file__).parent / "profiles" / "cn-rbc-2.toml").read_bytes()
    fridges = [(STATION, "station", PlaceKind.FRIDGE, 1), (HOSPITAL, "hospital", PlaceKind.FRIDGE, 1)]
    named = [*fridges, (BOX, "station", PlaceKind.BOX, 2)]
    places = [
        Place(id=name, site=site, kind=kind, name=Text(zh=name, en=name), profile="cn-rbc", profile_version=version)
        for name, site, kind, version in named
    ]
    pipeline.set_up([*setup(), profile_record(toml), *places], START)
    recorder = PipelineRecorder(pipeline, clock)
    client = TestClient(console_app(store, recorder=recorder, clock=clock), base_url="http://127.0.0.1")
    return House(
        database=database,
        scheme=scheme,
        store=store,
        folder=folder,
        url=url,
        pipeline=pipeline,
        clock=clock,
        client=client,
    )
