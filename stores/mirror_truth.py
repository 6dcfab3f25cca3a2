"""What a mirror of a period has to hold, out of the reading log and the ledger: the same lines that the mirror sends.

Readings are asked for by their time. Of the ledger everything is read that was recorded from a day before the period
on, to its present end, for what came late or was amended later speaks of the period as well; and before that what may
speak of a day to come.
"""

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator
from typing import Final, TypeAlias

from coldchain.entries import Entry, EntryKind
from coldchain.errors import ColdchainError
from stores.line_reader import Fields, Point, Series, read_line
from stores.lines import Measurement
from stores.mirror_feed import Batch, LedgerFeed
from stores.mirror_sums import Sums
from stores.mirror_told import Told
from stores.points import (
    BATTERY,
    CONTACT,
    FINDING,
    HOLD,
    POSITION,
    SIGNAL,
    TEMPERATURE,
    Titles,
    setup_of,
    temperature_lines,
)
from stores.points_alarms import ALARM, ALARM_LIST
from stores.points_devices import MARK, mark_line
from stores.points_rollups import OF_ROLLUPS
from stores.points_stock import TRIP
from stores.readable import Readable

HOUR_MS: Final = 3_600_000
DAY_MS: Final = 24 * HOUR_MS
LINES_MAX: Final = 2_000_000  # out of the ledger for one period, in memory
ENTRIES: Final = 2_000

# Said today of a day to come, up to a year ahead: from when on another profile is kept, or a calibration counts.
AHEAD: Final = frozenset({EntryKind.PLACE_PROFILE, EntryKind.CALIBRATION})

# What follows the record; the rest of the schema is said for the present only, and nobody can say it again later.
FOLLOWING: Final[tuple[Measurement, ...]] = (TEMPERATURE, CONTACT, FINDING, HOLD, POSITION, BATTERY, SIGNAL)
TOLD: Final[tuple[Measurement, ...]] = (ALARM, ALARM_LIST, MARK, *OF_ROLLUPS, TRIP)  # by whoever knows rules and words
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

    def said(self, from_ms: int, to_ms: int) -> "Said":
        """Read what the ledger says of from_ms <= t < to_ms. Raises ColdchainError beyond LINES_MAX."""
        return Said(self, LedgerFeed(self._titles, self._told), from_ms, to_ms)

    def entries(self, feed: LedgerFeed, seq: int) -> Batch:
        """Return what a feed makes of the entries behind a ledger sequence; what it cannot tell is a fault."""
        batch = feed.after(self._store, seq)
        self.faults |= {reason for reason, _ in batch.faults}
        return batch

    def begin(self, from_ms: int) -> tuple[int, list[bytes]]:
        """Return the number behind which a time is spoken of, and the marks that were said to be long before it."""
        seq, ahead = _first_seq(self._store, from_ms - DAY_MS)
        if self._told is None:
            return seq, []
        with self._store.reading() as session:
            return seq, [mark_line(mark) for entry in ahead for mark in self._told.marks(session, entry)]

    def sums(self, from_ms: int, to_ms: int) -> list[bytes]:
        """Return the sums and journeys of from_ms <= t < to_ms, as the record has them now."""
        if self._told is None:
            return []
        with self._store.reading() as session:
            return list(Sums(self._told).lines(session, max(from_ms, self.kept_from_ms), to_ms, self._now_ms()))


class Said:
    """What ledger and sums say of a time. Read once; asked again it reads what is new in the ledger, and no more.

    Of one series and time what was said later stands later.
    """

    def __init__(self, truth: Truth, feed: LedgerFeed, from_ms: int, to_ms: int) -> None:
        self._truth = truth
        self._feed = feed
        self._span = from_ms, to_ms
        self._seq, ahead = truth.begin(from_ms)
        self._lines = self._inside(ahead)
        self._read()

    def first(self) -> list[bytes]:
        """Return all of it, in order of time."""
        return sorted([*self._lines, *self._truth.sums(*self._span)], key=stamp_of)

    def again(self, low_ms: int, high_ms: int) -> list[bytes]:
        """Return that of a part, as the record has it now, in order of time."""
        self._read()
        low, high = (bisect_left(self._lines, ms, key=stamp_of) for ms in (low_ms, high_ms))
        return sorted([*self._lines[low:high], *self._truth.sums(low_ms, high_ms)], key=stamp_of)

    def _read(self) -> None:
        """Read what is new. Raises ColdchainError beyond LINES_MAX."""
        before = self._seq
        while (batch := self._truth.entries(self._feed, self._seq)).upto > self._seq:
            self._seq = batch.upto
            self._lines += self._inside(batch.lines)
            if len(self._lines) > LINES_MAX:
                msg = f"the record says more than {LINES_MAX} things of this time beside readings: take a shorter one"
                raise ColdchainError(msg)
        if self._seq > before:
            self._lines.sort(key=stamp_of)

    def _inside(self, lines: Iterable[bytes]) -> list[bytes]:
        return [line for line in lines if self._span[0] <= stamp_of(line) < self._span[1]]


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


def _first_seq(store: Readable, record_ms: int) -> tuple[int, list[Entry]]:
    """Return the number behind which the first entry stands that was recorded at record_ms or later.

    And the entries up to there that may speak of a time long after they were recorded.
    """
    seq = 0
    ahead: list[Entry] = []
    while True:
        with store.reading() as session:
            entries = session.ledger.entries(seq, ENTRIES)
        for entry in entries:
            if entry.record_ms >= record_ms:
                return seq, ahead
            seq = entry.seq
            if entry.kind in AHEAD:
                ahead.append(entry)
        if not entries:
            return seq, ahead
