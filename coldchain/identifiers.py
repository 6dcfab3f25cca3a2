"""Identifiers: our own short ids, EPCs as hex, and the identity of a blood unit.

A tag is a binding and never an identity; a unit is (issuer, scheme, donation number, product code, division).
"""

import re
from typing import Final

from coldchain.errors import InvalidValueError

ID_PATTERN: Final = r"[a-z0-9-]{1,32}"
_ID = re.compile(ID_PATTERN)
_EPC = re.compile(r"(?:[0-9A-F]{4}){1,31}")  # Gen2: whole 16-bit words, at most 31 (PC length field, 5 bits)
EPC_UNPROGRAMMED: Final = "0"


def is_id(text: str) -> bool:
    """Tell whether text may name a site, gateway, probe, reader, place or unit."""
    return _ID.fullmatch(text) is not None


def require_id(text: str, what: str) -> str:
    """Return text if it is an id, else raise InvalidValueError naming what it should have been."""
    if not is_id(text):
        msg = f"{what} {text!r} is not allowed: use 1 to 32 of a-z, 0-9 and '-'"
        raise InvalidValueError(msg)
    return text


def require_epc(text: str) -> str:
    """Return an EPC as upper-case hex of whole 16-bit words, else raise InvalidValueError."""
    epc = text.strip().upper()
    if _EPC.fullmatch(epc) is None:
        msg = f"EPC {text!r} is not allowed: use 4 to 124 hex digits, a multiple of 4"
        raise InvalidValueError(msg)
    if not epc.strip(EPC_UNPROGRAMMED):
        msg = f"EPC {text!r} is all zeros: the tag was never programmed and names nothing"
        raise InvalidValueError(msg)
    return epc
