"""What is set up, read back once for many transactions; a part of SqlRecords.

What was read is good for as long as the ledger got no entry that changes it, and whether it did is asked of the ledger
in every transaction, whoever writes: it costs a look at the entries that are new. A transaction that sees an older
state reads for itself; what one sees is kept for others only after its commit.
"""

from dataclasses import dataclass
from typing import Any, Final

import msgspec

from coldchain.entries import EntryKind
from coldchain.equipment import Equipment, equipment_of
from coldchain.places import Contact, Gateway, Place, Probe, Reader
from stores.sql import Sql

ENTRIES_SEEN_MAX: Final = 10_000  # new entries that are looked through; after more of them everything is read anew
_DECODERS: Final[dict[str, msgspec.json.Decoder[Any]]] = {
    "gateways": msgspec.json.Decoder(Gateway),
    "places": msgspec.json.Decoder(Place),
    "probes": msgspec.json.Decoder(Probe),
    "readers": msgspec.json.Decoder(Reader),
    "contacts": msgspec.json.Decoder(Contact),
}
_KINDS: Final = tuple(
    kind.value for kind in (EntryKind.GATEWAY, EntryKind.PLACE, EntryKind.PROBE, EntryKind.READER, EntryKind.CONTACT)
)
_LAST: Final = "SELECT seq, hash FROM ledger ORDER BY seq DESC LIMIT 1"
_HASH: Final = "SELECT hash FROM ledger WHERE seq = ?"
_CHANGED: Final = f"SELECT 1 FROM ledger WHERE seq > ? AND kind IN ({', '.join('?' * len(_KINDS))}) LIMIT 1"


@dataclass(frozen=True, slots=True)
class Kept:
    """What was set up when the ledger's last entry was number `seq`, with this hash (0 and b"": it had none)."""

    seq: int
    hash: bytes
    equipment: Equipment


class SqlEquipmentRecords:
    """Gateways, places, probes, readers and contacts over one transaction. `kept`: what is known of them so far."""

    _sql: Sql
    kept: Kept | None

    def equipment(self) -> Equipment:
        """All of it."""
        row, kept = self._sql.first(_LAST), self.kept
        last, mark = (0, b"") if row is None else (int(row.seq), bytes(row.hash))
        if kept is None or (kept.seq, kept.hash) != (last, mark):
            known = None if kept is None or self._changed_since(kept, last) else kept.equipment
            kept = Kept(last, mark, known or equipment_of(*(self._set_up(name) for name in _DECODERS)))
            self.kept = kept
        return kept.equipment

    def gateways(self) -> tuple[Gateway, ...]:
        """By id."""
        return tuple(self.equipment().gateways.values())

    def places(self) -> tuple[Place, ...]:
        """By id."""
        return tuple(self.equipment().places.values())

    def probes(self) -> tuple[Probe, ...]:
        """By id."""
        return tuple(self.equipment().probes.values())

    def readers(self) -> tuple[Reader, ...]:
        """By id."""
        return tuple(self.equipment().readers.values())

    def contacts(self) -> tuple[Contact, ...]:
        """By id."""
        return tuple(self.equipment().contacts.values())

    def _changed_since(self, kept: Kept, last: int) -> bool:
        """Tell whether anything may be otherwise than what is kept: also where the ledger is not the one of then."""
        if not kept.seq < last <= kept.seq + ENTRIES_SEEN_MAX:
            return True
        then = self._sql.first(_HASH, (kept.seq,))
        return (b"" if then is None else bytes(then.hash)) != kept.hash or (
            self._sql.first(_CHANGED, (kept.seq, *_KINDS)) is not None
        )

    def _set_up(self, table: str) -> list[Any]:
        decoder = _DECODERS[table]
        return [decoder.decode(row[0]) for row in self._sql.rows(f"SELECT body FROM {table} ORDER BY id")]
