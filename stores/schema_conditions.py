"""Tables of what rules of places are told: a part of the one schema (stores.schema imports it)."""

from stores.schema import _key, _number, _projection

capacities = _projection("capacities", _key("place"), _number("at_ms"))
