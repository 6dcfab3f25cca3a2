"""The part of the mirror that writes sums: paced, behind the readings and the ledger, with cursors that may go back."""

from collections.abc import Sequence
from itertools import islice
from threading import Event
from typing import Final

from coldchain.ports import Clock, Cursors, Session, Store
from stores.delivery import Count, DeadLetters, Delivery, Outcome
from stores.mirror_sums import PLACES_MAX, Back, Sums
from stores.mirror_told import Told

MOVED_MS: Final = 300  # until the writer has taken the cursors that wait to be moved


class Summing:
    """Sums of one mirror, in its thread. Without `told` there are none."""

    def __init__(
        self,
        store: Store,
        cursors: Cursors,
        delivery: Delivery,
        clock: Clock,
        told: Told | None,
        letters: DeadLetters,
        count: Count,
    ) -> None:
        self._store = store
        self._cursors = cursors
        self._delivery = delivery
        self._clock = clock
        self._letters = letters
        self._count = count
        self._sums = None if told is None else Sums(told)
        self._owed: dict[str, int] = {}

    def learn(self, session: Session) -> None:
        """Read how far an earlier run had come."""
        if self._sums is not None:
            self._sums.learn(session)

    def begin_again(self, stop: Event) -> bool:
        """Begin anew, durably; False if that was interrupted, and has to be done again."""
        if self._sums is not None:
            if not self._move(dict.fromkeys(self._sums.names(), 0), stop):
                return False
            self._sums.forget()
            self._owed.clear()
        return True

    def back(self, backs: Sequence[Back], stop: Event) -> bool:
        """Set places back; False if that was interrupted, and what caused it has to be read again.

        What could not be moved is owed: once read again, the places are back in memory and ask for nothing more.
        """
        if self._sums is None:
            return True
        self._owed |= self._sums.back(backs)
        if not self._move(self._owed, stop):
            return False
        self._owed.clear()
        return True

    def turn(self, stop: Event) -> Outcome | None:
        """Write what is over now, once readings and ledger are level; None if there is nothing to write."""
        if self._sums is None or stop.is_set():
            return None
        batch = self._sums.next(self._store, self._clock.now_ms(), self._clock.boottime_ms())
        for reason, what in self._sums.faults:
            self._count.add(faults=1)
            self._letters.add(reason, what)
        self._sums.faults.clear()
        if batch is None:
            return None
        outcome = self._delivery.deliver(batch.lines, stop)
        if outcome is Outcome.DELIVERED:
            self._move(self._sums.done(batch), stop)
        return outcome

    def _move(self, moves: dict[str, int], stop: Event) -> bool:
        """Move cursors, as many at a time as may wait for the writer."""
        left = iter(moves.items())
        while some := list(islice(left, PLACES_MAX)):
            for name, value in some:
                self._cursors.move(name, value)
            if len(some) == PLACES_MAX:
                stop.wait(MOVED_MS / 1_000)
                if stop.is_set():
                    return False
        return True
