"""Retention over HTTP: periods, what is past its time and what holds it, legal holds, and removals by two people."""

from typing import Annotated

from fastapi import APIRouter, Path, Response
from msgspec.structs import replace
from pydantic import Field

from api.answers import answer, documented
from api.as_known import AsKnownMs, seen
from api.bodies import ACTOR_UNNAMED, ActorHeader, Body, Id, Word, actor_name
from api.bodies import Millis as Instant
from api.context import Given
from api.retention import RetentionView, retention_view
from coldchain.ports import Recorded
from coldchain.retention import (
    YEARS_DEFAULT,
    YEARS_MAX,
    ConfirmDisposal,
    EndLegalHold,
    HoldScope,
    Kept,
    PlaceLegalHold,
    ProposeDisposal,
    SetRetention,
    WithdrawDisposal,
)

router = APIRouter(tags=["retention"])

Named = Annotated[str, Path(min_length=1, max_length=64)]
Reason = Annotated[str, Field(min_length=1, max_length=400)]


class Signed(Body):
    """Who signs, in which post, when."""

    at_ms: Instant
    name: Word
    post: Word


class PolicyBody(Signed):
    """How long something is kept, under a profile or under all."""

    what: Kept = Field(strict=False)
    profile: Id | None = Field(None, description="Left out: under all profiles.")
    years: int = Field(ge=YEARS_DEFAULT, le=YEARS_MAX)
    source: Reason = Field(description="The rule of law or of the house that it follows.")
    second_name: Word | None = Field(None, description="A second person signs, too, where it is shorter than before.")
    second_post: Word | None = None


class HoldBody(Signed):
    """A legal hold."""

    id: Id
    scope: HoldScope = Field(strict=False)
    subject: Id | None = Field(None, description="The place, probe or unit; left out for everything.")
    reason: Reason
    from_ms: Instant = Field(0, description="It covers readings from then on.")
    to_ms: Instant | None = Field(None, description="And before this; left out: without end.")


class ReasonBody(Signed):
    """Why it is ended or withdrawn."""

    reason: Reason


class ProposalBody(Signed):
    """A removal of what is due, the oldest first."""

    id: Id
    probe: Id | None = Field(None, description="Left out: of all probes.")
    reason: Reason


class ConfirmationBody(Signed):
    """The second signature, by another person in another post."""

    sha256: str = Field(pattern="^[0-9a-f]{64}$", description="The hash of the proposal that was looked at.")


@router.get("/api/retention", responses=documented(RetentionView, "What is kept, due and held."))
def retention(given: Given, as_known_ms: AsKnownMs = None) -> Response:
    """Show how long readings are kept, which are past their time and what holds them, holds and removals."""
    with seen(given, as_known_ms) as at:
        return answer(replace(retention_view(at.session, at.now_ms), **at.told()))


@router.post("/api/retention/policies", status_code=201, responses=documented(Recorded, "Recorded.", 201))
def add_policy(given: Given, body: PolicyBody, actor: ActorHeader = ACTOR_UNNAMED) -> Response:
    """Set how long something is kept."""
    second = {"second_name": body.second_name or "", "second_post": body.second_post or ""}
    fields = body.model_dump() | {"profile": body.profile or ""} | second
    return answer(given.recorder.record(SetRetention(actor=actor_name(actor), **fields)), 201)


@router.post("/api/legal-holds", status_code=201, responses=documented(Recorded, "Recorded.", 201))
def add_hold(given: Given, body: HoldBody, actor: ActorHeader = ACTOR_UNNAMED) -> Response:
    """Place a legal hold: what it covers is removed by nobody."""
    fields = body.model_dump() | {"subject": body.subject or ""}
    return answer(given.recorder.record(PlaceLegalHold(actor=actor_name(actor), **fields)), 201)


@router.post("/api/legal-holds/{hold}/end", status_code=201, responses=documented(Recorded, "Recorded.", 201))
def end_hold(given: Given, hold: Named, body: ReasonBody, actor: ActorHeader = ACTOR_UNNAMED) -> Response:
    """End a legal hold."""
    fact = EndLegalHold(id=hold, actor=actor_name(actor), **body.model_dump())
    return answer(given.recorder.record(fact), 201)


@router.post("/api/disposals", status_code=201, responses=documented(Recorded, "Recorded.", 201))
def propose(given: Given, body: ProposalBody, actor: ActorHeader = ACTOR_UNNAMED) -> Response:
    """Propose to remove what is past its time and held by nothing. Nothing is removed yet."""
    fields = body.model_dump() | {"probe": body.probe or ""}
    return answer(given.recorder.record(ProposeDisposal(actor=actor_name(actor), **fields)), 201)


@router.post("/api/disposals/{disposal}/confirm", status_code=201, responses=documented(Recorded, "Recorded.", 201))
def confirm(given: Given, disposal: Named, body: ConfirmationBody, actor: ActorHeader = ACTOR_UNNAMED) -> Response:
    """Confirm a removal; it is done within a minute unless something holds it by then."""
    fact = ConfirmDisposal(id=disposal, actor=actor_name(actor), **body.model_dump())
    return answer(given.recorder.record(fact), 201)


@router.post("/api/disposals/{disposal}/withdraw", status_code=201, responses=documented(Recorded, "Recorded.", 201))
def withdraw(given: Given, disposal: Named, body: ReasonBody, actor: ActorHeader = ACTOR_UNNAMED) -> Response:
    """Withdraw a removal that was not done yet."""
    fact = WithdrawDisposal(id=disposal, actor=actor_name(actor), **body.model_dump())
    return answer(given.recorder.record(fact), 201)
