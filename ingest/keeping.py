"""Units that were kept wrongly are on hold: too long out of storage and back (A08), or in a wrong place (A10).

Derived from the record as it stands, in any order of arrival. A hold stays until a person decides; if what it stands on
falls, it says so.
"""

import hashlib
from collections.abc import Iterable
from typing import Final

from msgspec.structs import replace

from coldchain.canonical import canonical_json
from coldchain.entries import Draft, EntryKind, StayRecord
from coldchain.errors import InvalidValueError
from coldchain.places import Place
from coldchain.ports import Session
from coldchain.profiles import kept_at, kept_in
from coldchain.units import OF_OUTING, OF_PLACE, Hold, Unit
from ingest.decisions import overtaken_by_hold
from ingest.known import ACTOR
from rules.keeping import Kept, Wrong, wrongly_kept
from rules.limits import Profile
from rules.unit_story import profile_of_unit, story_of
from rules.unit_time import FOREVER_MS

ID_CHARACTERS: Final = 16
BASES: Final = {Wrong.OUT_TOO_LONG: OF_OUTING, Wrong.WRONG_PLACE: OF_PLACE}


def judge_keeping(session: Session, units: Iterable[str], now_ms: int) -> set[str]:
    """Bring holds of how units were kept up to the record; return the units of changed holds."""
    return {unit for unit in sorted(units) if _judge(session, unit, now_ms)}


def _judge(session: Session, name: str, now_ms: int) -> bool:
    unit = session.records.unit(name)
    if unit is None:
        return False
    own = {
        one.finding: one for one in session.records.holds_of_unit(name) if one.basis in BASES.values() and not one.via
    }
    wrong = {_name(name, one): one for one in _kept(session, unit)}
    fresh = [
        Hold(id=f"h{key}", unit=name, finding=key, placed_ms=now_ms, certain=True, basis=BASES[wrong[key].wrong])
        for key in sorted(wrong.keys() - own.keys())
    ]
    changed = [replace(one, basis_stands=key in wrong) for key, one in sorted(own.items())]
    holds = [one for one in [*changed, *fresh] if own.get(one.finding) != one]
    if not holds:
        return False
    passed = overtaken_by_hold(session, fresh[0], now_ms) if fresh else []
    drafts = [Draft(kind=EntryKind.HOLD, actor=ACTOR, site="", payload=one) for one in holds]
    session.ledger.append([*passed, *drafts], now_ms)
    return True


def _kept(session: Session, unit: Unit) -> list[Kept]:
    places = {place.id: place for place in session.records.places()}

    def limits(stay: StayRecord) -> tuple[Profile | None, Profile | None]:
        place = places.get(stay.place)
        if place is None:
            return None, None
        kept = kept_at(kept_in(place, session.records.place_profiles(place.id)), stay.possible_from_ms)
        own = _at(session, unit.profile, unit.profile_version, place)
        return own, _at(session, kept.profile, kept.version, place)

    return wrongly_kept(story_of(session, unit, FOREVER_MS - 1), limits)


def _at(session: Session, profile: str, version: int, place: Place) -> Profile | None:
    found = profile_of_unit(session, profile, version)
    try:
        return None if found is None else found.at(place.kind)
    except InvalidValueError:
        return None


def _name(unit: str, kept: Kept) -> str:
    said = [unit, kept.wrong.value, kept.place, kept.from_ms]
    return f"kept-{hashlib.sha256(canonical_json(said)).hexdigest()[:ID_CHARACTERS]}"
