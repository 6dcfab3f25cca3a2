"""What an issuing system asks before it hands a unit out."""

from typing import Annotated

from fastapi import APIRouter, Query, Response

from api.answers import answer, documented
from api.as_known import AsKnownMs, KnownAt, NotRecorded, seen
from api.context import Given
from api.routes_tasks import unit_scanned
from api.routes_units import require_unit
from coldchain.decisions import standing_holds
from coldchain.units import Hold
from rules.issuable import Bar, barred
from rules.waiting import Wait, Waiting

router = APIRouter(tags=["tasks"])

Scan = Annotated[str, Query(min_length=1, max_length=128, description="A scan of its label or tag, or the unit's id.")]


class IssuingAnswer(KnownAt, frozen=True, kw_only=True):
    """What stands against issuing a unit at as_of_ms: `barred`, with its holds and what of its record is awaited.

    An empty list is no permission. `waiting` ends by itself once the record is here: ask again, it is no hold.
    """

    unit: str
    as_of_ms: int
    barred: list[Bar]
    holds: list[Hold]
    waiting: list[Wait]


@router.get("/api/issuing/answer", responses=documented(IssuingAnswer, "What stands against issuing a unit."))
def ask(given: Given, scan: Scan, as_known_ms: AsKnownMs = None) -> Response:
    """Say what stands against issuing one unit now, or stood then as far as was known."""
    with seen(given, as_known_ms) as at:
        session, now_ms = at.session, at.now_ms
        unit = require_unit(session, unit_scanned(session, scan))
        waits = Waiting(session, now_ms).of_unit(unit.id)
        told = IssuingAnswer(
            unit=unit.id,
            as_of_ms=now_ms,
            barred=barred(session, unit, waits, now_ms),
            holds=list(standing_holds(session.records.holds_of_unit(unit.id))),
            waiting=list(waits),
            **at.told(NotRecorded.MARKS, NotRecorded.JUDGING),
        )
    return answer(told)
