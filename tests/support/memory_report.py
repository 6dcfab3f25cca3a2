"""The entries behind rows, found by reading the whole ledger."""

import msgspec
from support.memory_state import Part

from coldchain.entries import EntryKind
from coldchain.report_ports import EntryMark


class MemoryReportRecords(Part):
    """ReportRecords by brute force."""

    def place_entry(self, place: str) -> EntryMark | None:
        return self._last(EntryKind.PLACE, place)

    def export_entry(self, export: str) -> EntryMark | None:
        return self._last(EntryKind.EXPORT, export)

    def _last(self, kind: EntryKind, thing: str) -> EntryMark | None:
        for entry in reversed(self.state.entries):
            if entry.kind is kind and msgspec.json.decode(entry.payload)["id"] == thing:
                return EntryMark(seq=entry.seq, record_ms=entry.record_ms, actor=entry.actor)
        return None
