"""What the ledger says of a sealed block: the readings of one probe and one UTC day, under one hash."""

from typing import Final

import msgspec

DAY_MS: Final = 86_400_000
SEAL_AFTER_DAYS: Final = 14
TURN_MS: Final = 50
DAYS_TOGETHER_MAX: Final = 8  # that are sealed in one transaction because rows cross the midnights between them


class Block(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A closed day of one probe. `day`: days since 1970-01-01 UTC; `n`: readings; `hash`: SHA-256 of the raw columns.

    A late reading makes the next generation, which holds all readings anew and names the hash of the one before
    (`predecessor`, "" for the first); that one stays. `file`: where the bytes are ("" in the store's own table).
    """

    probe: str
    day: int
    generation: int
    n: int
    hash: str
    predecessor: str = ""
    file: str = ""


class BlockFault(msgspec.Struct, frozen=True, kw_only=True):
    """The first block that is not what the ledger says; `seq` is the number of its entry."""

    seq: int
    probe: str
    day: int
    generation: int
    reason: str


class ClosedDay(msgspec.Struct, frozen=True, kw_only=True):
    """A day of a probe with readings in the hot table that may be sealed, `generation` the one that it would get.

    `days`: how many days go together from this one on, because rows of version 0.3.0 cross the midnights between them.
    """

    probe: str
    day: int
    generation: int
    days: int = 1


class SealPlan(msgspec.Struct, frozen=True, kw_only=True):
    """From which age on days are sealed, and how long one turn of it may keep the writer from its messages."""

    after_days: int = SEAL_AFTER_DAYS
    turn_ms: int = TURN_MS


def day_of(taken_ms: int) -> int:
    """Return the UTC day of an instant, in days since 1970-01-01."""
    return taken_ms // DAY_MS
