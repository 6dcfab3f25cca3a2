"""What is recorded of the closed loop: a part of the port Records."""

from collections.abc import Sequence
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
from coldchain.entries import Manifest, Receipt


class ClosedRecords(Protocol):
    """Answers as of a session."""

    def live_unit(self, unit: str) -> LiveUnit | None:
        """One unit that has not come to its end."""

    def live_issued(self, span: tuple[int, int], after: tuple[int, str], limit: int) -> tuple[LiveUnit, ...]:
        """Units last issued with span[0] <= issued_ms < span[1], without an end, by (issued_ms, unit) after `after`."""

    def live_out(self, after: tuple[int, str], before_ms: int, limit: int) -> tuple[LiveUnit, ...]:
        """Units that left before before_ms, seen to go and not issued since they were in, by (left_ms, unit)."""

    def live_unseen(self, after: tuple[int, str], before_ms: int, limit: int) -> tuple[LiveUnit, ...]:
        """Units not seen where they should be since before before_ms, by (unseen_ms, unit) after `after`."""

    def live_exposed(self, after: tuple[int, str], limit: int) -> tuple[LiveUnit, ...]:
        """Units that a finding met, by (exposed_ms, unit) after `after`."""

    def live_expiring(self, profile: str, version: int, before_ms: int, limit: int) -> tuple[LiveUnit, ...]:
        """Units inside places, of a profile, that expire before before_ms, by (expires_ms, unit)."""

    def live_of_profile(self, place: str, profile: str, version: int, limit: int) -> tuple[LiveUnit, ...]:
        """Units of a profile inside a place, by unit."""

    def mixes(self) -> tuple[Mix, ...]:
        """How many units of which profile are in which place, by (place, profile, profile_version)."""

    def stock(self, now_ms: int) -> tuple[StockRow, ...]:
        """How many units places hold, by (place, component, blood_group)."""

    def first_out(
        self, places: Sequence[str], component: str, blood_group: str, now_ms: int, limit: int
    ) -> tuple[LiveUnit, ...]:
        """Released units of a component and group inside these places, by (expires_ms, unknown last; unit)."""

    def used(self, from_ms: int, to_ms: int, boxes: Sequence[str]) -> tuple[Used, ...]:
        """Units last issued with from_ms <= issued_ms < to_ms and not back since, by (place, to, component, group).

        `boxes`: places that are no stock, so that a bag in one has not come back.
        """

    def members(self) -> tuple[Member, ...]:
        """By site."""

    def returns_of_unit(self, unit: str) -> tuple[UnitReturn, ...]:
        """By at_ms."""

    def handovers_of(self, manifest: str) -> tuple[Handover, ...]:
        """The signatures on a packing list, by party."""

    def handovers_after(self, after: tuple[int, str], limit: int) -> tuple[Handover, ...]:
        """Signatures by (at_ms, manifest, party), of (at_ms, manifest) after `after`."""

    def handovers_alone(self, after: tuple[int, str], limit: int) -> tuple[Handover, ...]:
        """Signatures on packing lists that have no other one, by (at_ms, manifest) after `after`."""

    def journeys_before(self, before_ms: int, limit: int) -> tuple[tuple[Manifest, int], ...]:
        """Packing lists for which a receiver signed by before_ms, and when, by (signed, id), the newest first."""

    def packed_from(self, from_ms: int, limit: int) -> tuple[Manifest, ...]:
        """Packing lists with packed_ms >= from_ms, by (packed_ms, id)."""

    def receipts_after(self, after: tuple[int, str], limit: int) -> tuple[Receipt, ...]:
        """Receipts by (to_ms, id) after `after`."""

    def emergency(self, case: str) -> Emergency | None:
        """One emergency case."""

    def emergencies_of(self, site: str) -> tuple[Emergency, ...]:
        """All of a site that are not closed, by (opened_ms, id)."""

    def emergencies_open(self, limit: int) -> tuple[Emergency, ...]:
        """Those that are not closed, by (opened_ms, id)."""

    def plans(self, month: str) -> tuple[Plan, ...]:
        """Of a month, by (site, component)."""

    def stock_levels(self) -> tuple[StockLevel, ...]:
        """By (site, component, blood_group)."""
