"""Two probes that differ while a door explains it: no fault of a sensor, whichever of the two came first."""

import random
from pathlib import Path
from typing import Any

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st
from support.intake import GATEWAY, PLACE, START, sample, send, setup
from support.memory_store import MemoryStore

from coldchain.facts import DeviceEvent, EventKind, Fact
from coldchain.places import Contact, ContactKind, Place, Probe
from coldchain.units import FindingStatus
from ingest.counters import Counters
from ingest.pipeline import Pipeline
from rules.profile import profile_record

MINUTE = 60_000
LOAD, AIR, DOOR = "fridge-1-load", "fridge-1-air", "fridge-1-door"
TOML = Path("rules/profiles/cn-rbc-3.toml").read_bytes()
OPENED, WARM_FROM, WARM_TO, MINUTES = 55, 60, 100, 300


def centre(store: MemoryStore) -> Pipeline:
    pipeline = Pipeline(store, Counters())
    things: list[Any] = [profile_record(TOML)]
    for one in setup()[1:]:
        match one:
            case Place():
                things.append(msgspec.structs.replace(one, profile_version=3))
            case Probe():
                things.append(msgspec.structs.replace(one, since_ms=START))
            case Contact():
                things.append(msgspec.structs.replace(one, kind=ContactKind.DOOR))
            case _:
                things.append(one)
    pipeline.set_up(things, START)
    return pipeline


def word(seq: int, kind: EventKind, minute: int) -> DeviceEvent:
    at_ms = START + minute * MINUTE
    return DeviceEvent(seq=seq, origin=DOOR, taken_ms=at_ms, boottime_ms=minute * MINUTE + 1, kind=kind)


def facts(closed: int) -> list[Fact]:
    """Return five hours in which the air is three degrees warmer for forty minutes, and a door that was open."""
    seqs = iter(range(1, 10_000))
    found: list[Fact] = []
    for minute in range(0, MINUTES, 2):
        at_ms, wavers = START + minute * MINUTE, minute % 4 * 50_000
        warmer = 3_000_000 if WARM_FROM <= minute < WARM_TO else 0
        found.append(sample(next(seqs), at_ms, 4_000_000 + wavers, LOAD))
        found.append(sample(next(seqs), at_ms, 4_000_000 + wavers + warmer, AIR))
    found.append(word(next(seqs), EventKind.DOOR_OPENED, OPENED))
    found.append(word(next(seqs), EventKind.DOOR_CLOSED, closed))
    return found


def lived(batches: list[list[Fact]]) -> list[tuple[str, int, int | None]]:
    store = MemoryStore()
    pipeline = centre(store)
    for batch in batches:
        send(pipeline, batch, gateway=GATEWAY)
    with store.reading() as session:
        found = session.records.findings(place=PLACE)
    return sorted(
        (one.detail, one.start_ms, one.end_ms)
        for one in found
        if one.detail.startswith("siblings") and one.status is not FindingStatus.WITHDRAWN
    )


def test_a_door_that_was_open_explains_that_the_air_was_warmer_than_the_load() -> None:
    assert lived([facts(closed=92)]) == []
    (found,) = lived([facts(closed=57)])
    assert found[1:] == (START + WARM_FROM * MINUTE, START + WARM_TO * MINUTE), "it was shut before the air got warm"


def test_the_words_of_a_door_that_come_hours_late_take_the_finding_back() -> None:
    *readings, opened, closed = facts(closed=92)
    assert len(lived([readings])) == 1
    assert lived([readings, [opened, closed]]) == []
    assert lived([readings, [closed], [opened]]) == []


@settings(max_examples=25)
@given(st.sampled_from([57, 80, 92]), st.integers(0, 10**9))
def test_any_order_of_doors_and_temperatures_says_the_same(closed: int, seed: int) -> None:
    chance = random.Random(seed)
    *readings, opened, shut = facts(closed)
    size = chance.choice([30, 70, 150])
    batches: list[list[Fact]] = [[opened], [shut], *(readings[at : at + size] for at in range(0, 300, size))]
    chance.shuffle(batches)
    assert lived(batches) == lived([facts(closed)])
