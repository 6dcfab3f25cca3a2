"""Turns of a Modbus RTU master on one line.

    free ──transact──► answered ──► free
              └─ nothing within ANSWER_MS ──► quiet for LATE_ANSWER_MS ──► whatever came is thrown away ──► free

RTU answers carry no transaction number, so an answer that comes after its time-out would be taken for the answer to the
next question: a wrong temperature, silently. Therefore

- a line on which a slave stayed silent is left alone for longer than any slave takes, and what arrived is thrown away;
- one question reads all channels of a device where its registers allow it;
- a slave that left a question unanswered is not asked another one with a like answer before it has answered a control
  question, whose answer is like no other: slaves answer in order, so then nothing older can come any more, however
  late it is. A control question that is refused proves less (refusals look alike): then the line is left alone again.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final, TypeAlias

from coldchain.ports import Clock
from gateway.counters import Counters
from gateway.decoders.heard import Heard, InputsRead, ModbusException, RegistersRead, Rejected
from gateway.decoders.modbus_rtu import (
    BIT_FUNCTIONS,
    READ_HOLDING_REGISTERS,
    REGISTERS_MAX,
    AnswerScanner,
    Request,
    read_request,
)
from gateway.links.line import Line
from gateway.links.serial_port import Port, PortLostError

ANSWER_MS: Final = 300
LATE_ANSWER_MS: Final = (
    1_000  # the longest that a slave may take; these collectors measure for 750 ms (DS18B20, 12 bit)
)
UNANSWERED_MAX: Final = 64  # different questions of one slave that are remembered
CONTROL_COUNTS: Final = REGISTERS_MAX  # sizes of control questions, one after the other
READS_MAX: Final = 64  # a line that never stops talking must not hold the gateway, even if its clock stands still


class Failure(StrEnum):
    """Why a question has no answer."""

    NO_ANSWER = "no-answer"
    EXCEPTION = "exception"
    NO_PORT = "no-port"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """The answer, with the clocks when its last byte had come."""

    heard: RegistersRead | InputsRead
    taken_ms: int
    boottime_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed:
    """No usable answer; `code` of a Modbus exception, else 0."""

    failure: Failure
    code: int = 0


Outcome: TypeAlias = Answered | Failed
_NO_ANSWER: Final = Failed(failure=Failure.NO_ANSWER)


class ModbusLink:
    """The one master of a line. Call `transact` only when boottime has reached `free_at_ms`."""

    def __init__(self, line: Line, clock: Clock, counters: Counters) -> None:
        self.free_at_ms = 0
        self._unanswered: dict[int, set[Request]] = {}  # by slave; few, because a device has few questions
        self._control_count = 0
        self._line = line
        self._clock = clock
        self._counters = counters

    def transact(self, request: Request) -> Outcome:
        """Ask once and wait up to ANSWER_MS, once more for a control question. A line not yet free is waited for."""
        self._clock.wait(self.free_at_ms - self._clock.boottime_ms())
        port = self._line.port()
        if port is None:
            return Failed(failure=Failure.NO_PORT)
        try:
            if not self._is_safe(port, request):
                return _NO_ANSWER
            outcome = self._ask(port, request)
        except PortLostError as error:
            self._line.lost(error)
            return Failed(failure=Failure.NO_PORT)
        if outcome == _NO_ANSWER:
            self._leave_alone()
            questions = self._unanswered.setdefault(request.slave, set())
            if len(questions) < UNANSWERED_MAX:
                questions.add(request)
        else:
            self._line.works()
        return outcome

    def close(self) -> None:
        """Release the port."""
        self._line.close()

    def _leave_alone(self) -> None:
        self.free_at_ms = self._clock.boottime_ms() + LATE_ANSWER_MS

    def _is_safe(self, port: Port, request: Request) -> bool:
        """Tell whether no late answer can be taken for the one to this question; ask a control question if need be."""
        unanswered = self._unanswered.get(request.slave, set())
        if not any(other != request and _alike(other, request) for other in unanswered):
            return True
        control = self._control(request, unanswered)
        outcome = self._ask(port, control)
        if outcome != _NO_ANSWER:
            del self._unanswered[request.slave]
        if isinstance(outcome, Answered):
            return True
        self._leave_alone()
        return False

    def _control(self, request: Request, unanswered: set[Request]) -> Request:
        """Return a question whose answer is like none that may be under way; its size changes each time."""
        function = READ_HOLDING_REGISTERS if request.function in BIT_FUNCTIONS else request.function
        taken = {other.data_bytes for other in (*unanswered, request)}
        for _ in range(CONTROL_COUNTS):
            self._control_count = self._control_count % CONTROL_COUNTS + 1
            if 2 * self._control_count not in taken:
                break
        first = min(request.first, 0xFFFF + 1 - REGISTERS_MAX)
        return read_request(request.slave, function, first, self._control_count)

    def _ask(self, port: Port, request: Request) -> Outcome:
        self._throw_away(port)
        port.write(request.frame)
        scanner = AnswerScanner(request)
        deadline_ms = self._clock.boottime_ms() + ANSWER_MS
        for _ in range(READS_MAX):
            left_ms = deadline_ms - self._clock.boottime_ms()
            data = port.read(left_ms) if left_ms > 0 else b""
            if not data:
                break
            heard = scanner.feed(data)
            if scanner.complete:
                return self._answered(heard, scanner)
            self._counters.count_rejected(heard)
        self._counters.count_rejected(scanner.idle_flush())
        return _NO_ANSWER

    def _answered(self, heard: list[Heard], scanner: AnswerScanner) -> Outcome:
        taken_ms, boottime_ms = self._clock.now_ms(), self._clock.boottime_ms()
        self._counters.count_rejected(heard)
        self._counters.count_rejected(scanner.idle_flush())
        answer = next(item for item in heard if not isinstance(item, Rejected))
        if isinstance(answer, ModbusException):
            return Failed(failure=Failure.EXCEPTION, code=answer.code)
        if not isinstance(answer, RegistersRead | InputsRead):
            msg = f"the Modbus scanner handed on {type(answer).__name__}: a mistake in this program, please report it"
            raise TypeError(msg)
        return Answered(heard=answer, taken_ms=taken_ms, boottime_ms=boottime_ms)

    def _throw_away(self, port: Port) -> None:
        """Count and forget what arrived before the question: it cannot be the answer to it."""
        for _ in range(READS_MAX):
            data = port.read(0)
            if not data:
                break
            self._counters.rejected["unasked"] += 1
        port.flush_input()


def _alike(one: Request, other: Request) -> bool:
    """Tell whether an answer to one of them could be taken for one to the other."""
    return one.function == other.function and one.data_bytes == other.data_bytes
