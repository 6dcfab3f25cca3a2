"""A fridge whose reader misses tags, on a gateway whose spool the centre of the acceptance cases takes."""

import random
from collections.abc import Iterator
from contextlib import contextmanager

from support.acceptance import House
from support.edge_cabinet import Cabinet
from support.fake_ports import FakeReader
from support.hand_clock import HandClock
from support.intake import START, epc

from coldchain.facts import EventKind
from gateway.decoders.bb7e import start_inventory

RATE = 0.65
MINUTE = 60_000


class MissingReader(FakeReader):
    """Hears a tag that is inside in a cycle with probability `rate`, and one of `hidden` never; seeded."""

    def __init__(self, clock: HandClock, rate: float, seed: int) -> None:
        super().__init__(clock)
        self.bags: set[str] = set()
        self.hidden: set[str] = set()
        self.cycles = 0
        self._rate = rate
        self._dice = random.Random(seed)

    def _answer(self, command: bytes) -> list[tuple[int, bytes]]:
        if command[:3] == start_inventory(1)[:3]:
            self.cycles += 1
            drawn = {one for one in sorted(self.bags) if self._dice.random() < self._rate}
            self.inside = drawn - self.hidden
        return super()._answer(command)


class ReadFridge:
    """fridge-1 with so many tagged bags before it, and the gateway that reads it; `tell` uploads what it accepted."""

    def __init__(self, house: House, bags: int, rate: float = RATE, seed: int = 1) -> None:
        self.house = house
        self.reader = MissingReader(house.clock, rate, seed)
        self.names = [f"bag-{number}" for number in range(1, bags + 1)]
        for number, name in enumerate(self.names, 1):
            house.register(name, number)
            house.post(f"/api/units/{name}/tags", {"epc": epc(number), "from_ms": START})
        self.cabinet = Cabinet(house.clock, self.reader)
        self._told = 0
        self.cabinet.run(2 * MINUTE)

    def put_in(self, *numbers: int, open_ms: int = 20_000) -> tuple[int, int]:
        """Open the door, put bags in and close it; return when it opened and closed."""
        return self._through_the_door(open_ms, {epc(number) for number in numbers}, set())

    def take_out(self, *numbers: int, open_ms: int = 20_000) -> tuple[int, int]:
        """Open the door, take bags out and close it; return when it opened and closed."""
        return self._through_the_door(open_ms, set(), {epc(number) for number in numbers})

    def _through_the_door(self, open_ms: int, came: set[str], went: set[str]) -> tuple[int, int]:
        opened_ms = self.house.clock.now_ms()
        self.cabinet.bus.door_open = True
        self.cabinet.run(open_ms // 2)
        self.reader.bags = (self.reader.bags | came) - went
        self.cabinet.run(open_ms - open_ms // 2)
        self.cabinet.bus.door_open = False
        return opened_ms, self.house.clock.now_ms()

    def run(self, ms: int) -> None:
        """Let time pass at the fridge, and upload what was accepted."""
        self.cabinet.run(ms)
        self.tell()

    def tell(self) -> None:
        """Upload what was accepted since the last time."""
        facts = self.cabinet.spool.facts[self._told :]
        for first in range(0, len(facts), 400):
            self.house.hear(facts[first : first + 400])
        self._told += len(facts)

    def said(self, *kinds: EventKind) -> list[tuple[EventKind, str | None]]:
        """Return what presence said so far: (kind, epc)."""
        return self.cabinet.said(*kinds)


@contextmanager
def read_fridge(house: House, bags: int, rate: float = RATE, seed: int = 1) -> Iterator[ReadFridge]:
    """A fridge that is closed in the end."""
    fridge = ReadFridge(house, bags, rate, seed)
    try:
        yield fridge
    finally:
        fridge.cabinet.edge.close()
