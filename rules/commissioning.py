"""Which channel was warmed by hand: the one that rose, alone. Pure.

Somebody stands at the fridge and holds one probe in the hand. A hand is some 25 to 30 °C warmer than the blood, so the
bare tip rises by many degrees in a minute and a bottle of glycerol by a few; nothing else in a shut fridge does. All
thresholds are project defaults (PROP). A door that stands open warms the air probe as well: then two rise, and the
answer is *ambiguous*, never a guess.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from coldchain.facts import Quality
from coldchain.history import History

BASELINE_MS: Final = 300_000  # how far back the baseline is taken from
SESSION_MS_MAX: Final = 1_800_000  # of one session: what rises over hours was not warmed by a hand
RISE_MICRO_CELSIUS: Final = 2_000_000  # over the baseline: the least that is taken for a hand
LEAD_TIMES: Final = 3  # how many times as far as the next one it must have risen
NEAR_MICRO_CELSIUS: Final = 500_000  # a rise that is no more than this is taken for noise and never makes it ambiguous


@dataclass(frozen=True, slots=True, kw_only=True)
class Rise:
    """How far a probe rose over its baseline, None where nothing was measured before or since."""

    probe: str
    micro_celsius: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """What moved: `probe` alone (`ambiguous` False), two at once (True), or nothing yet (probe None).

    `rises`: of every probe, the greatest first, those without a baseline last.
    """

    probe: str | None
    ambiguous: bool
    rises: tuple[Rise, ...]

    @property
    def second(self) -> int | None:
        """Return the rise of the next one after the first."""
        return self.rises[1].micro_celsius if len(self.rises) > 1 else None


def moved(histories: Mapping[str, History], began_ms: int, to_ms: int) -> Moved:
    """Return which probe was warmed in [began_ms, to_ms]; each history from began_ms - BASELINE_MS on, all readings.

    The baseline is the median of the readings before began_ms. A probe with none cannot be named, and one that has
    readings since then but no baseline makes the answer ambiguous: it may be the one that is in the hand.
    """
    rises = [Rise(probe=probe, micro_celsius=_rise(history, began_ms, to_ms)) for probe, history in histories.items()]
    rises.sort(key=lambda one: (one.micro_celsius is None, -(one.micro_celsius or 0), one.probe))
    first = rises[0].micro_celsius if rises else None
    if first is None or first < RISE_MICRO_CELSIUS:
        return Moved(probe=None, ambiguous=False, rises=tuple(rises))
    others = [one.micro_celsius for one in rises[1:] if one.micro_celsius is not None]
    second = max(others, default=0)
    unheard = any(one.micro_celsius is None and len(histories[one.probe].between(began_ms, to_ms + 1)) for one in rises)
    alone = not unheard and (second <= NEAR_MICRO_CELSIUS or second * LEAD_TIMES <= first)
    return Moved(probe=rises[0].probe if alone else None, ambiguous=not alone, rises=tuple(rises))


def _rise(history: History, began_ms: int, to_ms: int) -> int | None:
    good = history.quality == Quality.GOOD
    before = history.micro_celsius[good & (history.taken_ms >= began_ms - BASELINE_MS) & (history.taken_ms < began_ms)]
    since = history.micro_celsius[good & (history.taken_ms >= began_ms) & (history.taken_ms <= to_ms)]
    if not len(before) or not len(since):
        return None
    baseline = int(np.sort(before)[len(before) // 2])
    return int(since.max()) - baseline
