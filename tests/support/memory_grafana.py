"""What Grafana said, in the store in memory."""

from typing import Any

from support.memory_state import Part

from coldchain.entries import EntryKind
from coldchain.grafana_alerts import GrafanaAlert


class MemoryGrafana(Part):
    """The port GrafanaRecords by sorting everything."""

    def grafana_alert(self, fingerprint: str, starts_ms: int) -> GrafanaAlert | None:
        found: GrafanaAlert | None = self.state.things[EntryKind.GRAFANA_ALERT].get((fingerprint, starts_ms))
        return found

    def grafana_alerts(self, limit: int) -> tuple[GrafanaAlert, ...]:
        found: list[Any] = list(self.state.things[EntryKind.GRAFANA_ALERT].values())
        ordered = sorted(found, key=lambda one: (-one.firing, -one.received_ms, -one.starts_ms, one.fingerprint))
        return tuple(ordered[:limit])

    def grafana_alerts_since(self, received_ms: int) -> int:
        found: list[Any] = list(self.state.things[EntryKind.GRAFANA_ALERT].values())
        return sum(one.received_ms >= received_ms for one in found)
