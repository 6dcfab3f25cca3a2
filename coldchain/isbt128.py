"""ISBT 128 donation identification numbers and their keyboard check character.

Sources: ST-001 v6.2.2 (data structure 001) and ISO 7064 mod 37-2; JPAC's worked example is a test vector.
"""

import re
from typing import Final

_DIN = re.compile(r"[A-NP-Z1-9][0-9A-Z]{4}[0-9]{8}")
_VALUES: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ*"


def is_din(text: str) -> bool:
    """Tell whether text has the layout of a 13-character DIN (the first is never 0 or O)."""
    return _DIN.fullmatch(text) is not None


def din_check_character(din: str) -> str:
    """Return the check character printed in a box beside a 13-character DIN: (38 - sum) mod 37."""
    total = 0
    for character in din:
        total = (total + _VALUES.index(character)) * 2 % 37
    return _VALUES[(38 - total) % 37]
