"""A probe folded under one version of a profile after the other: what holds in a place may change at an instant.

    ──── old version ────│ T │──── new version ────
       what lasts ends here, judged as it was        from here on somebody expects readings under the new limits

Each side is judged under its own version, whatever the order of arrival: a change rewrites nothing that lies before it.
A version that judges as the old one did changes nothing at all. Under any other one a run goes on, with its start and
the clock of its delay, while both versions call its last temperature outside on the same side; its delay is not over
before T by the new version. All else ends at T and begins anew. Until the first reading at or after T the old version
goes on, for nobody has seen anything under the new one.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
from msgspec.structs import replace

from coldchain.facts import Quality
from coldchain.history import NO_VALUE, History
from rules.classes import OUTSIDE, REST_BEGAN, REST_ENDED, Class, classify
from rules.excursion import Folded, FoldState, Run, Watch, fold, passed, unexcused_ms

_JUDGED_BY: Final = (
    *("low_micro_celsius", "high_micro_celsius", "low_inclusive", "high_inclusive"),
    *("hard_low_micro_celsius", "hard_high_micro_celsius", "hard_low_counts", "hard_high_counts", "hard_air_ms"),
    *("load_delay_ms", "air_delay_ms", "dead_band_micro_celsius", "hold_ms", "gap_tolerance_ms", "sensor_fault_ms"),
    *("excuse", "limit_rule", "frozen", "thaw_micro_celsius", "freeze_micro_celsius"),
)  # of a profile: what a fold of its readings looks at
Read = Callable[[int, int], History]


@dataclass(frozen=True, slots=True, kw_only=True)
class Watches:
    """What a probe is folded under: (from_ms, watch), rising; the first holds before its own instant as well."""

    spans: tuple[tuple[int, Watch], ...]

    @property
    def horizon_ms(self) -> int:
        """The time before which nothing of the probe's gateway is awaited any more."""
        return self.spans[0][1].horizon_ms

    @property
    def since_ms(self) -> int | None:
        """From when on somebody expects the probe to measure."""
        return self.spans[0][1].since_ms

    def at(self, at_ms: int) -> Watch:
        """Return the watch that holds at an instant."""
        return next((watch for from_ms, watch in reversed(self.spans) if from_ms <= at_ms), self.spans[0][1])


def watch_at(watch: Watch | Watches, at_ms: int | None) -> Watch:
    """Return the watch that holds at an instant; None: at the beginning."""
    if isinstance(watch, Watch):
        return watch
    begun_ms = watch.since_ms if at_ms is None else at_ms
    return watch.at(begun_ms or 0)


def fold_between(
    state: FoldState,
    read: Read,
    span: tuple[int, int],
    watch: Watch | Watches,
    last_ms: int,
) -> Folded:
    """Fold the readings of [span) under what holds at their time; last_ms is the latest reading of the probe."""
    history = read(*span)
    if isinstance(watch, Watch):
        return fold(state, history, watch)
    total, at_ms = Folded(state=state), span[0]
    for from_ms, _ in watch.spans[1:]:
        if span[0] <= from_ms < span[1] and from_ms <= last_ms:
            _add(total, history.between(at_ms, from_ms), watch.at(at_ms))
            _switch(total, from_ms, watch, read)
            at_ms = from_ms
    _add(total, history.between(at_ms, span[1]), watch.at(at_ms))
    return total


def _switch(total: Folded, at_ms: int, watch: Watches, read: Read) -> None:
    """Let what lasts end under the old version, and expect readings under the new one; or let it go on under both."""
    state, since_ms = total.state, watch.since_ms
    unborn = state.last_ms is None or (since_ms is not None and at_ms <= since_ms)
    if unborn or state.last_class is Class.REST or (state.last_ms is not None and state.last_ms >= at_ms):
        return
    old, new = watch.at(at_ms - 1), watch.at(at_ms)
    if _judges(old) == _judges(new):
        return
    if state.run is not None and _outside_still(state, state.run, new, read):
        returned = [] if state.returning is None else [replace(state.returning, cleared_ms=at_ms)]
        total.episodes += returned
        total.state = replace(state, run=_carried(state, state.run, (old, new), at_ms), returning=None)
        return
    _add(total, _mark(at_ms, REST_BEGAN), old)
    _add(total, _mark(at_ms, REST_ENDED), new)


def _judges(watch: Watch) -> tuple[object, ...]:
    """Return all by which a watch tells one reading from another."""
    return watch.role, watch.loaded_from_ms, *(getattr(watch.profile, name) for name in _JUDGED_BY)


def _outside_still(state: FoldState, run: Run, new: Watch, read: Read) -> bool:
    """Tell whether the last temperature of a run lies outside on the same side under the new version, too."""
    value, end_ms = run.peak_micro_celsius, (state.last_ms or 0) + 1
    for from_ms in (end_ms - 1, run.start_ms):  # the last reading, or if it has no temperature one before it
        history = read(from_ms, end_ms)
        known = history.micro_celsius[history.quality == Quality.GOOD]
        if len(known):
            value = int(known[-1])
            break
    return OUTSIDE.get(classify(new.profile, value, Quality.GOOD)) is run.direction


def _carried(state: FoldState, run: Run, versions: tuple[Watch, Watch], at_ms: int) -> Run:
    """Return a run as it goes on: a delay that was over stays over, and by the new version none is before at_ms."""
    old, new = versions
    then = passed(state, old, at_ms).run or run
    if then.condition_ms is not None:
        return replace(run, condition_ms=then.condition_ms)
    due = new.delay_ms(hard=run.hard) <= unexcused_ms(then)
    return replace(run, condition_ms=at_ms) if due else run


def _mark(at_ms: int, quality: int) -> History:
    return History(
        taken_ms=np.array([at_ms], np.int64),
        micro_celsius=np.array([NO_VALUE], np.int64),
        quality=np.array([quality], np.uint8),
    )


def _add(total: Folded, history: History, watch: Watch) -> None:
    part = fold(total.state, history, watch)
    total.state = part.state
    total.episodes += part.episodes
    total.checkpoints |= part.checkpoints
    if total.provisional_from_ms is None:
        total.provisional_from_ms = part.provisional_from_ms
