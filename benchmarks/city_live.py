"""What the rules find in the simulated city, and the minute at which each of it would be known live.

The same pure parts that the pipeline runs (rules.excursion, rules.rolling, rules.plausible, rules.identity) take each
probe's readings in the order in which its gateway would have sent them: at once, or all together once its line is up
again. Calm stretches go as a block; where anything lasts, each minute is a step of its own, as it is live. While a
gateway is given up for lost its probes are judged up to now, and anew once it is back. benchmarks/city.py same compares
this with the whole pipeline.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

from benchmarks.city_known import POWER_ON_TENTHS, TICK_MS, Known, history_of
from benchmarks.city_world import DAY_MS, HOUR_MS, MINUTE_MS, MINUTES, NO_SENSOR, START_MS, Bools, Day
from coldchain.history import History
from coldchain.places import Probe, ProbeRole
from coldchain.units import Finding, FindingStatus
from rules.classes import Class, classify_all
from rules.excursion import Episode, FoldState, fold, pending, standing
from rules.identity import Subject, reconcile
from rules.limits import Plausibility
from rules.plausible import JUMP, SIBLINGS, STUCK, disagree, jumps, stuck
from rules.refold import Refolded
from rules.rolling import CUMULATIVE, SPARSE, cumulative, sparse

BACK_DAYS: Final = 3  # of readings that slow rules may look back on
APART_MINUTES: Final = 20  # without a break: a longer stretch is looked at by the rule itself
APART_TENTHS: Final = 14
FLAT_MINUTES: Final = 240
JUMP_TENTHS: Final = 40
RULES: Final = (  # what is judged together, its details, and how far a change reaches
    ("sparse", (CUMULATIVE, SPARSE), 25 * HOUR_MS),
    ("stuck", (STUCK, JUMP), 8 * HOUR_MS),
    ("siblings", (SIBLINGS,), 3 * HOUR_MS),
)
LINE_DOWN_MS: Final = 14 * HOUR_MS  # at most (city_world.RATES)
Asked: TypeAlias = dict[str, dict[str, Any]]
FIRST_ID: Final = 1_000_000_000  # findings are numbered far behind the ledger's own


class Change(NamedTuple):
    """A finding became this at a minute; `after`: behind that minute's look (a gateway was given up for lost)."""

    at_ms: int
    after: bool
    finding: Finding


@dataclass
class Thread:
    """One probe: its fold, what was found of it that may still change, and what its gateway has kept back."""

    probe: Probe
    state: FoldState = field(default_factory=FoldState)
    found: list[Finding] = field(default_factory=list)
    taken_ms: int = 0
    kept_from_ms: int | None = None  # the first reading that has not arrived


class Live:
    """All probes, taken day by day."""

    def __init__(self, known: Known) -> None:
        self.known = known
        self.threads = {name: Thread(probe) for name, probe in known.probes.items()}
        self.days: list[Any] = []
        self.readings = 0
        self._made = FIRST_ID
        self._changes: list[Change] = []

    def day(self, day: Day) -> list[Change]:
        """Take a day of all probes; return what changed in it, by time."""
        self.days = [*self.days[-BACK_DAYS:], day.said]
        self._changes = []
        slowly = self._slow_probes(day)
        for column, one in enumerate(self.known.city.places):
            for role_at, role in enumerate(("load", "air")):
                self._probe(day, self.threads[f"{one.id}-{role}"], (column, role_at))
                self.readings += MINUTES
            for role in ("air", "load"):
                self._slow(day, f"{one.id}-{role}", column, slowly)
        return sorted(self._changes, key=lambda one: (one.at_ms, one.after, one.finding.probe, one.finding.id))

    def history(self, column: int, role_at: int, from_ms: int, to_ms: int) -> History:
        """Return readings of the last days of one probe."""
        first_ms = START_MS + (self._number() - len(self.days) + 1) * DAY_MS
        low, high = (-(-(at - first_ms) // MINUTE_MS) for at in (from_ms, to_ms))
        low, high = max(0, low), min(max(0, high), MINUTES * len(self.days))
        parts = [
            day[max(0, low - n * MINUTES) : max(0, high - n * MINUTES), column, role_at]
            for n, day in enumerate(self.days)
        ]
        values = np.concatenate(parts)
        return history_of(values, first_ms + low * MINUTE_MS)

    def _number(self) -> int:
        return self._day

    def _probe(self, day: Day, thread: Thread, column: tuple[int, int]) -> None:
        """Fold a day of one probe, as its readings arrive."""
        self._day = day.number
        begin_ms = START_MS + day.number * DAY_MS
        whole = history_of(day.said[:, column[0], column[1]], begin_ms)
        calm = classify_all(self.known.profile(thread.probe), whole) == Class.WITHIN
        eventful = np.flatnonzero(~calm)
        at = 0
        for begin, end in self.known.away(thread.probe.gateway, day.number):
            self._live(thread, whole, eventful, at, begin)
            self._lost(thread, begin_ms, begin, end)
            if end < MINUTES:
                from_ms = begin_ms + begin * MINUTE_MS if thread.kept_from_ms is None else thread.kept_from_ms
                readings = self.history(*column, from_ms, begin_ms + end * MINUTE_MS + 1)
                self._arrive(thread, readings, begin_ms + end * MINUTE_MS)
                thread.kept_from_ms = None
            elif thread.kept_from_ms is None:
                thread.kept_from_ms = begin_ms + begin * MINUTE_MS
            at = end + 1
        self._live(thread, whole, eventful, at, MINUTES)

    def _live(self, thread: Thread, whole: History, eventful: npt.NDArray[np.int64], begin: int, end: int) -> None:
        """Take readings begin..end, each when it is measured."""
        at = begin
        while at < end:
            if not pending(thread.state) and thread.state.last_class is Class.WITHIN:
                following = int(np.searchsorted(eventful, at))
                stop = min(end, int(eventful[following])) if following < len(eventful) else end
                if stop > at and not any(one.status is FindingStatus.OPEN and not one.detail for one in thread.found):
                    thread.state = FoldState(last_ms=int(whole.taken_ms[stop - 1]))
                    at = stop
                    continue
            self._arrive(thread, whole.part(at, at + 1), int(whole.taken_ms[at]))
            at += 1

    def _arrive(self, thread: Thread, readings: History, at_ms: int) -> None:
        """Take readings that arrive together."""
        begun, watch = thread.state, self.known.watch(thread.probe, at_ms + TICK_MS)
        folded = fold(begun, readings, watch)
        thread.state = folded.state
        self._note(thread, begun, [*folded.episodes, *standing(folded.state, watch)], at_ms)

    def _lost(self, thread: Thread, begin_ms: int, begin: int, end: int) -> None:
        """Judge a probe up to now, once its gateway is given up for lost."""
        heard_ms = self.known.heard_ms(thread.probe.gateway, begin_ms + begin * MINUTE_MS + TICK_MS)
        lost_ms = max(heard_ms, START_MS) + self.known.lost_after_ms(thread.probe)
        first = max(begin, -(-(lost_ms - begin_ms - TICK_MS) // MINUTE_MS))
        for minute in range(first, min(end, MINUTES)):
            at_ms = begin_ms + minute * MINUTE_MS
            watch = self.known.watch(thread.probe, at_ms + TICK_MS)
            self._note(thread, thread.state, standing(thread.state, watch), at_ms, after=True)

    def _note(
        self, thread: Thread, begun: FoldState, episodes: list[Episode], at_ms: int, *, after: bool = False
    ) -> None:
        covered = Refolded(
            begun=begun,
            stopped=None,
            episodes=episodes,
            checkpoints={},
            checkpoints_from_ms=-1,
            checkpoints_to_ms=None,
            state=None,
            provisional_from_ms=None,
        )
        stored = [one for one in thread.found if covered.covers(one)]
        if episodes or stored:
            self._reconcile(thread, episodes, stored, at_ms, after=after)

    def _reconcile(
        self, thread: Thread, episodes: Sequence[Episode], stored: list[Finding], at_ms: int, *, after: bool = False
    ) -> None:
        subject = Subject(probe=thread.probe, profile=self.known.profile(thread.probe))
        for one in reconcile(subject, episodes, sorted(stored, key=lambda one: int(one.id[2:])), self._new_id):
            thread.found = [*(known for known in thread.found if known.id != one.id), one]
            self._changes.append(Change(at_ms, after, one))
        horizon_ms = at_ms - 2 * DAY_MS
        if len(thread.found) > 1:
            thread.found = [one for one in thread.found if one.end_ms is None or one.end_ms > horizon_ms]

    def _new_id(self) -> str:
        self._made += 1
        return f"f-{self._made}"

    def _slow_probes(self, day: Day) -> Asked:
        """Return, by rule and probe, at which full hours of this day a rule beside the fold may say something."""
        self._day = day.number
        near = np.concatenate(self.days[-2:])
        before = len(near) - MINUTES
        missing = (near == NO_SENSOR) | (near == POWER_ON_TENTHS)
        hours = near.reshape(-1, 60, *near.shape[1:])
        flat = np.repeat((hours.max(axis=1) - hours.min(axis=1)) == 0, 60, axis=0)
        steps = np.zeros(near.shape, bool)
        steps[1:] = np.abs(np.diff(near.astype(np.int32), axis=0)) > JUMP_TENTHS
        apart = np.abs(near[:, :, 0].astype(np.int32) - near[:, :, 1]) > APART_TENTHS
        stuck_or_jumps = within(held(flat, FLAT_MINUTES), 480) | within(steps, 90)
        found = {"sparse": within(missing, 1_500), "stuck": stuck_or_jumps}
        at = before + np.arange(24) * 60
        asked: Asked = {what: {} for what in (*found, "siblings")}
        together = within(held(apart, APART_MINUTES), 130)[at]
        for column, one in enumerate(self.known.city.places):
            for role_at, role in enumerate(("load", "air")):
                for what, cells in found.items():
                    asked[what][f"{one.id}-{role}"] = cells[at, column, role_at]
            asked["siblings"][f"{one.id}-air"] = together[:, column]
        return asked

    def _slow(self, day: Day, name: str, column: int, asked: Asked) -> None:
        """Judge the rules beside the fold at each full hour of a day, where they may say something."""
        thread = self.threads[name]
        nothing = np.zeros(24, bool)
        for what, details, reach_ms in RULES:
            may = asked[what].get(name, nothing)
            lasts = self._lasting(thread, details)
            if not (lasts or may.any()):
                continue
            for hour, when in self._hours(day, thread):
                late = when[1] != when[2]  # all hours since the line broke are judged at once
                if lasts or (may[: hour + 1].any() or when[0] < START_MS + day.number * DAY_MS if late else may[hour]):
                    self._judge(thread, column, (what, details, reach_ms), when)
                    lasts = self._lasting(thread, details)

    @staticmethod
    def _lasting(thread: Thread, details: tuple[str, ...]) -> bool:
        return any(one.end_ms is None and one.detail.partition(":")[0] in details for one in thread.found if one.detail)

    def _hours(self, day: Day, thread: Thread) -> Iterator[tuple[int, tuple[int, int, int]]]:
        """Give each full hour with (judged before, judged up to, at which minute); late ones when they arrive."""
        begin_ms = START_MS + day.number * DAY_MS
        away = self.known.away(thread.probe.gateway, day.number)
        before_ms = begin_ms - HOUR_MS
        for hour in range(24):
            minute, at_ms = hour * 60, begin_ms + hour * HOUR_MS
            span = next(((low, high) for low, high in away if low <= minute < high), None)
            if span is None:
                yield hour, (before_ms, at_ms, at_ms)
                before_ms = at_ms
            elif span[1] < min(MINUTES, minute + 60) and span[1] % 60:
                yield hour, (before_ms, at_ms, begin_ms + span[1] * MINUTE_MS)
                before_ms = at_ms

    def _judge(
        self, thread: Thread, column: int, rule: tuple[str, tuple[str, ...], int], when: tuple[int, int, int]
    ) -> None:
        before_ms, until_ms, at_ms = when
        what, details, reach_ms = rule
        near_ms = (before_ms if at_ms == until_ms else min(before_ms, at_ms - LINE_DOWN_MS)) - reach_ms
        mine = [one for one in thread.found if one.detail.partition(":")[0] in details]
        stored = [one for one in mine if one.end_ms is None or one.end_ms >= near_ms]
        low = min([near_ms, *(one.start_ms for one in stored)])
        role = 0 if thread.probe.role is ProbeRole.LOAD else 1
        history = self.history(column, role, low - reach_ms, until_ms)
        said: Callable[..., Iterable[Episode]] = {"sparse": self._sparse, "stuck": self._stuck}.get(
            what, self._siblings
        )
        episodes = [
            one for one in said(thread, column, history, until_ms, at_ms) if one.end_ms is None or one.end_ms >= low
        ]
        if episodes or stored:
            self._reconcile(thread, episodes, stored, at_ms)

    def _sparse(self, thread: Thread, _column: int, history: History, until_ms: int, at_ms: int) -> list[Episode]:
        profile = self.known.profile(thread.probe)
        return [*cumulative(history, profile, until_ms), *sparse(history, profile, (), at_ms + TICK_MS, until_ms)]

    def _stuck(self, thread: Thread, _column: int, history: History, until_ms: int, _at_ms: int) -> list[Episode]:
        rules: Plausibility | None = self.known.profile(thread.probe).plausibility
        if rules is None or not len(history):
            return []
        from_ms = -(-int(history.taken_ms[0]) // HOUR_MS) * HOUR_MS
        return [*stuck(history, rules, min(from_ms, until_ms), until_ms), *jumps(history, rules, until_ms)]

    def _siblings(self, thread: Thread, column: int, history: History, until_ms: int, _at_ms: int) -> list[Episode]:
        from_ms = int(history.taken_ms[0]) if len(history) else until_ms
        beside = self.history(column, 0, from_ms, until_ms)
        profile = self.known.profile(thread.probe)
        excused = self.known.watch(thread.probe, until_ms).excused
        return disagree(history, beside, profile, f"{thread.probe.place}-load", until_ms, excused)


def held(cells: Bools, minutes: int) -> Bools:
    """Return where something has held for so many minutes; at the beginning it may have held before."""
    sums = np.cumsum(cells, axis=0, dtype=np.int32)
    found = cells.copy()
    found[minutes:] = sums[minutes:] - sums[:-minutes] == minutes
    return found


def within(cells: Bools, minutes: int) -> Bools:
    """Return where something held within the last so many minutes, or holds."""
    sums = np.cumsum(cells, axis=0, dtype=np.int32)
    found = sums > 0
    found[minutes:] = sums[minutes:] - sums[:-minutes] > 0
    return found
