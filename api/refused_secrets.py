"""Secrets that were refused, on their way into the record: told together, so that a flood of them does not flood it."""

from api.context import Context
from api.provisioning import Attempts
from coldchain.ports import Recorder
from coldchain.trust import NoteSecurity, SecurityEvent, SecurityKind


def tell_refused(
    recorder: Recorder, attempts: Attempts, kind: SecurityKind, now_ms: int, *, last: bool = False
) -> None:
    """Record as one event what is due of refusals; `last`: all that there is. Raises what recording raises.

    They are given up only once they are recorded. The hash of a claim's token shows later whose it was, and gives it to
    nobody.
    """
    telling = attempts.due(now_ms, last=last)
    if telling is None:
        return
    event = SecurityEvent(
        id=telling.id,
        kind=kind,
        gateway=telling.refusal.gateway,
        at_ms=telling.at_ms,
        detail=telling.refusal.detail[:500],
        evidence=telling.refusal.evidence,
        times=telling.refusal.times,
    )
    recorder.record(NoteSecurity(event=event, actor="provisioning"))
    attempts.told(telling)


def tell_every_refused(given: Context, *, last: bool = False) -> None:
    """Record what is due of all secrets, where nobody tries another one. Raises what recording raises."""
    now_ms = given.clock.now_ms()
    tell_refused(given.recorder, given.attempts, SecurityKind.CLAIM_REFUSED, now_ms, last=last)
    tell_refused(given.recorder, given.webhook_attempts, SecurityKind.WEBHOOK_REFUSED, now_ms, last=last)
