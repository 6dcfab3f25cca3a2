"""Profiles over HTTP: what is loaded, differences, proposal and approval, what a place has to keep, and the preview."""

from typing import Annotated

import msgspec
from fastapi import APIRouter, Path, Query, Response
from pydantic import Field

from api.answers import ThingId, answer, documented
from api.as_known import AsKnownMs, seen
from api.bodies import ACTOR_UNNAMED, ActorHeader, Body, Id, Word, actor_name
from api.bodies import Millis as Instant
from api.context import Given
from api.problems import missing
from api.profiles import (
    Preview,
    ProfileDetail,
    ProfileView,
    changes_of,
    places_like,
    preview,
    profile_detail,
    profile_views,
    record_of,
)
from coldchain.ports import Recorded
from coldchain.profiles import ApproveProfile, KeepProfile, Kept, PlaceProfile, ProposeProfile, kept_in

router = APIRouter(tags=["places"])

Version = Annotated[int, Path(ge=1, le=1_000_000)]
Name = Annotated[str, Path(min_length=1, max_length=64, description="The id of a profile.")]
Reason = Annotated[str, Field(min_length=1, max_length=200)]


class Profiles(msgspec.Struct, frozen=True, kw_only=True):
    """All profile versions, by id and version."""

    items: list[ProfileView]
    as_of_ms: int


class PlaceKeeps(msgspec.Struct, frozen=True, kw_only=True):
    """What a place has to keep since when, the first from 0 on, and the words that changed it, the newest first."""

    kept: list[Kept]
    changes: list[PlaceProfile]


class ProposalBody(Body):
    """A profile version to be approved: its file, or (toml left out) one that is known here."""

    profile: Word
    version: int = Field(ge=1, le=1_000_000)
    toml: str = Field("", max_length=16_000)
    name: Word
    post: Word
    reason: Reason


class ApprovalBody(Body):
    """Another person's word on a proposed version. `sha256`: of the file that was looked at."""

    profile: Word
    version: int = Field(ge=1, le=1_000_000)
    sha256: str = Field(min_length=64, max_length=64)
    approved: bool
    name: Word
    post: Word
    reason: Reason


class KeepBody(Body):
    """From from_ms on (left out: from now on) the place has to keep an approved version; two persons sign."""

    profile: Word
    version: int = Field(ge=1, le=1_000_000)
    from_ms: Instant | None = None
    name: Word
    post: Word
    second_name: Word
    second_post: Word
    reason: Reason


class PreviewBody(Body):
    """A period and places; no places: all that keep some version of this profile now."""

    from_ms: Instant
    to_ms: Instant
    places: list[Id] = Field([], max_length=200)


@router.get("/api/profiles", responses=documented(Profiles, "All profile versions."))
def profiles(given: Given, as_known_ms: AsKnownMs = None) -> Response:
    """List all profile versions: how far each has come, and which places have to keep it now."""
    with seen(given, as_known_ms) as at:
        return at.answer(Profiles(items=profile_views(at.session, at.now_ms), as_of_ms=at.now_ms))


@router.get("/api/profiles/{profile}/{version}", responses=documented(ProfileDetail, "The version."))
def profile_version(
    given: Given,
    profile: Name,
    version: Version,
    against_profile: Annotated[str, Query(max_length=64)] = "",
    against_version: Annotated[int, Query(ge=1, le=1_000_000)] = 1,
    as_known_ms: AsKnownMs = None,
) -> Response:
    """Show one version with sources and marks, and what differs from the version before it or another one."""
    against = (against_profile, against_version) if against_profile else None
    with seen(given, as_known_ms) as at:
        return at.answer(profile_detail(at.session, profile, version, against, at.now_ms))


@router.post("/api/profile-proposals", status_code=201, responses=documented(Recorded, "Recorded.", 201))
def propose(given: Given, body: ProposalBody, actor: ActorHeader = ACTOR_UNNAMED) -> Response:
    """Propose a profile version for use. A version once loaded is never changed."""
    return answer(given.recorder.record(ProposeProfile(actor=actor_name(actor), **body.model_dump())), 201)


@router.post("/api/profile-approvals", status_code=201, responses=documented(Recorded, "Recorded.", 201))
def approve(given: Given, body: ApprovalBody, actor: ActorHeader = ACTOR_UNNAMED) -> Response:
    """Approve or refuse a proposed version, as another person than the one who proposed it."""
    return answer(given.recorder.record(ApproveProfile(actor=actor_name(actor), **body.model_dump())), 201)


@router.get("/api/places/{place}/profile", responses=documented(PlaceKeeps, "What it has to keep since when."))
def place_keeps(given: Given, place: ThingId, as_known_ms: AsKnownMs = None) -> Response:
    """Show what a place has to keep since when, and who changed it why."""
    with seen(given, as_known_ms) as at:
        known = at.session.records.place(place)
        if known is None:
            raise missing("place", place)
        kept = kept_in(known, at.session.records.place_profiles(place))
        return at.answer(PlaceKeeps(kept=list(kept), changes=changes_of(at.session, [known])))


@router.post("/api/places/{place}/profile", status_code=201, responses=documented(Recorded, "Recorded.", 201))
def keep(given: Given, place: ThingId, body: KeepBody, actor: ActorHeader = ACTOR_UNNAMED) -> Response:
    """Let a place keep an approved version from an instant on. What was judged before stays as it was judged."""
    fact = KeepProfile(place=place, actor=actor_name(actor), **body.model_dump())
    return answer(given.recorder.record(fact), 201)


@router.post("/api/profiles/{profile}/{version}/preview", responses=documented(Preview, "What would change."))
def preview_of(given: Given, profile: Name, version: Version, body: PreviewBody) -> Response:
    """Fold the past of places under a version that is known here; nothing is recorded."""
    now_ms = given.clock.now_ms()
    with given.store.reading() as session:
        proposed = record_of(session, profile, version)
        places = [session.records.place(name) for name in body.places]
        if None in places:
            raise missing("place", body.places[places.index(None)])
        chosen = [one for one in places if one is not None] or places_like(session, profile, now_ms)
        return answer(preview(session, proposed, chosen, (body.from_ms, min(body.to_ms, now_ms)), now_ms))
