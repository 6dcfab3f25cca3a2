"""Words on clocks out of the record: what is known of a gateway around some time, and by whose clock a stay was seen.

A reader of the probe's own gateway stamped by the same clock: whether a bag was in before or after a reading is then
certain, however wrong that clock was. By any other clock, or a person's watch, it is as uncertain as the clocks are.
"""

from collections.abc import Callable, Iterable, Sequence, Set
from dataclasses import dataclass
from typing import Final

from msgspec.structs import replace

from coldchain.canonical import INTEGER_MAX
from coldchain.clock_doubt import ClockDoubt
from coldchain.entries import Backdating, RecordedEvent
from coldchain.places import Probe, Reader
from coldchain.ports import Records
from coldchain.units import Finding, Stay
from rules.clock_bounds import BELIEVED_MS, DOUBT_MAX_MS, REACH_MS, ClockBounds, bounds_of, clock_word, coarse_ms
from rules.custody import BY_BOTH, BY_READER
from rules.intervals import OPEN_END_MS, Interval


@dataclass(frozen=True, slots=True, kw_only=True)
class StayClocks:
    """By which clocks a finding and the stays in its place were stamped, and how far apart they may be.

    `early_ms`, `late_ms`: of the probe's clock, 0 where nobody said anything. `reader_early_ms`, `reader_late_ms`: of
    that of the place's readers. `same`: these are one clock.
    """

    early_ms: int = 0
    late_ms: int = 0
    reader_early_ms: int = 0
    reader_late_ms: int = 0
    same: bool = False

    @property
    def most_ms(self) -> int:
        """How far apart the clocks may be at most."""
        return max(self.early_ms + self.reader_late_ms, self.late_ms + self.reader_early_ms)

    def before_ms(self, *, by_reader: bool) -> int:
        """Return how much earlier, by the probe's clock, something may have been than its own clock says."""
        if not by_reader:
            return self.late_ms
        return 0 if self.same else self.late_ms + self.reader_early_ms

    def behind_ms(self, *, by_reader: bool) -> int:
        """Return how much later, by the probe's clock, something may have been than its own clock says."""
        if not by_reader:
            return self.early_ms
        return 0 if self.same else self.early_ms + self.reader_late_ms

    def loosened(self, stay: Stay) -> Stay:
        """Return a stay by the probe's clock: possibly inside for longer, certainly for less."""
        came = stay.entered_by in {BY_READER, BY_BOTH}
        went = stay.left_by in {None, BY_READER}  # None: after a door opening the reads decided neither way
        sure_from, sure_to, gone = stay.certain_from_ms, stay.certain_to_ms, stay.possible_to_ms
        sure_to = gone if sure_to is None else sure_to
        sure_from = None if sure_from is None else sure_from + self.behind_ms(by_reader=came)
        sure_to = None if sure_to is None else sure_to - self.before_ms(by_reader=went)
        never = sure_from is not None and sure_to is not None and sure_from >= sure_to
        return replace(
            stay,
            possible_from_ms=stay.possible_from_ms - self.before_ms(by_reader=stay.entered_by == BY_READER),
            certain_from_ms=None if never else sure_from,
            certain_to_ms=None if never else sure_to,
            possible_to_ms=None if gone is None else gone + self.behind_ms(by_reader=went),
        )


ONE_CLOCK: Final = StayClocks()


def bounds_near(
    records: Records, gateway: str, from_ms: int, to_ms: int, dated: Sequence[Backdating] | None = None
) -> ClockBounds:
    """Return what is known of a gateway's clock around some time. `dated`: its times that were worked out."""
    dated = records.backdatings(gateway) if dated is None else dated
    before = nearest_word(records, gateway, from_ms - BELIEVED_MS, dated, back=True)
    after = nearest_word(records, gateway, to_ms + BELIEVED_MS, dated, back=False)
    first_ms = (before[0].taken_ms if before else from_ms) - BELIEVED_MS
    last_ms = (after[0].taken_ms if after else to_ms) + BELIEVED_MS
    return bounds_of(records.clock_marks(gateway, max(0, first_ms), min(INTEGER_MAX, last_ms + 1)), dated)


def watching_gateways(readers: Iterable[Reader], place: str) -> frozenset[str]:
    """Return the gateways whose readers watch a place."""
    return frozenset(reader.gateway for reader in readers if reader.place == place)


def stay_clocks(records: Records, finding: Finding, probe: Probe | None, gateways: Set[str]) -> StayClocks:
    """Return by which clocks a finding of a probe and the stays in its place, which `gateways` watch, were stamped."""
    clock = finding.clock or ClockDoubt(early_ms=0, late_ms=0)
    others = gateways - {probe.gateway} if probe is not None else gateways
    end_ms = finding.start_ms if finding.end_ms is None else finding.end_ms
    offs = [
        bounds_near(records, one, finding.start_ms, end_ms).over(finding.start_ms, end_ms) for one in sorted(others)
    ]
    return StayClocks(
        early_ms=clock.early_ms,
        late_ms=clock.late_ms,
        reader_early_ms=_most(off[1] for off in offs if off),
        reader_late_ms=_most(-off[0] for off in offs if off),
        same=bool(gateways) and not others,
    )


def _most(offs: Iterable[int]) -> int:
    return min(DOUBT_MAX_MS, max(map(coarse_ms, offs), default=0))


def may_meet(finding: Finding, window: Interval, clocks: Callable[[Finding], StayClocks]) -> bool:
    """Tell whether a finding may meet a window of a stay in its place, as far as the clocks know."""
    end_ms = OPEN_END_MS if finding.end_ms is None else finding.end_ms
    if finding.start_ms < window[1] and window[0] < end_ms:
        return True
    most_ms = clocks(finding).most_ms
    return finding.start_ms - most_ms < window[1] and window[0] < end_ms + most_ms


def nearest_word(
    records: Records, gateway: str, at_ms: int, dated: Sequence[Backdating], *, back: bool
) -> list[RecordedEvent]:
    """Return the next word of a gateway on its clock, after or before an instant, that says something; [] if none."""
    worked_out = {(entry.epoch, item[0]) for entry in dated for item in entry.items}
    span = (at_ms - REACH_MS, at_ms) if back else (at_ms + 1, at_ms + REACH_MS)
    from_ms, to_ms = max(0, span[0]), min(INTEGER_MAX, max(0, span[1]))
    for limit in (1, None):  # nearly always the first one does
        words = records.clock_marks(gateway, from_ms, to_ms, limit, newest_first=back)
        said = [word for word in words if (word.epoch, word.seq) not in worked_out and clock_word(word)]
        if said or not words:
            return said[:1]
    return []
