"""The writer thread: the one place from which the store is written. What others want written waits for it here."""

from collections.abc import Callable, Sequence
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass, field
from queue import Full
from threading import Event, Lock, Thread
from typing import Final

import structlog

from coldchain.errors import ColdchainError, RefusedSignatureError, StoreError
from coldchain.ports import Clock, Recorded
from coldchain.units import PersonFact
from coldchain.wire import Ack
from ingest.alarm_listening import LISTENED
from ingest.batches import Message
from ingest.counters import Counters
from ingest.pipeline import Pipeline
from ingest.security import SecurityLog, security_draft, signature_refused
from ingest.waiting import WAITING_MAX, AckAsked, AllAcksAsked, Waiting, WentDark

__all__ = ["QUEUE_MAX", "AckAsked", "AllAcksAsked", "WentDark", "Writer"]

QUEUE_MAX: Final = WAITING_MAX
CHORES_EVERY_MS: Final = 5_000
WATCH_EVERY_MS: Final = 60_000
SEAL_EVERY_MS: Final = 60_000  # once nothing was left to be sealed
RETRY_AFTER_MS: Final = 1_000
RECORD_TIMEOUT_S: Final = 30.0
MOVES_MAX: Final = 64  # cursors with a move that waits; several moves of one cursor are one
TELL_EVERY_MS: Final = 200  # many alarms of one moment are read together
MOVES_EVERY_MS: Final = 250  # a follower is done many times a second, and each transaction waits for the disk

log = structlog.get_logger("ingest")


@dataclass(frozen=True, slots=True)
class _PersonItem:
    fact: PersonFact
    done: "Future[Recorded]" = field(default_factory=Future)


class Writer:
    """Runs the pipeline in its own thread; implements the ports Recorder and Cursors."""

    def __init__(
        self,
        pipeline: Pipeline,
        clock: Clock,
        counters: Counters,
        known_epochs: Callable[[], Sequence[tuple[str, str]]],
        listening_ms: Callable[[], int],
    ) -> None:
        self._pipeline = pipeline
        self._clock = clock
        self._counters = counters
        self._known_epochs = known_epochs
        self._listening_ms = listening_ms
        self._waiting = Waiting()
        self._security = SecurityLog()  # of what people do; that of gateways is the pipeline's
        self._stop = Event()
        self._thread = Thread(target=self._run, name="writer", daemon=True)
        self._send: Callable[[Ack], None] = _nobody
        self._chores_due_ms = 0
        self._watch_due_ms = 0
        self._seal_due_ms = 0
        self._tell_due_ms = 0
        self._later = True  # readings of a backlog wait to be judged, as far as it is known
        self._anew = False  # a fold of another version of the rules waits for its next turn
        self._moves: dict[str, int] = {}
        self._moves_lock = Lock()
        self._moves_due_ms = 0
        self.store_error: str | None = None
        self.unjudged = 0  # probes and units on which the rules fail, by a fault of ours
        self.anew = 0  # probes that wait for their turn to be folded anew
        self.turned_ms = clock.boottime_ms()  # when it last came round: an idle writer does so four times a second

    def start(self, send: Callable[[Ack], None]) -> None:
        """Begin to work; `send` carries acks to gateways and may lose them."""
        self._send = send
        self._thread.start()

    def stop(self) -> None:
        """Finish the transaction at hand and end; what is still queued was never acked and comes again."""
        self._stop.set()
        self._thread.join(timeout=30)

    @property
    def alive(self) -> bool:
        """Whether the thread still works."""
        return self._thread.is_alive()

    @property
    def backlog(self) -> int:
        """How many items wait."""
        return len(self._waiting)

    @property
    def generation(self) -> int:
        """A number that grows with every commit of something that people may see; any thread may read it."""
        return self._pipeline.generation

    def move(self, name: str, value: int) -> None:
        """Move a follower's durable cursor soon, at the latest when the thread ends. What it stands for must be done.

        Until then `Books.cursor` gives the old value. Raises StoreError if too many cursors wait to be moved.
        """
        with self._moves_lock:
            if name not in self._moves and len(self._moves) >= MOVES_MAX:
                msg = f"{MOVES_MAX} cursors wait to be moved: the store does not take them, its error says why"
                raise StoreError(msg)
            self._moves[name] = value

    def offer(self, item: Message | AckAsked | AllAcksAsked | WentDark) -> None:
        """Queue an item, or let it go with a count if the queue is full: gateways repeat what is not acked."""
        if not self._waiting.add(item):
            self._counters.add("queue_full_total")

    def record(self, fact: PersonFact) -> Recorded:
        """Return when the fact is committed; raises what the pipeline raises, and StoreError if it takes too long."""
        item = _PersonItem(fact)
        try:
            self._waiting.add_alone(item, RECORD_TIMEOUT_S)
            return item.done.result(timeout=RECORD_TIMEOUT_S)
        except (Full, TimeoutError) as error:
            msg = "the store is busy and did not take it in time: try the same again, it is not recorded twice"
            raise StoreError(msg) from error

    def _run(self) -> None:
        while not self._stop.is_set():
            batch, backlog = self._waiting.next(self._patience_s())
            try:
                self._work(batch, backlog=backlog)
            except StoreError as error:
                self._failed(error, len(batch))
                self._stop.wait(RETRY_AFTER_MS / 1_000)
            self.turned_ms = self._clock.boottime_ms()
        with suppress(StoreError):  # the move is made again by a follower that finds its cursor behind
            self._move_cursors()

    def _patience_s(self) -> float:
        """Return for how long to wait for something while there is other work, and while there is none."""
        if self._anew or self._later:
            return 0.001
        return TELL_EVERY_MS / 10_000 if self._pipeline.alarms.changed else 0.25

    def _work(self, batch: Sequence[object], *, backlog: bool) -> None:
        now_ms = self._clock.now_ms()
        messages = [item for item in batch if isinstance(item, Message)]
        began_ms = self._clock.boottime_ms()
        acks = self._take(messages, now_ms)
        if backlog:
            self._waiting.took(len(messages), self._clock.boottime_ms() - began_ms)
        for item in batch:
            match item:
                case AckAsked(gateway, epoch):
                    acks.append(self._pipeline.ack_for(gateway, epoch, now_ms))
                case AllAcksAsked():
                    acks += [self._pipeline.ack_for(gateway, epoch, now_ms) for gateway, epoch in self._known_epochs()]
                case WentDark():
                    self._pipeline.went_dark(item.gateway, item.received_ms, retained=item.retained)
                case _PersonItem():
                    self._person(item, now_ms)
                case _:  # the messages are taken
                    pass
        for ack in acks:
            self._send(ack)
        self._later = bool(messages or self._later) and self._judge_later(now_ms)
        self._tell(now_ms)
        self._attest(now_ms)
        # Paced by the clock that never steps: after a step of the wall clock it must neither stop nor hurry.
        if self._moves and self._clock.boottime_ms() >= self._moves_due_ms:
            self._moves_due_ms = self._clock.boottime_ms() + MOVES_EVERY_MS
            self._move_cursors()
        self._anew = self._anew and self._fold_anew(now_ms)  # one span after each batch: no message waits for more
        if self._clock.boottime_ms() >= self._chores_due_ms:
            self._chores_due_ms = self._clock.boottime_ms() + CHORES_EVERY_MS
            self._chores(now_ms)

    def _move_cursors(self) -> None:
        """Write the moves that wait. One that was made meanwhile, or fails with the store, waits for the next time.

        A fault of a follower's must not stop the intake: what cannot be written at all is let go, and costs it work.
        """
        with self._moves_lock:
            moves = dict(self._moves)
        if not moves:
            return
        try:
            self._pipeline.move_cursors(moves)
        except StoreError:
            raise
        except Exception:
            log.exception("cursors_not_moved", moves=moves)
        with self._moves_lock:
            for name, value in moves.items():
                if self._moves.get(name) == value:
                    del self._moves[name]

    def _chores(self, now_ms: int) -> None:
        """Do what no message asks for. A fault of ours in one of them stops neither the intake nor the others."""
        if self.store_error is not None and not self._chore("store", lambda: self._try_store(now_ms)):
            return
        pipeline = self._pipeline
        self._later = True  # also what a store that failed has left waiting
        self._chore("readmit", lambda: pipeline.readmit(now_ms))
        self._chore("judge", lambda: self._catch_up(now_ms))
        self._chore("alarms", lambda: pipeline.alarms.look(now_ms, self._listening_ms()))
        self._chore("digest", lambda: pipeline.digest(now_ms))
        if self._clock.boottime_ms() >= self._watch_due_ms:
            self._watch_due_ms = self._clock.boottime_ms() + WATCH_EVERY_MS
            self._chore("gateways", lambda: pipeline.watch_gateways(now_ms, self._listening_ms()))
            self._chore("listened", lambda: self._note_listening(now_ms))
            self._chore("crossed", lambda: pipeline.watch_crossed(now_ms))
            self._chore("dispose", lambda: pipeline.dispose(now_ms))
        if self._clock.boottime_ms() >= self._seal_due_ms and not len(self._waiting):
            self._chore("seal", lambda: self._seal(now_ms))

    def _chore(self, name: str, do: Callable[[], object]) -> bool:
        """Do one chore; return whether it went well."""
        try:
            do()
        except StoreError as error:
            self._failed(error, 0)
        except Exception:
            self._counters.add("chore_failures_total", chore=name)
            log.exception("chore_failed", chore=name, advice="the other chores go on; it is tried again")
        else:
            return True
        return False

    def _try_store(self, now_ms: int) -> None:
        self._pipeline.try_store(now_ms)
        self.store_error = None

    def _note_listening(self, now_ms: int) -> None:
        """Keep when the centre could last hear gateways: after an outage its length is known by this."""
        if self._listening_ms() > 0:
            self._pipeline.move_cursors({LISTENED: now_ms})

    def _catch_up(self, now_ms: int) -> None:
        failed = self._pipeline.catch_up(now_ms)
        self.anew = self._pipeline.anew.waiting()
        self.unjudged = failed + self._pipeline.anew.failing
        self._anew = self.anew > 0 or self._pipeline.anew.failing > 0

    def _seal(self, now_ms: int) -> None:
        more = self._pipeline.seal(now_ms, self._clock.boottime_ms)
        self._seal_due_ms = self._clock.boottime_ms() + (0 if more else SEAL_EVERY_MS)

    def _judge_later(self, now_ms: int) -> bool:
        try:
            return self._pipeline.later.turn(now_ms, self._clock.boottime_ms)
        except StoreError as error:
            self._failed(error, 0)
        except Exception:
            self._counters.add("chore_failures_total", chore="later")
            log.exception("turn_failed", advice="what waits to be judged is stored; it is tried again with the chores")
        return False

    def _fold_anew(self, now_ms: int) -> bool:
        try:
            return self._pipeline.anew.turn(now_ms)
        except StoreError as error:
            self._failed(error, 0)
        return False

    def _tell(self, now_ms: int) -> None:
        """Queue what people have to be told of alarms that have just changed: the next chores are seconds away."""
        if not self._pipeline.alarms.changed or self._clock.boottime_ms() < self._tell_due_ms:
            return
        self._tell_due_ms = self._clock.boottime_ms() + TELL_EVERY_MS
        try:
            self._pipeline.alarms.tell(now_ms)
        except StoreError as error:
            self._failed(error, 0)
        except Exception:
            self._counters.add("chore_failures_total", chore="tell")
            log.exception("people_not_told_at_once", advice="the next look at the alarms tells them")

    def _attest(self, now_ms: int) -> None:
        """Sign what is due of the ledger. If that cannot be, the intake goes on, and what is wrong is said."""
        try:
            self._pipeline.attest(now_ms, self._clock.boottime_ms())
        except StoreError as error:
            self._counters.add("attest_failures_total")
            log.warning("checkpoint_waits", error=str(error))
        except Exception:
            self._counters.add("attest_failures_total")
            log.exception("attest_failed")

    def _take(self, messages: Sequence[Message], now_ms: int) -> list[Ack]:
        """Process messages together; if that fails, one by one, so that none suffers for its neighbour.

        One that fails alone for the store's sake is not acked and comes again. One that our own fault keeps from
        being processed is refused: its gateway keeps it aside and goes on, for one bad batch must not blind a fridge.
        """
        if not messages:
            return []
        try:
            return self._pipeline.process(messages, now_ms)
        except Exception as error:  # whatever it is, the messages beside it are not to blame
            if len(messages) > 1:
                log.warning("batch_failed", messages=len(messages), error=str(error))
                return [ack for message in messages for ack in self._alone(message, now_ms)]
            if isinstance(error, StoreError):
                raise
            log.exception("message_refused", gateway=messages[0].gateway, bytes=len(messages[0].payload))
            return self._pipeline.refuse(messages[0], now_ms)

    def _alone(self, message: Message, now_ms: int) -> list[Ack]:
        try:
            return self._take([message], now_ms)
        except StoreError as error:
            self._failed(error, 1)
            return []

    def _failed(self, error: StoreError, items: int) -> None:
        self._counters.add("store_errors_total")
        self.store_error = str(error)
        log.error("store_failed", items=items, error=str(error))

    def _person(self, item: _PersonItem, now_ms: int) -> None:
        try:
            item.done.set_result(self._pipeline.record(item.fact, now_ms))
        except RefusedSignatureError as error:
            item.done.set_exception(error)
            self._refused(item.fact, error, now_ms)
        except ColdchainError as error:
            item.done.set_exception(error)
        except Exception as error:  # the person must hear of it, and the intake goes on
            log.exception("person_fact_failed", kind=type(item.fact).__name__)
            failure = StoreError("the centre failed to record this; nothing was changed, and its log says why")
            failure.__cause__ = error
            item.done.set_exception(failure)

    def _refused(self, fact: PersonFact, error: RefusedSignatureError, now_ms: int) -> None:
        try:
            self._tell_refused(fact, error, now_ms)
        except StoreError:
            raise
        except Exception:
            log.exception("refused_signature_not_told", kind=type(fact).__name__, advice="the intake goes on")

    def _tell_refused(self, fact: PersonFact, error: RefusedSignatureError, now_ms: int) -> None:
        """Record that somebody signed where only another person may; a StoreError goes up to whoever waits for it."""
        events = [signature_refused(fact, error, now_ms)]
        told = self._security.to_write(events, now_ms)
        if told:
            self._pipeline.note([security_draft(event, "") for event in told], now_ms)
        self._security.written(events, told, now_ms)
        self._counters.add("security_total", gateway="", kind=events[0].kind)


def _nobody(ack: Ack) -> None:
    """Acks go nowhere before start()."""
