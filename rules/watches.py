"""A probe folded under one version of a profile after the other: what holds in a place may change at an instant.

    ──── old version ────│ T │──── new version ────
       what lasts ends here, judged as it was        from here on somebody expects readings under the new limits

Each side is judged under its own version, whatever the order of arrival: a change rewrites nothing that lies before it.
A delay that was running begins anew at T. Until the first reading at or after T the old version goes on, for nobody has
seen anything under the new one.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from coldchain.history import NO_VALUE, History
from rules.classes import REST_BEGAN, REST_ENDED, Class
from rules.excursion import Folded, FoldState, Watch, fold


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
    read: Callable[[int, int], History],
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
            _switch(total, from_ms, watch)
            at_ms = from_ms
    _add(total, history.between(at_ms, span[1]), watch.at(at_ms))
    return total


def _switch(total: Folded, at_ms: int, watch: Watches) -> None:
    """Let what lasts end under the old version, and expect readings under the new one."""
    state, since_ms = total.state, watch.since_ms
    unborn = state.last_ms is None or (since_ms is not None and at_ms <= since_ms)
    if unborn or state.last_class is Class.REST or (state.last_ms is not None and state.last_ms >= at_ms):
        return
    _add(total, _mark(at_ms, REST_BEGAN), watch.at(at_ms - 1))
    _add(total, _mark(at_ms, REST_ENDED), watch.at(at_ms))


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
