"""The send window: how far the uplink may run ahead of the centre's acks. Pure; time is handed in.

    OFFLINE ──connected──> ASKING ──any ack of ours──> SENDING
       ^                     ^  └─ asks again after a pause          │ up to WINDOW batches without an ack
       └──disconnected──     └────────── no progress for a pause ────┘

Nothing is sent before the centre has said, on this connection, how far it is. The pause is PAUSE_MS, doubles up to
PAUSE_MS_MAX, and any progress brings it back. `now_ms` is a clock that never steps.

One file of rows in order of seq, or, when much is left from an outage, two lanes side by side:

    1 ─────────────── backlog ─────────────── split_seq ────── new rows ──────>
      backfill, oldest first ──>                        live ──>   and, before them, what of the backlog is urgent

Each lane has its own part of the window, so that neither starves the other. What is lost on the way ends the lanes:
all is sent anew behind the centre's contiguous number, and they begin again if there is still a backlog.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import Final

from coldchain.ranges import Range, add_range
from coldchain.wire import ITEMS_MAX, Ack, Lane

WINDOW: Final = 8
LIVE_SLOTS: Final = 3  # of the window; the others are for what is not live
PAUSE_MS: Final = 5_000
PAUSE_MS_MAX: Final = 120_000
REFUSALS_FREE: Final = 10  # single items refused without progress; beyond it one item a pause, so that a centre that
# fails on everything does not empty a spool into the dead letters before somebody has looked


class Phase(Enum):
    """What the window waits for."""

    OFFLINE = "offline"
    ASKING = "asking"
    SENDING = "sending"


@dataclass(frozen=True, slots=True, kw_only=True)
class Flight:
    """A batch on its way: the numbers of its items as ranges, how many items, and the name of its payload."""

    ranges: tuple[Range, ...]
    items: int
    sha256: str
    sent_ms: int
    lane: Lane | None = None
    number: int = 0

    @property
    def first_seq(self) -> int:
        """The lowest number of its items."""
        return self.ranges[0][0]

    @property
    def last_seq(self) -> int:
        """The highest number of its items."""
        return self.ranges[-1][1]


@dataclass(frozen=True, slots=True)
class Ask:
    """Ask the centre how far it is with an empty batch behind after_seq, then call `asked`.

    `hello`: it has not answered on this connection; publish `state` first. Later questions go the way of the data
    only, so that an answer means that the data before it was looked at.
    """

    after_seq: int
    hello: bool


@dataclass(frozen=True, slots=True)
class Send:
    """There is room: send what lies behind after_seq, at most items_max items, then call `sent`."""

    after_seq: int
    items_max: int


@dataclass(frozen=True, slots=True)
class Share:
    """There is room in these lanes: send at most items_max items in the first that has any, then call `sent`."""

    lanes: tuple[Lane, ...]
    items_max: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What an ack means for the spool.

    `settle`: delete what it covers. `refused`: batches of one item that the centre does not take. `foreign`: it
    names numbers that this spool never gave under this epoch. `barred`: the centre refuses even empty batches.
    """

    settle: bool = False
    refused: tuple[Flight, ...] = ()
    foreign: bool = False
    barred: bool = False


IGNORED: Final = Outcome()


@dataclass(slots=True, kw_only=True)
class Window:
    """The window of one epoch. `given_seq`: the highest number that the centre can know of from before.

    `split_seq`: the last number of the backlog, 0 while all goes in one file. `after_seq` and `backfilled_seq`: how
    far rows were sent, of the one file or the live lane, and of the backlog. `draining`: the backlog is done, and
    nothing is sent until all that is on its way has arrived. `round_trip`: when the last ack came
    that answered a batch, and how long after it.
    """

    gateway: str
    epoch: str
    given_seq: int
    items_max: int = ITEMS_MAX
    phase: Phase = Phase.OFFLINE
    flights: list[Flight] = field(default_factory=list)
    after_seq: int = 0
    split_seq: int = 0
    backfilled_seq: int = 0
    draining: bool = False
    round_trip: tuple[int, int] | None = None
    _resent_at_ms: int = 0
    _contiguous_seq: int = 0
    _items: int = 0
    _ask_at_ms: int = 0
    _quiet_until_ms: int = 0
    _refusals: int = 0
    _progress_ms: int = 0
    _pause_ms: int = PAUSE_MS
    _probe: str = ""
    _barred: bool = False
    _answered: bool = False
    _sent_count: int = 0
    _newest_covered: dict[bool, int] = field(default_factory=dict)  # live, and all else

    def __post_init__(self) -> None:
        self._items = self.items_max

    def connected(self, now_ms: int) -> None:
        """Begin on a new connection: what was on its way is forgotten, the centre is asked."""
        self._from_the_start(now_ms)
        self._pause_ms = PAUSE_MS
        self._answered = False
        self._start_asking(now_ms)

    def disconnected(self) -> None:
        """Hold still until the next connection."""
        self.phase = Phase.OFFLINE
        self.flights = []

    def begin_lanes(self, split_seq: int) -> None:
        """Send in two lanes from now on: what lies behind split_seq before the rows up to it."""
        self.backfilled_seq = self.after_seq
        self.after_seq = self.split_seq = split_seq
        self.draining = False

    def drain(self) -> None:
        """The backlog is done: send nothing live until all has arrived. New rows must not keep the lanes open."""
        self.draining = True

    def end_lanes(self) -> None:
        """The backlog is done and nothing is on its way: one file again, whose first span closes all holes."""
        self.split_seq = 0
        self.draining = False
        self.after_seq = self._contiguous_seq

    def next_move(self, now_ms: int) -> Ask | Send | Share | None:
        """Return what may be done now."""
        if self.phase is Phase.SENDING and self._lost_on_the_way(now_ms):
            self._go_back(now_ms)
        elif self.phase is Phase.SENDING and self._stalled(now_ms):
            self._start_asking(now_ms)
        if self.phase is Phase.ASKING and now_ms >= self._ask_at_ms:
            return Ask(self.after_seq, hello=not self._answered)
        room = 1 if self._distrusted else WINDOW
        if self.phase is not Phase.SENDING or now_ms < self._quiet_until_ms or len(self.flights) >= room:
            return None
        if not self.split_seq:
            return Send(self.after_seq, self._items)
        return Share(self._lanes_with_room(), self._items)

    def _lanes_with_room(self) -> tuple[Lane, ...]:
        if self.draining:
            return () if self.flights else (Lane.BACKFILL,)
        live = sum(flight.lane is Lane.LIVE for flight in self.flights)
        return (
            *((Lane.LIVE,) if live < LIVE_SLOTS else ()),
            *((Lane.BACKFILL,) if len(self.flights) - live < WINDOW - LIVE_SLOTS else ()),
        )

    def asked(self, now_ms: int) -> None:
        """Note that the question went out; it is repeated after the pause."""
        self._ask_at_ms = now_ms + self._pause_ms
        self._pause_ms = min(PAUSE_MS_MAX, self._pause_ms * 2)

    def probed(self, sha256: str) -> None:
        """Note the latest empty batch: if the centre refuses that one, refusals say nothing about rows."""
        self._probe = sha256

    def sent(self, flight: Flight) -> None:
        """Note that a batch went out."""
        self._sent_count += 1
        self.flights.append(replace(flight, number=self._sent_count))
        if flight.lane is Lane.BACKFILL:
            self.backfilled_seq = flight.last_seq
        else:
            self.after_seq = max(self.after_seq, flight.last_seq)
        self.given_seq = max(self.given_seq, flight.last_seq)

    def acked(self, ack: Ack, now_ms: int) -> Outcome:
        """Take an ack; acks of another gateway or epoch are ignored, repeated and old ones do no harm."""
        if self.phase is Phase.OFFLINE or (ack.gateway, ack.epoch) != (self.gateway, self.epoch):
            return IGNORED
        if max([ack.contiguous_seq, *(last for _, last in ack.ranges)]) > self.given_seq:
            return Outcome(foreign=True)
        self._answered = True
        self._contiguous_seq = max(self._contiguous_seq, ack.contiguous_seq)
        self.round_trip = None
        progress = self._cover(ack, now_ms)
        if self._probe in ack.refused:
            return self._bar(now_ms)
        refused = [flight for flight in self.flights if flight.sha256 in ack.refused]
        singles = tuple(flight for flight in refused if flight.items == 1)
        self._count_refusals(len(singles), now_ms)
        if refused:
            # Half as many items a batch, again and again, finds the one item that the centre does not take.
            self._items = max(1, refused[0].items // 2)
        if refused or (self.phase is Phase.ASKING and not progress):
            self._go_back(now_ms)
        self.phase = Phase.SENDING
        return Outcome(settle=True, refused=singles)

    def _cover(self, ack: Ack, now_ms: int) -> bool:
        """Take out the flights that the centre has; tell whether there were any."""
        committed = add_range(ack.ranges, 1, ack.contiguous_seq)
        covered = [flight for flight in self.flights if _within(committed, flight.ranges)]
        if not covered:
            return False
        self.flights = [flight for flight in self.flights if flight not in covered]
        if covered[-1].sent_ms - self._resent_at_ms >= PAUSE_MS:  # else the ack may answer the same rows sent before
            self.round_trip = (now_ms, now_ms - covered[-1].sent_ms)
        self._newest_covered |= {flight.lane is Lane.LIVE: flight.number for flight in covered}
        self._items = min(self.items_max, self._items * 2 ** len(covered))
        self._progress_ms = now_ms
        self._pause_ms = PAUSE_MS
        self._barred = False
        self._refusals = 0
        self._quiet_until_ms = 0
        return True

    @property
    def _distrusted(self) -> bool:
        return self._refusals >= REFUSALS_FREE

    def _count_refusals(self, items: int, now_ms: int) -> None:
        self._refusals += items
        if items and self._distrusted:
            self._quiet_until_ms = now_ms + self._pause_ms
            self._pause_ms = min(PAUSE_MS_MAX, self._pause_ms * 2)

    def _bar(self, now_ms: int) -> Outcome:
        """Keep every row, send none, ask again after the pause."""
        if self.phase is Phase.SENDING:
            self.asked(now_ms)
        self.phase = Phase.ASKING
        self._barred = True
        self._go_back(now_ms)
        return Outcome(settle=True, barred=True)

    def _lost_on_the_way(self, now_ms: int) -> bool:
        """Tell whether a batch is old although a later one has been acknowledged: a broker keeps their order.

        So does the centre, but that it takes what is live before all else.
        """
        return any(
            flight.number < self._newest_covered.get(flight.lane is Lane.LIVE, -1)
            and now_ms - flight.sent_ms >= PAUSE_MS
            for flight in self.flights
        )

    def _stalled(self, now_ms: int) -> bool:
        return bool(self.flights) and now_ms - max(self._progress_ms, self.flights[0].sent_ms) >= self._pause_ms

    def _start_asking(self, now_ms: int) -> None:
        self.phase = Phase.ASKING
        self._ask_at_ms = now_ms

    def _go_back(self, now_ms: int) -> None:
        """Send again what the centre does not have; the spool no longer holds what it has."""
        if not self.flights and not self._barred and not self._distrusted:
            self._pause_ms = PAUSE_MS  # nothing was on its way that could have made progress
        self._from_the_start(now_ms)

    def _from_the_start(self, now_ms: int) -> None:
        self.flights = []
        self.split_seq = 0
        self.draining = False
        self.after_seq = self._contiguous_seq
        self._resent_at_ms = now_ms


def _within(committed: Sequence[Range], ranges: Sequence[Range]) -> bool:
    return all(any(low <= first and last <= high for low, high in committed) for first, last in ranges)
