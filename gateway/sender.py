"""What the uplink does between spool, window and wire: no socket here, so that a simulated broker can drive it.

connected / disconnected / ack ──> Sender ──publish(leaf, payload, retain)──> broker
step: ask, send what fits into the window, give a sign of life

A backlog of more than LANES_ROWS goes in two lanes (gateway/window.py): live first, with the alarms, states and newest
readings of the backlog before all; the backlog itself beside it, oldest first, not faster than its pace. Rows that are
on their way live are sent again by the backfill if no ack has come for them by then: only what is deleted is skipped.
"""

import logging
from collections import Counter
from collections.abc import Callable
from typing import Final

from coldchain.canonical import INTEGER_MAX
from coldchain.errors import SpoolFullError, StoreError
from coldchain.ports import Clock
from coldchain.ranges import add_numbers
from coldchain.signed import Sign, sealed
from coldchain.wire import (
    ITEMS_MAX,
    PAYLOAD_BYTES_MAX,
    VERSION,
    Ack,
    GatewayHealth,
    GatewayState,
    Lane,
    decode_ack,
    encode,
    payload_sha256,
    up_of,
)
from gateway.pace import BACKFILL_ITEMS_S, Pace
from gateway.reads import note_reads
from gateway.spool import Batch, Spool
from gateway.spool_rows import REFUSED, TOO_LARGE, UNREADABLE, UnreadableRowError
from gateway.uplink_counters import COUNTERS
from gateway.window import Ask, Flight, Outcome, Phase, Send, Share, Window

HEARTBEAT_MS: Final = 15_000
STATE_EVERY_MS: Final = 60_000  # so often `state` is said anew, for the health in it
LANES_ROWS: Final = 2 * ITEMS_MAX  # a backlog of more goes in two lanes; less is sent in no time
BURY_MS_MIN, BURY_MS_MAX = 1_000, 60_000  # after rows could not be put aside
CATCH_UP_MS: Final = 5_000  # a mark that was held back this far by unsent rows is moved as soon as they are gone
_LOG: Final = logging.getLogger(__name__)

Publish = Callable[[str, bytes, bool], bool]
OnTime = Callable[[int, int, int], None]  # the centre's time, ours that never steps, and the round trip, in ms
Make = Callable[[int], Batch]  # at most so many items -> a batch


class Sender:
    """Drives one gateway's window over its spool. One thread only.

    `publish(leaf, payload, retain)` tells whether a live connection took it; what it refused is sent later. `counters`
    gets COUNTERS. `sign` signs each batch when it is sent, with the key of the day: a new key needs nothing sent again.
    """

    def __init__(
        self,
        spool: Spool,
        clock: Clock,
        *,
        gateway: str,
        publish: Publish,
        items_max: int,
        heartbeat_ms: int,
        counters: Counter[str],
        sign: Sign | None = None,
        lanes_rows: int = LANES_ROWS,
        backfill_items_s: int = BACKFILL_ITEMS_S,
    ) -> None:
        self._sign = sign
        self.on_centre_time: Callable[[int], None] = _nobody_listens
        self._spool = spool
        self._clock = clock
        self._gateway = gateway
        self._publish = publish
        self._items_max = min(items_max, ITEMS_MAX)
        self._heartbeat_ms = heartbeat_ms
        self._counters = counters
        counters.update(dict.fromkeys(COUNTERS, 0))
        self._last_up_ms: int | None = None
        self._held_back = False
        self._horizon_ms = 0
        self._stated_ms = 0
        self.health: Callable[[], GatewayHealth | None] = _no_health
        self._lanes_rows = lanes_rows
        self._pace = Pace(backfill_items_s)
        self._urgent: list[int] = []
        self._bury_pause_ms = self._bury_due_ms = self._hold_ms = 0
        self.on_time: OnTime = _nobody_asks
        self._generation = spool.generation
        self.window = self._new_window(spool.opened_seq)

    def connected(self) -> None:
        """Begin on a new connection: the ack topic is subscribed."""
        self._counters["uplink_connects"] += 1
        self.window.connected(self._clock.boottime_ms())

    def disconnected(self) -> None:
        """The connection is gone."""
        self.window.disconnected()
        self._spool.nothing_on_its_way()

    def state(self, *, online: bool) -> bytes:
        """Return the payload of the retained `state` topic."""
        return encode(
            GatewayState(
                v=VERSION,
                gateway=self._gateway,
                epoch=self._spool.epoch,
                boot=self._spool.boot,
                online=online,
                health=self.health() if online else None,
            )
        )

    def ack(self, payload: bytes) -> None:
        """Take what the centre says. Raises StoreError if the spool's disk fails; the next ack repeats it all."""
        ack = decode_ack(payload)
        if ack is None:
            self._counters["uplink_acks_unreadable"] += 1
            return
        self._counters["uplink_acks"] += 1
        self.on_centre_time(ack.centre_ms)
        outcome = self.window.acked(ack, self._clock.boottime_ms())
        if self.window.round_trip is not None:
            self.on_time(ack.centre_ms, *self.window.round_trip)
        if outcome.foreign:
            self._begin_new_epoch(ack)
        if outcome.barred:
            self._counters["uplink_barred"] += 1
            _LOG.error(
                "the centre refuses every batch of gateway %s: is it registered there, with the key that signs here?",
                self._gateway,
            )
        self._book(ack, outcome)
        note_reads(self._spool, self._gateway, ack)

    def step(self) -> None:
        """Do all that may be done now. Raises StoreError or SpoolFullError if the spool's disk fails."""
        self._spool.mend()
        if self._spool.generation != self._generation:
            self._start_over()
        self._sign_of_life()
        self._restate()
        while self._clock.boottime_ms() >= self._hold_ms and self._move():
            pass

    def _book(self, ack: Ack, outcome: Outcome) -> None:
        if outcome.settle:
            self._counters["uplink_rows_settled"] += self._spool.settle(ack)
        for flight in outcome.refused:
            if not self._bury(flight.first_seq, flight.last_seq, flight.sha256, REFUSED):
                self._hold_ms = self._bury_due_ms  # sent again it would only be refused again

    def _move(self) -> bool:
        """Make one move; tell whether another may follow."""
        self._open_lanes()
        match self.window.next_move(self._clock.boottime_ms()):
            case Ask(after_seq=after_seq, hello=hello):
                return self._ask(after_seq, hello=hello)
            case Send(after_seq=after_seq, items_max=items_max):
                return self._send(after_seq, items_max)
            case Share(lanes=lanes, items_max=items_max):
                return any(self._share(lane, items_max) for lane in lanes)
            case None:
                return False

    def _open_lanes(self) -> None:
        """Put a backlog behind what is new."""
        window = self.window
        if window.phase is not Phase.SENDING or window.split_seq:
            return
        last_seq = self._spool.last_seq()
        if last_seq - window.after_seq <= self._lanes_rows:  # most of the time, and cheaper to ask
            return
        if self._spool.backlog(window.after_seq, self._lanes_rows + 1) <= self._lanes_rows:
            return
        self._urgent = self._spool.urgent(window.after_seq, last_seq)
        window.begin_lanes(last_seq)
        self._counters["uplink_backlogs"] += 1

    def _ask(self, after_seq: int, *, hello: bool) -> bool:
        if hello and not self._state_online():
            return False
        if self._publish_empty(self._batch(after_seq, items_max=0)):
            self._counters["uplink_asks"] += 1
            self.window.asked(self._clock.boottime_ms())
        return False

    def _send(self, after_seq: int, items_max: int) -> bool:
        """Send the next rows of the one file; tell whether another move may follow."""
        return self._launch(lambda items: self._batch(after_seq, items), items_max, self._catch_up)

    def _share(self, lane: Lane, items_max: int) -> bool:
        """Send the next rows of a lane; tell whether anything was done."""
        window = self.window
        if lane is Lane.LIVE:
            if self._urgent and self._launch(self._pick, items_max, self._urgent_done):
                return True
            return self._launch(lambda items: self._batch(window.after_seq, items, lane=lane), items_max, _nothing)
        if not self._pace.allowed(items_max, self._clock.boottime_ms()):
            return False
        after_seq, upto_seq = window.backfilled_seq, window.split_seq
        make = lambda items: self._batch(after_seq, items, upto_seq=upto_seq, lane=lane)  # noqa: E731 - one of three
        return self._launch(make, items_max, self._backlog_done)

    def _launch(self, make: Make, items_max: int, if_none: Callable[[Batch], bool]) -> bool:
        """Send a batch; tell whether another move may follow. Without a row it is up to if_none."""
        try:
            batch, payload = self._fitting(make, items_max)
        except UnreadableRowError as error:
            return self._bury(error.seq, error.seq, "", UNREADABLE)
        if not batch.facts:
            return if_none(batch)
        if len(payload) > PAYLOAD_BYTES_MAX:
            return self._bury(batch.facts[0].seq, batch.last_seq, payload_sha256(payload), TOO_LARGE)
        if not self._publish_up(batch, payload):
            return False
        self._note_sent(batch, payload)
        return True

    def _note_sent(self, batch: Batch, payload: bytes) -> None:
        numbers = [fact.seq for fact in batch.facts]
        self._counters["uplink_items_sent"] += len(numbers)
        if batch.lane is Lane.BACKFILL:
            self._counters["uplink_items_backfilled"] += len(numbers)
            self._pace.took(len(numbers))
        elif self._urgent:
            sent = set(numbers)
            self._urgent = [seq for seq in self._urgent if seq not in sent]
        self.window.sent(
            Flight(
                ranges=add_numbers((), numbers),
                items=len(numbers),
                sha256=payload_sha256(payload),
                sent_ms=self._clock.boottime_ms(),
                lane=batch.lane,
            )
        )

    def _urgent_done(self, _: Batch) -> bool:
        self._urgent = []
        return False

    def _backlog_done(self, _: Batch) -> bool:
        """Go back to one file once nothing is on its way; its first batch closes what holes there are."""
        if self.window.flights:
            self.window.drain()
            return False
        self.window.end_lanes()
        return True

    def _fitting(self, make: Make, items_max: int) -> tuple[Batch, bytes]:
        """Return a batch whose payload fits, or one of a single item that does not."""
        while True:
            batch = make(items_max)
            payload = self._payload(batch)
            if len(payload) <= PAYLOAD_BYTES_MAX or len(batch.facts) <= 1:
                return batch, payload
            items_max = len(batch.facts) // 2

    def _batch(self, after_seq: int, items_max: int, *, upto_seq: int = INTEGER_MAX, lane: Lane | None = None) -> Batch:
        """Ask both clocks, with nothing in between, and only then the spool."""
        sent_ms, sent_boottime_ms = self._clock.now_ms(), self._clock.boottime_ms()
        return self._spool.next_batch(
            after_seq, sent_ms, sent_boottime_ms, items_max=items_max, upto_seq=upto_seq, lane=lane
        )

    def _pick(self, items_max: int) -> Batch:
        sent_ms, sent_boottime_ms = self._clock.now_ms(), self._clock.boottime_ms()
        return self._spool.pick_batch(self._urgent, sent_ms, sent_boottime_ms, items_max=items_max)

    def _sign_of_life(self) -> None:
        """Send an empty batch if nothing went up for heartbeat_ms, so that the mark moves while all is quiet."""
        now_ms = self._clock.boottime_ms()
        if self.window.phase is Phase.OFFLINE or self._last_up_ms is None:
            return
        if now_ms - self._last_up_ms >= self._heartbeat_ms:
            self._publish_empty(self._batch(self.window.after_seq, items_max=0))

    def _restate(self) -> None:
        """Say `state` anew from time to time, once the centre has answered."""
        if self.window.phase is Phase.SENDING and self._clock.boottime_ms() - self._stated_ms >= STATE_EVERY_MS:
            self._state_online()

    def _state_online(self) -> bool:
        self._stated_ms = self._clock.boottime_ms()
        return self._publish("state", self.state(online=True), True)  # noqa: FBT003 - retained

    def _catch_up(self, batch: Batch) -> bool:
        """After a backfill, say at once that nothing is left, not only with the next sign of life."""
        if self._held_back and not batch.others_left and batch.horizon_ms - self._horizon_ms >= CATCH_UP_MS:
            self._publish_empty(batch)
        return False

    def _publish_empty(self, batch: Batch) -> bool:
        payload = self._payload(batch)
        if not self._publish_up(batch, payload):
            return False
        self.window.probed(payload_sha256(payload))
        return True

    def _publish_up(self, batch: Batch, payload: bytes) -> bool:
        if not self._publish("up", payload, False):  # noqa: FBT003 - not retained
            self._counters["uplink_publish_refused"] += 1
            return False
        self._counters["uplink_batches_sent"] += 1
        self._last_up_ms = self._clock.boottime_ms()
        self._held_back = batch.others_left
        self._horizon_ms = batch.horizon_ms
        return True

    def _payload(self, batch: Batch) -> bytes:
        payload = encode(
            up_of(
                batch.facts,
                gateway=self._gateway,
                epoch=self._spool.epoch,
                first_seq=batch.first_seq,
                last_seq=batch.last_seq,
                boot=batch.boot,
                sent_ms=batch.sent_ms,
                clock=batch.clock,
                sent_boottime_ms=batch.sent_boottime_ms,
                boot_offset_ms=batch.boot_offset_ms,
                oldest_unsent_taken_ms=batch.oldest_unsent_ms,
                lane=batch.lane,
            )
        )
        return payload if self._sign is None else sealed(payload, self._sign)

    def _bury(self, first_seq: int, last_seq: int, sha256: str, reason: str) -> bool:
        """Put rows that cannot go up aside, with a gap in their place; False: no room, and tries become rarer."""
        now_ms, boottime_ms = self._clock.now_ms(), self._clock.boottime_ms()
        if boottime_ms < self._bury_due_ms:
            return False
        try:
            rows = self._spool.dead_letter(first_seq, last_seq, sha256, reason, now_ms=now_ms, boottime_ms=boottime_ms)
        except (SpoolFullError, StoreError) as error:
            self._counters["uplink_dead_letters_delayed"] += 1
            self._bury_pause_ms = min(BURY_MS_MAX, max(BURY_MS_MIN, 2 * self._bury_pause_ms))
            self._bury_due_ms = boottime_ms + self._bury_pause_ms
            _LOG.error(
                "row %d of the spool cannot go up (%s) and cannot be put aside either: %s; tried again in %d s",
                *(first_seq, reason, error, self._bury_pause_ms // 1_000),
            )
            return False
        self._bury_pause_ms = self._bury_due_ms = 0
        self._counters["uplink_dead_letters"] += rows
        _LOG.error("row(s) %d..%d of the spool were put aside (%s): a gap is declared", first_seq, last_seq, reason)
        return True

    def _begin_new_epoch(self, ack: Ack) -> None:
        old = self._spool.epoch
        new = self._spool.begin_new_epoch()
        self._counters["uplink_new_epochs"] += 1
        _LOG.error(
            "the centre has numbers up to %d of epoch %s that this spool never gave: it is an older copy. "
            "Rows go up again under the new epoch %s",
            max([ack.contiguous_seq, *(last for _, last in ack.ranges)]),
            old,
            new,
        )
        self.window = self._new_window(0)
        self.window.connected(self._clock.boottime_ms())

    def _start_over(self) -> None:
        """The spool's file was replaced by what could be saved of it: ask the centre anew before anything is sent."""
        self._generation = self._spool.generation
        self._urgent = []
        offline = self.window.phase is Phase.OFFLINE
        self.window = self._new_window(self._spool.opened_seq)
        if not offline:
            self.window.connected(self._clock.boottime_ms())

    def _new_window(self, given_seq: int) -> Window:
        return Window(gateway=self._gateway, epoch=self._spool.epoch, given_seq=given_seq, items_max=self._items_max)


def _no_health() -> GatewayHealth | None:
    """Nobody knows how the gateway is."""
    return None


def _nothing(_: Batch) -> bool:
    """There is nothing in the live lane."""
    return False


def _nobody_listens(_centre_ms: int) -> None:
    """Nobody wants to know the centre's time."""


def _nobody_asks(_centre_ms: int, _boottime_ms: int, _round_trip_ms: int) -> None:
    """Nobody compares the centre's clock with ours."""
