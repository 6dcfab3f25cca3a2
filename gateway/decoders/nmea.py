"""Positions of a box: sentences of a satellite receiver. Bytes in, positions and refusals out. Pure.

    $ GP RMC , 123519.00 , A , 4807.038 , N , 01131.000 , E , speed , course , 230394 , … * hh CR LF
    $ GP GGA , 123519    , 4807.038 , N , 01131.000 , E , 1 , satellites , … * hh CR LF
      │  └ talker and sentence        degrees and minutes, hemisphere   └ 0: no fix       └ XOR of all between $ and *

Sources: NMEA 0183 (sentences RMC and GGA, at most 82 characters, checksum); vector NM-01 of the protocol notes.
RMC carries the date, so it can tell a box without a clock what time it is; GGA has the time of day only.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final, TypeAlias

from gateway.decoders.heard import Fault, Rejected

SENTENCE_MAX: Final = 120  # 82 by the standard; some receivers send longer ones
_START: Final = ord("$")
_ANGLE: Final = re.compile(r"([0-9]{1,3})([0-9]{2})\.?([0-9]{0,8})")
_TIME: Final = re.compile(r"([01][0-9]|2[0-3])([0-5][0-9])([0-5][0-9])(?:\.([0-9]{1,6}))?")
_DATE: Final = re.compile(r"([0-3][0-9])([01][0-9])([0-9]{2})")
_E7: Final = 10_000_000
_ZONES: Final = {"N": (1, 90), "S": (-1, 90), "E": (1, 180), "W": (-1, 180)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Fix:
    """Where the receiver is, in 1e-7 degrees (WGS 84). `utc_ms` only where the sentence carries the date."""

    latitude_e7: int
    longitude_e7: int
    utc_ms: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class NoFix:
    """The receiver works and does not know where it is."""

    utc_ms: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherSentence:
    """A sound sentence of another kind, by its name, such as GPGSV."""

    name: str


NmeaHeard: TypeAlias = Fix | NoFix | OtherSentence | Rejected


class NmeaDecoder:
    """Takes bytes in any slices. What it holds is at most one sentence."""

    def __init__(self) -> None:
        self._held = bytearray()

    @property
    def pending(self) -> bool:
        """Whether a sentence has begun and not ended."""
        return bool(self._held)

    def feed(self, data: bytes) -> list[NmeaHeard]:
        """Take bytes and return what was completed by them."""
        heard: list[NmeaHeard] = []
        for part in data.splitlines(keepends=True):  # splits at CR, LF and CR LF, whichever the receiver sends
            heard += self._part(part)
        return heard

    def idle_flush(self) -> list[NmeaHeard]:
        """The line fell silent: what is held is refused."""
        raw = bytes(self._held)
        self._held.clear()
        return [Rejected(fault=_fault_of(raw), raw=raw)] if raw else []

    def _part(self, part: bytes) -> list[NmeaHeard]:
        heard: list[NmeaHeard] = []
        for piece in _at_starts(part):
            if piece[0] == _START and self._held:  # a new sentence begins within the old one
                heard += self.idle_flush()
            self._held += piece
            if self._held.endswith((b"\r", b"\n")):
                heard += self._line()
            elif len(self._held) > SENTENCE_MAX:
                heard += self.idle_flush()
        return heard

    def _line(self) -> list[NmeaHeard]:
        raw = bytes(self._held)
        self._held.clear()
        line = raw.rstrip(b"\r\n")
        if not line:
            return []
        return [sentence(line)]


def _at_starts(part: bytes) -> list[bytes]:
    head, *rest = part.split(b"$")
    return ([head] if head else []) + [b"$" + piece for piece in rest]


def _fault_of(raw: bytes) -> Fault:
    return Fault.TRUNCATED if raw[:1] == b"$" else Fault.NOISE


def sentence(line: bytes) -> NmeaHeard:
    """Read one line without its end."""
    body, star, check = line[1:].partition(b"*")
    if line[:1] != b"$" or not star or len(line) > SENTENCE_MAX:
        return Rejected(fault=_fault_of(line), raw=line)
    total = 0
    for byte in body:
        total ^= byte
    if check.upper() != f"{total:02X}".encode():
        return Rejected(fault=Fault.CHECKSUM, raw=line)
    try:
        fields = body.decode("ascii").split(",")
        read = _READERS.get(fields[0][-3:])
        return OtherSentence(name=fields[0]) if read is None else read(fields)
    except (ValueError, IndexError):
        return Rejected(fault=Fault.PAYLOAD, raw=line)


def _rmc(fields: list[str]) -> NmeaHeard:
    utc_ms = _utc_ms(fields[1], fields[9])
    if fields[2] != "A":
        return NoFix(utc_ms=utc_ms)
    latitude_e7, longitude_e7 = _place(fields[3:7])
    return Fix(latitude_e7=latitude_e7, longitude_e7=longitude_e7, utc_ms=utc_ms)


def _gga(fields: list[str]) -> NmeaHeard:
    if int(fields[6]) == 0:
        return NoFix(utc_ms=None)
    latitude_e7, longitude_e7 = _place(fields[2:6])
    return Fix(latitude_e7=latitude_e7, longitude_e7=longitude_e7, utc_ms=None)


_READERS: Final = {"RMC": _rmc, "GGA": _gga}


def _place(fields: list[str]) -> tuple[int, int]:
    if fields[1] not in "NS" or fields[3] not in "EW":
        msg = f"{fields} is no place"
        raise ValueError(msg)
    return _angle_e7(fields[0], fields[1]), _angle_e7(fields[2], fields[3])


def _angle_e7(text: str, hemisphere: str) -> int:
    """Return degrees and minutes as 1e-7 degrees, rounded half to even: whole numbers, no floating point."""
    found = _ANGLE.fullmatch(text)
    sign, degrees_max = _ZONES[hemisphere]
    if found is None:
        msg = f"{text!r} is no angle"
        raise ValueError(msg)
    scale = 10 ** len(found.group(3))
    minutes = int(found.group(2) + found.group(3))
    if minutes >= 60 * scale:
        msg = f"{text!r} has more than 59 minutes"
        raise ValueError(msg)
    value = int(found.group(1)) * _E7 + _half_even(minutes * _E7, 60 * scale)
    if value > degrees_max * _E7:
        msg = f"{text!r} lies beyond {degrees_max} degrees"
        raise ValueError(msg)
    return sign * value


def _half_even(numerator: int, denominator: int) -> int:
    whole, rest = divmod(numerator, denominator)
    return whole + (2 * rest > denominator or (2 * rest == denominator and whole % 2 == 1))


def _utc_ms(time: str, date: str) -> int | None:
    """Return the instant, None if the receiver does not know it yet. Years are 2000 to 2099."""
    if not time or not date:
        return None
    clock, calendar = _TIME.fullmatch(time), _DATE.fullmatch(date)
    if clock is None or calendar is None:
        msg = f"{date} {time} is no date and time"
        raise ValueError(msg)
    day = datetime(2000 + int(calendar.group(3)), int(calendar.group(2)), int(calendar.group(1)), tzinfo=UTC)
    hours, minutes, seconds = (int(clock.group(part)) for part in (1, 2, 3))
    fraction_ms = int((clock.group(4) or "0").ljust(3, "0")[:3])
    instant = day + timedelta(hours=hours, minutes=minutes, seconds=seconds, milliseconds=fraction_ms)
    return (instant - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)
