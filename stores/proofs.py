"""Checkpoints and kept nodes in SQL."""

from collections.abc import Sequence
from typing import Any, Final

from coldchain.blocks import day_of
from coldchain.ports import SampleRow
from coldchain.proof import Checkpoint, Node, RawEntry, RawReading
from stores.blocks import SqlBlocks
from stores.columns import pack_samples
from stores.reading_log import SAMPLES
from stores.schema import insert_sql
from stores.schema_proof import ledger_checkpoints, ledger_nodes
from stores.sql import Sql

_COLUMNS: Final = "SELECT size, at_ms, root, signer, note FROM ledger_checkpoints"
_RAW: Final = "SELECT seq, record_ms, actor, site, kind, payload, hash FROM ledger WHERE seq > ? ORDER BY seq LIMIT ?"
_READINGS: Final = (
    f"SELECT {', '.join(RawReading._fields)} FROM hot_readings WHERE stream IN ('samples', 'tags') AND device = ?"
    " AND first_taken_ms < ? AND last_taken_ms >= ? ORDER BY admission LIMIT ?"
)
_NODE: Final = insert_sql(ledger_nodes)
_CHECKPOINT: Final = insert_sql(ledger_checkpoints)


class SqlProofs:
    """Proofs over one transaction."""

    def __init__(self, sql: Sql) -> None:
        self._sql = sql

    def raw_entries(self, after_seq: int, limit: int) -> tuple[RawEntry, ...]:
        """Return up to limit entries with seq > after_seq, in order, as they stand there."""
        return tuple(RawEntry(*row) for row in self._sql.rows(_RAW, (after_seq, limit)))

    def raw_readings(self, device: str, from_ms: int, to_ms: int, limit: int) -> tuple[RawReading, ...]:
        """Return up to limit rows of a probe or reader that reach into [from_ms, to_ms), by admission, sealed ones too.

        A sealed row is packed again, which gives the bytes that were admitted.
        """
        hot = [RawReading(*row) for row in self._sql.rows(_READINGS, (device, to_ms, from_ms, limit))]
        found = hot + self._sealed(device, from_ms, to_ms, limit)
        return tuple(sorted(found, key=lambda row: row.admission)[:limit])

    def _sealed(self, probe: str, from_ms: int, to_ms: int, limit: int) -> list[RawReading]:
        """Return the sealed rows of a probe day by day, until they are limit or more."""
        blocks, found = SqlBlocks(self._sql), list[RawReading]()
        for day in blocks.sealed_days(probe, day_of(from_ms), day_of(to_ms - 1)):
            pairs = blocks.rows_of_days(probe, day, day)
            found += [_raw(*pair) for pair in pairs if pair[1].taken_ms[0] < to_ms and pair[1].taken_ms[-1] >= from_ms]
            if len(found) >= limit:
                break
        return found

    def leaves(self, first: int, last: int) -> tuple[bytes, ...]:
        """Return the hashes of entries first + 1 to last, in order."""
        rows = self._sql.rows("SELECT hash FROM ledger WHERE seq > ? AND seq <= ? ORDER BY seq", (first, last))
        return tuple(bytes(row.hash) for row in rows)

    def node(self, level: int, number: int) -> bytes | None:
        """Return one kept node."""
        row = self._sql.first("SELECT hash FROM ledger_nodes WHERE level = ? AND number = ?", (level, number))
        return None if row is None else bytes(row.hash)

    def all_nodes(self) -> tuple[tuple[tuple[int, int], bytes], ...]:
        """Return all kept nodes, as ((level, number), hash) in that order."""
        rows = self._sql.rows("SELECT level, number, hash FROM ledger_nodes ORDER BY level, number")
        return tuple(((row.level, row.number), bytes(row.hash)) for row in rows)

    def add(self, nodes: Sequence[Node], checkpoint: Checkpoint | None) -> None:
        """Keep nodes and a checkpoint, for ever."""
        self._sql.change_many(_NODE, [(node.level, node.number, node.hash) for node in nodes])
        if checkpoint is not None:
            one = checkpoint
            self._sql.change(_CHECKPOINT, (one.size, one.at_ms, one.root, one.key, one.note))

    def last_checkpoint(self) -> Checkpoint | None:
        """Return the one of the largest size."""
        return _read(self._sql.first(f"{_COLUMNS} ORDER BY size DESC LIMIT 1"))

    def checkpoint_over(self, seq: int) -> Checkpoint | None:
        """Return the first one that covers entry `seq`."""
        return _read(self._sql.first(f"{_COLUMNS} WHERE size >= ? ORDER BY size LIMIT 1", (seq,)))

    def checkpoint_upto(self, seq: int, at_ms: int) -> Checkpoint | None:
        """Return the largest one that covers no entry beyond `seq` and was signed by at_ms."""
        asked = f"{_COLUMNS} WHERE size <= ? AND at_ms <= ? ORDER BY size DESC LIMIT 1"
        return _read(self._sql.first(asked, (seq, at_ms)))

    def checkpoints(self, after_size: int, limit: int) -> tuple[Checkpoint, ...]:
        """Return up to limit of those with a larger size, by size."""
        rows = self._sql.rows(f"{_COLUMNS} WHERE size > ? ORDER BY size LIMIT ?", (after_size, limit))
        return tuple(_checkpoint(row) for row in rows)


def _raw(admission: int, row: SampleRow) -> RawReading:
    ends = (row.taken_ms[0], row.taken_ms[-1])
    source = (row.gateway, row.epoch, row.received_ms, row.source_rank, row.clock.value, row.boot)
    return RawReading(admission, SAMPLES, row.probe, *ends, *source, len(row.seq), pack_samples(row))


def _read(row: Any) -> Checkpoint | None:  # noqa: ANN401 - a row of _COLUMNS
    return None if row is None else _checkpoint(row)


def _checkpoint(row: Any) -> Checkpoint:  # noqa: ANN401 - a row of _COLUMNS
    return Checkpoint(size=row.size, at_ms=row.at_ms, root=bytes(row.root), key=row.signer, note=bytes(row.note))
