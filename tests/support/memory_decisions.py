"""Decisions, receptions, manual readings and counts of the store in memory."""

from collections.abc import Callable
from typing import Any

from support.memory_state import Key, Part

from coldchain.decisions import Decision
from coldchain.entries import EntryKind


class MemoryDecisions(Part):
    """The port DecisionRecords by filtering and sorting everything."""

    def _picked(self, kind: EntryKind, order: Callable[[Any], Key], keep: Callable[[Any], bool]) -> tuple[Any, ...]:
        return tuple(sorted(filter(keep, self.state.things[kind].values()), key=order))

    def decisions_of_unit(self, unit: str) -> tuple[Decision, ...]:
        return self._picked(EntryKind.DECISION, lambda one: (one.at_ms, one.id), lambda one: one.unit == unit)

    def decisions(self, limit: int) -> tuple[Decision, ...]:
        return self._picked(EntryKind.DECISION, lambda one: (one.at_ms, one.id), lambda _: True)[::-1][:limit]
