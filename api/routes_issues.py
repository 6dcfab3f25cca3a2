"""Units that were handed out, and the urgent list: those of them that are on hold."""

from typing import Final

import msgspec
from fastapi import APIRouter, Response

from api.answers import LIMIT_DEFAULT, After, Limit, ThingId, answer, documented, page_of
from api.as_known import AsKnownMs, KnownAt, seen
from api.bodies import ACTOR_UNNAMED, ActorHeader, IssueBody, actor_name
from api.context import Given
from api.urgent import UrgentUnit, urgent_units
from coldchain.decisions import standing_holds
from coldchain.entries import Issue
from coldchain.places import Text

ISSUED_ON_HOLD: Final = Text(
    zh="已记录。这袋血液处于暂停发放状态：请立即联系接收方，通知暂停输注，并告知质量管理人员。",
    en="Recorded. This unit is on hold: call whoever has it at once, tell them not to transfuse it, "
    "and tell the quality manager.",
)

router = APIRouter(tags=["units"])


class IssueRecorded(msgspec.Struct, frozen=True, kw_only=True):
    """What was asked for is committed under this ledger sequence, or was under an earlier one.

    `on_hold`: the unit is kept back by a finding and was handed out all the same; `advice` says what to do.
    """

    unit: str
    seq: int
    on_hold: bool
    advice: Text | None


class Urgent(KnownAt, frozen=True, kw_only=True):
    """A page of units that were handed out and are on hold, the latest issue first. `next` None: there are no more."""

    items: list[UrgentUnit]
    next: str | None


@router.post(
    "/api/units/{unit}/issues",
    status_code=201,
    responses=documented(IssueRecorded, "Recorded.", 201) | documented(IssueRecorded, "It was recorded before."),
)
def issue_unit(given: Given, unit: ThingId, body: IssueBody, actor: ActorHeader = ACTOR_UNNAMED) -> Response:
    """Record that a unit was handed out. It has happened, so it is recorded whether the unit is on hold or not.

    Sending the same again changes nothing and answers 200.
    """
    fact = body.fact(unit, actor_name(actor), given.clock.now_ms())
    wanted = Issue(unit=unit, to=fact.to, at_ms=fact.at_ms)
    with given.store.reading() as session:
        known = wanted in session.records.issues_of_unit(unit)
    recorded = given.recorder.record(fact)
    with given.store.reading() as session:
        on_hold = bool(standing_holds(session.records.holds_of_unit(unit)))
    view = IssueRecorded(unit=unit, seq=recorded.seq, on_hold=on_hold, advice=ISSUED_ON_HOLD if on_hold else None)
    return answer(view, 200 if known else 201)


@router.get("/api/urgent", responses=documented(Urgent, "Handed out and on hold."))
def list_urgent(
    given: Given, after: After = "", limit: Limit = LIMIT_DEFAULT, as_known_ms: AsKnownMs = None
) -> Response:
    """List the units that are on hold and were handed out: whom to call first."""
    with seen(given, as_known_ms) as at:
        part, following = page_of(urgent_units(at.session, at.now_ms), lambda one: one.unit, after, limit)
    return answer(Urgent(items=part, next=following, **at.told()))
