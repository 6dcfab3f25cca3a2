"""What reports ask of the store beside the projections: which ledger entry stands behind a row."""

from typing import Protocol

import msgspec


class EntryMark(msgspec.Struct, frozen=True, kw_only=True):
    """Where in the ledger something stands: its number, when it was recorded, and by whom."""

    seq: int
    record_ms: int
    actor: str


class ReportRecords(Protocol):
    """The entries behind rows of projections."""

    def place_entry(self, place: str) -> EntryMark | None:
        """The newest entry of a place: it says which limits hold there."""

    def export_entry(self, export: str) -> EntryMark | None:
        """The entry of an export."""
