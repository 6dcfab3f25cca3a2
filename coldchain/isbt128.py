r"""ISBT 128 data structures as a scanner gives them, and the check characters of donation numbers. Pure.

    001 =αppppyynnnnnnff   donation identification number, 13 characters and two flags
    002 =%ggre             blood group          003 =<αooootds         product code
    004 =>cyyjjj           expiry date          005 &>cyyjjjhhmm       expiry date and time
    006 =*   007 &*        collection date, with time          008 =}   009 &}    production date, with time
    012 =\ + 18            red cell antigens    017 =) + 10  018 &) + 10    container: maker and catalogue, lot
    023 =+aabbb            so many structures follow           032 =, + 6    product divisions

Identifier *and* length are checked before anything is read: an antigen code that loses a character looks like a blood
group (ST-001's own example). Sources: ST-001 v6.2.2; ISO 7064 mod 37-2; JPAC's worked example is a test vector.
ISBT 128 is a licensed standard: its product and facility tables are not in here.
"""

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, TypeAlias

import msgspec

_DIN = re.compile(r"[A-NP-Z1-9][0-9A-Z]{4}[0-9]{8}")
_VALUES: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ*"
_CHECK_FLAG: Final = 60  # flags 60 to 96 are 60 and the check value
SCAN_MAX: Final = 400  # characters of one scan, a compound message included


def is_din(text: str) -> bool:
    """Tell whether text has the layout of a 13-character DIN (the first is never 0 or O)."""
    return _DIN.fullmatch(text) is not None


def _check_value(din: str) -> int:
    total = 0
    for character in din:
        total = (total + _VALUES.index(character)) * 2 % 37
    return (38 - total) % 37


def din_check_character(din: str) -> str:
    """Return the check character printed in a box beside a 13-character DIN: (38 - sum) mod 37."""
    return _VALUES[_check_value(din)]


class Din(msgspec.Struct, frozen=True, kw_only=True):
    """Data structure 001. The flags are no part of the number; only 60 to 96 are a checksum."""

    din: str
    flags: str

    @property
    def check_character(self) -> str:
        """What is printed in a box beside the number, for keyboards."""
        return din_check_character(self.din)

    @property
    def meaning(self) -> str:
        """What the flags say, as a word: of 20 to 59 only the station that printed them knows."""
        return _flag_meaning(int(self.flags)) if self.flags.isdigit() else "unknown"


def _flag_meaning(flags: int) -> str:
    named = {0: "none", 5: "repeat-label", 6: "pilot-tube", 7: "test-tube", 8: "donor-record", 9: "nat-tube"}
    named |= {10: "bacterial-test", 11: "match-with-unit"}
    if flags in named:
        return named[flags]
    if 1 <= flags <= 4 or 15 <= flags <= 19:
        return "container-of-set"
    if 20 <= flags <= 59:
        return "local"
    return "checksum" if _CHECK_FLAG <= flags <= _CHECK_FLAG + 36 else "reserved"


class BloodGroup(msgspec.Struct, frozen=True, kw_only=True):
    """Data structure 002. `abo_rhd` such as "O+", "AB-", "A" (RhD not said); None for a message or an unknown code.

    `message`: quarantine, discard, not-for-transfusion or fractionation-only.
    """

    code: str
    abo_rhd: str | None
    message: str | None = None


class ProductCode(msgspec.Struct, frozen=True, kw_only=True):
    """Data structure 003. `description` E or F: blood, A to D: national or local; `division` "00": undivided."""

    code: str
    description: str
    collection_type: str
    division: str


class Moment(msgspec.Struct, frozen=True, kw_only=True):
    """Data structures 004 to 009: `what` is expiry, collection or production.

    A day of a year in local time of the station, with hour and minute; 23:59 where the label has no time (ST-001).
    """

    structure: str
    what: str
    year: int
    day_of_year: int
    hour: int
    minute: int


class Opaque(msgspec.Struct, frozen=True, kw_only=True):
    """A structure whose content is handed on as it is: 012, 017, 018, 032, and `&a` to `&z`, which are national."""

    structure: str
    content: str


class Unreadable(msgspec.Struct, frozen=True, kw_only=True):
    """What was scanned is no structure that may be interpreted, with the reason."""

    text: str
    reason: str


Structure: TypeAlias = Din | BloodGroup | ProductCode | Moment | Opaque
Scanned: TypeAlias = tuple[Structure, ...] | Unreadable

_GROUPS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "95": "O-",
        "51": "O+",
        "06": "A-",
        "62": "A+",
        "17": "B-",
        "73": "B+",
        "28": "AB-",
        "84": "AB+",
        "55": "O",
        "66": "A",
        "77": "B",
        "88": "AB",
    }
)
_MESSAGES: Final[Mapping[str, str]] = MappingProxyType(
    {"Mq": "quarantine", "Md": "discard", "Mx": "not-for-transfusion", "Mf": "fractionation-only"}
)
# Identifier -> number of the structure and length of its content.
_LENGTHS: Final[Mapping[str, tuple[str, int]]] = MappingProxyType(
    {
        "=%": ("002", 4),
        "=<": ("003", 8),
        "=>": ("004", 6),
        "&>": ("005", 10),
        "=*": ("006", 6),
        "&*": ("007", 10),
        "=}": ("008", 6),
        "&}": ("009", 10),
        "=\\": ("012", 18),
        "=)": ("017", 10),
        "&)": ("018", 10),
        "=+": ("023", 5),
        "=,": ("032", 6),
    }
)
_MOMENTS: Final = {
    "004": "expiry",
    "005": "expiry",
    "006": "collection",
    "007": "collection",
    "008": "production",
    "009": "production",
}
_PRODUCT: Final = re.compile(r"([A-Z][0-9A-Z]{4})([0-9A-Za-z])([A-Z][a-z]|00|[A-Z]0|0[a-z])")
_DESCRIPTION: Final = re.compile(r"[A-Z][0-9A-Z]{4}")
_MOMENT: Final = re.compile(r"([09])([0-9]{2})([0-9]{3})(?:([01][0-9]|2[0-3])([0-5][0-9]))?")
_DIN_LENGTH: Final = 15  # with the α, which stands where others have the second character of their identifier
_STRUCTURES_MAX: Final = 20


def is_product_code(text: str) -> bool:
    """Tell whether text has the layout of a product code, whole (E0336V00) or its first five characters (E0336)."""
    return _PRODUCT.fullmatch(text) is not None or _DESCRIPTION.fullmatch(text) is not None


def parse(text: str) -> Scanned:
    """Read one scan: one structure, or those of a compound message in their order. Never raises."""
    if len(text) > SCAN_MAX:
        return _unreadable(text, "it is too long for one scan")
    if text[:1] not in {"=", "&"}:
        return _unreadable(text, "no data identifier of ISBT 128 stands in front")
    if text.startswith("=+"):
        return _compound(text)
    return _one(text)


def _unreadable(text: str, reason: str) -> Unreadable:
    return Unreadable(text=text[:SCAN_MAX], reason=reason)


def _one(text: str) -> Scanned:
    if (length := _length(text)) is None:
        return _unreadable(text, f"data identifier {text[:2]!r} is not known here")
    if length and len(text) != length:
        return _unreadable(text, f"it has {len(text)} characters, a structure that begins {text[:2]!r} has {length}")
    found = _content(text)
    return found if isinstance(found, Unreadable) else (found,)


def _length(text: str) -> int | None:
    """Return the length of the structure at the beginning of text; 0: not fixed; None: unknown."""
    identifier = text[:2]
    if identifier in _LENGTHS:
        return 2 + _LENGTHS[identifier][1]
    if re.fullmatch(r"=[A-NP-Z1-9]", identifier):
        return 1 + _DIN_LENGTH
    return 0 if re.fullmatch(r"&[a-z]", identifier) else None


def _content(text: str) -> Structure | Unreadable:
    identifier = text[:2]
    if identifier not in _LENGTHS:
        return _din(text) if text[0] == "=" else Opaque(structure=identifier, content=text[2:])
    structure, content = _LENGTHS[identifier][0], text[2:]
    match structure:
        case "002":
            return BloodGroup(code=content, abo_rhd=_GROUPS.get(content[:2]), message=_MESSAGES.get(content[:2]))
        case "003":
            return _product(text, content)
        case "012" | "017" | "018" | "032":
            return Opaque(structure=structure, content=content)
        case _:
            return _moment(text, structure, content)


def _din(text: str) -> Din | Unreadable:
    din, flags = text[1:14], text[14:]
    if not is_din(din) or not re.fullmatch(r"[0-9A-Z]{2}", flags):
        return _unreadable(text, "it is no donation identification number: αpppp, year, six digits, two flags")
    if flags.isdigit() and _flag_meaning(int(flags)) == "checksum" and int(flags) != _CHECK_FLAG + _check_value(din):
        return _unreadable(text, f"its checksum {flags} does not belong to {din}: scan it again")
    return Din(din=din, flags=flags)


def _product(text: str, content: str) -> ProductCode | Unreadable:
    found = _PRODUCT.fullmatch(content)
    if found is None:
        return _unreadable(text, "it is no product code: a letter, four characters, collection type, division")
    return ProductCode(
        code=content, description=found.group(1), collection_type=found.group(2), division=found.group(3)
    )


def _moment(text: str, structure: str, content: str) -> Moment | Unreadable:
    found = _MOMENT.fullmatch(content)
    if found is None:
        return _unreadable(text, "it is no date: century, year, day of the year, and hour and minute")
    year = (2000 if found.group(1) == "0" else 1900) + int(found.group(2))
    day = int(found.group(3))
    if not 1 <= day <= 365 + (year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)):
        return _unreadable(text, f"the year {year} has no day {day}")
    hour, minute = (23, 59) if found.group(4) is None else (int(found.group(4)), int(found.group(5)))
    return Moment(structure=structure, what=_MOMENTS[structure], year=year, day_of_year=day, hour=hour, minute=minute)


def _compound(text: str) -> Scanned:
    head = re.fullmatch(r"=\+([0-9]{2})([0-9]{3})", text[:7])
    if head is None:
        return _unreadable(text, "a compound message begins with =+, the number of its structures and its own number")
    rest = text[7:]
    found: list[Structure] = []
    while rest:
        length = None if rest.startswith("=+") else _length(rest)
        if not length or len(found) >= _STRUCTURES_MAX:
            return _unreadable(text, f"a compound message cannot be taken apart at {rest[:2]!r}")
        one = _one(rest[:length])
        if isinstance(one, Unreadable):
            return _unreadable(text, one.reason)
        found += one
        rest = rest[length:]
    if len(found) != int(head.group(1)):
        return _unreadable(text, f"it says {int(head.group(1))} structures and has {len(found)}: scan it again")
    return tuple(found)
