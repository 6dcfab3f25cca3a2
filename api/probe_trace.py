"""One probe's line on a chart: few points and no lost extreme, its limits, and which time was what."""

from collections.abc import Sequence
from typing import Final

import msgspec
import numpy as np

from api.decimate import decimate, same_spans
from api.watching import ProbeNow, Watched, counted_into, history_into, probe_now
from coldchain.facts import Quality
from coldchain.history import History
from coldchain.ports import Session
from rules.classes import Condition
from rules.exposure import spans
from rules.intervals import Interval
from rules.limits import Profile

BUCKETS_DEFAULT: Final = 800
BUCKETS_MAX: Final = 1_000
SPANS_MAX: Final = 2_000  # coloured stretches of one probe on one chart; the newest stay, and `cut` says so


class TraceSpan(msgspec.Struct, frozen=True, kw_only=True):
    """A stretch of time in one condition at a probe."""

    from_ms: int
    to_ms: int
    condition: Condition


class TraceLimits(msgspec.Struct, frozen=True, kw_only=True):
    """The limits of a place's profile."""

    profile: str
    version: int
    low_micro_celsius: int | None
    high_micro_celsius: int
    low_inclusive: bool
    high_inclusive: bool


class TraceProbe(msgspec.Struct, frozen=True, kw_only=True):
    """One probe's line: columns of one length. A value of None breaks the line: nobody measured there."""

    now: ProbeNow
    limits: TraceLimits
    hold_ms: int
    taken_ms: list[int]
    micro_celsius: list[int | None]
    spans: list[TraceSpan]
    readings: int
    cut: bool


def probe_trace(
    session: Session,
    watched: Watched,
    shown: Sequence[Interval],
    told: Sequence[Interval],
    window: Interval,
    buckets: int,
    now_ms: int,
) -> TraceProbe:
    """Return one probe's line over `shown`, and its conditions over `told`, stretches that lie inside those."""
    profile = watched.profile
    found: list[TraceSpan] = []
    taken: list[int] = []
    values: list[int | None] = []
    readings = 0
    for from_ms, to_ms in shown:
        history = history_into(session, watched, from_ms, to_ms)
        readings += len(history)
        taken_part, values_part = curve_points(history.since(from_ms), window, buckets, profile.hold_ms)
        taken += taken_part
        values += values_part
        counting = counted_into(session, watched, from_ms, to_ms)
        for begin, end in told:
            found += _spans(counting, watched, max(from_ms, begin), min(to_ms, end))
    return TraceProbe(
        now=probe_now(session, watched, now_ms),
        limits=trace_limits(profile),
        hold_ms=profile.hold_ms,
        taken_ms=taken,
        micro_celsius=values,
        spans=found[-SPANS_MAX:],
        readings=readings,
        cut=len(found) > SPANS_MAX,
    )


def trace_limits(profile: Profile) -> TraceLimits:
    """Return the limits of a profile for a chart."""
    return TraceLimits(
        profile=profile.id,
        version=profile.version,
        low_micro_celsius=profile.low_micro_celsius,
        high_micro_celsius=profile.high_micro_celsius,
        low_inclusive=profile.low_inclusive,
        high_inclusive=profile.high_inclusive,
    )


def _spans(history: History, watched: Watched, from_ms: int, to_ms: int) -> list[TraceSpan]:
    if from_ms >= to_ms:
        return []
    part = history.between(from_ms - watched.profile.hold_ms, to_ms)
    cut = spans(same_spans(part, watched.profile), watched.profile, from_ms, to_ms, watched.horizon_ms)
    return [TraceSpan(from_ms=one.from_ms, to_ms=one.to_ms, condition=one.condition) for one in cut]


def curve_points(
    history: History, window: tuple[int, int], buckets: int, hold_ms: int
) -> tuple[list[int], list[int | None]]:
    """Return the points of a line, ended by None; None stands also wherever nobody measured for hold_ms, or a fault."""
    good = history.quality == Quality.GOOD
    silent = np.zeros(len(history), np.bool_)
    silent[:-1] = np.diff(history.taken_ms) > hold_ms
    breaks = np.concatenate([history.taken_ms[~good], history.taken_ms[silent & good] + 1])
    few = decimate(history, *window, buckets)
    few_good = few.quality == Quality.GOOD
    taken, value = few.taken_ms[few_good], few.micro_celsius[few_good]
    gaps, first = np.unique(np.searchsorted(taken, breaks), return_index=True)
    points: list[tuple[int, int | None]] = [
        *zip(taken.tolist(), value.tolist(), strict=True),
        *((at_ms, None) for at_ms, gap in zip(breaks[first].tolist(), gaps.tolist(), strict=True) if gap),
    ]
    points.sort(key=lambda point: point[0])
    if points and points[-1][1] is not None:
        points.append((points[-1][0] + 1, None))
    return [at_ms for at_ms, _ in points], [micro for _, micro in points]
