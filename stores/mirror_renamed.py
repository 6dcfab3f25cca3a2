"""Places that were given another name: findings and alarms carry it in their titles, so all of them are said again.

That is done behind what is new, a part of the ledger at a time: the boards do not wait for it. A durable cursor says
how far it has come, so it ends whatever dies in between.
"""

import hashlib
from collections.abc import Callable
from threading import Event
from typing import Final

import msgspec
import structlog

from coldchain.entries import EntryKind
from coldchain.ports import Cursors, Records, Session, Store
from stores.delivery import Delivery, Outcome
from stores.mirror_feed import LedgerFeed

NAMES: Final = "mirror:names"  # which names the places had when the mirror began last
AGAIN: Final = "mirror:again"  # the ledger's next number that is said again; 0: nothing is
NAMED: Final = frozenset({EntryKind.FINDING, EntryKind.ALARM})  # of these the points have a name in their titles

log = structlog.get_logger("mirror")


class Renamed:
    """Says again what has a name in it. Used by one thread."""

    def __init__(
        self, store: Store, cursors: Cursors, delivery: Delivery, feed: Callable[[frozenset[EntryKind]], LedgerFeed]
    ) -> None:
        """`feed`: makes one that tells entries of these kinds only."""
        self._store = store
        self._cursors = cursors
        self._delivery = delivery
        self._feed = feed(NAMED)
        self._at = 0

    def learn(self, session: Session, sent: int) -> None:
        """Read how far an earlier run had come, and begin if places have other names. `sent`: the ledger's cursor.

        Names change in the settings alone, so never while the mirror runs.
        """
        self._at = session.books.cursor(AGAIN)
        names = names_of(session.records)
        if names == session.books.cursor(NAMES):
            return
        if sent:
            log.info("names_are_mirrored_again", why="a place has another name, or one is new")
            self._move(1)
        self._cursors.move(NAMES, names)

    def forget(self) -> None:
        """Say nothing again: all of the ledger is sent from its beginning."""
        self._move(0)

    def turn(self, sent: int, stop: Event) -> Outcome | None:
        """Say the next part again; return how that ended, None if there is none."""
        if not self._at:
            return None
        batch = self._feed.after(self._store, self._at - 1)
        outcome = self._delivery.deliver(batch.lines, stop)
        if outcome is Outcome.DELIVERED:
            self._move(0 if batch.upto >= sent else batch.upto + 1)
        return outcome

    def _move(self, value: int) -> None:
        if value != self._at:
            self._at = value
            self._cursors.move(AGAIN, value)


def names_of(records: Records) -> int:
    """Return a number that is another one if any place has another name; never 0, and 63 bits at most."""
    said = msgspec.json.encode([(place.id, place.name) for place in records.places()])
    return int.from_bytes(hashlib.sha256(said).digest()[:8], "big") >> 1 | 1
