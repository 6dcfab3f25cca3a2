"""Canonical JSON in the style of RFC 8785, for values without floating point, and hashes over it.

Floats are refused on purpose: a number that decides is an integer in this program.
"""

import hashlib
import json
from collections.abc import Mapping
from functools import lru_cache
from json.encoder import encode_basestring
from typing import Any, Final, TypeVar

import msgspec
from msgspec import inspect

from coldchain.errors import InvalidValueError

INTEGER_MAX: Final = 2**53 - 1  # RFC 8785 numbers are IEEE 754 doubles; beyond this they are not exact
LEAF_PREFIX: Final = b"\x00"  # RFC 6962 section 2.1: leaves and nodes hash under different prefixes
STRUCTS_KEPT: Final = 512  # kinds of structs whose decoders are remembered; there are some dozens

_Struct = TypeVar("_Struct", bound=msgspec.Struct)

_SORTED: Final = msgspec.json.Encoder(order="sorted")
# Where a number may begin, `:`; every digit `0`: so 16 digits of a number are found without a regular expression.
_SHAPE: Final = bytes.maketrans(b"123456789[,", b"000000000::")
_LONG: Final = (b":" + b"0" * 16, b":-" + b"0" * 16)  # may be beyond INTEGER_MAX
_PLAIN: Final = (inspect.IntType, inspect.StrType, inspect.BoolType, inspect.NoneType, inspect.EnumType)


def canonical_json(value: Any) -> bytes:  # noqa: ANN401 - any JSON value is meant
    """Return the one spelling of a JSON value; raises InvalidValueError for floats and inexact integers."""
    return json.dumps(_checked(value), ensure_ascii=False, separators=(",", ":"), sort_keys=False).encode()


def canonical_struct(value: msgspec.Struct) -> bytes:
    """Return canonical_json of a struct, the same bytes and errors, in a tenth of the time where nothing is special."""
    return canonical_read(value)[0]


def canonical_read(value: _Struct) -> tuple[bytes, _Struct | None]:
    """Return canonical_struct of a struct, and what its bytes read back as (None: nobody has read them yet).

    msgspec spells JSON in the same way, but for floats, numbers beyond INTEGER_MAX and the order of keys beyond the
    16 bits of UTF-16. So its spelling counts only if it reads back, strictly typed, as an equal struct of a type
    without floats, and has neither such numbers nor such letters; everything else goes the long way.
    """
    reader = _reader_of(type(value))
    if reader is not None:
        try:
            spelled = _SORTED.encode(value)
            read = reader.decode(spelled)
            if read == value and _short(spelled):
                return spelled, read
        except (TypeError, ValueError, msgspec.MsgspecError):
            pass  # the long way says what is wrong with it
    return canonical_json(msgspec.to_builtins(value)), None


def canonical_text(text: str) -> str:
    """Return canonical_json of a text, as text; what is none, as in a damaged record, is spelled as what it is."""
    return encode_basestring(text) if isinstance(text, str) else canonical_json(text).decode()


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


def _short(spelled: bytes) -> bool:
    """Tell that no number may be beyond INTEGER_MAX and no letter beyond 16 bits; texts may look like such numbers."""
    shape = spelled.translate(_SHAPE)
    return _LONG[0] not in shape and _LONG[1] not in shape and (spelled.isascii() or max(spelled) < 0xF0)


@lru_cache(STRUCTS_KEPT)
def _reader_of(kind: type[msgspec.Struct]) -> msgspec.json.Decoder[Any] | None:
    """Return the strict decoder of a struct, None if a float or a thing of any type may be in it."""
    return msgspec.json.Decoder(kind) if _exact(inspect.type_info(kind), set()) else None


def _exact(kind: inspect.Type, seen: set[type]) -> bool:
    """Tell that a type is of texts, integers, booleans, lists and maps from texts only."""
    match kind:
        case inspect.StructType():
            known = kind.cls in seen
            seen.add(kind.cls)
            return known or all(_exact(field.type, seen) for field in kind.fields)
        case inspect.UnionType():
            return all(_exact(one, seen) for one in kind.types)
        case inspect.TupleType():
            return all(_exact(one, seen) for one in kind.item_types)
        case inspect.ListType() | inspect.VarTupleType():
            return _exact(kind.item_type, seen)
        case inspect.DictType():
            return isinstance(kind.key_type, inspect.StrType) and _exact(kind.value_type, seen)
        case _:
            return isinstance(kind, _PLAIN)
