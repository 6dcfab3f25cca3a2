"""From an entry of the ledger's own affairs to the rows of its projections."""

from collections.abc import Callable
from typing import Any, Final

import msgspec

from coldchain.entries import EntryKind
from coldchain.exports import ExportRecord
from coldchain.proof import LedgerKey, ServerStart
from coldchain.server_settings import SettingsChange
from stores.schema import insert_sql
from stores.schema_proof import exports, ledger_keys, server_settings, server_starts

Row = Callable[[int, Any, bytes], tuple[str, tuple[Any, ...]]]

_KEY: Final = insert_sql(ledger_keys)
_EXPORT: Final = insert_sql(exports)
_START: Final = insert_sql(server_starts)
_SETTINGS: Final = insert_sql(server_settings)


def _key(seq: int, key: LedgerKey, body: bytes) -> tuple[str, tuple[Any, ...]]:
    return _KEY, (key.key, seq, body)


def _export(seq: int, export: ExportRecord, body: bytes) -> tuple[str, tuple[Any, ...]]:
    return _EXPORT, (export.id, export.at_ms, export.sha256, seq, body)


def _start(seq: int, start: ServerStart, body: bytes) -> tuple[str, tuple[Any, ...]]:
    return _START, (seq, start.at_ms, body)


def _settings(seq: int, change: SettingsChange, body: bytes) -> tuple[str, tuple[Any, ...]]:
    return _SETTINGS, (seq, change.at_ms, body)


# Statement and parameters; projections.py makes them changes.
APPLY_PROOF: Final[dict[EntryKind, tuple[type[msgspec.Struct], Row]]] = {
    EntryKind.LEDGER_KEY: (LedgerKey, _key),
    EntryKind.EXPORT: (ExportRecord, _export),
    EntryKind.SERVER_START: (ServerStart, _start),
    EntryKind.SERVER_SETTINGS: (SettingsChange, _settings),
}
