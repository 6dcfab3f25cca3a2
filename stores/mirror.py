"""The InfluxDB mirror: a worker that follows the record and shows it to Grafana. Complete without it; never evidence.

It follows the admission sequence of the reading log and the ledger's sequence. A durable cursor moves only when the
server has said 2xx, so a crash on either side costs a repeat, and a repeat writes the same points. Beside that it says
every ten seconds how everything stands: worth nothing later, so it is tried once and never waits.
"""

from collections.abc import Callable
from pathlib import Path
from threading import Event
from typing import Final, TypeAlias

import msgspec
import structlog

from coldchain.errors import StoreError
from coldchain.ports import Clock, Cursors, Store
from stores.delivery import Count, DeadLetters, Delivery, Outcome, Pace
from stores.influx import Sink, Verdict
from stores.mirror_feed import Batch, LedgerFeed, readings_after
from stores.mirror_now import Lives
from stores.mirror_renamed import Renamed
from stores.mirror_summing import Summing
from stores.mirror_told import LEDGER_CURSOR, READINGS_CURSOR, Told
from stores.points import Snapshot, Titles

READINGS: Final = READINGS_CURSOR
LEDGER: Final = LEDGER_CURSOR
TARGET: Final = "mirror:target"  # which server and bucket the other two speak of
EDITION: Final = "mirror:edition"  # what the ledger's entries were turned into when they were sent
# 3: without signals and the list of alarms; 2: nor when journeys are expected; 1, and 0 of older: nor alarms, marks
EDITION_NOW: Final = 4

Snapshots: TypeAlias = Callable[[int], Snapshot]

log = structlog.get_logger("mirror")


class MirrorStatus(msgspec.Struct, frozen=True, kw_only=True):
    """How far the mirror has come, for /metrics and for people.

    `readings_behind` and `ledger_behind` count sequence numbers; `behind_s` is for how long it has not been level with
    the record (0: it is). `waiting` and `advice` say why nothing can be sent now ("": it can). The rest counts since
    the start: points that the server took, dead letters, points older than the server's retention, repeats, snapshots
    sent and missed, rebuilds, and faults of our own.
    """

    readings_behind: int
    ledger_behind: int
    behind_s: int
    waiting: str
    advice: str
    last_error: str
    points: int
    requests: int
    retries: int
    dead_letters: int
    beyond_retention: int
    snapshots: int
    snapshots_missed: int
    rebuilds: int
    faults: int


class Mirror:
    """Follows one store into one sink. `run` belongs to one thread; `status`, `rebuild` may be called from any."""

    def __init__(
        self,
        store: Store,
        cursors: Cursors,
        sink: Sink,
        clock: Clock,
        *,
        titles: Titles,
        snapshots: Snapshots | None = None,
        told: Told | None = None,
        dead_letters: Path | None = None,
        pace: Pace | None = None,
    ) -> None:
        """`titles` gives a finding its words; `snapshots` says how everything stands at a time (None: say nothing).

        `told` knows what rules and wording make of the record (None: sums, alarms, devices and stock are left out).
        """
        self._store = store
        self._cursors = cursors
        self._sink = sink
        self._clock = clock
        self._snapshots = snapshots
        self._pace = pace or Pace()
        self._count = Count()
        self._letters = DeadLetters(dead_letters, self._count)
        self._delivery = Delivery(sink, self._letters, self._count, self._pace, clock.boottime_ms)
        self._feed = LedgerFeed(titles, told)
        self._renamed = Renamed(store, cursors, self._delivery, lambda kinds: LedgerFeed(titles, told, kinds=kinds))
        self._lives = Lives(store, self._pace, told)
        self._summing = Summing(store, cursors, self._delivery, clock, told, self._letters, self._count)
        self._at = {READINGS: 0, LEDGER: 0}
        self._level: dict[str, bool] = {}  # which of them had no more to be read in this round
        self._fresh = False
        self._missing = False
        self._rebuild = Event()
        self._level_ms: int | None = None  # boottime of the last look that found nothing left to send
        self._begun_ms = clock.boottime_ms()
        self._snapshot_due_ms = 0

    def run(self, stop: Event) -> None:
        """Follow until stop is set. What goes wrong is counted and logged; it never ends the thread."""
        known = False
        while not stop.is_set():
            try:
                known = known or self._learn(stop)
                if not known or not self._turn(stop):
                    stop.wait(self._pace.poll_ms / 1_000)
            except StoreError as error:
                self._fault(str(error), "the store cannot be read: see its own message; the mirror tries again")
                stop.wait(self._pace.retry_max_ms / 1_000)
            except Exception as error:  # nothing that the mirror does may end it, or the boards go dark for good
                log.exception("mirror_failed")
                self._fault(f"{type(error).__name__}: {error}", "a fault of ours: report it with this log")
                stop.wait(self._pace.retry_max_ms / 1_000)
        self._sink.close()

    def rebuild(self) -> None:
        """Begin again from the first sequence numbers; points that are there are overwritten with themselves."""
        self._rebuild.set()

    def status(self) -> MirrorStatus:
        """Return how far it has come. Raises StoreError if the store cannot be read."""
        with self._store.reading() as session:
            last = {READINGS: session.readings.last_admission(), LEDGER: session.ledger.next_seq() - 1}
        behind = {name: max(0, last[name] - at) for name, at in self._at.items()}
        tally = self._count.now
        level_ms = self._begun_ms if self._level_ms is None else self._level_ms
        return MirrorStatus(
            readings_behind=behind[READINGS],
            ledger_behind=behind[LEDGER],
            behind_s=(self._clock.boottime_ms() - level_ms) // 1_000 if any(behind.values()) else 0,
            **{name: getattr(tally, name) for name in MirrorStatus.__struct_fields__ if hasattr(tally, name)},
        )

    def _learn(self, stop: Event) -> bool:
        """Read how far an earlier run had come; with another server or bucket, that says nothing of this one.

        False if that was interrupted.
        """
        with self._store.reading() as session:
            self._at = {name: session.books.cursor(name) for name in self._at}
            target, edition = session.books.cursor(TARGET), session.books.cursor(EDITION)
            self._summing.learn(session)
        log.info("mirror_begins", readings=self._at[READINGS], ledger=self._at[LEDGER])
        if target != self._sink.identity:
            if not self._begin_again("another server or bucket", stop):
                return False
            self._cursors.move(TARGET, self._sink.identity)
        if edition != EDITION_NOW:
            log.info("ledger_is_mirrored_again", why="this program shows more of it")
            self._move(LEDGER, 0)
            self._cursors.move(EDITION, EDITION_NOW)
        with self._store.reading() as session:
            self._renamed.learn(session, self._at[LEDGER])
        self._fresh = not any(self._at.values())
        return True

    def _turn(self, stop: Event) -> bool:
        """Do one round; return whether there may be more to do at once."""
        if self._rebuild.is_set():
            if not self._begin_again("asked for", stop):
                return False
            self._rebuild.clear()
        if (self._fresh and not self._greet(stop)) or (self._missing and not self._make(stop)):
            return False
        self._show_now()
        self._level = {}
        more = [
            self._follow(READINGS, stop),
            self._follow(LEDGER, stop),
            self._name_again(stop),
            self._sum_up(stop),
        ]
        if not any(more) and not self._missing:
            self._level_ms = self._clock.boottime_ms()
        return any(more)

    def _greet(self, stop: Event) -> bool:
        """Make the database before anything was sent. Where that is not allowed, writing tells if somebody else did."""
        answer = self._sink.create()
        if answer.verdict is Verdict.RETRY:
            self._delivery.wait(answer, stop)
            return False
        self._fresh = False
        return True

    def _make(self, stop: Event) -> bool:
        """Make the database that is not there; what was sent before is lost with it, so everything is sent again.

        The cursors go back first, and durably: a crash after the database was made must not leave a hole in it.
        """
        if not self._begin_again("the server has no such database", stop):
            return False
        with self._store.reading() as session:
            if any(session.books.cursor(name) for name in self._at):
                return False
        answer = self._sink.create()
        if answer.verdict is not Verdict.DONE and not self._delivery.wait(answer, stop):
            return False
        self._missing = False  # or somebody made it meanwhile: writing will tell
        self._lives.forget()
        self._snapshot_due_ms = 0
        return True

    def _begin_again(self, why: str, stop: Event) -> bool:
        """Set everything back; False if that was interrupted, and has to be done again."""
        anew = any(self._at.values())
        if anew:
            log.warning("mirror_is_built_anew", why=why)
        self._level_ms = None
        if not self._summing.begin_again(stop):
            return False
        for name in self._at:
            self._move(name, 0)
        self._renamed.forget()
        self._count.add(rebuilds=int(anew))
        return True

    def _follow(self, name: str, stop: Event) -> bool:
        """Send what is next of one sequence; return whether it moved."""
        if self._missing or stop.is_set():
            return False
        before = self._at[name]
        batch = self._next(name)
        self._level[name] = batch.level
        if batch.upto == before:
            return False
        outcome = self._delivery.deliver(batch.lines, stop)
        self._missing = outcome is Outcome.MISSING
        if outcome is not Outcome.DELIVERED:
            return False
        for reason, what in batch.faults:
            self._count.add(faults=1)
            self._letters.add(reason, what)
        if not self._summing.back(batch.backs, stop):
            return False
        self._move(name, batch.upto)
        return True

    def _name_again(self, stop: Event) -> bool:
        """Say again what has an old name in it, once the ledger is level; return whether there may be more."""
        if self._missing or not self._level.get(LEDGER):
            return False
        outcome = self._renamed.turn(self._at[LEDGER], stop)
        self._missing = outcome is Outcome.MISSING
        return outcome is Outcome.DELIVERED

    def _sum_up(self, stop: Event) -> bool:
        """Write sums of what is over, once readings and ledger are level; return whether there may be more."""
        if self._missing or not (len(self._level) == len(self._at) and all(self._level.values())):
            return False
        outcome = self._summing.turn(stop)
        self._missing = outcome is Outcome.MISSING
        return outcome is Outcome.DELIVERED

    def _next(self, name: str) -> Batch:
        if name == READINGS:
            return readings_after(self._store, self._at[name])
        return self._feed.after(self._store, self._at[name])

    def _move(self, name: str, value: int) -> None:
        if value != self._at[name]:
            self._cursors.move(name, value)
            self._at[name] = value

    def _show_now(self) -> None:
        """Say how everything stands, if it is time; one try, and a failure only counts."""
        if self._snapshots is None or self._clock.boottime_ms() < self._snapshot_due_ms:
            return
        self._snapshot_due_ms = self._clock.boottime_ms() + self._pace.snapshot_ms
        try:
            shown = self._snapshots(self._clock.now_ms())
            lines, sent = self._lives.lines(shown, self._clock.boottime_ms())
        except Exception as error:  # the words come from elsewhere; what happened must still reach the boards
            log.exception("snapshot_failed")
            self._fault(f"{type(error).__name__}: {error}", "a fault of ours: report it with this log")
            self._count.add(snapshots_missed=1)
            return
        for part, reason in self._lives.faults:
            self._fault(
                f"snapshot without {part}: {reason}", "the rest is said; a fault of ours: report it with this log"
            )
        outcome = self._delivery.offer(lines)
        if outcome is Outcome.DELIVERED:
            sent()
        self._missing = outcome is Outcome.MISSING
        self._count.add(**{"snapshots" if outcome is Outcome.DELIVERED else "snapshots_missed": 1})

    def _fault(self, reason: str, advice: str) -> None:
        self._count.add(faults=1)
        self._count.failed(reason)
        log.error("mirror_trouble", reason=reason, advice=advice)
