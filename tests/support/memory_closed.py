"""The closed loop in the store in memory: where units are is read out of the whole ledger for every question."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import msgspec
from support.memory_state import PAYLOADS, Part

from coldchain.closed_loop import (
    EXPIRING_MS,
    Emergency,
    Handover,
    LiveUnit,
    Member,
    Mix,
    Party,
    Plan,
    StockLevel,
    StockRow,
    UnitReturn,
    Used,
)
from coldchain.entries import EntryKind, Manifest, Receipt, StayRecord


class MemoryClosed(Part):
    """The port ClosedRecords by brute force."""

    def _every_unit(self) -> list[LiveUnit]:
        units = {one.id: one for one in self.state.things[EntryKind.UNIT].values()}
        newest: dict[str, tuple[str, int | None, int | None, int | None, bool, int]] = {}
        kept: dict[tuple[str, int], tuple[int, str, int | None]] = {}
        exposed: dict[str, int] = {}
        for entry in self.state.entries:
            if entry.kind is EntryKind.STAY:
                _move(newest, kept, msgspec.json.decode(entry.payload, type=StayRecord))
            elif entry.kind is EntryKind.EXPOSURE:
                one: Any = msgspec.json.decode(entry.payload, type=PAYLOADS[EntryKind.EXPOSURE])
                exposed[one.unit] = max(one.from_ms, exposed.get(one.unit, one.from_ms))
        found = []
        for name, unit in units.items():
            issues = [(i.at_ms, i.to) for i in self.state.things[EntryKind.ISSUE].values() if i.unit == name]
            issued_ms, to = max(issues, default=(None, ""))
            place, entered, left, unseen, inside, _ = newest.get(name, ("", None, None, None, False, -1))
            found.append(
                LiveUnit(
                    unit=name,
                    component=unit.component,
                    blood_group=unit.blood_group,
                    profile=unit.profile,
                    profile_version=unit.profile_version,
                    expires_ms=unit.expires_ms,
                    place=place,
                    inside=inside,
                    entered_ms=entered,
                    left_ms=left,
                    unseen_ms=unseen,
                    issued_ms=issued_ms,
                    issued_to=to,
                    exposed_ms=exposed.get(name),
                )
            )
        return found

    def _units_that_live(self) -> list[LiveUnit]:
        ended = {one.unit for one in self.state.things[EntryKind.UNIT_END].values()}
        return [one for one in self._every_unit() if one.unit not in ended]

    def live_unit(self, unit: str) -> LiveUnit | None:
        return next((one for one in self._units_that_live() if one.unit == unit), None)

    def live_issued(self, span: tuple[int, int], after: tuple[int, str], limit: int) -> tuple[LiveUnit, ...]:
        return _paged(self._units_that_live(), lambda one: one.issued_ms, span, after, limit)

    def live_out(self, after: tuple[int, str], before_ms: int, limit: int) -> tuple[LiveUnit, ...]:
        out = [one for one in self._units_that_live() if not one.inside and one.unseen_ms is None]
        kept = [one for one in out if one.issued_ms is None or (one.entered_ms or -1) > one.issued_ms]
        return _paged(kept, lambda one: one.left_ms, (-1, before_ms), after, limit)

    def live_unseen(self, after: tuple[int, str], before_ms: int, limit: int) -> tuple[LiveUnit, ...]:
        return _paged(self._units_that_live(), lambda one: one.unseen_ms, (-1, before_ms), after, limit)

    def live_exposed(self, after: tuple[int, str], limit: int) -> tuple[LiveUnit, ...]:
        return _paged(self._units_that_live(), lambda one: one.exposed_ms, (-1, 2**60), after, limit)

    def live_expiring(self, profile: str, version: int, before_ms: int, limit: int) -> tuple[LiveUnit, ...]:
        kept = [one for one in self._units_inside() if (one.profile, one.profile_version) == (profile, version)]
        soon = [one for one in kept if one.expires_ms is not None and one.expires_ms < before_ms]
        return tuple(sorted(soon, key=lambda one: (one.expires_ms, one.unit))[:limit])

    def live_of_profile(self, place: str, profile: str, version: int, limit: int) -> tuple[LiveUnit, ...]:
        key = (place, profile, version)
        kept = [one for one in self._units_inside() if (one.place, one.profile, one.profile_version) == key]
        return tuple(sorted(kept, key=lambda one: one.unit)[:limit])

    def _units_inside(self) -> list[LiveUnit]:
        return [one for one in self._units_that_live() if one.inside]

    def mixes(self) -> tuple[Mix, ...]:
        counts = Counter((one.place, one.profile, one.profile_version) for one in self._units_inside())
        return tuple(
            Mix(place=place, profile=profile, profile_version=version, number=number)
            for (place, profile, version), number in sorted(counts.items())
        )

    def first_out(
        self, places: Sequence[str], component: str, blood_group: str, now_ms: int, limit: int
    ) -> tuple[LiveUnit, ...]:
        held = {one.unit for one in self.state.things[EntryKind.HOLD].values() if not one.lifted_by}
        kept = [
            one
            for one in self._units_inside()
            if one.place in places
            and (one.component, one.blood_group) == (component, blood_group)
            and one.unit not in held
            and (one.expires_ms is None or one.expires_ms > now_ms)
        ]
        return tuple(sorted(kept, key=lambda one: (one.expires_ms is None, one.expires_ms or 0, one.unit))[:limit])

    def stock(self, now_ms: int) -> tuple[StockRow, ...]:
        held = {one.unit for one in self.state.things[EntryKind.HOLD].values() if not one.lifted_by}
        inside, free, kept = Counter[Any](), Counter[Any](), Counter[Any]()
        expiries: dict[Any, list[int]] = {}
        for one in self._units_inside():
            key = (one.place, one.component, one.blood_group)
            inside[key] += 1
            good = one.expires_ms is None or one.expires_ms > now_ms
            free[key] += good and one.unit not in held
            kept[key] += good and one.unit in held
            expiries.setdefault(key, []).extend([] if one.expires_ms is None else [one.expires_ms])
        return tuple(
            StockRow(
                **dict(zip(("place", "component", "blood_group"), key, strict=True)),
                inside=number,
                released=free[key],
                held=kept[key],
                first_expiry_ms=min(expiries[key], default=None),
                expiring=sum(now_ms < ms <= now_ms + EXPIRING_MS for ms in expiries[key]),
            )
            for key, number in sorted(inside.items())
        )

    def used(self, from_ms: int, to_ms: int, boxes: Sequence[str]) -> tuple[Used, ...]:
        issued = [one for one in self._every_unit() if one.issued_ms is not None and from_ms <= one.issued_ms < to_ms]
        inside = {one.unit for one in self._units_inside() if one.place not in boxes}
        kept = [one for one in issued if one.unit not in inside or (one.entered_ms or -1) <= (one.issued_ms or 0)]
        counts = Counter((one.place, one.issued_to, one.component, one.blood_group) for one in kept)
        return tuple(
            Used(place=place, to=to, component=component, blood_group=group, number=number)
            for (place, to, component, group), number in sorted(counts.items())
        )

    def members(self) -> tuple[Member, ...]:
        return self._sorted(EntryKind.MEMBER, lambda one: (one.site,), lambda _: True)

    def returns_of_unit(self, unit: str) -> tuple[UnitReturn, ...]:
        return self._sorted(EntryKind.UNIT_RETURN, lambda one: (one.at_ms,), lambda one: one.unit == unit)

    def handovers_of(self, manifest: str) -> tuple[Handover, ...]:
        return self._sorted(EntryKind.HANDOVER, lambda one: (one.party,), lambda one: one.manifest == manifest)

    def handovers_after(self, after: tuple[int, str], limit: int) -> tuple[Handover, ...]:
        key = lambda one: (one.at_ms, one.manifest, one.party)  # noqa: E731
        return self._sorted(EntryKind.HANDOVER, key, lambda one: (one.at_ms, one.manifest) > after)[:limit]

    def handovers_alone(self, after: tuple[int, str], limit: int) -> tuple[Handover, ...]:
        times = Counter(one.manifest for one in self.state.things[EntryKind.HANDOVER].values())
        return tuple(one for one in self.handovers_after(after, 2**31) if times[one.manifest] == 1)[:limit]

    def journeys_before(self, before_ms: int, limit: int) -> tuple[tuple[Manifest, int], ...]:
        lists = {one.id: one for one in self.packed_from(-(2**60), 2**31)}
        signed = [one for one in self.state.things[EntryKind.HANDOVER].values() if one.party is Party.RECEIVER]
        kept = sorted(((one.at_ms, one.manifest) for one in signed if one.at_ms <= before_ms), reverse=True)
        return tuple((lists[name], at_ms) for at_ms, name in kept if name in lists)[:limit]

    def packed_from(self, from_ms: int, limit: int) -> tuple[Manifest, ...]:
        key = lambda one: (one.packed_ms, one.id)  # noqa: E731
        return self._sorted(EntryKind.MANIFEST, key, lambda one: one.packed_ms >= from_ms)[:limit]

    def receipts_after(self, after: tuple[int, str], limit: int) -> tuple[Receipt, ...]:
        key = lambda one: (one.to_ms, one.id)  # noqa: E731
        return self._sorted(EntryKind.RECEIPT, key, lambda one: (one.to_ms, one.id) > after)[:limit]

    def emergency(self, case: str) -> Emergency | None:
        return self.state.things[EntryKind.EMERGENCY].get((case,))

    def emergencies_of(self, site: str) -> tuple[Emergency, ...]:
        return tuple(case for case in self.emergencies_open(2**31) if case.site == site)

    def emergencies_open(self, limit: int) -> tuple[Emergency, ...]:
        key = lambda one: (one.opened_ms, one.id)  # noqa: E731
        return self._sorted(EntryKind.EMERGENCY, key, lambda one: one.closed_ms is None)[:limit]

    def plans(self, month: str) -> tuple[Plan, ...]:
        return self._sorted(EntryKind.PLAN, lambda one: (one.site, one.component), lambda one: one.month == month)

    def stock_levels(self) -> tuple[StockLevel, ...]:
        key = lambda one: (one.site, one.component, one.blood_group)  # noqa: E731
        return self._sorted(EntryKind.STOCK_LEVEL, key, lambda _: True)


def _move(newest: dict[str, Any], kept: dict[tuple[str, int], tuple[int, str, int | None]], stay: StayRecord) -> None:
    ends = [end for end in (stay.certain_to_ms, stay.possible_to_ms) if end is not None]
    left = min(ends, default=None if stay.undoubted else stay.certain_from_ms)
    kept.pop((stay.unit, stay.number), None)
    if not stay.withdrawn and stay.certain_from_ms is not None:
        kept[(stay.unit, stay.number)] = (stay.certain_from_ms, stay.place, left)
    if stay.undoubted:
        times = (stay.certain_from_ms, None, stay.unseen_since_ms)
        newest[stay.unit] = (stay.place, *times, True, stay.number)
        return
    before = newest.get(stay.unit)
    if before is None or before[5] != stay.number:
        return
    if stay.withdrawn:
        earlier = [(one[0], number, one) for (name, number), one in kept.items() if name == stay.unit]
        _, number, (entered, place, gone) = max(earlier, default=(None, -1, (None, "", None)))
        newest[stay.unit] = (place, entered, gone, None, False, number)
        return
    unseen = stay.unseen_since_ms if stay.possible_to_ms is None else None
    newest[stay.unit] = (before[0], before[1], left, unseen, False, stay.number)


def _paged(
    units: Iterable[LiveUnit],
    at: Callable[[LiveUnit], int | None],
    span: tuple[int, int],
    after: tuple[int, str],
    limit: int,
) -> tuple[LiveUnit, ...]:
    kept = [(when, one.unit, one) for one in units if (when := at(one)) is not None and span[0] <= when < span[1]]
    return tuple(one for when, name, one in sorted(kept, key=lambda row: row[:2]) if (when, name) > after)[:limit]
