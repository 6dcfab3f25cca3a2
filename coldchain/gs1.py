"""GS1 keys as application identifiers with their values: check digits, element strings, Digital Link. Pure.

Sources: GS1 General Specifications (application identifiers, check digit mod 10 with weights 3 and 1 from the right,
the group separator after values of variable length), GS1 Digital Link URI syntax (key and its qualifiers as path).

An element string is either written for people, `(01)09521141123454(21)5678`, or as a scanner gives it,
`010952114112345421567800…` with the group separator (GS, 0x1D) after each value of variable length but the last.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, TypeAlias
from urllib.parse import quote, unquote, urlsplit

from coldchain.errors import InvalidValueError

Pairs: TypeAlias = tuple[tuple[str, str], ...]  # (application identifier, value), in order

GROUP_SEPARATOR: Final = "\x1d"
SYMBOLOGIES: Final = ("]C1", "]d2", "]Q3", "]e0", "]J1")  # what scanners put in front: GS1-128, DataMatrix, QR, DataBar
TEXT_MAX: Final = 512  # a GS1-128 symbol holds 48 characters, a Digital Link some hundred
CANONICAL_DOMAIN: Final = "https://id.gs1.org"


@dataclass(frozen=True, slots=True)
class Ai:
    """One application identifier: its value is digits and, where `text_max` is not 0, so many characters at most.

    `digits`: how many digits it begins with; `check`: their last one is a check digit.
    """

    digits: int
    text_max: int = 0
    check: bool = False

    @property
    def fixed(self) -> bool:
        """Whether every value has the same length."""
        return self.text_max == 0


AIS: Final[Mapping[str, Ai]] = MappingProxyType(
    {
        "00": Ai(18, check=True),  # SSCC: a carton, a shipment
        "01": Ai(14, check=True),  # GTIN: a kind of product
        "10": Ai(0, 20),  # batch or lot
        "11": Ai(6),  # production date YYMMDD
        "13": Ai(6),  # packaging date
        "15": Ai(6),  # best before
        "16": Ai(6),  # sell by
        "17": Ai(6),  # expiry date
        "21": Ai(0, 20),  # serial number
        "253": Ai(13, 17, check=True),  # GDTI: a document
        "254": Ai(0, 20),  # extension of a location
        "255": Ai(13, 12, check=True),  # GCN: a coupon
        "414": Ai(13, check=True),  # GLN: a place
        "7003": Ai(10),  # expiry YYMMDDhhmm
        "7006": Ai(6),  # first freeze
        "7007": Ai(6, 6),  # harvest
        "8003": Ai(14, 16, check=True),  # GRAI: a transport box; it begins with a zero
        "8004": Ai(0, 30),  # GIAI: a fridge, a device
        "8010": Ai(0, 30),  # CPID: a part
        "8011": Ai(0, 12),  # serial number of a part
        "8017": Ai(18, check=True),  # GSRN of who provides a service
        "8018": Ai(18, check=True),  # GSRN of who receives it
    }
)
_KEYS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {  # primary keys of a Digital Link and the qualifiers that may follow in the path, in their order
        "00": (),
        "01": ("10", "21"),
        "253": (),
        "255": (),
        "414": ("254",),
        "8003": (),
        "8004": (),
        "8010": ("8011",),
        "8017": (),
        "8018": (),
    }
)
_CHARACTERS: Final = re.compile(r"[!\"%&'()*+,\-./0-9:;<=>?A-Z_a-z]*")  # GS1 character set 82
_PIECE: Final = re.compile(r"\((\d{2,4})\)([^()]*(?:\([^\d()][^()]*)*)")


def check_digit(digits: str) -> str:
    """Return the check digit for the digits before it."""
    total = sum(int(digit) * (3 if place % 2 == 0 else 1) for place, digit in enumerate(reversed(digits)))
    return str(-total % 10)


def with_check(digits: str) -> str:
    """Return digits with their check digit."""
    return digits + check_digit(digits)


def fault(ai: str, value: str) -> str | None:
    """Say what is wrong with a value, or None."""
    rule = AIS.get(ai)
    if rule is None:
        return f"application identifier ({ai}) is not known here"
    if not rule.digits + (not rule.digits) <= len(value) <= rule.digits + rule.text_max:
        return f"({ai}) has {len(value)} characters; {_lengths(rule)} are allowed"
    if not (value[: rule.digits].isascii() and (value[: rule.digits].isdigit() or not rule.digits)):
        return f"({ai}) begins with {rule.digits} digits"
    if _CHARACTERS.fullmatch(value) is None:
        return f"({ai}) has a character that GS1 does not allow"
    if ai == "8003" and value[0] != "0":
        return "(8003) begins with 0"
    if rule.check and check_digit(value[: rule.digits - 1]) != value[rule.digits - 1]:
        return f"({ai}) {value}: the check digit is {value[rule.digits - 1]}, it should be " + check_digit(
            value[: rule.digits - 1]
        )
    return None


def _lengths(rule: Ai) -> str:
    return str(rule.digits) if rule.fixed else f"{max(1, rule.digits)} to {rule.digits + rule.text_max}"


def require_pairs(pairs: Sequence[tuple[str, str]]) -> Pairs:
    """Return the pairs if each value is what its identifier allows, else raise InvalidValueError."""
    if not pairs:
        msg = "there is no application identifier: write (01)… or scan the symbol again"
        raise InvalidValueError(msg)
    for ai, value in pairs:
        if wrong := fault(ai, value):
            raise InvalidValueError(wrong)
    return tuple(pairs)


def element_string(pairs: Pairs) -> str:
    """Return the element string for people: `(01)…(21)…`."""
    return "".join(f"({ai}){value}" for ai, value in pairs)


def scanned_string(pairs: Pairs) -> str:
    """Return the element string as a symbol carries it, with group separators where they are needed."""
    parts = [ai + value + ("" if AIS[ai].fixed else GROUP_SEPARATOR) for ai, value in pairs]
    return "".join(parts).removesuffix(GROUP_SEPARATOR)


def parse_element_string(text: str) -> Pairs:
    """Read an element string, written for people or scanned. Raises InvalidValueError."""
    if len(text) > TEXT_MAX:
        msg = f"{len(text)} characters are too many for an element string"
        raise InvalidValueError(msg)
    for symbology in SYMBOLOGIES:
        text = text.removeprefix(symbology)
    return require_pairs(_written(text) if text.startswith("(") else _scanned(text))


def _written(text: str) -> list[tuple[str, str]]:
    pieces = [(found.group(1), found.group(2)) for found in _PIECE.finditer(text)]
    if "".join(f"({ai}){value}" for ai, value in pieces) != text:
        msg = f"{text!r} is no element string: write it as (01)…(21)…"
        raise InvalidValueError(msg)
    return pieces


def _scanned(text: str) -> list[tuple[str, str]]:
    pairs = []
    while text:
        ai = next((text[:size] for size in (2, 3, 4) if text[:size] in AIS), None)
        if ai is None:
            msg = f"no application identifier is known that begins {text[:4]!r}"
            raise InvalidValueError(msg)
        rest, rule = text[len(ai) :], AIS[ai]
        size = rule.digits if rule.fixed else (rest + GROUP_SEPARATOR).index(GROUP_SEPARATOR)
        pairs.append((ai, rest[:size]))
        text = rest[size:].removeprefix(GROUP_SEPARATOR)
    return pairs


def digital_link(pairs: Pairs, domain: str = CANONICAL_DOMAIN) -> str:
    """Return the Digital Link URI: key and qualifiers in the path, everything else as attributes of the query."""
    (key, value), *others = pairs
    if key not in _KEYS:
        msg = f"({key}) is no key of a Digital Link"
        raise InvalidValueError(msg)
    of = dict(others)
    path = [key, value] + [part for ai in _KEYS[key] if ai in of for part in (ai, of[ai])]
    rest = "&".join(f"{ai}={quote(text, safe='')}" for ai, text in others if ai not in _KEYS[key])
    return domain + "/" + "/".join(quote(part, safe="") for part in path) + (f"?{rest}" if rest else "")


def parse_digital_link(text: str) -> Pairs:
    """Read a Digital Link of any domain; what stands before the key is passed over. Raises InvalidValueError."""
    parts = urlsplit(text[: TEXT_MAX + 1])
    segments = [unquote(segment) for segment in parts.path.split("/")]
    start = next((i for i, segment in enumerate(segments) if segment in _KEYS), len(segments))
    path = segments[start:]
    if len(text) > TEXT_MAX or parts.scheme not in {"http", "https"} or len(path) < 2 or len(path) % 2:
        msg = f"{text[:80]!r} is no GS1 Digital Link: https://…/01/…/21/…"
        raise InvalidValueError(msg)
    pairs = [(_padded(ai, value)) for ai, value in zip(path[::2], path[1::2], strict=True)]
    order = (pairs[0][0], *_KEYS[pairs[0][0]])
    places = [order.index(ai) if ai in order else -1 for ai, _ in pairs]
    if places != sorted(set(places)) or -1 in places:
        msg = f"the path of {text[:80]!r} is not a key with its qualifiers in their order"
        raise InvalidValueError(msg)
    queried = [item.partition("=") for item in parts.query.split("&") if "=" in item]
    return require_pairs([*pairs, *((ai, unquote(value)) for ai, _, value in queried if ai in AIS)])


def _padded(ai: str, value: str) -> tuple[str, str]:
    """A GTIN of 8, 12 or 13 digits may stand in a link; it is one of 14 with leading zeros."""
    return (ai, value.zfill(14)) if ai == "01" and len(value) in {8, 12, 13} else (ai, value)
