"""Characters in tags: seven bits each, and their escapes in URIs. Source: GS1 EPC Tag Data Standard."""

import re
from typing import Final

_ALLOWED: Final = re.compile(r"[!\"%&'()*+,\-./0-9:;<=>?A-Z_a-z]*")  # GS1 character set 82
_ESCAPED: Final = {character: f"%{ord(character):02X}" for character in '"%&/<>?'}
_ESCAPES: Final = str.maketrans(_ESCAPED)
_UNESCAPES: Final = {code: character for character, code in _ESCAPED.items()}
_NUMBER: Final = re.compile(r"[0-9]+")


def is_number(text: str) -> bool:
    """Tell whether text is ASCII digits."""
    return _NUMBER.fullmatch(text) is not None


def escaped(text: str) -> str:
    """Return a part of an EPC URI with the characters escaped that would end it."""
    return text if text.isalnum() else text.translate(_ESCAPES)


def unescaped(text: str) -> str:
    """Return a part of an EPC URI as it is in the tag."""
    return re.sub("%[0-9A-Fa-f]{2}", lambda found: _UNESCAPES.get(found.group().upper(), found.group()), text)


def from_seven_bits(value: int, bits: int) -> str:
    """Return text from fields of seven bits; it ends with the first zero, and only zeros follow.

    Raises ValueError for data behind the end, or a character that GS1 does not allow.
    """
    count, spare = divmod(bits, 7)
    raw = bytes(value >> spare + 7 * place & 0x7F for place in range(count - 1, -1, -1))
    text = raw.rstrip(b"\0").decode("ascii")
    if "\0" in text or value & ((1 << spare) - 1):
        msg = "there is data behind the end of a text"
        raise ValueError(msg)
    return require_characters(text)


def seven_bits(text: str, bits: int) -> int:
    """Return text as fields of seven bits, zeros behind it. Raises ValueError if it is too long or not allowed."""
    count, spare = divmod(bits, 7)
    if len(require_characters(text)) > count:
        msg = f"{text!r} has more than {count} characters"
        raise ValueError(msg)
    value = 0
    for code in text.encode("ascii").ljust(count, b"\0"):
        value = value << 7 | code
    return value << spare


def require_characters(text: str) -> str:
    """Return text if GS1 allows each of its characters, else raise ValueError."""
    if _ALLOWED.fullmatch(text) is None:
        msg = f"{text!r} has a character that GS1 does not allow"
        raise ValueError(msg)
    return text
