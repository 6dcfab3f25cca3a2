"""What a dock says to one courier's box and what it makes of the answers. Pure: bytes and time are handed in.

    N ──► U: publish it ──► the centre's ack: hand it down (A) ──► the box frees those rows
      └─► E: nothing more; after IDLE_MS A and R again, in case that the line swallowed one, and N
      └─► silence, noise, a bad frame: once nothing is on its way any more, R and from the oldest row without an ack

Nothing is held here but the numbers of what is on its way: the box keeps its rows until the centre's ack, so that a
read-out can break off anywhere. One batch goes first, as a question: its ack says how far the centre is, and the box
leaves out what the centre has. After that up to WINDOW batches may be without an ack. Acks are looked at only for that
and go down as they came. `now_ms` is a clock that never steps.
"""

import logging
from collections import Counter, deque
from dataclasses import dataclass
from typing import Final

import msgspec

from coldchain.ranges import Range, add_range
from coldchain.wire import Ack, decode_ack
from gateway.decoders.dock import (
    FRAME_BYTES_MAX,
    FROM_BOX,
    Frame,
    FrameKind,
    FrameScanner,
    Identity,
    ReadBatch,
    encode_frame,
    read_batch,
)
from gateway.decoders.heard import Fault, Rejected

WINDOW: Final = 4  # a serial line is slower than any broker; the box's own uplink may have its eight besides
SILENCE_MS: Final = 2_000  # a box answers within it, and within an answer it never pauses as long
LATE_MS: Final = 1_000  # after a question was given up, what still comes is not taken for the answer to the next
MISSES_MAX: Final = 3  # so many questions in a row without a sound answer: the box has gone
ANSWER_BYTES_MAX: Final = 2 * FRAME_BYTES_MAX  # a line that never stops talking does not answer
IDLE_MS: Final = 5_000
PAUSE_MS: Final = 5_000  # without progress for so long what is on its way is lost; as docs/wire.md 4 has it
PAUSE_MS_MAX: Final = 120_000
ACKS_MAX: Final = 16  # acks are complete: what is dropped is said again by the next
# What is counted, in words for an operator.
COUNTERS: Final = {
    "dock_batches_forwarded": "Batches of boxes handed to the broker, repeated ones too",
    "dock_batches_foreign": "Batches that were not forwarded because they are not of the box that was identified",
    "dock_batches_unreadable": "Batches that were not forwarded because their gateway cannot be read",
    "dock_batches_let_go": "Batches that came unasked or could not be handed to the broker; the box gives them again",
    "dock_batches_refused": "Batches that the centre refused",
    "dock_missed_answers": "Questions to a box without a sound answer",
    "dock_stalls": "Times that a box's batches got no ack for too long and were given up as lost",
    "dock_rewinds": "Times that a box was told to start again from its oldest row without an ack",
    "dock_acks_handed_down": "Acks of the centre handed to a box",
    "dock_acks_unreadable": "Messages on a box's ack topic that are not its acks",
    "dock_acks_dropped": "Acks let go because too many waited; the next says all of it again",
}
_LOG: Final = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Flight:
    """A batch on its way to the centre."""

    batch: ReadBatch
    sent_ms: int


class Readout:
    """One box, from the moment it was identified until it has gone.

    `counters` gets COUNTERS, `faults` how often bytes were refused, by reason.
    """

    def __init__(self, box: Identity, site: str, counters: Counter[str], faults: Counter[str]) -> None:
        self.box = box
        self.gone = ""  # why, once it has
        self.read_out = False  # the box has said once that there is nothing more, with all that it gave acked
        self.not_taken = 0  # batches that cannot be read or that the centre refused: not all of the box is there
        self._next = encode_frame(FrameKind.NEXT, msgspec.json.encode({"site": site}))
        self._counters = counters
        self._faults = faults
        self._scanner = FrameScanner()
        self._flights: list[_Flight] = []
        self._acks: deque[bytes] = deque(maxlen=ACKS_MAX)
        self._last_ack: bytes | None = None
        self._asked = False
        self._heard_ms = 0
        self._heard_bytes = 0
        self._misses = 0
        self._quiet_until_ms = 0
        self._rewind = True
        self._room = 1
        self._at_end = False  # the last answer was that there is nothing more, with nothing on its way
        self._living = False  # the last answer was a sign of life
        self._news = False  # the centre has said more since the box was asked last
        self._ask_at_ms = 0
        self._progress_ms = 0
        self._pause_ms = PAUSE_MS

    @property
    def waiting(self) -> bool:
        """Whether an answer of the box is outstanding."""
        return self._asked

    def due(self, now_ms: int) -> bytes | None:
        """Return what to write now, or None; call again once it is written. Only with the broker at hand."""
        if self._asked and (now_ms - self._heard_ms >= SILENCE_MS or self._heard_bytes > ANSWER_BYTES_MAX):
            self._missed(now_ms)
        if self.gone or self._asked or now_ms < self._quiet_until_ms:
            return None
        if self._acks:
            self._counters["dock_acks_handed_down"] += 1
            return encode_frame(FrameKind.ACK, self._acks.popleft())
        stalled = self._stalled(now_ms)
        if (self._rewind and not self._flights) or stalled:
            return self._start_again(stalled=stalled)
        if self._rewind or len(self._flights) >= self._room or now_ms < self._ask_at_ms:
            return None
        if self._at_end:
            self._at_end = False
            return self._repeated()
        self._asked, self._news, self._heard_ms, self._heard_bytes = True, False, now_ms, 0
        return self._next

    def hear(self, data: bytes, now_ms: int) -> list[ReadBatch]:
        """Take bytes of the line; return the batches to publish: `published` or `let_go` is to follow for each."""
        if not data:
            return []
        self._heard_ms = now_ms
        self._heard_bytes += len(data)
        batches = [self._take(item, now_ms) for item in self._scanner.feed(data)]
        return [batch for batch in batches if batch is not None]

    def published(self, batch: ReadBatch, now_ms: int) -> None:
        """Note that a batch was handed to the broker."""
        self._counters["dock_batches_forwarded"] += 1
        if not batch.ranges:  # a sign of life: nothing waits for its ack, and one is enough for a while
            self._ask_at_ms = now_ms + IDLE_MS if self._living else now_ms
            self._living = True
            return
        self._living = False
        if not self._flights:
            self._progress_ms = now_ms
        self._flights.append(_Flight(batch, now_ms))

    def let_go(self) -> None:
        """Note that a batch could not be handed to the broker: the box has to give it again."""
        self._counters["dock_batches_let_go"] += 1
        self._rewind = True

    def disconnected(self) -> None:
        """The broker has gone: what was on its way may be lost, and the next batch is a question again."""
        self._rewind = True
        self._flights.clear()

    def acked(self, payload: bytes, now_ms: int) -> None:
        """Take a message of the box's ack topic."""
        ack = decode_ack(payload)
        if ack is None or ack.gateway != self.box.gateway:
            self._counters["dock_acks_unreadable"] += 1
            return
        if len(self._acks) == ACKS_MAX:
            self._counters["dock_acks_dropped"] += 1
        self._acks.append(payload)
        self._last_ack = payload
        self._room = WINDOW
        left = [flight for flight in self._flights if not self._settled(flight.batch, ack)]
        if len(left) < len(self._flights):
            self._flights, self._news = left, True
            self._progress_ms, self._pause_ms = now_ms, PAUSE_MS
            if not left:
                self._ask_at_ms = now_ms  # the box may have a sign of life to give, now that all is acked

    def _settled(self, batch: ReadBatch, ack: Ack) -> bool:
        if batch.sha256 in ack.refused:
            self._counters["dock_batches_refused"] += 1
            self.not_taken += 1
            return True
        committed = add_range(ack.ranges, 1, ack.contiguous_seq)
        return batch.epoch == ack.epoch and all(_within(committed, one) for one in batch.ranges)

    def _take(self, item: Frame | Rejected, now_ms: int) -> ReadBatch | None:
        """Take what the scanner made of the line; return a batch to publish."""
        if isinstance(item, Rejected):
            self._faults[item.fault.value] += 1
            return None
        if item.kind not in FROM_BOX:
            self._faults[Fault.NOT_AN_ANSWER.value] += 1
            return None
        if item.kind is FrameKind.BATCH:
            return self._batch(item.payload, now_ms)
        if item.kind is FrameKind.END and self._asked:
            self._answered()
            self._ended(now_ms)
        return None

    def _batch(self, payload: bytes, now_ms: int) -> ReadBatch | None:
        if not self._asked:
            self.let_go()  # it comes too late, after the question was given up
            return None
        self._answered()
        batch = read_batch(payload)
        if batch is None:
            self._counters["dock_batches_unreadable"] += 1
            self.not_taken += 1
            self._ask_at_ms = now_ms + IDLE_MS
            _LOG.error("box %s gives a batch that cannot be read: keep it, and report this", self.box.gateway)
            return None
        if batch.gateway != self.box.gateway:
            self._counters["dock_batches_foreign"] += 1
            self.gone = f"another box answers ({batch.gateway})"
            return None
        return batch

    def _ended(self, now_ms: int) -> None:
        self._living, self._at_end = False, not self._flights
        self._ask_at_ms = now_ms if self._news else now_ms + IDLE_MS
        self.read_out = self.read_out or not (self._flights or self._rewind or self._news)

    def _answered(self) -> None:
        self._asked = False
        self._misses = 0

    def _missed(self, now_ms: int) -> None:
        """Give up a question. What the box gave in vain lies before its read pointer now, so it has to go back."""
        for item in self._scanner.idle_flush():
            if isinstance(item, Rejected):
                self._faults[item.fault.value] += 1
        self._counters["dock_missed_answers"] += 1
        self._asked = False
        self._rewind = True
        self._quiet_until_ms = now_ms + LATE_MS
        self._misses += 1
        if self._misses >= MISSES_MAX:
            self.gone = "it does not answer any more"

    def _start_again(self, *, stalled: bool) -> bytes:
        if stalled:
            self._counters["dock_stalls"] += 1
            self._pause_ms = min(PAUSE_MS_MAX, self._pause_ms * 2)
        self._counters["dock_rewinds"] += 1
        self._flights.clear()
        self._rewind = False
        self._room = 1
        self._ask_at_ms = 0
        return encode_frame(FrameKind.REWIND)

    def _repeated(self) -> bytes:
        """Say again what has no answer: A or R that the line swallowed would leave rows in the box for good."""
        again = encode_frame(FrameKind.REWIND)
        return again if self._last_ack is None else encode_frame(FrameKind.ACK, self._last_ack) + again

    def _stalled(self, now_ms: int) -> bool:
        return bool(self._flights) and now_ms - max(self._progress_ms, self._flights[0].sent_ms) >= self._pause_ms


def _within(committed: tuple[Range, ...], one: Range) -> bool:
    return any(low <= one[0] and one[1] <= high for low, high in committed)
