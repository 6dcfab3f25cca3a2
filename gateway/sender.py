"""What the uplink does between spool, window and wire: no socket here, so that a simulated broker can drive it.

connected / disconnected / ack ──> Sender ──publish(leaf, payload, retain)──> broker
step: ask, send what fits into the window, give a sign of life
"""

import logging
from collections import Counter
from collections.abc import Callable
from typing import Final

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
    decode_ack,
    encode,
    payload_sha256,
    up_of,
)
from gateway.spool import Batch, Spool
from gateway.spool_rows import REFUSED, TOO_LARGE, UNREADABLE, UnreadableRowError
from gateway.window import Ask, Flight, Outcome, Phase, Send, Window

HEARTBEAT_MS: Final = 15_000
STATE_EVERY_MS: Final = 60_000  # so often `state` is said anew, for the health in it
CATCH_UP_MS: Final = 5_000  # a mark that was held back this far by unsent rows is moved as soon as they are gone
# What is counted, in words for an operator.
COUNTERS: Final = {
    "uplink_connects": "Connections on which the centre could be asked",
    "uplink_connect_failures": "Attempts at which no broker was reached, or the line broke while it was used",
    "uplink_connect_refusals": "Attempts at which the broker refused user, password or subscription",
    "uplink_disconnects": "Connections that were lost",
    "uplink_asks": "Questions to the centre how far it is",
    "uplink_acks": "Acks read",
    "uplink_acks_unreadable": "Messages on the ack topic that are no acks",
    "uplink_acks_dropped": "Acks let go because too many waited or one was too large; the next says all of it again",
    "uplink_commands": "Limits and commands of the centre that arrived",
    "uplink_commands_dropped": "Limits and commands let go because too many waited or one was too large",
    "uplink_command_refusals": "Connections on which the broker refused to hand down limits and commands",
    "uplink_barred": "Acks by which the centre refused even an empty batch",
    "uplink_batches_sent": "Batches sent, empty ones and repeated ones too",
    "uplink_items_sent": "Items sent, repeated ones too",
    "uplink_publish_refused": "Messages that could not be handed to the connection and are sent later",
    "uplink_rows_settled": "Rows deleted because the centre has committed them",
    "uplink_dead_letters": "Rows put aside because they cannot go up",
    "uplink_new_epochs": "New epochs begun because the spool was an older copy of itself",
    "uplink_spool_errors": "Rounds at which the spool's disk failed or was full",
}
_LOG: Final = logging.getLogger(__name__)

Publish = Callable[[str, bytes, bool], bool]


class Sender:
    """Drives one gateway's window over its spool. One thread only.

    `publish(leaf, payload, retain)` tells whether the message was handed to a live connection; what it refused is
    sent later. `counters` gets COUNTERS. `sign` makes the signature of each batch, with the key of the day: rows are
    signed when they are sent, so a new key needs nothing to be sent again.
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
    ) -> None:
        self._sign = sign
        self.on_centre_time: Callable[[int], None] = _nobody_asks
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
        self.window = self._new_window(spool.opened_seq)

    def connected(self) -> None:
        """Begin on a new connection: the ack topic is subscribed."""
        self._counters["uplink_connects"] += 1
        self.window.connected(self._clock.boottime_ms())

    def disconnected(self) -> None:
        """The connection is gone."""
        self.window.disconnected()

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
        if outcome.foreign:
            self._begin_new_epoch(ack)
        if outcome.barred:
            self._counters["uplink_barred"] += 1
            _LOG.error(
                "the centre refuses every batch of gateway %s: is it registered there, with the key that signs here?",
                self._gateway,
            )
        self._book(ack, outcome)

    def step(self) -> None:
        """Do all that may be done now. Raises StoreError or SpoolFullError if the spool's disk fails."""
        self._sign_of_life()
        self._restate()
        while self._move():
            pass

    def _book(self, ack: Ack, outcome: Outcome) -> None:
        if outcome.settle:
            self._counters["uplink_rows_settled"] += self._spool.settle(ack)
        for flight in outcome.refused:
            self._bury(flight.first_seq, flight.last_seq, flight.sha256, REFUSED)

    def _move(self) -> bool:
        """Make one move; tell whether another may follow."""
        match self.window.next_move(self._clock.boottime_ms()):
            case Ask(after_seq=after_seq, hello=hello):
                return self._ask(after_seq, hello=hello)
            case Send(after_seq=after_seq, items_max=items_max):
                return self._send(after_seq, items_max)
            case None:
                return False

    def _ask(self, after_seq: int, *, hello: bool) -> bool:
        if hello and not self._state_online():
            return False
        if self._publish_empty(self._batch(after_seq, items_max=0)):
            self._counters["uplink_asks"] += 1
            self.window.asked(self._clock.boottime_ms())
        return False

    def _send(self, after_seq: int, items_max: int) -> bool:
        try:
            batch, payload = self._fitting(after_seq, items_max)
        except UnreadableRowError as error:
            self._bury(error.seq, error.seq, "", UNREADABLE)
            return True
        if not batch.facts:
            self._catch_up(batch)
            return False
        if len(payload) > PAYLOAD_BYTES_MAX:
            self._bury(batch.facts[0].seq, batch.last_seq, payload_sha256(payload), TOO_LARGE)
            return True
        if not self._publish_up(batch, payload):
            return False
        self._counters["uplink_items_sent"] += len(batch.facts)
        self.window.sent(
            Flight(
                ranges=add_numbers((), [fact.seq for fact in batch.facts]),
                items=len(batch.facts),
                sha256=payload_sha256(payload),
                sent_ms=self._clock.boottime_ms(),
            )
        )
        return True

    def _fitting(self, after_seq: int, items_max: int) -> tuple[Batch, bytes]:
        """Return a batch whose payload fits, or one of a single item that does not."""
        while True:
            batch = self._batch(after_seq, items_max)
            payload = self._payload(batch)
            if len(payload) <= PAYLOAD_BYTES_MAX or len(batch.facts) <= 1:
                return batch, payload
            items_max = len(batch.facts) // 2

    def _batch(self, after_seq: int, items_max: int) -> Batch:
        """Ask both clocks, with nothing in between, and only then the spool."""
        sent_ms, sent_boottime_ms = self._clock.now_ms(), self._clock.boottime_ms()
        return self._spool.next_batch(after_seq, sent_ms, sent_boottime_ms, items_max=items_max)

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

    def _catch_up(self, batch: Batch) -> None:
        """After a backfill, say at once that nothing is left, not only with the next sign of life."""
        if self._held_back and not batch.others_left and batch.horizon_ms - self._horizon_ms >= CATCH_UP_MS:
            self._publish_empty(batch)

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
                oldest_unsent_taken_ms=batch.oldest_unsent_ms,
            )
        )
        return payload if self._sign is None else sealed(payload, self._sign)

    def _bury(self, first_seq: int, last_seq: int, sha256: str, reason: str) -> None:
        """Put rows that cannot go up aside, with a gap in their place."""
        now_ms, boottime_ms = self._clock.now_ms(), self._clock.boottime_ms()
        rows = self._spool.dead_letter(first_seq, last_seq, sha256, reason, now_ms=now_ms, boottime_ms=boottime_ms)
        self._counters["uplink_dead_letters"] += rows
        _LOG.error("row(s) %d..%d of the spool were put aside (%s): a gap is declared", first_seq, last_seq, reason)

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

    def _new_window(self, given_seq: int) -> Window:
        return Window(gateway=self._gateway, epoch=self._spool.epoch, given_seq=given_seq, items_max=self._items_max)


def _no_health() -> GatewayHealth | None:
    """Nobody knows how the gateway is."""
    return None


def _nobody_asks(_centre_ms: int) -> None:
    """Nobody wants to know the centre's time."""
