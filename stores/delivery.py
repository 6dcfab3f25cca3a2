"""Bringing lines to a sink: for ever while it cannot, loudly while it will not, and around a line that it never takes.

One batch is in memory, never more. What a server refuses for good goes to the dead letters with its reason.
"""

import json
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from threading import Event, Lock
from typing import Final

import structlog

from stores.influx import Answer, Sink, Verdict
from stores.lines import body_of

LETTERS_BYTES_MAX: Final = 1_000_000  # of one file; there are two, the present and the one before
LETTERS_PER_BATCH_MAX: Final = 50  # a server that refuses more than these refuses everything: better hold than drop it
TRIES_PER_SIZE: Final = 3  # a server that is too slow for a batch may take half of it
LINES_HALVED_MIN: Final = 1_000  # but one that was down for days is not met with single lines
LINE_SHOWN_MAX: Final = 2_000
SAY_EVERY_MS: Final = 600_000
LETTERS_ADVICE: Final = (
    "the server refuses nearly everything: most likely another program wrote to this database with other types; give"
    " the mirror a database of its own"
)

log = structlog.get_logger("mirror")


class Outcome(StrEnum):
    """How a delivery ended."""

    DELIVERED = "delivered"
    STOPPED = "stopped"
    MISSING = "missing"  # the database is not there (any more): prepare it, then deliver again
    NOT_NOW = "not-now"  # of an offer: the server cannot or will not


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How long is waited for what, in milliseconds."""

    poll_ms: int = 1_000
    retry_first_ms: int = 500
    retry_max_ms: int = 30_000
    hold_ms: int = 30_000
    snapshot_ms: int = 10_000
    ages_ms: int = 60_000
    registry_ms: int = 3_600_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """What was sent and what was not, since the start; `waiting` is why nothing can be sent now ("" : it can)."""

    points: int = 0
    requests: int = 0
    retries: int = 0
    dead_letters: int = 0
    beyond_retention: int = 0
    snapshots: int = 0
    snapshots_missed: int = 0
    rebuilds: int = 0
    faults: int = 0
    waiting: str = ""
    advice: str = ""
    last_error: str = ""


class Count:
    """The tally, safe to read while the worker counts."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._tally = Tally()

    @property
    def now(self) -> Tally:
        """Everything so far."""
        return self._tally

    def add(self, **numbers: int) -> None:
        """Count up by name."""
        with self._lock:
            sums = {name: getattr(self._tally, name) + number for name, number in numbers.items()}
            self._tally = replace(self._tally, **sums)

    def waits(self, reason: str, advice: str) -> None:
        """Note why nothing can be sent."""
        with self._lock:
            self._tally = replace(self._tally, waiting=reason, advice=advice, last_error=reason)

    def failed(self, reason: str) -> None:
        """Note a fault of our own."""
        with self._lock:
            self._tally = replace(self._tally, last_error=reason)

    def goes(self) -> None:
        """Note that the server takes what it gets."""
        if self._tally.waiting:
            with self._lock:
                self._tally = replace(self._tally, waiting="", advice="")


class DeadLetters:
    """What no server takes, a line of JSON each. Bounded: when the file is full it becomes `.old`, replacing that."""

    def __init__(self, path: Path | None, count: Count) -> None:
        self._path = path
        self._count = count

    def add(self, reason: str, line: bytes) -> None:
        """Keep one with its reason; a disk that does not take it is no reason to stop."""
        self._count.add(dead_letters=1)
        shown = line[:LINE_SHOWN_MAX].decode(errors="replace")
        log.error(
            "dead_letter", reason=reason, line=shown, advice="a fault of ours, or a line of another type: report it"
        )
        if self._path is None:
            return
        letter = json.dumps({"reason": reason, "line": shown}, ensure_ascii=False) + "\n"
        try:
            if self._path.exists() and self._path.stat().st_size + len(letter) > LETTERS_BYTES_MAX:
                self._path.replace(self._path.with_name(self._path.name + ".old"))
            with self._path.open("a", encoding="utf-8") as file:
                file.write(letter)
        except OSError as error:
            log.warning("dead_letter_not_kept", path=str(self._path), error=str(error))


class Delivery:
    """Sends batches of lines to one sink. Used by one thread."""

    def __init__(
        self, sink: Sink, letters: DeadLetters, count: Count, pace: Pace, boottime_ms: Callable[[], int]
    ) -> None:
        self._sink = sink
        self._letters = letters
        self._count = count
        self._pace = pace
        self._boottime_ms = boottime_ms
        self._random = random.Random()  # noqa: S311 - it spreads retries, it keeps no secret
        self._said: tuple[str, int] = ("", 0)
        self._tries = 0

    def deliver(self, lines: Sequence[bytes], stop: Event) -> Outcome:
        """Return once the sink has all lines that it can ever take, or stop is set, or the database is missing."""
        return self._send(lines, stop)

    def offer(self, lines: Sequence[bytes]) -> Outcome:
        """Try once, without waiting: for what is worth nothing later."""
        return self._send(lines, None)

    def wait(self, answer: Answer, stop: Event) -> bool:
        """Wait as long as an answer asks for, and say what is waited for; return whether to go on."""
        self._note(answer)
        self._count.add(retries=1)
        stop.wait(self._delay_ms(answer) / 1_000)
        return not stop.is_set()

    def goes(self) -> None:
        """Note that the server answers: the next trouble is new."""
        if self._tries or self._count.now.waiting:
            self._tries = 0
            if self._count.now.waiting:
                log.info("mirror_goes_on")
            self._said = ("", 0)
            self._count.goes()

    def _send(self, lines: Sequence[bytes], stop: Event | None) -> Outcome:
        """Send lines, halving what is refused until the bad ones stand alone. The first half goes first."""
        waiting = [lines] if lines else []
        letters = 0
        while waiting:
            part = waiting.pop()
            answer = self._sink.write(body_of(part))
            self._count.add(requests=1)
            if answer.verdict in (Verdict.REFUSED, Verdict.TOO_LARGE):
                if len(part) > 1:
                    waiting += _halves(part)
                    continue
                if letters < LETTERS_PER_BATCH_MAX:
                    letters += 1
                    self._letters.add(answer.reason, part[0])
                    continue
                answer = replace(answer, verdict=Verdict.HELD, advice=LETTERS_ADVICE)
            if answer.verdict is Verdict.DONE:
                self._done(answer, len(part))
                continue
            if answer.verdict is Verdict.MISSING:
                self._note(answer)
                return Outcome.MISSING
            if stop is None:
                self._note(answer)
                return Outcome.NOT_NOW
            if not self.wait(answer, stop):
                return Outcome.STOPPED
            waiting += self._again(part)
        return Outcome.DELIVERED

    def _again(self, part: Sequence[bytes]) -> list[Sequence[bytes]]:
        """Return what to try after a failure, the first part last."""
        if self._tries and self._tries % TRIES_PER_SIZE == 0 and len(part) >= LINES_HALVED_MIN:
            return _halves(part)
        return [part]

    def _done(self, answer: Answer, points: int) -> None:
        if answer.dropped:
            advice = "the retention policy of the database is shorter than the record; lengthen it if boards need more"
            if not self._count.now.beyond_retention:
                log.warning("beyond_retention", points=answer.dropped, advice=advice)
            self._count.add(beyond_retention=answer.dropped)
        self._count.add(points=points - answer.dropped)
        self.goes()

    def _delay_ms(self, answer: Answer) -> int:
        """Return a pause: doubling from the first one, spread by half, so that many mirrors do not knock together."""
        if answer.verdict is not Verdict.RETRY:
            return self._pace.hold_ms
        longest = min(self._pace.retry_max_ms, self._pace.retry_first_ms * 2 ** min(self._tries, 16))
        self._tries += 1
        return max(self._random.randint(longest // 2, longest), int(answer.retry_after_s * 1_000))

    def _note(self, answer: Answer) -> None:
        """Say what is waited for: when it changes, and again every ten minutes."""
        self._count.waits(answer.reason, answer.advice)
        kind, said_ms = self._said
        now_ms = self._boottime_ms()
        if kind == answer.verdict.value and now_ms - said_ms < SAY_EVERY_MS:
            return
        self._said = (answer.verdict.value, now_ms)
        if answer.verdict is Verdict.RETRY:
            log.warning(
                "mirror_waits", reason=answer.reason, advice="nothing is lost: it goes on when the server answers"
            )
        else:
            log.error("mirror_is_held", reason=answer.reason, advice=answer.advice)


def _halves(part: Sequence[bytes]) -> list[Sequence[bytes]]:
    middle = len(part) // 2
    return [part[middle:], part[:middle]]
