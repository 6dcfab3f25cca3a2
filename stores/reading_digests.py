"""Hashes over rows of the reading log as they were admitted, whether they lie in the hot table or in blocks by now."""

import hashlib
import json
from typing import Any, Final

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

Row = tuple[int, bytes, bytes]  # admission, what is said of a row, its columns


def digest_after(sql: Sql, blocks: SqlBlocks, after: int, limit: int) -> ReadingDigest | None:
    """Return the hash over up to limit rows with a higher admission; None if there is none.

    Numbers follow each other without a hole, so that limit rows end at after + limit.
    """
    newest = sql.first("SELECT value FROM totals WHERE name = 'admission'")
    upto = min(after + limit, 0 if newest is None else int(newest.value))
    return digest_between(sql, blocks, after, upto) if upto > after else None


def digest_between(sql: Sql, blocks: SqlBlocks, after: int, upto: int) -> ReadingDigest:
    """Return the hash over the rows with after < admission <= upto, in their order."""
    rows = [_hot(row) for row in sql.rows(_BETWEEN, (after, upto))]
    if len(rows) < upto - after:
        rows = sorted([*rows, *(_sealed(*pair) for pair in blocks.rows_between(after, upto))])
    total = hashlib.sha256(b"coldchain readings 1\n")
    for _, head, body in rows:
        total.update(head)
        total.update(body)
    return ReadingDigest(after=after, upto=upto, rows=len(rows), sha256=total.hexdigest())


def _hot(row: Any) -> Row:  # noqa: ANN401 - a row of _COLUMNS
    said = (row.stream, row.device, row.gateway, row.epoch, row.received_ms, row.source_rank, row.clock, row.boot)
    return row.admission, _head(row.admission, said, row.body), bytes(row.body)


def _sealed(admission: int, row: SampleRow) -> Row:
    body = pack_samples(row)
    source = (row.gateway, row.epoch, row.received_ms, row.source_rank, row.clock.value, row.boot)
    return admission, _head(admission, (SAMPLES, row.probe, *source), body), body


def _head(admission: int, said: tuple[Any, ...], body: bytes) -> bytes:
    return json.dumps([admission, *said, len(body)], ensure_ascii=True, separators=(",", ":")).encode() + b"\n"
