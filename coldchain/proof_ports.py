"""What the ledger's proofs ask of the store."""

from collections.abc import Collection, Sequence
from typing import Protocol

from coldchain.exports import ExportRecord
from coldchain.proof import Checkpoint, LedgerKey, Node


class ProofRecords(Protocol):
    """Projections of what the ledger says of its own keys and of what was handed out."""

    def ledger_keys(self) -> tuple[LedgerKey, ...]:
        """In the order of their entries: the last one signs."""

    def export(self, export: str) -> ExportRecord | None:
        """One export."""

    def exports(self, sha256: str | None = None, limit: int = 100) -> tuple[ExportRecord, ...]:
        """Of these bytes or all, the newest `limit`, by (at_ms, id) falling."""


class Proofs(Protocol):
    """Signed checkpoints, and the nodes of the Merkle tree that are kept (merkle.KEPT_LEVEL and above)."""

    def leaves(self, first: int, last: int) -> tuple[bytes, ...]:
        """Return the hashes of entries with numbers in [first, last), in order; first is 0 for entry 1."""

    def node(self, level: int, number: int) -> bytes | None:
        """Return one kept node."""

    def nodes(self, keys: Collection[tuple[int, int]]) -> dict[tuple[int, int], bytes]:
        """Return those of the (level, number) that are kept."""

    def add(self, nodes: Sequence[Node], checkpoint: Checkpoint | None) -> None:
        """Keep nodes and a checkpoint, for ever."""

    def last_checkpoint(self) -> Checkpoint | None:
        """Return the one of the largest size."""

    def checkpoint_over(self, seq: int) -> Checkpoint | None:
        """Return the first one that covers entry `seq`."""

    def checkpoints(self, after_size: int, limit: int) -> tuple[Checkpoint, ...]:
        """Return up to limit of those with a larger size, by size."""
