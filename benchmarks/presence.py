"""Presence against the truth of a seeded cabinet, beside SMURF at the same reads: precision, recall and lag.

    .venv/bin/python benchmarks/presence.py [--quick]

Forty bags come and go through a door; ten tags outside are heard in 10 % of the cycles. A movement that is said counts
as right if it happened, in that direction, within the door's interval (of SMURF, which knows no door: since the last
opening). Lag is from the movement to the end of the cycle that decided it. Cycles last 1.5 s; behind a shut door one
runs every 300 s.
"""

import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from statistics import median

from coldchain.facts import EventKind
from firmware_sim.smurf import Smurf
from firmware_sim.tag_field import Move, TagField, epcs
from gateway.presence import burst_wanted, on_cycle, on_door
from gateway.presence_state import Cycle, Door, PresenceEvent, PresenceState
from rules.read_rate import NONE
from rules.reconcile import Outcome, ReadModel, counted_reads, learnt, reconcile

RATES = (0.25, 0.65, 0.80, 0.95)
BAGS, STRAYS = 40, 10
IDLE_CYCLES, IDLE_MS, CYCLE_MS = 8, 300_000, 1_500
MOVED_KINDS = {EventKind.ARRIVED: True, EventKind.LEFT: False}


@dataclass(frozen=True)
class Said:
    """A movement that was said: decided at decided_ms, to have happened from low_ms to high_ms."""

    epc: str
    entered: bool
    low_ms: int
    high_ms: int
    decided_ms: int


@dataclass
class Score:
    """How well what was said tells the truth."""

    right: int = 0
    wrong: int = 0
    missed: int = 0
    uncertain: int = 0
    unseen: int = 0
    doubts_ended: int = 0
    lags_ms: list[int] = field(default_factory=list)

    def compare(self, moves: list[Move], said: list[Said]) -> None:
        """Match each movement that was said with one that happened."""
        left = list(moves)
        for word in said:
            match = [m for m in left if (m.epc, m.entered) == (word.epc, word.entered)]
            match = [m for m in match if word.low_ms <= m.at_ms <= word.high_ms]
            if match:
                left.remove(match[0])
                self.lags_ms.append(word.decided_ms - match[0].at_ms)
                self.right += 1
            else:
                self.wrong += 1
        self.missed += len(left)

    def line(self) -> str:
        """Return the figures."""
        lags = sorted(self.lags_ms) or [0]
        return (
            f"precision {self.right / max(1, self.right + self.wrong):.4f}  recall "
            f"{self.right / max(1, self.right + self.missed):.4f}  lag median {median(lags) / 1000:6.1f} s, "
            f"95 % {lags[len(lags) * 95 // 100] / 1000:6.1f} s  ({self.right} right, {self.wrong} wrong, "
            f"{self.missed} missed, {self.uncertain} uncertain, {self.unseen} unseen, {self.doubts_ended} doubts ended)"
        )


class Life:
    """A cabinet that lives through its openings; both listeners hear the same cycles."""

    def __init__(self, seed: int, rate: float, prior_permille: int) -> None:
        pool = epcs(0, BAGS + STRAYS)
        self.tags = TagField(seed=str(seed), rate=rate, bags=pool[:BAGS], strays=pool[BAGS:])
        self.state = PresenceState(prior_permille=prior_permille)
        self.smurf = Smurf()
        self.now_ms, self.opened_ms = 1_000_000, 0
        self.ours: list[Said] = []
        self.theirs: list[Said] = []
        self.events: list[PresenceEvent] = []
        self.cycles = 0
        self.doubts_ended = 0
        self._arrived: set[str] = set()

    def run(self, openings: int) -> None:
        """Live: the first bags are inside before anybody listens."""
        for epc in self.tags.bags[: BAGS // 2]:
            self.tags.put_in(epc, self.now_ms)
        self.state = on_door(self.state, Door.CLOSED, self.now_ms, None)
        for _ in range(openings):
            self._shut()
            self._open()
        self._shut()

    def _shut(self) -> None:
        for _ in range(IDLE_CYCLES):
            self._cycle()
            while burst_wanted(self.state):
                self._cycle()
            self.now_ms += IDLE_MS

    def _open(self) -> None:
        self.opened_ms = self.now_ms
        self.state = on_door(self.state, Door.OPENED, self.now_ms + 1_000, self.now_ms)
        for epc in self.tags.dice.sample(self.tags.bags, self.tags.dice.randrange(4)):
            self.tags.toggle(epc, self.now_ms + 5_000)
        self.now_ms += 20_000
        self.state = on_door(self.state, Door.CLOSED, self.now_ms, self.now_ms - 1_000)

    def _cycle(self) -> None:
        reads = self.tags.cycle()
        start_ms, self.now_ms = self.now_ms, self.now_ms + CYCLE_MS
        self.cycles += 1
        counts = {read.epc: read.count for read in reads}
        self.state, events = on_cycle(self.state, Cycle(start_ms=start_ms, end_ms=self.now_ms, counts=counts))
        self.events += events
        for event in events:
            if event.kind is EventKind.LEFT and event.epc not in self._arrived:
                self.doubts_ended += 1  # of a tag that was only possibly inside: nobody said that it had come
            elif event.kind in MOVED_KINDS:
                self._arrived.add(event.epc)
                span = (event.earliest_ms or 0, event.latest_ms)
                self.ours.append(Said(event.epc, MOVED_KINDS[event.kind], *span, self.now_ms))
        for epc, entered in self.smurf.epoch({read.epc for read in reads}):
            self.theirs.append(Said(epc, entered, self.opened_ms, self.now_ms, self.now_ms))


def scores(rate: float, prior_permille: int, seeds: int, openings: int) -> tuple[Score, Score, int]:
    """Return ours, theirs, and cycles per opening."""
    ours, theirs, cycles = Score(), Score(), 0
    for seed in range(seeds):
        life = Life(seed, rate, prior_permille)
        life.run(openings)
        ours.compare(life.tags.moves, life.ours)
        ours.uncertain += sum(event.kind is EventKind.UNCERTAIN for event in life.events)
        ours.unseen += sum(event.kind is EventKind.UNSEEN for event in life.events)
        ours.doubts_ended += life.doubts_ended
        theirs.compare(life.tags.moves, life.theirs)
        cycles += life.cycles
    return ours, theirs, cycles // (seeds * openings)


def report(say: Callable[[str], None], seeds: int, openings: int) -> None:
    """Print the table."""
    say(f"seeds 0-{seeds - 1}, {openings} openings each, {BAGS} bags, {STRAYS} strays heard in 10 % of the cycles")
    for rate in RATES:
        told = {650, min(650, int(rate * 1000))}
        for prior in sorted(told, reverse=True):
            ours, theirs, cycles = scores(rate, prior, seeds, openings)
            if prior == 650:
                say(f"p {rate:.2f} SMURF            {theirs.line()}")
            say(f"p {rate:.2f} ours, told {prior / 1000:.2f}  {ours.line()}; {cycles} cycles an opening")


BAGS_IN_CRATE, MISSING, BLIND = 200, 4, 0.02


@dataclass
class Tunnel:
    """What crates past a tunnel come to; `learns`: each is judged by the outcomes of those before it."""

    rate: float
    cycles: int
    learns: bool
    outcomes: list[Outcome] = field(default_factory=list)
    read: int = 0
    open_units: int = 0
    truly: int = 0
    stated: int = 0
    advice: Counter[str] = field(default_factory=Counter)

    def crate(self, seed: int) -> None:
        """Let a crate pass: the first bags of its list are not in it, some tags are blind."""
        crate = TagField(seed=f"crate-{seed}", rate=self.rate, bags=epcs(0, BAGS_IN_CRATE), blind=BLIND)
        for epc in crate.bags[MISSING:]:
            crate.put_in(epc, 0)
        seen = Counter(heard.epc for _ in range(self.cycles) for heard in crate.cycle())
        blind, missing = learnt(self.outcomes) if self.learns else (NONE, NONE)
        model = ReadModel(cycles=self.cycles, counted=counted_reads(seen, self.cycles), blind=blind, missing=missing)
        found = reconcile(crate.bags, set(seen), model)
        absent = len(set(found.not_read) & set(crate.bags[:MISSING]))
        self.outcomes.append(Outcome(by_tag=len(found.by_tag), by_scan=len(found.not_read) - absent, absent=absent))
        self.read += len(found.by_tag)
        self.open_units += len(found.not_read)
        self.truly += absent
        self.stated += sum(found.not_read.values())
        self.advice[found.advice.value] += 1

    def line(self, crates: int) -> str:
        """Return the figures."""
        units = max(1, self.open_units)
        told = ", ".join(f"{name} {times}" for name, times in sorted(self.advice.items()))
        return (
            f"p {self.rate:.2f} {self.cycles:3d} cycles, {'learnt' if self.learns else 'priors'}: "
            f"{self.read / crates:6.1f} read, {self.open_units / crates:5.1f} not read; said missing "
            f"{self.stated / units / 10:4.1f} % each, truly {100 * self.truly / units:4.1f} %; advice: {told}"
        )


def tunnels(say: Callable[[str], None], crates: int) -> None:
    """Print the tunnel's figures, by the priors alone and with what former crates have taught."""
    say(
        f"tunnel: {BAGS_IN_CRATE} listed, {MISSING} not in the crate, 2 % of tags blind; seeds crate-0 to -{crates - 1}"
    )
    for rate in RATES:
        for cycles in (5, 20, 40):
            for learns in (False, True):
                tunnel = Tunnel(rate, cycles, learns)
                for seed in range(crates):
                    tunnel.crate(seed)
                say(tunnel.line(crates))


if __name__ == "__main__":
    quick = "--quick" in sys.argv[1:]
    report(print, *((2, 10) if quick else (5, 40)))
    tunnels(print, 5 if quick else 50)
