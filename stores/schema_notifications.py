"""The table of messages to people: a part of the one schema (stores.schema imports it)."""

from sqlalchemy import Index

from stores.schema import _key, _name, _number, _projection

notifications = _projection(
    "notifications",
    _key("id"),
    _number("version"),
    _name("alarm"),
    _name("channel"),
    _number("waits"),  # 1: it is still to go out
    _number("queued_ms"),
    _number("next_ms"),
    Index("notifications_to_send", "waits", "channel", "next_ms", "id"),
    Index("notifications_of_alarm", "alarm", "queued_ms", "id"),
    Index("notifications_by_time", "queued_ms", "id"),
)
