"""Findings and holds over all places."""

from typing import Annotated

import msgspec
from fastapi import APIRouter, Query, Response

from api.answers import LIMIT_DEFAULT, LIMIT_MAX, After, Limit, ThingId, documented, page_of
from api.as_known import AsKnownMs, NotRecorded, seen
from api.context import Given
from api.problems import missing
from api.routes_units import Holds
from api.running import ExposureView, FindingView, exposure_view, finding_view
from coldchain.errors import InvalidValueError
from coldchain.identifiers import ID_PATTERN
from coldchain.units import FindingStatus

router = APIRouter(tags=["findings"])

PlaceFilter = Annotated[str | None, Query(pattern=f"^{ID_PATTERN}$", description="Only of this place.")]
StatusFilter = Annotated[FindingStatus | None, Query(description="Only with this status.")]


class Findings(msgspec.Struct, frozen=True, kw_only=True):
    """A page of findings, the newest start first. `next` None: there are no more."""

    items: list[FindingView]
    next: str | None


class FindingDetails(msgspec.Struct, frozen=True, kw_only=True):
    """A finding and what it means for every unit that was, or may have been, in its place."""

    finding: FindingView
    units: int
    exposures: list[ExposureView]
    next: str | None


@router.get("/api/findings", responses=documented(Findings, "A page of findings."))
def list_findings(
    given: Given,
    place: PlaceFilter = None,
    status: StatusFilter = None,
    after: After = "",
    limit: Limit = LIMIT_DEFAULT,
    as_known_ms: AsKnownMs = None,
) -> Response:
    """List findings, the newest start first."""
    with seen(given, as_known_ms) as at:
        found = at.session.records.findings(place=place, status=status)
        part, following = page_of(found[::-1], lambda finding: finding.id, after, limit)
        items = [finding_view(at.session, finding, at.now_ms) for finding in part]
    return at.answer(Findings(items=items, next=following), NotRecorded.MARKS)


@router.get("/api/findings/{finding}", responses=documented(FindingDetails, "One finding with its exposures."))
def one_finding(
    given: Given, finding: ThingId, after: After = "", limit: Limit = LIMIT_MAX, as_known_ms: AsKnownMs = None
) -> Response:
    """Show a finding and a page of the units that it touches, by unit id."""
    with seen(given, as_known_ms) as at:
        found = at.session.records.finding(finding)
        if found is None:
            raise missing("finding", finding)
        exposures = at.session.records.exposures_of_finding(finding)
        part, following = page_of(exposures, lambda exposure: exposure.unit, after, limit)
        views = [
            exposure_view(at.session, exposure, found, at.session.records.stays_of_unit(exposure.unit), at.now_ms)
            for exposure in part
        ]
        shown = finding_view(at.session, found, at.now_ms)
    return at.answer(
        FindingDetails(finding=shown, units=len(exposures), exposures=views, next=following), NotRecorded.MARKS
    )


@router.get("/api/holds", responses=documented(Holds, "A page of holds."))
def list_holds(
    given: Given, after: After = "", limit: Limit = LIMIT_DEFAULT, as_known_ms: AsKnownMs = None
) -> Response:
    """List all holds by when they were placed."""
    with seen(given, as_known_ms) as at:
        last = at.session.records.hold(after) if after else None
        if after and last is None:
            msg = f"after={after!r} names no hold: take the `next` of a page"
            raise InvalidValueError(msg)
        found = at.session.records.holds_page((last.placed_ms, last.id) if last else (-1, ""), limit + 1)
    part = list(found[:limit])
    return at.answer(Holds(items=part, next=part[-1].id if len(found) > limit else None))
