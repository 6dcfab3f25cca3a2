"""What is recorded of people's decisions on units: a part of the port Records."""

from typing import Protocol

from coldchain.decisions import Decision
from coldchain.receiving import Reception, ReceptionRefusal
from coldchain.rounds import ManualReading, StockCount


class DecisionRecords(Protocol):
    """Answers as of a session."""

    def decisions_of_unit(self, unit: str) -> tuple[Decision, ...]:
        """By (at_ms, id), overtaken ones too."""

    def decisions(self, limit: int) -> tuple[Decision, ...]:
        """The newest ones, by (at_ms, id) from the last back."""

    def receptions_of_unit(self, unit: str) -> tuple[Reception, ...]:
        """By at_ms."""

    def receptions(self, limit: int) -> tuple[Reception, ...]:
        """The newest ones, by (at_ms, unit) from the last back."""

    def reception_refusals(self, limit: int) -> tuple[ReceptionRefusal, ...]:
        """The newest ones, by (at_ms, id) from the last back."""

    def manual_readings(self, place: str, limit: int) -> tuple[ManualReading, ...]:
        """Of a place, the newest first."""

    def stock_counts(self, place: str, limit: int) -> tuple[StockCount, ...]:
        """Of a place, the newest first."""

    def reception_refusal(self, refusal: str) -> ReceptionRefusal | None:
        """One lot of rows that were not taken."""

    def manual_reading(self, place: str, at_ms: int) -> ManualReading | None:
        """The one of that instant."""

    def stock_count(self, place: str, at_ms: int) -> StockCount | None:
        """The one of that instant."""
