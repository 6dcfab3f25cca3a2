"""What a batch costs beside how many probes are registered: the whole way from bytes to commit, into SQLite.

    .venv/bin/python -m benchmarks.many_probes                  # 20, 2,000 and 20,000 probes
    .venv/bin/python -m benchmarks.many_probes --probes 2000    # so many

Ten probes a gateway, two a fridge. Ten gateways send five minutes of a reading a minute, again and again: 50 readings a
batch, a transaction each, in processor time. The goal is that a batch costs what it touches: the same at any size.
"""

import argparse
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import Final

from coldchain.facts import ClockState, Quality, Sample
from coldchain.places import Gateway, Place, Probe, ProbeRole, Text
from coldchain.ports import Store
from coldchain.wire import encode, up_of
from ingest.batches import Message
from ingest.counters import Counters
from ingest.pipeline import Pipeline
from ingest.setup import Setup
from rules.profile import profile_record
from stores.sqlite import open_store

START_MS: Final = 1_795_000_000_000
STEP_MS: Final = 60_000
PROBES_EACH: Final = 10
MINUTES: Final = 5
SENDERS: Final = 10
ROUNDS: Final = 20
WARM: Final = 4  # rounds that are not counted
PROFILE: Final = Path(__file__).resolve().parents[1] / "rules" / "profiles" / "cn-rbc.toml"


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--probes", type=int, nargs="+", default=[20, 2_000, 20_000])
    for probes in parser.parse_args().probes:
        with tempfile.TemporaryDirectory() as folder:
            measure(open_store(Path(folder) / "hot.sqlite"), probes)


def measure(store: Store, probes: int) -> None:
    """Print what setting up and what a batch costs with so many probes."""
    pipeline = Pipeline(store, Counters())
    gateways = max(1, probes // PROBES_EACH)
    began = time.process_time()
    pipeline.set_up(equipment(gateways), START_MS)
    took = time.process_time() - began
    spent = []
    for turn in range(ROUNDS):
        for gateway in range(min(gateways, SENDERS)):
            message = batch(gateway, turn)
            began = time.process_time()
            pipeline.process([message], message.received_ms)
            spent.append((time.process_time() - began) * 1_000)
    counted = spent[WARM * min(gateways, SENDERS) :]
    print(f"{probes:>6,} probes: set up in {took:.1f} s; a batch {median(counted):.1f} ms, worst {max(counted):.1f} ms")
    store.close()


def equipment(gateways: int) -> list[Setup]:
    """Return so many gateways with their fridges and probes, and the profile that they keep."""
    things: list[Setup] = [profile_record(PROFILE.read_bytes())]
    for gateway in range(gateways):
        things.append(Gateway(id=f"g-{gateway}", site="s-1"))
        things += [_fridge(f"f-{gateway}-{nth}") for nth in range(PROBES_EACH // 2)]
        things += [_probe(gateway, nth) for nth in range(PROBES_EACH)]
    return things


def batch(gateway: int, turn: int) -> Message:
    """Return one batch: five minutes of all probes of a gateway."""
    first = turn * PROBES_EACH * MINUTES
    facts = [
        Sample(
            seq=first + nth + 1,
            origin=f"p-{gateway}-{nth % PROBES_EACH}",
            taken_ms=START_MS + (turn * MINUTES + nth // PROBES_EACH) * STEP_MS,
            boottime_ms=1_000 + (turn * MINUTES + nth // PROBES_EACH) * STEP_MS,
            micro_celsius=4_000_000 + nth % 7 * 100_000,
            quality=Quality.GOOD,
        )
        for nth in range(PROBES_EACH * MINUTES)
    ]
    up = up_of(
        facts,
        gateway=f"g-{gateway}",
        epoch="e1",
        first_seq=first + 1,
        last_seq=first + len(facts),
        boot="b1",
        sent_ms=facts[-1].taken_ms,
        clock=ClockState.TRUSTED,
    )
    return Message(site="s-1", gateway=up.gateway, payload=encode(up), received_ms=facts[-1].taken_ms + 500)


def _fridge(name: str) -> Place:
    return Place(id=name, site="s-1", name=Text(zh="冰箱", en="Fridge"), profile="cn-rbc", profile_version=1)


def _probe(gateway: int, nth: int) -> Probe:
    role = ProbeRole.AIR if nth % 2 else ProbeRole.LOAD
    return Probe(id=f"p-{gateway}-{nth}", place=f"f-{gateway}-{nth // 2}", gateway=f"g-{gateway}", role=role)


if __name__ == "__main__":
    main()
