"""What Grafana says, entered once: a repeat changes nothing, and an episode that is over stays over."""

from typing import Final

import msgspec

from coldchain.entries import Draft, EntryKind
from coldchain.errors import ConflictError
from coldchain.grafana_alerts import (
    NEW_IN_A_DAY_MAX,
    VERSIONS_MAX,
    GrafanaAlert,
    GrafanaStatus,
    HeardAlert,
    HearGrafana,
)
from coldchain.ports import Session
from ingest.drafted import Drafted

DAY_MS: Final = 86_400_000


def heard(session: Session, fact: HearGrafana, now_ms: int) -> Drafted:
    """Return an entry for each alert that says something new. Raises ConflictError beyond what a day may bring.

    Grafana sends a firing alert again every few hours, of which one a day is kept. Messages may overtake each other:
    what is resolved of one start does not fire again under it (a new episode has a start of its own).
    """
    known: dict[tuple[str, int], GrafanaAlert] = {}
    drafts = []
    for alert in fact.alerts:
        key = alert.fingerprint, alert.starts_ms
        before = known.get(key) or session.records.grafana_alert(*key)
        if before is not None and not _says_more(before, alert, fact.at_ms):
            continue
        known[key] = _version(alert, before, fact.at_ms)
        drafts.append(Draft(kind=EntryKind.GRAFANA_ALERT, actor=fact.actor, site="", payload=known[key]))
    if drafts and session.records.grafana_alerts_since(now_ms - DAY_MS) + len(known) > NEW_IN_A_DAY_MAX:
        msg = (
            f"more than {NEW_IN_A_DAY_MAX} alerts of Grafana within a day: look at its rules, one of them changes "
            "without end; nothing of this message was kept"
        )
        raise ConflictError(msg)
    return Drafted(drafts=drafts)


def _says_more(before: GrafanaAlert, alert: HeardAlert, at_ms: int) -> bool:
    if not before.firing:
        return False
    changed = before.summary != alert.summary and before.version < VERSIONS_MAX
    repeated = at_ms - before.received_ms >= DAY_MS  # once a day: what is not said again becomes doubtful
    return alert.status is GrafanaStatus.RESOLVED or changed or repeated


def _version(alert: HeardAlert, before: GrafanaAlert | None, at_ms: int) -> GrafanaAlert:
    fields = msgspec.structs.asdict(alert)
    return GrafanaAlert(version=1 if before is None else before.version + 1, received_ms=at_ms, **fields)
