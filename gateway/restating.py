"""Beliefs of presence said again: what the centre did not believe, or never got, must not stay unsaid. Pure.

A bag that lies still is a movement once and then nothing. If the centre refused that one word (a wrong clock, a dead
letter), the bag would be invisible however often it is read. So each belief is said again once after a start, after a
step of the wall clock, and once a day. It is no movement, and where the centre knows it already it changes nothing.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Final

from msgspec.structs import replace

from coldchain.facts import EventKind
from gateway.presence_state import Belief, Cycle, Phase, PresenceEvent, PresenceState, Track

EVERY_MS: Final = 86_400_000
STEP_MS: Final = 2_000  # a wall clock that went further than this against the boot clock has stepped
_SAID: Final = frozenset({EventKind.ARRIVED, EventKind.SEEN_AGAIN, EventKind.UNCERTAIN})


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """The wall clock has stepped by delta_ms; it had shown from_ms to to_ms while this process ran."""

    delta_ms: int
    from_ms: int
    to_ms: int


class WallWatch:
    """Tells steps of the wall clock by the clock that never steps; both are handed in, from one moment."""

    def __init__(self, now_ms: int, boottime_ms: int) -> None:
        self._offset_ms = now_ms - boottime_ms
        self._from_ms = boottime_ms

    def look(self, now_ms: int, boottime_ms: int) -> Step | None:
        """Return the step since the last look that told one."""
        offset_ms, before_ms = now_ms - boottime_ms, self._offset_ms
        if abs(offset_ms - before_ms) <= STEP_MS:
            return None
        self._offset_ms = offset_ms
        return Step(delta_ms=offset_ms - before_ms, from_ms=self._from_ms + before_ms, to_ms=boottime_ms + before_ms)


def on_step(state: PresenceState, step: Step) -> PresenceState:
    """Map the times that this process stamped to what the clock shows now; older ones may come from another clock."""

    def mapped(at_ms: int | None) -> int | None:
        here = at_ms is not None and step.from_ms <= at_ms <= step.to_ms
        return at_ms + step.delta_ms if at_ms is not None and here else at_ms

    tags = {
        epc: replace(track, **{name: mapped(getattr(track, name)) for name in _TRACK_TIMES})
        for epc, track in state.tags.items()
    }
    return replace(state, opened_ms=mapped(state.opened_ms), closed_ms=mapped(state.closed_ms), tags=tags)


class Stated:
    """When each belief was said last, on the clock that never steps. In memory only: a start says everything again."""

    def __init__(self) -> None:
        self._at_ms: dict[str, int] = {}

    def due(self, state: PresenceState, boottime_ms: int) -> frozenset[str]:
        """Return the tags whose belief is to be said again."""
        return frozenset(e for e in state.tags if boottime_ms - self._at_ms.get(e, -EVERY_MS) >= EVERY_MS)

    def note(self, state: PresenceState, events: Iterable[PresenceEvent], boottime_ms: int) -> None:
        """Note what was said and committed. It holds no more tags than presence does."""
        self._at_ms = {epc: at_ms for epc, at_ms in self._at_ms.items() if epc in state.tags}
        self._at_ms |= {e.epc: boottime_ms for e in events if e.kind in _SAID and e.epc in state.tags}

    def forget(self) -> None:
        """Let everything be said again."""
        self._at_ms.clear()


def restated(state: PresenceState, cycle: Cycle, due: Collection[str]) -> list[PresenceEvent]:
    """Return the beliefs of these tags, after a cycle behind a shut door.

    Inside: if the cycle read the tag. Uncertain: also if it did not, for a doubt does not come from a read.
    """
    if state.phase is not Phase.SHUT:
        return []
    events = []
    for epc in sorted(due):
        track = state.tags[epc]
        if track.belief is Belief.INSIDE and not track.unseen and epc in cycle.counts:
            earliest_ms = track.inside_ms if state.closed_ms is None else state.closed_ms
            events.append(_event(EventKind.SEEN_AGAIN, epc, earliest_ms, cycle.end_ms, cycle))
        elif track.belief is Belief.UNCERTAIN:
            events.append(_event(EventKind.UNCERTAIN, epc, track.since_ms, _until_ms(track, cycle), cycle))
    return events


_TRACK_TIMES: Final = ("first_seen_ms", "last_seen_ms", "since_ms", "until_ms", "inside_ms")


def _until_ms(track: Track, cycle: Cycle) -> int:
    return cycle.end_ms if track.until_ms is None else min(track.until_ms, cycle.end_ms)


def _event(kind: EventKind, epc: str, earliest_ms: int | None, latest_ms: int, cycle: Cycle) -> PresenceEvent:
    return PresenceEvent(
        kind=kind,
        epc=epc,
        earliest_ms=None if earliest_ms is None else min(earliest_ms, latest_ms),
        latest_ms=latest_ms,
        seen=int(epc in cycle.counts),
        cycles=1,
    )
