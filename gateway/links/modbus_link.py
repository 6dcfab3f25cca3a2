"""Turns of a Modbus RTU master on one line.

    free ──transact──► answered ──► free
              └─ nothing within ANSWER_MS ──► quiet for LATE_ANSWER_MS ──► whatever came is thrown away ──► free

RTU answers carry no transaction number, so an answer that comes after its time-out would be taken for the answer to the
next question: a wrong temperature, silently. Therefore a line on which a slave stayed silent is left alone for
longer than any slave takes, what has arrived is thrown away, and one question reads all channels of a device.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final, TypeAlias

from coldchain.ports import Clock
from gateway.counters import Counters
from gateway.decoders.heard import Heard, InputsRead, ModbusException, RegistersRead, Rejected
from gateway.decoders.modbus_rtu import AnswerScanner, Request
from gateway.links.line import Line
from gateway.links.serial_port import Port, PortLostError

ANSWER_MS: Final = 300
LATE_ANSWER_MS: Final = (
    1_000  # the longest that a slave may take; these collectors measure for 750 ms (DS18B20, 12 bit)
)
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


class ModbusLink:
    """The one master of a line. Call `transact` only when boottime has reached `free_at_ms`."""

    def __init__(self, line: Line, clock: Clock, counters: Counters) -> None:
        self.free_at_ms = 0
        self._line = line
        self._clock = clock
        self._counters = counters

    def transact(self, request: Request) -> Outcome:
        """Ask once and wait up to ANSWER_MS. A line that is not free yet is waited for."""
        self._clock.wait(self.free_at_ms - self._clock.boottime_ms())
        port = self._line.port()
        if port is None:
            return Failed(failure=Failure.NO_PORT)
        try:
            outcome = self._ask(port, request)
        except PortLostError as error:
            self._line.lost(error)
            return Failed(failure=Failure.NO_PORT)
        if outcome == Failed(failure=Failure.NO_ANSWER):
            self.free_at_ms = self._clock.boottime_ms() + LATE_ANSWER_MS
        else:
            self._line.works()
        return outcome

    def close(self) -> None:
        """Release the port."""
        self._line.close()

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
        return Failed(failure=Failure.NO_ANSWER)

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
