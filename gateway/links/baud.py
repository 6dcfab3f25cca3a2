"""Which speed a device speaks: found by trying, because a wrong one looks like silence or like noise.

    try_bauds(open_port, path, modbus_question(read_holding_registers(1, 0, 1)), BAUDS, clock) -> Found | None

`open_port` decides the framing: hand in serial_port.framed("8E1") to try lines with even parity. Three good frames are
required: one can be noise that looks like a frame. A baud at which nothing is understood costs ASKS_LOST_MAX questions.
Raises PortLostError if the port itself is not there.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from coldchain.ports import Clock
from gateway.decoders.heard import Heard, Rejected
from gateway.decoders.modbus_rtu import AnswerScanner, Request
from gateway.links.modbus_link import ANSWER_MS, LATE_ANSWER_MS
from gateway.links.serial_port import OpenPort, Port

BAUDS: Final = (9_600, 19_200, 115_200, 4_800, 38_400, 57_600, 2_400, 1_200)
GOOD_FRAMES: Final = 3
ASKS_LOST_MAX: Final = 2
READS_MAX: Final = 64


class Scanner(Protocol):
    """A decoder of the line's protocol, fresh for each question."""

    def feed(self, data: bytes) -> Sequence[Heard]:
        """Take bytes and return what was heard."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What to send, who understands the answer, and how long it may take. Whatever is not refused is a good frame."""

    frame: bytes
    scanner: Callable[[], Scanner]
    answer_ms: int = ANSWER_MS
    late_ms: int = LATE_ANSWER_MS


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """The speed at which a device answers, and the last of its answers (a Modbus exception is one too)."""

    baud: int
    answer: Heard


def modbus_question(request: Request) -> Question:
    """Return the question whether a Modbus RTU slave is there."""
    return Question(frame=request.frame, scanner=lambda: AnswerScanner(request))


def try_bauds(open_port: OpenPort, path: str, question: Question, bauds: Sequence[int], clock: Clock) -> Found | None:
    """Ask at each speed in turn; return the first at which three good frames come, or None."""
    for baud in bauds:
        port = open_port(path, baud)
        try:
            answer = _speaks(port, question, clock)
        finally:
            port.close()
        if answer is not None:
            return Found(baud=baud, answer=answer)
    return None


def _speaks(port: Port, question: Question, clock: Clock) -> Heard | None:
    good, lost, last = 0, 0, None
    while good < GOOD_FRAMES:
        heard = _ask(port, question, clock)
        if heard is None:
            lost += 1
            if lost >= ASKS_LOST_MAX:
                return None
            clock.wait(question.late_ms)  # a late answer is none to the next question
            continue
        good, last = good + 1, heard
    return last


def _ask(port: Port, question: Question, clock: Clock) -> Heard | None:
    port.flush_input()
    port.write(question.frame)
    scanner = question.scanner()
    deadline_ms = clock.boottime_ms() + question.answer_ms
    for _ in range(READS_MAX):
        left_ms = deadline_ms - clock.boottime_ms()
        data = port.read(left_ms) if left_ms > 0 else b""
        if not data:
            return None
        found = next((item for item in scanner.feed(data) if not isinstance(item, Rejected)), None)
        if found is not None:
            return found
    return None
