"""What was handed out of the record: each export is an entry with the SHA-256 of its bytes."""

from collections.abc import Sequence
from typing import Annotated

import msgspec
from fastapi import APIRouter, Query, Response
from pydantic import Field

from api.answers import LIMIT_DEFAULT, Limit, answer, documented
from api.as_known import AsKnownMs, KnownAt, seen
from api.bodies import ACTOR_UNNAMED, ActorHeader, Body, Id, Millis, actor_name
from api.context import Given
from coldchain.exports import SHA256_PATTERN, WHAT_CHARACTERS_MAX, ExportRecord, RecordExport

router = APIRouter(tags=["record"])

Sha256 = Annotated[str, Field(pattern=f"^{SHA256_PATTERN}$", description="64 hex digits.")]


class Exports(KnownAt, frozen=True, kw_only=True):
    """The newest exports, or those of the bytes that were asked for."""

    items: Sequence[ExportRecord]


class RecordedExport(msgspec.Struct, frozen=True, kw_only=True):
    """The export is committed under this ledger sequence, or was under an earlier one."""

    export: str
    seq: int


class ExportBody(Body):
    """What was handed out."""

    id: Id
    what: Annotated[str, Field(min_length=1, max_length=WHAT_CHARACTERS_MAX)]
    from_ms: Millis
    to_ms: Millis
    as_known_seq: Annotated[int, Field(ge=0, description="The newest ledger entry that it was made from.")]
    sha256: Sha256
    at_ms: Millis


@router.get("/api/exports", responses=documented(Exports, "What was handed out."))
def list_exports(
    given: Given,
    sha256: Annotated[str | None, Query(pattern=f"^{SHA256_PATTERN}$")] = None,
    limit: Limit = LIMIT_DEFAULT,
    as_known_ms: AsKnownMs = None,
) -> Response:
    """List exports, the newest first; by SHA-256 it tells whether these bytes came from here."""
    with seen(given, as_known_ms) as at:
        return answer(Exports(items=at.session.records.exports(sha256, limit), **at.told()))


@router.post("/api/exports", status_code=201, responses=documented(RecordedExport, "Recorded.", 201))
def record_export(given: Given, body: ExportBody, actor: ActorHeader = ACTOR_UNNAMED) -> Response:
    """Record that something was handed out. Sending the same again changes nothing."""
    fact = RecordExport(**body.model_dump(), actor=actor_name(actor))
    recorded = given.recorder.record(fact)
    return answer(RecordedExport(export=fact.id, seq=recorded.seq), 201)
