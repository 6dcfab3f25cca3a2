"""Is the mirror what the record says? Point by point and value by value, an hour at a time, with a digest for each.

Proves one period: every point that the record has is there with its values, and none beside them (of contacts, whose
standing states are said as well, only the first). While the centre runs, a difference counts only if it stays: what the
mirror was about to send is not wrong.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Final

from stores.influx_query import InfluxQuery
from stores.line_reader import Fields, Series
from stores.lines import Measurement
from stores.mirror_truth import (
    AT_LEAST,
    FOLLOWING,
    HOUR_MS,
    Points,
    ledger_lines,
    points_of,
    reading_lines,
    stamp_of,
)
from stores.points import Titles
from stores.readable import Readable

LOOKS: Final = 3  # at an hour that differs, before the difference counts
SHOWN_MAX: Final = 20


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
    """What was compared. `true_digest` and `found_digest` cover every series and hour of either side in order."""

    hours: int = 0
    series_hours: int = 0
    series_hours_unlike: int = 0
    points_true: int = 0
    points_found: int = 0
    values: int = 0
    missing: int = 0
    extra: int = 0
    differs: int = 0
    shown: list[Difference] = field(default_factory=list)
    true_digest: str = ""
    found_digest: str = ""

    @property
    def alike(self) -> bool:
        """Whether the mirror is the record for this time."""
        return not (self.missing or self.extra or self.differs)


class Comparer:
    """Compares one store with one mirror."""

    def __init__(self, store: Readable, query: InfluxQuery, titles: Titles, pause: Callable[[], None]) -> None:
        """`pause` waits between two looks at an hour that differs."""
        self._store = store
        self._query = query
        self._titles = titles
        self._pause = pause

    def compare(self, from_ms: int, to_ms: int) -> Comparison:
        """Return what is alike and what is not in from_ms <= t < to_ms. Raises MirrorError, StoreError."""
        result = Comparison()
        true_digest, found_digest = sha256(), sha256()
        ledger = ledger_lines(self._store, self._titles, from_ms, to_ms)
        ledger.sort(key=stamp_of)  # stable: of one time, what was said later stays later
        for low_ms, high_ms, said in hours(ledger, from_ms, to_ms):
            true, found = self._look(low_ms, high_ms, said)
            result.hours += 1
            _count(result, true, found)
            true_digest.update(_digests(true))
            found_digest.update(_digests(found))
        result.true_digest, result.found_digest = true_digest.hexdigest(), found_digest.hexdigest()
        return result

    def _look(self, low_ms: int, high_ms: int, said: list[bytes]) -> tuple[Points, Points]:
        """Return both sides of an hour; where they are not alike, look again, for the centre may be running."""
        true, found = self._sides(low_ms, high_ms, said)
        for _ in range(LOOKS - 1):
            if true == found:
                break
            self._pause()
            said = ledger_lines(self._store, self._titles, low_ms, high_ms)
            true, found = self._sides(low_ms, high_ms, said)
        return true, found

    def _sides(self, low_ms: int, high_ms: int, said: list[bytes]) -> tuple[Points, Points]:
        true = true_points(self._store, said, low_ms, high_ms)
        return true, found_points(self._query, low_ms, high_ms, true)


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


def true_points(store: Readable, said: list[bytes], low_ms: int, high_ms: int) -> Points:
    """Return what the record has in a time: its readings, and what the ledger's lines say."""
    points = points_of(iter(said))
    points.update(points_of(reading_lines(store, low_ms, high_ms)))
    return points


def found_points(query: InfluxQuery, low_ms: int, high_ms: int, true: Points) -> Points:
    """Return what the mirror has in a time, less the standing states of contacts that nobody can say again."""
    found: Points = {}
    for measurement in FOLLOWING:
        for series, points in query.points(measurement, low_ms, high_ms).items():
            known = true.get(series, {})
            kept = {at: one for at, one in points.items() if at in known} if _open(measurement) else points
            if kept:
                found[series] = kept
    return found


def differences(true: Points, found: Points) -> Iterator[Difference]:
    """Yield every point that is not alike, in the order of series and time."""
    for series in sorted(true.keys() | found.keys()):
        here, there = true.get(series, {}), found.get(series, {})
        for at_ms in sorted(here.keys() | there.keys()):
            if here.get(at_ms) != there.get(at_ms):
                yield Difference(series=series, at_ms=at_ms, true=here.get(at_ms), found=there.get(at_ms))


def _open(measurement: Measurement) -> bool:
    return measurement.name in AT_LEAST


def _count(result: Comparison, true: Points, found: Points) -> None:
    result.series_hours += len(true.keys() | found.keys())
    result.points_true += sum(map(len, true.values()))
    result.points_found += sum(map(len, found.values()))
    result.values += sum(len(fields) for points in true.values() for fields in points.values())
    unlike: set[Series] = set()
    for one in differences(true, found):
        unlike.add(one.series)
        setattr(result, one.kind, getattr(result, one.kind) + 1)
        if len(result.shown) < SHOWN_MAX:
            result.shown.append(one)
    result.series_hours_unlike += len(unlike)


def _digests(points: Points) -> bytes:
    """Return the digest of each series of an hour, in order, as one text."""
    return "".join(f"{series} {series_digest(points[series])}\n" for series in sorted(points)).encode()


def series_digest(points: dict[int, Fields]) -> str:
    """Return the SHA-256 of the points of a series: time and values as JSON, in order."""
    told = [(at_ms, sorted(points[at_ms].items())) for at_ms in sorted(points)]
    return sha256(json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode()).hexdigest()
