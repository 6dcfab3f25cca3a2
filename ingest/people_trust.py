"""Commands, claims and security events that come in through the Recorder: what may be recorded, and how."""

from typing import Final, TypeAlias

from msgspec.structs import replace

from coldchain.entries import Draft, EntryKind
from coldchain.errors import ConflictError, InvalidValueError, UnknownThingError
from coldchain.ports import Session
from coldchain.trust import ClaimRecord, GatewayKey, NoteSecurity, OpenClaim, SendCommand, UseClaim
from coldchain.wire_commands import LIFETIME_MS_MAX, refusal_of_args

CLAIM_LIFETIME_MS_MAX: Final = 7 * 86_400_000
COMMANDS_WAITING_MAX: Final = 64  # of one gateway; a gateway that is away must not come home to a thousand orders

TrustFact: TypeAlias = SendCommand | OpenClaim | UseClaim | NoteSecurity


def trust_drafts(session: Session, fact: TrustFact, now_ms: int) -> list[Draft]:
    """Return the entries for a fact. Raises ConflictError, UnknownThingError or InvalidValueError, nothing changed."""
    match fact:
        case SendCommand():
            return _command(session, fact, now_ms)
        case OpenClaim():
            return _open(session, fact, now_ms)
        case UseClaim():
            return _use(session, fact, now_ms)
        case NoteSecurity(event=event, actor=actor):
            return [Draft(kind=EntryKind.SECURITY_EVENT, actor=actor, site="", payload=event)]


def _command(session: Session, fact: SendCommand, now_ms: int) -> list[Draft]:
    command = fact.command
    site = _site_of(session, command.gateway)
    known = session.records.command(command.id)
    if known == command:
        return []
    if known is not None:
        msg = f"command {command.id} is already recorded with other content; nothing was changed"
        raise ConflictError(msg)
    refusal = refusal_of_args(command.command, command.args)
    if refusal:
        raise InvalidValueError(refusal)
    if not now_ms < command.expires_ms <= now_ms + LIFETIME_MS_MAX:
        msg = f"a command expires within {LIFETIME_MS_MAX // 86_400_000} days from now; nothing was changed"
        raise InvalidValueError(msg)
    recent = session.records.commands(command.gateway, now_ms - LIFETIME_MS_MAX, COMMANDS_WAITING_MAX)
    if sum(one.expires_ms > now_ms for one in recent) >= COMMANDS_WAITING_MAX:
        msg = f"{COMMANDS_WAITING_MAX} commands for gateway {command.gateway} have not expired yet: wait for them"
        raise ConflictError(msg)
    return [Draft(kind=EntryKind.COMMAND, actor=fact.actor, site=site, payload=command)]


def _open(session: Session, fact: OpenClaim, now_ms: int) -> list[Draft]:
    claim = fact.claim
    if session.records.claim_of_token(claim.token_sha256) == claim:
        return []
    if not now_ms < claim.expires_ms <= now_ms + CLAIM_LIFETIME_MS_MAX:
        msg = f"a claim expires within {CLAIM_LIFETIME_MS_MAX // 86_400_000} days from now; nothing was changed"
        raise InvalidValueError(msg)
    return [Draft(kind=EntryKind.CLAIM, actor=fact.actor, site=_site_of(session, claim.gateway), payload=claim)]


def claim_to_use(session: Session, token_sha256: str, serial: str, now_ms: int) -> ClaimRecord:
    """Return the claim that a token opens now. Raises ConflictError or UnknownThingError that says why it does not."""
    claim = session.records.claim_of_token(token_sha256)
    if claim is None:
        raise UnknownThingError("this token opens no claim: copy all of it, or have a new one made")
    if claim.used_ms is not None:
        raise ConflictError("this token has been used; it works once: have a new one made")
    if now_ms >= claim.expires_ms:
        raise ConflictError("this token has expired: have a new one made")
    if claim.serial not in ("", serial):
        raise ConflictError("this token is for a device with another serial number: have one made for this device")
    return claim


def _use(session: Session, fact: UseClaim, now_ms: int) -> list[Draft]:
    claim = claim_to_use(session, fact.token_sha256, fact.serial, now_ms)
    site = _site_of(session, claim.gateway)
    used = replace(claim, used_ms=now_ms, key=fact.key)
    key = GatewayKey(gateway=claim.gateway, key=fact.key, from_ms=now_ms, source=f"claim {claim.id}")
    return [
        Draft(kind=EntryKind.CLAIM, actor=fact.actor, site=site, payload=used),
        Draft(kind=EntryKind.GATEWAY_KEY, actor=fact.actor, site=site, payload=key),
    ]


def _site_of(session: Session, gateway: str) -> str:
    for known in session.records.gateways():
        if known.id == gateway:
            return known.site
    msg = f"gateway {gateway} is not registered: name it in server.toml first"
    raise UnknownThingError(msg)
