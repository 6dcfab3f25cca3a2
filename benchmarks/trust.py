"""What trust costs the intake: digests of numbers, and a signature checked on each batch.

    .venv/bin/python -m benchmarks.trust [--quick]

The same batches of 500 readings go through the whole intake (SQLite, synchronous=FULL) in three ways, one after the
other in each round: without digests, with them (the default), and with a signature that is required. No chance is used.
Rounds are interleaved and the processor's time is counted, without waits for the disk; trust the ratios only.
"""

import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import median

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from benchmarks.intake import ITEMS, PROBES, START_MS, STEP_MS, batches
from coldchain.facts import Fact
from coldchain.places import Gateway, Place, Probe, ProbeRole, Signatures, Text
from coldchain.ports import Books
from coldchain.signed import opened, sealed
from coldchain.trust import GatewayKey
from ingest import pipeline as intake
from ingest.batches import Message
from ingest.counters import Counters
from ingest.pipeline import Pipeline
from ingest.repeats import note_digests
from ingest.signatures import verified
from rules.profile import profile_record
from stores.sqlite import open_store

ROUNDS, QUICK_BATCHES = 5, 60
KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
PUBLIC = KEY.public_key().public_bytes_raw().hex()


def rate(payloads: Sequence[bytes], signatures: Signatures) -> float:
    """Return readings per second of the processor of one run in a folder of its own."""
    with tempfile.TemporaryDirectory() as folder:
        store = open_store(Path(folder) / "hot.sqlite")
        pipeline = Pipeline(store, Counters())
        toml = (Path(__file__).parent.parent / "rules" / "profiles" / "cn-rbc.toml").read_bytes()
        place = Place(id="f-1", site="s-1", name=Text(zh="冰箱", en="Fridge"), profile="cn-rbc", profile_version=1)
        probes = [Probe(id=f"probe-{i}", place="f-1", gateway="gw-1", role=ProbeRole.LOAD) for i in range(PROBES)]
        gateway = Gateway(id="gw-1", site="s-1", signatures=signatures)
        keys = [GatewayKey(gateway="gw-1", key=PUBLIC, from_ms=0)]
        pipeline.set_up([profile_record(toml), gateway, place, *probes], START_MS, keys)
        began = time.process_time()
        for number, payload in enumerate(payloads, 1):
            now_ms = START_MS + number * ITEMS // PROBES * STEP_MS
            pipeline.process([Message(site="s-1", gateway="gw-1", payload=payload, received_ms=now_ms)], now_ms)
        seconds = time.process_time() - began
        with store.reading() as session:
            assert session.readings.counts().samples == len(payloads) * ITEMS
        store.close()
    return len(payloads) * ITEMS / seconds


@contextmanager
def without_digests() -> Iterator[None]:
    """Let the intake remember nothing of what numbers said."""
    setattr(intake, "note_digests", _nothing)  # noqa: B010 - the name is no part of that module's interface
    try:
        yield
    finally:
        setattr(intake, "note_digests", note_digests)  # noqa: B010


def _nothing(books: Books, gateway: str, epoch: str, fresh: Iterable[Fact]) -> None:
    """Note nothing."""


def main() -> None:
    """Print rates and ratios, round by round and in the median."""
    plain = batches()[: QUICK_BATCHES if "--quick" in sys.argv else None]
    signed = [sealed(payload, KEY.sign) for payload in plain]
    ratios: list[tuple[float, float]] = []
    for number in range(1, (2 if "--quick" in sys.argv else ROUNDS) + 1):
        with without_digests():
            bare = rate(plain, Signatures.ACCEPTED)
        usual, required = rate(plain, Signatures.ACCEPTED), rate(signed, Signatures.REQUIRED)
        ratios.append((usual / bare, required / bare))
        print(
            f"round {number}: without digests {bare:,.0f} readings/s, with {usual:,.0f}, signed too {required:,.0f}; "
            f"ratios {usual / bare:.2f} and {required / bare:.2f}"
        )
    print("median ratios", *(f"{median(column):.2f}" for column in zip(*ratios, strict=True)))
    began = time.process_time()
    for payload in signed:
        found = opened(payload)
        assert found is not None
        assert verified(PUBLIC, *found)
    micros = (time.process_time() - began) / len(signed) * 1e6
    print(f"a signature over {len(signed[0])} bytes is checked in {micros:.0f} us")


if __name__ == "__main__":
    main()
