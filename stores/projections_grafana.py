"""From entries of what Grafana said to their rows."""

from typing import Final

from coldchain.entries import EntryKind
from coldchain.grafana_alerts import GrafanaAlert
from stores import schema_grafana as tables
from stores.change import Applied, Change
from stores.schema import upsert_sql

_ALERT: Final = upsert_sql(tables.grafana_alerts) + " WHERE excluded.version > grafana_alerts.version"


def _alert(seq: int, one: GrafanaAlert, body: bytes) -> tuple[Change, ...]:
    refusal = f"alert {one.fingerprint} of Grafana: version {one.version} is not above the one in the ledger"
    row = (one.fingerprint, one.starts_ms, one.version, int(one.firing), one.received_ms, seq, body)
    return (Change(_ALERT, row, refusal),)


APPLY_GRAFANA: Final[Applied] = {EntryKind.GRAFANA_ALERT: (GrafanaAlert, _alert)}
