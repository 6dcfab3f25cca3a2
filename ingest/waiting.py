"""What waits for the writer, and what of it goes next: live before backlog, and each gateway its share.

    per gateway   live ──►┐                              one turn = one transaction
                  file ──►┴─ prompt: one share a turn ──► up to 16 messages
                       └──── backlog (head of `file` is of the lane `backfill`): when nothing prompt waits, and at
                             least one turn in PASSED_MAX + 1, as many messages as fit into BACKLOG_MS by experience
    people, questions of the centre itself ──► alone, in turn with the messages

A gateway's mark covers every row that the centre has not acknowledged (docs/wire.md, section 2), so its live batches
may pass its backlog. Within each of its two lines the order of arrival holds: an empty batch is an answer only if the
data before it was looked at. What a batch says of its lane decides between batches of its own gateway; between gateways
it decides nothing: turns go round, and one share is SHARE_MESSAGES or SHARE_BYTES, whatever is written in them.
"""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from queue import Full
from threading import Condition
from typing import Final, TypeAlias

import msgspec

from coldchain.wire import Lane
from ingest.batches import Message

WAITING_MAX: Final = 512
OF_ONE_GATEWAY_MAX: Final = 128  # far more than its window: one that floods keeps nobody else out
TRANSACTION_MESSAGES_MAX: Final = 16
SHARE_MESSAGES: Final = 4
SHARE_BYTES: Final = 64 * 1024  # at least one message, however long
PASSED_MAX: Final = 8  # prompt turns, one after the other, while a backlog waits
BACKLOG_MS: Final = 80  # of a transaction of a backlog: so long may a live batch wait for it


@dataclass(frozen=True, slots=True)
class AckAsked:
    """A gateway came online and asks how far the centre has come."""

    gateway: str
    epoch: str


@dataclass(frozen=True, slots=True)
class AllAcksAsked:
    """The centre itself came online: every gateway is told how far it has come."""


@dataclass(frozen=True, slots=True)
class WentDark:
    """A gateway's last will, or its good-bye: its connection to the broker has ended.

    `retained`: the broker tells of it afterwards, and when it happened nobody knows.
    """

    gateway: str
    received_ms: int
    retained: bool = False


OfGateway: TypeAlias = Message | AckAsked | WentDark


class _Laned(msgspec.Struct):
    lane: Lane | None = None


_LANED: Final = msgspec.json.Decoder(_Laned)


def lane_of(payload: bytes) -> Lane | None:
    """Return the lane that a batch says it is of; None where it says none, or nothing that can be read."""
    try:
        return _LANED.decode(payload).lane
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


@dataclass(slots=True)
class _Line:
    """What waits of one gateway: its live lane, and all else in order of arrival, each with its lane."""

    live: deque[Message] = field(default_factory=deque)
    file: deque[tuple[OfGateway, Lane | None]] = field(default_factory=deque)

    def __len__(self) -> int:
        return len(self.live) + len(self.file)

    @property
    def backlogged(self) -> bool:
        """Whether the next of `file` is of a backlog."""
        return bool(self.file) and self.file[0][1] is Lane.BACKFILL

    def prompt(self) -> OfGateway | None:
        """Take out what is to go at once."""
        if self.live:
            return self.live.popleft()
        return self.file.popleft()[0] if self.file and not self.backlogged else None


class Waiting:
    """The queue of the writer thread. Any thread may add to it, one takes."""

    def __init__(self) -> None:
        self._changed = Condition()
        self._lines: dict[str, _Line] = {}  # of those of whom something waits; the next in turn first
        self._alone: deque[object] = deque()
        self._alone_was_last = False
        self._passed = 0
        self._backlog_most = TRANSACTION_MESSAGES_MAX
        self._size = 0

    def __len__(self) -> int:
        return self._size

    def add(self, item: OfGateway | AllAcksAsked) -> bool:
        """Let an item wait; False if there is no room."""
        lane = lane_of(item.payload) if isinstance(item, Message) else None
        with self._changed:
            if self._size >= WAITING_MAX:
                return False
            if isinstance(item, AllAcksAsked):
                self._alone.append(item)
            elif not self._line_up(item, lane):
                return False
            self._size += 1
            self._changed.notify()
            return True

    def _line_up(self, item: OfGateway, lane: Lane | None) -> bool:
        line = self._lines.get(item.gateway) or _Line()
        if len(line) >= OF_ONE_GATEWAY_MAX:
            return False
        if lane is Lane.LIVE and isinstance(item, Message):
            line.live.append(item)
        else:
            line.file.append((item, lane))
        self._lines[item.gateway] = line
        return True

    def add_alone(self, item: object, timeout_s: float) -> None:
        """Let an item wait that goes by itself. Raises queue.Full if there is no room for so long."""
        with self._changed:
            if not self._changed.wait_for(lambda: self._size < WAITING_MAX, timeout_s):
                raise Full
            self._alone.append(item)
            self._size += 1
            self._changed.notify()

    def next(self, timeout_s: float) -> tuple[list[object], bool]:
        """Wait for something and return the items of the next transaction, and whether they are of a backlog."""
        with self._changed:
            self._changed.wait_for(lambda: self._size > 0, timeout_s)
            if self._alone and not (self._alone_was_last and self._lines):
                self._alone_was_last = True
                return self._taken([self._alone.popleft()]), False
            self._alone_was_last = False
            prompt: list[object] = [] if self._passed >= PASSED_MAX else list(self._share_out())
            if prompt:
                self._passed += any(line.backlogged for line in self._lines.values())
                return self._taken(prompt), False
            self._passed = 0
            backlog: list[object] = list(self._backlog())
            return (self._taken(backlog), True) if backlog else (self._taken(list(self._share_out())), False)

    def took(self, messages: int, spent_ms: int) -> None:
        """Learn from how long a transaction of a backlog took how many messages the next one may have."""
        most = max(1, min(TRANSACTION_MESSAGES_MAX, messages * BACKLOG_MS // max(1, spent_ms)))
        self._backlog_most = most if most < self._backlog_most else (self._backlog_most + most + 1) // 2

    def _taken(self, items: list[object]) -> list[object]:
        self._size -= len(items)
        self._changed.notify_all()
        return items

    def _share_out(self) -> Iterator[OfGateway]:
        """Give the share of one gateway after the other, the longest not served first."""
        left = TRANSACTION_MESSAGES_MAX
        for gateway in list(self._lines):
            line, size, count = self._lines[gateway], 0, 0
            while count < min(SHARE_MESSAGES, left) and size < SHARE_BYTES and (item := line.prompt()) is not None:
                size, count = size + _size_of(item), count + 1
                yield item
            if count:
                self._served(gateway)
            left -= count
            if not left:
                return

    def _backlog(self) -> Iterator[OfGateway]:
        """Give messages of backlogs, one of each gateway in turn."""
        left = self._backlog_most
        while left and (behind := [name for name, line in self._lines.items() if line.backlogged][:left]):
            for gateway in behind:
                yield self._lines[gateway].file.popleft()[0]
                self._served(gateway)
            left -= len(behind)

    def _served(self, gateway: str) -> None:
        line = self._lines.pop(gateway)
        if len(line):
            self._lines[gateway] = line


def _size_of(item: OfGateway) -> int:
    return len(item.payload) if isinstance(item, Message) else 0
