"""The memory of a courier's box: numbered rows until the centre has them, and batches made of them. Pure.

Source: docs/wire.md (sections 2, 3 and 5). The memory holds ROWS_MAX rows. When it is full the oldest row is
overwritten, and what was lost is said in a gap with the next batch: never in silence. Gaps have room of their own and
are not overwritten.
"""

import hashlib
import json
from bisect import bisect_left, bisect_right
from collections import deque
from dataclasses import dataclass
from itertools import takewhile
from typing import Any, Final, NamedTuple

MINUTES_KEPT: Final = 30 * 24 * 60
# Two probes every minute, the position every 5 minutes, the battery every 30, and 1,000 of lid and what it concludes.
ROWS_MAX: Final = MINUTES_KEPT * 2 + MINUTES_KEPT // 5 + MINUTES_KEPT // 30 + 1_000
# A row's slot in the flash chip: number 4, two clocks of 6, what it is 1, origin 1, values 10, CRC-32 4 bytes.
SLOT_BYTES: Final = 32
FLASH_BYTES: Final = 4 * 1024 * 1024
ITEMS_MAX: Final = 500
BATCH_BYTES_MAX: Final = 256 * 1024
DEAD_LETTERS_MAX: Final = 1_000
GAPS_MAX: Final = 64  # beyond it a loss waits, and grows, until the centre has taken gaps that are held
VERSION: Final = 1

TRUSTED: Final = "trusted"
UNSET: Final = "unset"

SAMPLES: Final = "samples"
EVENTS: Final = "events"
GAPS: Final = "gaps"
_COLUMNS: Final = {
    SAMPLES: ("device_ms", "micro_celsius", "quality"),
    EVENTS: ("kind", "earliest_ms", "latest_ms", "epc", "details"),
    GAPS: ("from_ms", "to_ms", "reason", "lost"),
}

Json = dict[str, Any]


class Row(NamedTuple):
    """One fact: `values` are the columns of its group beside seq, origin and times."""

    seq: int
    group: str
    origin: str
    taken_ms: int
    boottime_ms: int
    values: Json
    clock: str = TRUSTED

    @property
    def since_ms(self) -> int:
        """The time that it speaks of: a gap's beginning, else when it was taken."""
        return int(self.values["from_ms"]) if self.group == GAPS else self.taken_ms


class Stamp(NamedTuple):
    """A moment on both clocks of the box."""

    wall_ms: int
    boottime_ms: int
    clock: str = TRUSTED


@dataclass(frozen=True, slots=True)
class Identity:
    """Whose batch it is."""

    gateway: str
    epoch: str
    boot: str


class Batch(NamedTuple):
    """A payload and what it speaks of. An empty batch has last_seq = first_seq - 1; `mark_ms` None: nothing is left."""

    payload: bytes
    first_seq: int
    last_seq: int
    items: int
    mark_ms: int | None

    @property
    def sha256(self) -> str:
        """The name of the payload in a refusal."""
        return hashlib.sha256(self.payload).hexdigest()


@dataclass
class _Overwritten:
    from_ms: int
    to_ms: int
    lost: int


class Memory:
    """Rows in order of their numbers, from 1, none given twice.

    `set_by_ms`: by how much the clock moved when it was set; a loss of what it stamped before is said in its new time.
    """

    def __init__(self, rows_max: int = ROWS_MAX) -> None:
        """Begin empty."""
        self.last_seq = 0
        self.overwritten = 0
        self.set_by_ms = 0
        self.dead: deque[Row] = deque(maxlen=DEAD_LETTERS_MAX)
        self._rows_max = rows_max
        self._rows: list[Row] = []
        self._gaps: dict[int, int] = {}  # number of a gap that is held, and the beginning of its time
        self._unsaid: dict[str, _Overwritten] = {}

    def __len__(self) -> int:
        """Return how many rows are held."""
        return len(self._rows)

    @property
    def bytes_held(self) -> int:
        """How much of the flash chip the rows take."""
        return len(self._rows) * SLOT_BYTES

    @property
    def first_seq(self) -> int:
        """The lowest number that is held, or the next to be given."""
        return self._rows[0].seq if self._rows else self.last_seq + 1

    def add(self, group: str, origin: str, stamp: Stamp, values: Json) -> None:
        """Keep a fact under the next number, over the oldest one where there is no room."""
        if group != GAPS and len(self._rows) - len(self._gaps) >= self._rows_max:
            self._overwrite_oldest()
        self.last_seq += 1
        self._rows.append(Row(self.last_seq, group, origin, *stamp[:2], values, stamp.clock))
        if group == GAPS:
            self._gaps[self.last_seq] = int(values["from_ms"])

    def holds_any(self, first_seq: int, last_seq: int) -> bool:
        """Tell whether a row of these numbers is still held."""
        at = bisect_left(self._rows, first_seq, key=_number)
        return at < len(self._rows) and self._rows[at].seq <= last_seq

    def holds_after(self, seq: int) -> bool:
        """Tell whether a row behind a number is held, or a loss can be said."""
        unsaid = bool(self._unsaid) and len(self._gaps) < GAPS_MAX
        return unsaid or (bool(self._rows) and self._rows[-1].seq > seq)

    def free(self, first_seq: int, last_seq: int) -> int:
        """Forget the rows of these numbers: the centre has them. Return how many there were."""
        first = bisect_left(self._rows, first_seq, key=_number)
        end = bisect_right(self._rows, last_seq, key=_number)
        for row in self._rows[first:end]:
            self._gaps.pop(row.seq, None)
        del self._rows[first:end]
        return end - first

    def put_aside(self, first_seq: int, last_seq: int, stamp: Stamp) -> None:
        """Move rows that the centre does not take to the dead letters; a gap says which time of whom is missing."""
        refused = self._between(first_seq, last_seq)
        self.free(first_seq, last_seq)
        for row in refused:
            self.dead.append(row)
            if row.group != GAPS:
                at_ms = self._time_of(row)
                lost = {"from_ms": at_ms, "to_ms": at_ms, "reason": "refused-by-centre", "lost": 1}
                self.add(GAPS, row.origin, stamp, lost)

    def batch(self, after_seq: int, items_max: int, who: Identity, now: Stamp) -> Batch:
        """Make the batch of the rows behind after_seq; it is empty if there are none or items_max is 0."""
        if items_max:
            self._say_losses(now)
        at = bisect_right(self._rows, after_seq, key=_number)
        rows = self._rows[at : at + items_max]
        rows = list(takewhile(lambda row: row.clock == rows[0].clock, rows))
        while True:
            batch = self._made(rows, after_seq, who, now)
            if len(batch.payload) <= BATCH_BYTES_MAX or len(rows) <= 1:
                return batch
            rows = rows[: len(rows) // 2]

    def _made(self, rows: list[Row], after_seq: int, who: Identity, now: Stamp) -> Batch:
        first_seq = after_seq + 1
        last_seq = rows[-1].seq if rows else after_seq
        mark_ms = self._oldest_ms(first_seq, last_seq)
        message: Json = {
            "v": VERSION,
            "gateway": who.gateway,
            "epoch": who.epoch,
            "first_seq": first_seq,
            "last_seq": last_seq,
            "boot": who.boot,
            "clock": rows[0].clock if rows else now.clock,
            "sent_ms": now.wall_ms,
            "sent_boottime_ms": now.boottime_ms,
            "oldest_unsent_taken_ms": mark_ms,
        }
        for group in _COLUMNS:
            chosen = [row for row in rows if row.group == group]
            if chosen:
                message[group] = _columns(group, chosen)
        payload = json.dumps(message, ensure_ascii=False, separators=(",", ":")).encode()
        return Batch(payload, first_seq, last_seq, len(rows), mark_ms)

    def _between(self, first_seq: int, last_seq: int) -> list[Row]:
        first = bisect_left(self._rows, first_seq, key=_number)
        return self._rows[first : bisect_right(self._rows, last_seq, key=_number)]

    def _oldest_ms(self, first_seq: int, last_seq: int) -> int | None:
        """Return the mark: the oldest time of all that is held or unsaid beside the rows first_seq..last_seq.

        Rows are taken in order of their numbers, so beside the gaps only the first row before and behind can be it.
        """
        found = [unsaid.from_ms for unsaid in self._unsaid.values()]
        found += [from_ms for seq, from_ms in self._gaps.items() if not first_seq <= seq <= last_seq]
        behind = bisect_right(self._rows, last_seq, key=_number)
        if self._rows and self._rows[0].seq < first_seq:
            found.append(self._rows[0].since_ms)
        if behind < len(self._rows):
            found.append(self._rows[behind].since_ms)
        return min(found, default=None)

    def _overwrite_oldest(self) -> None:
        at = next(at for at, row in enumerate(self._rows) if row.group != GAPS)
        row = self._rows.pop(at)
        self.overwritten += 1
        at_ms = self._time_of(row)
        known = self._unsaid.setdefault(row.origin, _Overwritten(at_ms, at_ms, 0))
        known.to_ms = at_ms
        known.lost += 1

    def clock_set(self, by_ms: int) -> None:
        """Go on with a clock that was moved: losses that are still to be said are moved with it."""
        self.set_by_ms = by_ms
        for lost in self._unsaid.values():
            lost.from_ms += by_ms
            lost.to_ms += by_ms

    def _time_of(self, row: Row) -> int:
        return row.taken_ms + (self.set_by_ms if row.clock == UNSET else 0)

    def _say_losses(self, now: Stamp) -> None:
        for origin in list(self._unsaid):
            if len(self._gaps) >= GAPS_MAX:
                return
            lost = self._unsaid.pop(origin)
            values = {"from_ms": lost.from_ms, "to_ms": lost.to_ms, "reason": "memory-full", "lost": lost.lost}
            self.add(GAPS, origin, now, values)


def _number(row: Row) -> int:
    return row.seq


def _columns(group: str, rows: list[Row]) -> Json:
    columns: Json = {
        "seq": [row.seq for row in rows],
        "origin": [row.origin for row in rows],
        "origin_seq": [None] * len(rows),
        "taken_ms": [row.taken_ms for row in rows],
        "boottime_ms": [row.boottime_ms for row in rows],
    }
    for name in _COLUMNS[group]:
        columns[name] = [row.values[name] for row in rows]
    return columns
