"""What is recorded of tags and of crates that went past readers: a part of the port Records."""

from typing import Protocol

from coldchain.entries import Binding, Receipt, Retirement


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
