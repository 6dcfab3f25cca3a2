"""The dead-man signal: an address outside is called once a minute, only while the centre really does its work.

A process that is up proves nothing: the beat asks for a commit through the writer's own queue and looks whether it is
in the record, whether the writer turns, whether the broker is there, whether rules and chores go through, and whether
the mirror shows the present. If any of that is not so the beat stays away, and who watches outside rings. What is sent
says nothing of places, people or units.
"""

import random
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.metadata import version
from threading import Event, Thread
from typing import Final, Protocol

import structlog
from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from assembly.heartbeat_settings import HeartbeatTable, address_of
from assembly.notices import Key, Notices
from assembly.senders.base import Sent
from assembly.senders.http import Answer, get, post
from coldchain.errors import ColdchainError
from coldchain.ports import Clock, Cursors, Store

PROOF: Final = "heartbeat"  # cursor: a number that the writer commits when the beat asks for it
TURN_MS_MAX: Final = 60_000  # a writer that has not come round for so long is stuck
PROOF_SLACK_MS: Final = 30_000
UNJUDGED_MS_MAX: Final = 300_000  # what could not be judged for so long is not only work that waits its turn
BEHIND_S_MAX: Final = 300
AGAIN_MS: Final = 15_000  # after a call that nobody took
JITTER: Final = 0.1  # of the time between two beats: many centres must not call in the same second
LOOK_S: Final = 1.0
STOP_S: Final = 5.0
FAULTS: Final = ("judge_failures_total", "chore_failures_total")
PREFIX: Final = "coldchain_heartbeat_"

log = structlog.get_logger("heartbeat")

Check = Callable[[], str]  # why a part does not work; empty: it does


class Writes(Cursors, Protocol):
    """What is asked of the writer's thread."""

    store_error: str | None
    unjudged: int

    @property
    def alive(self) -> bool:
        """Whether the thread lives."""

    @property
    def turned_ms(self) -> int:
        """Boot time of its last turn."""


@dataclass(slots=True)
class Tally:
    """What became of the beats. `withheld` counts by part that did not work."""

    sent: int = 0
    failed: int = 0
    withheld: dict[str, int] = field(default_factory=dict)
    last_boottime_ms: int | None = None


class Heartbeat:
    """Looks at every part when a beat is due and calls only if all of them work. `turn` may be called by tests."""

    def __init__(
        self,
        checks: Mapping[str, Check],
        call: Callable[[], Answer | Sent],
        clock: Clock,
        *,
        every_ms: int,
        dice: random.Random,
    ) -> None:
        self.tally = Tally()
        self._checks = checks
        self._call = call
        self._clock = clock
        self._every_ms = every_ms
        self._dice = dice
        self._notices = Notices()
        self._due_ms = clock.boottime_ms() + self._wait()

    def turn(self) -> None:
        """Beat, or hold the beat back, if it is time."""
        now_ms = self._clock.boottime_ms()
        if now_ms < self._due_ms:
            return
        self._due_ms = now_ms + self._wait()
        stuck = {part: why for part, check in self._checks.items() if (why := _asked(check))}
        for part in stuck:
            self.tally.withheld[part] = self.tally.withheld.get(part, 0) + 1
        if stuck:
            self._say_withheld(stuck)
            return
        self._beat()

    def _beat(self) -> None:
        answer = self._call()
        if isinstance(answer, Answer):
            self.tally.sent += 1
            self.tally.last_boottime_ms = self._clock.boottime_ms()
            return
        self.tally.failed += 1
        self._due_ms = min(self._due_ms, self._clock.boottime_ms() + AGAIN_MS)
        totals: dict[Key, int] = {("failed",): self.tally.failed}
        for _, count in self._notices.due(totals, self._clock.boottime_ms()):
            advice = "nobody outside took the beat: is the address in [heartbeat] right, and the way out open?"
            log.warning("heartbeat_not_taken", detail=answer.detail, count=count, advice=advice)

    def _say_withheld(self, stuck: Mapping[str, str]) -> None:
        totals: dict[Key, int] = {(part,): count for part, count in self.tally.withheld.items()}
        for key, count in self._notices.due(totals, self._clock.boottime_ms()):
            if key[0] in stuck:
                log.error("heartbeat_withheld", part=key[0], why=stuck[key[0]], count=count)

    def _wait(self) -> int:
        return round(self._every_ms * (1 + JITTER * (2 * self._dice.random() - 1)))


def _asked(check: Check) -> str:
    try:
        return check()
    except ColdchainError as error:
        return str(error)
    except Exception as error:  # whatever cannot be looked at does not count as working
        log.exception("heartbeat_check_failed")
        return f"{type(error).__name__}: {error}"


class WriterWorks:
    """The writer's thread turns, the store takes what it writes, and a commit that was asked for is in the record."""

    def __init__(self, writer: Writes, store: Store, clock: Clock, every_ms: int) -> None:
        self._writer = writer
        self._store = store
        self._clock = clock
        self._proof_ms_max = 2 * every_ms + PROOF_SLACK_MS
        self._asked = (0, 0)  # the number that was asked for, and when (boot time)
        self._proved_ms = clock.boottime_ms()
        self._ask()

    def __call__(self) -> str:
        """Return why it does not work."""
        now_ms = self._clock.boottime_ms()
        if not self._writer.alive:
            return "its thread has ended"
        if now_ms - self._writer.turned_ms > TURN_MS_MAX:
            return f"it has not come round for {(now_ms - self._writer.turned_ms) // 1_000} s"
        if self._writer.store_error is not None:
            return f"the store takes nothing: {self._writer.store_error}"
        with self._store.reading() as session:
            found = session.books.cursor(PROOF)
        if found == self._asked[0]:
            self._proved_ms = self._asked[1]
            self._ask()
        if now_ms - self._proved_ms > self._proof_ms_max:
            return f"nothing that was asked for was committed for {(now_ms - self._proved_ms) // 1_000} s"
        return ""

    def _ask(self) -> None:
        number = max(self._clock.now_ms(), self._asked[0] + 1)  # another number each time, whatever the wall clock does
        self._asked = (number, self._clock.boottime_ms())
        self._writer.move(PROOF, number)


class RulesWork:
    """Nothing failed by our own fault since the last beat, and nothing has waited long to be judged."""

    def __init__(self, writer: Writes, total: Callable[[str], int], clock: Clock) -> None:
        self._writer = writer
        self._total = total
        self._clock = clock
        self._faults = {name: total(name) for name in FAULTS}
        self._unjudged_ms: int | None = None

    def __call__(self) -> str:
        """Return why they do not work."""
        before, self._faults = self._faults, {name: self._total(name) for name in FAULTS}
        new = [name.removesuffix("_total") for name in FAULTS if self._faults[name] > before[name]]
        now_ms = self._clock.boottime_ms()
        if not self._writer.unjudged:
            self._unjudged_ms = None
        elif self._unjudged_ms is None:
            self._unjudged_ms = now_ms
        if new:
            return f"faults of the centre: {', '.join(new)}"
        if self._unjudged_ms is not None and now_ms - self._unjudged_ms >= UNJUDGED_MS_MAX:
            return f"{self._writer.unjudged} facts wait to be judged"
        return ""


class MirrorStatusLike(Protocol):
    """What is asked of the mirror's figures."""

    @property
    def behind_s(self) -> int:
        """For how long it has not been level with the record."""

    @property
    def waiting(self) -> str:
        """Why the server takes nothing."""

    @property
    def snapshots(self) -> int:
        """States of the present that were sent."""


class MirrorThreadLike(Protocol):
    """What is asked of the mirror."""

    @property
    def alive(self) -> bool:
        """Whether its thread lives."""

    def status(self) -> MirrorStatusLike:
        """Return how far it has come."""


class MirrorWorks:
    """The present was shown since the last beat, and the mirror is not far behind."""

    def __init__(self, mirror: MirrorThreadLike) -> None:
        self._mirror = mirror
        self._snapshots = mirror.status().snapshots

    def __call__(self) -> str:
        """Return why it does not work."""
        if not self._mirror.alive:
            return "its thread has ended"
        status = self._mirror.status()
        before, self._snapshots = self._snapshots, status.snapshots
        if status.waiting:
            return f"InfluxDB takes nothing: {status.waiting}"
        if status.behind_s > BEHIND_S_MAX:
            return f"it is {status.behind_s} s behind"
        return "" if status.snapshots > before else "it has shown nothing since the last beat"


def intake_trouble(*, line: str, room: int) -> str:
    """Return why the intake does not work: trouble with the line to the broker, or a queue that has no room."""
    return line or ("" if room > 0 else "its queue is full")


def caller(url: str, method: str, program: str) -> Callable[[], Answer | Sent]:
    """Return what makes one call. Only a 2xx counts; the body of a POST says which program works, and nothing else."""
    body = f'{{"coldchain": "{program}", "works": true}}'.encode()
    return (lambda: post(url, body)) if method == "post" else (lambda: get(url))


class HeartbeatThread:
    """The heartbeat in a thread of its own; nothing that it does stops the centre. Without one there is no thread."""

    def __init__(self, heartbeat: Heartbeat | None) -> None:
        self._heartbeat = heartbeat
        self._stop = Event()
        self._thread = Thread(target=self._run, name="heartbeat", daemon=True)
        if heartbeat is not None:
            self._thread.start()

    def close(self) -> None:
        """End; a call on its way is not waited for without end."""
        self._stop.set()
        if self._heartbeat is not None:
            self._thread.join(STOP_S)

    def _run(self) -> None:
        while self._heartbeat is not None and not self._stop.wait(LOOK_S):
            try:
                self._heartbeat.turn()
            except Exception:  # the centre goes on, and who watches outside rings
                log.exception("heartbeat_failed")


class HeartbeatCollector(Collector):
    """The heartbeat's figures for Prometheus."""

    def __init__(self, heartbeat: Heartbeat, clock: Clock, parts: Sequence[str]) -> None:
        self._heartbeat = heartbeat
        self._clock = clock
        self._parts = parts

    def collect(self) -> Iterable[Metric]:
        """Return all metrics."""
        tally = self._heartbeat.tally
        yield CounterMetricFamily(f"{PREFIX}sent", "Beats that somebody outside took", tally.sent)
        yield CounterMetricFamily(f"{PREFIX}failed", "Beats that nobody outside took", tally.failed)
        withheld = CounterMetricFamily(
            f"{PREFIX}withheld", "Beats held back, by part that did not work", labels=["part"]
        )
        for part in self._parts:
            withheld.add_metric([part], tally.withheld.get(part, 0))
        yield withheld
        if tally.last_boottime_ms is not None:
            age_s = (self._clock.boottime_ms() - tally.last_boottime_ms) / 1_000
            yield GaugeMetricFamily(f"{PREFIX}last_age_seconds", "Since the last beat that was taken", age_s)


def start_heartbeat(
    table: HeartbeatTable, checks: Mapping[str, Check], clock: Clock, registry: CollectorRegistry
) -> HeartbeatThread:
    """Start the heartbeat, if anybody is to be told. Raises ColdchainError if its address cannot be read."""
    url = address_of(table)
    if url is None:
        return HeartbeatThread(None)
    call = caller(url, table.method, version("coldchain"))
    heartbeat = Heartbeat(checks, call, clock, every_ms=table.every_s * 1_000, dice=random.SystemRandom())
    registry.register(HeartbeatCollector(heartbeat, clock, list(checks)))
    return HeartbeatThread(heartbeat)
