"""A GSM modem behind a pseudo-terminal, after 3GPP TS 27.005, 27.007 and 23.040; it shares no code with ours.

It takes PDUs apart itself, so that a mistake in our encoder cannot hide in a shared helper.
"""

import os
import pty
import threading
import tty
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self


@dataclass(slots=True)
class FakeModem(AbstractContextManager["FakeModem"]):
    """`texts` are whole messages by number, put together from their parts; `status` goes into reports (None: none)."""

    sim: str = "READY"
    network: str = "0,1"
    refuse: str = ""  # what AT+CMGS answers instead
    status: int | None = 0
    call: tuple[str, ...] = ("2", "3", "0")  # what AT+CLCC says, one after the other; a word ends the call
    mute: bool = False
    texts: dict[str, str] = field(default_factory=dict)
    dialled: list[str] = field(default_factory=list)
    hung_up: int = 0
    parts: int = 0
    path: str = ""
    _master: int = -1
    _slave: int = -1
    _echo: bool = True
    _waits_for: int | None = None
    _reference: int = 70
    _thread: threading.Thread | None = None
    _calls: list[str] = field(default_factory=list)

    def __enter__(self) -> Self:
        self._master, self._slave = pty.openpty()
        tty.setraw(self._slave)
        self.path = os.ttyname(self._slave)
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._thread is not None
        os.write(self._slave, b"STOP\r")
        self._thread.join(5)
        os.close(self._master)
        os.close(self._slave)

    def _run(self) -> None:
        rest = b""
        while True:
            rest += os.read(self._master, 512)
            while True:
                end = b"\x1a" if self._waits_for is not None else b"\r"
                if self._waits_for is not None and b"\x1b" in rest:
                    rest, self._waits_for = rest.split(b"\x1b", 1)[1], None
                    continue
                if end not in rest:
                    break
                item, rest = rest.split(end, 1)
                if item == b"STOP":
                    return
                if not self.mute:
                    self._take(item)

    def _take(self, item: bytes) -> None:
        if self._waits_for is not None:
            self._text(item)
        else:
            self._command(item.decode())

    def _command(self, command: str) -> None:
        if self._echo:
            os.write(self._master, command.encode() + b"\r")
        match command:
            case "AT" | "AT+CMEE=1" | "AT+CMGF=0" | "AT+CNMI=2,1,0,1,0":
                self._say("OK")
            case "ATE0":
                self._echo = False
                self._say("OK")
            case "AT+CPIN?" | "AT+CREG?":
                self._say(f"+CPIN: {self.sim}" if command == "AT+CPIN?" else f"+CREG: {self.network}", "OK")
            case "ATH":
                self.hung_up += 1
                self._say("OK")
            case "AT+CLCC":
                self._clcc()
            case _ if command.startswith("AT+CMGS="):
                self._waits_for = int(command[8:])
                os.write(self._master, b"\r\n> ")
            case _ if command.startswith("ATD") and command.endswith(";"):
                self.dialled.append(command[3:-1])
                self._calls = list(self.call)
                self._say("OK")
            case _:
                self._say("ERROR")

    def _clcc(self) -> None:
        now = self._calls.pop(0) if len(self._calls) > 1 else self._calls[0]
        if now.isdigit():
            self._say(f'+CLCC: 1,0,{now},0,0,"{self.dialled[-1]}",129', "OK")
        else:
            self._say(now)

    def _text(self, item: bytes) -> None:
        octets, self._waits_for = self._waits_for, None
        pdu = bytes.fromhex(item.decode())
        if self.refuse or len(pdu) - 1 - pdu[0] != octets:
            self._say(self.refuse or "+CMS ERROR: 304")
            return
        number, text = taken_apart(pdu[1 + pdu[0] :])
        self.texts[number] = self.texts.get(number, "") + text
        self.parts += 1
        self._reference += 1
        self._say(f"+CMGS: {self._reference}", "OK")
        if self.status is not None:
            stamp = "62117290000023"
            report = f"0006{self._reference:02X}0D91683108108005F0{stamp}{stamp}{self.status:02X}"
            self._say(f"+CDS: {len(report) // 2 - 1}", report)

    def _say(self, *lines: str) -> None:
        os.write(self._master, b"".join(b"\r\n" + line.encode() + b"\r\n" for line in lines))


def taken_apart(tpdu: bytes) -> tuple[str, str]:
    first, count, kind = tpdu[0], tpdu[2], tpdu[3]
    assert first & 0x03 == 1, "not a SUBMIT"
    assert first & 0x18 == 0x10, "not a relative validity period"
    octets = tpdu[4 : 4 + (count + 1) // 2]
    digits = "".join(f"{octet & 15:X}{octet >> 4:X}" for octet in octets)[:count]
    pid, dcs, _period, length = tpdu[4 + len(octets) : 8 + len(octets)]
    body = tpdu[8 + len(octets) :]
    assert (pid, dcs, length) == (0, 8, len(body))
    assert length <= 140, "longer than a short message"
    if first & 0x40:
        assert body[:3] == b"\x05\x00\x03"
        body = body[6:]
    return ("+" if kind == 0x91 else "") + digits, body.decode("utf-16-be")
