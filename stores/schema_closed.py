"""Tables of the closed loop: units that have not come to their end, members, returns, hand-overs, plans, levels."""

from typing import Final

from sqlalchemy import Index, Table, text

from stores.schema import _key, _key_number, _name, _number, _projection, metadata

_INSIDE: Final = text("ended = 0 AND inside = 1")
_ISSUED: Final = text("issued_ms IS NOT NULL")
_OUT: Final = text("ended = 0 AND inside = 0")
_UNSEEN: Final = text("ended = 0 AND unseen_ms IS NOT NULL")
_EXPOSED: Final = text("ended = 0 AND exposed_ms IS NOT NULL")

# What is due is found here and then judged by the unit's whole story: rows say where to look, never the verdict.
live_units = Table(
    "live_units",
    metadata,
    _key("unit"),
    _name("component"),
    _name("blood_group"),
    _name("profile"),
    _number("profile_version"),
    _number("expires_ms", nullable=True),
    _name("place"),  # '': nowhere yet
    _number("number"),  # of the stay that `place` is of
    _number("inside"),
    _number("entered_ms", nullable=True),
    _number("left_ms", nullable=True),
    _number("unseen_ms", nullable=True),
    _number("issued_ms", nullable=True),
    _name("issued_to"),
    _number("exposed_ms", nullable=True),
    _number("ended"),
    _number("seq"),
    Index(
        "live_units_inside",
        *("place", "profile", "profile_version", "component", "blood_group", "expires_ms", "unit"),
        sqlite_where=_INSIDE,
        postgresql_where=_INSIDE,
    ),
    Index(
        "live_units_expiring",
        *("profile", "profile_version", "expires_ms", "unit"),
        sqlite_where=_INSIDE,
        postgresql_where=_INSIDE,
    ),
    Index("live_units_issued", "issued_ms", "unit", sqlite_where=_ISSUED, postgresql_where=_ISSUED),
    Index("live_units_out", "left_ms", "unit", sqlite_where=_OUT, postgresql_where=_OUT),
    Index("live_units_unseen", "unseen_ms", "unit", sqlite_where=_UNSEEN, postgresql_where=_UNSEEN),
    Index("live_units_exposed", "exposed_ms", "unit", sqlite_where=_EXPOSED, postgresql_where=_EXPOSED),
    info={"projection": True},
)
# What a row above falls back to when its stay is withdrawn: the stays that were certain of units.
live_stays = Table(
    "live_stays",
    metadata,
    _key("unit"),
    _key_number("number"),
    _name("place"),
    _number("entered_ms"),
    _number("left_ms", nullable=True),
    info={"projection": True},
)
# What was said of for whom units are, and what that comes to: the units that are for one patient only.
unit_intents = _projection("unit_intents", _key("unit"), _key_number("at_ms"), _key("via"), _number("reserved"))
reserved_units = Table(
    "reserved_units",
    metadata,
    _key("unit"),
    _number("labelled"),  # its own label reserves it
    _number("reserved"),
    info={"projection": True},
)
members = _projection("members", _key("site"))
unit_returns = _projection("unit_returns", _key("unit"), _key_number("at_ms"))
handovers = _projection(
    "handovers", _key("manifest"), _key("party"), _number("at_ms"), Index("handovers_by_time", "at_ms", "manifest")
)
emergencies = _projection(
    "emergencies",
    *(_key("id"), _number("version"), _number("closed"), _number("opened_ms")),
    Index("emergencies_open", "closed", "opened_ms", "id"),
)
plans = _projection("plans", _key("site"), _key("component"), _key("month"))
stock_levels = _projection("stock_levels", _key("site"), _key("component"), _key("blood_group"))
