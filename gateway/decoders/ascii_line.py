"""Loggers that write lines of text: the settings say what a line looks like.

    T1=+4.25 C*3A CR LF
       value  unit sum        a regular expression with these groups; what does not match whole is refused

Groups: `value` (a decimal number, or one of the texts for "no sensor" and "broken"), and where the line has them
`channel` (else the channel is "0"), `unit` (C, F or K), `sum` (hexadecimal), `body` (what the sum is over; without it
all that stands before the sum). Numbers are read exactly; more than six places are rounded, a half to the even one.
"""

import re
from collections.abc import Callable, Mapping
from fractions import Fraction
from functools import reduce
from operator import xor
from typing import Annotated, Final, Literal

import msgspec
from msgspec import Meta

from coldchain.facts import Quality
from coldchain.temperature import ABSOLUTE_ZERO_MICRO_CELSIUS, MICRO
from gateway.decoders.heard import Fault, Measured, Rejected
from gateway.decoders.modbus_rtu import crc16

LINE_BYTES_MAX: Final = 256
CHANNEL: Final = "0"
_NUMBER: Final = re.compile(r"[+-]?\d{1,9}(?:[.,]\d{1,12})?")
_ENDS: Final = re.compile(rb"[\r\n]")
_SUMS: Final[Mapping[str, Callable[[bytes], int]]] = {
    "xor": lambda data: reduce(xor, data, 0),
    "sum": lambda data: sum(data) & 0xFF,
    "crc16-modbus": crc16,
}
_OFFSETS: Final = {"C": Fraction(0), "F": Fraction(-160, 9), "K": Fraction(-27315, 100)}
_SCALES: Final = {"C": Fraction(1), "F": Fraction(5, 9), "K": Fraction(1)}

_Words = Annotated[tuple[Annotated[str, Meta(min_length=1, max_length=32)], ...], Meta(max_length=16)]


class AsciiSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is declared of a logger; `ask` is sent in each turn, `least` and `most` are degrees Celsius."""

    line: Annotated[str, Meta(min_length=1, max_length=500)]
    unit: Literal["C", "F", "K"] = "C"
    ask: Annotated[str, Meta(max_length=64)] = ""
    checksum: Literal["xor", "sum", "crc16-modbus"] | None = None
    no_sensor: _Words = ()
    fault: _Words = ()
    least: str = "-200"
    most: str = "300"


class AsciiLine:
    """A logger of lines. Bytes may be cut in any way; what is held until a line ends is bounded."""

    def __init__(self, settings: Mapping[str, object]) -> None:
        """Read the settings. Raises ValueError that names what is wrong."""
        said = msgspec.convert(settings, AsciiSettings)  # its ValidationError is a ValueError
        try:
            self._pattern = re.compile(said.line)
        except re.error as error:
            msg = f"line is no regular expression: {error}"
            raise ValueError(msg) from error
        if "value" not in self._pattern.groupindex:
            raise ValueError('line has no group "value": write (?P<value>...) where the number stands')
        if (said.checksum is None) != ("sum" not in self._pattern.groupindex):
            raise ValueError('checksum and a group "sum" belong together: write both or neither')
        self._said = said
        self._least = round(Fraction(said.least) * MICRO)
        self._most = round(Fraction(said.most) * MICRO)
        self._held = bytearray()
        self._skips = not said.ask  # the rest of a line whose beginning is not known

    def question(self) -> bytes:
        """See gateway.drivers.Driver. What came before a question is no answer to it."""
        if self._said.ask:
            self._held.clear()
            self._skips = False
        return self._said.ask.encode("ascii", "replace")

    def poll(self, data: bytes) -> list[Measured | Rejected]:
        """See gateway.drivers.Driver."""
        heard: list[Measured | Rejected] = []
        *ended, rest = _ENDS.split(data)
        for line in ended:
            self._hold(line, heard)
            if self._held:
                raw = bytes(self._held)
                heard.append(Rejected(fault=Fault.TRUNCATED, raw=raw) if self._skips else self._line(raw))
            self._held.clear()
            self._skips = False
        self._hold(rest, heard)
        if not data and self._held:  # a line has to be written in one go
            heard.append(Rejected(fault=Fault.TRUNCATED, raw=bytes(self._held)))
            self._held.clear()
            self._skips = True
        return heard

    def _hold(self, data: bytes, heard: list[Measured | Rejected]) -> None:
        self._held += data
        while len(self._held) > LINE_BYTES_MAX:
            heard.append(Rejected(fault=Fault.NOISE, raw=bytes(self._held[:LINE_BYTES_MAX])))
            del self._held[:LINE_BYTES_MAX]
            self._skips = True

    def _line(self, raw: bytes) -> Measured | Rejected:
        match = self._pattern.fullmatch(raw.decode("latin-1").strip(" \t\x00"))
        if match is None:
            return Rejected(fault=Fault.NOISE, raw=raw)
        groups = match.groupdict()
        if self._said.checksum is not None and not self._sum_holds(match):
            return Rejected(fault=Fault.CHECKSUM, raw=raw)
        channel = (groups.get("channel") or CHANNEL).strip()
        value = (groups["value"] or "").strip()
        if value in self._said.no_sensor:
            return Measured(channel=channel, micro_celsius=None, quality=Quality.NO_SENSOR)
        if value in self._said.fault or value.lower().strip("+-") in {"nan", "inf"}:
            return Measured(channel=channel, micro_celsius=None, quality=Quality.FAULT)
        unit = (groups.get("unit") or self._said.unit).strip(" °").upper()
        if not _NUMBER.fullmatch(value) or not value.isascii() or unit not in _SCALES:
            return Rejected(fault=Fault.VALUE, raw=raw)
        micro = round((Fraction(value.replace(",", ".")) * _SCALES[unit] + _OFFSETS[unit]) * MICRO)
        if not max(self._least, ABSOLUTE_ZERO_MICRO_CELSIUS) <= micro <= self._most:
            return Measured(channel=channel, micro_celsius=None, quality=Quality.IMPLAUSIBLE)
        return Measured(channel=channel, micro_celsius=micro)

    def _sum_holds(self, match: re.Match[str]) -> bool:
        text, at = match.string, match.start("sum")
        body = match["body"] if "body" in self._pattern.groupindex else text[:at]
        try:
            said = int(match["sum"], 16)
        except (TypeError, ValueError):
            return False
        return _SUMS[self._said.checksum or "xor"]((body or "").encode("latin-1")) == said
