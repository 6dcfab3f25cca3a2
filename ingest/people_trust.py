"""Commands, claims and security events that come in through the Recorder: what may be recorded, and how."""

from typing import Final, TypeAlias

from msgspec.structs import replace

from coldchain.entries import Draft, EntryKind
from coldchain.errors import ConflictError, InvalidValueError, UnknownThingError
from coldchain.ports import Session
from coldchain.trust import ClaimRecord, EndKey, GatewayKey, NoteSecurity, OpenClaim, SendCommand, UseClaim
from coldchain.wire_commands import LIFETIME_MS_MAX, refusal_of_args

CLAIM_LIFETIME_MS_MAX: Final = 7 * 86_400_000
COMMANDS_WAITING_MAX: Final = 64  # of one gateway; a gateway that is away must not come home to a thousand orders

TrustFact: TypeAlias = SendCommand | OpenClaim | UseClaim | EndKey | NoteSecurity


def trust_drafts(session: Session, fact: TrustFact, now_ms: int) -> list[Draft]:
    """Return the entries for a fact. Raises ConflictError, UnknownThingError or InvalidValueError, nothing changed."""
    match fact:
        case SendCommand():
            return _command(session, fact, now_ms)
        case OpenClaim():
            return _open(session, fact, now_ms)
        case UseClaim():
            return _use(session, fact, now_ms)
        case EndKey():
            return _end_key(session, fact)
        case NoteSecurity(event=event, actor=actor):
            if session.records.security_event(event.id) == event:
                return []  # recorded before, by a transaction whose answer never came
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


def claim_to_use(session: Session, fact: UseClaim, now_ms: int) -> ClaimRecord:
    """Return the claim that a token opens now. Raises ConflictError or UnknownThingError that says why it does not.

    A used one opens it again for just what it was used for: the answer may have been lost, or never have been made.
    """
    claim = session.records.claim_of_token(fact.token_sha256)
    if claim is None:
        raise UnknownThingError("this token opens no claim: copy all of it, or have a new one made")
    again = fact.csr_sha256 != "" and (claim.key, claim.csr_sha256) == (fact.key, fact.csr_sha256)
    if claim.used_ms is not None and not again:
        raise ConflictError("this token has been used; it works once: have a new one made")
    if now_ms >= claim.expires_ms:
        raise ConflictError("this token has expired: have a new one made")
    if claim.serial not in ("", fact.serial):
        raise ConflictError("this token is for a device with another serial number: have one made for this device")
    return claim


def _use(session: Session, fact: UseClaim, now_ms: int) -> list[Draft]:
    claim = claim_to_use(session, fact, now_ms)
    site = _site_of(session, claim.gateway)
    known = _key_of(session, claim.gateway, fact.key)
    if known is not None and known.is_ended:
        raise ConflictError("this signing key was ended: make another one on the device and have a new token made")
    if claim.used_ms is not None:
        return []
    used = replace(claim, used_ms=now_ms, key=fact.key, csr_sha256=fact.csr_sha256)
    key = GatewayKey(gateway=claim.gateway, key=fact.key, from_ms=now_ms, source=f"claim {claim.id}")
    return [
        Draft(kind=EntryKind.CLAIM, actor=fact.actor, site=site, payload=used),
        Draft(kind=EntryKind.GATEWAY_KEY, actor=fact.actor, site=site, payload=key),
    ]


def _end_key(session: Session, fact: EndKey) -> list[Draft]:
    """Draft the end of a key; a batch counts by when it was received, so nothing that is admitted is unsaid."""
    site = _site_of(session, fact.gateway)
    key = _key_of(session, fact.gateway, fact.key)
    if key is None:
        msg = f"gateway {fact.gateway} has no key {fact.key}: coldchain claim keys {fact.gateway} lists them"
        raise UnknownThingError(msg)
    if not (fact.reason.strip() and fact.name.strip() and fact.post.strip()):
        raise InvalidValueError("say why, and sign with your name and your post")
    ended = replace(key, until_ms=fact.at_ms, reason=fact.reason, name=fact.name, post=fact.post)
    if key == ended:
        return []
    if key.is_ended:
        msg = f"this key was ended at {key.until_ms} by {key.name}; nothing was changed"
        raise ConflictError(msg)
    if fact.at_ms < key.from_ms:
        msg = f"this key holds from {key.from_ms} on: it cannot end before; nothing was changed"
        raise InvalidValueError(msg)
    # One that the settings no longer named had ended already; that it was earlier stays.
    until_ms = fact.at_ms if key.until_ms is None else min(key.until_ms, fact.at_ms)
    return [Draft(kind=EntryKind.GATEWAY_KEY, actor=fact.actor, site=site, payload=replace(ended, until_ms=until_ms))]


def _key_of(session: Session, gateway: str, key: str) -> GatewayKey | None:
    return next((one for one in session.records.gateway_keys() if (one.gateway, one.key) == (gateway, key)), None)


def _site_of(session: Session, gateway: str) -> str:
    for known in session.records.gateways():
        if known.id == gateway:
            return known.site
    msg = f"gateway {gateway} is not registered: name it in server.toml first"
    raise UnknownThingError(msg)
