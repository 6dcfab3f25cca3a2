"""What hangs on which port: questions that known kinds of devices answer, asked at each speed they use.

    port ──open──► in use / no permission / absent / broken, told apart
           └─ each question at each of its speeds ──► understood (three times in a row) ──► Found

One understood answer may be noise; three are a device. Nothing is written to a device: all questions are reads.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from coldchain.ports import Clock
from gateway.decoders.heard import InputsRead, ModbusException, RegistersRead, Rejected
from gateway.decoders.modbus_rtu import (
    AnswerScanner,
    Request,
    read_discrete_inputs,
    read_holding_registers,
    read_input_registers,
)
from gateway.links.readers import BAUDS, version_heard, version_question
from gateway.links.serial_port import OpenPort, Port, PortFault, PortLostError

ANSWER_MS: Final = 250
QUIET_MS: Final = 1_000  # after silence, so that a late answer is not taken for the next one's
READS_MAX: Final = 32
ANSWER_BYTES_MAX: Final = 4_096
AGREE: Final = 3
MODBUS_BAUDS: Final = (9_600, 19_200, 4_800, 38_400, 115_200)
READER_PROTOCOLS: Final = ("bb7e", "a0", "chafon", "hf7e55")  # chafon18 answers the same question as chafon

Understands = Callable[[bytes], str]
"""(all that came) -> what it is, in words; "" if it is no answer to the question."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What to send and who understands the answer. `slave`: the Modbus address that is asked, 0 for readers."""

    protocol: str
    ask: bytes
    understands: Understands
    slave: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """Something that answers."""

    port: str
    baud: int
    protocol: str
    slave: int
    what: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Probed:
    """What one port gave. `fault`: why it could not be asked; `noise_bytes`: what came and was not understood."""

    port: str
    fault: PortFault | None
    found: tuple[Found, ...] = ()
    noise_bytes: int = 0


def modbus_questions(slave: int) -> list[Question]:
    """Return what a Modbus slave may understand: holding registers, input registers, discrete inputs."""
    asked = (
        ("holding registers", read_holding_registers(slave, 0, 1)),
        ("input registers", read_input_registers(slave, 0, 1)),
        ("discrete inputs", read_discrete_inputs(slave, 0, 1)),
    )
    return [
        Question(protocol="modbus", ask=request.frame, understands=_modbus(request, words), slave=slave)
        for words, request in asked
    ]


def reader_questions(baud: int) -> list[Question]:
    """Return the version questions of the serial readers that may be set to this speed."""
    return [
        Question(protocol=protocol, ask=version_question(protocol), understands=_reader(protocol))
        for protocol in READER_PROTOCOLS
        if baud in BAUDS[protocol]
    ]


def probe_port(
    path: str, open_port: OpenPort, clock: Clock, *, slaves: Sequence[int], tell: Callable[[str], None]
) -> Probed:
    """Ask everything on one port, readers first: their question is short. Stops at the first speed that is understood.

    Worst case: 5 speeds × (4 readers + slaves × 3 questions) × 1.25 s; the caller chooses how many slaves are worth it.
    """
    noise, found = 0, list[Found]()
    reader_bauds = dict.fromkeys(baud for protocol in READER_PROTOCOLS for baud in BAUDS[protocol])
    of_slaves = [question for slave in slaves for question in modbus_questions(slave)]
    plans = [(baud, reader_questions(baud)) for baud in reader_bauds] + [(baud, of_slaves) for baud in MODBUS_BAUDS]
    try:
        for baud, asked in plans:
            tell(f"{path} {baud}")
            heard, more = _at_baud(path, baud, asked, open_port, clock)
            found += heard
            noise += more
            if heard:
                return Probed(port=path, fault=None, found=tuple(found), noise_bytes=noise)
    except PortLostError as error:
        return Probed(port=path, fault=error.fault, found=tuple(found), noise_bytes=noise)
    return Probed(port=path, fault=None, found=(), noise_bytes=noise)


def _at_baud(
    path: str, baud: int, questions: Sequence[Question], open_port: OpenPort, clock: Clock
) -> tuple[list[Found], int]:
    port = open_port(path, baud)
    found: dict[tuple[str, int], Found] = {}
    noise = 0
    try:
        for question in questions:
            key = question.protocol, question.slave
            if key in found and question.protocol != "modbus":
                continue
            what, strange = _asked(port, question, clock)
            noise += strange
            if what:
                both = f"{found[key].what}; {what}" if key in found else what
                found[key] = Found(port=path, baud=baud, protocol=question.protocol, slave=question.slave, what=both)
    finally:
        port.close()
    return list(found.values()), noise


def _asked(port: Port, question: Question, clock: Clock) -> tuple[str, int]:
    """Ask until AGREE answers were understood, or one was not; return what it is, and bytes that made no sense."""
    what = ""
    for _ in range(AGREE):
        port.flush_input()
        port.write(question.ask)
        answer = _answer(port, question, clock)
        what = question.understands(answer)
        if not what:
            clock.wait(QUIET_MS if not answer else ANSWER_MS)
            return "", len(answer)
    return what, 0


def _answer(port: Port, question: Question, clock: Clock) -> bytes:
    """Collect what comes within ANSWER_MS, or until it is understood."""
    until_ms = clock.boottime_ms() + ANSWER_MS
    heard = b""
    for _ in range(READS_MAX):
        left_ms = until_ms - clock.boottime_ms()
        if left_ms <= 0 or len(heard) > ANSWER_BYTES_MAX:
            break
        heard += port.read(left_ms)
        if question.understands(heard):
            break
    return heard


def _modbus(request: Request, words: str) -> Understands:
    def understands(answer: bytes) -> str:
        for heard in AnswerScanner(request).feed(answer):
            match heard:
                case RegistersRead() | InputsRead():
                    return words
                case ModbusException(code=code) if code in {1, 2, 3}:
                    return f"no {words} (exception {code})"
                case Rejected() | _:
                    pass
        return ""

    return understands


def _reader(protocol: str) -> Understands:
    def understands(answer: bytes) -> str:
        info = version_heard(protocol, answer)
        if info is None:
            return ""
        text = "".join(c if c.isprintable() else "?" for c in info.text)[:60]
        return f"{protocol} reader {text}".rstrip()

    return understands


def proposed(found: Sequence[Found]) -> str:
    """Return the tables of gateway.toml for what was found, with ids to be filled in."""
    lines: list[str] = []
    for port, baud in dict.fromkeys((one.port, one.baud) for one in found if one.protocol == "modbus"):
        lines += ["[[bus]]", f'port = "{port}"', f"baud = {baud}", ""]
        for one in found:
            if (one.port, one.baud, one.protocol) == (port, baud, "modbus"):
                lines += _slave_table(one)
    for one in found:
        if one.protocol != "modbus":
            lines += [f"[[reader]]  # {one.what}", 'id = "fridge-1-reader"', f'port = "{one.port}"']
            lines += [] if one.protocol == "bb7e" else [f'protocol = "{one.protocol}"']
            lines += [f"baud = {one.baud}", 'door = "fridge-1-door"', ""]
    return "\n".join(lines)


def _slave_table(one: Found) -> list[str]:
    """Return a table for a slave: inputs make it a module with contacts, registers a collector."""
    answers = [part for part in one.what.split("; ") if not part.startswith("no ")]
    if "discrete inputs" in answers and "holding registers" not in answers:
        table, rest = "contacts", ['door = "fridge-1-door"']
    else:
        table, rest = "temperature", ['channels = { "0" = "fridge-1-load" }']
    return [f"[[bus.{table}]]  # answers to: {one.what}", f"slave = {one.slave}", *rest, ""]
