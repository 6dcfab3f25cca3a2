"""Tables of retention: policies, legal holds, disposals, what was removed, and what attests the record from outside."""

from sqlalchemy import Index, Table

from stores.schema import _key, _key_number, _name, _number, _projection, metadata

retention_policies = _projection("retention_policies", _key("what"), _key("profile"))
legal_holds = _projection("legal_holds", _key("id"), _number("stands"), Index("legal_holds_standing", "stands", "id"))
disposals = _projection(
    "disposals",
    _key("id"),
    _number("version"),
    _name("state"),
    _number("proposed_ms"),
    _name("proposed_name"),
    _name("confirmed_name"),
    Index("disposals_by_state", "state", "id"),
    Index("disposals_by_time", "proposed_ms", "id"),
)
removals = _projection("removals", _key("disposal"))
# One row for each block that was removed: by it the triggers of block_bodies and block_rests know what may go.
removed_blocks = Table(
    "removed_blocks",
    metadata,
    _key_number("block_seq"),
    _name("probe"),
    _number("day"),
    _number("generation"),
    _name("disposal"),
    _name("hash"),
    _number("seq"),
    Index("removed_blocks_by_day", "probe", "day", "block_seq"),
    info={"projection": True},
)
time_stamps = _projection("time_stamps", _key_number("size"), _key("authority"))
reading_digests = _projection("reading_digests", _key_number("upto"))
