"""What begins without a fact: changes of what places keep that were said ahead, and times of units that run out.

Once one begins, whoever it is about is judged again (ingest.keeping): what a place has to keep decides whether a bag
lies in a wrong one, and a box on the road has nothing to say when its time is over.
"""

from typing import Final

from coldchain.ports import Session, Store
from ingest.deferral import defer
from ingest.judge import Dirty
from ingest.keeping import DUE

BEGUN: Final = "profiles-begun"  # cursor: changes that begin up to here have been noted


def note_begun(store: Store, now_ms: int) -> None:
    """Write down whom changes and ends of times that have begun ask to judge (ingest.deferral). Raises StoreError."""
    with store.reading() as session:
        units, last_ms = _inside_since(session, now_ms)
        due = [name for name, at_ms in session.books.cursors(DUE).items() if at_ms <= now_ms]
    if not last_ms and not due:
        return
    with store.writing() as session:
        defer(session, Dirty(units=units | {name.removeprefix(DUE) for name in due}))
        for name in due:
            session.books.set_cursor(name, 0)
        if last_ms:
            session.books.set_cursor(BEGUN, last_ms)


def _inside_since(session: Session, now_ms: int) -> tuple[set[str], int]:
    """Return the units inside since changes that have begun, and the last such instant; 0 if none has."""
    later = session.records.place_profiles_since(session.books.cursor(BEGUN) + 1)
    begun = [one for one in later if one.at_ms < one.from_ms <= now_ms]
    units = {stay.unit for one in begun for stay in session.records.stays_in_place(one.place, one.from_ms, None)}
    return units, max((one.from_ms for one in begun), default=0)
