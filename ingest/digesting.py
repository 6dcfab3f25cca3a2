"""Readings come under a hash of the ledger within the hour, and not only when their day is sealed."""

from typing import Final

from coldchain.entries import Draft, EntryKind
from coldchain.ports import Session, Store

DIGEST_EVERY_MS: Final = 3_600_000
DIGEST_ROWS_MAX: Final = 1_000  # in one entry: some 10 ms of reading them back; a backlog makes an entry a turn
DIGESTED: Final = "digested"  # cursor: when the last entry was made
ACTOR: Final = "coldchain"


def digest_due(store: Store, now_ms: int) -> bool:
    """Tell whether rows wait for a hash: for an hour, or so many that one entry has no room for more."""
    with store.reading() as session:
        waiting = session.readings.last_admission() - _digested_upto(session)
        since_ms = now_ms - session.books.cursor(DIGESTED)
    return waiting > 0 and (waiting >= DIGEST_ROWS_MAX or not 0 <= since_ms < DIGEST_EVERY_MS)


def digest_rows(session: Session, now_ms: int) -> int:
    """Put the next rows under a hash of the ledger; return how many."""
    made = session.readings.digest(_digested_upto(session), DIGEST_ROWS_MAX)
    if made is None:
        return 0
    session.ledger.append([Draft(kind=EntryKind.READING_DIGEST, actor=ACTOR, site="", payload=made)], now_ms)
    session.books.set_cursor(DIGESTED, now_ms)
    return made.rows


def _digested_upto(session: Session) -> int:
    """Return from where the next hash goes on; the first one begins behind what lies under the hashes of blocks."""
    return session.records.last_digest() or session.readings.sealed_upto()
