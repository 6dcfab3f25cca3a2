"""What is recorded of the closed loop: a part of the port Records."""

from typing import Protocol

from coldchain.closed_loop import (
    Emergency,
    Handover,
    LiveUnit,
    Member,
    Mix,
    Plan,
    StockLevel,
    StockRow,
    UnitReturn,
    Used,
)


class ClosedRecords(Protocol):
    """Answers as of a session."""

    def live_unit(self, unit: str) -> LiveUnit | None:
        """One unit that has not come to its end."""

    def live_issued(self, from_ms: int, to_ms: int, limit: int) -> tuple[LiveUnit, ...]:
        """Units last issued with from_ms <= issued_ms < to_ms, without an end, newest first by (issued_ms, unit)."""

    def live_out(self, from_ms: int, to_ms: int, limit: int) -> tuple[LiveUnit, ...]:
        """Units that were inside and left with from_ms <= left_ms < to_ms, newest first by (left_ms, unit)."""

    def live_unseen(self, before_ms: int, limit: int) -> tuple[LiveUnit, ...]:
        """Units not seen where they should be since before before_ms, newest first by (unseen_ms, unit)."""

    def live_exposed(self, limit: int) -> tuple[LiveUnit, ...]:
        """Units that a finding met, newest first by (exposed_ms, unit)."""

    def live_expiring(self, profile: str, version: int, before_ms: int, limit: int) -> tuple[LiveUnit, ...]:
        """Units inside places, of a profile, that expire before before_ms, by (expires_ms, unit)."""

    def live_of_profile(self, place: str, profile: str, version: int, limit: int) -> tuple[LiveUnit, ...]:
        """Units of a profile inside a place, by unit."""

    def mixes(self) -> tuple[Mix, ...]:
        """How many units of which profile are in which place, by (place, profile, profile_version)."""

    def stock(self, now_ms: int) -> tuple[StockRow, ...]:
        """How many units places hold, by (place, component, blood_group)."""

    def used(self, from_ms: int, to_ms: int) -> tuple[Used, ...]:
        """Units last issued with from_ms <= issued_ms < to_ms, by (place, to, component, blood_group)."""

    def members(self) -> tuple[Member, ...]:
        """By site."""

    def returns_of_unit(self, unit: str) -> tuple[UnitReturn, ...]:
        """By at_ms."""

    def handovers_of(self, manifest: str) -> tuple[Handover, ...]:
        """The signatures on a packing list, by party."""

    def handovers_since(self, from_ms: int, limit: int) -> tuple[Handover, ...]:
        """Signatures with at_ms >= from_ms, newest first by (at_ms, manifest, party)."""

    def emergency(self, case: str) -> Emergency | None:
        """One emergency case."""

    def emergencies_open(self, limit: int) -> tuple[Emergency, ...]:
        """Those that are not closed, by (opened_ms, id)."""

    def plans(self, month: str) -> tuple[Plan, ...]:
        """Of a month, by (site, component)."""

    def stock_levels(self) -> tuple[StockLevel, ...]:
        """By (site, component, blood_group)."""
