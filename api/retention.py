"""What the page and the endpoint of retention show, from one function."""

from datetime import UTC, datetime
from typing import Final

import msgspec

from api.as_known import KnownAt
from coldchain.ports import Session
from coldchain.retaining import PastSpan, ProfileFloor, past_spans, profile_floors
from coldchain.retention import DEFAULT_SOURCE, YEARS_DEFAULT, Disposal, Kept, LegalHold, RetentionPolicy

SPANS_MAX: Final = 500
DISPOSALS_MAX: Final = 100


class PolicyView(msgspec.Struct, frozen=True, kw_only=True):
    """How long something is kept, with its source. `years` None: it is never removed; `set_by` None: the default."""

    what: str
    profile: str
    years: int | None
    source: str
    set_by: RetentionPolicy | None


class RetentionView(KnownAt, frozen=True, kw_only=True):
    """Policies, what is past its time and what holds it, legal holds, and removals. `cut`: there are more spans.

    `floors`: what profiles themselves ask for: both periods are at least that, whatever a policy says.
    """

    policies: list[PolicyView]
    floors: list[ProfileFloor]
    past: list[PastSpan]
    cut: bool
    holds: list[LegalHold]
    disposals: list[Disposal]
    as_of_ms: int


NEVER: Final = ("ledger", "unsealed")


def retention_view(session: Session, now_ms: int) -> RetentionView:
    """Return all that is known of retention now."""
    spans = past_spans(session, now_ms)
    return RetentionView(
        policies=_policies(session),
        floors=list(profile_floors(session)),
        past=list(spans[:SPANS_MAX]),
        cut=len(spans) > SPANS_MAX,
        holds=list(session.records.legal_holds(standing=False)),
        disposals=list(session.records.disposals(DISPOSALS_MAX)),
        as_of_ms=now_ms,
    )


def _policies(session: Session) -> list[PolicyView]:
    said = session.records.retention_policies()
    found = [
        PolicyView(what=one.what.value, profile=one.profile, years=one.years, source=one.source, set_by=one)
        for one in said
    ]
    general = {one.what for one in said if not one.profile}
    found += [
        PolicyView(what=what.value, profile="", years=YEARS_DEFAULT, source=DEFAULT_SOURCE, set_by=None)
        for what in Kept
        if what not in general
    ]
    found += [PolicyView(what=what, profile="", years=None, source="", set_by=None) for what in NEVER]
    return found


def utc_date(day: int) -> str:
    """Return a UTC day, counted from 1970-01-01, as a date."""
    return datetime.fromtimestamp(day * 86_400, UTC).date().isoformat()
