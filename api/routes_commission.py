"""Where probes hang, who confirmed it, and work on probes and places."""

from fastapi import APIRouter, Response
from msgspec.structs import replace
from pydantic import Field

from api.answers import Millis, ThingId, answer, documented
from api.as_known import AsKnownMs, KnownAt, seen
from api.bodies import ACTOR_UNNAMED, ActorHeader, Body, Id, Word, actor_name
from api.bodies import Millis as Instant
from api.context import Given
from api.hanging import Confirming, Hanging, Work, confirming, hanging, work_now
from api.problems import missing
from api.routes_places import require_place
from coldchain.commission import Position, WorkKind
from coldchain.ports import Recorded
from coldchain.units import CommissionProbe, SayWork

router = APIRouter(tags=["places"])


class PlaceHanging(KnownAt, frozen=True, kw_only=True):
    """The probes of a place as they hang now, and the work that lasts there."""

    place: str
    probes: list[Hanging]
    work: list[Work]
    as_of_ms: int


class SerialHistory(KnownAt, frozen=True, kw_only=True):
    """Where an instrument has been, by time: its history is that of these probes from each `from_ms` on.

    Each position lasts to the next one of the same probe; `to_ms` has those ends (null: it lasts).
    """

    serial: str
    positions: list[Position]
    to_ms: list[int | None]


class CommissioningBody(Body):
    """A person at the fridge confirms that the probe which was warmed by hand is this one."""

    probe: Id
    began_ms: Instant = Field(description="When it was taken into the hand, UTC milliseconds since 1970.")
    at_ms: Instant = Field(description="When it was confirmed, at most 30 min later.")
    name: Word = Field(description="Who confirms it.")
    post: Word = Field(description="In which post.")
    good_from_ms: Instant | None = Field(None, description="From when on it counts, if from before at_ms; say why.")
    reason: str = Field("", max_length=200, description="Why it counts from before the confirmation.")


class WorkBody(Body):
    """Work on a probe or a place begins or ends."""

    kind: WorkKind = Field(strict=False, description="under-check: a probe. out-of-use: a place that is empty.")
    place: Id
    probe: Id | None = Field(None, description="The probe that is under check.")
    begins: bool
    at_ms: Instant
    until_ms: Instant | None = Field(None, description="Of a beginning: until when it is planned.")
    reason: Word
    name: Word = Field(description="Who says so.")
    post: Word = Field(description="In which post.")
    counted_empty: bool = Field(
        default=False, description="Of a place out of use: somebody looked, and nothing is inside."
    )


@router.get("/api/places/{place}/probes", responses=documented(PlaceHanging, "Where its probes hang."))
def probes_of_place(given: Given, place: ThingId, as_known_ms: AsKnownMs = None) -> Response:
    """Show where the probes of a place hang, who confirmed it, why readings do not count, and what is worked on."""
    with seen(given, as_known_ms) as at:
        found = require_place(at.session, place)
        probes, work = hanging(at.session, found, at.now_ms), work_now(at.session, place, at.now_ms)
    return answer(PlaceHanging(place=place, probes=probes, work=work, as_of_ms=at.now_ms, **at.told()))


@router.get("/api/serials/{serial}", responses=documented(SerialHistory, "Where an instrument has been."))
def serial_history(given: Given, serial: str, as_known_ms: AsKnownMs = None) -> Response:
    """Show where the instrument with a serial number has been: the probes whose readings are its own, and when."""
    with seen(given, as_known_ms) as at:
        session = at.session
        positions = list(session.records.positions_of_serial(serial))
        ends = []
        for one in positions:
            later = [other.from_ms for other in session.records.positions_in(one.place) if other.probe == one.probe]
            ends.append(min((from_ms for from_ms in later if from_ms > one.from_ms), default=None))
    if not positions:
        raise missing("serial number", serial)
    return answer(SerialHistory(serial=serial, positions=positions, to_ms=ends, **at.told()))


@router.get("/api/probes/{probe}/warmed", responses=documented(Confirming, "Which channel moved."))
def warmed(given: Given, probe: ThingId, began_ms: Millis, as_known_ms: AsKnownMs = None) -> Response:
    """Say which channel of the probe's gateway and place moved since somebody took the probe into the hand."""
    with seen(given, as_known_ms) as at:
        found = next((one for one in at.session.records.probes() if one.id == probe), None)
        if found is None:
            raise missing("probe", probe)
        return answer(replace(confirming(at.session, found, began_ms, at.now_ms), **at.told()))


@router.post("/api/commissionings", status_code=201, responses=documented(Recorded, "Recorded.", 201))
def commission(given: Given, body: CommissioningBody, actor: ActorHeader = ACTOR_UNNAMED) -> Response:
    """Confirm a probe. Refused with 409 unless the record shows that this one, and no other, was warmed."""
    fact = CommissionProbe(actor=actor_name(actor), **body.model_dump())
    return answer(given.recorder.record(fact), 201)


@router.post("/api/work", status_code=201, responses=documented(Recorded, "Recorded.", 201))
def say_work(given: Given, body: WorkBody, actor: ActorHeader = ACTOR_UNNAMED) -> Response:
    """Say that a check of a probe, or the time in which a place is out of use, begins or ends."""
    fields = body.model_dump() | {"probe": body.probe or ""}
    return answer(given.recorder.record(SayWork(actor=actor_name(actor), **fields)), 201)
