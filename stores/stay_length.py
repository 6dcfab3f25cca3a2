"""Classes of stays by how long they took: by them "who was inside then" looks at what may match and at no more.

An index over entries bounds a stay that overlaps [a, b) from above only: it began before b. Knowing that no stay of its
class took longer than a limit bounds it from below too: it began after a less that limit. Each class is four times as
long as the one before, so that what is looked at in vain stays a small multiple of what is found.
"""

from typing import Final

from coldchain.entries import StayRecord

DAY_MS: Final = 86_400_000
OPEN: Final = "open"
SHORT_STAY_MS_MAX: Final = 49 * DAY_MS  # longer than nearly every stay of a red cell unit (42 days)
LENGTHS: Final[tuple[tuple[str, int], ...]] = (
    ("brief", SHORT_STAY_MS_MAX // 16),  # three days: most stays of a hospital's fridge
    ("days", SHORT_STAY_MS_MAX // 4),
    ("short", SHORT_STAY_MS_MAX),
    ("long", 4 * SHORT_STAY_MS_MAX),
    ("longer", 16 * SHORT_STAY_MS_MAX),
    ("years", 64 * SHORT_STAY_MS_MAX),
    ("ages", 2**50),  # a forgotten thing; the limit is beyond all times that are taken in
)


def stay_length(stay: StayRecord) -> str:
    """Return the class by which a stay is looked up."""
    if stay.possible_to_ms is None:
        return OPEN
    length_ms = stay.possible_to_ms - stay.possible_from_ms
    return next(name for name, limit_ms in LENGTHS if length_ms <= limit_ms)
