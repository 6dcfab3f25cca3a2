"""A box on a dock, a broker and a centre on one hand clock; bytes get spoilt and messages lost by order."""

import random
from collections import Counter
from collections.abc import Callable
from typing import Any

from support.lossy_centre import Centre
from support.scripted_box import ScriptedBox

from coldchain.wire import encode
from gateway.decoders.dock import Identity
from gateway.readout import Readout

TICK_MS = 50
Line = Callable[[bytes], bytes]


def clean(data: bytes) -> bytes:
    return data


class DockWorld:
    """`turn` is one round of the dock's thread; what a row needs to be freed by is looked at after each."""

    def __init__(self, rows: int = 0, items: int = 5, box: Any = None) -> None:
        self.box: ScriptedBox = box or ScriptedBox(rows=rows, items=items)  # or one that has what is used of it
        self.centre = Centre("box-1")
        self.counters: Counter[str] = Counter()
        self.faults: Counter[str] = Counter()
        self.now_ms = 0
        self.down: Line = clean  # what the line makes of the host's bytes
        self.up: Line = clean  # and of the box's
        self.loses_up = False  # the broker loses what is published
        self.loses_acks = False
        self.broker = True
        self.acks: list[tuple[int, bytes]] = []  # when they come, and what they say
        self.latency_ms = 0
        self.dockings = 0
        self.most_flights = 0
        self.written: list[bytes] = []
        self._coming = b""
        self.dock()

    def dock(self) -> None:
        """The box is found on the line."""
        self.dockings += 1
        self._coming = b""
        who = Identity(v=1, gateway="box-1", site="storage-1", epoch=self.box.epoch, boot="boot-1")
        self.readout = Readout(who, "storage-2", self.counters, self.faults)

    def turn(self) -> None:
        """Listen to both sides once and say what is due, as the thread does."""
        self.now_ms += TICK_MS
        if self.readout.gone:
            self.dock()
            return
        if not self.broker:
            return
        while self.acks and self.acks[0][0] <= self.now_ms:
            self.readout.acked(self.acks.pop(0)[1], self.now_ms)
        data, self._coming = self._coming, b""
        for batch in self.readout.hear(data, self.now_ms):
            self.readout.published(batch, self.now_ms)
            self._publish(batch.payload)
        while (frame := self.readout.due(self.now_ms)) is not None:
            self.written.append(frame)
            self._coming += self.up(self.box.receive(self.down(frame), self.now_ms))
        self.most_flights = max(self.most_flights, len(self.readout._flights))
        self.check()

    def run(self, ms: int) -> None:
        for _ in range(ms // TICK_MS):
            self.turn()

    def until(self, done: Callable[[], bool], what: str, ms: int = 600_000) -> None:
        end_ms = self.now_ms + ms
        while not done():
            assert self.now_ms < end_ms, f"in vain: {what}"
            self.turn()

    def cut_broker(self) -> None:
        """The connection breaks; what was on its way to the gateway is gone."""
        self.broker = False
        self.acks.clear()
        self.readout.disconnected()

    def over_mqtt(self, items: int, *, ack_comes: bool = True) -> None:
        """The box has network for a moment and publishes its oldest rows itself."""
        payload, _ = self.box.batch(min(self.box.rows, default=self.box.given + 1) - 1, items)
        ack = self.ack_of(payload)
        if ack_comes:
            self.box.take_ack(ack)
        self.check()

    def ack_of(self, payload: bytes) -> bytes:
        """A batch of the box's own uplink reaches the centre; return the ack, which the dock hears as well."""
        ack = encode(self.centre.take(payload))
        self._say(ack)
        return ack

    def check(self) -> None:
        """Every row is in the box until the centre has it, and what the centre was told to be complete is complete."""
        at_centre = {seq for _, seq in self.centre.facts}
        lost = set(range(1, self.box.given + 1)) - set(self.box.rows) - at_centre
        assert not lost, f"freed before the centre had them: {sorted(lost)}"
        denied = [
            row.taken_ms
            for seq, row in self.box.rows.items()
            if seq not in at_centre and row.taken_ms < self.centre.horizon_ms
        ]
        assert not denied, f"the centre believes that nothing before {self.centre.horizon_ms} is left: {denied}"

    def at_centre(self) -> list[int]:
        return sorted(seq for _, seq in self.centre.facts)

    def _publish(self, payload: bytes) -> None:
        if self.loses_up:
            return
        ack = encode(self.centre.take(payload))
        if self.centre.answers:
            self._say(ack)

    def _say(self, ack: bytes) -> None:
        if self.broker and not self.loses_acks:
            self.acks.append((self.now_ms + self.latency_ms, ack))


def spoiling(seed: int, share: float) -> Line:
    """A line that flips a bit, swallows bytes or adds some in this share of what is sent."""
    chance = random.Random(seed)

    def line(data: bytes) -> bytes:
        if not data or chance.random() >= share:
            return data
        at = chance.randrange(len(data))
        match chance.randrange(4):
            case 0:
                return data[:at] + bytes((data[at] ^ 1 << chance.randrange(8),)) + data[at + 1 :]
            case 1:
                return data[:at]
            case 2:
                return data[:at] + data[at + chance.randrange(1, 20) :]
            case _:
                return data[:at] + chance.randbytes(30) + data[at:]

    return line
