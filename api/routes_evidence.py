"""The evidence pack of a unit over HTTP: JSON and PDF, each recorded as it is handed out."""

from typing import Annotated

from fastapi import APIRouter, Query, Response

from api.answers import ThingId, documented
from api.as_known import AsKnownMs
from api.bodies import ACTOR_UNNAMED, ActorHeader, actor_name
from api.context import Given
from api.evidence_pack import IssuedPack, hand_out_pack, pack_bytes
from api.evidence_pdf import pack_pdf
from api.wording import Language

router = APIRouter(tags=["history"])

Lang = Annotated[Language, Query(alias="lang", description="The language of the PDF.")]


@router.get("/api/units/{unit}/evidence-pack.pdf", responses={200: {"content": {"application/pdf": {}}}})
def evidence_pdf(
    given: Given,
    unit: ThingId,
    lang: Lang = Language.ZH,
    actor: ActorHeader = ACTOR_UNNAMED,
    as_known_ms: AsKnownMs = None,
) -> Response:
    """Hand out the evidence pack of a unit as PDF with its data attached, and record that."""
    issued = hand_out_pack(given, unit, actor_name(actor), as_known_ms)
    return _file(issued, pack_pdf(issued, lang), "application/pdf", "pdf")


@router.get("/api/units/{unit}/evidence-pack", responses=documented(IssuedPack, "The pack, as it was handed out."))
@router.get("/api/units/{unit}/evidence-pack.json", include_in_schema=False)
def evidence(
    given: Given, unit: ThingId, actor: ActorHeader = ACTOR_UNNAMED, as_known_ms: AsKnownMs = None
) -> Response:
    """Hand out the evidence pack of a unit as canonical JSON, and record that."""
    issued = hand_out_pack(given, unit, actor_name(actor), as_known_ms)
    return _file(issued, pack_bytes(issued), "application/json", "json")


def _file(issued: IssuedPack, body: bytes, media_type: str, ending: str) -> Response:
    headers = {
        "Content-Disposition": f'attachment; filename="evidence-{issued.pack.unit.id}-{issued.code}.{ending}"',
        "X-Verification-Code": issued.code,
    }
    return Response(body, 200, headers, media_type)
