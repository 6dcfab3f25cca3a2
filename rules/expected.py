"""Units that a list has come with a crate, and that nobody found in it: they may be there all the same. Pure.

A tag that was not read is no proof that the bag is missing (rules.reconcile). Until a person says that it is not there,
or it is found, elsewhere too, it is possibly where its crate was received: past a tunnel or portal, or where a shelf's
reader has read others of its list at the end of the way. One that was found since it was packed is in no crate more.
"""

from collections.abc import Iterable, Mapping
from typing import Final

import msgspec

from coldchain.entries import Receipt
from rules.custody import BY_LIST, Word

BEFORE_ALL_ELSE = -1  # of what was said for one instant: whoever saw it knows better and has the last word
AFTER_ALL_ELSE: Final = 2  # what readers say of the unit itself at the instant at which its list-mate was read
UNPACKED_MS: Final = 72 * 3_600_000  # so long after packing a reader at the end of the way speaks of the list (PROP)


class Unpacked(msgspec.Struct, frozen=True, kw_only=True):
    """A list of which a shelf's reader at the end of the way has read units: in `place` the first at at_ms."""

    manifest: str
    box: str
    place: str
    at_ms: int


def expected_words(
    unit: str, receipts: Iterable[Receipt], boxes: Mapping[str, str] | None = None, unpacked: Iterable[Unpacked] = ()
) -> list[Word]:
    """Return what lists say of a unit that was on them and not read where their crates were received or unpacked.

    One that somebody scanned in its crate later was there all the time. Of a crate of which nobody knows which way it
    went through a portal, what was read may have come in as well. `boxes`: by packing list the box that was packed.
    """
    words = [_word(one.place, one.manifest, one.at_ms, AFTER_ALL_ELSE, one.box) for one in unpacked]
    for one in receipts:
        may_be = one.came_in or one.way_open
        moved = one.came_in and unit in one.read
        if not may_be or moved or unit not in one.expected or unit in one.absent:
            continue
        box = (boxes or {}).get(one.manifest, "")
        words.append(_word(one.place, one.manifest or one.id, one.to_ms, BEFORE_ALL_ELSE, box, one.id))
    return words


def _word(place: str, listed: str, at_ms: int, rank: int, box: str, key: str = "") -> Word:
    return Word(
        at_ms=at_ms,
        rank=rank,
        key=(place, key or listed, 0),
        kind=None,
        place=place,
        earliest_ms=at_ms,
        latest_ms=at_ms,
        by=BY_LIST,
        listed=listed,
        box=box,
    )
