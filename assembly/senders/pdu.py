"""Short messages as a modem takes them: SMS-SUBMIT in PDU mode, UCS-2, in parts; and the report that one came through.

Layout after 3GPP TS 23.040 (9.2.2.2 SUBMIT, 9.2.2.3 STATUS-REPORT, 9.2.3.24.1 concatenation) and TS 23.038 (UCS-2).
"""

from typing import Final

import msgspec

from coldchain.errors import InvalidValueError

UNITS_ALONE_MAX: Final = 70  # UTF-16 units in one message
UNITS_A_PART_MAX: Final = 67  # 140 octets less the 6 of the header that joins parts
PARTS_MAX: Final = 6  # a longer text is cut: an alarm is no book
VALID_ONE_HOUR: Final = 11  # (11 + 1) x 5 min: an alarm that comes later than that wakes people for nothing
DIGITS_MAX: Final = 20
_SUBMIT: Final = 0x01
_RELATIVE_PERIOD: Final = 0x10
_REPORT_ASKED: Final = 0x20
_HEADER: Final = 0x40
_UCS2: Final = 0x08
_INTERNATIONAL, _NATIONAL = 0x91, 0x81
_STATUS_REPORT: Final = 0x02
_TYPE_MASK: Final = 0x03


class Report(msgspec.Struct, frozen=True):
    """A status report: of which message (its reference), and what the network says (0-2: the phone has it)."""

    reference: int
    status: int

    @property
    def delivered(self) -> bool:
        """Whether the phone has it."""
        return self.status <= 0x02

    @property
    def still_trying(self) -> bool:
        """Whether the network goes on trying."""
        return 0x20 <= self.status <= 0x3F


def parts_of(text: str) -> list[str]:
    """Return the text in parts that fit, at most PARTS_MAX; a character is never torn. A cut text ends with dots."""
    if _units(text) <= UNITS_ALONE_MAX:
        return [text]
    parts = [""]
    for character in text:
        if _units(parts[-1] + character) > UNITS_A_PART_MAX:
            parts.append("")
        parts[-1] += character
    if len(parts) > PARTS_MAX:
        parts = parts[:PARTS_MAX]
        while _units(parts[-1]) > UNITS_A_PART_MAX - 1:
            parts[-1] = parts[-1][:-1]
        parts[-1] += "…"
    return parts


def submit_pdus(number: str, text: str, reference: int) -> list[tuple[bytes, int]]:
    """Return (PDU with an empty service-centre address, octets that AT+CMGS names) for each part of a text.

    `number`: digits, with a leading + if international. Raises InvalidValueError for another one.
    """
    parts = parts_of(text)
    found = []
    for index, part in enumerate(parts, start=1):
        body = part.encode("utf-16-be")
        first = _SUBMIT | _RELATIVE_PERIOD | _REPORT_ASKED
        if len(parts) > 1:
            first |= _HEADER
            body = bytes([5, 0, 3, reference & 0xFF, len(parts), index]) + body
        tpdu = bytes([first, 0]) + address(number) + bytes([0, _UCS2, VALID_ONE_HOUR, len(body)]) + body
        found.append((b"\0" + tpdu, len(tpdu)))
    return found


def address(number: str) -> bytes:
    """Return an address field: how many digits, what kind of number, two digits an octet with the low one first."""
    digits = number.removeprefix("+")
    if not (digits.isascii() and digits.isdigit() and len(digits) <= DIGITS_MAX):
        msg = f"{number!r} is no telephone number: digits, at most {DIGITS_MAX}, with a leading + if international"
        raise InvalidValueError(msg)
    padded = digits + "F" * (len(digits) % 2)
    swapped = "".join(padded[i + 1] + padded[i] for i in range(0, len(padded), 2))
    return bytes([len(digits), _INTERNATIONAL if number.startswith("+") else _NATIONAL]) + bytes.fromhex(swapped)


def read_report(pdu: bytes) -> Report | None:
    """Read a STATUS-REPORT with its service-centre address before it; None if it is something else or torn."""
    try:
        at = 1 + pdu[0]
        if pdu[at] & _TYPE_MASK != _STATUS_REPORT:
            return None
        digits = pdu[at + 2]
        status = at + 4 + (digits + 1) // 2 + 14  # the recipient's address, then two time stamps of 7 octets
        return Report(pdu[at + 1], pdu[status])
    except IndexError:
        return None


def _units(text: str) -> int:
    return len(text.encode("utf-16-be")) // 2
