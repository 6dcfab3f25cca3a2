"""A storage point for tests of the intake: two fridges, a freezer, an agitator, the site's mains, a courier's box."""

from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Final

import msgspec
from support.intake import BOOT, END, EPOCH, SITE, START, epc, unit

import rules
from coldchain.facts import ClockState, DeviceEvent, EventKind, Fact
from coldchain.places import Contact, ContactKind, Gateway, Place, PlaceKind, Probe, ProbeRole, Reader, Text
from coldchain.ports import Store
from coldchain.units import BindTag, PersonFact, RegisterUnit
from coldchain.wire import Ack, encode, up_of
from ingest.batches import Message
from ingest.counters import Counters
from ingest.pipeline import Pipeline
from ingest.setup import Setup
from rules.profile import profile_record

POINT, BOX = "gw-1", "box-1"  # gateways; the box's own place has its name
PROFILES: Final = Path(rules.__file__).parent / "profiles"
PLACES: Final = {
    "fridge-1": (PlaceKind.FRIDGE, "cn-rbc", 2),
    "fridge-2": (PlaceKind.FRIDGE, "cn-rbc", 2),
    "freezer-1": (PlaceKind.FREEZER, "cn-ffp", 1),
    "platelet-1": (PlaceKind.AGITATOR, "cn-plt", 1),
    BOX: (PlaceKind.BOX, "cn-rbc", 2),
}
CONTACTS: Final = {
    "fridge-1-door": ("fridge-1", ContactKind.DOOR),
    "fridge-2-door": ("fridge-2", ContactKind.DOOR),
    "freezer-1-door": ("freezer-1", ContactKind.DOOR),
    "freezer-1-defrost": ("freezer-1", ContactKind.DEFROST),
    "platelet-1-door": ("platelet-1", ContactKind.DOOR),
    "platelet-1-motion": ("platelet-1", ContactKind.MOTION),
    "site-mains": ("", ContactKind.MAINS),
    "site-ups": ("", ContactKind.UPS),
    "box-1-lid": (BOX, ContactKind.LID),
}


def storage_point(places: Collection[str] = PLACES) -> list[Setup]:
    """Return what is configured for the storage point, or for some places of it."""
    things: list[Setup] = [profile_record(path.read_bytes()) for path in sorted(PROFILES.glob("*.toml"))]
    things += [Gateway(id=name, site=SITE) for name in (POINT, BOX)]
    for name, (place_kind, profile, version) in PLACES.items():
        if name not in places:
            continue
        text = Text(zh=f"设备 {name}", en=f"Place {name}")
        things.append(Place(id=name, site=SITE, name=text, profile=profile, profile_version=version, kind=place_kind))
        gateway = BOX if name == BOX else POINT
        things += [Probe(id=f"{name}-{role}", place=name, gateway=gateway, role=role) for role in ProbeRole]
        if place_kind is PlaceKind.FRIDGE:
            things.append(Reader(id=f"{name}-reader", place=name, gateway=POINT))
    for name, (place, kind) in CONTACTS.items():
        if place in places or not place:
            things.append(Contact(id=name, place=place, gateway=BOX if place == BOX else POINT, kind=kind))
    return things


def point_on(store: Store, places: Collection[str] = PLACES) -> Pipeline:
    """Return a pipeline with the storage point, or some places of it, set up at START."""
    pipeline = Pipeline(store, Counters())
    pipeline.set_up(storage_point(places), START)
    return pipeline


def bags(count: int, first: int = 1) -> list[PersonFact]:
    """Return what makes bags u-1, u-2, ... and their tags known."""
    facts: list[PersonFact] = []
    for number in range(first, first + count):
        facts.append(RegisterUnit(unit=unit(f"u-{number}", f"01607260{number:05}"), actor="tech"))
        facts.append(BindTag(epc=epc(number), unit=f"u-{number}", from_ms=START, actor="tech"))
    return facts


def said(seq: int, origin: str, kind: EventKind, at_ms: int, **details: int) -> DeviceEvent:
    """Return an event of a contact or of a box itself."""
    return DeviceEvent(
        seq=seq, origin=origin, taken_ms=at_ms, boottime_ms=at_ms - START + 1_000, kind=kind, details=dict(details)
    )


def batch(
    gateway: str,
    facts: Sequence[Fact],
    *,
    mark_ms: int | None = None,
    sent_ms: int = END,
    first_seq: int | None = None,
) -> Message:
    """Return the message for a batch of one of the gateways, received when it was sent.

    `first_seq`: of an empty batch, the number that comes next.
    """
    seqs = [fact.seq for fact in facts]
    first = min(seqs) if seqs else (first_seq or 1)
    up = up_of(
        sorted(facts, key=lambda fact: fact.seq),
        gateway=gateway,
        epoch=EPOCH,
        first_seq=first,
        last_seq=max(seqs) if seqs else first - 1,
        boot=BOOT,
        sent_ms=sent_ms,
        clock=ClockState.TRUSTED,
        oldest_unsent_taken_ms=mark_ms,
    )
    return Message(site=SITE, gateway=gateway, payload=encode(up), received_ms=sent_ms)


def deliver(
    pipeline: Pipeline, gateway: str, facts: Sequence[Fact], *, mark_ms: int | None = None, sent_ms: int = END
) -> list[Ack]:
    """Let a gateway's batch arrive at sent_ms."""
    return pipeline.process([batch(gateway, facts, mark_ms=mark_ms, sent_ms=sent_ms)], sent_ms)


def numbered(facts: Sequence[Fact]) -> list[Fact]:
    """Return facts in order of time with their numbers, as one gateway spools them."""
    in_time = sorted(facts, key=lambda fact: (fact.taken_ms, fact.origin))
    return [msgspec.structs.replace(fact, seq=number) for number, fact in enumerate(in_time, 1)]
