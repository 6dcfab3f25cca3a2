"""How many bags a place has room for, over HTTP."""

from fastapi import APIRouter, Response
from pydantic import Field

from api.answers import ThingId, answer, documented
from api.as_known import AsKnownMs, KnownAt, seen
from api.bodies import ACTOR_UNNAMED, ActorHeader, Body, Word, actor_name, require_past
from api.bodies import Millis as Instant
from api.context import Given
from coldchain.capacity import Capacity, SetCapacity
from coldchain.ports import Recorded

router = APIRouter(tags=["places"])


class Capacities(KnownAt, frozen=True, kw_only=True):
    """The places of which somebody said how many bags they have room for."""

    items: list[Capacity]


class CapacityBody(Body):
    """How many bags a place has room for."""

    slots: int = Field(ge=0, le=100_000, description="0: nobody wants to be told any more when it is nearly full.")
    at_ms: Instant = Field(description="Since when, UTC milliseconds since 1970.")
    name: Word = Field(description="Who says so.")
    post: Word = Field(description="In which post.")


@router.get("/api/capacities", responses=documented(Capacities, "By place."))
def list_capacities(given: Given, as_known_ms: AsKnownMs = None) -> Response:
    """List how many bags places have room for; a place of which nobody said so is not listed."""
    with seen(given, as_known_ms) as at:
        return answer(Capacities(items=list(at.session.records.capacities()), **at.told()))


@router.post("/api/places/{place}/capacity", status_code=201, responses=documented(Recorded, "Recorded.", 201))
def set_capacity(given: Given, place: ThingId, body: CapacityBody, actor: ActorHeader = ACTOR_UNNAMED) -> Response:
    """Say how many bags a place has room for; when more than 90 % are taken, rule A50 says so."""
    require_past("at_ms", body.at_ms, given.clock.now_ms())
    fact = SetCapacity(
        place=place, slots=body.slots, at_ms=body.at_ms, name=body.name, post=body.post, actor=actor_name(actor)
    )
    return answer(given.recorder.record(fact), 201)
