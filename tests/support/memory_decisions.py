"""Decisions, receptions, manual readings and counts of the store in memory."""

from collections.abc import Callable
from typing import Any

from support.memory_state import Key, Part

from coldchain.decisions import Decision
from coldchain.entries import EntryKind
from coldchain.receiving import Reception, ReceptionRefusal
from coldchain.rounds import ManualReading, StockCount


class MemoryDecisions(Part):
    """The port DecisionRecords by filtering and sorting everything."""

    def _picked(self, kind: EntryKind, order: Callable[[Any], Key], keep: Callable[[Any], bool]) -> tuple[Any, ...]:
        return tuple(sorted(filter(keep, self.state.things[kind].values()), key=order))

    def decisions_of_unit(self, unit: str) -> tuple[Decision, ...]:
        return self._picked(EntryKind.DECISION, lambda one: (one.at_ms, one.id), lambda one: one.unit == unit)

    def decisions(self, limit: int) -> tuple[Decision, ...]:
        return self._picked(EntryKind.DECISION, lambda one: (one.at_ms, one.id), lambda _: True)[::-1][:limit]

    def receptions_of_unit(self, unit: str) -> tuple[Reception, ...]:
        return self._picked(EntryKind.RECEPTION, lambda one: (one.at_ms,), lambda one: one.unit == unit)

    def receptions(self, limit: int) -> tuple[Reception, ...]:
        return self._picked(EntryKind.RECEPTION, lambda one: (one.at_ms, one.unit), lambda _: True)[::-1][:limit]

    def reception_refusals(self, limit: int) -> tuple[ReceptionRefusal, ...]:
        return self._picked(EntryKind.RECEPTION_REFUSAL, lambda one: (one.at_ms, one.id), lambda _: True)[::-1][:limit]

    def manual_readings(self, place: str, limit: int) -> tuple[ManualReading, ...]:
        return self._picked(EntryKind.MANUAL_READING, lambda one: (one.at_ms,), lambda one: one.place == place)[::-1][
            :limit
        ]

    def stock_counts(self, place: str, limit: int) -> tuple[StockCount, ...]:
        return self._picked(EntryKind.STOCK_COUNT, lambda one: (one.at_ms,), lambda one: one.place == place)[::-1][
            :limit
        ]

    def reception_refusal(self, refusal: str) -> ReceptionRefusal | None:
        return self.state.things[EntryKind.RECEPTION_REFUSAL].get((refusal,))

    def manual_reading(self, place: str, at_ms: int) -> ManualReading | None:
        return self.state.things[EntryKind.MANUAL_READING].get((place, at_ms))

    def stock_count(self, place: str, at_ms: int) -> StockCount | None:
        return self.state.things[EntryKind.STOCK_COUNT].get((place, at_ms))
