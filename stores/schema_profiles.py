"""Tables of approved profiles and of what places have to keep: a part of the one schema (stores.schema imports it)."""

from sqlalchemy import Index

from stores.schema import _key, _key_number, _number, _projection

profile_proposals = _projection("profile_proposals", _key("profile"), _key_number("version"), _key_number("at_ms"))
profile_approvals = _projection("profile_approvals", _key("profile"), _key_number("version"), _key_number("at_ms"))
place_profiles = _projection(
    "place_profiles",
    _key("place"),
    _key_number("at_ms"),
    _number("from_ms"),
    Index("place_profiles_by_time", "from_ms", "at_ms", "place"),
)
