"""Canonical JSON in the style of RFC 8785, for values without floating point, and hashes over it.

Floats are refused on purpose: a number that decides is an integer in this program.
"""

import hashlib
import json
from collections.abc import Mapping
from typing import Any, Final

from coldchain.errors import InvalidValueError

INTEGER_MAX: Final = 2**53 - 1  # RFC 8785 numbers are IEEE 754 doubles; beyond this they are not exact
LEAF_PREFIX: Final = b"\x00"  # RFC 6962 section 2.1: leaves and nodes hash under different prefixes


def canonical_json(value: Any) -> bytes:  # noqa: ANN401 - any JSON value is meant
    """Return the one spelling of a JSON value; raises InvalidValueError for floats and inexact integers."""
    return json.dumps(_checked(value), ensure_ascii=False, separators=(",", ":"), sort_keys=False).encode()


def leaf_hash(canonical: bytes) -> bytes:
    """Return SHA-256 of a ledger leaf (RFC 6962)."""
    return hashlib.sha256(LEAF_PREFIX + canonical).digest()


def _checked(value: Any) -> Any:  # noqa: ANN401
    if value is None or isinstance(value, bool | str):
        return value
    if isinstance(value, int):
        if abs(value) > INTEGER_MAX:
            msg = f"integer {value} is beyond 2^53-1 and has no exact JSON spelling: write it as text"
            raise InvalidValueError(msg)
        return value
    if isinstance(value, Mapping):
        return {key: _checked(value[key]) for key in sorted(value, key=_utf16)}
    if isinstance(value, list | tuple):
        return [_checked(item) for item in value]
    msg = f"{type(value).__name__} {value!r} has no canonical spelling: use text, integers, lists and maps"
    raise InvalidValueError(msg)


def _utf16(key: str) -> bytes:
    return key.encode("utf-16-be")
