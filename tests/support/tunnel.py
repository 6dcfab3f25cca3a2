"""A centre with a tunnel reader, and a crate of tagged bags that goes past it."""

from support.intake import GATEWAY, PLACE, START, send, setup, unit

from coldchain.facts import DeviceEvent, EventKind, Fact, TagSummary
from coldchain.places import Reader, ReaderPurpose
from coldchain.ports import Store
from coldchain.units import BindTag, ReceiveCrate, RegisterUnit
from firmware_sim.tag_field import TagField, epcs
from ingest.counters import Counters
from ingest.pipeline import Pipeline

TUNNEL = "tunnel-1"
PASS_MS = START + 25 * 3_600_000
CYCLE_MS = 1_000


def tunnel_centre(store: Store, units: int, now_ms: int) -> Pipeline:
    """Return a pipeline with a tunnel beside the fridge and this many tagged units."""
    pipeline = Pipeline(store, Counters())
    pipeline.set_up(
        [*setup(), Reader(id=TUNNEL, place=PLACE, gateway=GATEWAY, purpose=ReaderPurpose.TUNNEL)],
        now_ms,
    )
    for number, epc in enumerate(epcs(0, units)):
        pipeline.record(RegisterUnit(unit=unit(f"u-{number}", f"01607260{number:05d}"), actor="tech"), now_ms)
        pipeline.record(BindTag(epc=epc, unit=f"u-{number}", from_ms=START, actor="tech"), now_ms)
    return pipeline


def past(crate: TagField, cycles: int, first_seq: int = 1, start_ms: int = PASS_MS) -> list[Fact]:
    """Return what the tunnel says of a crate: its summaries and the end of each cycle."""
    facts: list[Fact] = []
    for cycle in range(cycles):
        end_ms = start_ms + (cycle + 1) * CYCLE_MS
        for read in crate.cycle():
            facts.append(
                TagSummary(
                    seq=first_seq + len(facts),
                    origin=TUNNEL,
                    taken_ms=end_ms,
                    boottime_ms=1,
                    epc=read.epc,
                    antenna=read.antenna,
                    count=read.count,
                    best_rssi_dbm=read.rssi_dbm,
                    first_ms=end_ms - CYCLE_MS,
                    last_ms=end_ms,
                )
            )
        facts.append(
            DeviceEvent(
                seq=first_seq + len(facts),
                origin=TUNNEL,
                taken_ms=end_ms,
                boottime_ms=1,
                kind=EventKind.INVENTORY,
                earliest_ms=end_ms - CYCLE_MS,
                latest_ms=end_ms,
                details={"rounds": 1, "reads": 1, "tags": 1, "rejected": 0},
            )
        )
    return facts


def sent(pipeline: Pipeline, facts: list[Fact], portion: int = 400) -> None:
    """Send facts in batches, in their order."""
    for at in range(0, len(facts), portion):
        send(pipeline, facts[at : at + portion])


def crate_of(bags: int, *, rate: float = 0.8, seed: str = "crate", first: int = 0) -> TagField:
    """Return a crate with this many bags in it, from the first-th unit on."""
    crate = TagField(seed=seed, rate=rate, bags=epcs(first, bags))
    for epc in crate.bags:
        crate.put_in(epc, PASS_MS)
    return crate


def receive(units: int, cycles: int, receipt: str = "r-1") -> ReceiveCrate:
    """Return that the crate is received against a dispatch list of the first so many units."""
    return ReceiveCrate(
        receipt=receipt,
        reader=TUNNEL,
        place=PLACE,
        manifest="",
        units=tuple(f"u-{number}" for number in range(units)),
        from_ms=PASS_MS,
        to_ms=PASS_MS + (cycles + 1) * CYCLE_MS,
        actor="tech",
    )
