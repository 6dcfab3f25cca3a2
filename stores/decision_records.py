"""Decisions, receptions, manual readings and counts read back; a part of SqlRecords."""

from typing import Final, TypeVar

import msgspec

from coldchain.decisions import Decision
from coldchain.receiving import Reception, ReceptionRefusal
from coldchain.rounds import ManualReading, StockCount
from stores.sql import Params, Sql

_S = TypeVar("_S", bound=msgspec.Struct)
_DECISIONS: Final = msgspec.json.Decoder(Decision)
_RECEPTIONS: Final = msgspec.json.Decoder(Reception)
_REFUSALS: Final = msgspec.json.Decoder(ReceptionRefusal)
_MANUAL: Final = msgspec.json.Decoder(ManualReading)
_COUNTS: Final = msgspec.json.Decoder(StockCount)


class SqlDecisionRecords:
    """The port DecisionRecords over one transaction."""

    _sql: Sql

    def decisions_of_unit(self, unit: str) -> tuple[Decision, ...]:
        """By (at_ms, id), overtaken ones too."""
        return self._read(_DECISIONS, "decisions WHERE unit = ? ORDER BY at_ms, id", (unit,))

    def decisions(self, limit: int) -> tuple[Decision, ...]:
        """The newest ones, by (at_ms, id) from the last back."""
        return self._read(_DECISIONS, "decisions ORDER BY at_ms DESC, id DESC LIMIT ?", (limit,))

    def receptions_of_unit(self, unit: str) -> tuple[Reception, ...]:
        """By at_ms."""
        return self._read(_RECEPTIONS, "receptions WHERE unit = ? ORDER BY at_ms", (unit,))

    def receptions(self, limit: int) -> tuple[Reception, ...]:
        """The newest ones, by (at_ms, unit) from the last back."""
        return self._read(_RECEPTIONS, "receptions ORDER BY at_ms DESC, unit DESC LIMIT ?", (limit,))

    def reception_refusals(self, limit: int) -> tuple[ReceptionRefusal, ...]:
        """The newest ones, by (at_ms, id) from the last back."""
        return self._read(_REFUSALS, "reception_refusals ORDER BY at_ms DESC, id DESC LIMIT ?", (limit,))

    def manual_readings(self, place: str, limit: int) -> tuple[ManualReading, ...]:
        """Of a place, the newest first."""
        return self._read(_MANUAL, "manual_readings WHERE place = ? ORDER BY at_ms DESC LIMIT ?", (place, limit))

    def stock_counts(self, place: str, limit: int) -> tuple[StockCount, ...]:
        """Of a place, the newest first."""
        return self._read(_COUNTS, "stock_counts WHERE place = ? ORDER BY at_ms DESC LIMIT ?", (place, limit))

    def reception_refusal(self, refusal: str) -> ReceptionRefusal | None:
        """One lot of rows that were not taken."""
        return next(iter(self._read(_REFUSALS, "reception_refusals WHERE id = ?", (refusal,))), None)

    def manual_reading(self, place: str, at_ms: int) -> ManualReading | None:
        """The one of that instant."""
        return next(iter(self._read(_MANUAL, "manual_readings WHERE place = ? AND at_ms = ?", (place, at_ms))), None)

    def stock_count(self, place: str, at_ms: int) -> StockCount | None:
        """The one of that instant."""
        return next(iter(self._read(_COUNTS, "stock_counts WHERE place = ? AND at_ms = ?", (place, at_ms))), None)

    def _read(self, decoder: msgspec.json.Decoder[_S], source: str, params: Params) -> tuple[_S, ...]:
        return tuple(decoder.decode(row[0]) for row in self._sql.rows(f"SELECT body FROM {source}", params))
