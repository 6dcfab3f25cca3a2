"""What Grafana says, as people see it: beside our alarms, linked to the one that says the same, never one itself."""

from collections.abc import Sequence
from typing import Final

import msgspec

from coldchain.alarms import RANK, Alarm, SubjectKind
from coldchain.grafana_alerts import GrafanaAlert
from coldchain.ports import Session

READ_MAX: Final = 300  # alerts that are looked at; in a storm more go on, and those that came last are taken
SHOWN_MAX: Final = 30  # of a page; how many it leaves out is said
OVER_FOR_MS: Final = 86_400_000  # what is over is shown for a day
QUIET_MS: Final = 2 * 86_400_000  # Grafana says again what goes on, every few hours; one a day is kept


class GrafanaSays(msgspec.Struct, frozen=True, kw_only=True):
    """An alert of Grafana and the active alarm of ours for the same place, gateway or site, "" if there is none.

    `quiet`: it went on when Grafana last spoke of it, and that is more than two days ago: how it stands is unknown.
    """

    alert: GrafanaAlert
    alarm: str
    quiet: bool


def grafana_says(session: Session, now_ms: int) -> list[GrafanaSays]:
    """Return what goes on, what no alarm of ours says first, and what was over within a day; at most READ_MAX."""
    active = session.records.active_alarms()
    found = [
        GrafanaSays(
            alert=one,
            alarm=_same(one, active) if one.firing else "",
            quiet=one.firing and now_ms - one.received_ms > QUIET_MS,
        )
        for one in session.records.grafana_alerts(READ_MAX)
        if one.firing or now_ms - one.received_ms < OVER_FOR_MS
    ]
    return sorted(found, key=lambda one: (not one.alert.firing, one.quiet, bool(one.alarm)))


def _same(alert: GrafanaAlert, active: Sequence[Alarm]) -> str:
    """Return the gravest, then oldest alarm about what the alert is about."""
    found = [one for one in active if not one.test and _is_about(one, alert.labels)]
    found.sort(key=lambda one: (-RANK[one.now], one.raised_ms, one.id))
    return found[0].id if found else ""


def _is_about(alarm: Alarm, labels: dict[str, str]) -> bool:
    gateway, place, site = (labels.get(name, "") for name in ("gateway", "place", "site"))
    if gateway:
        return alarm.subject_kind is SubjectKind.GATEWAY and alarm.subject == gateway
    if place:
        return alarm.place == place
    return bool(site) and alarm.subject_kind is SubjectKind.SITE and alarm.subject == site
