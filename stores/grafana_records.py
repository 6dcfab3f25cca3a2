"""What Grafana said, read back; a part of SqlRecords."""

from typing import Final

import msgspec

from coldchain.grafana_alerts import GrafanaAlert
from stores.sql import Sql

_ALERTS: Final = msgspec.json.Decoder(GrafanaAlert)


class SqlGrafanaRecords:
    """The port GrafanaRecords over one transaction."""

    _sql: Sql

    def grafana_alert(self, fingerprint: str, starts_ms: int) -> GrafanaAlert | None:
        """The newest version of an alert."""
        statement = "SELECT body FROM grafana_alerts WHERE fingerprint = ? AND starts_ms = ?"
        row = self._sql.first(statement, (fingerprint, starts_ms))
        return None if row is None else _ALERTS.decode(row.body)

    def grafana_alerts(self, limit: int) -> tuple[GrafanaAlert, ...]:
        """At most `limit` alerts: those that go on, then those that are over, each the newest received first."""
        statement = (
            "SELECT body FROM grafana_alerts"
            " ORDER BY firing DESC, received_ms DESC, starts_ms DESC, fingerprint LIMIT ?"
        )
        return tuple(_ALERTS.decode(row.body) for row in self._sql.rows(statement, (limit,)))

    def grafana_alerts_since(self, received_ms: int) -> int:
        """How many alerts have a newest version that was received at that time or later."""
        row = self._sql.first("SELECT COUNT(*) AS number FROM grafana_alerts WHERE received_ms >= ?", (received_ms,))
        return 0 if row is None else int(row.number)
