"""Decisions on units: the version of the evidence, a decision on it with signature, and what was decided."""

import msgspec
from fastapi import APIRouter, Response
from pydantic import Field

from api.answers import LIMIT_DEFAULT, After, Limit, ThingId, answer, documented, page_of
from api.as_known import AsKnownMs, NotRecorded, seen
from api.bodies import ACTOR_UNNAMED, ActorHeader, Body, Word, actor_name, require_past
from api.bodies import Millis as Instant
from api.context import Given
from api.routes_units import RecordedFact, require_unit
from coldchain.deciding import DecideUnit, DecisionKind
from coldchain.decisions import Decision, Evidence, standing_holds
from coldchain.evidence import exposures_against, present_evidence
from coldchain.units import Exposure, Hold

router = APIRouter(tags=["findings"])


class EvidenceView(msgspec.Struct, frozen=True, kw_only=True):
    """The evidence against a unit as it is now. A decision names its `version`; `marks` let a refusal say what changed.

    `exposures`: its own, and those of what it was made from. `holds`: those that stand and can be decided on.
    """

    evidence: Evidence
    exposures: list[Exposure]
    holds: list[Hold]


class Decisions(msgspec.Struct, frozen=True, kw_only=True):
    """A page of decisions, the newest first, overtaken ones too."""

    items: list[Decision]
    next: str | None


class DecisionBody(Body):
    """What a person decides, and on which version of the evidence."""

    holds: list[str] = Field(min_length=1, max_length=200, description="Ids of holds of the unit that stand.")
    decision: DecisionKind = Field(strict=False, description="Only release-hold ends holds.")
    evidence: str = Field(max_length=64, description="The version of the evidence that was looked at.")
    seen: list[str] = Field([], max_length=200, description="Its marks, so that a refusal can say what has changed.")
    at_ms: Instant = Field(description="When it was decided, UTC milliseconds since 1970.")
    name: Word = Field(description="Who decides.")
    post: Word = Field(description="In which post.")
    reason: str = Field(min_length=1, max_length=500)
    second_name: str = Field("", max_length=64, description="A second person who signs, if any.")
    second_post: str = Field("", max_length=64)


@router.get("/api/units/{unit}/evidence", responses=documented(EvidenceView, "What stands against it."))
def evidence_of(given: Given, unit: ThingId, as_known_ms: AsKnownMs = None) -> Response:
    """Show the present version of the evidence against a unit, its exposures and the holds that stand."""
    with seen(given, as_known_ms) as at:
        found = require_unit(at.session, unit)
        view = EvidenceView(
            evidence=present_evidence(at.session, found),
            exposures=list(exposures_against(at.session, unit)),
            holds=list(standing_holds(at.session.records.holds_of_unit(unit))),
        )
    return at.answer(view, NotRecorded.MARKS)


@router.post("/api/units/{unit}/decisions", status_code=201, responses=documented(RecordedFact, "Recorded.", 201))
def decide(given: Given, unit: ThingId, body: DecisionBody, actor: ActorHeader = ACTOR_UNNAMED) -> Response:
    """Decide on holds of a unit. 409, and what changed, unless the version named is the present one."""
    require_past("at_ms", body.at_ms, given.clock.now_ms())
    fields = body.model_dump() | {"holds": tuple(body.holds), "seen": tuple(body.seen)}
    recorded = given.recorder.record(DecideUnit(unit=unit, actor=actor_name(actor), **fields))
    return answer(RecordedFact(unit=unit, seq=recorded.seq), 201)


@router.get("/api/units/{unit}/decisions", responses=documented(Decisions, "What was decided of it."))
def decisions_of(
    given: Given, unit: ThingId, after: After = "", limit: Limit = LIMIT_DEFAULT, as_known_ms: AsKnownMs = None
) -> Response:
    """List what was decided of a unit, the newest first."""
    with seen(given, as_known_ms) as at:
        require_unit(at.session, unit)
        decisions = at.session.records.decisions_of_unit(unit)[::-1]
    part, following = page_of(decisions, lambda one: one.id, after, limit)
    return at.answer(Decisions(items=part, next=following))


@router.get("/api/decisions", responses=documented(Decisions, "The newest decisions."))
def list_decisions(given: Given, limit: Limit = LIMIT_DEFAULT, as_known_ms: AsKnownMs = None) -> Response:
    """List the newest decisions of all units."""
    with seen(given, as_known_ms) as at:
        return at.answer(Decisions(items=list(at.session.records.decisions(limit)), next=None))
