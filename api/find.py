"""Find units by what somebody reads off a bag or a list: our id, a tag, or the donation number as it is written."""

import re
from typing import Final

from coldchain.identifiers import is_id
from coldchain.identify import Kind, identify
from coldchain.isbt128 import din_check_character, is_din, parse
from coldchain.ports import Session
from coldchain.units import Unit

ASKED_MAX: Final = 128  # characters; a tag has up to 124
FOUND_MAX: Final = 100  # units of one donation number on one page: its products and their divisions

_DIN_LENGTH: Final = 13
_ISBT_128: Final = "isbt128"
_FOREIGN: Final = frozenset({Kind.EPC, Kind.GS1})  # whose (21) and (10) are numbers of whoever made the tag or label
_SCANNED: Final = "="  # a scanner hands over a donation number behind its data identifier (ST-001, data structure 001)
_AFTER: Final = re.compile(r"(?P<flags>[0-9A-Z]{2})?(?P<check>[0-9A-Z*])?")


def find_units(session: Session, asked: str) -> tuple[Unit, ...]:
    """Return the unit of this id or of this tag, else those of this donation number, by id; at most FOUND_MAX.

    A tag stands for the unit that it was bound to last, and for none once it was taken out of use after that.
    """
    text = asked.strip()[:ASKED_MAX]
    named = session.records.unit(text.lower()) if is_id(text.lower()) else None
    if named is not None:
        return (named,)
    readings = identify(asked)
    for epc in (reading.epc for reading in readings if reading.epc is not None):
        unit = _tagged(session, epc)
        if unit is not None:
            return (unit,)
    own = [number for reading in readings if reading.kind not in _FOREIGN for number in reading.numbers]
    for number in dict.fromkeys([*donation_numbers(text), *own]):
        found = session.records.units_by_number(number, FOUND_MAX)
        if found:
            return found
    serials = [number for reading in readings if reading.kind in _FOREIGN for number in reading.numbers]
    return next(filter(None, (_of_serial(session, number) for number in dict.fromkeys(serials))), ())


def _of_serial(session: Session, number: str) -> tuple[Unit, ...]:
    """Return the units whose ISBT 128 number a serial number or lot is.

    A GS1 serial is one of its own company's. Only an ISBT 128 number is the same bag wherever it stands: a number of
    six digits may be any box's serial, and another bag's number at this station.
    """
    if not is_din(number):
        return ()
    return tuple(unit for unit in session.records.units_by_number(number, FOUND_MAX) if unit.scheme == _ISBT_128)


def _tagged(session: Session, epc: str) -> Unit | None:
    bound = session.records.bindings_of_epc(epc)
    if not bound or any(one.at_ms >= bound[-1].from_ms for one in session.records.retirements_of_epc(epc)):
        return None
    return session.records.unit(bound[-1].unit)


def donation_numbers(text: str) -> list[str]:
    """Return the donation numbers that a text may mean, as it stands first.

    Spaces do not count, nor do the two flag characters that ISBT 128 prints or scans behind a number; the boxed check
    character does, and so do flags that are a checksum: with a wrong one a character was misread, and it means no
    ISBT 128 number.
    """
    joined = "".join(text.split())
    numbers = [text.strip(), joined, joined.upper()]
    scanned = joined.upper().removeprefix(_SCANNED)
    din, after = scanned[:_DIN_LENGTH], _AFTER.fullmatch(scanned[_DIN_LENGTH:])
    if is_din(din) and after is not None and after["check"] in {None, din_check_character(din)}:
        whole = after["flags"] is None or isinstance(parse(f"={din}{after['flags']}"), tuple)
        numbers += [din] if whole else []
    return [number for number in dict.fromkeys(numbers) if number]
