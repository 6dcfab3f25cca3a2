"""Tables of alarms and of what people did with them: a part of the one schema (stores.schema imports it)."""

from sqlalchemy import Index

from stores.schema import _key, _key_number, _name, _number, _projection

alarms = _projection(
    "alarms",
    _key("id"),
    _number("version"),
    _name("rule"),
    _name("kind"),
    _name("subject"),
    _name("finding"),
    _name("place"),
    _number("raised_ms"),
    _name("state"),  # active, waiting or over
    Index("alarms_by_state", "state", "raised_ms", "id"),
    Index("alarms_by_subject", "rule", "subject", "raised_ms", "id"),
    Index("alarms_by_finding", "finding", "raised_ms", "id"),
    Index("alarms_by_place", "place", "raised_ms", "id"),
    Index("alarms_by_time", "raised_ms", "id"),
)
alarm_versions = _projection("alarm_versions", _key("alarm"), _key_number("version"))
escalations = _projection("escalations", _key_number("version"))
alarm_actions = _projection(
    "alarm_actions",
    _key("alarm"),
    _key_number("at_ms"),
    _key("action"),
    _key("name"),
    Index("alarm_actions_by_time", "at_ms", "alarm", "action", "name"),
)
