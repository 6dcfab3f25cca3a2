"""From entries of what rules of places are told to their rows."""

from typing import Final

from coldchain.capacity import Capacity
from coldchain.entries import EntryKind
from stores import schema_conditions as tables
from stores.change import Applied, Change
from stores.schema import upsert_sql

_CAPACITY: Final = upsert_sql(tables.capacities)


def _capacity(seq: int, one: Capacity, body: bytes) -> tuple[Change, ...]:
    return (Change(_CAPACITY, (one.place, one.at_ms, seq, body)),)


APPLY_CONDITIONS: Final[Applied] = {EntryKind.CAPACITY: (Capacity, _capacity)}
