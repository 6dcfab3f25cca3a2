"""The messages that are due now, over all alarms: what an outbox asks for every few seconds, and keeps by key.

Addresses come from the settings of this start; the ledger keeps the plan without them.
"""

from collections.abc import Callable
from typing import Final

import msgspec
import structlog

from coldchain.alarms import Alarm
from coldchain.duties import Duty, Escalation, without_addresses
from coldchain.entries import Draft, EntryKind
from coldchain.ports import Session
from ingest.known import ACTOR
from rules.alarm_whom import with_courier
from rules.escalation import duties, plan_of

log = structlog.get_logger("ingest")

LATELY_MAX: Final = 200  # alarms that are over and of which the end may not have been told yet
WAITING_MAX: Final = 500
TOLD_MS: Final = 24 * 3_600_000  # an end that is older is news to nobody


def duties_now(
    session: Session, escalation: Escalation, now_ms: int, failed: Callable[[Alarm], None] | None = None
) -> list[Duty]:
    """Return every message that is due, by (due_ms, key). The same alarm gives the same keys each time.

    `failed` is told of an alarm whose duties cannot be worked out by our own fault: those of the others are due still.
    """
    records = session.records
    lately = [one for one in records.alarms(LATELY_MAX) if now_ms - one.changed_ms <= TOLD_MS]
    waiting = [one for one in records.waiting_alarms(WAITING_MAX) if now_ms - one.changed_ms <= TOLD_MS]
    alarms = {one.id: one for one in (*lately, *waiting, *records.active_alarms())}
    found: list[Duty] = []
    for alarm in alarms.values():
        plan = plan_of(alarm.site, escalation.plans)
        acted = records.actions_of_alarm(alarm.id) if alarm.agains else ()
        try:
            found += duties(with_courier(session, alarm), acted, plan, escalation.calendar, now_ms)
        except Exception:
            if failed is None:
                raise
            log.exception("duties_not_known", alarm=alarm.id)
            failed(alarm)
    return sorted(found, key=lambda duty: (duty.due_ms, duty.key))


def escalation_drafts(session: Session, escalation: Escalation) -> list[Draft]:
    """Return the entry of a plan that differs from the one in the ledger, without addresses; none if it does not."""
    known = session.records.escalation()
    kept = without_addresses(escalation)
    if known is None and not escalation.plans:
        return []
    if known is not None and msgspec.structs.replace(kept, version=known.version) == known:
        return []
    kept = msgspec.structs.replace(kept, version=known.version + 1 if known else 1)
    return [Draft(kind=EntryKind.ESCALATION, actor=ACTOR, site="", payload=kept)]
