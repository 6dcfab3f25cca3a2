"""Units: make one known, bind its tag, say where it was put, and ask for everything that is known of it."""

from typing import Annotated, Final, TypeVar

import msgspec
from fastapi import APIRouter, Query, Response

from api.answers import LIMIT_DEFAULT, After, Limit, Millis, ThingId, answer, documented, page_of, require_window
from api.as_known import AsKnownMs, KnownAt, NotRecorded, seen
from api.beside_unit import released_by
from api.bodies import ACTOR_UNNAMED, ActorHeader, PlacementBody, TagBody, UnitBody, actor_name
from api.context import Given
from api.expiries import to_be_confirmed
from api.figures import Standing, UnitFigures, beyond_tolerance, standing_of, told_standing, unit_figures
from api.probe_trace import BUCKETS_DEFAULT, BUCKETS_MAX
from api.problems import missing
from api.running import ExposureView, exposure_view
from api.trace import Trace, default_window, unit_trace
from api.watching import profile_of
from coldchain.closed_loop import UnitClock
from coldchain.decisions import standing_holds
from coldchain.entries import Binding, Placement, StayRecord
from coldchain.ports import Session
from coldchain.units import Hold, RegisterUnit, Unit
from rules.clocks import clocks
from rules.issuable import Bar, barred
from rules.unit_story import story_of
from rules.waiting import Wait, Waiting

HOURS_DEFAULT: Final = 48
LISTED_MAX: Final = 100  # tags and placements beside one unit; the newest stay

router = APIRouter(tags=["units"])
S = TypeVar("S", bound=msgspec.Struct)


class Units(KnownAt, frozen=True, kw_only=True):
    """A page of units, by id. `next` None: there are no more.

    `expiry_to_be_confirmed`: those of them that expire by a figure that nobody has checked (rules.lineage).
    """

    items: list[Unit]
    expiry_to_be_confirmed: list[str]
    next: str | None


class UnitView(KnownAt, frozen=True, kw_only=True):
    """A unit, how it stands, its figures, and its newest tags and placements.

    `expiry_to_be_confirmed`: it expires by a figure that nobody has checked against the standard in force.
    `released_by`: the decision that ended its holds, "" if none stands.
    `unknown_beyond_tolerance`: more of its time was never measured than its profile tolerates, whatever the standing.
    `barred`: what stands against issuing it, `waiting`: what of its record is awaited, which ends by itself.
    """

    unit: Unit
    expiry_to_be_confirmed: bool
    standing: Standing
    released_by: str
    barred: list[Bar]
    waiting: list[Wait]
    unknown_beyond_tolerance: bool
    figures: UnitFigures
    clocks: tuple[UnitClock, ...]
    holds: list[Hold]
    stays_open: list[StayRecord]
    tags: list[Binding]
    placements: list[Placement]


class Stays(msgspec.Struct, frozen=True, kw_only=True):
    """A page of a unit's stays by number, withdrawn ones too."""

    items: list[StayRecord]
    next: str | None


class Exposures(msgspec.Struct, frozen=True, kw_only=True):
    """A page of exposures, withdrawn ones too."""

    items: list[ExposureView]
    next: str | None


class Holds(msgspec.Struct, frozen=True, kw_only=True):
    """A page of holds by (placed_ms, id). A hold stays until a person decides, also if its basis was withdrawn."""

    items: list[Hold]
    next: str | None


class RecordedFact(msgspec.Struct, frozen=True, kw_only=True):
    """What was asked for is committed under this ledger sequence, or was under an earlier one."""

    unit: str
    seq: int


@router.get("/api/units", responses=documented(Units, "A page of units."))
def list_units(
    given: Given, after: After = "", limit: Limit = LIMIT_DEFAULT, as_known_ms: AsKnownMs = None
) -> Response:
    """List units by id."""
    with seen(given, as_known_ms) as at:
        found = at.session.records.units(after, limit + 1)
        unchecked = [one.id for one in found[:limit] if to_be_confirmed(at.session, one)]
    following = found[limit - 1].id if len(found) > limit else None
    return answer(Units(items=list(found[:limit]), expiry_to_be_confirmed=unchecked, next=following, **at.told()))


@router.post(
    "/api/units",
    status_code=201,
    responses=documented(Unit, "Registered.", 201) | documented(Unit, "It was registered with the same content."),
)
def register_unit(given: Given, body: UnitBody, actor: ActorHeader = ACTOR_UNNAMED) -> Response:
    """Make a unit known. Sending the same again changes nothing and answers with the same unit."""
    unit = body.unit(given.schemes)
    with given.store.reading() as session:
        if body.id is None:
            unit = _under_its_known_id(session, unit)
        known = session.records.unit(unit.id) == unit
    given.recorder.record(RegisterUnit(unit=unit, actor=actor_name(actor)))
    return answer(unit, 200 if known else 201)


@router.get("/api/units/{unit}", responses=documented(UnitView, "One unit."))
def one_unit(given: Given, unit: ThingId, as_known_ms: AsKnownMs = None) -> Response:
    """Show a unit and how it stands, or stood as far as was known at as_known_ms."""
    with seen(given, as_known_ms) as at:
        session, now_ms = at.session, at.now_ms
        found = require_unit(session, unit)
        stays = session.records.stays_of_unit(unit)
        holds = session.records.holds_of_unit(unit)
        figures = unit_figures(session, stays, now_ms)
        standing = standing_of(standing_holds(holds), figures)
        released = released_by(session, unit, standing_holds(holds))
        waits = Waiting(session, now_ms).of_stays(stays)
        view = UnitView(
            unit=found,
            expiry_to_be_confirmed=to_be_confirmed(session, found),
            standing=told_standing(standing, released=released is not None),
            released_by="" if released is None else released.id,
            barred=barred(session, found, waits, now_ms),
            waiting=list(waits),
            unknown_beyond_tolerance=beyond_tolerance(
                figures, profile_of(session, found.profile, found.profile_version)
            ),
            figures=figures,
            clocks=clocks(story_of(session, found, now_ms)),
            holds=list(holds[-LISTED_MAX:]),
            stays_open=[stay for stay in stays if stay.possible_to_ms is None and not stay.withdrawn],
            tags=list(session.records.bindings_of_unit(unit)[-LISTED_MAX:]),
            placements=list(session.records.placements_of_unit(unit)[-LISTED_MAX:]),
            **at.told(NotRecorded.MARKS, NotRecorded.JUDGING),
        )
    return at.answer(view, NotRecorded.MARKS, NotRecorded.JUDGING)


@router.post(
    "/api/units/{unit}/tags",
    status_code=201,
    responses=documented(RecordedFact, "Bound.", 201) | documented(RecordedFact, "It was bound before."),
)
def bind_tag(given: Given, unit: ThingId, body: TagBody, actor: ActorHeader = ACTOR_UNNAMED) -> Response:
    """Tie a tag to a unit from an instant on. Sending the same again changes nothing and answers 200."""
    fact = body.fact(unit, actor_name(actor), given.clock.now_ms())
    wanted = Binding(epc=fact.epc, unit=unit, from_ms=fact.from_ms)
    with given.store.reading() as session:
        known = wanted in session.records.bindings_of_epc(fact.epc)
    recorded = given.recorder.record(fact)
    return answer(RecordedFact(unit=unit, seq=recorded.seq), 200 if known else 201)


@router.post(
    "/api/units/{unit}/placements",
    status_code=201,
    responses=documented(RecordedFact, "Recorded.", 201) | documented(RecordedFact, "It was recorded before."),
)
def place_unit(given: Given, unit: ThingId, body: PlacementBody, actor: ActorHeader = ACTOR_UNNAMED) -> Response:
    """Say where a unit was put, or that it was taken out. Sending the same again changes nothing and answers 200."""
    fact = body.fact(unit, actor_name(actor), given.clock.now_ms())
    wanted = Placement(unit=unit, place=fact.place, at_ms=fact.at_ms, scanned=fact.scanned)
    with given.store.reading() as session:
        known = wanted in session.records.placements_of_unit(unit)
    recorded = given.recorder.record(fact)
    return answer(RecordedFact(unit=unit, seq=recorded.seq), 200 if known else 201)


@router.get("/api/units/{unit}/stays", responses=documented(Stays, "Where it was."))
def stays_of(
    given: Given, unit: ThingId, as_known_ms: AsKnownMs = None, after: After = "", limit: Limit = LIMIT_DEFAULT
) -> Response:
    """List where a unit was, with the evidence."""
    with seen(given, as_known_ms) as at:
        session = at.session
        require_unit(session, unit)
        stays = session.records.stays_of_unit(unit)
    part, following = page_of(stays, lambda stay: str(stay.number), after, limit)
    return at.answer(Stays(items=part, next=following))


@router.get("/api/units/{unit}/exposures", responses=documented(Exposures, "What findings mean for it."))
def exposures_of(
    given: Given, unit: ThingId, as_known_ms: AsKnownMs = None, after: After = "", limit: Limit = LIMIT_DEFAULT
) -> Response:
    """List what each finding means for a unit; while both last, the figures run up to now."""
    with seen(given, as_known_ms) as at:
        session, now_ms = at.session, at.now_ms
        require_unit(session, unit)
        exposures = session.records.exposures_of_unit(unit)
        part, following = page_of(exposures, lambda exposure: exposure.finding, after, limit)
        stays = session.records.stays_of_unit(unit)
        items = [
            exposure_view(session, exposure, session.records.finding(exposure.finding), stays, now_ms)
            for exposure in part
        ]
    return at.answer(Exposures(items=items, next=following), NotRecorded.MARKS)


@router.get("/api/units/{unit}/holds", responses=documented(Holds, "Why it is kept back."))
def holds_of(
    given: Given, unit: ThingId, as_known_ms: AsKnownMs = None, after: After = "", limit: Limit = LIMIT_DEFAULT
) -> Response:
    """List the holds of a unit."""
    with seen(given, as_known_ms) as at:
        session = at.session
        require_unit(session, unit)
        holds = session.records.holds_of_unit(unit)
    part, following = page_of(holds, lambda hold: hold.id, after, limit)
    return at.answer(Holds(items=part, next=following))


@router.get("/api/units/{unit}/trace", responses=documented(Trace, "What its chart shows."))
def trace_of(
    given: Given,
    unit: ThingId,
    from_ms: Millis | None = None,
    to_ms: Millis | None = None,
    points: Annotated[int, Query(ge=1, le=BUCKETS_MAX, description="Buckets of the window.")] = BUCKETS_DEFAULT,
    as_known_ms: AsKnownMs = None,
) -> Response:
    """Give the trace of a unit: probes during its stays, limits, and which time was what (left out: 48 hours)."""
    with seen(given, as_known_ms) as at:
        session, now_ms = at.session, at.now_ms
        found = require_unit(session, unit)
        window = default_window(session.records.stays_of_unit(unit), None, now_ms, HOURS_DEFAULT)
        window = (window[0] if from_ms is None else from_ms, window[1] if to_ms is None else to_ms)
        require_window(*window)
        trace = unit_trace(session, found, window, points, now_ms)
    return at.answer(trace, NotRecorded.MARKS)


def require_unit(session: Session, unit: str) -> Unit:
    """Return a unit. Raises UnknownThingError."""
    found = session.records.unit(unit)
    if found is None:
        raise missing("unit", unit)
    return found


def _under_its_known_id(session: Session, unit: Unit) -> Unit:
    """Return the unit under the id that its identity already has, if it was registered under a given one."""
    known = session.records.unit_by_identity(
        unit.issuer, unit.scheme, unit.donation_number, unit.product_code, unit.division
    )
    return unit if known is None else msgspec.structs.replace(unit, id=known.id)
