"""Tables of the register: a part of the one schema (stores.schema imports it)."""

from sqlalchemy import Index

from stores.schema import _key, _number, _projection

certificates = _projection(
    "certificates",
    _key("serial"),
    _key("number"),
    _number("at_ms"),
    Index("certificates_by_time", "serial", "at_ms", "number"),
)
mapping_studies = _projection("mapping_studies", _key("place"), _key("number"), _number("at_ms"))
qualifications = _projection("qualifications", _key("box"), _key("number"), _number("at_ms"))
