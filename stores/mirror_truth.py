"""What a mirror of a period has to hold, out of the reading log and the ledger: the same lines that the mirror sends.

Readings are asked for by their time. Of the ledger everything is read that was recorded from a day before the period
on, to its present end, for what came late or was amended later speaks of the period as well.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Final, TypeAlias

from coldchain.errors import ColdchainError
from stores.line_reader import Fields, Point, Series, read_line
from stores.lines import Measurement
from stores.mirror_feed import LedgerFeed
from stores.mirror_sums import Sums
from stores.mirror_told import Told
from stores.points import (
    BATTERY,
    CONTACT,
    FINDING,
    HOLD,
    POSITION,
    TEMPERATURE,
    Titles,
    setup_of,
    temperature_lines,
)
from stores.points_alarms import ALARM
from stores.points_devices import MARK
from stores.points_rollups import OF_ROLLUPS
from stores.points_stock import TRIP
from stores.readable import Readable

HOUR_MS: Final = 3_600_000
DAY_MS: Final = 24 * HOUR_MS
LINES_MAX: Final = 2_000_000  # out of the ledger for one period, in memory
ENTRIES: Final = 2_000

# What follows the record; the rest of the schema is said for the present only, and nobody can say it again later.
FOLLOWING: Final[tuple[Measurement, ...]] = (TEMPERATURE, CONTACT, FINDING, HOLD, POSITION, BATTERY)
TOLD: Final[tuple[Measurement, ...]] = (ALARM, MARK, *OF_ROLLUPS, TRIP)  # by whoever knows rules and words
AT_LEAST: Final = frozenset({CONTACT.name})  # holds more: its standing states, once a minute
SUMMED: Final = frozenset({*(one.name for one in OF_ROLLUPS), TRIP.name})
# What goes on is written again and again, and is compared once it is settled: this field says this then.
SETTLED: Final = {**{one.name: ("complete", 1) for one in OF_ROLLUPS}, TRIP.name: ("open", 0)}

Points: TypeAlias = dict[Series, dict[int, Fields]]


class Truth:
    """What the record says of a time, in lines. `told` None: what rules and words make of it is left out.

    `faults`: the entries that could not be told, which are in no mirror and in no comparison.
    """

    def __init__(
        self, store: Readable, titles: Titles, told: Told | None = None, now_ms: Callable[[], int] = lambda: 0
    ) -> None:
        self._store = store
        self._titles = titles
        self._told = told
        self._now_ms = now_ms
        self.faults: set[str] = set()
        self._kept_from_ms: int | None = None

    @property
    def measurements(self) -> tuple[Measurement, ...]:
        """What it speaks of."""
        return FOLLOWING if self._told is None else (*FOLLOWING, *TOLD)

    @property
    def kept_from_ms(self) -> int:
        """Before this readings of some probe were removed by policy: nobody can make what was made of them again."""
        if self._kept_from_ms is None:
            with self._store.reading() as session:
                days = [session.records.removed_until(probe.id) for probe in session.records.probes()]
            last = max((day for day in days if day is not None), default=None)
            self._kept_from_ms = 0 if last is None else (last + 2) * DAY_MS  # a site's day begins up to a day apart
        return self._kept_from_ms

    def readings(self, from_ms: int, to_ms: int) -> Iterator[bytes]:
        """Yield the lines of all readings taken in from_ms <= t < to_ms, probe by probe."""
        with self._store.reading() as session:
            setup = setup_of(session.records)
            for probe in sorted(setup.probes):
                yield from temperature_lines(setup, probe, session.readings.history(probe, from_ms, to_ms))

    def said(self, from_ms: int, to_ms: int) -> list[bytes]:
        """Return what the ledger and the sums say of from_ms <= t < to_ms, in order of time.

        Of one series and time what was said later stands later. Raises ColdchainError beyond LINES_MAX.
        """
        lines: list[bytes] = []
        for line in self._said(from_ms, to_ms):
            lines.append(line)
            if len(lines) > LINES_MAX:
                msg = f"the record says more than {LINES_MAX} things of this time beside readings: take a shorter one"
                raise ColdchainError(msg)
        return sorted(lines, key=stamp_of)

    def _said(self, from_ms: int, to_ms: int) -> Iterator[bytes]:
        feed = LedgerFeed(self._titles, self._told)
        seq = _first_seq(self._store, from_ms - DAY_MS)
        while (batch := feed.after(self._store, seq)).upto > seq:
            seq = batch.upto
            self.faults |= {reason for reason, _ in batch.faults}
            yield from (line for line in batch.lines if from_ms <= stamp_of(line) < to_ms)
        if self._told is not None:
            with self._store.reading() as session:
                yield from Sums(self._told).lines(session, max(from_ms, self.kept_from_ms), to_ms, self._now_ms())


def points_of(lines: Iterable[bytes]) -> Points:
    """Return what a server holds once it has taken these lines: of one series and time the later fields count."""
    points: Points = {}
    for point in map(read_line, lines):
        _merge(points, point)
    return points


def stamp_of(line: bytes) -> int:
    """Return the time of a line."""
    return int(line[line.rindex(b" ") + 1 :])


def _merge(points: Points, point: Point) -> None:
    at = points.setdefault(point.series, {})
    if point.at_ms in at:
        at[point.at_ms].update(point.fields)
    else:
        at[point.at_ms] = point.fields


def _first_seq(store: Readable, record_ms: int) -> int:
    """Return the number behind which the first entry stands that was recorded at record_ms or later."""
    seq = 0
    while True:
        with store.reading() as session:
            entries = session.ledger.entries(seq, ENTRIES)
        for entry in entries:
            if entry.record_ms >= record_ms:
                return seq
            seq = entry.seq
        if not entries:
            return seq
