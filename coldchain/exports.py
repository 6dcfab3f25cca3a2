"""What left the house: a report, an export or an audit bundle, and the SHA-256 of exactly what was handed out."""

from typing import Final

import msgspec

SHA256_PATTERN: Final = r"[0-9a-f]{64}"
WHAT_CHARACTERS_MAX: Final = 400


class ExportRecord(msgspec.Struct, frozen=True, kw_only=True):
    """What was handed out at at_ms: `what` in words or as a path, over event time [from_ms, to_ms).

    `as_known_seq`: the newest entry of the ledger that it was made from. `sha256`: of the bytes, 64 hex digits.
    """

    id: str
    what: str
    from_ms: int
    to_ms: int
    as_known_seq: int
    sha256: str
    at_ms: int


class RecordExport(msgspec.Struct, frozen=True, kw_only=True, tag="record-export"):
    """A person took something out of the record; the fields are those of ExportRecord, and who it was."""

    id: str
    what: str
    from_ms: int
    to_ms: int
    as_known_seq: int
    sha256: str
    actor: str
    at_ms: int
