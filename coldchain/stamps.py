"""What ties the record to the world sooner: time stamps of an outside authority, and hashes of what is not sealed."""

from typing import Final

import msgspec

STAMP_BYTES_MAX: Final = 32 * 1024  # of a response, with the certificates of the authority


class TimeStamp(msgspec.Struct, frozen=True, kw_only=True):
    """An RFC 3161 response over the note of the checkpoint of this size, base64 of its DER bytes.

    `authority`: the address that was asked. `stamped_ms`: the time that the response says.
    """

    size: int
    authority: str
    stamped_ms: int
    response: str


class KeepTimeStamp(msgspec.Struct, frozen=True, kw_only=True, tag="keep-time-stamp"):
    """The centre was given a time stamp, which it has verified."""

    stamp: TimeStamp
    at_ms: int
    actor: str


class ReadingDigest(msgspec.Struct, frozen=True, kw_only=True):
    """SHA-256 over the rows of the reading log with after < admission <= upto, as they were admitted, in that order."""

    after: int
    upto: int
    rows: int
    sha256: str
