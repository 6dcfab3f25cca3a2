"""Hashes over rows of the reading log as they were admitted, whether they lie in the hot table or in blocks by now."""

import hashlib
from collections.abc import Sequence
from typing import Final

from coldchain.ports import SampleRow
from coldchain.stamps import ReadingDigest
from stores.blocks import SqlBlocks
from stores.columns import pack_samples
from stores.sql import Sql

SAMPLES: Final = "samples"
_COLUMNS: Final = (
    "SELECT admission, stream, device, gateway, epoch, received_ms, source_rank, clock, boot, body FROM hot_readings"
)
_BETWEEN: Final = f"{_COLUMNS} WHERE admission > ? AND admission <= ? ORDER BY admission"

Row = tuple[int, bytes]  # admission, what is said of a row with its columns


def digest_between(sql: Sql, blocks: SqlBlocks, after: int, upto: int) -> ReadingDigest:
    """Return the hash over the rows with after < admission <= upto, in their order."""
    rows = [(row[0], _told(row[:-1], row[-1])) for row in sql.rows(_BETWEEN, (after, upto))]
    if len(rows) < upto - after:
        rows = sorted([*rows, *(_sealed(*pair) for pair in blocks.rows_between(after, upto))])
    return _digest(rows, after, upto)


def digest_unsealed(sql: Sql, blocks: SqlBlocks, after: int, upto: int, seq: int | None) -> ReadingDigest:
    """Return the hash over those of these rows that lie in no block, or (seq) lay in none at that entry."""
    rows = [(row[0], _told(row[:-1], row[-1])) for row in sql.rows(_BETWEEN, (after, upto))]
    if seq is not None and len(rows) < upto - after:
        rows = sorted([*rows, *(_sealed(*pair) for pair in blocks.rows_sealed_after(after, upto, seq))])
    return _digest(rows, after, upto)


def _digest(rows: Sequence[Row], after: int, upto: int) -> ReadingDigest:
    total = hashlib.sha256(b"coldchain readings 1\n" + b"".join(told for _, told in rows))
    return ReadingDigest(after=after, upto=upto, rows=len(rows), sha256=total.hexdigest())


def _sealed(admission: int, row: SampleRow) -> Row:
    source = (row.gateway, row.epoch, row.received_ms, row.source_rank, row.clock.value, row.boot)
    return admission, _told((admission, SAMPLES, row.probe, *source), pack_samples(row))


def _told(said: Sequence[int | str], body: bytes) -> bytes:
    """Return what a row says, with its length in front: no text of the reading log has a NUL in it."""
    return ("\0".join(map(str, said)) + f"\0{len(body)}\n").encode() + bytes(body)
