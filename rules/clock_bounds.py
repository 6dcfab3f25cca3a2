"""How far the clock of a gateway may have been off at an instant, out of what it said of it. Pure.

    drift: 40 ms ± 30        drift: 55 s ± 30            set ± 1 s (next boot)
    ────────●───────────────────●───────────────│ off │─────●──────
            │ between two words: all from one to the other, and 2 s more │ behind a last word: 100 ppm of the distance

Every bound is of the error (recorded less true time): a lowest and a highest. So it is a function of the words, and the
order in which they came is nothing. A clock that is always 40 s ahead leaves the length of a finding as it is; so the
length has a doubt of its own. Of time that no word is near to nobody knows anything.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final, TypeAlias

from coldchain.clock_doubt import ClockDoubt
from coldchain.entries import Backdating, RecordedEvent
from coldchain.facts import EventKind
from coldchain.places import ProbeRole
from coldchain.units import Finding
from rules.fold_state import Episode
from rules.watch import HARD_RULES

# Assumed by this project: the crystals of small computers are specified within some tens of parts per million, and run
# further off in a cold room. 100 ppm is 26 seconds in three days.
DRIFT_PPM: Final = 100
UNSAID_UNCERTAINTY_MS: Final = 120_000  # of a word without one: as far as the intake lets a clock be off
UNSAID_STEP_MS: Final = 2_000  # a gateway says a step of its clock only beyond this (docs/wire.md, 3.5)
# As far as a reading that is believed as it was stamped can be off: what the intake lets the clock of a batch be off
# from its own, and once more what it lets a reading be off from its batch.
BELIEVED_MS: Final = 240_000
REACH_MS: Final = BELIEVED_MS * 1_000_000 // DRIFT_PPM  # beyond it a word says less than that the reading was believed
DOUBT_MAX_MS: Final = 3_600_000  # of a clock that may be off by more nobody knows anything
FINE_MS: Final = 10_000  # up to here doubts are in whole seconds, beyond in tens: else each word makes a new version

Bound: TypeAlias = tuple[int, int]  # lowest and highest error: recorded less true time, in ms


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockWord:
    """What one word says: the error just before and just after it, None: nothing.

    From `at_ms` on times are recorded that are after it, and up to `until_ms` such that are before it: a clock that was
    set back records a stretch of time twice. `epoch` and `seq` say in which order words were said.
    """

    epoch: str
    seq: int
    at_ms: int
    until_ms: int
    before: Bound | None
    after: Bound | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Dated:
    """Time whose readings have times that were worked out from one anchor: the error grows with the distance to it."""

    from_ms: int
    to_ms: int
    anchor_ms: int
    uncertainty_ms: int

    def at(self, at_ms: int) -> Bound:
        """Return the error of a time that was worked out."""
        off_ms = self.uncertainty_ms + drifted_ms(at_ms - self.anchor_ms)
        return -off_ms, off_ms


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockBounds:
    """What is known of one gateway's clock around some time. `words` by at_ms."""

    words: Sequence[ClockWord] = ()
    dated: Sequence[Dated] = ()

    def at(self, at_ms: int) -> Bound | None:
        """Return how far off a time that was recorded may be; None: nobody said anything that reaches so far."""
        worked_out = [one.at(at_ms) for one in self.dated if one.from_ms <= at_ms <= one.to_ms]
        return _hull(worked_out) if worked_out else self._said(at_ms)

    def over(self, from_ms: int, to_ms: int) -> Bound | None:
        """Return how far off any time from one instant to another may be; None if that of an end is not known."""
        begin, end = self.at(from_ms), self.at(to_ms)
        if begin is None or end is None:
            return None
        inner = [side for word in self._within(from_ms, to_ms) for side in (word.before, word.after) if side]
        edges = [edge for one in self.dated for edge in (one.from_ms, one.to_ms) if from_ms < edge < to_ms]
        outer = [self.at(edge) for edge in edges]
        return _hull([begin, end, *(_wider(side, UNSAID_STEP_MS) for side in inner), *(one for one in outer if one)])

    def length_off_ms(self, from_ms: int, to_ms: int) -> int | None:
        """Return by how much the time from one instant to another may have been shorter or longer."""
        begin, end = self.at(from_ms), self.at(to_ms)
        if begin is None or end is None:
            return None
        if any(one.from_ms <= from_ms and to_ms <= one.to_ms for one in self.dated):
            return drifted_ms(to_ms - from_ms)  # both by the clock that never steps
        return max(0, begin[1] - end[0], end[1] - begin[0])

    def _said(self, at_ms: int) -> Bound | None:
        parts = []
        for last, following in pairwise((None, *_in_order(self._beside(at_ms)), None)):
            behind = last is None or last.at_ms - UNSAID_STEP_MS <= at_ms
            if behind and (following is None or at_ms <= following.until_ms + UNSAID_STEP_MS):
                parts += _between(last, following, at_ms)
        return _believed(_wider(_hull(parts), UNSAID_STEP_MS)) if parts else None

    def _beside(self, at_ms: int) -> list[ClockWord]:
        """Return the words that matter for a time: no other does, however long a list they come from."""
        first = bisect_left(self.words, at_ms - BELIEVED_MS, key=_at_ms)
        last = bisect_right(self.words, at_ms + BELIEVED_MS, key=_at_ms)
        if first > 0:  # with those beside it: a clock that was set back says the last one of all before another
            first = bisect_left(self.words, self.words[first - 1].at_ms - BELIEVED_MS, key=_at_ms)
        if last < len(self.words):
            last = bisect_right(self.words, self.words[last].at_ms + BELIEVED_MS, key=_at_ms)
        return list(self.words[first:last])

    def _within(self, from_ms: int, to_ms: int) -> list[ClockWord]:
        return [word for word in self.words if word.at_ms < to_ms and from_ms < word.until_ms + UNSAID_STEP_MS]


def _at_ms(word: ClockWord) -> int:
    return word.at_ms


def _in_order(words: Sequence[ClockWord]) -> list[ClockWord]:
    """Return words as they were said: a clock that is set back does not say it in the order of its own times."""
    begun: dict[str, int] = {}
    for word in words:
        begun[word.epoch] = min(word.at_ms, begun.get(word.epoch, word.at_ms))
    return sorted(words, key=lambda word: (begun[word.epoch], word.epoch, word.seq))


def _between(last: ClockWord | None, following: ClockWord | None, at_ms: int) -> list[Bound]:
    """Return what two words, one said after the other, say of a time between them: [] if neither reaches so far."""
    sides = [] if last is None else [(last.after, at_ms - last.at_ms)]
    sides += [] if following is None else [(following.before, following.until_ms - at_ms)]
    reaching = [(side, away_ms) for side, away_ms in sides if side and away_ms <= REACH_MS]
    if len(reaching) == 1:
        return [_wider(reaching[0][0], drifted_ms(reaching[0][1]))]
    return [_hull([side for side, _ in reaching])] if reaching else []


def bounds_of(words: Iterable[RecordedEvent], dated: Iterable[Backdating]) -> ClockBounds:
    """Return what words of a gateway and the times that were worked out say. A word worked out itself says nothing."""
    entries = list(dated)
    worked_out = {(entry.epoch, item[0]) for entry in entries for item in entry.items}
    said = (clock_word(word) for word in words if (word.epoch, word.seq) not in worked_out)
    found = sorted((word for word in said if word), key=lambda word: (word.at_ms, word.epoch, word.seq))
    return ClockBounds(words=tuple(found), dated=tuple(_stretches(entries)))


def clock_word(event: RecordedEvent) -> ClockWord | None:
    """Return what a word says of a clock; None if it says nothing (docs/wire.md, 3.5)."""
    off_ms, until_ms = uncertainty_said(event), event.taken_ms
    before: Bound | None = None  # of the boot before nobody that sets a clock knows anything
    after: Bound | None = _believed((-off_ms, off_ms))
    if event.kind == EventKind.CLOCK_DRIFT:
        ahead_ms = event.details.get("offset_ms")
        if not isinstance(ahead_ms, int):
            return None
        before = after = _believed((ahead_ms - off_ms, ahead_ms + off_ms))
    elif event.kind == EventKind.CLOCK_STEPPED:
        delta_ms = event.details.get("delta_ms")
        if not isinstance(delta_ms, int):
            return None
        before = _believed((-delta_ms - off_ms, -delta_ms + off_ms))
        until_ms -= delta_ms if before else 0
    return ClockWord(
        epoch=event.epoch, seq=event.seq, at_ms=event.taken_ms, until_ms=until_ms, before=before, after=after
    )


def uncertainty_said(word: RecordedEvent) -> int:
    """Return how uncertain a gateway says that its clock was, in ms."""
    said = word.details.get("uncertainty_ms")
    return said if isinstance(said, int) and said >= 0 else UNSAID_UNCERTAINTY_MS


def drifted_ms(distance_ms: int) -> int:
    """Return by how much a clock may run off in some time."""
    return -(-abs(distance_ms) * DRIFT_PPM // 1_000_000)


def doubt_of(bounds: ClockBounds, one: Episode | Finding, role: ProbeRole) -> ClockDoubt | None:
    """Return what a gateway's clock leaves open of a finding; None: nobody said how far it may be off.

    What lasts is known at its beginning only: its end, and its length, are still to come.
    """
    begin = bounds.at(one.start_ms)
    if begin is None or not _of_use(begin):
        return None
    if one.end_ms is None:
        return ClockDoubt(early_ms=coarse_ms(begin[1]), late_ms=coarse_ms(-begin[0]))
    off, length_ms = bounds.over(one.start_ms, one.end_ms), bounds.length_off_ms(one.start_ms, one.end_ms)
    if off is None or length_ms is None or not _of_use(off):
        return None
    span_ms = coarse_ms(length_ms)
    asks = one.condition_ms > one.start_ms and not (one.rule in HARD_RULES and role is ProbeRole.LOAD)
    return ClockDoubt(
        early_ms=coarse_ms(off[1]),
        late_ms=coarse_ms(-off[0]),
        span_ms=span_ms,
        reached=not asks or one.end_ms - one.condition_ms >= span_ms,
    )


def coarse_ms(off_ms: int) -> int:
    """Return a doubt rounded up: to whole seconds, beyond ten of them to tens."""
    step_ms = 1_000 if off_ms <= FINE_MS else FINE_MS
    return -(-max(0, off_ms) // step_ms) * step_ms


def _of_use(off: Bound) -> bool:
    return max(off[1], -off[0]) <= DOUBT_MAX_MS


def _stretches(entries: Sequence[Backdating]) -> list[Dated]:
    """Return the time of what was worked out, by anchor: how it was cut into entries is nothing."""
    spans: dict[tuple[str, int, int, int], Bound] = {}
    for entry in entries:
        times = [item[2] for item in entry.items]
        key = (entry.epoch, entry.anchor_seq, entry.anchor_ms, entry.anchor_uncertainty_ms)
        begin, end = spans.get(key, (min(times), max(times)))
        spans[key] = min(begin, *times), max(end, *times)
    found = sorted((span, key) for key, span in spans.items())
    return [Dated(from_ms=a, to_ms=b, anchor_ms=key[2], uncertainty_ms=key[3]) for (a, b), key in found]


def _believed(off: Bound) -> Bound | None:
    """Return what of a bound can be true of a reading that the intake believed; None if nothing can."""
    low, high = max(off[0], -BELIEVED_MS), min(off[1], BELIEVED_MS)
    return (low, high) if low <= high else None


def _wider(off: Bound, by_ms: int) -> Bound:
    return off[0] - by_ms, off[1] + by_ms


def _hull(parts: Sequence[Bound]) -> Bound:
    return min(low for low, _ in parts), max(high for _, high in parts)
