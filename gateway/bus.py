"""One RS-485 line: its slaves are asked in turn, each at its own pace, and a dead one does not eat the others' time."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from coldchain.ports import Clock
from gateway.counters import Counters
from gateway.decoders.modbus_rtu import Request
from gateway.links.line import Line
from gateway.links.modbus_link import Answered, Failed, Failure, ModbusLink
from gateway.silence import Watch

PACED_MS_MIN: Final = 5_000
SILENT_POLL_MS: Final = 10_000  # a silent slave costs ANSWER_MS and LATE_ANSWER_MS, so it is asked no more often


@dataclass(slots=True, kw_only=True)
class Slave:
    """A device on the line: its one question, its pace, and what to do with the answer."""

    request: Request
    poll_ms: int
    watch: Watch
    take: Callable[[Answered], None]
    due_ms: int = 0
    retried: bool = False


class Bus:
    """Asks the slaves of one line."""

    def __init__(self, line: Line, slaves: Sequence[Slave], clock: Clock, counters: Counters) -> None:
        self._line = line
        self._link = ModbusLink(line, clock, counters)
        self._slaves = list(slaves)
        self._planned_ms = [slave.poll_ms for slave in self._slaves]
        self._clock = clock
        self._counters = counters
        for slave in self._slaves:
            slave.due_ms = clock.boottime_ms()

    @property
    def due_ms(self) -> int:
        """The boottime at which something is to be done next."""
        return max(self._link.free_at_ms, min(slave.due_ms for slave in self._slaves))

    def tick(self) -> None:
        """Ask those that are due, the longest waiting first; stop once the line has to be left alone."""
        for slave in sorted(self._slaves, key=lambda slave: slave.due_ms):
            now_ms = self._clock.boottime_ms()
            if now_ms >= self._link.free_at_ms and now_ms >= slave.due_ms:
                self._poll(slave)

    def close(self) -> None:
        """Release the port."""
        self._line.close()

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
        outcome = self._link.transact(slave.request)
        if isinstance(outcome, Failed):
            self._failed(slave, outcome)
            return
        self._counters.polls_good += 1
        slave.watch.good(outcome.taken_ms)
        self._schedule(slave)
        slave.take(outcome)

    def _failed(self, slave: Slave, failed: Failed) -> None:
        self._counters.poll_failures[failed.failure.value] += 1
        if failed.failure is Failure.NO_ANSWER and not slave.retried and not slave.watch.silent:
            slave.retried = True  # it stays due: the first to be asked when the line is free again
            return
        self._counters.polls_failed += 1
        reason = f"{failed.failure.value}-{failed.code}" if failed.code else failed.failure.value
        slave.watch.failed(reason)
        self._schedule(slave)

    def _schedule(self, slave: Slave) -> None:
        """Set the next turn on the slave's own grid, so that a late one does not shift all that follow."""
        slave.retried = False
        after_ms = self._clock.boottime_ms() + (SILENT_POLL_MS if slave.watch.silent else 0)
        turns = max(1, -(-(after_ms + 1 - slave.due_ms) // slave.poll_ms))
        slave.due_ms += turns * slave.poll_ms
