"""Who was where and what is held, in pages: a part of the port Records. Nothing here reads all that ever was."""

from collections.abc import Collection
from typing import Protocol

import msgspec

from coldchain.entries import StayRecord
from coldchain.units import Hold


class HeldUnitSince(msgspec.Struct, frozen=True, kw_only=True):
    """A unit with holds that stand, since when the first of them does, and whether the unit has come to its end."""

    unit: str
    since_ms: int
    ended: bool


class LookbackRecords(Protocol):
    """Answers as of a session."""

    def stays_page(
        self, place: str, from_ms: int, to_ms: int | None, after: tuple[str, int], limit: int
    ) -> tuple[StayRecord, ...]:
        """The first `limit` of stays_in_place with (unit, number) above `after`; ("", 0) begins.

        A stay keeps its unit and number whatever is corrected, so that none is passed over between two pages.
        """

    def stays_begin(
        self, place: str, from_ms: int, to_ms: int | None, limit: int
    ) -> tuple[tuple[StayRecord, ...], int]:
        """The first page of stays_in_place, and how many they are: what matches is looked for once. limit >= 1."""

    def count_stays(self, place: str, from_ms: int, to_ms: int | None) -> int:
        """How many stays_in_place are."""

    def units_in_place(self, place: str, from_ms: int, to_ms: int | None) -> tuple[str, ...]:
        """The units of stays_in_place, each once, by id: names alone, where nothing else is asked of many."""

    def standing_stays_of(self, units: Collection[str]) -> tuple[StayRecord, ...]:
        """The stays of these units that are not withdrawn, by (unit, number)."""

    def put_at(self, units: Collection[str], place: str, at_ms: int) -> frozenset[str]:
        """Those of these units that were put into a place at this very instant, where that word counts still."""

    def hold(self, hold: str) -> Hold | None:
        """One hold."""

    def holds_page(self, after: tuple[int, str], limit: int) -> tuple[Hold, ...]:
        """The first `limit` of all holds ever with (placed_ms, id) above `after`; (-1, "") begins."""

    def holds_of_finding(self, finding: str) -> tuple[Hold, ...]:
        """Those that stand on a finding or recall, lifted ones too, by (placed_ms, id)."""

    def holds_that_stand(self) -> tuple[Hold, ...]:
        """The holds of all units that stand (coldchain.decisions.standing_holds), by (placed_ms, id)."""

    def holds_of_handed_out(self) -> tuple[Hold, ...]:
        """Those of holds_that_stand whose units were handed out or have ended; one may be out there unstopped."""

    def held_of(self, units: Collection[str]) -> frozenset[str]:
        """Those of these units that have a hold that stands."""

    def units_on_hold(self, limit: int) -> tuple[HeldUnitSince, ...]:
        """The units with holds that stand: not ended before ended, the longest held first, then by hold id."""

    def count_units_on_hold(self) -> int:
        """How many units have a hold that stands."""
