"""What proves the ledger: the keys that sign it, its signed checkpoints, and when the program was started."""

from typing import Any, NamedTuple

import msgspec


class LedgerKey(msgspec.Struct, frozen=True, kw_only=True):
    """A public Ed25519 key (64 hex digits) that signs checkpoints of `origin` from this entry on.

    `endorsed`: the signature of the key before it (128 hex digits, see checkpoint.endorsement), "" for the first key,
    or where the one before it was lost: then `reason` says why.
    """

    key: str
    origin: str
    from_ms: int
    endorsed: str = ""
    reason: str = ""


class ServerStart(msgspec.Struct, frozen=True, kw_only=True):
    """The centre was started at at_ms: version of the program, revision of the store."""

    at_ms: int
    version: str
    revision: str


class Checkpoint(msgspec.Struct, frozen=True, kw_only=True):
    """The ledger's first `size` entries have this Merkle root; `note` is what was signed, with the signature."""

    size: int
    root: bytes
    at_ms: int
    key: str
    note: bytes


class Node(msgspec.Struct, frozen=True, kw_only=True):
    """The hash over the 2**level entries that begin after entry number * 2**level."""

    level: int
    number: int
    hash: bytes


class RawEntry(NamedTuple):
    """A row of the ledger, of which nothing is believed: whoever changed it may have put anything anywhere."""

    seq: int
    record_ms: Any
    actor: Any
    site: Any
    kind: Any
    payload: Any
    hash: Any


class RawReading(NamedTuple):
    """A row of the reading log, of which nothing is believed; `body` is packed as it was admitted."""

    admission: int
    stream: Any
    device: Any
    first_taken_ms: Any
    last_taken_ms: Any
    gateway: Any
    epoch: Any
    received_ms: Any
    source_rank: Any
    clock: Any
    boot: Any
    n: Any
    body: Any
