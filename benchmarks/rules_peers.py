"""The same stories told to Node-RED's flows and to our rules: a late excursion, any order of arrival, a power cut.

    PYTHONPATH=.:tests .venv/bin/python benchmarks/rules_peers.py

Node-RED (Apache-2.0, npm, a process of its own in the user's cache folder, loopback only) gets readings over HTTP as
JSON with their own time. Two flows, as a user would build them. `nodes`: the palette's own switch and trigger nodes,
too warm and no reading back inside for five minutes of the wall clock; here a minute is 0.1 s. `function`: a function
node that remembers since when each probe is outside and compares the readings' own times. Ours is the pipeline with the
store in memory. docs/alarms-compared.md has the table.
"""

import json
import random
import subprocess
import tempfile
import time
import urllib.request
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import msgspec
from support.alarm_scene import alarms_of_findings
from support.intake import pipeline_on, sample, send
from support.memory_store import MemoryStore
from support.storage_point import said

from assembly.brokers import free_port
from coldchain.facts import EventKind, Fact
from coldchain.places import Contact, ContactKind, Gateway, Place, PlaceKind, Probe, ProbeRole, Text
from ingest.counters import Counters
from ingest.pipeline import Pipeline
from ingest.setup import Setup
from rules.profile import profile_record

NODE_RED: Final = "node-red@4.1.2"
ROOT: Final = Path(__file__).parents[1]
MINUTE, HOUR = 60_000, 3_600_000
START: Final = 1_700_000_000_000 // HOUR * HOUR
MINUTE_S: Final = 0.1  # of the wall clock, while a story is told live
READY_S: Final = 60.0
ORDERS: Final = 5
Reading = tuple[str, int, float]  # probe, taken_ms, degrees
FUNCTION: Final = """
const since = flow.get('since') || {}, told = flow.get('told') || {};
const r = msg.payload;
if (r.mains === 0) { node.send({payload: {rule: 'mains', probe: 'mains', at: r.at}}); return null; }
if (r.value > 6) {
  if (since[r.probe] === undefined) since[r.probe] = r.at;
  if (r.at - since[r.probe] >= 300000 && !told[r.probe]) {
    told[r.probe] = true; node.send({payload: {rule: 'warm', probe: r.probe, at: since[r.probe]}});
  }
} else { delete since[r.probe]; delete told[r.probe]; }
flow.set('since', since); flow.set('told', told);
return null;
"""


def flow(how: str, out: Path) -> list[dict[str, Any]]:
    """Return a flow: HTTP in, split, the rule, a file of alarms."""
    end = {"id": "end", "z": "t", "type": "json", "property": "payload", "action": "str", "wires": [["file"]]}
    file: dict[str, Any] = {"id": "file", "z": "t", "type": "file", "filename": str(out), "filenameType": "str"}
    file |= {"appendNewline": True, "overwriteFile": "false", "wires": [[]]}
    head: list[dict[str, Any]] = [
        {"id": "t", "type": "tab", "label": "cold"},
        {"id": "in", "z": "t", "type": "http in", "url": "/readings", "method": "post", "wires": [["split", "ok"]]},
        {"id": "ok", "z": "t", "type": "http response", "statusCode": "204", "wires": []},
        {
            "id": "split",
            "z": "t",
            "type": "split",
            "splt": "\\n",
            "spltType": "str",
            "arraySplt": 1,
            "arraySpltType": "len",
            "wires": [["rule"]],
        },
    ]
    if how == "function":
        rule = [{"id": "rule", "z": "t", "type": "function", "func": FUNCTION, "outputs": 1, "wires": [["end"]]}]
        return [*head, *rule, end, file]
    topic = {"t": "set", "p": "topic", "pt": "msg", "to": "payload.probe", "tot": "msg"}
    rule = [
        {"id": "rule", "z": "t", "type": "change", "rules": [topic], "wires": [["sort"]]},
        {"id": "sort", "z": "t", "type": "switch", "property": "payload.value", "propertyType": "msg"},
        {"id": "back", "z": "t", "type": "change", "wires": [["wait"]]},
        {"id": "wait", "z": "t", "type": "trigger", "op1type": "nul", "op2type": "payl", "extend": False},
    ]
    rule[1] |= {"rules": [{"t": "gt", "v": "6", "vt": "num"}, {"t": "else"}], "checkall": "true", "outputs": 2}
    rule[1]["wires"] = [["wait"], ["back"]]
    rule[2]["rules"] = [{"t": "set", "p": "reset", "pt": "msg", "to": "true", "tot": "bool"}]
    rule[3] |= {"duration": str(int(5 * MINUTE_S * 1_000)), "units": "ms", "bytopic": "topic", "outputs": 1}
    rule[3] |= {"op1": "", "op2": "", "overrideDelay": False, "reset": "", "wires": [["end"]]}
    return [*head, *rule, end, file]


class NodeRed:
    """A Node-RED of one flow, fresh."""

    def __init__(self, how: str, folder: Path) -> None:
        home = Path(
            subprocess.run(
                [str(ROOT / "tools" / "make-node-peer.sh"), NODE_RED], capture_output=True, text=True, check=True
            ).stdout.strip()
        )
        self.out = folder / "alarms.txt"
        self._port = free_port()
        nodes = [{"x": 100, "y": 100, **one} for one in flow(how, self.out)]  # without a place it would be settings
        (folder / "flow.json").write_text(json.dumps(nodes))
        (folder / "settings.js").write_text(
            f"module.exports = {{uiPort: {self._port}, uiHost: '127.0.0.1', httpAdminRoot: false,"
            " flowFile: 'flow.json',"
            " apiMaxLength: '20mb', telemetry: {enabled: false, updateNotification: false}}"
        )
        command = [
            "node",
            str(home / "node_modules/node-red/red.js"),
            "-u",
            str(folder),
            "-s",
            str(folder / "settings.js"),
        ]
        self._log = (folder / "log").open("wb")
        self._process = subprocess.Popen(command, stdout=self._log, stderr=self._log, stdin=subprocess.DEVNULL)
        deadline = time.monotonic() + READY_S
        while not self._answers() and time.monotonic() < deadline:
            time.sleep(0.2)

    def __enter__(self) -> "NodeRed":
        return self

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.wait(20)
        self._log.close()

    def tell(self, readings: Sequence[dict[str, Any]]) -> None:
        """Post readings together."""
        data = json.dumps(list(readings)).encode()
        asked = urllib.request.Request(f"http://127.0.0.1:{self._port}/readings", data=data)
        asked.add_header("Content-Type", "application/json")
        with urllib.request.urlopen(asked, timeout=20):
            pass

    def alarms(self) -> list[tuple[str, int]]:
        """Return (probe, since) of every alarm so far, once all of it is written."""
        time.sleep(1.5 * 5 * MINUTE_S + 0.5)
        lines = self.out.read_text().splitlines() if self.out.exists() else []
        return [(one["probe"], one["at"]) for one in map(json.loads, lines)]

    def _answers(self) -> bool:
        try:
            self.tell([])
        except OSError:
            return False
        return True


def js(reading: Reading) -> dict[str, Any]:
    return {"probe": reading[0], "at": reading[1], "value": reading[2]}


def late() -> list[Reading]:
    """Forty minutes of 6.4 degrees that began two hours and twenty minutes ago, then in range until now."""
    return [("fridge-1-load", START + n * MINUTE, 6.4 if 60 <= n < 100 else 4.0) for n in range(200)]


def rising(fridges: int) -> list[Reading]:
    """The mains are lost at 0:30; every fridge is too warm from about 2:30 on."""
    found = []
    for n in range(240):
        for f in range(fridges):
            value = 4.0 + max(0, n - 30) * (0.0175 + 0.0005 * f)
            found.append((f"f-{f}", START + n * MINUTE, round(value, 1)))
    return found


def ours(readings: Sequence[Reading], chance: random.Random | None = None) -> list[tuple[Any, int]]:
    """Return our alarms of findings in (probe, since)."""
    store = MemoryStore()
    pipeline = pipeline_on(store, START)
    facts: list[Fact] = [sample(n, at, round(v * 1e6), p) for n, (p, at, v) in enumerate(readings, 1)]
    parts: list[Sequence[Fact]] = [facts[at : at + 10] for at in range(0, len(facts), 10)]
    if chance is not None:
        chance.shuffle(parts)
    end_ms = readings[-1][1] + MINUTE
    left = {fact.seq: fact.taken_ms for fact in facts}
    for part in parts:
        for fact in part:
            left.pop(fact.seq, None)
        send(pipeline, part, mark_ms=min(left.values(), default=None), sent_ms=end_ms)
    found = alarms_of_findings(store)
    return sorted((key[1], key[2]) for key in found if key[0] in ("A01", "A02"))


def our_power_cut(fridges: int) -> tuple[int, int]:
    """Return how many alarms a power cut makes with ours, and how many of them call somebody."""
    store = MemoryStore()
    pipeline = Pipeline(store, Counters())
    toml = (ROOT / "rules" / "profiles" / "cn-rbc-3.toml").read_bytes()
    things: list[Setup] = [profile_record(toml), Gateway(id="gw-1", site="storage-1")]
    things.append(Contact(id="site-mains", place="", gateway="gw-1", kind=ContactKind.MAINS))
    for f in range(fridges):
        text, kind = Text(zh=f"冰箱 {f}", en=f"Fridge {f}"), PlaceKind.FRIDGE
        things.append(Place(id=f"f-{f}", site="storage-1", name=text, profile="cn-rbc", profile_version=3, kind=kind))
        things.append(Probe(id=f"f-{f}-load", place=f"f-{f}", gateway="gw-1", role=ProbeRole.LOAD))
    pipeline.set_up(things, START)
    seq, readings = 0, rising(fridges)
    for n in range(240):
        now_ms = START + n * MINUTE
        facts: list[Fact] = [
            sample(seq + i + 1, at, round(v * 1e6), f"{p}-load")
            for i, (p, at, v) in enumerate(readings[n * fridges : (n + 1) * fridges])
        ]
        if n == 30:
            facts.append(said(seq + fridges + 1, "site-mains", EventKind.MAINS_LOST, now_ms))
        seq += len(facts)
        send(pipeline, [msgspec.structs.replace(one, boottime_ms=now_ms) for one in facts], sent_ms=now_ms + 1_000)
        pipeline.alarms.look(now_ms + 1_000)
    with store.reading() as session:
        found = [
            one for one in session.records.alarms(1_000) if one.rule not in ("A28", "A31", "A32", "A33", "A34", "A35")
        ]
    return len(found), sum(not one.parent for one in found)


def tell_live(peer: NodeRed, readings: Sequence[Reading], step: int, mains_at: int | None = None) -> None:
    """Tell readings as they are measured, a minute each MINUTE_S."""
    for n, at in enumerate(range(0, len(readings), step)):
        if n == mains_at:
            peer.tell([{"mains": 0, "probe": "mains", "at": readings[at][1]}])
        peer.tell([js(one) for one in readings[at : at + step]])
        time.sleep(MINUTE_S)


def peers(how: str) -> list[str]:
    """Return what a flow reports of each story."""
    lines = []
    with tempfile.TemporaryDirectory() as name, NodeRed(how, Path(name)) as peer:
        tell_live(peer, late(), 1)
        lines.append(f"live excursion of 40 min: {len(peer.alarms())} alarm(s)")
    with tempfile.TemporaryDirectory() as name, NodeRed(how, Path(name)) as peer:
        for at in range(0, 200, 10):
            peer.tell([js(one) for one in late()[at : at + 10]])
        lines.append(f"the same, uploaded afterwards: {len(peer.alarms())} alarm(s)")
    verdicts = set()
    for seed in range(ORDERS if how == "function" else 3):
        with tempfile.TemporaryDirectory() as name, NodeRed(how, Path(name)) as peer:
            parts = [late()[at : at + 10] for at in range(0, 200, 10)]
            random.Random(seed).shuffle(parts)
            for part in parts:
                peer.tell([js(one) for one in part])
            verdicts.add(tuple((p, (at - START) // MINUTE if at else 0) for p, at in peer.alarms()))
    lines.append(
        f"orders of arrival: {len(verdicts)} different verdicts, of {sorted({len(v) for v in verdicts})} alarms"
    )
    with tempfile.TemporaryDirectory() as name, NodeRed(how, Path(name)) as peer:
        tell_live(peer, rising(6), 6, mains_at=30)
        lines.append(f"power cut, 6 fridges: {len(peer.alarms())} alarms, each of which calls somebody")
    return lines


def main() -> None:
    """Tell and print."""
    right = [("fridge-1-load", START + 60 * MINUTE)]
    print("ours")
    print(f"  uploaded afterwards: {len(ours(late()))} alarm(s), right: {ours(late()) == right}")
    verdicts = [ours(late(), random.Random(seed)) for seed in range(ORDERS)]
    print(f"  {ORDERS} orders of arrival: right in {sum(one == right for one in verdicts)}")
    every, own = our_power_cut(6)
    print(f"  power cut, 6 fridges: {every} alarms, {own} of which call somebody", flush=True)
    for how in ("nodes", "function"):
        print(f"{NODE_RED}, {how}")
        for line in peers(how):
            print(f"  {line}", flush=True)


if __name__ == "__main__":
    main()
