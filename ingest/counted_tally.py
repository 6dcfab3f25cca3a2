"""How long each value held of the readings of a probe that count, corrected: one sum for rules over long windows."""

from typing import Final

import numpy as np

from coldchain.calibrated import calibrated_tally
from coldchain.ports import ReadingLog
from coldchain.sums import Tally, merged
from rules.counted import Counted
from rules.intervals import common, united, without

_NONE: Final = np.empty(0, np.int64)


def counted_tally(log: ReadingLog, probe: str, from_ms: int, to_ms: int, hold_ms: int, counted: Counted) -> Tally:
    """Return the tally of [from_ms, to_ms) of the readings that count, corrected.

    Each stretch that counts is added up from its first reading on, since the one before it does not count and would
    otherwise hold into it: also where that was just before from_ms.
    """
    left_out = united([*counted.gaps, *counted.rests])
    doubtful = bool(common([(from_ms - hold_ms, from_ms)], left_out))
    parts = []
    for begin_ms, end_ms in without([(from_ms, to_ms)], left_out) if from_ms < to_ms else []:
        if begin_ms > from_ms or doubtful:
            near = log.history(probe, begin_ms, min(begin_ms + hold_ms, end_ms))
            begin_ms = int(near.taken_ms[0]) if len(near) else min(begin_ms + hold_ms, end_ms)
        if begin_ms < end_ms:
            parts.append(calibrated_tally(log, probe, begin_ms, end_ms, hold_ms, counted.applied))
    return merged(parts) if parts else Tally(from_ms=from_ms, to_ms=to_ms, readings=0, values=_NONE, held_ms=_NONE)
