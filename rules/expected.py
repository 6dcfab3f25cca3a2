"""Units that a list has come with a crate, and that nobody found in it: they may be there all the same. Pure.

A tag that was not read is no proof that the bag is missing (rules.reconcile). Until a person says that it is not there,
or it is found, elsewhere too, it is possibly where its crate was received.
"""

from collections.abc import Iterable

from coldchain.entries import Receipt
from rules.custody import BY_LIST, Word

BEFORE_ALL_ELSE = -1  # of what was said for one instant: whoever saw it knows better and has the last word


def expected_words(unit: str, receipts: Iterable[Receipt]) -> list[Word]:
    """Return what the receipts of crates say of a unit that was on their list and not read.

    One that somebody scanned in its crate later was there all the time. Of a crate of which nobody knows which way it
    went through a portal, what was read may have come in as well.
    """
    words = []
    for one in receipts:
        may_be = one.came_in or one.way_open
        moved = one.came_in and unit in one.read
        if not may_be or moved or unit not in one.expected or unit in one.absent:
            continue
        words.append(
            Word(
                at_ms=one.to_ms,
                rank=BEFORE_ALL_ELSE,
                key=(one.place, one.id, 0),
                kind=None,
                place=one.place,
                earliest_ms=one.to_ms,
                latest_ms=one.to_ms,
                by=BY_LIST,
                listed=one.manifest or one.id,
            )
        )
    return words
