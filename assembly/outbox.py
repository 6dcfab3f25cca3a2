"""The outbox: messages that the ledger says are waiting go out by their channels, and what became of each comes back.

A thread a channel, so that a slow service holds up no other. What waits is read from the record, so a restart loses
nothing; an attempt whose answer was lost is made again under the same key. Where many wait for one address they go out
as one letter: in a storm nobody reads the fortieth message.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from threading import Event, Thread
from typing import Final

import structlog

from assembly.senders.base import Letter, Outcome, Sender, Sent, cut, failed
from coldchain.alarms import RANK, Severity
from coldchain.errors import ColdchainError, ConflictError
from coldchain.notifications import (
    TEXT_CHARACTERS_MAX,
    NoteAttempt,
    Notification,
    NotificationState,
    recorded_at,
    wait_after,
)
from coldchain.ports import Clock, Recorder, Store

AT_ONCE: Final = 200  # messages read at a time
DIGEST_FROM: Final = 5  # so many or more for one address go out as one letter
DIGEST_LINES: Final = 20
LOOK_MS: Final = 500
MINUTE_MS: Final = 60_000
STOP_S: Final = 20
STATES: Final[Mapping[Outcome, NotificationState]] = {
    Outcome.DELIVERED: NotificationState.DELIVERED,
    Outcome.ACCEPTED: NotificationState.ACCEPTED,
    Outcome.FAILED: NotificationState.WAITING,
    Outcome.REFUSED: NotificationState.REFUSED,
}

log = structlog.get_logger("outbox")


@dataclass(slots=True)
class ChannelHealth:
    """How a channel does: for metrics, the pages and the operator."""

    sent: int = 0
    failed_in_a_row: int = 0
    last_detail: str = ""
    last_ms: int | None = None


@dataclass(frozen=True, slots=True)
class Tries:
    """Failures in a row that are not in the record, and when (boot time) the next attempt is due."""

    made: int
    due_ms: int


class Channel:
    """One way out, worked by one thread. `turn` may be called by tests without any."""

    def __init__(self, name: str, sender: Sender, store: Store, recorder: Recorder, clock: Clock) -> None:
        self.name = name
        self.health = ChannelHealth()
        self._sender = sender
        self._store = store
        self._recorder = recorder
        self._clock = clock
        self._sent_ms: list[int] = []  # boot times of what went out within the last minute
        self._tried: dict[str, Tries] = {}  # of what is due in the record: failures that are not recorded
        self._owed: list[NoteAttempt] = []  # outcomes of letters that the store has not taken yet

    def turn(self) -> int:
        """Send what is due and fits into this minute; return how many messages were tried. Raises StoreError.

        What could not be recorded is recorded before anything is sent: a store that takes nothing must not make a
        phone ring without end.
        """
        self._record_what_is_owed()
        with self._store.reading() as session:
            due = session.records.waiting_notifications(self.name, self._clock.now_ms(), AT_ONCE)
        self._tried = {one.id: tries for one in due if (tries := self._tried.get(one.id))}
        tried = 0
        for group in grouped([one for one in due if self._is_due(one)]):
            if not self._room():
                break
            self._send(group)
            tried += len(group)
        return tried

    def _room(self) -> bool:
        """Whether the service takes one more within the running minute."""
        now_ms = self._clock.boottime_ms()
        self._sent_ms = [at_ms for at_ms in self._sent_ms if now_ms - at_ms < MINUTE_MS]
        return len(self._sent_ms) < self._sender.per_minute_max

    def _send(self, group: Sequence[Notification]) -> None:
        self._sent_ms.append(self._clock.boottime_ms())
        try:
            sent = self._sender.send(letter_of(group))
        except Exception as error:  # a fault of ours in one sender; the others and the centre go on
            log.exception("sender_failed", channel=self.name)
            sent = failed(f"{type(error).__name__}: {error}")
        self._noted(sent)
        for one in group:
            self._count(one, sent)
        self._record_what_is_owed()

    def _is_due(self, one: Notification) -> bool:
        tries = self._tried.get(one.id)
        return tries is None or self._clock.boottime_ms() >= tries.due_ms

    def _noted(self, sent: Sent) -> None:
        health = self.health
        health.last_ms, health.last_detail = self._clock.now_ms(), sent.detail
        if sent.taken:
            health.sent, health.failed_in_a_row = health.sent + 1, 0
            return
        health.failed_in_a_row += 1
        log.warning("message_not_taken", channel=self.name, outcome=sent.outcome.value, detail=sent.detail)

    def _count(self, one: Notification, sent: Sent) -> None:
        """Count an attempt; every success and some failures are to be recorded."""
        before = self._tried.pop(one.id, None)
        made = 1 if before is None else before.made + 1
        total = one.attempts + made
        state = STATES[sent.outcome]
        if state is NotificationState.WAITING and not recorded_at(total):
            due_ms = self._clock.boottime_ms() + wait_after(total, sent.wait_ms)
            self._tried[one.id] = Tries(made=made, due_ms=due_ms)
            return
        fact = NoteAttempt(
            notification=one.id,
            version=one.version,
            state=state,
            at_ms=self._clock.now_ms(),
            receipt=sent.receipt,
            detail=sent.detail,
            wait_ms=sent.wait_ms,
            attempts=made,
        )
        self._owed.append(fact)

    def _record_what_is_owed(self) -> None:
        while self._owed:
            try:
                self._recorder.record(self._owed[0])
            except ConflictError as error:  # it went on meanwhile: what stands in the record counts
                log.info("attempt_not_recorded", notification=self._owed[0].notification, why=str(error))
            self._owed.pop(0)


def grouped(due: Sequence[Notification]) -> list[list[Notification]]:
    """Return what goes out together, the gravest first: one by one, or many for one address as one letter."""
    by_address: dict[str, list[Notification]] = {}
    for one in due:
        by_address.setdefault(one.to, []).append(one)
    groups: list[list[Notification]] = []
    for several in by_address.values():
        several.sort(key=_gravest_first)
        groups += [several] if len(several) >= DIGEST_FROM else [[one] for one in several]
    return sorted(groups, key=lambda group: _gravest_first(group[0]))


def letter_of(group: Sequence[Notification]) -> Letter:
    """Return the letter for one message, or for many: their subjects under a line that says how many there are."""
    first = group[0]
    if len(group) == 1:  # the same key for every attempt, and the same content
        return Letter(
            key=first.id,
            to=first.to,
            subject=first.subject,
            text=cut(first.text, TEXT_CHARACTERS_MAX),
            critical=first.severity is Severity.CRITICAL,
            data=first.data,
        )
    lines = [f"- {one.subject}" for one in group[:DIGEST_LINES]]
    if len(group) > DIGEST_LINES:
        more = len(group) - DIGEST_LINES
        lines.append(f"… 另有 {more} 条 / and {more} more")
    return Letter(
        key=_key_of(group),
        to=first.to,
        subject=f"{len(group)} 条报警 / {len(group)} alarms: {first.subject}",
        text=cut("\n".join([*lines, "", first.text]), TEXT_CHARACTERS_MAX),
        critical=any(one.severity is Severity.CRITICAL for one in group),
        data={"alarms": len(group), **first.data},
    )


def _key_of(group: Sequence[Notification]) -> str:
    """Return the key of a letter for many: others, or one of them alone, have another key, for they say other things.

    A service that knows a key answers its old receipt and sends nothing: a key never stands for two contents.
    """
    return "digest-" + hashlib.sha256("\n".join(sorted(one.id for one in group)).encode()).hexdigest()[:32]


def _gravest_first(one: Notification) -> tuple[int, int, str]:
    return -RANK[one.severity], one.queued_ms, one.id


class Outbox:
    """All channels, a thread each. Nothing that they do stops the centre."""

    def __init__(self, channels: Sequence[Channel]) -> None:
        self.channels = tuple(channels)
        self._stop = Event()
        self._rung = [Event() for _ in self.channels]
        self._threads = [
            Thread(target=self._run, args=(channel, rung), name=f"outbox-{channel.name}", daemon=True)
            for channel, rung in zip(self.channels, self._rung, strict=True)
        ]
        for thread in self._threads:
            thread.start()

    @property
    def alive(self) -> bool:
        """Whether every channel is still worked."""
        return all(thread.is_alive() for thread in self._threads)

    def ring(self) -> None:
        """Let all look now: something has just been queued. Any thread may call it."""
        for rung in self._rung:
            rung.set()

    def close(self) -> None:
        """End after what is at hand."""
        self._stop.set()
        self.ring()
        for thread in self._threads:
            thread.join(STOP_S)

    def _run(self, channel: Channel, rung: Event) -> None:
        while not self._stop.is_set():
            rung.clear()  # before the look: what is queued after it rings again
            if not self._turn(channel):
                rung.wait(LOOK_MS / 1_000)

    def _turn(self, channel: Channel) -> int:
        try:
            return channel.turn()
        except ColdchainError as error:
            log.warning("outbox_waits", channel=channel.name, error=str(error))
        except Exception:
            log.exception("outbox_failed", channel=channel.name)
        return 0
