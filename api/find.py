"""Find units by what somebody reads off a bag or a list: our id, or the donation number in the ways it is written."""

import re
from typing import Final

from coldchain.identifiers import is_id
from coldchain.isbt128 import din_check_character, is_din
from coldchain.ports import Session
from coldchain.units import Unit

ASKED_MAX: Final = 64  # characters
FOUND_MAX: Final = 100  # units of one donation number on one page: its products and their divisions

_DIN_LENGTH: Final = 13
_SCANNED: Final = "="  # a scanner hands over a donation number behind its data identifier (ST-001, data structure 001)
_AFTER: Final = re.compile(r"(?P<flags>[0-9A-Z]{2})?(?P<check>[0-9A-Z*])?")


def find_units(session: Session, asked: str) -> tuple[Unit, ...]:
    """Return the unit of this id, else those of this donation number, by id; at most FOUND_MAX."""
    text = asked.strip()[:ASKED_MAX]
    named = session.records.unit(text.lower()) if is_id(text.lower()) else None
    if named is not None:
        return (named,)
    for number in donation_numbers(text):
        found = session.records.units_by_number(number, FOUND_MAX)
        if found:
            return found
    return ()


def donation_numbers(text: str) -> list[str]:
    """Return the donation numbers that a text may mean, as it stands first.

    Spaces do not count, nor do the two flag characters that ISBT 128 prints or scans behind a number; the boxed check
    character does: with a wrong one, a character was misread, and the text means no ISBT 128 number.
    """
    joined = "".join(text.split())
    numbers = [text.strip(), joined, joined.upper()]
    scanned = joined.upper().removeprefix(_SCANNED)
    din, after = scanned[:_DIN_LENGTH], _AFTER.fullmatch(scanned[_DIN_LENGTH:])
    if is_din(din) and after is not None and after["check"] in {None, din_check_character(din)}:
        numbers.append(din)
    return [number for number in dict.fromkeys(numbers) if number]
