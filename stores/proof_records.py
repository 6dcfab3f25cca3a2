"""The ledger's own affairs read back: its keys and what was handed out."""

from typing import TypeVar

import msgspec

from coldchain.exports import ExportRecord
from coldchain.proof import LedgerKey
from coldchain.server_settings import SettingsChange
from stores.sql import Params, Sql

_Thing = TypeVar("_Thing", bound=msgspec.Struct)


class SqlProofRecords:
    """ProofRecords over one transaction; a base of SqlRecords."""

    _sql: Sql

    def ledger_keys(self) -> tuple[LedgerKey, ...]:
        """In the order of their entries: the last one signs."""
        return self._bodies(LedgerKey, "SELECT body FROM ledger_keys ORDER BY seq", ())

    def ledger_key_seq(self, key: str) -> int:
        """Return the number of the entry that names a key, 0 if none does."""
        row = self._sql.first("SELECT seq FROM ledger_keys WHERE signer = ?", (key,))
        return 0 if row is None else int(row.seq)

    def settings_changes(self) -> tuple[SettingsChange, ...]:
        """In the order of their entries: what the centre's settings were, and what changed since."""
        return self._bodies(SettingsChange, "SELECT body FROM server_settings ORDER BY seq", ())

    def export(self, export: str) -> ExportRecord | None:
        """One export."""
        found = self._bodies(ExportRecord, "SELECT body FROM exports WHERE id = ?", (export,))
        return found[0] if found else None

    def exports(self, sha256: str | None = None, limit: int = 100) -> tuple[ExportRecord, ...]:
        """Of these bytes or all, the newest `limit`, by (at_ms, id) falling."""
        where, params = ("", ()) if sha256 is None else ("WHERE sha256 = ? ", (sha256,))
        statement = f"SELECT body FROM exports {where}ORDER BY at_ms DESC, id DESC LIMIT ?"
        return self._bodies(ExportRecord, statement, (*params, limit))

    def _bodies(self, kind: type[_Thing], statement: str, params: Params) -> tuple[_Thing, ...]:
        return tuple(msgspec.json.decode(row.body, type=kind) for row in self._sql.rows(statement, params))
