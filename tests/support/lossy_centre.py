"""A simulated broker and centre for the sender: messages get lost, doubled, reordered; lines are cut; all by order."""

from collections import Counter
from pathlib import Path
from typing import Final

from support.hand_clock import HandClock
from support.spools import MIB, T0_MS, sample, seqs

from coldchain.facts import ClockState, Fact, Gap, Sample
from coldchain.ranges import Range, above, add_numbers, add_range, contains, contiguous
from coldchain.wire import VERSION, Ack, Lane, Up, decode_up, encode, facts_of, payload_sha256
from gateway.sender import LANES_ROWS, Sender
from gateway.spool import Spool
from gateway.window import WINDOW

POISON: Final = 66_666_666  # a value that this centre does not take


class Centre:
    """Commits whole spans, of the live lane items only, remembers, acks; refuses poisoned batches, or all of them.

    As at the real one, an item under a number that is committed already counts for a duplicate and is not taken.
    """

    def __init__(self, gateway: str = "gw-1") -> None:
        self.gateway = gateway
        self.taken = 0  # facts that came, each time again
        self.lanes: Counter[Lane | None] = Counter()  # batches with items by lane
        self.facts: dict[tuple[str, int], Fact] = {}
        self.horizon_ms = 0
        self.refuses_all = False
        self.answers = True
        self.reads: list[str] = []  # later kinds of events that its acks name; [] as of an older centre
        self._ranges: dict[str, tuple[Range, ...]] = {}
        self._refused: dict[str, list[str]] = {}

    def take(self, payload: bytes) -> Ack:
        """Take one `up` payload and return the ack."""
        up = decode_up(payload)
        assert isinstance(up, Up), f"the gateway sent what its own format refuses: {up}"
        assert up.gateway == self.gateway
        facts = facts_of(up)
        self.taken += len(facts)
        self.lanes[up.lane] += bool(facts)
        if self.refuses_all or any(isinstance(fact, Sample) and fact.micro_celsius == POISON for fact in facts):
            self._refused.setdefault(up.epoch, []).insert(0, payload_sha256(payload))
            return self.ack(up.epoch)
        ranges = self._ranges.get(up.epoch, ())
        for fact in facts:
            if not contains(ranges, fact.seq):
                self.facts[up.epoch, fact.seq] = fact
            assert self.facts.get((up.epoch, fact.seq), fact) == fact, f"number {fact.seq} stands for two facts"
        if up.lane is Lane.LIVE:
            self._ranges[up.epoch] = add_numbers(ranges, [fact.seq for fact in facts])
        elif facts:
            self._ranges[up.epoch] = add_range(ranges, up.first_seq, up.last_seq)
        self.horizon_ms = max(self.horizon_ms, up.horizon_ms)
        return self.ack(up.epoch)

    def ack(self, epoch: str) -> Ack:
        """Say all that is committed of an epoch."""
        ranges = self._ranges.get(epoch, ())
        return Ack(
            v=VERSION,
            gateway=self.gateway,
            epoch=epoch,
            contiguous_seq=contiguous(ranges),
            ranges=list(above(ranges)),
            refused=self._refused.get(epoch, [])[:100],
            centre_ms=T0_MS,
            reads=self.reads,
        )


class World:
    """A gateway with a spool, a line that breaks, a broker that loses, and a centre."""

    def __init__(
        self, folder: Path, *, items_max: int = 4, heartbeat_ms: int = 15_000, lanes_rows: int = LANES_ROWS
    ) -> None:
        self.clock = HandClock(now_ms=T0_MS)
        self.centre = Centre()
        self.counters: Counter[str] = Counter()
        self.up: list[tuple[str, bytes]] = []
        self.acks: list[bytes] = []
        self.connected = False
        self.most_flights = 0
        self.accepted: set[int] = set()
        self._folder = folder
        self._items_max = items_max
        self._heartbeat_ms = heartbeat_ms
        self._lanes_rows = lanes_rows
        self._boots = 0
        self.start()

    def start(self) -> None:
        """A gateway process begins."""
        self._boots += 1
        self.spool = Spool.open(
            self._folder / "spool.db",
            bytes_max=4 * MIB,
            boot=f"boot-{self._boots}",
            clock_state=lambda: ClockState.TRUSTED,
        )
        self.sender = Sender(
            self.spool,
            self.clock,
            gateway="gw-1",
            publish=self._publish,
            items_max=self._items_max,
            heartbeat_ms=self._heartbeat_ms,
            counters=self.counters,
            lanes_rows=self._lanes_rows,
        )

    def restart(self) -> None:
        """The gateway process dies and another begins."""
        self.cut()
        self.spool.close()
        self.start()

    def connect(self) -> None:
        """The line stands."""
        if not self.connected:
            self.connected = True
            self.sender.connected()
            self._step()

    def cut(self) -> None:
        """The line breaks; what the broker has for the centre stays there, what it had for the gateway is gone."""
        self.connected = False
        self.acks.clear()
        self.sender.disconnected()

    def accept(self, poisoned: list[bool]) -> None:
        """The gateway accepts some samples, each a millisecond after the other."""
        drafts = []
        for poison in poisoned:
            self.clock.forward(ms=1)
            drafts.append(sample(self.clock.now_ms(), micro_celsius=POISON if poison else 4_000_000))
            self.accepted.add(drafts[-1].taken_ms)
        self.spool.accept(drafts)
        self.clock.forward(ms=1)
        self._step()

    def forward(self, ms: int) -> None:
        """Time passes."""
        self.clock.forward(ms=ms)
        self._step()

    def deliver_up(self, index: int) -> None:
        """The centre gets one of the waiting messages and answers."""
        leaf, payload = self.up.pop(index % len(self.up))
        if not self.centre.answers:
            return
        answer = self.centre.ack(self.spool.epoch) if leaf == "state" else self.centre.take(payload)
        self._check_horizon()
        if self.connected:
            self.acks.append(encode(answer))

    def deliver_ack(self, index: int) -> None:
        """The gateway gets one of the waiting acks."""
        self.sender.ack(self.acks.pop(index % len(self.acks)))
        self._step()

    def settle_down(self) -> None:
        """The line stands, nothing is lost any more, time passes until nothing is left to do."""
        self.connect()
        for _ in range(400):
            while self.up or self.acks:
                if self.up:
                    self.deliver_up(0)
                if self.acks:
                    self.deliver_ack(0)
            if not self.spool.depth():
                return
            self.forward(ms=5_000)
        message = f"the spool does not get empty: {seqs(self.spool)} {self.sender.window}"
        raise AssertionError(message)

    def check(self) -> None:
        """Nothing accepted is anywhere else than in the spool, at the centre, or among the dead letters."""
        lost = self.accepted - self._taken_in_spool() - self.at_centre() - self.dead()
        assert not lost, f"freed before the centre had them: {sorted(lost)}"
        assert self.most_flights <= WINDOW

    def at_centre(self) -> set[int]:
        """The taken_ms of the samples that the centre has."""
        return {fact.taken_ms for fact in self.centre.facts.values() if isinstance(fact, Sample)}

    def gaps(self) -> list[Gap]:
        """The gaps that the centre knows of."""
        return [fact for fact in self.centre.facts.values() if isinstance(fact, Gap)]

    def dead(self) -> set[int]:
        """The taken_ms of the samples that were put aside."""
        rows = self.spool._reader.execute("SELECT taken_ms FROM dead WHERE kind = 'sample'")
        return {row[0] for row in rows}

    def _taken_in_spool(self) -> set[int]:
        return {row[0] for row in self.spool._reader.execute("SELECT taken_ms FROM row")}

    def _check_horizon(self) -> None:
        """What the centre was told to be complete is complete, up to what it has refused itself."""
        missing = self.accepted - self.at_centre() - self.dead()
        denied = {taken_ms for taken_ms in missing if taken_ms < self.centre.horizon_ms}
        assert not denied, f"the centre believes that nothing before {self.centre.horizon_ms} is left: {sorted(denied)}"

    def _step(self) -> None:
        self.sender.step()
        self.most_flights = max(self.most_flights, len(self.sender.window.flights))

    def _publish(self, leaf: str, payload: bytes, _retain: bool) -> bool:
        if self.connected:
            self.up.append((leaf, payload))
        return self.connected
