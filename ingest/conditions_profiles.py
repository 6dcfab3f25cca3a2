"""A34: what a place has to keep was changed, or will be. Somebody has to see it, so it stands for a week."""

from typing import Final

from coldchain.alarms import Condition, SubjectKind
from coldchain.ports import Session
from coldchain.profiles import PlaceProfile, kept_at, kept_in
from rules.catalogue import CATALOGUE

RULE: Final = "A34"
SEEN_MS: Final = 7 * 86_400_000  # how long after it began to hold a change is said


def profile_conditions(session: Session, now_ms: int) -> list[Condition]:
    """Return one condition for each place whose profile was changed last, from the record on and for a week."""
    last = {one.place: one for one in session.records.place_profiles_since(now_ms - SEEN_MS)}
    return [_condition(session, change) for _, change in sorted(last.items())]


def _condition(session: Session, change: PlaceProfile) -> Condition:
    place = session.records.place(change.place)
    before = (
        kept_at(kept_in(place, session.records.place_profiles(change.place)), change.from_ms - 1) if place else None
    )
    return Condition(
        rule=RULE,
        severity=CATALOGUE[RULE].severity,
        subject_kind=SubjectKind.PLACE,
        subject=change.place,
        since_ms=change.at_ms,
        due_ms=change.at_ms,
        site=place.site if place else "",
        place=change.place,
        values={
            "what": "place",
            "profile": change.profile,
            "profile_version": change.version,
            "before": before.profile if before else "",
            "before_version": before.version if before else 0,
            "from_ms": change.from_ms,
            "name": change.name,
            "second_name": change.second_name,
            "reason": change.reason,
        },
    )
