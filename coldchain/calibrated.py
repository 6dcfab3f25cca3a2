"""Histories and tallies with calibration offsets applied. Each reading has the offset of the instant it was taken."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from coldchain.calibration import Applied
from coldchain.facts import POWER_ON_MICRO_CELSIUS, Quality
from coldchain.history import History, Int64
from coldchain.ports import ReadingLog
from coldchain.sums import Tally, merged


def calibrated(history: History, applied: Sequence[Applied], uncertainties: int = 0) -> History:
    """Return a history with the offsets of `applied` (by from_ms) added to its good values.

    `uncertainties`: how many expanded uncertainties are added as well; -1 gives the lowest that values may be, 1 the
    highest.
    """
    history = _measured(history)
    added = [one.offset_micro_celsius + uncertainties * one.uncertainty_micro_celsius for one in applied]
    if not any(added) or not len(history):
        return history
    good = history.quality == Quality.GOOD
    offsets = _steps(history.taken_ms, [one.from_ms for one in applied], added)
    return replace(history, micro_celsius=history.micro_celsius + np.where(good, offsets, 0))


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
    return merged([_as_sent(log, probe, begin, end, hold_ms).shifted(offset) for begin, end, offset in parts])


def _as_sent(log: ReadingLog, probe: str, begin_ms: int, end_ms: int, hold_ms: int) -> Tally:
    """Return the tally of readings before any correction; a sensor's power-on value is no temperature."""
    return log.tally(probe, begin_ms, end_ms, hold_ms).without(POWER_ON_MICRO_CELSIUS)


def _offset_before(ms: int, applied: Sequence[Applied]) -> int:
    return next((one.offset_micro_celsius for one in reversed(applied) if one.from_ms <= ms), 0)


def _after(ms: int, to_ms: int, applied: Sequence[Applied]) -> list[int]:
    return [one.offset_micro_celsius for one in applied if ms < one.from_ms < to_ms]


def _measured(history: History) -> History:
    """Return a history in which a sensor's power-on value is no temperature, also if its collector took it for one."""
    power_on = (history.micro_celsius == POWER_ON_MICRO_CELSIUS) & (history.quality == Quality.GOOD)
    if not power_on.any():
        return history
    return replace(history, quality=np.where(power_on, Quality.IMPLAUSIBLE, history.quality).astype(np.uint8))


def _steps(taken_ms: Int64, starts: Sequence[int], values: Sequence[int]) -> Int64:
    found: Int64 = np.array([0, *values], np.int64)[np.searchsorted(np.array(starts, np.int64), taken_ms, "right")]
    return found
