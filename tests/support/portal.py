"""A centre with a portal, and a box of bags that goes through it."""

from support.intake import GATEWAY, PLACE, START, setup, unit
from support.tunnel import PASS_MS

from coldchain.facts import DeviceEvent, EventKind, Fact, TagSummary
from coldchain.places import Reader, ReaderPurpose
from coldchain.ports import Store
from coldchain.units import BindTag, ReceiveCrate, RegisterUnit
from firmware_sim.tag_field import epcs
from ingest.counters import Counters
from ingest.pipeline import Pipeline

PORTAL = "portal-1"
OUTER, INNER = 1, 3
UNITS = 20
HALF_MS = 200  # a portal's cycle is far shorter than what its two sides must lie apart


def portal_centre(store: Store, now_ms: int) -> Pipeline:
    """Return a pipeline with a portal before the fridge's room and twenty tagged units."""
    pipeline = Pipeline(store, Counters())
    portal = Reader(
        id=PORTAL, place=PLACE, gateway=GATEWAY, purpose=ReaderPurpose.PORTAL, outer=(OUTER, 2), inner=(INNER, 4)
    )
    pipeline.set_up([*setup(), portal], now_ms)
    for number, epc in enumerate(epcs(0, UNITS)):
        pipeline.record(RegisterUnit(unit=unit(f"u-{number}", f"01607260{number:05d}"), actor="tech"), now_ms)
        pipeline.record(BindTag(epc=epc, unit=f"u-{number}", from_ms=START, actor="tech"), now_ms)
    return pipeline


def through(outer_ms: int, inner_ms: int, seen: int = 19, first_seq: int = 1) -> list[Fact]:
    """Return what the portal says of a box: both sides hear its tags around these times after PASS_MS."""
    facts: list[Fact] = []
    for antenna, at_ms in sorted(((OUTER, outer_ms), (INNER, inner_ms)), key=lambda one: one[1]):
        middle_ms = PASS_MS + at_ms
        for epc in epcs(0, seen):
            facts.append(
                TagSummary(
                    seq=first_seq + len(facts),
                    origin=PORTAL,
                    taken_ms=middle_ms + HALF_MS,
                    boottime_ms=1,
                    epc=epc,
                    antenna=antenna,
                    count=3,
                    best_rssi_dbm=-55,
                    first_ms=middle_ms - HALF_MS,
                    last_ms=middle_ms + HALF_MS,
                )
            )
        facts.append(
            DeviceEvent(
                seq=first_seq + len(facts),
                origin=PORTAL,
                taken_ms=middle_ms + HALF_MS,
                boottime_ms=1,
                kind=EventKind.INVENTORY,
                earliest_ms=middle_ms - HALF_MS,
                latest_ms=middle_ms + HALF_MS,
                details={"rounds": 1, "reads": 1, "tags": seen, "rejected": 0},
            )
        )
    return facts


def receive(receipt: str = "r-1") -> ReceiveCrate:
    """Return that the box is received against the list of all twenty units."""
    return ReceiveCrate(
        receipt=receipt,
        reader=PORTAL,
        place=PLACE,
        manifest="",
        units=tuple(f"u-{number}" for number in range(UNITS)),
        from_ms=PASS_MS,
        to_ms=PASS_MS + 10_000,
        actor="tech",
    )
