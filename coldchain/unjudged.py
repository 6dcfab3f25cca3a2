"""Readings that are stored and acknowledged and of which nobody has judged yet what they mean: where that is written.

They are no longer awaited from anybody, and they say nothing yet: until they are judged nothing of them may look fine.
"""

from typing import Final

from coldchain.canonical import INTEGER_MAX
from coldchain.ports import Session

JUDGE_LATER: Final = "judge-later:"  # cursor of a gateway and a probe: the first instant that waits, and 1
JUDGE_AGAIN: Final = "to-judge-probe:"  # cursor of a probe that could not be judged, by a fault of ours: likewise
FOLD_ANEW_OF: Final = "to-fold-anew-of:"  # cursor of a probe that waits to be folded anew: first of what came since
NO_READING: Final = INTEGER_MAX  # only the mark has moved


def unjudged_since(session: Session) -> dict[str, int]:
    """Return of each probe with readings that are not judged the first instant of them, in ms since 1970."""
    books = session.books
    found: dict[str, int] = {}
    waiting = [(name.partition(":")[2].partition(":")[2], first) for name, first in books.cursors(JUDGE_LATER).items()]
    waiting += [(name.removeprefix(JUDGE_AGAIN), first) for name, first in books.cursors(JUDGE_AGAIN).items()]
    waiting += [(name.removeprefix(FOLD_ANEW_OF), first) for name, first in books.cursors(FOLD_ANEW_OF).items()]
    for probe, first in waiting:
        if first != NO_READING:
            found[probe] = min(first - 1, found.get(probe, INTEGER_MAX))
    return found
