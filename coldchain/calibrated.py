"""Histories and tallies with calibration offsets applied. Each reading has the offset of the instant it was taken."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from coldchain.calibration import Applied
from coldchain.facts import Quality
from coldchain.history import History, Int64
from coldchain.ports import ReadingLog
from coldchain.sums import Tally, merged


def calibrated(history: History, applied: Sequence[Applied]) -> History:
    """Return a history with the offsets of `applied` (by from_ms) added to its good values."""
    if not applied or not len(history):
        return history
    good = history.quality == Quality.GOOD
    return replace(
        history, micro_celsius=history.micro_celsius + np.where(good, _offsets(history.taken_ms, applied), 0)
    )


def calibrated_tally(
    log: ReadingLog, probe: str, from_ms: int, to_ms: int, hold_ms: int, applied: Sequence[Applied]
) -> Tally:
    """Return the tally of [from_ms, to_ms) of the calibrated readings, equal to adding up their history.

    The sums of the raw readings are shifted: cut where the first reading with another offset begins, since the reading
    before it keeps its own as long as it holds.
    """
    cuts = [from_ms]
    for one in applied:
        if from_ms - hold_ms < one.from_ms < to_ms:
            near = log.history(probe, one.from_ms, min(one.from_ms + hold_ms, to_ms))
            first_ms = int(near.taken_ms[0]) if len(near) else min(one.from_ms + hold_ms, to_ms)
            cuts.append(max(from_ms, first_ms))
    ends = [*cuts[1:], to_ms]
    offsets = [_offset_before(from_ms - hold_ms, applied), *_after(from_ms - hold_ms, to_ms, applied)]
    parts = zip(cuts, ends, offsets, strict=True)
    return merged([log.tally(probe, begin, end, hold_ms).shifted(offset) for begin, end, offset in parts])


def _offset_before(ms: int, applied: Sequence[Applied]) -> int:
    return next((one.offset_micro_celsius for one in reversed(applied) if one.from_ms <= ms), 0)


def _after(ms: int, to_ms: int, applied: Sequence[Applied]) -> list[int]:
    return [one.offset_micro_celsius for one in applied if ms < one.from_ms < to_ms]


def _offsets(taken_ms: Int64, applied: Sequence[Applied]) -> Int64:
    starts = np.array([one.from_ms for one in applied], np.int64)
    offsets = np.array([0, *(one.offset_micro_celsius for one in applied)], np.int64)
    found: Int64 = offsets[np.searchsorted(starts, taken_ms, "right")]
    return found
