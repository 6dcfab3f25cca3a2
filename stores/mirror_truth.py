"""What a mirror of a period has to hold, out of the reading log and the ledger: the same lines that the mirror sends.

Readings are asked for by their time. Of the ledger everything is read that was recorded from a day before the period
on, to its present end, for what came late or was amended later speaks of the period as well.
"""

from collections.abc import Iterator
from typing import Final, TypeAlias

from coldchain.errors import ColdchainError
from stores.line_reader import Fields, Point, Series, read_line
from stores.lines import Measurement
from stores.mirror_feed import LedgerFeed
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
from stores.readable import Readable

HOUR_MS: Final = 3_600_000
DAY_MS: Final = 24 * HOUR_MS
LINES_MAX: Final = 2_000_000  # out of the ledger for one period, in memory
ENTRIES: Final = 2_000

# What follows the record; the rest of the schema is said for the present only, and nobody can say it again later.
FOLLOWING: Final[tuple[Measurement, ...]] = (TEMPERATURE, CONTACT, FINDING, HOLD, POSITION, BATTERY)
AT_LEAST: Final = frozenset({CONTACT.name})  # holds more: its standing states, once a minute


Points: TypeAlias = dict[Series, dict[int, Fields]]


def reading_lines(store: Readable, from_ms: int, to_ms: int) -> Iterator[bytes]:
    """Yield the lines of all readings taken in from_ms <= t < to_ms, probe by probe."""
    with store.reading() as session:
        setup = setup_of(session.records)
        for probe in sorted(setup.probes):
            yield from temperature_lines(setup, probe, session.readings.history(probe, from_ms, to_ms))


def ledger_lines(store: Readable, titles: Titles, from_ms: int, to_ms: int) -> list[bytes]:
    """Return the lines whose time lies in from_ms <= t < to_ms, of all entries, in their order.

    Raises ColdchainError if they are more than LINES_MAX.
    """
    feed = LedgerFeed(titles)
    lines: list[bytes] = []
    seq = _first_seq(store, from_ms - DAY_MS)
    while (batch := feed.after(store, seq)).upto > seq:
        seq = batch.upto
        lines += [line for line in batch.lines if from_ms <= stamp_of(line) < to_ms]
        if len(lines) > LINES_MAX:
            msg = f"the ledger says more than {LINES_MAX} things of this time: take shorter periods"
            raise ColdchainError(msg)
    return lines


def points_of(lines: Iterator[bytes]) -> Points:
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
