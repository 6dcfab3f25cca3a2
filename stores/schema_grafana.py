"""The table of what Grafana said: a part of the one schema (stores.schema imports it)."""

from sqlalchemy import Index

from stores.schema import _key, _key_number, _number, _projection

grafana_alerts = _projection(
    "grafana_alerts",
    _key("fingerprint"),
    _key_number("starts_ms"),
    _number("version"),
    _number("firing"),  # 1: it goes on
    _number("received_ms"),
    Index("grafana_alerts_newest", "firing", "received_ms"),
    Index("grafana_alerts_by_time", "received_ms"),
)
