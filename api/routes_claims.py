"""Claims: by a token that works once a device becomes a gateway, with a key that never leaves it."""

import hashlib
import secrets
from collections.abc import Sequence
from typing import Annotated, Final

import msgspec
from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict, Field

from api.answers import LIMIT_DEFAULT, Limit, answer, documented
from api.bodies import ACTOR_UNNAMED, ActorHeader, actor_name
from api.context import Context, Given
from api.problems import problem_response
from api.provisioning import TOO_MANY, Issuer, Provisioned
from coldchain.errors import ConflictError, InvalidValueError, UnknownThingError
from coldchain.identifiers import ID_PATTERN
from coldchain.signed import KEY_PATTERN
from coldchain.trust import ClaimRecord, NoteSecurity, OpenClaim, SecurityEvent, SecurityKind, UseClaim

CLAIM_HOURS_MAX: Final = 7 * 24
TOKEN_BYTES: Final = 24

router = APIRouter(tags=["operation"])


class NewClaim(msgspec.Struct, frozen=True, kw_only=True):
    """A claim and its token. The token is said here once and kept nowhere."""

    claim: ClaimRecord
    token: str


class ClaimView(msgspec.Struct, frozen=True, kw_only=True):
    """A claim without anything secret."""

    id: str
    gateway: str
    serial: str
    expires_ms: int
    used_ms: int | None


class ClaimViews(msgspec.Struct, frozen=True, kw_only=True):
    """The claims that expire last."""

    items: Sequence[ClaimView]


class ClaimBody(BaseModel):
    """Who may become which gateway."""

    model_config = ConfigDict(extra="forbid", strict=True)
    gateway: Annotated[str, Field(pattern=f"^{ID_PATTERN}$")]
    serial: Annotated[str, Field(max_length=64)] = ""
    hours: Annotated[int, Field(ge=1, le=CLAIM_HOURS_MAX)] = 24


class UseClaimBody(BaseModel):
    """What a device brings: its token, its request for a certificate, its public signing key."""

    model_config = ConfigDict(extra="forbid", strict=True)
    token: Annotated[str, Field(min_length=1, max_length=100)]
    csr: Annotated[str, Field(max_length=8_192)]
    key: Annotated[str, Field(pattern=f"^{KEY_PATTERN}$")]
    serial: Annotated[str, Field(max_length=64)] = ""


@router.post("/api/claims", status_code=201, responses=documented(NewClaim, "The token is said once.", 201))
def open_claim(given: Given, body: ClaimBody, actor: ActorHeader = ACTOR_UNNAMED) -> Response:
    """Let one device become a gateway: returns a token that works once, until it expires."""
    _issuer(given)
    token = secrets.token_hex(TOKEN_BYTES)  # no sign in it that a command line could take for an option
    claim = ClaimRecord(
        id=f"claim-{secrets.token_hex(6)}",
        gateway=body.gateway,
        token_sha256=_hash(token),
        serial=body.serial,
        expires_ms=given.clock.now_ms() + body.hours * 3_600_000,
    )
    given.recorder.record(OpenClaim(claim=claim, actor=actor_name(actor)))
    return answer(NewClaim(claim=claim, token=token), 201)


@router.get("/api/claims", responses=documented(ClaimViews, "Claims, used and unused."))
def list_claims(given: Given, limit: Limit = LIMIT_DEFAULT) -> Response:
    """List claims without their tokens."""
    with given.store.reading() as session:
        claims = session.records.claims(limit)
    names = ClaimView.__struct_fields__
    return answer(ClaimViews(items=[ClaimView(**{name: getattr(one, name) for name in names}) for one in claims]))


@router.post("/provisioning/claims", responses=documented(Provisioned, "The device is a gateway now."))
def use_claim(given: Given, body: UseClaimBody) -> Response:
    """Take a device's token, request and key, and return what it needs to be a gateway. A token works once."""
    now_ms = given.clock.now_ms()
    if not given.attempts.may_try(now_ms):
        return problem_response(TOO_MANY)
    issuer, token = _issuer(given), _hash(body.token)
    with given.store.reading() as session:
        claim = session.records.claim_of_token(token)
    try:
        if claim is not None:
            issuer.check(claim.gateway, body.csr)
        given.recorder.record(
            UseClaim(token_sha256=token, serial=body.serial, key=body.key, at_ms=now_ms, actor="provisioning")
        )
    except (ConflictError, UnknownThingError, InvalidValueError) as error:
        given.attempts.refused(now_ms)
        event = _refused_claim(token, body.serial, "" if claim is None else claim.gateway, now_ms, str(error))
        given.recorder.record(NoteSecurity(event=event, actor="provisioning"))
        raise
    if claim is None:  # it was opened between the two looks
        raise ConflictError("this token was made just now: try again with a new one")
    return answer(issuer.issue(claim.gateway, body.csr))


def _refused_claim(token: str, serial: str, gateway: str, at_ms: int, why: str) -> SecurityEvent:
    """Return the event: the token's hash shows later whose it was, and gives it to nobody."""
    return SecurityEvent(
        id=f"s-{secrets.token_hex(8)}",
        kind=SecurityKind.CLAIM_REFUSED,
        gateway=gateway,
        at_ms=at_ms,
        detail=why[:500],
        evidence=(f"token {token}", f"serial {serial}"),
    )


def _issuer(given: Context) -> Issuer:
    if given.issuer is None:
        raise ConflictError("this server has no CA: name its folder as [pki] folder in server.toml")
    return given.issuer


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
