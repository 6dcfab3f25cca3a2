"""Two fridges side by side, each with a gateway, a reader and a door, whose readers may hear each other's bags."""

import random
from dataclasses import replace

from support.intake import END, SITE, START, epc, message, setup, unit

from coldchain.facts import DeviceEvent, EventKind, Fact, TagSummary
from coldchain.places import Contact, Gateway, Place, Probe, ProbeRole, Reader, Text
from coldchain.ports import Store
from coldchain.units import BindTag, RegisterUnit
from ingest.counters import Counters
from ingest.pipeline import Pipeline
from ingest.setup import Setup

MINUTE = 60_000
CYCLE_MS = 1_500
FRIDGES = ("fridge-1", "fridge-2")
Batches = list[tuple[str, list[Fact]]]


def two_fridges(store: Store, bags: int = 2) -> Pipeline:
    """Return a pipeline with both fridges and some tagged bags."""
    pipeline = Pipeline(store, Counters())
    name = Text(zh="储血冰箱 2", en="Blood fridge 2")
    second: list[Setup] = [
        Gateway(id="gw-2", site=SITE),
        Place(id="fridge-2", site=SITE, name=name, profile="cn-rbc", profile_version=1),
        Probe(id="fridge-2-load", place="fridge-2", gateway="gw-2", role=ProbeRole.LOAD),
        Reader(id="fridge-2-reader", place="fridge-2", gateway="gw-2"),
        Contact(id="fridge-2-door", place="fridge-2", gateway="gw-2"),
    ]
    pipeline.set_up([*setup(), *second], END)
    for number in range(1, bags + 1):
        pipeline.record(RegisterUnit(unit=unit(f"u-{number}", f"01607260{number:05d}"), actor="tech"), END)
        pipeline.record(BindTag(epc=epc(number), unit=f"u-{number}", from_ms=START, actor="tech"), END)
    return pipeline


class Field:
    """What both readers say, collected by gateway with the numbers of its spool."""

    def __init__(self) -> None:
        self.facts: dict[str, list[Fact]] = {"gw-1": [], "gw-2": []}

    def cycles(self, fridge: int, from_ms: int, seen: int, of: int, rssi_dbm: int, rssi: str = "") -> None:
        """Let a reader run cycles one after the other; it hears the bag in the first `seen` of them."""
        for cycle in range(of):
            end_ms = from_ms + (cycle + 1) * CYCLE_MS
            if cycle < seen:
                self._add(
                    fridge,
                    TagSummary(
                        seq=self._seq(fridge),
                        origin=f"fridge-{fridge}-reader",
                        taken_ms=end_ms,
                        boottime_ms=1,
                        epc=epc(1),
                        antenna=1,
                        count=2,
                        best_rssi_dbm=rssi_dbm,
                        first_ms=end_ms - CYCLE_MS,
                        last_ms=end_ms,
                    ),
                )
            self._event(
                fridge,
                EventKind.INVENTORY,
                end_ms - CYCLE_MS,
                end_ms,
                None,
                {"tags": int(cycle < seen), **({"rssi": rssi} if rssi else {})},
            )

    def says(self, fridge: int, kind: EventKind, earliest_ms: int, latest_ms: int, number: int = 1) -> None:
        """Let presence behind a reader say something of a bag."""
        self._event(fridge, kind, earliest_ms, latest_ms, epc(number))

    def batches(self, dice: random.Random | None = None) -> Batches:
        """Return all of it cut into batches, of one gateway after the other, or with dice in any order and size."""
        if dice is None:
            return [(gateway, facts) for gateway, facts in self.facts.items() if facts]
        found: Batches = []
        for gateway, facts in self.facts.items():
            rest = list(facts)
            while rest:
                size = dice.choice([1, 3, 10, 40])
                found.append((gateway, rest[:size]))
                rest = rest[size:]
        dice.shuffle(found)
        return found + dice.sample(found, k=min(3, len(found)))

    def _event(
        self,
        fridge: int,
        kind: EventKind,
        earliest_ms: int,
        latest_ms: int,
        tag: str | None = None,
        details: dict[str, int | str] | None = None,
    ) -> None:
        self._add(
            fridge,
            DeviceEvent(
                seq=self._seq(fridge),
                origin=f"fridge-{fridge}-reader",
                taken_ms=latest_ms,
                boottime_ms=1,
                kind=kind,
                earliest_ms=earliest_ms,
                latest_ms=latest_ms,
                epc=tag,
                details=details or {},
            ),
        )

    def _seq(self, fridge: int) -> int:
        return len(self.facts[f"gw-{fridge}"]) + 1

    def _add(self, fridge: int, fact: Fact) -> None:
        self.facts[f"gw-{fridge}"].append(fact)


def delivered(pipeline: Pipeline, batches: Batches, site: str = SITE) -> None:
    """Send batches in this order."""
    for gateway, facts in batches:
        sent = replace(message(facts, gateway=gateway), site=site)
        pipeline.process([sent], sent.received_ms)


def stays(store: Store, name: str = "u-1") -> list[tuple[str, int, int | None]]:
    """Return where a unit was, from when and until when possibly, by time: numbers tell which was known first."""
    with store.reading() as session:
        found = [one for one in session.records.stays_of_unit(name) if not one.withdrawn]
    found.sort(key=lambda one: (one.possible_from_ms, one.place))
    return [(one.place, one.possible_from_ms, one.possible_to_ms) for one in found]
