"""Packing lists of couriers' boxes: what was put into which box, and what has become of it since."""

from typing import Annotated

import msgspec
from fastapi import APIRouter, Query, Response

from api.answers import LIMIT_DEFAULT, After, Limit, ThingId, answer, documented, page_of
from api.as_known import AsKnownMs, KnownAt, seen
from api.bodies import ACTOR_UNNAMED, ActorHeader, ExpectedBody, ManifestBody, actor_name
from api.context import Given
from api.problems import missing
from api.whereabouts import UnitWhere, where_is
from coldchain.arrival import Arrival, arrival_of
from coldchain.entries import Manifest
from coldchain.identifiers import ID_PATTERN

router = APIRouter(tags=["boxes"])

BoxFilter = Annotated[str | None, Query(pattern=f"^{ID_PATTERN}$", description="Only of this box.")]


class Manifests(KnownAt, frozen=True, kw_only=True):
    """A page of packing lists, the newest first. `next` None: there are no more."""

    items: list[Manifest]
    next: str | None


class ManifestView(KnownAt, frozen=True, kw_only=True):
    """A packing list, when it is expected to arrive (null: unknown), and where each of its units is now."""

    manifest: Manifest
    arrival: Arrival | None
    units: list[UnitWhere]
    as_of_ms: int


@router.post(
    "/api/manifests",
    status_code=201,
    responses=documented(Manifest, "Recorded.", 201) | documented(Manifest, "It was recorded with the same content."),
)
def pack_box(given: Given, body: ManifestBody, actor: ActorHeader = ACTOR_UNNAMED) -> Response:
    """Record what was packed into a box; every unit of the list is then in the box from `packed_ms` on.

    Sending the same list again changes nothing and answers 200; another list under the same id is refused with 409.
    """
    fact = body.fact(actor_name(actor), given.clock.now_ms())
    wanted = Manifest(
        id=fact.manifest,
        box=fact.box,
        units=fact.units,
        packed_ms=fact.at_ms,
        destination=fact.destination,
        courier=fact.courier,
        expected_ms=fact.expected_ms,
    )
    with given.store.reading() as session:
        known = session.records.manifest(fact.manifest)
    given.recorder.record(fact)
    same = known is not None and msgspec.structs.replace(known, moved=()) == wanted
    return answer(known if same else wanted, 200 if same else 201)


@router.post(
    "/api/manifests/{manifest}/expected",
    status_code=201,
    responses=documented(Manifest, "Recorded.", 201) | documented(Manifest, "It was recorded already."),
)
def expect_anew(given: Given, manifest: ThingId, body: ExpectedBody, actor: ActorHeader = ACTOR_UNNAMED) -> Response:
    """Say when a box on its way is expected instead, and why. Every earlier time stays on the list.

    What was said at the latest `at_ms` is in force, in whatever order it arrives. Sending the same word again changes
    nothing and answers 200; another one of the same `at_ms`, and one after the receiver signed, is refused with 409.
    """
    fact = body.fact(manifest, actor_name(actor), given.clock.now_ms())
    with given.store.reading() as session:
        before = session.records.manifest(manifest)
    given.recorder.record(fact)
    with given.store.reading() as session:
        after = session.records.manifest(manifest)
    return answer(after, 200 if after == before else 201)


@router.get("/api/manifests", responses=documented(Manifests, "A page of packing lists."))
def list_manifests(
    given: Given,
    box: BoxFilter = None,
    after: After = "",
    limit: Limit = LIMIT_DEFAULT,
    as_known_ms: AsKnownMs = None,
) -> Response:
    """List packing lists, those packed last first."""
    with seen(given, as_known_ms) as at:
        part, following = page_of(at.session.records.manifests(box)[::-1], lambda one: one.id, after, limit)
    return answer(Manifests(items=part, next=following, **at.told()))


@router.get("/api/manifests/{manifest}", responses=documented(ManifestView, "One packing list."))
def one_manifest(given: Given, manifest: ThingId, as_known_ms: AsKnownMs = None) -> Response:
    """Show a packing list, where each of its units is now, and whether it is on hold."""
    with seen(given, as_known_ms) as at:
        found = at.session.records.manifest(manifest)
        if found is None:
            raise missing("packing list", manifest)
        arrival = arrival_of(at.session, found)
        units = [where_is(at.session, unit, at.now_ms) for unit in found.units]
    return answer(ManifestView(manifest=found, arrival=arrival, units=units, as_of_ms=at.now_ms, **at.told()))
