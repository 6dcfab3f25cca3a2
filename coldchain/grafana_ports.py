"""What is recorded of Grafana's words: a part of the port Records."""

from typing import Protocol

from coldchain.grafana_alerts import GrafanaAlert


class GrafanaRecords(Protocol):
    """Answers as of a session."""

    def grafana_alert(self, fingerprint: str, starts_ms: int) -> GrafanaAlert | None:
        """The newest version of an alert."""

    def grafana_alerts(self, limit: int) -> tuple[GrafanaAlert, ...]:
        """At most `limit` alerts: those that go on, then those that are over, each the newest received first."""

    def grafana_alerts_since(self, received_ms: int) -> int:
        """How many alerts have a newest version that was received at that time or later."""
