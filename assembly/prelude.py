"""The demo's past: a simulated site and its gateway in one process and one thread, in lock-step on one hand clock.

Same frames, same drivers, same spool as in life, over the real pseudo-terminals, with the uplink off. Time passes
only when the gateway waits, and every byte that a device has sent is read before time goes on, so the same seed
gives the same history. The courier's box needs no gateway here: it keeps what it measures in its own memory.
"""

import os
import uuid
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from assembly.run_sim import scenario_of
from coldchain.errors import ColdchainError
from coldchain.facts import Fact
from firmware_sim.bench import Bench
from firmware_sim.truth import truth, write_truth
from gateway.clock import clock_state
from gateway.counters import Counters
from gateway.edge import Edge
from gateway.links.serial_port import Port, SerialPort
from gateway.plan import EdgePlan
from gateway.spool import Spool
from gateway.spool_port import NO_STATES

ANSWER_S: Final = 0.5  # how long a device may take in real time to answer in simulated no time
ARRIVE_MS: Final = 2_000  # how long bytes may take through a pseudo-terminal
STEP_MS_MAX: Final = 500  # the bench lives in steps this small, so that a reader's bytes never pile up
PROGRESS_EVERY_MS: Final = 3_600_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """What the prelude left behind."""

    start_ms: int
    end_ms: int
    facts: int
    samples: int
    kinds: dict[str, int]
    bags: list[dict[str, Any]]
    truth: dict[str, Any]


class LockClock:
    """Time that passes only when somebody waits; the site lives along."""

    def __init__(self, bench: Bench) -> None:
        self._bench = bench
        self._begun_ms = bench.now_ms

    def now_ms(self) -> int:
        """Return UTC milliseconds since 1970."""
        return self._bench.now_ms

    def boottime_ms(self) -> int:
        """Return milliseconds since the prelude began."""
        return self._bench.now_ms - self._begun_ms

    def wait(self, milliseconds: int) -> None:
        """Let time pass for the site and its devices."""
        end_ms = self._bench.now_ms + max(0, milliseconds)
        while self._bench.now_ms < end_ms:
            self._bench.advance(min(end_ms, self._bench.now_ms + STEP_MS_MAX))


class LockPort:
    """A real serial port whose other end answers at once, and whose silence costs simulated time only."""

    def __init__(self, bench: Bench, line: str, clock: LockClock, baud: int) -> None:
        self._bench = bench
        self._line = line
        self._clock = clock
        self._read = bench.handed_bytes(line)
        self._port = SerialPort(bench.path(line), baud)

    def read(self, timeout_ms: int) -> bytes:
        """Return what was sent; in silence let the time-out pass on the hand clock."""
        if self._bench.handed_bytes(self._line) == self._read and timeout_ms > 0:
            self._clock.wait(timeout_ms)
        missing = self._bench.handed_bytes(self._line) - self._read
        data = self._port.read(ARRIVE_MS) if missing else b""
        self._read += len(data)
        return data

    def write(self, data: bytes) -> None:
        """Send, and let the device answer before anything else happens."""
        self._port.write(data)
        self._bench.serve(ANSWER_S)

    def flush_input(self) -> None:
        """Forget what has arrived: read it all, so that nothing arrives later."""
        while self._bench.handed_bytes(self._line) > self._read:
            data = self._port.read(ARRIVE_MS)
            if not data:
                msg = f"the pseudo-terminal {self._line} lost bytes in the prelude"
                raise ColdchainError(msg)
            self._read += len(data)

    def close(self) -> None:
        """Release the port."""
        self._port.close()


class CountingSpool:
    """A spool that counts what it accepts, by kind."""

    def __init__(self, spool: Spool) -> None:
        self._spool = spool
        self.kinds: Counter[str] = Counter()

    def accept(self, drafts: Sequence[Fact], states: Mapping[str, bytes] = NO_STATES) -> list[int]:
        """Accept and count."""
        numbers = self._spool.accept(drafts, states)
        self.kinds.update(type(draft).__name__ for draft in drafts)
        return numbers

    def vouch(self, from_ms: int) -> None:
        """Promise as the spool does."""
        self._spool.vouch(from_ms)

    def state(self, name: str) -> bytes | None:
        """Return a state of the spool."""
        return self._spool.state(name)


def live_through(
    *,
    plan: EdgePlan,
    scenario: str,
    seed: int,
    start_ms: int,
    end_ms: int,
    spool_path: Path,
    spool_bytes_max: int,
    truth_path: Path,
    progress: Callable[[float], None],
) -> Past:
    """Let a gateway watch a simulated site from start_ms to end_ms; what it accepted is in the spool.

    The plan's ports are named as the scenario's lines, in any folder. Raises ColdchainError if one is not there.
    """
    with Bench(scenario_of(scenario), seed, start_ms) as bench:
        clock = LockClock(bench)
        counters = Counters()
        spool = Spool.open(
            spool_path,
            bytes_max=spool_bytes_max,
            boot=uuid.uuid4().hex[:16],
            clock_state=lambda: clock_state(clock.now_ms()),
        )
        try:
            counting = CountingSpool(spool)
            edge = Edge(plan, clock, counting, _opener(bench, clock), counters)
            _live(edge, clock, end_ms, lambda now_ms: progress((now_ms - start_ms) / (end_ms - start_ms)))
        finally:
            spool.close()
        write_truth(bench, truth_path)
        return Past(
            start_ms=start_ms,
            end_ms=bench.now_ms,
            facts=counters.facts_accepted,
            samples=counters.samples_accepted,
            kinds=dict(counting.kinds),
            bags=bench.bags(),
            truth=truth(bench),
        )


def _live(edge: Edge, clock: LockClock, end_ms: int, progress: Callable[[int], None]) -> None:
    told_ms = clock.now_ms()
    while clock.now_ms() < end_ms:
        due_ms = edge.tick()
        clock.wait(max(1, min(due_ms, end_ms - clock.now_ms())))
        if clock.now_ms() - told_ms >= PROGRESS_EVERY_MS:
            told_ms = clock.now_ms()
            progress(told_ms)


def _opener(bench: Bench, clock: LockClock) -> Callable[[str, int], Port]:
    def open_port(path: str, baud: int) -> Port:
        line = os.path.basename(path)  # noqa: PTH119 - the path may be a URL
        if line not in bench.lines:
            msg = f"the scenario has no line {line!r}: {', '.join(bench.lines)}"
            raise ColdchainError(msg)
        return LockPort(bench, line, clock, baud)

    return open_port
