"""What the store keeps of what is set up: a part of the port Records."""

from typing import Protocol

from coldchain.equipment import Equipment
from coldchain.places import Contact, Gateway, Place, Probe, Reader


class EquipmentRecords(Protocol):
    """Answers as of a session."""

    def equipment(self) -> Equipment:
        """All gateways, places, probes, readers and contacts, to be looked up: it costs the same however many."""

    def gateways(self) -> tuple[Gateway, ...]:
        """By id."""

    def places(self) -> tuple[Place, ...]:
        """By id."""

    def place(self, place: str) -> Place | None:
        """One place."""

    def probes(self) -> tuple[Probe, ...]:
        """By id."""

    def readers(self) -> tuple[Reader, ...]:
        """By id."""

    def contacts(self) -> tuple[Contact, ...]:
        """By id."""
