"""A mirror in memory that is written to and asked back, with something that happens each time it is asked."""

from collections.abc import Callable
from typing import cast

from stores.influx import Answer, Verdict
from stores.influx_query import InfluxQuery
from stores.line_reader import Fields, Series
from stores.lines import Measurement
from stores.mirror_truth import points_of, stamp_of


class MirrorInMemory:
    """Sink and query in one. `meanwhile` is called before a measurement is looked at."""

    deletes = True
    identity = 7

    def __init__(self) -> None:
        self.lines: list[bytes] = []
        self.meanwhile: Callable[[Measurement], None] = lambda _: None

    @property
    def query(self) -> InfluxQuery:
        """What comparers and rebuilders ask."""
        return cast("InfluxQuery", self)

    def create(self) -> Answer:
        return Answer(verdict=Verdict.DONE)

    def write(self, body: bytes) -> Answer:
        self.lines += body.split(b"\n")
        return Answer(verdict=Verdict.DONE)

    def points(self, measurement: Measurement, from_ms: int, to_ms: int) -> dict[Series, dict[int, Fields]]:
        self.meanwhile(measurement)
        found = points_of(line for line in self.lines if from_ms <= stamp_of(line) < to_ms)
        return {series: points for series, points in found.items() if series.measurement == measurement.name}

    def delete(self, series: Series, from_ms: int, to_ms: int) -> None:
        self.lines = [
            line
            for line in self.lines
            if not (from_ms <= stamp_of(line) < to_ms and next(iter(points_of([line]))) == series)
        ]

    def close(self) -> None:
        """Nothing is open."""
