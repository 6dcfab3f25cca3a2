"""Tables of what people decide, receive, read off and count: a part of the schema (stores.schema imports it)."""

from sqlalchemy import Index

from stores.schema import _key, _key_number, _name, _number, _projection

decisions = _projection(
    "decisions",
    _key("id"),
    _number("version"),
    _name("unit"),
    _number("at_ms"),
    Index("decisions_by_unit", "unit", "at_ms", "id"),
    Index("decisions_by_time", "at_ms", "id"),
)
# What was looked at when a unit was received.
receptions = _projection("receptions", _key("unit"), _key_number("at_ms"), Index("receptions_by_time", "at_ms", "unit"))
# Rows of a reception that were not taken, as they were sent.
reception_refusals = _projection(
    "reception_refusals", _key("id"), _number("at_ms"), Index("reception_refusals_by_time", "at_ms", "id")
)
# What people read off displays, and what the probe said at that minute.
manual_readings = _projection(
    "manual_readings",
    _key("place"),
    _key_number("at_ms"),
    _number("differs"),  # 1: by more than is allowed
    Index("manual_readings_by_time", "at_ms", "place"),
)
stock_counts = _projection(
    "stock_counts",
    _key("place"),
    _key_number("at_ms"),
    _number("differs"),  # 1: what was counted, read and recorded are not the same
    Index("stock_counts_by_time", "at_ms", "place"),
)
