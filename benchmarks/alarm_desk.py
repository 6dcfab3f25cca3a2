"""The alarm desk: from a reading to its alarm, and what a look at a large site costs the writer.

    PYTHONPATH=tests .venv/bin/python benchmarks/alarm_desk.py [--fridges 300] [--alarms 200]

Latency: batches of one reading that end a delay, taken by the pipeline on SQLite with every commit synced; the time
until the commit that has the alarm. Beside it the same batches of calm readings: the difference is what judging and the
alarm add. Looks: all active alarms stand, nothing changes; then each of them changes at once. What a provider of
conditions costs is measured in benchmarks/conditions.py; here it says what it is told.
"""

import argparse
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import Final

import msgspec
from support.alarm_scene import condition
from support.histories import cn_rbc_toml
from support.intake import GATEWAY, SITE, START, sample, send

from coldchain.alarms import Severity
from coldchain.places import Gateway, Place, Probe, ProbeRole, Text
from coldchain.ports import Store
from ingest.conditions import Watch
from ingest.counters import Counters
from ingest.pipeline import Pipeline
from rules.profile import profile_record
from stores.sqlite import open_store

MINUTE: Final = 60_000
WARM, CALM = 7_000_000, 4_000_000


def site(store: Store, fridges: int) -> Pipeline:
    """Return a pipeline with so many fridges of one probe each."""
    pipeline = Pipeline(store, Counters())
    places = [
        Place(id=f"f-{n}", site=SITE, name=Text(zh="x", en="x"), profile="cn-rbc", profile_version=1)
        for n in range(fridges)
    ]
    probes = [Probe(id=f"p-{n}", place=f"f-{n}", gateway=GATEWAY, role=ProbeRole.LOAD) for n in range(fridges)]
    pipeline.set_up([profile_record(cn_rbc_toml()), Gateway(id=GATEWAY, site=SITE), *places, *probes], START)
    pipeline.alarms.conditions = Watch([])
    return pipeline


def latency(pipeline: Pipeline, fridges: int, value: int, first_seq: int, begin_ms: int) -> list[float]:
    """Return milliseconds of the batch that ends the delay of each fridge, one after the other."""
    took, seq = [], first_seq
    for n in range(fridges):
        send(pipeline, [sample(seq, begin_ms, value, f"p-{n}")], sent_ms=begin_ms + MINUTE)
        began = time.perf_counter()
        send(pipeline, [sample(seq + 1, begin_ms + 5 * MINUTE, value, f"p-{n}")], sent_ms=begin_ms + 5 * MINUTE)
        took.append((time.perf_counter() - began) * 1_000)
        seq += 2
    return took


def looks(pipeline: Pipeline, alarms: int, now_ms: int) -> dict[str, float]:
    """Return milliseconds of a look that raises, of ones that change nothing, and of one that changes all."""
    said = [condition(subject=f"d-{n}", place=f"f-{n}") for n in range(alarms)]
    pipeline.alarms.conditions = Watch([lambda _session, _now_ms: said])
    found = {"raise all at once": _look(pipeline, now_ms)}
    calm = [_look(pipeline, now_ms + n * 5_000) for n in range(1, 12)]
    found |= {"nothing changes (median)": median(calm), "nothing changes (worst)": max(calm)}
    said[:] = [msgspec.structs.replace(one, severity=Severity.CRITICAL) for one in said]
    found["change all at once"] = _look(pipeline, now_ms + MINUTE)
    return found


def _look(pipeline: Pipeline, now_ms: int) -> float:
    began = time.perf_counter()
    pipeline.alarms.look(now_ms)
    return (time.perf_counter() - began) * 1_000


def said(name: str, took: list[float]) -> None:
    """Print a distribution."""
    ordered = sorted(took)
    p99 = ordered[min(len(ordered) - 1, len(ordered) * 99 // 100)]
    print(
        f"{name}: p50 {median(ordered):.1f} ms, p99 {p99:.1f} ms, worst {ordered[-1]:.1f} ms ({len(ordered)} batches)"
    )


def main() -> None:
    """Measure and print."""
    asked = argparse.ArgumentParser()
    asked.add_argument("--fridges", type=int, default=300)
    asked.add_argument("--alarms", type=int, default=200)
    options = asked.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        store = open_store(Path(folder) / "hot.sqlite")
        pipeline = site(store, options.fridges)
        said("calm reading to commit", latency(pipeline, options.fridges, CALM, 1, START))
        warm = latency(pipeline, options.fridges, WARM, 10 * options.fridges, START + 10 * MINUTE)
        said("reading to alarm, all fridges of one site warm", warm)
        for name, took in looks(pipeline, options.alarms, START + 20 * MINUTE).items():
            print(
                f"look with {options.alarms} conditions and {options.fridges} alarms of findings, {name}: {took:.1f} ms"
            )
        store.close()


if __name__ == "__main__":
    main()
