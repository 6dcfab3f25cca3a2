"""A GSM modem on a serial line: for sites without internet, and for the telephone that rings at the end of a chain.

AT commands after 3GPP TS 27.005 (messages) and TS 27.007 (calls, SIM, network). A short message is *delivered* when the
network reports that the phone has it, *accepted* when the modem took it and no report came in time. A call is
*delivered* when somebody answered it.
"""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Lock
from typing import Final, Protocol

from assembly.senders.base import Letter, Outcome, Sent, failed, refused
from assembly.senders.pdu import Report, read_report, submit_pdus
from coldchain.errors import ColdchainError, InvalidValueError

COMMAND_MS: Final = 5_000
SEND_MS: Final = 60_000  # +CMGS may take so long in a bad network
REPORT_MS: Final = 20_000  # then the network has not said yet whether the phone has it
RING_MS: Final = 45_000
LISTEN_MS: Final = 12_000  # an answered call stays open so long, so that the one who answered hears something
LOOK_MS: Final = 1_000
READ_BYTES: Final = 256
LINES_MAX: Final = 1_000  # that are no answer, within one command: a line that babbles is no modem
CTRL_Z: Final = b"\x1a"
ESCAPE: Final = b"\x1b"
_CMGS: Final = re.compile(r"\+CMGS: *(\d+)")
_CLCC: Final = re.compile(r"\+CLCC: *\d+, *0, *(\d+), *0")
_REGISTERED: Final = re.compile(r"\+CREG: *(?:\d+, *)?([15])\b")
_ANSWERED: Final = "0"
_ENDED: Final = frozenset({"BUSY", "NO ANSWER", "NO CARRIER", "NO DIALTONE"})


class Line(Protocol):
    """A serial line: what pyserial's Serial is."""

    def write(self, data: bytes, /) -> int | None:
        """Write all of it."""

    def read(self, size: int = 1, /) -> bytes:
        """Return what is there, at most `size`, after at most the line's own timeout (a fraction of a second)."""

    def close(self) -> None:
        """Close it."""


class ModemError(ColdchainError):
    """The modem, its SIM or its network does not do what it was asked; the text says what it answered."""


@dataclass(slots=True)
class Modem:
    """One modem, which does one thing at a time. `open_line` opens its port anew for each letter.

    `boottime_ms` is a clock that never steps. `call`: letters are calls, not messages.
    """

    open_line: Callable[[], Line]
    boottime_ms: Callable[[], int]
    call: bool = False
    per_minute_max: int = 6
    lock: Lock = field(default_factory=Lock)  # shared by the two channels of one modem
    _reference: int = 0

    def send(self, letter: Letter) -> Sent:
        """Send a short message, or call."""
        try:
            with self.lock, self._talk() as talk:
                return _ring(talk, letter.to) if self.call else self._message(talk, letter)
        except InvalidValueError as error:
            return refused(str(error))
        except (ModemError, OSError) as error:  # SerialException is an OSError
            return failed(f"{type(error).__name__}: {error}")

    @contextmanager
    def _talk(self) -> Iterator["Talk"]:
        line = self.open_line()
        try:
            talk = Talk(line, self.boottime_ms)
            for command in ("AT", "ATE0", "AT+CMEE=1"):
                talk.ask(command)
            _require(talk)
            yield talk
        finally:
            line.close()

    def _message(self, talk: "Talk", letter: Letter) -> Sent:
        self._reference = (self._reference + 1) % 256
        for command in ("AT+CMGF=0", "AT+CNMI=2,1,0,1,0"):
            talk.ask(command)
        text = f"{letter.subject}\n{letter.text}" if letter.text else letter.subject
        references = [talk.submit(pdu, octets) for pdu, octets in submit_pdus(letter.to, text, self._reference)]
        return _reported(references, talk.reports(set(references), REPORT_MS))


def _require(talk: "Talk") -> None:
    """Raise ModemError unless the SIM is open and the network has taken the modem in (at home or roaming)."""
    sim = " ".join(talk.ask("AT+CPIN?"))
    if "READY" not in sim:
        msg = f"the SIM asks for something: {sim}: take its PIN off / SIM 卡需解除 PIN"
        raise ModemError(msg)
    network = " ".join(talk.ask("AT+CREG?"))
    if not _REGISTERED.search(network):
        msg = f"no mobile network: {network}: look at aerial and SIM / 无移动网络，请检查天线与 SIM 卡"
        raise ModemError(msg)


def _reported(references: list[int], reports: dict[int, Report]) -> Sent:
    receipt = ",".join(map(str, references))
    lost = [report for report in reports.values() if not report.delivered and not report.still_trying]
    if lost:
        return failed(f"the network reports status {lost[0].status:#04x} for message {lost[0].reference}")
    every = all(reference in reports and reports[reference].delivered for reference in references)
    return Sent(outcome=Outcome.DELIVERED if every else Outcome.ACCEPTED, receipt=receipt)


def _ring(talk: "Talk", number: str) -> Sent:
    """Dial, and tell whether somebody answered."""
    digits = number.removeprefix("+")
    if not (digits.isascii() and digits.isdigit()):
        msg = f"{number!r} is no telephone number"
        raise InvalidValueError(msg)
    talk.ask(f"ATD{number};")
    try:
        end = talk.until_answered(RING_MS)
        if end == "":
            talk.listen(LISTEN_MS)
            return Sent(outcome=Outcome.DELIVERED, receipt="answered")
        return failed(f"call not answered: {end}")
    finally:
        talk.ask("ATH")


class Talk:
    """Commands and answers over an open line."""

    def __init__(self, line: Line, boottime_ms: Callable[[], int]) -> None:
        self._line = line
        self._now_ms = boottime_ms
        self._rest = b""
        self._reports: dict[int, Report] = {}
        self._report_next = False

    def ask(self, command: str) -> list[str]:
        """Send a command and return the lines before its OK. Raises ModemError for an error or no answer."""
        self._line.write(command.encode() + b"\r")
        return self._answer(command, COMMAND_MS)

    def submit(self, pdu: bytes, octets: int) -> int:
        """Hand over a message and return its reference. Raises ModemError; the modem waits for no more text then."""
        self._line.write(f"AT+CMGS={octets}\r".encode())
        try:
            self._prompt()
        except ModemError:
            self._line.write(ESCAPE)
            raise
        self._line.write(pdu.hex().upper().encode() + CTRL_Z)
        lines = self._answer("AT+CMGS", SEND_MS)
        found = next((match for line in lines if (match := _CMGS.search(line))), None)
        if found is None:
            msg = f"the modem took the message and gave no reference: {lines}"
            raise ModemError(msg)
        return int(found[1])

    def reports(self, wanted: set[int], most_ms: int) -> dict[int, Report]:
        """Return the reports that came for the references, waiting until all are there or the time is over."""
        for _line in self._lines(most_ms):
            if all(one in self._reports and not self._reports[one].still_trying for one in wanted):
                break
        return {one: report for one, report in self._reports.items() if one in wanted}

    def until_answered(self, most_ms: int) -> str:
        """Return "" once the call is answered, else what ended it."""
        end_ms = self._now_ms() + most_ms
        while self._now_ms() < end_ms:
            self._line.write(b"AT+CLCC\r")
            for line in self._lines(LOOK_MS):
                if line in _ENDED:
                    return line
                call = _CLCC.match(line)
                if call and call[1] == _ANSWERED:
                    return ""
        return "NO ANSWER"

    def listen(self, most_ms: int) -> None:
        """Let an answered call last until the other end hangs up or the time is over."""
        for line in self._lines(most_ms):
            if line in _ENDED:
                return

    def _prompt(self) -> None:
        end_ms = self._now_ms() + COMMAND_MS
        while b">" not in self._rest:
            if self._now_ms() >= end_ms:
                msg = "the modem does not ask for the text of a message"
                raise ModemError(msg)
            self._rest += self._line.read(READ_BYTES)
            if b"ERROR" in self._rest and self._rest.endswith((b"\r", b"\n")):
                msg = f"the modem refused a message: {self._rest.decode('ascii', 'replace').strip()}"
                self._rest = b""
                raise ModemError(msg)
        before, self._rest = self._rest.split(b">", 1)
        for line in before.decode("ascii", "replace").splitlines():
            if line.strip():  # the report of the part before may lie in between
                self._note(line.strip())
        self._rest = self._rest.lstrip(b" ")

    def _answer(self, command: str, most_ms: int) -> list[str]:
        lines: list[str] = []
        for line in self._lines(most_ms):
            if line == "OK":
                return lines
            if line.startswith(("ERROR", "+CME ERROR", "+CMS ERROR")) or line in _ENDED:
                msg = f"{command}: {line}"
                raise ModemError(msg)
            if line != command:  # an echo, until ATE0 has worked
                lines.append(line)
        msg = f"{command}: no answer within {most_ms / 1_000:g} s / 无应答"
        raise ModemError(msg)

    def _lines(self, most_ms: int) -> Iterator[str]:
        """Yield lines as they come, for at most most_ms; status reports among them are kept and not yielded."""
        end_ms = self._now_ms() + most_ms
        seen = 0
        while self._now_ms() < end_ms and seen < LINES_MAX:
            line = self._line_or_nothing()
            if line == "":
                continue
            seen += 1
            self._note(line)
            yield line

    def _line_or_nothing(self) -> str:
        """Return the next whole line that is not empty, or "" after one look at the port."""
        while b"\n" not in self._rest:
            more = self._line.read(READ_BYTES)
            if not more:
                return ""
            self._rest += more
        raw, self._rest = self._rest.split(b"\n", 1)
        return raw.decode("ascii", "replace").strip()

    def _note(self, line: str) -> None:
        """Keep what a line says of a message that went out: its report is the line after +CDS."""
        is_report, self._report_next = self._report_next, line.startswith("+CDS:")
        if not is_report:
            return
        try:
            report = read_report(bytes.fromhex(line))
        except ValueError:
            return
        if report is not None:
            self._reports[report.reference] = report
