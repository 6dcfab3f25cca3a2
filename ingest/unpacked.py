"""Packing lists that were unpacked where no tunnel stands: a shelf's reader read units of them at the end of the way.

What is asked is where units of the list were first undoubtedly read at its destination, within 72 hours of packing. So
whom a list expects follows from what readers say of its other units, and is worked out anew when that changes.
"""

from collections.abc import Iterable
from typing import Final

from coldchain.entries import Manifest, StayRecord
from coldchain.ports import Session
from coldchain.units import Stay
from rules.custody import BY_BOTH, BY_READER
from rules.expected import UNPACKED_MS, Unpacked

_READ: Final = frozenset({BY_READER, BY_BOTH})


class Lists:
    """What is known of packing lists in one judging; each is looked at once until `forget`."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._sites: dict[str, str] = {}
        self._known: dict[str, tuple[Unpacked, ...]] = {}
        self._packed: dict[tuple[str, int], tuple[Manifest, ...]] = {}

    def of_unit(self, unit: str) -> list[Manifest]:
        """Return the packing lists that a unit was packed by, those whose packing counts still."""
        records = self._session.records
        put = {(one.place, one.at_ms) for one in records.placements_of_unit(unit) if one.place is not None}
        for place, at_ms in put - self._packed.keys():
            self._packed[place, at_ms] = records.manifests_at(place, at_ms)
        return [one for key in sorted(put) for one in self._packed[key] if unit in one.units]

    def forget(self) -> None:
        """Look at where units were read anew from now on."""
        self._known.clear()

    def unpacked(self, manifest: Manifest) -> tuple[Unpacked, ...]:
        """Return in which places units of a list were first read at the end of its way, by place."""
        if manifest.id not in self._known:
            self._known[manifest.id] = self._read(manifest)
        return self._known[manifest.id]

    def moved(self, unit: str, places: Iterable[str]) -> set[str]:
        """Return the units whose lists say something else, since where this one was read first has changed."""
        ends = set(places)
        found: set[str] = set()
        for one in self.of_unit(unit) if ends else ():
            if any(self._ends_at(one, place) for place in ends):
                found |= set(one.units)
        return found

    def _read(self, manifest: Manifest) -> tuple[Unpacked, ...]:
        first: dict[str, int] = {}
        for unit in manifest.units:
            begun = [
                (at_ms, one.place)
                for one in self._session.records.stays_of_unit(unit)
                if (at_ms := read_from(one)) is not None
                and manifest.packed_ms < at_ms <= manifest.packed_ms + UNPACKED_MS
                and self._ends_at(manifest, one.place)
            ]
            for at_ms, place in sorted(begun)[:1]:
                first[place] = min(at_ms, first.get(place, at_ms))
        return tuple(
            Unpacked(manifest=manifest.id, box=manifest.box, place=place, at_ms=at_ms)
            for place, at_ms in sorted(first.items())
        )

    def _ends_at(self, manifest: Manifest, place: str) -> bool:
        if place not in self._sites:
            found = self._session.records.place(place)
            self._sites[place] = "" if found is None else found.site
        return manifest.destination in {place, self._sites[place]} and place != manifest.box


def read_from(stay: StayRecord | Stay) -> int | None:
    """Return since when a reader undoubtedly had a unit in a stay, None if none had."""
    gone = isinstance(stay, StayRecord) and stay.withdrawn
    return None if gone or stay.entered_by not in _READ else stay.certain_from_ms
