"""Checkpoints and kept nodes in SQL."""

from collections.abc import Collection, Sequence
from typing import Any, Final

from coldchain.proof import Checkpoint, Node
from stores.schema import insert_sql
from stores.schema_proof import ledger_checkpoints, ledger_nodes
from stores.sql import Sql

_COLUMNS: Final = "SELECT size, at_ms, root, signer, note FROM ledger_checkpoints"
_NODE: Final = insert_sql(ledger_nodes)
_CHECKPOINT: Final = insert_sql(ledger_checkpoints)


class SqlProofs:
    """Proofs over one transaction."""

    def __init__(self, sql: Sql) -> None:
        self._sql = sql

    def leaves(self, first: int, last: int) -> tuple[bytes, ...]:
        """Return the hashes of entries first + 1 to last, in order."""
        rows = self._sql.rows("SELECT hash FROM ledger WHERE seq > ? AND seq <= ? ORDER BY seq", (first, last))
        return tuple(bytes(row.hash) for row in rows)

    def node(self, level: int, number: int) -> bytes | None:
        """Return one kept node."""
        row = self._sql.first("SELECT hash FROM ledger_nodes WHERE level = ? AND number = ?", (level, number))
        return None if row is None else bytes(row.hash)

    def nodes(self, keys: Collection[tuple[int, int]]) -> dict[tuple[int, int], bytes]:
        """Return those of the (level, number) that are kept."""
        found = {key: self.node(*key) for key in keys}
        return {key: digest for key, digest in found.items() if digest is not None}

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
