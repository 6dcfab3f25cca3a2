"""Packing lists that were unpacked where no tunnel stands: a shelf's reader read units of them at the end of the way.

What is asked is where units of the list were first undoubtedly read at its destination, within 72 hours of packing. So
whom a list expects follows from what readers say of its other units, and is worked out anew when that changes.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from coldchain.entries import Manifest, StayRecord
from coldchain.ports import Session
from rules.custody import BY_BOTH, BY_READER
from rules.expected import UNPACKED_MS, Unpacked

_READ: Final = frozenset({BY_READER, BY_BOTH})


@dataclass(slots=True, kw_only=True)
class _Known:
    """What a list says in one judging.

    `units`: those of its units whose packing counts still: what readers say of another tells nothing of the crate.
    `first`: of each of them that a reader read at the end of the way, when it did so first, and where. `began`: what
    the list said when it was looked at first, `said`: what it says now; `told`: what units were worked out by.
    """

    units: frozenset[str]
    first: dict[str, tuple[int, str]]
    began: tuple[Unpacked, ...]
    said: tuple[Unpacked, ...]
    told: dict[str, tuple[Unpacked, ...]] = field(default_factory=dict)


class Lists:
    """What is known of packing lists in one judging.

    Each is read once, before any of its units is worked out, and kept up with what these have come to: only where that
    makes it say something else are its other units worked out anew.
    """

    def __init__(self, session: Session) -> None:
        self._session = session
        self._sites: dict[str, str] = {}
        self._known: dict[str, _Known] = {}
        self._packed: dict[tuple[str, int], tuple[Manifest, ...]] = {}
        self._of_unit: dict[str, list[Manifest]] = {}

    def of_unit(self, unit: str) -> list[Manifest]:
        """Return the packing lists that a unit was packed by, those whose packing counts still."""
        if unit not in self._of_unit:
            self._of_unit[unit] = self._lists_of(unit)
        return self._of_unit[unit]

    def unpacked(self, manifest: Manifest, unit: str) -> tuple[Unpacked, ...]:
        """Return in which places units of a list were first read at the end of its way, by place.

        `unit`: the one that is worked out by it.
        """
        if manifest.id not in self._known:
            self._known[manifest.id] = self._look(manifest)
        known = self._known[manifest.id]
        known.told[unit] = known.said
        return known.said

    def take(self, unit: str, stays: Iterable[StayRecord] | None) -> None:
        """Take in the stays that a unit has come to; None: nothing has changed of where readers read it first."""
        for manifest in self.of_unit(unit) if stays is not None else ():
            known = self._known[manifest.id]
            first = self._first(manifest, stays or ())
            if first != known.first.get(unit):
                known.first.pop(unit, None)
                known.first |= {} if first is None else {unit: first}
                known.said = _said(manifest, known.first)

    def behind(self) -> set[str]:
        """Return the units that were worked out, now or before, by something else than their lists say by now."""
        found: set[str] = set()
        for known in self._known.values():
            late = {one for one in known.units if known.told.get(one, known.began) != known.said}
            known.told |= dict.fromkeys(late, known.said)
            found |= late
        return found

    def _lists_of(self, unit: str) -> list[Manifest]:
        records = self._session.records
        put = {(one.place, one.at_ms) for one in records.placements_of_unit(unit) if one.place is not None}
        for place, at_ms in put - self._packed.keys():
            self._packed[place, at_ms] = records.manifests_at(place, at_ms)
        return [one for key in sorted(put) for one in self._packed[key] if unit in one.units]

    def _look(self, manifest: Manifest) -> _Known:
        records = self._session.records
        units = records.put_at(manifest.units, manifest.box, manifest.packed_ms)
        stays: dict[str, list[StayRecord]] = {}
        for stay in records.standing_stays_of(units):
            stays.setdefault(stay.unit, []).append(stay)
        begun = {unit: self._first(manifest, known) for unit, known in stays.items()}
        first = {unit: one for unit, one in begun.items() if one is not None}
        said = _said(manifest, first)
        return _Known(units=units, first=first, began=said, said=said)

    def _first(self, manifest: Manifest, stays: Iterable[StayRecord]) -> tuple[int, str] | None:
        """Return when and where a reader first read a unit of a list at the end of its way."""
        begun = [
            (at_ms, one.place)
            for one in stays
            if (at_ms := read_from(one)) is not None
            and manifest.packed_ms < at_ms <= manifest.packed_ms + UNPACKED_MS
            and self._ends_at(manifest, one.place)
        ]
        return min(begun, default=None)

    def _ends_at(self, manifest: Manifest, place: str) -> bool:
        if place not in self._sites:
            found = self._session.records.place(place)
            self._sites[place] = "" if found is None else found.site
        return manifest.destination in {place, self._sites[place]} and place != manifest.box


def _said(manifest: Manifest, first: Mapping[str, tuple[int, str]]) -> tuple[Unpacked, ...]:
    """Return what a list says by where and when each of its units was read first."""
    at: dict[str, int] = {}
    for at_ms, place in first.values():
        at[place] = min(at_ms, at.get(place, at_ms))
    return tuple(
        Unpacked(manifest=manifest.id, box=manifest.box, place=place, at_ms=at_ms)
        for place, at_ms in sorted(at.items())
    )


def read_from(stay: StayRecord) -> int | None:
    """Return since when a reader undoubtedly had a unit in a stay, None if none had."""
    return None if stay.withdrawn or stay.entered_by not in _READ else stay.certain_from_ms
