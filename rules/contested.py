"""One tag that readers of several places claim at once: whose word counts. Pure.

A reader that hears the bag of the fridge beside its own may take it for one of its own. So where a reader says that a
tag is inside while another place has it, the reads that both made from then on decide (rules.cross_read):

    holder F1 ── F2 says inside ──► F1 still heard, and ahead ──► F2's word is a stray's and moves nothing
                                ──► F1 not heard since          ──► F2's word moves it, as ever
                                ──► both heard, F2 ahead        ──► F2's word moves it; F1's is taken back if F2 may
                                                                    have had the tag before F1 spoke
    holder F1 ── F1 says left ────► F2, whose word was set aside, hears it still ──► it is in F2 from then on

Only reads after the word count, up to the next movement that either reader tells: before it the tag may have been
elsewhere. All of this is a function of the events and the reads, whatever the order in which they arrived.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

import msgspec

from coldchain.entries import RecordedEvent
from coldchain.facts import EventKind, TagSummary
from rules.cross_read import Hearing, decide
from rules.read_rate import RATE_PERMILLE, zone_permille
from rules.reconcile import counted_reads

STRAY_SHARE: Final = 10
SPAN_MS: Final = 900_000  # three idle cycles of readers that look every five minutes
RSSI: Final = "rssi"  # of an inventory's details: what its strengths are, where they are no dBm

_INSIDE: Final = frozenset({EventKind.ARRIVED, EventKind.SEEN_AGAIN})
_MOVES: Final = frozenset({EventKind.ARRIVED, EventKind.LEFT, EventKind.UNCERTAIN})

# places, from_ms, to_ms: what the readers of these places heard of the tag; a hearing's zone is the place
HeardIn = Callable[[Sequence[str], int, int], Sequence[Hearing]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """The events of a tag without the words of strays. `until_ms`: reads before it may change that (None: none may)."""

    events: list[RecordedEvent]
    until_ms: int | None = None


def settled(
    events: Sequence[RecordedEvent], heard: HeardIn, near: Callable[[str, str], bool] = lambda _, __: True
) -> Settled:
    """Return what a tag's presence events say once the reads have decided between places. Their order is nothing.

    `near`: whether the reader of one place may hear what lies in another one; no reader hears into another site.
    """
    ordered = sorted(events, key=lambda one: (at_ms(one), one.gateway, one.epoch, one.seq))
    sweep = _Sweep(ordered=ordered, heard=heard, near=near)
    for index, event in enumerate(ordered):
        if event.kind in _INSIDE:
            sweep.inside(index, event)
        elif event.kind == EventKind.LEFT:
            sweep.left(index, event)
        else:
            sweep.doubted(event)
    return Settled(events=sweep.kept, until_ms=sweep.until_ms)


def hearings_of(
    place: str, epc: str, summaries: Sequence[TagSummary], events: Sequence[RecordedEvent]
) -> list[Hearing]:
    """Return how the antennas of one reader heard a tag, out of its summaries and events of one span.

    `seen` is in how many cycles any of its antennas heard the tag: that is what places are told apart by. Of an
    incomplete cycle there may be reads too.
    """
    ended = [one for one in events if one.kind == EventKind.INVENTORY]
    complete = sum("fault" not in one.details for one in ended)
    in_dbm = all(RSSI not in one.details for one in ended)
    own = [one for one in summaries if one.epc == epc]
    rate = _rate_permille(epc, summaries, ended)
    seen = len({one.taken_ms for one in own})
    loudest = {one.antenna: -1_000 for one in own}
    for one in own:
        loudest[one.antenna] = max(loudest[one.antenna], one.best_rssi_dbm)
    return [
        Hearing(
            zone=place,
            antenna=antenna,
            seen=seen,
            cycles=max(complete, seen),
            rssi_dbm=rssi_dbm if in_dbm else None,
            rate_permille=rate,
        )
        for antenna, rssi_dbm in sorted(loudest.items())
    ]


def _rate_permille(epc: str, summaries: Sequence[TagSummary], ended: Sequence[RecordedEvent]) -> int:
    """Return how often the reader reads what is in its place: counted of its other tags in the same complete cycles.

    The tag itself does not count, for whether it is there is the question. One that was read in no more than a tenth of
    the cycles is a stray by the test's own measure (rules.read_rate) and would make the reader look blind.
    """
    complete = {one.taken_ms for one in ended if "fault" not in one.details}
    seen: dict[str, set[int]] = {}
    for one in summaries:
        if one.epc != epc and one.taken_ms in complete:
            seen.setdefault(one.epc, set()).add(one.taken_ms)
    lasting = {name: len(cycles) for name, cycles in seen.items() if len(cycles) * STRAY_SHARE > len(complete)}
    return zone_permille(RATE_PERMILLE, counted_reads(lasting, len(complete)))


def at_ms(event: RecordedEvent) -> int:
    """Return the instant of an event: the end of the time in which it happened."""
    return event.taken_ms if event.latest_ms is None else event.latest_ms


@dataclass(slots=True, kw_only=True)
class _Sweep:
    """One way through a tag's events. `aside`: the last word of each place that was set aside and may yet come true."""

    ordered: Sequence[RecordedEvent]
    heard: HeardIn
    near: Callable[[str, str], bool]
    kept: list[RecordedEvent] = field(default_factory=list)
    holder: RecordedEvent | None = None
    aside: dict[str, RecordedEvent] = field(default_factory=dict)
    until_ms: int | None = None

    def inside(self, index: int, event: RecordedEvent) -> None:
        """Take the word of a reader that a tag is inside."""
        holder = self.holder
        if holder is not None and holder.place != event.place and self.near(holder.place, event.place):
            hearings = self._listen(index, event.place, holder.place)
            if any(one.zone == holder.place for one in hearings):
                if decide(hearings, holder.place).zone == holder.place:
                    self.aside[event.place] = event
                    return
                if (event.earliest_ms is not None) and event.earliest_ms <= at_ms(holder):
                    self.kept = [one for one in self.kept if one is not holder]
                self.aside[holder.place] = holder
        self._keep(event)

    def left(self, index: int, event: RecordedEvent) -> None:
        """Take the word that a tag has left; a place whose word was set aside may have it from then on."""
        self.kept.append(event)
        self.aside.pop(event.place, None)
        if self.holder is None or self.holder.place != event.place:
            return
        self.holder = None
        if not self.aside:
            return
        found = decide(self._listen(index, *self.aside)).zone
        if found is not None:
            earliest_ms = at_ms(event) if event.earliest_ms is None else event.earliest_ms
            came = {"kind": EventKind.ARRIVED, "earliest_ms": earliest_ms, "latest_ms": at_ms(event)}
            self._keep(msgspec.structs.replace(self.aside[found], **came))

    def doubted(self, event: RecordedEvent) -> None:
        """Take a word that decides nothing; after a door was opened nobody's word from before it stands aside."""
        self.kept.append(event)
        if event.kind == EventKind.UNCERTAIN:
            self.aside.pop(event.place, None)

    def _keep(self, event: RecordedEvent) -> None:
        self.kept.append(event)
        self.holder = event
        self.aside.pop(event.place, None)

    def _listen(self, index: int, *places: str) -> Sequence[Hearing]:
        """Return what was heard from an event on until the next movement that one of these places tells."""
        from_ms = at_ms(self.ordered[index])
        moves = (one for one in self.ordered[index + 1 :] if one.place in places and one.kind in _MOVES)
        begins = (at_ms(one) if one.earliest_ms is None else one.earliest_ms for one in moves)
        to_ms = min([from_ms + SPAN_MS, *begins])
        self.until_ms = max(from_ms + SPAN_MS, self.until_ms or 0)
        return self.heard(places, from_ms, to_ms) if from_ms < to_ms else []
