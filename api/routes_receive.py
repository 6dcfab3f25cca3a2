"""Receiving bags over HTTP: rows as JSON or CSV, every row answered, refused rows kept and given back."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from pydantic import Field

from api.answers import LIMIT_DEFAULT, Limit, ThingId, answer, documented
from api.as_known import AsKnownMs, KnownAt, seen
from api.bodies import ACTOR_UNNAMED, ActorHeader, Body, Id, Word, actor_name, require_past
from api.bodies import Millis as Instant
from api.context import Given
from api.problems import missing
from api.receive_csv import refused_csv, rows_of
from api.receiving import ROWS_MAX, ReceiveAnswer, Receiving, receive
from coldchain.errors import InvalidValueError
from coldchain.receiving import Reception, ReceptionRefusal

router = APIRouter(tags=["units"])

Text = Annotated[str, Query(min_length=1, max_length=64)]


class Receptions(KnownAt, frozen=True, kw_only=True):
    """The newest receptions."""

    items: list[Reception]


class Refusals(KnownAt, frozen=True, kw_only=True):
    """The newest lots of rows that were not taken."""

    items: list[ReceptionRefusal]


class ReceiveRow(Body):
    """One bag as it was scanned. What the label says need not be given; of a registered unit the label is enough."""

    label: str = Field(description="The scan of the label: ISBT 128 (also several structures in one), or the number.")
    tag: str = Field("", description='The scan of its tag; "" for a bag without one.')
    visual: str = Field("", description="intact, defect (say what in note) or not-checked.")
    note: str = ""
    intent: str = Field("", description="Where the label does not say: allogeneic, autologous or directed.")
    patient: str = Field("", description="The patient's reference of the issuing system, where the unit is for one.")
    temperature: str = Field("", description='On opening, in degrees Celsius, e.g. "4.5"; "" if nobody measured.')
    issuer: str = Field("", description="Of a new unit; for ISBT 128 the first five characters of its number.")
    scheme: str = Field("", description="Of a new unit: isbt128, local, or a code scheme of the settings.")
    product_code: str = ""
    division: str = ""
    component: str = ""
    blood_group: str = ""
    expires_ms: str = Field(
        "",
        description="Of a new unit, as on its label: UTC milliseconds since 1970, or a time or day of the site "
        '("2026-04-01T12:00", "2026-04-01": until 23:59).',
    )


class ReceiveBody(Body):
    """Bags that are received into a place."""

    place: Id
    at_ms: Instant = Field(description="When, UTC milliseconds since 1970.")
    name: Word = Field(description="Who received them.")
    post: Word = Field(description="In which post.")
    rows: list[ReceiveRow] = Field(min_length=1, max_length=ROWS_MAX)


@router.post("/api/receive", responses=documented(ReceiveAnswer, "What became of each row."))
def receive_rows(given: Given, body: ReceiveBody, actor: ActorHeader = ACTOR_UNNAMED) -> Response:
    """Register, tag and place bags, row by row. A refused row says why, is kept, and keeps no other row back."""
    who = _who(given, body.place, body.at_ms, body.name, body.post, actor_name(actor))
    return answer(receive(given, who, [row.model_dump() for row in body.rows]))


@router.post("/api/receive/csv", responses=documented(ReceiveAnswer, "What became of each row."))
async def receive_csv(
    request: Request, given: Given, place: Text, name: Text, post: Text, at_ms: int, actor: ActorHeader = ACTOR_UNNAMED
) -> Response:
    """Take the same as CSV (UTF-8) with a line of column names; comma, semicolon or tab."""
    if not request.headers.get("content-type", "").startswith(
        "text/csv"
    ):  # what a foreign page may send is no text/csv
        msg = "send the CSV with Content-Type: text/csv"
        raise InvalidValueError(msg)
    try:
        rows = rows_of((await request.body()).decode())
    except UnicodeDecodeError as error:
        msg = "the CSV is not UTF-8: save it as CSV UTF-8"
        raise InvalidValueError(msg) from error
    who = _who(given, place, at_ms, name, post, actor_name(actor))
    return answer(await run_in_threadpool(receive, given, who, rows))


@router.get("/api/receive/refusals", responses=documented(Refusals, "Rows that were not taken."))
def list_refusals(given: Given, limit: Limit = LIMIT_DEFAULT, as_known_ms: AsKnownMs = None) -> Response:
    """List the newest lots of rows that were not taken."""
    with seen(given, as_known_ms) as at:
        return answer(Refusals(items=list(at.session.records.reception_refusals(limit)), **at.told()))


@router.get(
    "/api/receive/refusals/{refusal}/csv", responses={200: {"description": "The rows.", "content": {"text/csv": {}}}}
)
def download_refusal(given: Given, refusal: ThingId, as_known_ms: AsKnownMs = None) -> Response:
    """Give rows that were not taken as CSV, with the reasons; corrected, it may be sent again."""
    with seen(given, as_known_ms) as at:
        found = at.session.records.reception_refusal(refusal)
    if found is None:
        raise missing("lot of refused rows", refusal)
    headers = {"Content-Disposition": f'attachment; filename="refused-{found.id}.csv"'}
    return Response(refused_csv(found.rows), media_type="text/csv; charset=utf-8", headers=headers)


@router.get("/api/receptions", responses=documented(Receptions, "What was received last."))
def list_receptions(given: Given, limit: Limit = LIMIT_DEFAULT, as_known_ms: AsKnownMs = None) -> Response:
    """List what was received last, with what was looked at."""
    with seen(given, as_known_ms) as at:
        return answer(Receptions(items=list(at.session.records.receptions(limit)), **at.told()))


def _who(given: Given, place: str, at_ms: int, name: str, post: str, actor: str) -> Receiving:
    require_past("at_ms", at_ms, given.clock.now_ms())
    return Receiving(place=place, at_ms=at_ms, name=name, post=post, actor=actor)
