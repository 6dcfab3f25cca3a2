"""The ledger entries behind rows of the projections, for reports."""

from coldchain.report_ports import EntryMark
from stores.sql import Sql


class SqlReportRecords:
    """ReportRecords over one transaction; a base of SqlRecords."""

    _sql: Sql

    def place_entry(self, place: str) -> EntryMark | None:
        """The newest entry of a place: it says which limits hold there."""
        return self._entry_behind("places", place)

    def export_entry(self, export: str) -> EntryMark | None:
        """The entry of an export."""
        return self._entry_behind("exports", export)

    def _entry_behind(self, table: str, thing: str) -> EntryMark | None:
        joined = f"{table} JOIN ledger ON ledger.seq = {table}.seq WHERE {table}.id = ?"
        row = self._sql.first(f"SELECT ledger.seq, ledger.record_ms, ledger.actor FROM {joined}", (thing,))
        return None if row is None else EntryMark(seq=row.seq, record_ms=row.record_ms, actor=row.actor)
