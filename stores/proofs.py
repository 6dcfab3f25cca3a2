"""Checkpoints and kept nodes in SQL."""

from collections.abc import Sequence
from typing import Any, Final

from coldchain.proof import Checkpoint, Node, RawEntry, RawReading
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
        """Return up to limit hot rows of a probe or reader that reach into [from_ms, to_ms), by admission."""
        rows = self._sql.rows(_READINGS, (device, to_ms, from_ms, limit))
        return tuple(RawReading(*row) for row in rows)

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

    def checkpoints(self, after_size: int, limit: int) -> tuple[Checkpoint, ...]:
        """Return up to limit of those with a larger size, by size."""
        rows = self._sql.rows(f"{_COLUMNS} WHERE size > ? ORDER BY size LIMIT ?", (after_size, limit))
        return tuple(_checkpoint(row) for row in rows)


def _read(row: Any) -> Checkpoint | None:  # noqa: ANN401 - a row of _COLUMNS
    return None if row is None else _checkpoint(row)


def _checkpoint(row: Any) -> Checkpoint:  # noqa: ANN401 - a row of _COLUMNS
    return Checkpoint(size=row.size, at_ms=row.at_ms, root=bytes(row.root), key=row.signer, note=bytes(row.note))
