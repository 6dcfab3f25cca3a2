"""Turns of folding anew what another version of the rules had folded: one span of one probe in each transaction."""

from collections.abc import Callable
from contextlib import AbstractContextManager

import structlog

from coldchain.errors import StoreError
from coldchain.ports import Session, Store
from ingest.alarm_watch import AlarmWatch
from ingest.anew import waiting_anew
from ingest.counters import Counters
from ingest.judge import Dirty, judge

log = structlog.get_logger("ingest")


class AnewTurns:
    """Takes the probes that wait in their order; one that fails waits until all others had their turn."""

    def __init__(
        self,
        store: Store,
        committing: Callable[[], AbstractContextManager[Session]],
        counters: Counters,
        alarms: AlarmWatch,
    ) -> None:
        self._store = store
        self._committing = committing
        self._counters = counters
        self._alarms = alarms
        self._failed: set[str] = set()
        self._failing: set[str] = set()  # on which the last try failed, also while another one is due

    @property
    def failing(self) -> int:
        """How many probes the rules fail on: they wait for us, not for their turn."""
        return len(self._failing)

    def waiting(self) -> int:
        """Return how many probes wait for their turn. Raises StoreError."""
        with self._store.reading() as session:
            names = waiting_anew(session)
        self._failing &= set(names)
        return len(set(names) - self._failing)

    def turn(self, now_ms: int) -> bool:
        """Fold one span; tell whether more waits right now. Raises StoreError."""
        with self._store.reading() as session:
            waiting = [probe for probe in waiting_anew(session) if probe not in self._failed]
        if not waiting:
            self._failed.clear()
            return False
        try:
            with self._committing() as session:
                self._alarms.changed |= judge(session, Dirty(anew={waiting[0]}), now_ms)
        except StoreError:
            raise
        except Exception:
            self._failed.add(waiting[0])
            self._failing.add(waiting[0])
            self._counters.add("judge_failures_total")
            log.exception("judging_failed", probes=[waiting[0]], advice="it is tried again")
        else:
            self._failing.discard(waiting[0])
        return True
