"""Units that were kept wrongly are on hold: too long out of storage and back (A08), or in a wrong place (A10).

Derived from the record as it stands, in any order of arrival. A hold stays until a person decides; if what it stands on
falls, it says so. One that was released stands again once it turns out that it lasted longer than was known then.
"""

import hashlib
from collections.abc import Iterable
from typing import Final

from msgspec.structs import replace

from coldchain.canonical import canonical_json
from coldchain.entries import StayRecord
from coldchain.places import Place
from coldchain.ports import Session
from coldchain.profiles import kept_in
from coldchain.units import OF_OUTING, OF_PLACE, Hold, Unit
from ingest.decisions import kept_up
from rules.intervals import Interval
from rules.keeping import Kept, Wrong, wrongly_kept
from rules.limits import Profile
from rules.unit_story import profile_at, story_of
from rules.unit_time import FOREVER_MS

ID_CHARACTERS: Final = 16
BASES: Final = {Wrong.OUT_TOO_LONG: OF_OUTING, Wrong.WRONG_PLACE: OF_PLACE}


def judge_keeping(session: Session, units: Iterable[str], now_ms: int) -> set[str]:
    """Bring holds of how units were kept up to the record; return the units of changed holds."""
    shelves = _Shelves(session, now_ms)
    return {unit for unit in sorted(units) if _judge(session, shelves, unit, now_ms)}


def _judge(session: Session, shelves: "_Shelves", name: str, now_ms: int) -> bool:
    unit = session.records.unit(name)
    if unit is None:
        return False
    own = {
        one.finding: one for one in session.records.holds_of_unit(name) if one.basis in BASES.values() and not one.via
    }
    story = story_of(session, unit, FOREVER_MS - 1)
    wrong = {_name(name, one): one for one in wrongly_kept(story, lambda stay: shelves.limits(unit, stay))}
    fresh = [_hold(name, key, wrong[key], now_ms) for key in sorted(wrong.keys() - own.keys())]
    grown = [one for key, one in sorted(own.items()) if key in wrong and _outgrown(one, wrong[key])]
    drafts = kept_up(session, own, fresh, grown, lambda one: _as_judged(one, wrong.get(one.finding)), now_ms)
    session.ledger.append(drafts, now_ms)
    return bool(drafts)


def _hold(unit: str, key: str, kept: Kept, now_ms: int) -> Hold:
    basis = BASES[kept.wrong]
    return Hold(
        id=f"h{key}", unit=unit, finding=key, placed_ms=now_ms, certain=True, basis=basis, spent_ms=kept.spent_ms
    )


def _outgrown(hold: Hold, kept: Kept) -> bool:
    """Tell whether it lasted longer than what a person released the unit on. What shrinks never is."""
    return hold.lifted_by != "" and hold.spent_ms is not None and kept.spent_ms > hold.spent_ms


def _as_judged(hold: Hold, kept: Kept | None) -> Hold:
    """Return a hold by what is recorded now; one that is lifted keeps the time that it was lifted on."""
    spent_ms = hold.spent_ms if kept is None or hold.lifted_by else kept.spent_ms
    return replace(hold, basis_stands=kept is not None, spent_ms=spent_ms)


class _Shelves:
    """What places have to keep, each read once for all units of a transaction."""

    def __init__(self, session: Session, now_ms: int) -> None:
        self._session = session
        self._now_ms = now_ms
        self._places: dict[str, tuple[Place, list[tuple[Interval, Profile | None]]] | None] = {}

    def limits(self, unit: Unit, stay: StayRecord) -> tuple[Profile | None, list[tuple[Interval, Profile | None]]]:
        """Return a unit's own limits in the place of a stay, and the place's with the stretches for which they hold."""
        if stay.place not in self._places:
            self._places[stay.place] = self._place(stay.place)
        known = self._places[stay.place]
        if known is None:
            return None, []
        return profile_at(self._session, unit.profile, unit.profile_version, known[0].kind), known[1]

    def _place(self, name: str) -> tuple[Place, list[tuple[Interval, Profile | None]]] | None:
        place = self._session.records.place(name)
        if place is None:
            return None
        changes = kept_in(place, self._session.records.place_profiles(name))
        kept = [one for one in changes if one.from_ms <= self._now_ms]  # what is to come has kept nobody wrongly yet
        ends = [*(one.from_ms for one in kept[1:]), FOREVER_MS]
        return place, [
            ((one.from_ms, end), profile_at(self._session, one.profile, one.version, place.kind))
            for one, end in zip(kept, ends, strict=True)
        ]


def _name(unit: str, kept: Kept) -> str:
    said = [unit, kept.wrong.value, kept.place, kept.from_ms]
    return f"kept-{hashlib.sha256(canonical_json(said)).hexdigest()[:ID_CHARACTERS]}"
