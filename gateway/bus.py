"""One line of Modbus devices: each is asked at its own pace, and a dead one does not eat the others' time."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from coldchain.ports import Clock
from gateway.counters import Counters
from gateway.decoders.modbus_rtu import Request
from gateway.links.modbus_link import Answered, Failed, Failure, Outcome
from gateway.silence import Watch

PACED_MS_MIN: Final = 5_000
SILENT_POLL_MS: Final = 10_000  # a silent slave costs ANSWER_MS and LATE_ANSWER_MS, so it is asked no more often
SILENT_POLL_MAX_MS: Final = 60_000  # and ever less often up to this: so late may one be noticed that is back


class Master(Protocol):
    """Asks the devices of one line or of one address. Call `transact` only when boottime has reached `free_at_ms`."""

    free_at_ms: int

    def transact(self, request: Request) -> Outcome:
        """Ask once and wait for the answer, no longer than one answer takes."""

    def close(self) -> None:
        """Release the line."""


class Questions(Protocol):
    """What a device is asked, and what its answers mean."""

    def asked(self) -> Sequence[Request]:
        """Return what to ask in this turn; the turn is good when all of it is answered."""

    def answered(self, answers: Sequence[Answered], *, was_silent: bool) -> int | None:
        """Take the answers of a good turn; return after how many ms to ask again ahead of the pace, or None."""

    def failed(self) -> bool:
        """Give this turn up; return whether that counts against the device."""


@dataclass(slots=True)
class Same:
    """Questions of a device that is always asked the same one thing."""

    request: Request
    take: Callable[[Answered], None]

    def asked(self) -> Sequence[Request]:
        """See Questions."""
        return (self.request,)

    def answered(self, answers: Sequence[Answered], *, was_silent: bool) -> int | None:
        """See Questions."""
        del was_silent
        self.take(answers[0])
        return None

    def failed(self) -> bool:
        """See Questions."""
        return True


@dataclass(slots=True, kw_only=True)
class Slave:
    """A device on the line: its questions, its pace, and who watches whether it answers."""

    questions: Questions
    poll_ms: int
    watch: Watch
    due_ms: int = 0
    again_ms: int | None = None  # asked once more ahead of its turn
    retried: bool = False
    silent_turns: int = 0  # failed ones since it was said to be silent

    @property
    def next_ms(self) -> int:
        """The boottime at which it is to be asked."""
        return self.due_ms if self.again_ms is None else self.again_ms


class Bus:
    """Asks the slaves of one line."""

    def __init__(self, link: Master, slaves: Sequence[Slave], clock: Clock, counters: Counters) -> None:
        self._link = link
        self._slaves = list(slaves)
        self._planned_ms = [slave.poll_ms for slave in self._slaves]
        self._clock = clock
        self._counters = counters
        for slave in self._slaves:
            slave.due_ms = clock.boottime_ms()

    @property
    def due_ms(self) -> int:
        """The boottime at which something is to be done next."""
        return max(self._link.free_at_ms, min(slave.next_ms for slave in self._slaves))

    def tick(self) -> None:
        """Ask those that are due, the longest waiting first; stop once the line has to be left alone."""
        for slave in sorted(self._slaves, key=lambda slave: slave.next_ms):
            now_ms = self._clock.boottime_ms()
            if now_ms >= self._link.free_at_ms and now_ms >= slave.next_ms:
                self._poll(slave)

    def close(self) -> None:
        """Release the port."""
        self._link.close()

    def poll_now(self) -> None:
        """Let every slave be due at once."""
        now_ms = self._clock.boottime_ms()
        for slave in self._slaves:
            slave.due_ms = min(slave.due_ms, now_ms)

    def set_pace(self, poll_ms: int | None) -> None:
        """Ask collectors this often; None: as planned. What is asked more often than PACED_MS_MIN, contacts, stays."""
        for slave, planned_ms in zip(self._slaves, self._planned_ms, strict=True):
            if planned_ms >= PACED_MS_MIN:
                slave.poll_ms = planned_ms if poll_ms is None else poll_ms
        self.poll_now()

    def _poll(self, slave: Slave) -> None:
        answers: list[Answered] = []
        for request in slave.questions.asked():
            outcome = self._link.transact(request)
            if isinstance(outcome, Failed):
                self._failed(slave, outcome)
                return
            answers.append(outcome)
        self._counters.polls_good += 1
        was_silent = slave.watch.silent
        slave.watch.good(answers[-1].taken_ms)
        slave.silent_turns = 0
        self._schedule(slave)
        again_after_ms = slave.questions.answered(answers, was_silent=was_silent)
        slave.again_ms = None if again_after_ms is None else self._clock.boottime_ms() + again_after_ms

    def _failed(self, slave: Slave, failed: Failed) -> None:
        self._counters.poll_failures[failed.failure.value] += 1
        if failed.failure is Failure.NO_ANSWER and not slave.retried and not slave.watch.silent:
            slave.retried = True  # it stays due: the first to be asked when the line is free again
            return
        counts, slave.again_ms = slave.questions.failed(), None
        if not counts:
            slave.retried = False
            return
        self._counters.polls_failed += 1
        reason = f"{failed.failure.value}-{failed.code}" if failed.code else failed.failure.value
        slave.watch.failed(reason)
        # A line that is not there costs no time: it is looked for at the first pace, so that all are back soon.
        slave.silent_turns += slave.watch.silent and failed.failure is not Failure.NO_PORT
        self._schedule(slave)

    def _schedule(self, slave: Slave) -> None:
        """Set the next turn on the slave's own grid, so that a late one does not shift all that follow."""
        slave.retried = False
        after_ms = self._clock.boottime_ms() + (_pause_ms(slave) if slave.watch.silent else 0)
        if after_ms < slave.due_ms:  # asked ahead of its turn, which is still to come
            return
        turns = max(1, -(-(after_ms + 1 - slave.due_ms) // slave.poll_ms))
        slave.due_ms += turns * slave.poll_ms


def _pause_ms(slave: Slave) -> int:
    """Return how long a silent slave is left alone: twice as long each time, up to the limit."""
    doublings = min(max(0, slave.silent_turns - 1), SILENT_POLL_MAX_MS.bit_length())
    return min(SILENT_POLL_MS << doublings, SILENT_POLL_MAX_MS)
