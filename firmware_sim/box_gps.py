"""The satellite receiver of the box: it writes NMEA sentences, and the box's firmware reads them. Pure.

Source: NMEA 0183. `$GNRMC,hhmmss.ss,A,ddmm.mmmmm,N,dddmm.mmmmm,E,speed,course,ddmmyy,,,A*hh` with CR LF; hh is the XOR
of all between `$` and `*` in hexadecimal. V instead of A: the receiver does not know where it is, and fields are empty.
Five decimals of a minute are steps of 1.7e-7 degrees (1.9 cm); receivers of boxes know no more.
"""

from datetime import UTC, datetime
from typing import Final

STEPS_A_DEGREE: Final = 60 * 100_000
E7: Final = 10_000_000
SENTENCE_MAX: Final = 82


def sentence(at_ms: int, where: tuple[int, int] | None) -> bytes:
    """Return the RMC sentence of an instant (UTC, ms) and a place in 1e-7 degrees; None: no fix."""
    now = datetime.fromtimestamp(at_ms / 1000, UTC)
    clock = f"{now:%H%M%S}.{now.microsecond // 10_000:02d}"
    if where is None:
        body = f"GNRMC,{clock},V,,,,,,,{now:%d%m%y},,,N"
    else:
        north, south = ("N", "S"), ("E", "W")
        latitude = f"{_angle(where[0], 2)},{north[where[0] < 0]}"
        longitude = f"{_angle(where[1], 3)},{south[where[1] < 0]}"
        body = f"GNRMC,{clock},A,{latitude},{longitude},0.00,0.0,{now:%d%m%y},,,A"
    return f"${body}*{_sum(body):02X}\r\n".encode("ascii")


def read(line: bytes) -> tuple[int, int] | None:
    """Return the place that a sentence names in 1e-7 degrees; None if it names none, is damaged, or is another."""
    text = line.decode("ascii", "replace").rstrip("\r\n")
    body, star, total = text[1:].partition("*")
    if len(text) > SENTENCE_MAX or not text.startswith("$") or not star or total != f"{_sum(body):02X}":
        return None
    fields = body.split(",")
    if not fields[0].endswith("RMC") or len(fields) < 7 or fields[2] != "A":
        return None
    return _e7(fields[3], fields[4], "S"), _e7(fields[5], fields[6], "W")


def _angle(value_e7: int, digits: int) -> str:
    """Return degrees and minutes, rounded to the nearest step."""
    steps = (abs(value_e7) * STEPS_A_DEGREE * 2 + E7) // (2 * E7)
    degrees, rest = divmod(steps, STEPS_A_DEGREE)
    return f"{degrees:0{digits}d}{rest // 100_000:02d}.{rest % 100_000:05d}"


def _e7(angle: str, hemisphere: str, negative: str) -> int:
    whole, decimals = angle.split(".")
    minutes = int(whole[-2:] + decimals)
    value = int(whole[:-2]) * E7 + round(minutes * E7 / (60.0 * 10.0 ** len(decimals)))
    return -value if hemisphere == negative else value


def _sum(body: str) -> int:
    total = 0
    for byte in body.encode("ascii", "replace"):
        total ^= byte
    return total
