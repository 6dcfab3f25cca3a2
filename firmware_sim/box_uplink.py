"""How the box's batches go up over MQTT: the window and the questions of docs/wire.md, section 4 and 7. Pure.

    offline --connected--> asking --any ack of ours--> sending: at most WINDOW batches without an ack
                             ^---- no progress for a pause ----'   (the pause doubles, progress brings it back)

Time is the box's own, and what is to be published is handed to `publish`.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum
from typing import Final

from firmware_sim.box import Box, Heard
from firmware_sim.box_memory import ITEMS_MAX, Batch

WINDOW: Final = 8
PAUSE_MS: Final = 5_000
PAUSE_MS_MAX: Final = 120_000
HEARTBEAT_MS: Final = 15_000
REFUSALS_FREE: Final = 10  # single items refused in a row; beyond it one item a pause

Publish = Callable[[str, bytes, bool], bool]


class Phase(Enum):
    """What the uplink waits for."""

    OFFLINE = "offline"
    ASKING = "asking"
    SENDING = "sending"


@dataclass
class _Flight:
    batch: Batch
    sent_ms: int


@dataclass
class Uplink:
    """The way up of one box. `publish(leaf, payload, retain)` tells whether a live connection took the message."""

    box: Box
    publish: Publish
    phase: Phase = Phase.OFFLINE
    asked: int = 0
    _flights: list[_Flight] = field(default_factory=list)
    _after_seq: int = 0
    _items: int = ITEMS_MAX
    _pause_ms: int = PAUSE_MS
    _ask_at_ms: int = 0
    _quiet_until_ms: int = 0
    _progress_ms: int = 0
    _last_up_ms: int = 0
    _refusals: int = 0
    _hello: bool = True
    _marked: bool = False
    _question: str = ""
    _barred: bool = False

    def connected(self) -> None:
        """Begin on a new connection: say hello, ask, and send nothing before the answer."""
        self.phase = Phase.ASKING
        self._hello, self._barred = True, False
        self._pause_ms = PAUSE_MS
        self._go_back()
        self._ask_at_ms = self.box.now_ms

    def disconnected(self) -> None:
        """Hold still until the next connection."""
        self.phase = Phase.OFFLINE
        self._flights.clear()

    def step(self) -> None:
        """Do what is due: ask, send what fits into the window, give a sign of life."""
        now_ms = self.box.now_ms
        if self.phase is Phase.SENDING and self._stalled(now_ms):
            self.phase, self._ask_at_ms = Phase.ASKING, now_ms
        if self.phase is Phase.ASKING and now_ms >= self._ask_at_ms:
            self._ask(now_ms)
        room = 1 if self._refusals >= REFUSALS_FREE else WINDOW
        while self.phase is Phase.SENDING and now_ms >= self._quiet_until_ms and len(self._flights) < room:
            if not self._send(now_ms):
                break
        if self.phase is not Phase.OFFLINE and now_ms - self._last_up_ms >= HEARTBEAT_MS and not self._hello:
            self._empty(now_ms)

    def heard(self, heard: Heard) -> None:
        """Take what an ack meant, by whichever path it came."""
        if not heard.ours or self.phase is Phase.OFFLINE:
            return
        self._hello = False
        if heard.new_epoch:
            self.connected()
            return
        now_ms = self.box.now_ms
        asking = self.phase is Phase.ASKING
        if any(batch.sha256 == self._question for batch in heard.refused):
            self._bar(now_ms)
            return
        progress = self._cover(now_ms)
        refused = [flight for flight in self._flights if flight.batch in heard.refused]
        if refused:
            self._refused(refused[0].batch, now_ms)
        if refused or (asking and not progress):
            self._go_back()
        self.phase = Phase.SENDING

    def _ask(self, now_ms: int) -> None:
        if self._hello and not self.publish("state", self.box.state(online=True), True):  # noqa: FBT003 - retained
            return
        if self._empty(now_ms):
            self.asked += 1
            self._ask_at_ms = now_ms + self._pause_ms
            self._pause_ms = min(PAUSE_MS_MAX, self._pause_ms * 2)

    def _empty(self, now_ms: int) -> bool:
        batch = self.box.batch(self._after_seq, 0)
        if not self.publish("up", batch.payload, False):  # noqa: FBT003 - not retained
            return False
        self._question = batch.sha256
        self._last_up_ms, self._marked = now_ms, batch.mark_ms is not None
        return True

    def _send(self, now_ms: int) -> bool:
        """Send the next batch, or, when a backfill is done, say at once that nothing is left. Tell if one went."""
        if not self.box.memory.holds_after(self._after_seq):
            if self._marked and not self._flights:
                self._empty(now_ms)
            return False
        batch = self.box.batch(self._after_seq, self._items)
        if not self.publish("up", batch.payload, False):  # noqa: FBT003 - not retained
            return False
        self._last_up_ms, self._marked = now_ms, batch.mark_ms is not None
        self._flights.append(_Flight(batch, now_ms))
        self._after_seq = batch.last_seq
        return True

    def _cover(self, now_ms: int) -> bool:
        """Take out the batches that the centre has; what is old and was overtaken by one of them is lost."""
        memory = self.box.memory
        left = [f for f in self._flights if memory.holds_any(f.batch.first_seq, f.batch.last_seq)]
        covered = [f for f in self._flights if f not in left]
        if not covered:
            return False
        self._flights = left
        self._items = min(ITEMS_MAX, self._items * 2 ** len(covered))
        self._progress_ms, self._pause_ms, self._quiet_until_ms = now_ms, PAUSE_MS, 0
        self._refusals, self._barred = 0, False
        newest = covered[-1].batch.last_seq
        if any(f.batch.last_seq < newest and now_ms - f.sent_ms >= PAUSE_MS for f in left):
            self._go_back()
        return True

    def _refused(self, batch: Batch, now_ms: int) -> None:
        """Halve, and halve again, until the one row is found that the centre does not take."""
        self._items = max(1, batch.items // 2)
        if batch.items > 1:
            return
        self.box.put_aside(batch)
        self._refusals += 1
        if self._refusals >= REFUSALS_FREE:
            self._quiet_until_ms = now_ms + self._pause_ms
            self._pause_ms = min(PAUSE_MS_MAX, self._pause_ms * 2)

    def _bar(self, now_ms: int) -> None:
        """Even the empty batch is refused: the fault does not lie in the rows. Keep them, and only ask."""
        if not self._barred:
            self._barred = True
            self._ask_at_ms = now_ms + self._pause_ms
        self.phase = Phase.ASKING
        self._go_back()

    def _stalled(self, now_ms: int) -> bool:
        first_ms = self._flights[0].sent_ms if self._flights else now_ms
        return bool(self._flights) and now_ms - max(self._progress_ms, first_ms) >= self._pause_ms

    def _go_back(self) -> None:
        """Send again what is still held: the centre does not have it."""
        self._flights.clear()
        self._after_seq = self.box.memory.first_seq - 1
