"""Crossed probes in the record: told once at both places, and taken back when somebody looks at the probes."""

from collections.abc import Sequence

import pytest
from msgspec.structs import replace
from support.intake import BOOT, GATEWAY, HOUR, SITE, setup
from support.memory_store import MemoryStore

from coldchain.facts import ClockState, DeviceEvent, EventKind, Fact, Sample
from coldchain.places import Contact, ContactKind, Place, Probe, ProbeRole, Text
from coldchain.wire import encode, up_of
from ingest.batches import Message
from ingest.counters import Counters
from ingest.pipeline import Pipeline
from ingest.setup import Setup

MINUTE = 60_000
START = 1_700_000_000_000 // HOUR * HOUR
OPENED = [START + n * 50 * MINUTE for n in range(1, 12)]
NOW = START + 11 * HOUR


@pytest.fixture
def crossed(store: MemoryStore) -> Pipeline:
    """Fridge 1 is opened every 50 min, and it is fridge 2's air probe that jumps."""
    pipeline = Pipeline(store, Counters())
    known = [thing for thing in setup() if not isinstance(thing, Contact)]
    first = next(thing for thing in known if isinstance(thing, Place))
    doors = [
        Contact(id=f"fridge-{n}-door", place=f"fridge-{n}", gateway=GATEWAY, kind=ContactKind.DOOR) for n in (1, 2)
    ]
    second: list[Setup] = [
        replace(first, id="fridge-2", name=Text(zh="储血冰箱 2", en="Blood fridge 2")),
        Probe(id="fridge-2-air", place="fridge-2", gateway=GATEWAY, role=ProbeRole.AIR),
    ]
    pipeline.set_up([*known, *second, *doors], START)
    facts: list[Fact] = []
    for at_ms in range(START, NOW, 30_000):
        since = min((at_ms - opened for opened in OPENED if opened <= at_ms), default=HOUR)
        jumped = 3_000_000 if since < 3 * MINUTE else 0
        facts += [reading("fridge-1-air", at_ms, 4_000_000), reading("fridge-2-air", at_ms, 4_000_000 + jumped)]
    facts += [opening(at_ms) for at_ms in OPENED]
    facts.sort(key=lambda fact: fact.taken_ms)
    deliver(pipeline, [replace(fact, seq=number) for number, fact in enumerate(facts, 1)])
    return pipeline


def reading(probe: str, at_ms: int, micro_celsius: int) -> Sample:
    return Sample(seq=0, origin=probe, taken_ms=at_ms, boottime_ms=1, micro_celsius=micro_celsius)


def opening(at_ms: int) -> DeviceEvent:
    return DeviceEvent(seq=0, origin="fridge-1-door", taken_ms=at_ms, boottime_ms=1, kind=EventKind.DOOR_OPENED)


def deliver(pipeline: Pipeline, facts: Sequence[Fact]) -> None:
    for start in range(0, len(facts), 400):
        part = facts[start : start + 400]
        up = up_of(
            part,
            gateway=GATEWAY,
            epoch="e1",
            first_seq=part[0].seq,
            last_seq=part[-1].seq,
            boot=BOOT,
            sent_ms=NOW,
            sent_boottime_ms=None,
            clock=ClockState.TRUSTED,
            oldest_unsent_taken_ms=None,
        )
        message = Message(site=SITE, gateway=GATEWAY, payload=encode(up), received_ms=NOW)
        pipeline.process([message], NOW)


def test_crossed_probes_are_told_once_at_both_places(crossed: Pipeline, store: MemoryStore) -> None:
    assert crossed.watch_crossed(NOW) == 1
    assert crossed.watch_crossed(NOW + MINUTE) == 0, "only now and then"
    assert crossed.watch_crossed(NOW + HOUR) == 0, "it is told already"
    with store.reading() as session:
        (one,) = session.records.crossings_of("fridge-2")
        assert session.records.crossings_of("fridge-1") == (one,)
    assert (one.place, one.other, one.openings) == ("fridge-1", "fridge-2", 11)
    assert one.coincidences >= 10


def test_it_is_taken_back_when_somebody_changes_where_the_probes_hang(crossed: Pipeline, store: MemoryStore) -> None:
    assert crossed.watch_crossed(NOW) == 1
    with store.reading() as session:
        probe = next(one for one in session.records.probes() if one.id == "fridge-2-air")
    for serial in ("s-1", "s-2"):
        crossed.set_up([replace(probe, serial=serial)], NOW + MINUTE, commissioning=True)
    assert crossed.watch_crossed(NOW + HOUR) == 1
    with store.reading() as session:
        assert session.records.crossings_of("fridge-1") == ()
    assert crossed.watch_crossed(NOW + 2 * HOUR) == 0, "what was before speaks of other probes"
