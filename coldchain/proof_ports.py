"""What the ledger's proofs ask of the store."""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Protocol

from coldchain.exports import ExportRecord
from coldchain.proof import Checkpoint, LedgerKey, Node, RawEntry, RawReading
from coldchain.server_settings import SettingsChange

if TYPE_CHECKING:
    from coldchain.ports import Session


class CheckpointSigner(Protocol):
    """The key that signs checkpoints now."""

    @property
    def key(self) -> str:
        """The public half, 64 hex digits."""

    def sign(self, text: bytes) -> bytes:
        """Return the Ed25519 signature of a text, 64 bytes."""


class ProofRecords(Protocol):
    """Projections of what the ledger says of its own keys and of what was handed out."""

    def ledger_keys(self) -> tuple[LedgerKey, ...]:
        """In the order of their entries: the last one signs."""

    def ledger_key_seq(self, key: str) -> int:
        """Return the number of the entry that names a key, 0 if none does."""

    def settings_changes(self) -> tuple[SettingsChange, ...]:
        """In the order of their entries: what the centre's settings were, and what changed since."""

    def export(self, export: str) -> ExportRecord | None:
        """One export."""

    def exports(self, sha256: str | None = None, limit: int = 100) -> tuple[ExportRecord, ...]:
        """Of these bytes or all, the newest `limit`, by (at_ms, id) falling."""


class Proofs(Protocol):
    """Signed checkpoints, and the nodes of the Merkle tree that are kept (merkle.KEPT_LEVEL and above)."""

    def raw_entries(self, after_seq: int, limit: int) -> tuple[RawEntry, ...]:
        """Return up to limit entries with seq > after_seq, in order, as they stand there: nothing is believed."""

    def raw_readings(self, device: str, from_ms: int, to_ms: int, limit: int) -> tuple[RawReading, ...]:
        """Return up to limit rows of a probe or reader that reach into [from_ms, to_ms), by admission; sealed too."""

    def leaves(self, first: int, last: int) -> tuple[bytes, ...]:
        """Return the hashes of entries with numbers in [first, last), in order; first is 0 for entry 1."""

    def node(self, level: int, number: int) -> bytes | None:
        """Return one kept node."""

    def all_nodes(self) -> tuple[tuple[tuple[int, int], bytes], ...]:
        """Return all kept nodes, as ((level, number), hash) in that order: 6 bytes for each entry of the ledger."""

    def add(self, nodes: Sequence[Node], checkpoint: Checkpoint | None) -> None:
        """Keep nodes and a checkpoint, for ever."""

    def last_checkpoint(self) -> Checkpoint | None:
        """Return the one of the largest size."""

    def checkpoint_over(self, seq: int) -> Checkpoint | None:
        """Return the first one that covers entry `seq`."""

    def checkpoint_upto(self, seq: int, at_ms: int) -> Checkpoint | None:
        """Return the largest one that covers no entry beyond `seq` and was signed by at_ms."""

    def checkpoints(self, after_size: int, limit: int) -> tuple[Checkpoint, ...]:
        """Return up to limit of those with a larger size, by size."""


class AsKnown(Protocol):
    """What a store also shows: the record as it was known earlier."""

    def as_known(self, record_ms: int) -> "AbstractContextManager[Session]":
        """See the projections as the ledger had them at record_ms, and the readings that had been received by then.

        Of time that was still on its way then it says "not measured": when a gateway's mark moved is not recorded.
        Raises InvalidValueError if the ledger was too long by then to be looked through.
        """
