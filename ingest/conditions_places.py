"""What the rules see of places: their notices, silence, and where their temperature goes, read out of the record."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Final

from coldchain.alarms import Condition
from coldchain.errors import InvalidValueError
from coldchain.places import Place, PlaceKind
from coldchain.ports import Session
from coldchain.profiles import kept_at, kept_in
from ingest.conditions_look import Look, Seen
from rules.conditions import one_of_each
from rules.conditions_notices import of_notices
from rules.conditions_silence import of_silence
from rules.conditions_temperature import RECENT_MS, USUAL_MS, foreseen_of, of_temperature, with_forecast
from rules.limits import Profile
from rules.place_facts import Inside, Registered, place_facts
from rules.profile import load_profile
from rules.standing import PlaceFacts, place_notices

NOBODY: Final = Inside(certain=0, possible=0, held=0)
CURVE_MS: Final = RECENT_MS + USUAL_MS

_LOOK: Final = Look()


def place_conditions(session: Session, now_ms: int) -> list[Condition]:
    """Return what is to be said of every place whose limits are known."""
    with _LOOK.lock:
        for place in _LOOK.due(session):
            facts = _facts(session, _LOOK.known, place, now_ms) if _LOOK.known else None
            _LOOK.seen[place.id] = None if facts is None else _seen(session, facts)
        known = _LOOK.at(session, now_ms)
    found = [condition for seen in known for condition in of_place(seen)]
    return [_foreseen(one, known, now_ms) if one.rule == "A06" else one for one in one_of_each(found)]


def of_place(seen: Seen) -> list[Condition]:
    """Return what is to be said of one place."""
    facts = seen.facts
    return [
        *of_notices(facts, place_notices(facts)),
        *of_silence(facts),
        *of_temperature(facts, seen.curves, seen.ahead),
    ]


def _foreseen(cut: Condition, known: Sequence[Seen], now_ms: int) -> Condition:
    """Return a power cut with the first limit that it leads to in the places that it concerns; a box has no mains."""
    places = [(one.facts.place, one) for one in known if one.facts.place.kind is not PlaceKind.BOX]
    near = [one for place, one in places if place.id == cut.place or (not cut.place and place.site == cut.site)]
    return with_forecast(cut, [(one.facts, ahead) for one in near for ahead in one.ahead], now_ms)


def _seen(session: Session, facts: PlaceFacts) -> Seen:
    curves = {
        one.probe.id: session.readings.history(one.probe.id, facts.now_ms - CURVE_MS, facts.now_ms + 1)
        for one in facts.probes
    }
    return Seen(read_ms=facts.now_ms, facts=facts, curves=curves, ahead=foreseen_of(facts, curves))


def _facts(session: Session, known: Registered, place: Place, now_ms: int) -> PlaceFacts | None:
    """Read what is known of a place; None where its limits are not loaded: nothing can be judged there.

    How many units are inside is read of boxes only, where it decides; whoever tells people of an alarm asks anew.
    """
    profile = profile_in(session, place, now_ms)
    if profile is None:
        return None
    inside = _inside_box(session, place, now_ms) if place.kind is PlaceKind.BOX else NOBODY
    return place_facts(session, known, place, profile, inside, now_ms)


def profile_in(session: Session, place: Place, now_ms: int) -> Profile | None:
    """Return the profile that a place has to keep now, as it holds in its kind; None if there is none for it."""
    kept = kept_at(kept_in(place, session.records.place_profiles(place.id)), now_ms)
    record = session.records.profile(kept.profile, kept.version)
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
