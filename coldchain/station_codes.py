"""Donation numbers of stations that do not use ISBT 128: a scheme of each, declared as data. Pure.

Chinese stations number their bags in their own ways, some with a leading zero, which no ISBT 128 number has. A scheme
says what a number looks like; a number is unique only together with its issuer. Source: domain notes on real hospital
data, where `0160723029785` (13 digits) stands beside a product code like those of ISBT 128.
"""

import re
from enum import StrEnum
from typing import Final

import msgspec

from coldchain.errors import InvalidValueError
from coldchain.gs1 import check_digit
from coldchain.identifiers import require_id
from coldchain.isbt128 import din_check_character
from coldchain.places import Text

SCHEMES_MAX: Final = 50
PATTERN_MAX: Final = 200
NUMBER_MAX: Final = 40
RESERVED: Final = frozenset({"isbt128", "local"})
# Repeats inside repeats can take for ever on a text that does not match.
_NESTED: Final = re.compile(r"[*+}]\)[*+{]|\(\?[^:]|\\[0-9]")


class Check(StrEnum):
    """How the last character of a number follows from those before it."""

    NONE = "none"
    MOD_10 = "mod-10"  # weights 3 and 1 from the right, as GS1's
    MOD_37_2 = "mod-37-2"  # ISO 7064, as ISBT 128's keyboard check


class CodeScheme(msgspec.Struct, frozen=True, kw_only=True):
    """A station's own scheme. `pattern`: a regular expression for a whole number; `length` its characters."""

    id: str
    name: Text
    pattern: str
    length: int
    check: Check = Check.NONE


def require_scheme(scheme: CodeScheme) -> CodeScheme:
    """Return a scheme that can be used. Raises InvalidValueError that says what to change."""
    require_id(scheme.id, "code scheme")
    if scheme.id in RESERVED:
        msg = f"code scheme {scheme.id!r} exists already: choose another id"
        raise InvalidValueError(msg)
    if not 1 <= scheme.length <= NUMBER_MAX:
        msg = f"code scheme {scheme.id}: length {scheme.length} is not allowed, use 1 to {NUMBER_MAX}"
        raise InvalidValueError(msg)
    if len(scheme.pattern) > PATTERN_MAX or _NESTED.search(scheme.pattern):
        msg = f"code scheme {scheme.id}: the pattern is too long or nested; write it plainly, as [0-9]{{13}}"
        raise InvalidValueError(msg)
    try:
        re.compile(scheme.pattern)
    except re.error as error:
        msg = f"code scheme {scheme.id}: the pattern cannot be read ({error})"
        raise InvalidValueError(msg) from error
    return scheme


def fault(scheme: CodeScheme, number: str) -> Text | None:
    """Say what is wrong with a number under a scheme, or None."""
    if len(number) != scheme.length:
        return Text(
            zh=f"{scheme.name.zh}应为 {scheme.length} 位，现为 {len(number)} 位",
            en=f"a number of {scheme.name.en} has {scheme.length} characters, here are {len(number)}",
        )
    if re.fullmatch(scheme.pattern, number) is None:
        return Text(zh=f"不符合{scheme.name.zh}的编码格式", en=f"it does not look like a number of {scheme.name.en}")
    expected = _expected(scheme.check, number[:-1])
    if expected is not None and expected != number[-1]:
        return Text(
            zh="校验位不符，请重新扫描或核对", en="its check character does not fit: scan it again or compare it by eye"
        )
    return None


def _expected(check: Check, body: str) -> str | None:
    """Return the check character for a body; "" (which fits nothing) if the body cannot carry one."""
    match check:
        case Check.NONE:
            return None
        case Check.MOD_10:
            return check_digit(body) if body.isascii() and body.isdigit() else ""
        case Check.MOD_37_2:
            return din_check_character(body) if re.fullmatch("[0-9A-Z*]*", body) else ""
