"""Who was where and what is held, in the store in memory: everything filtered and sorted."""

from collections.abc import Collection
from typing import TYPE_CHECKING

from coldchain.decisions import standing_holds
from coldchain.entries import EntryKind, StayRecord
from coldchain.lookback_ports import HeldUnitSince
from coldchain.units import Hold

if TYPE_CHECKING:
    from support.memory_state import State


class MemoryLookback:
    """LookbackRecords by brute force."""

    state: "State"

    def stays_in_place(self, place: str, from_ms: int, to_ms: int | None) -> tuple[StayRecord, ...]:
        def keep(stay: StayRecord) -> bool:
            begun = to_ms is None or stay.possible_from_ms < to_ms
            gone = stay.possible_to_ms is not None and stay.possible_to_ms <= from_ms
            return stay.place == place and not stay.withdrawn and begun and not gone

        found = [stay for stay in self.state.things[EntryKind.STAY].values() if keep(stay)]
        return tuple(sorted(found, key=lambda stay: (stay.unit, stay.number)))

    def stays_page(
        self, place: str, from_ms: int, to_ms: int | None, after: tuple[str, int], limit: int
    ) -> tuple[StayRecord, ...]:
        every = self.stays_in_place(place, from_ms, to_ms)
        return tuple(stay for stay in every if (stay.unit, stay.number) > after)[:limit]

    def stays_begin(
        self, place: str, from_ms: int, to_ms: int | None, limit: int
    ) -> tuple[tuple[StayRecord, ...], int]:
        found = self.stays_page(place, from_ms, to_ms, ("", 0), 2**31)
        return found[:limit], len(found)

    def count_stays(self, place: str, from_ms: int, to_ms: int | None) -> int:
        return len(self.stays_in_place(place, from_ms, to_ms))

    def units_in_place(self, place: str, from_ms: int, to_ms: int | None) -> tuple[str, ...]:
        return tuple(sorted({stay.unit for stay in self.stays_in_place(place, from_ms, to_ms)}))

    def put_at(self, units: Collection[str], place: str, at_ms: int) -> frozenset[str]:
        every = self.state.things[EntryKind.PLACEMENT].values()
        return frozenset(one.unit for one in every if one.unit in units and (one.place, one.at_ms) == (place, at_ms))

    def hold(self, hold: str) -> Hold | None:
        return self.state.things[EntryKind.HOLD].get((hold,))

    def holds_page(self, after: tuple[int, str], limit: int) -> tuple[Hold, ...]:
        return tuple(hold for hold in self._holds() if (hold.placed_ms, hold.id) > after)[:limit]

    def holds_of_finding(self, finding: str) -> tuple[Hold, ...]:
        return tuple(hold for hold in self._holds() if hold.finding == finding)

    def holds_that_stand(self) -> tuple[Hold, ...]:
        return standing_holds(self._holds())

    def holds_of_handed_out(self) -> tuple[Hold, ...]:
        things = self.state.things
        out = {one.unit for kind in (EntryKind.ISSUE, EntryKind.UNIT_END) for one in things[kind].values()}
        return tuple(hold for hold in self.holds_that_stand() if hold.unit in out)

    def standing_stays_of(self, units: Collection[str]) -> tuple[StayRecord, ...]:
        every: list[StayRecord] = list(self.state.things[EntryKind.STAY].values())
        found = [one for one in every if one.unit in units and not one.withdrawn]
        return tuple(sorted(found, key=lambda one: (one.unit, one.number)))

    def held_of(self, units: Collection[str]) -> frozenset[str]:
        return frozenset(hold.unit for hold in self.holds_that_stand() if hold.unit in units)

    def units_on_hold(self, limit: int) -> tuple[HeldUnitSince, ...]:
        ends = self.state.things[EntryKind.UNIT_END]
        by_unit: dict[str, list[Hold]] = {}
        for hold in self.holds_that_stand():
            by_unit.setdefault(hold.unit, []).append(hold)
        found = [
            (HeldUnitSince(unit=unit, since_ms=held[0].placed_ms, ended=(unit,) in ends), min(one.id for one in held))
            for unit, held in by_unit.items()
        ]
        found.sort(key=lambda one: (one[0].ended, one[0].since_ms, one[1]))
        return tuple(one for one, _ in found[:limit])

    def count_units_on_hold(self) -> int:
        return len({hold.unit for hold in self.holds_that_stand()})

    def _holds(self) -> list[Hold]:
        found: list[Hold] = list(self.state.things[EntryKind.HOLD].values())
        return sorted(found, key=lambda hold: (hold.placed_ms, hold.id))
