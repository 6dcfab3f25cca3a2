"""What is recorded of where units come from and how they end: a part of the port Records."""

from typing import Protocol

from coldchain.lineage import (
    Containment,
    Edge,
    ErrorDeclaration,
    Ownership,
    Recall,
    Transformation,
    UnitEnd,
)
from coldchain.units import Unit


class LineageRecords(Protocol):
    """Answers as of a session."""

    def transformation(self, act: str) -> Transformation | None:
        """One act that stands."""

    def made_of(self, unit: str) -> tuple[Edge, ...]:
        """Edges to what was made of a unit, by (at_ms, child, act)."""

    def made_from(self, unit: str) -> tuple[Edge, ...]:
        """Edges to what a unit was made from, by (at_ms, parent, act)."""

    def unit_end(self, unit: str) -> UnitEnd | None:
        """How a unit came to its end; None: it has not."""

    def units_of_donation(self, issuer: str, scheme: str, donation_number: str, limit: int) -> tuple[Unit, ...]:
        """The components of a donation, by id. ISBT 128 numbers are unique by themselves: their issuer says nothing."""

    def recall(self, recall: str) -> Recall | None:
        """One recall."""

    def recalls(self, limit: int) -> tuple[Recall, ...]:
        """The newest first, by (at_ms, id) downwards."""

    def recalls_of_donation(self, issuer: str, scheme: str, donation_number: str) -> tuple[Recall, ...]:
        """Those of a donation, by id; as in units_of_donation."""

    def errors_of_unit(self, unit: str) -> tuple[ErrorDeclaration, ...]:
        """What was declared an error of a unit, by (at_ms, of, wrong.at_ms, wrong.object)."""

    def owners_of_unit(self, unit: str) -> tuple[Ownership, ...]:
        """By (at_ms, owner)."""

    def receipts_of_unit(self, unit: str) -> tuple[str, ...]:
        """Receipts of crates that speak of a unit, expected, read or scanned, by id."""

    def containments_of(self, container: str) -> tuple[Containment, ...]:
        """Where a container was put, by at_ms."""

    def contained_in(self, parent: str) -> tuple[str, ...]:
        """Containers that were ever put into a container or place, sorted."""
