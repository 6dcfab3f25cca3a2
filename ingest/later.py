"""A backlog is stored and acknowledged at once and judged in turns, between what is live.

    message of a backlog ──► readings stored, what is to be judged written down, ack     one transaction, short
    each turn            ──► some probes judged, over all that came of them meanwhile    one transaction, TURN_MS long

A probe is judged once for many batches and not once for each, and no live batch waits for the probes of a backlog. As
long as readings of a gateway wait, its mark stays before the oldest of them: time that was not judged is awaited, it
looks neither fine nor lost. With the last of them the mark moves on to where the gateway has said that it is.
"""

from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from typing import Final

import structlog

from coldchain.canonical import INTEGER_MAX
from coldchain.errors import StoreError
from coldchain.ports import Session, Store
from coldchain.unjudged import JUDGE_LATER, NO_READING
from ingest.alarm_watch import AlarmWatch
from ingest.counters import Counters
from ingest.deferral import defer
from ingest.judge import Dirty, judge

FROM: Final = JUDGE_LATER
TO: Final = "judge-later-to:"  # and the last one
MARK: Final = "judge-later-mark:"  # of a gateway: where its mark belongs once no reading of it waits
TURN_MS: Final = 60
TURN_PROBES_MAX: Final = 64

log = structlog.get_logger("ingest")


def put_off(session: Session, gateway: str, probes: Iterable[str], dirty: Dirty) -> None:
    """Write down which readings of these probes are still to be judged, in the transaction that stores them."""
    books = session.books
    for probe in probes:
        span = dirty.probes.get(probe)
        if span is not None:
            del dirty.probes[probe]
            name = f"{gateway}:{probe}"
            known_ms = books.cursor(FROM + name)
            books.set_cursor(FROM + name, min(span[0] + 1, known_ms or INTEGER_MAX))
            books.set_cursor(TO + name, max(span[1], books.cursor(TO + name)))


def put_off_mark(session: Session, gateway: str, probes: Iterable[str]) -> None:
    """Write down that the mark of a gateway has moved for these of its probes."""
    waiting = session.books.cursors(f"{FROM}{gateway}:")
    for probe in probes:
        name = f"{FROM}{gateway}:{probe}"
        if name not in waiting:
            session.books.set_cursor(name, NO_READING)


def judged_mark(session: Session, gateway: str, mark_ms: int) -> int:
    """Return how far the mark of a gateway may move: up to what of it is still to be judged."""
    waiting = _readings(session, gateway)
    if not waiting:
        return mark_ms
    session.books.set_cursor(MARK + gateway, max(mark_ms, session.books.cursor(MARK + gateway)))
    return min(mark_ms, *(from_ms - 1 for from_ms in waiting))


def _readings(session: Session, gateway: str) -> list[int]:
    found = session.books.cursors(f"{FROM}{gateway}:")
    return [from_ms for from_ms in found.values() if from_ms != NO_READING]


class LaterTurns:
    """Judges what waits, the probes in turn, as many at once as take TURN_MS by experience."""

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
        self._last = ""
        self._most = 8

    def turn(self, now_ms: int, boottime_ms: Callable[[], int]) -> bool:
        """Judge some probes; tell whether more may wait. `boottime_ms`: a clock that never steps. Raises StoreError."""
        with self._store.reading() as session:
            waiting = session.books.cursors(FROM)
        names = [name for name in waiting if name > self._last] or list(waiting)
        some = names[: self._most]
        if not some:
            return False
        began_ms = boottime_ms()
        self._last = some[-1]
        try:
            self._judge(some, now_ms)
        except StoreError:
            raise
        except Exception:
            log.exception("judging_failed", waiting=some, advice="the facts are stored; it is tried again")
            self._counters.add("judge_failures_total")
            self._leave(some)
        self._most = _most(len(some), boottime_ms() - began_ms)
        return True

    def _judge(self, names: Sequence[str], now_ms: int) -> None:
        with self._committing() as session:
            dirty = _taken_up(session, names)
            self._alarms.changed |= judge(session, dirty, now_ms)

    def _leave(self, names: Sequence[str]) -> None:
        """Leave what could not be judged to ingest.deferral, so that it holds up nobody's mark."""
        with self._committing() as session:
            defer(session, _taken_up(session, names))


def _most(probes: int, spent_ms: int) -> int:
    return max(1, min(TURN_PROBES_MAX, 2 * probes, probes * TURN_MS // max(1, spent_ms)))


def _taken_up(session: Session, names: Sequence[str]) -> Dirty:
    """Return what these wait for, and forget that they wait; with the last reading its gateway's mark moves on."""
    books, dirty = session.books, Dirty()
    keys = [name.removeprefix(FROM) for name in names]
    for key in keys:
        probe, from_ms = key.partition(":")[2], books.cursor(FROM + key)
        if from_ms == NO_READING:
            dirty.horizon(probe)
        else:
            dirty.readings(probe, from_ms - 1, books.cursor(TO + key))
        books.set_cursor(FROM + key, 0)
        books.set_cursor(TO + key, 0)
    for gateway in sorted({key.partition(":")[0] for key in keys}):
        mark_ms = books.cursor(MARK + gateway)
        if mark_ms and not _readings(session, gateway):
            books.set_cursor(MARK + gateway, 0)
            books.raise_horizon(gateway, mark_ms, books.last_up(gateway) or 0)
            others = [probe.id for probe in session.records.equipment().probes_at.get(gateway, ())]
            put_off_mark(session, gateway, others)
    return dirty
