"""Blood groups as people and labels write them: whether two of them can be the same, and what is none. Pure.

The record keeps a group as it is printed, and the same group is printed in many ways: O+, O RhD+, O RhD positive,
O型 RhD阳性. What cannot be read is compared as text, never guessed. Bombay and para-Bombay are groups too (ST-001).
"""

import re
import unicodedata
from typing import Final

_READ: Final = re.compile(
    r"(?P<abo>AB|A|B|O) ?型? ?,? ?\(?(?:RH)? ?\(?D?\)? ?"
    r"\(?(?:(?P<plus>\+|POS|POSITIVE|阳性?)|(?P<minus>-|NEG|NEGATIVE|阴性?))?\)?"
)
_BEGINS: Final = re.compile(r"(?:A[12]?B?|B|O)(?=$|RH|POS|NEG|[^A-Z0-9])|OH\b|.*(?:BOMBAY|孟买)")
_DASHES: Final = str.maketrans("\N{MINUS SIGN}\N{EN DASH}\N{HYPHEN}", "---")


def _plain(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).translate(_DASHES).upper().split())


def is_blood_group(text: str) -> bool:
    """Tell whether text begins as a blood group does: A, B, AB or O and no other letter, or Bombay."""
    return _BEGINS.match(_plain(text)) is not None


def abo_rhd(text: str) -> str | None:
    """Return a group such as "O+", "AB-" or "A" (RhD not said); None for what cannot be read without a doubt."""
    found = _READ.fullmatch(_plain(text))
    if found is None:
        return None
    return found["abo"] + ("+" if found["plus"] else "-" if found["minus"] else "")


def groups_differ(one: str, other: str) -> bool:
    """Tell whether two groups cannot be the same. What one leaves unsaid (RhD) differs from nothing."""
    first, second = abo_rhd(one), abo_rhd(other)
    if first is None or second is None:
        return _plain(one) != _plain(other)
    return first.rstrip("+-") != second.rstrip("+-") or (
        first[-1] != second[-1] and {first[-1], second[-1]} == {"+", "-"}
    )
