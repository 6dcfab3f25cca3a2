"""A fold begun again where a late fact or a moved horizon asks for it, and stopped as soon as it changes nothing.

Pure: stored checkpoints and readings are handed in by functions. The cost of a late reading does not grow with its
lateness, because the fold stops at the first stored checkpoint whose bytes come out equal.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from coldchain.history import History
from coldchain.units import Finding, FindingStatus
from rules.excursion import Episode, Folded, FoldState, Watch, beginning, decode_state, pending, standing
from rules.watches import Watches, fold_between, watch_at

CHUNK_MS: Final = 24 * 3_600_000
FIRST_CHUNK_MS: Final = 2 * 3_600_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """What has changed for one probe.

    `from_ms`: the earliest new reading or provisional time. `settled_ms`: nothing after it has changed.
    `last_ms`: the latest reading of the probe, the new ones included; -1 if it never gave one.
    """

    from_ms: int
    settled_ms: int
    last_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Refolded:
    """What a refold gave: episodes that replace the stored findings which `covers` names.

    `state` is the state after the last reading, None where the fold stopped early and the old one stands.
    """

    begun: FoldState
    stopped: FoldState | None
    episodes: list[Episode]
    checkpoints: dict[int, bytes]
    checkpoints_from_ms: int
    checkpoints_to_ms: int | None
    state: FoldState | None
    provisional_from_ms: int | None

    def covers(self, finding: Finding) -> bool:
        """Tell whether a stored finding was found again, or not, by this fold."""
        if finding.status is FindingStatus.WITHDRAWN or finding.detail:  # of rules beside the fold
            return False
        key = (finding.kind, finding.start_ms)
        begun = self.begun.last_ms is None or finding.start_ms > self.begun.last_ms or key in pending(self.begun)
        if self.stopped is None:
            return begun
        after = self.stopped.last_ms is not None and finding.start_ms > self.stopped.last_ms
        return begun and not after and key not in pending(self.stopped)


def refold(
    ask: Ask,
    watch: Watch | Watches,
    start: tuple[int, bytes] | None,
    stored: Mapping[int, bytes],
    read: Callable[[int, int], History],
) -> Refolded:
    """Fold from checkpoint `start` (at_ms, state), or from the beginning if it is None.

    `stored` are the old checkpoints after it, `read(from_ms, to_ms)` gives effective readings.
    """
    begun = decode_state(start[1]) if start else _beginning(ask, watch, read)
    # Without a checkpoint all earlier readings lie within one hour, so reading them all costs little.
    at_ms = start[0] if start else 0
    to_ms = max(at_ms, ask.from_ms) + FIRST_CHUNK_MS
    total = Folded(state=begun)
    while at_ms <= ask.last_ms:
        part = fold_between(total.state, read, (at_ms, to_ms), watch, ask.last_ms)
        equal = _first_equal(part, stored, ask.settled_ms)
        if equal is not None:
            return _stopped(ask, begun, start, total, equal, watch, read, at_ms)
        _extend(total, part)
        at_ms, to_ms = to_ms, to_ms + CHUNK_MS
    return Refolded(
        begun=begun,
        stopped=None,
        episodes=total.episodes + standing(total.state, watch_at(watch, total.state.last_ms)),
        checkpoints=total.checkpoints,
        checkpoints_from_ms=start[0] if start else -1,
        checkpoints_to_ms=None,
        state=total.state,
        provisional_from_ms=total.provisional_from_ms,
    )


def refold_part(
    ask: Ask,
    watch: Watch | Watches,
    start: tuple[int, bytes] | None,
    read: Callable[[int, int], History],
    enough_ms: int,
    may_end: Callable[[int, FoldState], bool],
) -> Refolded | None:
    """Fold at least enough_ms from `start`, up to a checkpoint at which nothing lasts and which `may_end` allows.

    That checkpoint is among those of the result, which stopped there. None if there is none before the last reading.
    """
    begun = decode_state(start[1]) if start else _beginning(ask, watch, read)
    at_ms = start[0] if start else 0
    to_ms = max(at_ms, ask.from_ms) + FIRST_CHUNK_MS
    total, enough_at_ms = Folded(state=begun), max(at_ms, ask.from_ms) + enough_ms
    while at_ms <= ask.last_ms:
        part = fold_between(total.state, read, (at_ms, to_ms), watch, ask.last_ms)
        states = [(at, decode_state(part.checkpoints[at])) for at in part.checkpoints if at >= enough_at_ms]
        ends = [at for at, state in states if at > at_ms and _nothing_lasts(state) and may_end(at, state)]
        if ends:
            end_ms = max(ends)
            result = _stopped(ask, begun, start, total, end_ms, watch, read, at_ms)
            result.checkpoints[end_ms] = part.checkpoints[end_ms]
            return result
        _extend(total, part)
        at_ms, to_ms = to_ms, to_ms + CHUNK_MS
    return None


def _nothing_lasts(state: FoldState) -> bool:
    return state.run is None and state.returning is None and state.blind is None and state.last_ms is not None


def _beginning(ask: Ask, watch: Watch | Watches, read: Callable[[int, int], History]) -> FoldState:
    return beginning(watch_at(watch, None), None if ask.last_ms < 0 else _first_ms(ask, read))


def _first_ms(ask: Ask, read: Callable[[int, int], History]) -> int | None:
    """Return the first reading of all; what has changed may lie before it (a word on which readings count)."""
    at_ms, to_ms = 0, ask.from_ms + 1
    while at_ms <= ask.last_ms:
        history = read(at_ms, to_ms)
        if len(history):
            return int(history.taken_ms[0])
        at_ms, to_ms = to_ms, to_ms + CHUNK_MS
    return None


def _first_equal(part: Folded, stored: Mapping[int, bytes], settled_ms: int) -> int | None:
    """Return the first checkpoint behind everything that has changed whose bytes are the stored ones.

    A checkpoint is the state before the first reading of its hour, so a gap that ends there is still to be judged:
    what has changed must lie before the last reading that the state has seen.
    """
    for at_ms in sorted(part.checkpoints):
        state = part.checkpoints[at_ms]
        if stored.get(at_ms) == state and (decode_state(state).last_ms or 0) >= settled_ms:
            return at_ms
    return None


def _stopped(
    ask: Ask,
    begun: FoldState,
    start: tuple[int, bytes] | None,
    total: Folded,
    equal_ms: int,
    watch: Watch | Watches,
    read: Callable[[int, int], History],
    at_ms: int,
) -> Refolded:
    """Fold the last chunk once more, only up to the equal checkpoint, so that nothing behind it is in the result."""
    part = fold_between(total.state, read, (at_ms, equal_ms), watch, ask.last_ms)
    _extend(total, part)
    return Refolded(
        begun=begun,
        stopped=total.state,
        episodes=total.episodes,
        checkpoints=total.checkpoints,
        checkpoints_from_ms=start[0] if start else -1,
        checkpoints_to_ms=equal_ms,
        state=None,
        provisional_from_ms=total.provisional_from_ms,
    )


def _extend(total: Folded, part: Folded) -> None:
    total.state = part.state
    total.episodes += part.episodes
    total.checkpoints |= part.checkpoints
    if total.provisional_from_ms is None:
        total.provisional_from_ms = part.provisional_from_ms
