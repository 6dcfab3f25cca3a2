"""Envelopes of two-dimensional symbols: what is inside, in which format. Pure.

    [ ) > RS | 06 GS data GS data … RS | 05 GS … RS | EOT

Source: ISO/IEC 15434. Format 05 holds GS1 application identifiers, 06 data identifiers of ASC MH10.8.2; others are
handed on as they are.
"""

from typing import Final

import msgspec

HEAD: Final = "[)>\x1e"
RECORD: Final = "\x1e"
GROUP: Final = "\x1d"
END: Final = "\x04"
MESSAGE_MAX: Final = 8_000  # a QR code holds 4,296 characters
PARTS_MAX: Final = 100


class Envelope(msgspec.Struct, frozen=True, kw_only=True):
    """One format envelope and its data elements in order."""

    format: str
    elements: tuple[str, ...]


class Broken(msgspec.Struct, frozen=True, kw_only=True):
    """The message cannot be taken apart, with the reason."""

    reason: str


def is_message(text: str) -> bool:
    """Tell whether text begins as a message of ISO/IEC 15434 does."""
    return text.startswith(HEAD)


def split(text: str) -> tuple[Envelope, ...] | Broken:
    """Take a message apart. Never raises."""
    if len(text) > MESSAGE_MAX:
        return Broken(reason=f"{len(text)} characters are too many for one symbol")
    if not is_message(text):
        return Broken(reason="it does not begin with [)> and a record separator")
    if not text.endswith(RECORD + END):
        return Broken(reason="its end is missing: scan it again")
    envelopes = []
    for part in text[len(HEAD) : -len(RECORD + END)].split(RECORD):
        format_, *elements = part.split(GROUP)
        if len(format_) != 2 or not format_.isascii() or not format_.isdigit():
            return Broken(reason=f"{format_[:10]!r} is no format: two digits and a group separator")
        envelopes.append(Envelope(format=format_, elements=tuple(elements)))
    if sum(1 + len(envelope.elements) for envelope in envelopes) > PARTS_MAX:
        return Broken(reason=f"more than {PARTS_MAX} parts in one symbol")
    return tuple(envelopes)


def join(envelopes: tuple[Envelope, ...]) -> str:
    """Return the message with these envelopes."""
    return HEAD + RECORD.join(GROUP.join((one.format, *one.elements)) for one in envelopes) + RECORD + END
