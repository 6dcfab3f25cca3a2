"""The box's clock: right from the start, or one whose battery is dead, until an ack of the centre tells the time. Pure.

A dead one shows the first moment of 2000 when the box is switched on (DS3231 data sheet: date and time registers are
reset so on the first application of power). What was stamped by it stays as it was stamped; the box says when it
learnt the time, with both clocks in one moment, and the centre works out the rest (docs/wire.md, sections 3.4 and 3.5).
"""

from collections import deque
from typing import Final

RESET_MS: Final = 946_684_800_000  # 2000-01-01T00:00:00Z
# An ack that came later than this after the first batch which may be its question says too little of the time.
ANSWER_MS_MAX: Final = 10_000
ASKED_MAX: Final = 64  # batches with new rows that are remembered


class BoxClock:
    """What the box's clock shows at a moment of the world."""

    def __init__(self, on_ms: int, *, is_dead: bool) -> None:
        """Be switched on at on_ms."""
        self.is_set = not is_dead
        self.shift_ms = RESET_MS - on_ms if is_dead else 0
        self._asked: deque[tuple[int, int]] = deque(maxlen=ASKED_MAX)  # (last row, when it was handed out first)
        self._answered_seq = 0  # what came after it tells something

    def shown(self, at_ms: int) -> int:
        """Return what it shows at at_ms."""
        return at_ms + self.shift_ms

    def asked(self, last_seq: int, at_ms: int) -> None:
        """Note that a batch up to a row was handed out; the answer to it may be the first to tell the time."""
        if self.is_set or last_seq <= (self._asked[-1][0] if self._asked else self._answered_seq):
            return  # nothing new: its answer cannot be told from one that was on its way before
        if len(self._asked) == ASKED_MAX:
            self._answered_seq = self._asked[0][0]
        self._asked.append((last_seq, at_ms))

    def forget(self) -> None:
        """Begin anew: the rows have other numbers from now on."""
        self._asked.clear()
        self._answered_seq = 0

    def hear(self, centre_ms: int, at_ms: int, newest_seq: int) -> int | None:
        """Take the centre's time out of an ack; return how far it may be off in ms, None if nothing was learnt.

        An ack names no question. But the centre made it after it had newest_seq, so after that row was handed out. An
        ack that came too late leaves the other questions open: their answers may be as late.
        """
        asked_ms = next((asked_ms for last, asked_ms in self._asked if last >= newest_seq > self._answered_seq), None)
        if self.is_set or asked_ms is None or not 0 <= at_ms - asked_ms <= ANSWER_MS_MAX:
            return None
        self.is_set = True
        self.shift_ms = centre_ms - at_ms
        return at_ms - asked_ms
