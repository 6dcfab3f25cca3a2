"""What the rules see of places: their notices, silence, and where their temperature goes, read out of the record."""

from functools import lru_cache

from coldchain.alarms import Condition
from coldchain.errors import InvalidValueError
from coldchain.places import Place, PlaceKind
from coldchain.ports import Session
from rules.conditions import one_of_each
from rules.conditions_notices import of_notices
from rules.conditions_silence import of_silence
from rules.limits import Profile
from rules.place_facts import Inside, Registered, place_facts, registered
from rules.profile import load_profile
from rules.standing import PlaceFacts, place_standing

NOBODY = Inside(certain=0, possible=0, held=0)


def place_conditions(session: Session, now_ms: int) -> list[Condition]:
    """Return what is to be said of every place whose limits are known."""
    known = registered(session)
    found: list[Condition] = []
    for place in known.places:
        facts = facts_of(session, known, place, now_ms)
        if facts is not None:
            found += of_place(facts)
    return one_of_each(found)


def of_place(facts: PlaceFacts) -> list[Condition]:
    """Return what is to be said of one place."""
    return [*of_notices(facts, place_standing(facts)), *of_silence(facts)]


def facts_of(session: Session, known: Registered, place: Place, now_ms: int) -> PlaceFacts | None:
    """Read what is known of a place; None where its limits are not loaded: nothing can be judged there.

    How many units are inside is read of boxes only, where it decides; everywhere else whoever tells people asks anew.
    """
    profile = profile_in(session, place)
    if profile is None:
        return None
    inside = _inside_box(session, place, now_ms) if place.kind is PlaceKind.BOX else NOBODY
    return place_facts(session, known, place, profile, inside, now_ms)


def profile_in(session: Session, place: Place) -> Profile | None:
    """Return the profile of a place as it holds in its kind; None if there is none, or none for a box."""
    record = session.records.profile(place.profile, place.profile_version)
    return None if record is None else _loaded(record.toml, place.kind)


@lru_cache(maxsize=256)
def _loaded(toml: str, kind: PlaceKind) -> Profile | None:
    try:
        return load_profile(toml.encode()).at(kind)
    except InvalidValueError:
        return None


def _inside_box(session: Session, place: Place, now_ms: int) -> Inside:
    units = {stay.unit for stay in session.records.stays_in_place(place.id, now_ms, now_ms + 1)}
    return Inside(certain=0, possible=len(units), held=0)
