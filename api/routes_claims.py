"""Claims: by a token that works once a device becomes a gateway, with a key that never leaves it."""

import hashlib
import secrets
from collections.abc import Sequence
from typing import Annotated, Final

import msgspec
from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from api.answers import LIMIT_DEFAULT, Limit, ThingId, answer, documented
from api.as_known import AsKnownMs, KnownAt, seen
from api.bodies import ACTOR_UNNAMED, ActorHeader, actor_name
from api.context import Context, Given
from api.problems import problem_response
from api.provisioning import TOO_MANY, Issuer, Provisioned, RefusedClaim
from api.refused_secrets import tell_refused
from coldchain.errors import ConflictError, InvalidValueError, UnknownThingError
from coldchain.identifiers import ID_PATTERN
from coldchain.signed import KEY_PATTERN
from coldchain.trust import (
    ClaimRecord,
    EndKey,
    GatewayKey,
    OpenClaim,
    SecurityKind,
    UseClaim,
)

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


class ClaimViews(KnownAt, frozen=True, kw_only=True):
    """The claims that expire last."""

    items: Sequence[ClaimView]


class ClaimBody(BaseModel):
    """Who may become which gateway."""

    model_config = ConfigDict(extra="forbid", strict=True)
    gateway: Annotated[str, Field(pattern=f"^{ID_PATTERN}$")]
    serial: Annotated[str, Field(max_length=64)] = ""
    hours: Annotated[int, Field(ge=1, le=CLAIM_HOURS_MAX)] = 24


class GatewayKeys(KnownAt, frozen=True, kw_only=True):
    """Public signing keys of a gateway, in the order in which they came."""

    items: Sequence[GatewayKey]


class EndKeyBody(BaseModel):
    """Which key is ended, why, and who signs for it."""

    model_config = ConfigDict(extra="forbid", strict=True)
    key: Annotated[str, Field(pattern=f"^{KEY_PATTERN}$")]
    reason: Annotated[str, Field(min_length=1, max_length=400)]
    name: Annotated[str, Field(min_length=1, max_length=100)]
    post: Annotated[str, Field(min_length=1, max_length=100)]


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
def list_claims(given: Given, limit: Limit = LIMIT_DEFAULT, as_known_ms: AsKnownMs = None) -> Response:
    """List claims without their tokens."""
    with seen(given, as_known_ms) as at:
        claims = at.session.records.claims(limit)
    names = ClaimView.__struct_fields__
    items = [ClaimView(**{name: getattr(one, name) for name in names}) for one in claims]
    return answer(ClaimViews(items=items, **at.told()))


@router.post("/provisioning/claims", responses=documented(Provisioned, "The device is a gateway now."))
def use_claim(given: Given, body: UseClaimBody, request: Request) -> Response:
    """Take a device's token, request and key, and return what it needs to be a gateway. A token works once.

    Sent again with the same key and request until it expires, it answers again. A token that waits is looked at also
    where others of its address were refused: who guesses must not lock out the device that was given one.
    """
    now_ms, source = given.clock.now_ms(), request.client.host if request.client else ""
    issuer, token = _issuer(given), _hash(body.token)
    with given.store.reading() as session:
        claim = session.records.claim_of_token(token)
    waits = claim is not None and claim.used_ms is None and now_ms < claim.expires_ms
    if not waits and not given.attempts.may_try(source, now_ms):
        return problem_response(TOO_MANY)
    tell_refused(given.recorder, given.attempts, SecurityKind.CLAIM_REFUSED, now_ms)
    try:
        if claim is not None:
            issuer.check(claim.gateway, body.csr)
        given.recorder.record(_use_of(body, token, now_ms))
    except (ConflictError, UnknownThingError, InvalidValueError) as error:
        evidence = (f"token {token}", f"serial {body.serial}", f"from {source}")
        refusal = RefusedClaim(gateway="" if claim is None else claim.gateway, detail=str(error), evidence=evidence)
        given.attempts.refused(source, now_ms, refusal)
        tell_refused(given.recorder, given.attempts, SecurityKind.CLAIM_REFUSED, now_ms)
        raise
    if claim is None:  # it was opened between the two looks
        raise ConflictError("this token was made just now: try again with a new one")
    return answer(issuer.issue(claim.gateway, body.csr, again=claim.used_ms is not None))


def _use_of(body: UseClaimBody, token: str, at_ms: int) -> UseClaim:
    csr_sha256 = _hash(body.csr)
    return UseClaim(
        token_sha256=token,
        serial=body.serial,
        key=body.key,
        at_ms=at_ms,
        actor="provisioning",
        csr_sha256=csr_sha256,
    )


@router.get("/api/gateways/{gateway}/keys", responses=documented(GatewayKeys, "Its signing keys, ended ones too."))
def list_keys(given: Given, gateway: ThingId, as_known_ms: AsKnownMs = None) -> Response:
    """List the public keys that sign, or have signed, for a gateway."""
    with seen(given, as_known_ms) as at:
        keys = [key for key in at.session.records.gateway_keys() if key.gateway == gateway]
    return answer(GatewayKeys(items=keys, **at.told()))


@router.post("/api/gateways/{gateway}/keys/end", responses=documented(GatewayKeys, "It is ended."))
def end_key(given: Given, gateway: ThingId, body: EndKeyBody, actor: ActorHeader = ACTOR_UNNAMED) -> Response:
    """End a signing key for good: batches signed with it that come in from then on are refused and told.

    Revoke the gateway's certificate as well: without the key a thief could still connect.
    """
    now_ms = given.clock.now_ms()
    with given.store.reading() as session:
        keys = session.records.gateway_keys()
    known = next((one for one in keys if (one.gateway, one.key) == (gateway, body.key)), None)
    said = (body.reason, body.name, body.post)
    again = known is not None and known.is_ended and (known.reason, known.name, known.post) == said
    if not again:
        fact = EndKey(gateway=gateway, at_ms=now_ms, actor=actor_name(actor), **body.model_dump())
        given.recorder.record(fact)
    return list_keys(given, gateway)


def _issuer(given: Context) -> Issuer:
    if given.issuer is None:
        raise ConflictError("this server has no CA: name its folder as [pki] folder in server.toml")
    return given.issuer


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
