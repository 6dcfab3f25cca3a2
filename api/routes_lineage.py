"""Custody over HTTP: acts, ends, owners, recalls, containers, declared errors; a unit's life, who was where."""

from typing import Final

import msgspec
from fastapi import APIRouter, Response

from api.answers import (
    LIMIT_DEFAULT,
    After,
    Limit,
    Millis,
    ThingId,
    answer,
    documented,
    require_window,
)
from api.as_known import AsKnownMs, seen
from api.bodies import ACTOR_UNNAMED, ActorHeader, actor_name
from api.bodies_lineage import AggregateBody, EndBody, ErrorBody, OwnerBody, RecallBody, TransformBody
from api.context import Given
from api.custody import Custody, Recalled, WasInside, custody_of, inside, recalled
from api.expiries import ActView, act_view
from api.looking_back import look_back, stay_named
from api.problems import missing
from api.recalling import require_scheme
from api.routes_units import RecordedFact, require_unit
from coldchain.lineage import Recall
from coldchain.ports import Session

LOOK_BACK_MS_MAX: Final = 30 * 366 * 86_400_000  # records are kept for 30 years (EU), so they are asked for

router = APIRouter(tags=["custody"])


class Who(msgspec.Struct, frozen=True, kw_only=True):
    """Who was in a place within a time, by (unit, stay number). `next` None: there are no more.

    `all`: how many stays there are, counted for the first page only.
    """

    items: list[WasInside]
    all: int | None
    next: str | None


class Recalls(msgspec.Struct, frozen=True, kw_only=True):
    """Recalls, the newest first."""

    items: list[Recall]


class ErrorRecorded(msgspec.Struct, frozen=True, kw_only=True):
    """The declaration is committed under this ledger sequence, or was under an earlier one."""

    seq: int


@router.post(
    "/api/transformations",
    status_code=201,
    responses=documented(ActView, "Recorded.", 201) | documented(ActView, "It was recorded before."),
)
def transform(given: Given, body: TransformBody, actor: ActorHeader = ACTOR_UNNAMED) -> Response:
    """Record an act on bags: split, pool, irradiate, wash, thaw, divide-aliquot, filter, process-donation.

    Outputs become units; inputs that are not `kept` end. What is on hold holds what is made of it.
    """
    fact = body.fact(actor_name(actor), given.clock.now_ms())
    with given.store.reading() as session:
        before = session.records.transformation(body.id)
    given.recorder.record(fact)
    with given.store.reading() as session:
        return answer(_act(session, body.id), 201 if before is None else 200)


@router.get("/api/transformations/{act}", responses=documented(ActView, "One act."))
def one_act(given: Given, act: ThingId, as_known_ms: AsKnownMs = None) -> Response:
    """Show an act."""
    with seen(given, as_known_ms) as at:
        return at.answer(_act(at.session, act))


@router.post(
    "/api/units/{unit}/end",
    status_code=201,
    responses=documented(RecordedFact, "Recorded.", 201) | documented(RecordedFact, "It was recorded before."),
)
def end_unit(given: Given, unit: ThingId, body: EndBody, actor: ActorHeader = ACTOR_UNNAMED) -> Response:
    """Record that a unit was transfused, discarded or sent back. Its stay ends; a later read of its tag is an alert."""
    fact = body.fact(unit, actor_name(actor), given.clock.now_ms())
    with given.store.reading() as session:
        before = session.records.unit_end(unit)
    recorded = given.recorder.record(fact)
    return answer(RecordedFact(unit=unit, seq=recorded.seq), 201 if before is None else 200)


@router.post(
    "/api/units/{unit}/owner",
    status_code=201,
    responses=documented(RecordedFact, "Recorded.", 201) | documented(RecordedFact, "It was recorded before."),
)
def transfer(given: Given, unit: ThingId, body: OwnerBody, actor: ActorHeader = ACTOR_UNNAMED) -> Response:
    """Record to whom a unit belongs; where it lies does not change."""
    fact = body.fact(unit, actor_name(actor), given.clock.now_ms())
    with given.store.reading() as session:
        known = any(one.at_ms == fact.at_ms for one in session.records.owners_of_unit(unit))
    recorded = given.recorder.record(fact)
    return answer(RecordedFact(unit=unit, seq=recorded.seq), 200 if known else 201)


@router.get("/api/units/{unit}/custody", responses=documented(Custody, "Its life."))
def custody(given: Given, unit: ThingId, as_known_ms: AsKnownMs = None) -> Response:
    """Show a unit's life in event time: stays, acts, issues, receipts; what it was made from, what was made of it."""
    with seen(given, as_known_ms) as at:
        return at.answer(custody_of(at.session, require_unit(at.session, unit), at.now_ms))


@router.get("/api/places/{place}/who", tags=["places"], responses=documented(Who, "Who was there."))
def who(
    given: Given,
    place: ThingId,
    from_ms: Millis,
    to_ms: Millis,
    after: After = "",
    limit: Limit = LIMIT_DEFAULT,
    as_known_ms: AsKnownMs = None,
) -> Response:
    """Look back: which units were, or may have been, in a place within [from_ms, to_ms), in containers too.

    Stays that are recorded or corrected between two pages put no other one out of them.
    """
    require_window(from_ms, to_ms, LOOK_BACK_MS_MAX)
    with seen(given, as_known_ms) as at:
        if at.session.records.place(place) is None:
            raise missing("place", place)
        found = look_back(at.session, place, (from_ms, to_ms), stay_named(after), limit)
        items = inside(at.session, found.stays, at.now_ms)
        return at.answer(Who(items=items, all=found.all, next=found.next))


@router.post(
    "/api/recalls",
    status_code=201,
    responses=documented(Recalled, "Recorded; all that it reaches.", 201)
    | documented(Recalled, "It was recorded before."),
)
def recall(given: Given, body: RecallBody, actor: ActorHeader = ACTOR_UNNAMED) -> Response:
    """Call back a donation, or one unit, and all that was made of it. Pool mates' other components are not recalled.

    Everything reached is held, also what is registered or made later. What is out there is on the urgent list.
    """
    fact = body.fact(actor_name(actor), given.clock.now_ms())
    with given.store.reading() as session:
        before = session.records.recall(body.id)
        if before is None and fact.scheme:
            require_scheme(session, given.schemes, (fact.issuer, fact.scheme, fact.donation_number))
    given.recorder.record(fact)
    with given.store.reading() as session:
        found = recalled(session, _recall(session, body.id), given.clock.now_ms())
        return answer(found, 201 if before is None else 200)


@router.get("/api/recalls", responses=documented(Recalls, "The newest recalls."))
def list_recalls(given: Given, limit: Limit = LIMIT_DEFAULT, as_known_ms: AsKnownMs = None) -> Response:
    """List recalls, the newest first."""
    with seen(given, as_known_ms) as at:
        return at.answer(Recalls(items=list(at.session.records.recalls(limit))))


@router.get("/api/recalls/{recall}", responses=documented(Recalled, "What it reaches."))
def one_recall(given: Given, recall: ThingId, as_known_ms: AsKnownMs = None) -> Response:
    """Show what a recall reaches now and where all of it is."""
    with seen(given, as_known_ms) as at:
        return at.answer(recalled(at.session, _recall(at.session, recall), at.now_ms))


@router.post("/api/error-declarations", status_code=201, responses=documented(ErrorRecorded, "Recorded.", 201))
def declare(given: Given, body: ErrorBody, actor: ActorHeader = ACTOR_UNNAMED) -> Response:
    """Declare an earlier word an error, and with incorrect_data say what is right.

    A placement, binding, issue, act, end or containment. The old entry stays in the ledger and is named on
    the unit's page; stays are derived anew.
    """
    recorded = given.recorder.record(body.fact(actor_name(actor), given.clock.now_ms()))
    return answer(ErrorRecorded(seq=recorded.seq), 201)


@router.post("/api/aggregations", status_code=201, responses=documented(ErrorRecorded, "Recorded.", 201))
def aggregate(given: Given, body: AggregateBody, actor: ActorHeader = ACTOR_UNNAMED) -> Response:
    """Put units or containers into a container or place (ADD), or take them out (DELETE)."""
    recorded = given.recorder.record(body.fact(actor_name(actor), given.clock.now_ms()))
    return answer(ErrorRecorded(seq=recorded.seq), 201)


def _act(session: Session, act: str) -> ActView:
    found = session.records.transformation(act)
    if found is None:
        raise missing("act", act)
    return act_view(session, found)


def _recall(session: Session, recall: str) -> Recall:
    found = session.records.recall(recall)
    if found is None:
        raise missing("recall", recall)
    return found
