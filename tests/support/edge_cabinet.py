"""A fridge with its gateway on a hand clock: two lines in memory and a spool in memory."""

from collections.abc import Iterator
from contextlib import contextmanager

from support.fake_ports import FakeBus, FakePorts, FakeReader
from support.hand_clock import HandClock
from support.memory_spool import MemorySpool

from coldchain.facts import PRESENCE_KINDS, EventKind
from coldchain.wire import decode_up, encode, facts_of, up_of
from gateway.counters import Counters
from gateway.edge import TICK_MAX_MS, Edge
from gateway.plan import BusPlan, ContactPlan, EdgePlan, ReaderPlan, TemperaturePlan, door_and_mains

BAG, OTHER = "30751FEB705C5904E3D50D70", "E20010710000529B0940B402"
LOAD, AIR, DOOR, MAINS, READER = "fridge-1-load", "fridge-1-air", "fridge-1-door", "fridge-1-mains", "fridge-1-reader"
PLAN = EdgePlan(
    gateway="gw-1",
    buses=(
        BusPlan(
            port="bus",
            temperature=(TemperaturePlan(slave=1, channels={0: LOAD, 1: AIR}, poll_ms=20_000),),
            contacts=(ContactPlan(slave=2, poll_ms=1_000, inputs=door_and_mains(DOOR, MAINS)),),
        ),
    ),
    readers=(ReaderPlan(id=READER, port="reader", door=DOOR),),
)
SECOND, MINUTE = 1_000, 60_000


class Cabinet:
    """A fridge with its gateway; `restart` is a SIGKILL: what was not in the spool is gone."""

    def __init__(self, clock: HandClock | None = None, reader: FakeReader | None = None) -> None:
        self.clock = clock or HandClock()
        self.spool = MemorySpool()
        self.counters = Counters()
        self.bus = FakeBus(self.clock)
        self.reader = reader or FakeReader(self.clock)
        self.ports = FakePorts()
        self.ports.ports = {"bus": self.bus.port, "reader": self.reader.port}
        self.restart()

    def restart(self) -> None:
        self.edge = Edge(PLAN, self.clock, self.spool, self.ports.open, self.counters)

    def run(self, ms: int) -> None:
        end_ms = self.clock.boottime_ms() + ms
        while self.clock.boottime_ms() < end_ms:
            wait_ms = self.edge.tick()
            assert 0 <= wait_ms <= TICK_MAX_MS
            self.clock.wait(max(1, min(wait_ms, end_ms - self.clock.boottime_ms())))

    def open_for(self, ms: int) -> None:
        self.bus.door_open = True
        self.run(ms)
        self.bus.door_open = False

    def said(self, *kinds: EventKind) -> list[tuple[EventKind, str | None]]:
        return [(event.kind, event.epc) for event in self.spool.events(*(kinds or PRESENCE_KINDS))]


@contextmanager
def living() -> Iterator[Cabinet]:
    """A cabinet with BAG inside, one minute after the first start; whatever it says must go over the wire."""
    cabinet = Cabinet()
    cabinet.reader.inside = {BAG}
    cabinet.run(MINUTE)
    yield cabinet
    facts = cabinet.spool.facts[-400:]
    head = {"gateway": "gw-1", "epoch": "e1", "boot": "b1", "sent_ms": cabinet.clock.now_ms(), "clock": "trusted"}
    up = decode_up(encode(up_of(facts, first_seq=facts[0].seq, last_seq=facts[-1].seq, **head)))
    assert facts_of(up) == facts  # type: ignore[arg-type]
    cabinet.edge.close()
    assert cabinet.bus.port.closed
