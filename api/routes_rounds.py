"""Manual rounds and physical counts over HTTP."""

from typing import Final

from fastapi import APIRouter, Response
from pydantic import Field

from api.answers import LIMIT_DEFAULT, Limit, ThingId, answer, documented
from api.as_known import AsKnownMs, KnownAt, NotRecorded, seen
from api.bodies import ACTOR_UNNAMED, ActorHeader, Body, Id, Word, actor_name, require_past
from api.bodies import Millis as Instant
from api.context import Context, Given
from api.find import find_units
from api.rounds import CountView, RoundDue, RoundView, count_views, due_rounds, hours_in_force, rounds_of
from api.routes_places import require_place
from coldchain.ports import Recorded
from coldchain.rounds import RecordCount, RecordRound
from coldchain.temperature import micro_celsius

SCANS_MAX: Final = 500

router = APIRouter(tags=["places"])


class RoundsDue(KnownAt, frozen=True, kw_only=True):
    """Every place with its newest manual reading, the longest overdue first; one is due every `hours`.

    `hours` None: as known at an earlier time of which no entry tells the setting; each reading names the one that it
    was made under, and that is counted by.
    """

    items: list[RoundDue]
    hours: int | None


class PlaceRounds(KnownAt, frozen=True, kw_only=True):
    """The newest manual readings and counts of a place."""

    rounds: list[RoundView]
    counts: list[CountView]


class RoundBody(Body):
    """What a person read off a display."""

    celsius: str = Field(max_length=12, description='As the display shows it, in degrees Celsius, e.g. "4.1".')
    at_ms: Instant = Field(description="When, UTC milliseconds since 1970.")
    name: Word = Field(description="Who read it.")
    post: Word = Field(description="In which post.")
    probe: Id | None = Field(None, description="With which probe to compare it; left out, the load probe.")
    note: str = Field("", max_length=200)


class CountBody(Body):
    """What a person counted, or scanned, in a place."""

    counted: int | None = Field(None, ge=0, le=10_000, description="How many; left out, the scans are counted.")
    scanned: list[str] = Field([], max_length=SCANS_MAX, description="Scans of labels or tags, or unit ids.")
    at_ms: Instant = Field(description="When, UTC milliseconds since 1970.")
    name: Word = Field(description="Who counted.")
    post: Word = Field(description="In which post.")


@router.get("/api/rounds", responses=documented(RoundsDue, "What is due."))
def list_due(given: Given, as_known_ms: AsKnownMs = None) -> Response:
    """List the places by when somebody has to read their display, or had to as far as was known at as_known_ms."""
    with seen(given, as_known_ms) as at:
        hours = given.rounds.hours if as_known_ms is None else hours_in_force(at.session)
        items = due_rounds(at.session, hours, at.now_ms)
    return answer(RoundsDue(items=items, hours=hours, **at.told(*(() if hours else (NotRecorded.SETTINGS,)))))


@router.get("/api/places/{place}/rounds", responses=documented(PlaceRounds, "Manual readings and counts."))
def rounds_of_place(
    given: Given, place: ThingId, limit: Limit = LIMIT_DEFAULT, as_known_ms: AsKnownMs = None
) -> Response:
    """List what was read off the display of a place, beside its probe, and what was counted in it."""
    with seen(given, as_known_ms) as at:
        found = require_place(at.session, place)
        rounds = rounds_of(at.session, found, limit)
        counts = count_views(at.session.records.stock_counts(place, limit))
    return answer(PlaceRounds(rounds=rounds, counts=counts, **at.told()))


@router.post("/api/places/{place}/rounds", status_code=201, responses=documented(Recorded, "Recorded.", 201))
def record_round(given: Given, place: ThingId, body: RoundBody, actor: ActorHeader = ACTOR_UNNAMED) -> Response:
    """Record what the display of a place showed; it is compared with the probe at that minute."""
    require_past("at_ms", body.at_ms, given.clock.now_ms())
    fact = RecordRound(
        place=place,
        micro_celsius=typed_celsius(body.celsius),
        at_ms=body.at_ms,
        name=body.name,
        post=body.post,
        actor=actor_name(actor),
        probe=body.probe or "",
        note=body.note,
        allowed_micro_celsius=given.rounds.allowed_micro_celsius,
        hours=given.rounds.hours,
    )
    return answer(given.recorder.record(fact), 201)


@router.post("/api/places/{place}/counts", status_code=201, responses=documented(Recorded, "Recorded.", 201))
def record_count(given: Given, place: ThingId, body: CountBody, actor: ActorHeader = ACTOR_UNNAMED) -> Response:
    """Record a count; what was counted, what the reader hears and what is recorded then stand side by side."""
    require_past("at_ms", body.at_ms, given.clock.now_ms())
    scanned, unknown = units_scanned(given, body.scanned)
    fact = RecordCount(
        place=place,
        at_ms=body.at_ms,
        counted=body.counted,
        scanned=scanned,
        unknown=unknown,
        name=body.name,
        post=body.post,
        actor=actor_name(actor),
    )
    return answer(given.recorder.record(fact), 201)


def typed_celsius(text: str) -> int:
    """Return micro-degrees of what was typed. Raises InvalidValueError."""
    return micro_celsius(text.strip().replace("\N{MINUS SIGN}", "-").removesuffix("°C").strip())


def units_scanned(given: Context, scans: list[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the units that scans name, by id, and the scans that name none or more than one."""
    units: set[str] = set()
    unknown: set[str] = set()
    with given.store.reading() as session:
        for scan in filter(None, (one.strip()[:128] for one in scans)):
            found = find_units(session, scan)
            (units if len(found) == 1 else unknown).add(found[0].id if len(found) == 1 else scan)
    return tuple(sorted(units)), tuple(sorted(unknown))
