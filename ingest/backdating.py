"""Times that a clock stamped which was unset or wrong, worked out from the clock that never steps. Pure.

    seq    1 ……… 17  18  19 ……… 40      of one epoch, all of one boot
                 wrong       ^ the gateway says: my clock was set (or stepped), with both its clocks in one moment
           true = anchor's UTC - (anchor's boot clock - item's boot clock)

The anchor of an item is the next such word after it (the last before it, if its boot ended without one). It counts only
once the centre has everything in between: then no nearer one can still come, and the order of arrival does not matter.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from msgspec.structs import replace

from coldchain.entries import Backdating, RecordedEvent
from coldchain.facts import DeviceEvent, Fact, Gap, TagSummary
from coldchain.ranges import Range
from rules.clock_bounds import drifted_ms, uncertainty_said

# Details of events that are instants of the clock that stamped them (docs/wire.md, docs/boxes.md).
TIMES: Final = frozenset({"until_ms", "since_ms", "raised_ms"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Anchor:
    """A moment on both clocks of one boot: UTC utc_ms, give or take uncertainty_ms."""

    epoch: str
    boot: str
    seq: int
    utc_ms: int
    boottime_ms: int
    uncertainty_ms: int

    @property
    def offset_ms(self) -> int:
        """UTC minus the clock that never steps."""
        return self.utc_ms - self.boottime_ms


def anchors_of(words: Iterable[RecordedEvent], dated: Iterable[Backdating]) -> tuple[Anchor, ...]:
    """Return the anchors that a gateway's words are, by (epoch, seq). What was itself worked out is none."""
    worked_out = {(entry.epoch, item[0]) for entry in dated for item in entry.items}
    return tuple(
        Anchor(
            epoch=word.epoch,
            boot=word.boot,
            seq=word.seq,
            utc_ms=word.taken_ms,
            boottime_ms=word.boottime_ms,
            uncertainty_ms=uncertainty_said(word),
        )
        for word in sorted(words, key=lambda word: (word.epoch, word.seq))
        if (word.epoch, word.seq) not in worked_out
    )


def anchor_for(anchors: Sequence[Anchor], epoch: str, boot: str, seq: int, received: Sequence[Range]) -> Anchor | None:
    """Return the anchor of an item, or None if there is none yet, or a nearer one may still come.

    Where the next word is of another boot, the item's own boot is over, and the last word before it has to do.
    """
    here = [anchor for anchor in anchors if anchor.epoch == epoch]
    after = next((anchor for anchor in here if anchor.seq > seq), None)
    before = next((anchor for anchor in reversed(here) if anchor.seq < seq), None)
    if after is None:
        return None
    if after.boot == boot:
        return after if _whole(received, seq, after.seq) else None
    if before is not None and before.boot == boot:
        return before if _whole(received, before.seq, after.seq) else None
    return None


def _whole(received: Sequence[Range], first_seq: int, last_seq: int) -> bool:
    return any(first <= first_seq and last_seq <= last for first, last in received)


def uncertainty_of(fact: Fact, anchor: Anchor) -> int:
    """Return how far the time that is worked out may be off, in ms."""
    return anchor.uncertainty_ms + drifted_ms(anchor.boottime_ms - fact.boottime_ms)


def backdated(fact: Fact, anchor: Anchor) -> Fact:
    """Return a fact with the times that are worked out. All of its times move together: one clock stamped them."""
    delta_ms = anchor.offset_ms - (fact.taken_ms - fact.boottime_ms)

    def moved(at_ms: int | None) -> int | None:
        return None if at_ms is None else max(0, at_ms + delta_ms)

    match fact:
        case TagSummary():
            names: tuple[str, ...] = ("taken_ms", "first_ms", "last_ms", "centroid_ms")
        case DeviceEvent():
            names = ("taken_ms", "earliest_ms", "latest_ms")
        case Gap():
            names = ("taken_ms", "from_ms", "to_ms")
        case _:
            names = ("taken_ms",)
    changes: dict[str, Any] = {name: moved(getattr(fact, name)) for name in names}
    if isinstance(fact, DeviceEvent) and not TIMES.isdisjoint(fact.details):
        changes["details"] = {
            name: moved(value) if name in TIMES and isinstance(value, int) else value
            for name, value in fact.details.items()
        }
    return replace(fact, **changes)
