"""Lineage, ends, recalls, declared errors, owners and containers of the store in memory."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from coldchain.entries import EntryKind
from coldchain.lineage import (
    Containment,
    Edge,
    ErrorDeclaration,
    ErrorOf,
    Ownership,
    Recall,
    Transformation,
    UnitEnd,
)
from coldchain.units import Unit

if TYPE_CHECKING:
    from support.memory_state import State

Things = dict[EntryKind, dict[tuple[Any, ...], Any]]

LINEAGE_PAYLOADS: dict[EntryKind, Any] = {
    EntryKind.TRANSFORMATION: Transformation,
    EntryKind.UNIT_END: UnitEnd,
    EntryKind.RECALL: Recall,
    EntryKind.ERROR_DECLARATION: ErrorDeclaration,
    EntryKind.OWNERSHIP: Ownership,
    EntryKind.CONTAINMENT: Containment,
}
LINEAGE_KEYS: dict[EntryKind, Callable[[Any], tuple[Any, ...]]] = {
    EntryKind.UNIT_END: lambda end: (end.unit,),
    EntryKind.ERROR_DECLARATION: lambda one: (
        one.of,
        one.wrong.unit,
        one.wrong.at_ms,
        one.wrong.object,
        one.at_ms,
    ),
    EntryKind.OWNERSHIP: lambda one: (one.unit, one.at_ms, one.owner),
    EntryKind.CONTAINMENT: lambda one: (one.container, one.at_ms),
}


def undo(things: Things, one: ErrorDeclaration) -> None:
    """Take out of what counts what was declared an error."""
    unit, at_ms, thing = one.wrong.unit, one.wrong.at_ms, one.wrong.object
    match one.of:
        case ErrorOf.PLACEMENT:
            things[EntryKind.PLACEMENT].pop((unit, at_ms, thing), None)
        case ErrorOf.BINDING:
            things[EntryKind.BINDING].pop((thing, at_ms, unit), None)
        case ErrorOf.ISSUE:
            things[EntryKind.ISSUE].pop((unit, at_ms, thing), None)
        case ErrorOf.UNIT_END:
            things[EntryKind.UNIT_END].pop((unit,), None)
        case ErrorOf.TRANSFORMATION:
            things[EntryKind.TRANSFORMATION].pop((thing,), None)
            ends = things[EntryKind.UNIT_END]
            for key in [key for key, end in ends.items() if end.act == thing]:
                del ends[key]
        case ErrorOf.CONTAINMENT:
            words = things[EntryKind.CONTAINMENT]
            if (unit, at_ms) in words and (words[unit, at_ms].parent or "") == thing:
                del words[unit, at_ms]


def of_donation(one: Unit | Recall, issuer: str, scheme: str, number: str) -> bool:
    """Tell whether a unit or recall is of a donation; of an ISBT 128 number whoever is named as its issuer."""
    named = one.issuer == issuer or scheme == "isbt128"
    return named and (one.scheme, one.donation_number) == (scheme, number)


class MemoryLineage:
    """LineageRecords by filtering and sorting everything."""

    state: "State"

    def _of(self, kind: EntryKind) -> list[Any]:
        return list(self.state.things[kind].values())

    def _every_edge(self) -> list[Edge]:
        return [
            Edge(parent=parent, child=child, act=act.id, at_ms=act.at_ms)
            for act in self._of(EntryKind.TRANSFORMATION)
            for parent in act.inputs
            for child in act.outputs
        ]

    def transformation(self, act: str) -> Transformation | None:
        found: Transformation | None = self.state.things[EntryKind.TRANSFORMATION].get((act,))
        return found

    def made_of(self, unit: str) -> tuple[Edge, ...]:
        found = [edge for edge in self._every_edge() if edge.parent == unit]
        return tuple(sorted(found, key=lambda edge: (edge.at_ms, edge.child, edge.act)))

    def made_from(self, unit: str) -> tuple[Edge, ...]:
        found = [edge for edge in self._every_edge() if edge.child == unit]
        return tuple(sorted(found, key=lambda edge: (edge.at_ms, edge.parent, edge.act)))

    def unit_end(self, unit: str) -> UnitEnd | None:
        found: UnitEnd | None = self.state.things[EntryKind.UNIT_END].get((unit,))
        return found

    def units_of_donation(self, issuer: str, scheme: str, donation_number: str, limit: int) -> tuple[Unit, ...]:
        units = [one for one in self._of(EntryKind.UNIT) if of_donation(one, issuer, scheme, donation_number)]
        return tuple(sorted(units, key=lambda unit: unit.id)[:limit])

    def recall(self, recall: str) -> Recall | None:
        found: Recall | None = self.state.things[EntryKind.RECALL].get((recall,))
        return found

    def recalls(self, limit: int) -> tuple[Recall, ...]:
        found = sorted(self._of(EntryKind.RECALL), key=lambda one: (one.at_ms, one.id))
        return tuple(found[::-1][:limit])

    def recalls_of_donation(self, issuer: str, scheme: str, donation_number: str) -> tuple[Recall, ...]:
        found = [one for one in self._of(EntryKind.RECALL) if of_donation(one, issuer, scheme, donation_number)]
        return tuple(sorted(found, key=lambda one: one.id))

    def errors_of_unit(self, unit: str) -> tuple[ErrorDeclaration, ...]:
        found = [one for one in self._of(EntryKind.ERROR_DECLARATION) if one.wrong.unit == unit]
        return tuple(sorted(found, key=lambda one: (one.at_ms, one.of, one.wrong.at_ms, one.wrong.object)))

    def owners_of_unit(self, unit: str) -> tuple[Ownership, ...]:
        found = [one for one in self._of(EntryKind.OWNERSHIP) if one.unit == unit]
        return tuple(sorted(found, key=lambda one: (one.at_ms, one.owner)))

    def receipts_of_unit(self, unit: str) -> tuple[str, ...]:
        receipts = self._of(EntryKind.RECEIPT)
        return tuple(sorted(one.id for one in receipts if unit in (*one.expected, *one.read, *one.scanned)))

    def containments_of(self, container: str) -> tuple[Containment, ...]:
        found = [one for one in self._of(EntryKind.CONTAINMENT) if one.container == container]
        return tuple(sorted(found, key=lambda one: one.at_ms))

    def contained_in(self, parent: str) -> tuple[str, ...]:
        return tuple(sorted({one.container for one in self._of(EntryKind.CONTAINMENT) if one.parent == parent}))
