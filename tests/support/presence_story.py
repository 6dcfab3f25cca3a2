"""A cabinet whose cycles are written out by hand."""

from collections.abc import Iterable

from coldchain.facts import EventKind
from gateway.presence import burst_wanted, on_cycle, on_door
from gateway.presence_state import Cycle, Door, Phase, PresenceEvent, PresenceState

BAG, OTHER = "30751FEB705C5904E3D50D70", "E20010710000529B0940B402"
CYCLE_MS = 1_500
Said = tuple[EventKind, str, int | None, int]


class Story:
    """A cabinet and its clock; keeps what was said as (kind, epc, earliest, latest)."""

    def __init__(self, state: PresenceState | None = None) -> None:
        self.state = PresenceState() if state is None else state
        self.now_ms = 1_000_000
        self.events: list[PresenceEvent] = []

    def opens(self) -> int:
        self.now_ms += 10_000
        self.state = on_door(self.state, Door.OPENED, self.now_ms, self.now_ms - 1_000)
        return self.now_ms - 1_000

    def closes(self) -> int:
        self.now_ms += 10_000
        self.state = on_door(self.state, Door.CLOSED, self.now_ms, self.now_ms - 1_000)
        return self.now_ms

    def cycle(self, *epcs: str) -> list[Said]:
        start_ms = self.now_ms
        self.now_ms += CYCLE_MS
        cycle = Cycle(start_ms=start_ms, end_ms=self.now_ms, counts=dict.fromkeys(epcs, 3))
        self.state, events = on_cycle(self.state, cycle)
        self.events += events
        return said(events)

    def burst(self, *epcs: str) -> list[Said]:
        """Run a burst to its end with the same tags in every cycle."""
        events: list[Said] = []
        while self.state.phase is Phase.BURST:
            assert burst_wanted(self.state)
            events += self.cycle(*epcs)
        return events

    def idle(self, cycles: int, *epcs: str) -> list[Said]:
        return [event for _ in range(cycles) for event in self.cycle(*epcs)]


def said(events: Iterable[PresenceEvent]) -> list[Said]:
    return [(event.kind, event.epc, event.earliest_ms, event.latest_ms) for event in events]


def with_bag() -> Story:
    """A cabinet with BAG inside and the door shut."""
    story = Story()
    story.closes()
    story.burst(BAG)
    story.now_ms += 300_000
    return story


def without_bags() -> Story:
    """An empty cabinet with the door shut."""
    story = Story()
    story.closes()
    assert story.burst() == []
    return story
