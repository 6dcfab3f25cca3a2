"""Places and probes: what watches where, what it says now, what it measured, and what is inside."""

from typing import Annotated, Final

import msgspec
from fastapi import APIRouter, Query, Response

from api.answers import (
    DAY_MS,
    LIMIT_DEFAULT,
    After,
    Limit,
    Millis,
    ThingId,
    documented,
    page_of,
    require_window,
)
from api.as_known import AsKnownMs, NotRecorded, seen
from api.context import Given
from api.decimate import decimate
from api.inside import InsideKind, InsideUnit, units_inside
from api.problems import missing
from api.routes_calibrations import applied_to_probe
from api.watching import ProbeNow, probe_now, watched_probes
from coldchain.calibrated import calibrated
from coldchain.calibration import Applied
from coldchain.facts import Quality
from coldchain.places import Place, Probe
from coldchain.ports import Session
from coldchain.units import FindingStatus

RAW_WINDOW_MS_MAX: Final = DAY_MS
POINTS_MAX: Final = 1_000

router = APIRouter(tags=["places"])


class PlaceView(msgspec.Struct, frozen=True, kw_only=True):
    """A place, its probes now, how many units are inside, and its open findings."""

    place: Place
    probes: list[ProbeNow]
    units_certain: int
    units_possible: int
    findings_open: list[str]
    as_of_ms: int


class Places(msgspec.Struct, frozen=True, kw_only=True):
    """A page of places, by id. `next` None: there are no more."""

    items: list[PlaceView]
    next: str | None


class Probes(msgspec.Struct, frozen=True, kw_only=True):
    """A page of probes, by id. `next` None: there are no more."""

    items: list[Probe]
    next: str | None


class Readings(msgspec.Struct, frozen=True, kw_only=True):
    """Readings of a probe by time, in columns of one length; a faulty reading has micro_celsius None.

    `decimated`: the lowest and highest reading of each bucket. `next_from_ms`: where to go on; None: that was all.
    `calibration`: which offsets are in the values, from when on; empty: they are raw.
    """

    probe: str
    from_ms: int
    to_ms: int
    decimated: bool
    next_from_ms: int | None
    taken_ms: list[int]
    micro_celsius: list[int | None]
    quality: list[Quality]
    calibration: list[Applied] = []


class Inside(msgspec.Struct, frozen=True, kw_only=True):
    """The units certainly and possibly inside a place at an instant, a page by unit id."""

    place: str
    at_ms: int
    certain: int
    possible: int
    items: list[InsideUnit]
    next: str | None


@router.get("/api/places", responses=documented(Places, "A page of places."))
def list_places(
    given: Given, after: After = "", limit: Limit = LIMIT_DEFAULT, as_known_ms: AsKnownMs = None
) -> Response:
    """List places with what their probes say now."""
    with seen(given, as_known_ms) as at:
        part, following = page_of(at.session.records.places(), lambda place: place.id, after, limit)
        items = [place_view(at.session, place, at.now_ms) for place in part]
        return at.answer(Places(items=items, next=following), NotRecorded.MARKS)


@router.get("/api/places/{place}", responses=documented(PlaceView, "One place."))
def one_place(given: Given, place: ThingId, as_known_ms: AsKnownMs = None) -> Response:
    """Show a place with what its probes say now, or said as far as was known at as_known_ms."""
    with seen(given, as_known_ms) as at:
        return at.answer(place_view(at.session, require_place(at.session, place), at.now_ms), NotRecorded.MARKS)


@router.get("/api/places/{place}/inside", responses=documented(Inside, "Who is inside."))
def inside_place(
    given: Given,
    place: ThingId,
    at_ms: Millis | None = None,
    as_known_ms: AsKnownMs = None,
    after: After = "",
    limit: Limit = LIMIT_DEFAULT,
) -> Response:
    """List the units certainly and possibly inside a place at an instant (left out: now)."""
    with seen(given, as_known_ms) as at:
        session = at.session
        at_ms = at.now_ms if at_ms is None else at_ms
        require_place(session, place)
        inside = units_inside(session, place, at_ms)
        part, following = page_of(inside, lambda one: one.unit, after, limit)
    certain = sum(one.how is InsideKind.CERTAIN for one in inside)
    counts = {"certain": certain, "possible": len(inside) - certain}
    return at.answer(Inside(place=place, at_ms=at_ms, items=part, next=following, **counts))


@router.get("/api/probes", responses=documented(Probes, "A page of probes."))
def list_probes(
    given: Given, after: After = "", limit: Limit = LIMIT_DEFAULT, as_known_ms: AsKnownMs = None
) -> Response:
    """List probes: their place, gateway and role."""
    with seen(given, as_known_ms) as at:
        part, following = page_of(at.session.records.probes(), lambda probe: probe.id, after, limit)
    return at.answer(Probes(items=part, next=following))


@router.get("/api/probes/{probe}/readings", responses=documented(Readings, "Readings in columns."))
def readings(
    given: Given,
    probe: ThingId,
    from_ms: Millis,
    to_ms: Millis,
    points: Annotated[
        int | None,
        Query(
            ge=1,
            le=POINTS_MAX,
            description="Cut the window into so many buckets and give the lowest and the highest reading of each: "
            "extremes are never lost. With it the window may be 40 days long, without it one day.",
        ),
    ] = None,
    limit: Limit = 1_000,
    corrected: Annotated[  # noqa: FBT002 - FastAPI calls it by name
        bool, Query(description="Add the offsets of the instrument's calibrations; the answer says which.")
    ] = False,
    as_known_ms: AsKnownMs = None,
) -> Response:
    """Give the effective readings with from_ms <= taken_ms < to_ms."""
    if points is None:
        require_window(from_ms, to_ms, RAW_WINDOW_MS_MAX)
    else:
        require_window(from_ms, to_ms)
    with seen(given, as_known_ms) as at:
        session = at.session
        found = next((one for one in session.records.probes() if one.id == probe), None)
        if found is None:
            raise missing("probe", probe)
        applied = applied_to_probe(session, found) if corrected else ()
        history = calibrated(session.readings.history(probe, from_ms, to_ms), applied)
    part = history.part(0, limit) if points is None else decimate(history, from_ms, to_ms, points)
    more = points is None and len(history) > limit
    following = int(history.taken_ms[limit]) if more else None
    good = part.quality == Quality.GOOD
    values = zip(part.micro_celsius.tolist(), good.tolist(), strict=True)
    return at.answer(
        Readings(
            probe=probe,
            from_ms=from_ms,
            to_ms=to_ms,
            decimated=len(part) < len(history) and not more,
            next_from_ms=following,
            taken_ms=part.taken_ms.tolist(),
            micro_celsius=[micro if known else None for micro, known in values],
            quality=[Quality(quality) for quality in part.quality.tolist()],
            calibration=list(applied),
        )
    )


def require_place(session: Session, place: str) -> Place:
    """Return a place. Raises UnknownThingError."""
    found = session.records.place(place)
    if found is None:
        raise missing("place", place)
    return found


def place_view(session: Session, place: Place, now_ms: int) -> PlaceView:
    """Return a place as it is now."""
    inside = units_inside(session, place.id, now_ms)
    certain = sum(one.how is InsideKind.CERTAIN for one in inside)
    open_findings = session.records.findings(place=place.id, status=FindingStatus.OPEN)
    return PlaceView(
        place=place,
        probes=[probe_now(session, watched, now_ms) for watched in watched_probes(session, place, now_ms)],
        units_certain=certain,
        units_possible=len(inside) - certain,
        findings_open=[finding.id for finding in open_findings],
        as_of_ms=now_ms,
    )
