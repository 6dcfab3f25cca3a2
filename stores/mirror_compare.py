"""Is the mirror what the record says? Point by point and value by value, an hour at a time, with a digest for each.

Proves one period: every point that the record has is there with its values, and none beside them (of contacts, whose
standing states are said as well, only the first). While the centre runs, a difference counts only if it stays, the same
one, from look to look: what the mirror was about to send is not wrong.
"""

import json
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Final, TypeAlias

from stores.influx_query import InfluxQuery
from stores.line_reader import Fields, Series
from stores.mirror_truth import AT_LEAST, HOUR_MS, SETTLED, SUMMED, Points, Truth, points_of, stamp_of
from stores.points import TEMPERATURE

LOOKS: Final = 3  # at an hour that differs, before the difference counts
COUNTED: Final = (
    "hours",
    "series_hours",
    "series_hours_unlike",
    "points_true",
    "points_found",
    "values",
    "missing",
    "extra",
    "differs",
    "moving",
)
SHOWN_MAX: Final = 20

Staying: TypeAlias = dict[tuple[Series, int], Fields | None]  # what is unlike, and what the mirror has there


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One point that is not alike: `true` is None where the record has none, `found` where the mirror has none."""

    series: Series
    at_ms: int
    true: Fields | None
    found: Fields | None

    @property
    def kind(self) -> str:
        """What is wrong: missing, extra or differs."""
        if self.found is None:
            return "missing"
        return "extra" if self.true is None else "differs"


@dataclass(slots=True, kw_only=True)
class Comparison:
    """What was compared. `true_digest` and `found_digest` cover every series and hour of either side in order.

    `moving`: points that were unlike in another way at each look, being written just then; they are in no other figure.
    """

    hours: int = 0
    series_hours: int = 0
    series_hours_unlike: int = 0
    points_true: int = 0
    points_found: int = 0
    values: int = 0
    missing: int = 0
    extra: int = 0
    differs: int = 0
    moving: int = 0
    shown: list[Difference] = field(default_factory=list)
    true_digest: str = ""
    found_digest: str = ""

    @property
    def alike(self) -> bool:
        """Whether the mirror is the record for this time."""
        return not (self.missing or self.extra or self.differs)


class Comparer:
    """Compares one record with one mirror."""

    def __init__(self, truth: Truth, query: InfluxQuery, pause: Callable[[], None]) -> None:
        """`pause` waits before what differs is looked at again."""
        self._truth = truth
        self._query = query
        self._pause = pause

    def compare(self, from_ms: int, to_ms: int) -> Comparison:
        """Return what is alike and what is not in from_ms <= t < to_ms. Raises MirrorError, StoreError."""
        parts: dict[int, Comparison] = {}
        stays: dict[tuple[int, int], Staying] = {}
        said = self._truth.said(from_ms, to_ms)
        for low_ms, high_ms, lines in hours(said.first(), from_ms, to_ms):
            parts[low_ms], unlike = self._hour(low_ms, high_ms, lines, None)
            if unlike:
                stays[low_ms, high_ms] = unlike
        for _ in range(LOOKS - 1):
            if stays:
                self._pause()
            for (low_ms, high_ms), before in stays.items():
                lines = said.again(low_ms, high_ms)
                parts[low_ms], stays[low_ms, high_ms] = self._hour(low_ms, high_ms, lines, before)
            stays = {span: unlike for span, unlike in stays.items() if unlike}
        return _together([parts[low_ms] for low_ms in sorted(parts)])

    def _hour(self, low_ms: int, high_ms: int, said: list[bytes], before: Staying | None) -> tuple[Comparison, Staying]:
        """Compare an hour; `before`: how an earlier look found it. Return with it what is (still) unlike."""
        true, found = sides(self._truth, self._query, low_ms, high_ms, said)
        unlike = {(one.series, one.at_ms): one.found for one in differences(true, found)}
        moving = [] if before is None else [key for key in unlike if key not in before or before[key] != unlike[key]]
        for series, at_ms in moving:
            true.get(series, {}).pop(at_ms, None)
            found.get(series, {}).pop(at_ms, None)
            del unlike[series, at_ms]
        part = _counted(_filled(true), _filled(found))
        part.moving = len(moving)
        return part, unlike


def hours(lines: list[bytes], from_ms: int, to_ms: int) -> Iterator[tuple[int, int, list[bytes]]]:
    """Yield each hour of a period, (from, to), with those of the lines, which are in order of time, that lie in it."""
    at, low_ms = 0, from_ms
    while low_ms < to_ms:
        high_ms = min(to_ms, (low_ms // HOUR_MS + 1) * HOUR_MS)
        first = at
        while at < len(lines) and stamp_of(lines[at]) < high_ms:
            at += 1
        yield low_ms, high_ms, lines[first:at]
        low_ms = high_ms


def sides(truth: Truth, query: InfluxQuery, low_ms: int, high_ms: int, said: list[bytes]) -> tuple[Points, Points]:
    """Return what the record and what the mirror has in a time, as far as both can say it.

    That is less the standing states of contacts, which nobody can say again, less what was made of readings that are
    removed by policy, and less what is not settled yet.
    """
    true = points_of([*said, *truth.readings(low_ms, high_ms)])
    found: Points = {}
    for measurement in truth.measurements:
        for series, points in query.points(measurement, low_ms, high_ms).items():
            known = true.get(series, {})
            shown = {at: one for at, one in points.items() if at in known or not _unsaid(truth, measurement.name, at)}
            found[series] = shown
    for series, points in true.items():
        for at_ms in [at_ms for at_ms, one in points.items() if not _settled(series, one)]:
            del points[at_ms]
            found.get(series, {}).pop(at_ms, None)
    return _filled(true), _filled(found)


def _unsaid(truth: Truth, name: str, at_ms: int) -> bool:
    """Tell whether the record may well not say a point any more that the mirror has."""
    removed = at_ms < truth.kept_from_ms and (name in SUMMED or name == TEMPERATURE.name)
    return removed or name in AT_LEAST


def _settled(series: Series, fields: Fields) -> bool:
    field_name, value = SETTLED.get(series.measurement, ("", None))
    return fields.get(field_name) == value


def _filled(points: Points) -> Points:
    return {series: at for series, at in points.items() if at}


def differences(true: Points, found: Points) -> Iterator[Difference]:
    """Yield every point that is not alike, in the order of series and time."""
    for series in sorted(true.keys() | found.keys()):
        here, there = true.get(series, {}), found.get(series, {})
        for at_ms in sorted(here.keys() | there.keys()):
            if here.get(at_ms) != there.get(at_ms):
                yield Difference(series=series, at_ms=at_ms, true=here.get(at_ms), found=there.get(at_ms))


def _counted(true: Points, found: Points) -> Comparison:
    """Return what an hour has, with a digest of either side."""
    unlike = list(differences(true, found))
    kinds = Counter(one.kind for one in unlike)
    return Comparison(
        hours=1,
        series_hours=len(true.keys() | found.keys()),
        series_hours_unlike=len({one.series for one in unlike}),
        points_true=sum(map(len, true.values())),
        points_found=sum(map(len, found.values())),
        values=sum(len(fields) for points in true.values() for fields in points.values()),
        missing=kinds["missing"],
        extra=kinds["extra"],
        differs=kinds["differs"],
        shown=unlike[:SHOWN_MAX],
        true_digest=sha256(_digests(true)).hexdigest(),
        found_digest=sha256(_digests(found)).hexdigest(),
    )


def _together(parts: list[Comparison]) -> Comparison:
    """Return the sum of hours; its digests are those of the hours' digests in order."""
    whole = Comparison(**{name: sum(getattr(part, name) for part in parts) for name in COUNTED})
    for part in parts:
        whole.shown += part.shown[: SHOWN_MAX - len(whole.shown)]
    whole.true_digest = sha256("".join(part.true_digest for part in parts).encode()).hexdigest()
    whole.found_digest = sha256("".join(part.found_digest for part in parts).encode()).hexdigest()
    return whole


def _digests(points: Points) -> bytes:
    """Return the digest of each series of an hour, in order, as one text."""
    return "".join(f"{series} {series_digest(points[series])}\n" for series in sorted(points)).encode()


def series_digest(points: dict[int, Fields]) -> str:
    """Return the SHA-256 of the points of a series: time and values as JSON, in order."""
    told = [(at_ms, sorted(points[at_ms].items())) for at_ms in sorted(points)]
    return sha256(json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode()).hexdigest()
