"""Secrets that were refused, on their way into the record: told together, so that a flood of them does not flood it."""

import secrets

from api.context import Context
from api.provisioning import RefusedClaim
from coldchain.trust import NoteSecurity, SecurityEvent, SecurityKind


def tell_refused(given: Context, refusal: RefusedClaim | None, kind: SecurityKind, at_ms: int) -> None:
    """Record refusals as one event: the hash of a claim's token shows later whose it was, and gives it to nobody."""
    if refusal is None:
        return
    event = SecurityEvent(
        id=f"s-{secrets.token_hex(8)}",
        kind=kind,
        gateway=refusal.gateway,
        at_ms=at_ms,
        detail=refusal.detail[:500],
        evidence=refusal.evidence,
        times=refusal.times,
    )
    given.recorder.record(NoteSecurity(event=event, actor="provisioning"))
