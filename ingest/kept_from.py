"""Changes of what places keep that were said ahead: once one begins, whoever was inside since is judged again.

No fact comes at that instant, and what a place has to keep decides whether a bag lies in a wrong one (ingest.keeping).
"""

from typing import Final

from coldchain.ports import Session, Store
from ingest.deferral import defer
from ingest.judge import Dirty

BEGUN: Final = "profiles-begun"  # cursor: changes that begin up to here have been noted


def note_begun(store: Store, now_ms: int) -> None:
    """Write down whom changes that have begun by now ask to be judged (ingest.deferral). Raises StoreError."""
    with store.reading() as session:
        units, last_ms = _inside_since(session, now_ms)
    if not last_ms:
        return
    with store.writing() as session:
        defer(session, Dirty(units=units))
        session.books.set_cursor(BEGUN, last_ms)


def _inside_since(session: Session, now_ms: int) -> tuple[set[str], int]:
    """Return the units inside since changes that have begun, and the last such instant; 0 if none has."""
    later = session.records.place_profiles_since(session.books.cursor(BEGUN) + 1)
    begun = [one for one in later if one.at_ms < one.from_ms <= now_ms]
    units = {stay.unit for one in begun for stay in session.records.stays_in_place(one.place, one.from_ms, None)}
    return units, max((one.from_ms for one in begun), default=0)
