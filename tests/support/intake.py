"""A centre in one process for tests of the intake: a store, a pipeline, one fridge, and batches for it."""

import random
from collections.abc import Sequence

import msgspec
from support.histories import cn_rbc_toml

from coldchain.facts import ClockState, DeviceEvent, EventKind, Fact, Quality, Sample
from coldchain.places import Contact, Gateway, Place, Probe, ProbeRole, Reader, Text
from coldchain.ports import Store
from coldchain.units import BindTag, Exposure, Finding, FindingStatus, PersonFact, PlaceUnit, RegisterUnit, Unit
from coldchain.wire import Ack, encode, up_of
from ingest.batches import Message
from ingest.counters import Counters
from ingest.pipeline import Pipeline
from ingest.setup import Setup
from rules.profile import profile_record

SITE, GATEWAY, PLACE = "storage-1", "gw-1", "fridge-1"
EPOCH, BOOT = "e1", "b1"
HOUR = 3_600_000
START = 1_700_000_000_000 // HOUR * HOUR
END = START + 26 * HOUR


def setup() -> list[Setup]:
    """Return what is configured for one fridge."""
    name = Text(zh="储血冰箱 1", en="Blood fridge 1")
    return [
        profile_record(cn_rbc_toml()),
        Gateway(id=GATEWAY, site=SITE),
        Place(id=PLACE, site=SITE, name=name, profile="cn-rbc", profile_version=1),
        Probe(id="fridge-1-load", place=PLACE, gateway=GATEWAY, role=ProbeRole.LOAD),
        Probe(id="fridge-1-air", place=PLACE, gateway=GATEWAY, role=ProbeRole.AIR),
        Reader(id="fridge-1-reader", place=PLACE, gateway=GATEWAY),
        Contact(id="fridge-1-door", place=PLACE, gateway=GATEWAY),
    ]


def pipeline_on(store: Store, now_ms: int = END) -> Pipeline:
    """Return a pipeline with the fridge set up."""
    pipeline = Pipeline(store, Counters())
    pipeline.set_up(setup(), now_ms)
    return pipeline


def unit(name: str, number: str) -> Unit:
    """Return a bag of red cells."""
    return Unit(
        id=name,
        issuer="station-1",
        scheme="local",
        donation_number=number,
        product_code="P0065V00",
        division="00",
        component="悬浮红细胞 2U",
        blood_group="O+",
        profile="cn-rbc",
        profile_version=1,
    )


def epc(number: int) -> str:
    """Return the EPC of a bag."""
    return f"35{number:022X}"


def people() -> list[PersonFact]:
    """Return what people enter: three bags with tags, one of them also by word, one by word only."""
    facts: list[PersonFact] = []
    for number in range(1, 5):
        facts.append(RegisterUnit(unit=unit(f"u-{number}", f"016072602978{number}"), actor="tech"))
        facts.append(BindTag(epc=epc(number), unit=f"u-{number}", from_ms=START, actor="tech"))
    facts.append(PlaceUnit(unit="u-2", place=PLACE, at_ms=START + HOUR, actor="tech"))
    facts.append(PlaceUnit(unit="u-4", place=PLACE, at_ms=START + HOUR, actor="tech"))
    return facts


def send(
    pipeline: Pipeline,
    facts: Sequence[Fact],
    *,
    mark_ms: int | None = None,
    sent_ms: int = END,
    gateway: str = GATEWAY,
) -> list[Ack]:
    """Send facts as one batch, received when it was sent."""
    return pipeline.process([message(facts, mark_ms=mark_ms, sent_ms=sent_ms, gateway=gateway)], sent_ms)


def message(
    facts: Sequence[Fact],
    *,
    mark_ms: int | None = None,
    sent_ms: int = END,
    received_ms: int | None = None,
    clock: ClockState = ClockState.TRUSTED,
    sent_boottime_ms: int | None = None,
    gateway: str = GATEWAY,
) -> Message:
    """Return the message for a batch."""
    seqs = [fact.seq for fact in facts] or [1, 0]
    up = up_of(
        sorted(facts, key=lambda fact: fact.seq),
        gateway=gateway,
        epoch=EPOCH,
        first_seq=seqs[0] if not facts else min(seqs),
        last_seq=seqs[1] if not facts else max(seqs),
        boot=BOOT,
        sent_ms=sent_ms,
        sent_boottime_ms=sent_boottime_ms,
        clock=clock,
        oldest_unsent_taken_ms=mark_ms,
    )
    received_ms = sent_ms if received_ms is None else received_ms
    return Message(site=SITE, gateway=gateway, payload=encode(up), received_ms=received_ms)


def sample(
    seq: int, taken_ms: int, micro_celsius: int | None, origin: str = "fridge-1-load", boottime_ms: int = 1
) -> Sample:
    """Return a sample; None is a failed sensor."""
    return Sample(
        seq=seq,
        origin=origin,
        taken_ms=taken_ms,
        boottime_ms=boottime_ms,
        micro_celsius=micro_celsius,
        quality=Quality.NO_SENSOR if micro_celsius is None else Quality.GOOD,
    )


def presence(seq: int, kind: EventKind, number: int, earliest_ms: int | None, latest_ms: int) -> DeviceEvent:
    """Return a presence event of the fridge's reader."""
    return DeviceEvent(
        seq=seq,
        origin="fridge-1-reader",
        taken_ms=latest_ms + 15_000,
        boottime_ms=1,
        kind=kind,
        earliest_ms=earliest_ms,
        latest_ms=latest_ms,
        epc=epc(number),
    )


def a_day(seed: int, step_ms: int = 120_000) -> list[Fact]:
    """Return a seeded day: calm stretches, excursions both ways, faults, gaps, door moves of three bags."""
    chance = random.Random(seed)
    facts: list[Fact] = []
    for probe in ("fridge-1-load", "fridge-1-air"):
        now = START
        while now < END:
            value: int | None
            kind = chance.choice(["calm", "calm", "calm", "warm", "cold", "hot", "fault", "gap", "edge"])
            for _ in range(chance.randint(1, 40)):
                value = {"calm": 4_000_000, "warm": 6_600_000, "cold": 1_700_000, "hot": 10_200_000}.get(kind)
                if value is not None:
                    value += chance.randrange(-3, 4) * 100_000
                elif kind == "edge":
                    value = chance.choice([5_900_000, 6_000_000, 6_100_000])
                if kind != "gap":
                    facts.append(sample(0, now, value, probe))
                now += step_ms + chance.randrange(1_000)
            if kind == "gap":
                now += chance.choice([0, 5 * HOUR])
    moves = [(1, EventKind.ARRIVED, None, 0.2), (2, EventKind.ARRIVED, 1.0, 1.1), (3, EventKind.ARRIVED, 9.0, 9.1)]
    moves += [(1, EventKind.LEFT, 12.0, 12.1), (3, EventKind.UNCERTAIN, 14.0, 14.1), (2, EventKind.UNSEEN, 15.0, 15.5)]
    moves += [
        (2, EventKind.SEEN_AGAIN, 15.0, 17.0),
        (3, EventKind.LEFT, 19.0, 19.1),
        (1, EventKind.ARRIVED, 20.0, 20.1),
    ]
    moves += [(1, EventKind.LEFT, 22.0, 22.1), (1, EventKind.SEEN_AGAIN, 22.1, 23.0)]
    for number, what, low, high in moves:
        earliest = None if low is None else START + round(low * HOUR)
        facts.append(presence(0, what, number, earliest, START + round(high * HOUR)))
    facts.sort(key=lambda fact: fact.taken_ms)
    return [msgspec.structs.replace(fact, seq=number) for number, fact in enumerate(facts, 1)]


def verdicts(store: Store) -> tuple[list[Finding], list[Exposure]]:
    """Return findings and exposures as they are compared: without identity and version, withdrawn ones left out."""
    with store.reading() as session:
        findings = [f for f in session.records.findings() if f.status is not FindingStatus.WITHDRAWN]
        exposures = [
            msgspec.structs.replace(e, finding=f"{f.probe} {f.kind} {f.start_ms}")
            for f in findings
            for e in session.records.exposures_of_finding(f.id)
            if not e.withdrawn
        ]
    plain = [msgspec.structs.replace(f, id="", version=0) for f in findings]
    return sorted(plain, key=repr), sorted(exposures, key=repr)


def stored(store: Store) -> int:
    with store.reading() as session:
        return session.readings.counts().samples


def waiting(store: Store) -> list[str]:
    with store.reading() as session:
        return [item.reason for item in session.books.quarantined()]


def raw(payload: bytes, gateway: str = GATEWAY, site: str = SITE) -> Message:
    return Message(site=site, gateway=gateway, payload=payload, received_ms=END)
