"""What is recorded of tags and of crates that went past readers: a part of the port Records."""

from typing import Protocol

from coldchain.entries import Binding, Receipt, Retirement, TagConflict


class TagRecords(Protocol):
    """Answers as of a session."""

    def bindings_of_epc(self, epc: str) -> tuple[Binding, ...]:
        """By (from_ms, unit)."""

    def bindings_of_unit(self, unit: str) -> tuple[Binding, ...]:
        """By (from_ms, epc)."""

    def unbound_tags(self) -> tuple[str, ...]:
        """EPCs that presence events speak of and that no binding names, sorted."""

    def retirements_of_epc(self, epc: str) -> tuple[Retirement, ...]:
        """By at_ms."""

    def receipt(self, receipt: str) -> Receipt | None:
        """One receipt, its newest version."""

    def receipts(self, limit: int, reader: str | None = None) -> tuple[Receipt, ...]:
        """The newest ones, of one reader or of all, by (to_ms, id) from the last back."""

    def ways_open(self, place: str) -> tuple[Receipt, ...]:
        """Receipts of crates for a place of which nobody knows which way they went, by id."""

    def tag_conflicts_of(self, epc: str) -> tuple[TagConflict, ...]:
        """All of one tag, standing or not, by (kind, place, at_ms)."""

    def tag_conflicts_in(self, place: str) -> tuple[TagConflict, ...]:
        """Those that stand and name a place on either side, by (epc, kind, place, at_ms)."""

    def tag_conflicts(self, limit: int) -> tuple[TagConflict, ...]:
        """Those that stand, the newest first, by (at_ms, epc, kind, place) from the last back."""
