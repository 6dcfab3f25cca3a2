"""Fewer points for a screen, and never a lost extreme: the lowest and the highest reading of each bucket stay."""

import numpy as np

from coldchain.facts import Quality
from coldchain.history import History, Int64
from rules.classes import classify_all
from rules.profile import Profile


def decimate(history: History, from_ms: int, to_ms: int, buckets: int) -> History:
    """Return at most two readings with a temperature per bucket of [from_ms, to_ms), and every faulty one's first.

    A history that is already short enough comes back as it is. Ties keep the earlier reading.
    """
    if len(history) <= 2 * buckets:
        return history
    bucket = (history.taken_ms - from_ms) * buckets // max(1, to_ms - from_ms)
    fault = history.quality != Quality.GOOD
    kept = np.concatenate(
        [
            _first_of_each(bucket, history.micro_celsius, ~fault),
            _first_of_each(bucket, -history.micro_celsius, ~fault),
            _first_of_each(bucket, history.taken_ms, fault),
        ]
    )
    kept = np.unique(kept)
    return History(
        taken_ms=history.taken_ms[kept], micro_celsius=history.micro_celsius[kept], quality=history.quality[kept]
    )


def same_spans(history: History, profile: Profile) -> History:
    """Return fewer readings from which rules.exposure.spans makes the same spans, a month in a fraction of the time.

    Of readings of one class within one stretch of hold_ms only the first and the last stay: the first speaks at
    least to the last, and across the stretches the neighbours are those of the whole history.
    """
    if len(history) < 3:
        return history
    classes = classify_all(profile, history)
    stretch = history.taken_ms // profile.hold_ms
    first = np.ones(len(history), np.bool_)
    first[1:] = (np.diff(stretch) != 0) | (classes[1:] != classes[:-1])
    last = np.append(first[1:], np.True_)
    kept = np.flatnonzero(first | last)
    return History(
        taken_ms=history.taken_ms[kept], micro_celsius=history.micro_celsius[kept], quality=history.quality[kept]
    )


def _first_of_each(bucket: Int64, value: Int64, wanted: np.typing.NDArray[np.bool_]) -> Int64:
    """Return the index of the lowest value of each bucket among the wanted readings."""
    indexes = np.flatnonzero(wanted)
    order = indexes[np.lexsort((indexes, value[indexes], bucket[indexes]))]
    first = np.ones(len(order), np.bool_)
    first[1:] = np.diff(bucket[order]) != 0
    return order[first].astype(np.int64)
