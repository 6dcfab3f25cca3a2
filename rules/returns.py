"""Units that were issued and are back in stock: found in the whole record, in whatever order its facts came. Pure.

Whoever says it - a reader, a placement, a reception, a word of return -, a unit that is certainly inside a place again
after an issue has come back, and its profile's rule tells whether it may. A box, crate or vehicle is no stock: bags
are carried to the ward in one, and time in it after the issue is time out of our hands.
"""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from itertools import pairwise

from msgspec.structs import replace as replaced

from coldchain.closed_loop import ReturnReason, UnitReturn
from coldchain.entries import StayRecord
from coldchain.places import ON_THE_ROAD
from rules.clocks import ReturnVerdict, may_return
from rules.unit_time import FOREVER_MS, Story, counted_stays


@dataclass(frozen=True, slots=True, kw_only=True)
class ComingBack:
    """Once back: after the issue of issued_ms, certainly inside (or said to be) since entered_ms, until the next issue.

    `until_ms`: the next issue; words of return up to it are of this stay.
    """

    issued_ms: int
    entered_ms: int
    until_ms: int
    verdict: ReturnVerdict

    @property
    def refused(self) -> bool:
        """Whether the rule does not let it back to stock."""
        return self.verdict.reason is not ReturnReason.ACCEPTED

    def explained_by(self, at_ms: int) -> bool:
        """Whether a word of return at at_ms is of this stay."""
        return self.entered_ms <= at_ms <= self.until_ms


def comings_back(story: Story, words: Sequence[UnitReturn]) -> list[ComingBack]:
    """Return each time that an issued unit came back, in order; `words`: what was said of its returns.

    A word that it was opened or has a defect counts against the stay that it explains, whoever said that it is back.
    """
    boxes = {name for name, kind in story.kinds.items() if kind in ON_THE_ROAD}
    stays = counted_stays(story.stays)
    entered = [stay.certain_from_ms for stay in stays if stay.place not in boxes and stay.certain_from_ms is not None]
    entered += [word.at_ms for word in words]
    issues = sorted(set(story.issued_ms))
    found: list[ComingBack] = []
    out_ms: int | None = None  # the first issue since it was last back
    for issued_ms, until_ms in pairwise([*issues, FOREVER_MS]):
        out_ms = issued_ms if out_ms is None else out_ms
        at_ms = min((one for one in entered if issued_ms < one <= until_ms), default=None)
        if at_ms is None:
            continue
        told = [word for word in words if at_ms <= word.at_ms <= until_ms]
        then = replace(story, stays=_in_stock(stays, out_ms, boxes), now_ms=at_ms)
        sealed, sound = all(word.sealed for word in told), all(word.sound for word in told)
        verdict = may_return(then, at_ms, sealed=sealed, sound=sound)
        found.append(ComingBack(issued_ms=issued_ms, entered_ms=at_ms, until_ms=until_ms, verdict=verdict))
        out_ms = None
    return found


def _in_stock(stays: Sequence[StayRecord], issued_ms: int, boxes: AbstractSet[str]) -> list[StayRecord]:
    """Return stays without what of those in boxes lies after the issue."""
    kept = []
    for stay in stays:
        if stay.place not in boxes:
            kept.append(stay)
        elif stay.possible_from_ms < issued_ms:
            kept.append(_until(stay, issued_ms))
    return kept


def _until(stay: StayRecord, at_ms: int) -> StayRecord:
    ends = [end for end in (stay.possible_to_ms, at_ms) if end is not None]
    certain = stay.certain_from_ms is not None and stay.certain_from_ms < at_ms
    left = min([stay.certain_to_ms, at_ms]) if stay.certain_to_ms is not None else at_ms
    return replaced(
        stay,
        certain_from_ms=stay.certain_from_ms if certain else None,
        certain_to_ms=left if certain else None,
        possible_to_ms=min(ends),
    )
