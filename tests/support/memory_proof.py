"""The ledger's proofs in memory: part of the fake store."""

from collections.abc import Sequence

from support.memory_state import Part

from coldchain.entries import EntryKind
from coldchain.errors import StoreError
from coldchain.exports import ExportRecord
from coldchain.proof import Checkpoint, LedgerKey, Node, RawEntry, RawReading
from coldchain.server_settings import SettingsChange


class MemoryProofRecords(Part):
    """What the ledger says of its own affairs."""

    def ledger_keys(self) -> tuple[LedgerKey, ...]:
        return tuple(self.state.things[EntryKind.LEDGER_KEY].values())

    def ledger_key_seq(self, key: str) -> int:
        named = [e.seq for e in self.state.entries if e.kind is EntryKind.LEDGER_KEY and key.encode() in e.payload]
        return min(named, default=0)

    def settings_changes(self) -> tuple[SettingsChange, ...]:
        return tuple(self.state.things[EntryKind.SERVER_SETTINGS].values())

    def export(self, export: str) -> ExportRecord | None:
        return self.state.things[EntryKind.EXPORT].get((export,))

    def exports(self, sha256: str | None = None, limit: int = 100) -> tuple[ExportRecord, ...]:
        def wanted(one: ExportRecord) -> bool:
            return sha256 in (None, one.sha256)

        return self._sorted(EntryKind.EXPORT, lambda one: (one.at_ms, one.id), wanted)[::-1][:limit]


class MemoryProofs(Part):
    """Proofs by looking through everything."""

    def raw_entries(self, after_seq: int, limit: int) -> tuple[RawEntry, ...]:
        found = self.state.entries[after_seq : after_seq + limit]
        return tuple(RawEntry(e.seq, e.record_ms, e.actor, e.site, e.kind.value, e.payload, e.hash) for e in found)

    def raw_readings(self, device: str, from_ms: int, to_ms: int, limit: int) -> tuple[RawReading, ...]:
        raise NotImplementedError("the fake keeps readings as they came and not as rows")

    def leaves(self, first: int, last: int) -> tuple[bytes, ...]:
        return tuple(entry.hash for entry in self.state.entries[first:last])

    def node(self, level: int, number: int) -> bytes | None:
        return self.state.nodes.get((level, number))

    def all_nodes(self) -> tuple[tuple[tuple[int, int], bytes], ...]:
        return tuple(sorted(self.state.nodes.items()))

    def add(self, nodes: Sequence[Node], checkpoint: Checkpoint | None) -> None:
        state = self._writing()
        for node in nodes:
            if (node.level, node.number) in state.nodes:
                raise StoreError("ledger_nodes is append-only")
            state.nodes[node.level, node.number] = node.hash
        if checkpoint is not None:
            if state.attested and checkpoint.size <= max(state.attested):
                raise StoreError("ledger_checkpoints is append-only")
            state.attested[checkpoint.size] = checkpoint

    def last_checkpoint(self) -> Checkpoint | None:
        return self.state.attested[max(self.state.attested)] if self.state.attested else None

    def checkpoint_over(self, seq: int) -> Checkpoint | None:
        sizes = [size for size in self.state.attested if size >= seq]
        return self.state.attested[min(sizes)] if sizes else None

    def checkpoint_upto(self, seq: int, at_ms: int) -> Checkpoint | None:
        sizes = [size for size, one in self.state.attested.items() if size <= seq and one.at_ms <= at_ms]
        return self.state.attested[max(sizes)] if sizes else None

    def checkpoints(self, after_size: int, limit: int) -> tuple[Checkpoint, ...]:
        sizes = sorted(size for size in self.state.attested if size > after_size)
        return tuple(self.state.attested[size] for size in sizes[:limit])
